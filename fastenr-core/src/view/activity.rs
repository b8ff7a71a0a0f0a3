//! Activities: the feed of what was done.

use serde_json::json;

use super::record::{optional_text, text};
use crate::model::activity::FeedItem;
use crate::model::noun::{Field, Value};

/// The value of a field of [`ACTIVITY`](crate::model::activity::ACTIVITY).
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
