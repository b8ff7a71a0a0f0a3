//! An operation as a record: in whole for programs, in a line for people.

use fastenr_core::model::TimeZone;
use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::model::operation::{Ledger, Operation};
use fastenr_core::model::user::User;

use crate::commands::grouped;
use crate::globals::Format;
use crate::output::Record;

/// What programs get.
static FIELDS: [Field; 16] = [
    Field::new("id", Meaning::Id, ""),
    Field::new("kind", Meaning::Line, ""),
    Field::new("status", Meaning::Line, ""),
    Field::new("user", Meaning::Line, ""),
    Field::new("started_at", Meaning::Instant, ""),
    Field::new("finished_at", Meaning::Instant, ""),
    Field::new("milliseconds", Meaning::Count, ""),
    Field::new("source_name", Meaning::Line, ""),
    Field::new("source_sha256", Meaning::Line, ""),
    Field::new("parameters", Meaning::Custom, ""),
    Field::new("ledger", Meaning::Custom, ""),
    Field::new("message", Meaning::Line, ""),
    Field::new("undoes", Meaning::Id, ""),
    Field::new("undone_by", Meaning::Id, ""),
    Field::new("pruned_at", Meaning::Instant, ""),
    Field::new("summary", Meaning::Line, ""),
];

static TABLE: [Field; 7] = [
    Field::new("id", Meaning::Id, ""),
    Field::new("when", Meaning::Line, ""),
    Field::new("kind", Meaning::Line, ""),
    Field::new("user", Meaning::Line, ""),
    Field::new("status", Meaning::Line, ""),
    Field::new("summary", Meaning::Line, ""),
    Field::new("source_name", Meaning::Line, ""),
];

/// What a list shows in this format.
pub(super) fn fields(format: Format) -> Vec<&'static Field> {
    if format == Format::Table { TABLE.iter().collect() } else { FIELDS.iter().collect() }
}

/// All of one.
pub(super) fn all() -> Vec<&'static Field> {
    FIELDS.iter().collect()
}

pub(super) struct Shown<'a> {
    pub(super) operation: &'a Operation,
    pub(super) users: &'a [User],
    pub(super) zone: TimeZone,
}

impl Record for Shown<'_> {
    fn value(&self, field: &Field) -> Value {
        let it = self.operation;
        let text = |text: Option<&str>| text.map_or(Value::Null, |text| Value::Text(text.to_owned()));
        match field.name {
            "id" => Value::Id(it.id),
            "kind" => text(Some(&it.kind)),
            "status" => text(Some(status(it))),
            "user" => {
                let user = self.users.iter().find(|user| user.id == it.user);
                Value::Text(user.map_or_else(|| it.user.to_string(), |user| user.email.clone()))
            }
            "when" => Value::Text(self.zone.local(it.started_at).format("%Y-%m-%d %H:%M").to_string()),
            "started_at" => Value::Instant(it.started_at),
            "finished_at" => it.finished_at.map_or(Value::Null, Value::Instant),
            "milliseconds" => {
                it.finished_at.map_or(Value::Null, |end| Value::Integer((end - it.started_at).num_milliseconds()))
            }
            "source_name" => text(it.source_name.as_deref()),
            "source_sha256" => text(it.source_sha256.as_deref()),
            "parameters" => text(Some(&it.parameters)),
            "ledger" => text(it.ledger.as_deref()),
            "message" => text(it.message.as_deref()),
            "undoes" => it.undoes.map_or(Value::Null, Value::Id),
            "undone_by" => it.undone_by.map_or(Value::Null, Value::Id),
            "pruned_at" => it.pruned_at.map_or(Value::Null, Value::Instant),
            "summary" => Value::Text(summary(it)),
            _ => Value::Null,
        }
    }

    fn title(&self) -> String {
        format!("{} {}", self.operation.kind, self.operation.id)
    }
}

/// What became of it: `undone` where it was taken back.
pub(super) fn status(operation: &Operation) -> &str {
    if operation.undone_by.is_some() { "undone" } else { &operation.status }
}

/// The ledger in words, or why there is none.
pub(super) fn summary(operation: &Operation) -> String {
    let ledger = operation.ledger.as_deref().and_then(|text| serde_json::from_str::<Ledger>(text).ok());
    let Some(ledger) = ledger else { return operation.message.clone().unwrap_or_default() };
    let undo = operation.undoes.is_some();
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
