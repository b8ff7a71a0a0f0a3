//! What happened around an account, the newest first.

use serde::Serialize;

use super::record::{optional_text, text};
use super::{Members, record};
use crate::model::event::Event;
use crate::model::noun::{Field, Meaning, Value};

/// An event of a timeline.
pub static EVENT_FIELDS: &[Field] = &[
    Field::new("at", Meaning::Instant, "time of the event, or planned time").required(),
    Field::new("kind", Meaning::Line, "engagement, goal, contact, team, metric, change or import").required(),
    Field::new("title", Meaning::Line, "title, on one line").required(),
    Field::new("detail", Meaning::Line, "detail, such as an outcome or a status"),
    Field::new("open", Meaning::Boolean, "true: planned and not completed").required(),
    Field::new("actor", Meaning::Email, "user who did it"),
    Field::new("record_id", Meaning::Id, "id of the record"),
    Field::new("operation", Meaning::Id, "id of the operation"),
    Field::new("changes", Meaning::Custom, "list of objects with field, old and new").required(),
];

/// The value of a field of [`EVENT_FIELDS`].
pub fn value(event: &Event, field: &Field) -> Value {
    match field.name {
        "at" => Value::Instant(event.place.at),
        "kind" => text(event.kind.as_str()),
        "title" => text(&event.title),
        "detail" => optional_text(event.detail.as_deref()),
        "open" => Value::Boolean(event.open),
        "actor" => optional_text(event.actor.as_deref()),
        "record_id" => event.record.map_or(Value::Null, Value::Id),
        "operation" => event.operation.map_or(Value::Null, Value::Id),
        "changes" => Value::Text(event.changes.to_string()),
        _ => Value::Null,
    }
}

/// The latest events, without a total.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Timeline {
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::events))]
    pub data: Vec<Members>,
    /// Maximum number of events.
    pub limit: u64,
    /// Whether there are older events.
    #[serde(rename = "hasMore")]
    pub has_more: bool,
}

impl Timeline {
    /// `limit` as asked; none: all were.
    pub fn new(events: &[Event], limit: Option<u64>, has_more: bool) -> Self {
        let event = |event: &Event| record(EVENT_FIELDS, |field| value(event, field));
        Self { data: events.iter().map(event).collect(), limit: limit.unwrap_or(events.len() as u64), has_more }
    }
}

#[cfg(feature = "schema")]
mod schemas {
    use utoipa::openapi::{RefOr, Schema};

    pub(super) fn events() -> RefOr<Schema> {
        super::super::schema::records(super::EVENT_FIELDS, "the events, the newest first")
    }
}
