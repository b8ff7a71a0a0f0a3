//! Activities: the feed of what was done.

use serde_json::json;

use super::record::{optional_text, text};
use crate::model::activity::FeedItem;
use crate::model::noun::{Field, Meaning, Value};

/// An activity of the feed.
pub static ACTIVITY_FIELDS: &[Field] = &[
    Field::new("id", Meaning::Id, "UUIDv7").required(),
    Field::new("at", Meaning::Instant, "time of the activity").required(),
    Field::new("actor", Meaning::Custom, "user: an object with email").required(),
    Field::new("kind", Meaning::Line, "kind, such as accounts.update").required(),
    Field::new("noun", Meaning::Line, "noun of the record, such as accounts or goals").required(),
    Field::new("record_id", Meaning::Id, "id of the record; null for several records at once"),
    Field::new("account", Meaning::Line, "account: external id, or id if it has none"),
    Field::new("account_name", Meaning::Line, "name of the account"),
    Field::new("label", Meaning::Line, "name of the record, or the result for several records").required(),
    Field::new("operation", Meaning::Id, "id of the operation"),
    Field::new("changes", Meaning::Custom, "list of objects with field, old and new").required(),
];

/// The value of a field of [`ACTIVITY_FIELDS`].
pub fn value(item: &FeedItem, field: &Field) -> Value {
    let FeedItem { activity, actor, account, .. } = item;
    match field.name {
        "id" => Value::Id(activity.id),
        "at" => Value::Instant(activity.at),
        "actor" => Value::Text(json!({"email": actor}).to_string()),
        "kind" => text(&activity.kind),
        "noun" => text(&activity.noun),
        "record_id" => activity.record.map_or(Value::Null, Value::Id),
        "account" => optional_text(account.as_ref().map(|(label, _)| label.as_str())),
        "account_name" => optional_text(account.as_ref().map(|(_, name)| name.as_str())),
        "label" => text(&activity.label),
        "operation" => activity.operation.map_or(Value::Null, Value::Id),
        "changes" => Value::Text(activity.changes.to_string()),
        _ => Value::Null,
    }
}
