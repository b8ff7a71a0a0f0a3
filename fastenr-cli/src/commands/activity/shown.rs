//! An activity as a record: complete for programs, short for people.

use fastenr_core::model::TimeZone;
use fastenr_core::model::activity::{ACTIVITY, FeedItem, words};
use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::view::activity::value;

use crate::commands::changes;
use crate::globals::Format;
use crate::output::Record;

/// CSV has no objects: the actor is only an e-mail address.
static EMAIL: Field = Field::new("actor", Meaning::Email, "");

static TABLE: [Field; 6] = [
    Field::new("when", Meaning::Line, ""),
    Field::new("who", Meaning::Line, ""),
    Field::new("what", Meaning::Line, ""),
    Field::new("record", Meaning::Line, ""),
    Field::new("account_name", Meaning::Line, "").column("account"),
    Field::new("change", Meaning::Line, ""),
];

/// The fields of a format.
pub(super) fn fields(format: Format) -> Vec<&'static Field> {
    match format {
        Format::Table => TABLE.iter().collect(),
        Format::Csv => ACTIVITY.fields.iter().map(|field| if field.name == "actor" { &EMAIL } else { field }).collect(),
        Format::Json | Format::Jsonl => ACTIVITY.fields.iter().collect(),
    }
}

pub(super) struct Shown<'a> {
    pub(super) item: &'a FeedItem,
    /// The organization's time zone, for people.
    pub(super) zone: TimeZone,
}

impl Record for Shown<'_> {
    fn value(&self, field: &Field) -> Value {
        let FeedItem { activity, actor, .. } = self.item;
        let text = |text: &str| Value::Text(text.to_owned());
        match field.name {
            "actor" if field.meaning == Meaning::Email => text(actor),
            "record" => text(&activity.label),
            "when" => Value::Text(self.zone.local(activity.at).format("%Y-%m-%d %H:%M:%S").to_string()),
            "who" => text(actor),
            "what" => Value::Text(words(&activity.kind)),
            "change" => Value::Text(changes::summary(&activity.changes, 2)),
            _ => value(self.item, field),
        }
    }

    fn title(&self) -> String {
        self.item.activity.label.clone()
    }
}
