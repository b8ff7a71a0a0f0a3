//! Operations: what was done, by whom, and what came of it.

use super::record::{optional_text, text};
use crate::model::noun::{Field, Meaning, Value};
use crate::model::number::grouped;
use crate::model::operation::{Ledger, Operation};
use crate::model::user::User;

/// An operation.
pub static OPERATION_FIELDS: &[Field] = &[
    Field::new("id", Meaning::Id, "UUIDv7").required(),
    Field::new("kind", Meaning::Line, "kind, such as accounts.import").required(),
    Field::new("status", Meaning::Line, "running, done, failed, interrupted, cancelled or undone").required(),
    Field::new("user", Meaning::Line, "user who ran it: e-mail address").required(),
    Field::new("started_at", Meaning::Instant, "start time").required(),
    Field::new("finished_at", Meaning::Instant, "end time"),
    Field::new("milliseconds", Meaning::Count, "duration in milliseconds"),
    Field::new("source_name", Meaning::Line, "name of the source file"),
    Field::new("source_sha256", Meaning::Line, "SHA-256 of the source file, in hexadecimal"),
    Field::new("parameters", Meaning::Custom, "parameters of the operation: an object").required(),
    Field::new(
        "ledger",
        Meaning::Custom,
        "row counts: an object with rows, created, updated, unchanged, skipped, rejected, archived and, if there are \
         any, deleted and, if the rows are events, days; null: nothing was written",
    ),
    Field::new("message", Meaning::Line, "reason why nothing was written"),
    Field::new("undoes", Meaning::Id, "id of the operation that this one undid"),
    Field::new("undone_by", Meaning::Id, "id of the last operation that undid this one, fully or partly"),
    Field::new("pruned_at", Meaning::Instant, "time since which it can't be undone any more"),
    Field::new("summary", Meaning::Line, "ledger in words").required(),
];

/// The value of a field of [`OPERATION_FIELDS`]; `users` are those of the organization.
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

/// The ledger in words, or why there is none.
pub fn summary(operation: &Operation) -> String {
    let ledger = operation.ledger.as_deref().and_then(|text| serde_json::from_str::<Ledger>(text).ok());
    let Some(ledger) = ledger else { return operation.message.clone().unwrap_or_default() };
    let undo = operation.undoes.is_some();
    if let Some(told) = ledger.of_events("created", "updated") {
        return told;
    }
    let parts = [
        (ledger.created, if undo { "brought back" } else { "created" }),
        (ledger.updated, if undo { "put back" } else { "updated" }),
        (ledger.archived, "archived"),
        (ledger.deleted, if undo { "removed" } else { "deleted" }),
        (ledger.skipped, if undo { "left alone" } else { "skipped" }),
        (ledger.rejected, "rejected"),
    ];
    let told: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", grouped(*count)))
        .collect();
    if told.is_empty() { "nothing".to_owned() } else { told.join(", ") }
}
