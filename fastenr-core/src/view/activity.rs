//! Activities: the feed of what was done.

use serde_json::json;

use super::record::{optional_text, text};
use crate::model::activity::FeedItem;
use crate::model::noun::{Field, Meaning, Value};

/// An activity of the feed.
pub static ACTIVITY_FIELDS: &[Field] = &[
    Field::new("id", Meaning::Id, "UUIDv7").required(),
    Field::new("at", Meaning::Instant, "when it was done").required(),
    Field::new("actor", Meaning::Custom, "who did it: an object with email").required(),
    Field::new("kind", Meaning::Line, "what was done, such as accounts.update").required(),
    Field::new("noun", Meaning::Line, "what it was done to: accounts, goals").required(),
    Field::new("record_id", Meaning::Id, "the record; null for many at once"),
    Field::new("account", Meaning::Line, "external id of the account, or its id"),
    Field::new("account_name", Meaning::Line, "its name"),
    Field::new("label", Meaning::Line, "what the record is called, or what came of many").required(),
    Field::new("operation", Meaning::Id, "the operation"),
    Field::new("changes", Meaning::Custom, "a list of objects with field, old and new").required(),
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
