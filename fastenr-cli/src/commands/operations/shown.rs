//! An operation as a record: complete for programs, short for people.

use fastenr_core::model::TimeZone;
use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::model::operation::{OPERATION, Operation};
use fastenr_core::model::user::User;
use fastenr_core::view::operation::value;

use crate::globals::Format;
use crate::output::{Record, minute};

static TABLE: [Field; 7] = [
    Field::new("id", Meaning::Id, ""),
    Field::new("when", Meaning::Line, ""),
    Field::new("kind", Meaning::Line, ""),
    Field::new("user", Meaning::Line, ""),
    Field::new("status", Meaning::Line, ""),
    Field::new("summary", Meaning::Line, ""),
    Field::new("source_name", Meaning::Line, ""),
];

/// The columns of a list in this format.
pub(super) fn fields(format: Format) -> Vec<&'static Field> {
    if format == Format::Table { TABLE.iter().collect() } else { OPERATION.fields.iter().collect() }
}

/// All fields of a single operation.
pub(super) fn all() -> Vec<&'static Field> {
    OPERATION.fields.iter().collect()
}

pub(super) struct Shown<'a> {
    pub(super) operation: &'a Operation,
    pub(super) users: &'a [User],
    pub(super) zone: TimeZone,
}

impl Record for Shown<'_> {
    fn value(&self, field: &Field) -> Value {
        match field.name {
            "when" => Value::Text(minute(self.zone, self.operation.started_at)),
            _ => value(self.operation, self.users, field),
        }
    }

    fn title(&self) -> String {
        format!("{} {}", self.operation.kind, self.operation.id)
    }
}
