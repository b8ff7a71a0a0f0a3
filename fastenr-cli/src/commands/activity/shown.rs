//! An activity as a record: in whole for programs, in a few words for people.

use fastenr_core::model::TimeZone;
use fastenr_core::model::activity::{FeedItem, words};
use fastenr_core::model::noun::{Field, Meaning, Value};
use serde_json::json;

use crate::commands::changes;
use crate::globals::Format;
use crate::output::Record;

static JSON: [Field; 11] = [
    Field::new("id", Meaning::Id, ""),
    Field::new("at", Meaning::Instant, ""),
    Field::new("actor", Meaning::Custom, ""),
    Field::new("kind", Meaning::Line, ""),
    Field::new("noun", Meaning::Line, ""),
    Field::new("record_id", Meaning::Id, ""),
    Field::new("account", Meaning::Line, ""),
    Field::new("account_name", Meaning::Line, ""),
    Field::new("label", Meaning::Line, ""),
    Field::new("operation", Meaning::Id, ""),
    Field::new("changes", Meaning::Custom, ""),
];

/// Who did it is a plain address where there are no objects.
static EMAIL: Field = Field::new("actor", Meaning::Email, "");

static TABLE: [Field; 6] = [
    Field::new("when", Meaning::Line, ""),
    Field::new("who", Meaning::Line, ""),
    Field::new("what", Meaning::Line, ""),
    Field::new("record", Meaning::Line, ""),
    Field::new("account_name", Meaning::Line, "").column("account"),
    Field::new("change", Meaning::Line, ""),
];

/// What a format shows.
pub(super) fn fields(format: Format) -> Vec<&'static Field> {
    match format {
        Format::Table => TABLE.iter().collect(),
        Format::Csv => JSON.iter().map(|field| if field.name == "actor" { &EMAIL } else { field }).collect(),
        Format::Json | Format::Jsonl => JSON.iter().collect(),
    }
}

pub(super) struct Shown<'a> {
    pub(super) item: &'a FeedItem,
    /// The organization's: people read times by its clocks.
    pub(super) zone: TimeZone,
}

impl Record for Shown<'_> {
    fn value(&self, field: &Field) -> Value {
        let FeedItem { activity, actor, account, .. } = self.item;
        let text = |text: &str| Value::Text(text.to_owned());
        match field.name {
            "id" => Value::Id(activity.id),
            "at" => Value::Instant(activity.at),
            "actor" if field.meaning == Meaning::Email => text(actor),
            "actor" => Value::Text(json!({"email": actor}).to_string()),
            "kind" => text(&activity.kind),
            "noun" => text(&activity.noun),
            "record_id" => activity.record.map_or(Value::Null, Value::Id),
            "account" => account.as_ref().map_or(Value::Null, |(label, _)| text(label)),
            "account_name" => account.as_ref().map_or(Value::Null, |(_, name)| text(name)),
            "label" | "record" => text(&activity.label),
            "operation" => activity.operation.map_or(Value::Null, Value::Id),
            "changes" => Value::Text(activity.changes.to_string()),
            "when" => Value::Text(self.zone.local(activity.at).format("%Y-%m-%d %H:%M:%S").to_string()),
            "who" => text(actor),
            "what" => Value::Text(words(&activity.kind)),
            "change" => Value::Text(changes::summary(&activity.changes, 2)),
            _ => Value::Null,
        }
    }

    fn title(&self) -> String {
        self.item.activity.label.clone()
    }
}
