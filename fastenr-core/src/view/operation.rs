//! Operations: what was done, by whom, and what came of it.

use super::record::{optional_text, text};
use crate::model::noun::{Field, Value};
use crate::model::number::grouped;
use crate::model::operation::{Ledger, Operation};
use crate::model::user::User;

/// The value of a field of [`OPERATION`](crate::model::operation::OPERATION); `users` are those of the organization.
pub fn value(operation: &Operation, users: &[User], field: &Field) -> Value {
    match field.name {
        "id" => Value::Id(operation.id),
        "kind" => text(&operation.kind),
        "status" => text(status(operation)),
        "user" => {
            let user = users.iter().find(|user| user.id == operation.user);
            Value::Text(user.map_or_else(|| operation.user.to_string(), |user| user.email.clone()))
        }
        "started_at" => Value::Instant(operation.started_at),
        "finished_at" => operation.finished_at.map_or(Value::Null, Value::Instant),
        "milliseconds" => {
            let took = operation.finished_at.map(|end| (end - operation.started_at).num_milliseconds());
            took.map_or(Value::Null, Value::Integer)
        }
        "source_name" => optional_text(operation.source_name.as_deref()),
        "source_sha256" => optional_text(operation.source_sha256.as_deref()),
        "parameters" => text(&operation.parameters),
        "ledger" => optional_text(operation.ledger.as_deref()),
        "message" => optional_text(operation.message.as_deref()),
        "undoes" => operation.undoes.map_or(Value::Null, Value::Id),
        "undone_by" => operation.undone_by.map_or(Value::Null, Value::Id),
        "pruned_at" => operation.pruned_at.map_or(Value::Null, Value::Instant),
        "summary" => Value::Text(summary(operation)),
        _ => Value::Null,
    }
}

/// The status; `undone` if the operation was undone.
pub fn status(operation: &Operation) -> &str {
    if operation.undone_by.is_some() { "undone" } else { &operation.status }
}

/// The counts in words, or the message if there are none.
pub fn summary(operation: &Operation) -> String {
    let ledger = operation.ledger.as_deref().and_then(|text| serde_json::from_str::<Ledger>(text).ok());
    let Some(ledger) = ledger else { return operation.message.clone().unwrap_or_default() };
    let undo = operation.undoes.is_some();
    if let Some(told) = ledger.of_events("created", "updated") {
        return told;
    }
    let parts = [
        (ledger.created, if undo { "recreated" } else { "created" }),
        (ledger.updated, if undo { "restored" } else { "updated" }),
        (ledger.archived, "archived"),
        (ledger.deleted, if undo { "removed" } else { "deleted" }),
        (ledger.skipped, if undo { "not changed" } else { "skipped" }),
        (ledger.rejected, "rejected"),
    ];
    let told: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", grouped(*count)))
        .collect();
    if told.is_empty() { "nothing".to_owned() } else { told.join(", ") }
}
