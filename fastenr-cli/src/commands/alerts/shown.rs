//! An alert as a record: in whole for programs, in a few words for people.

use fastenr_core::model::alert::{ALERT_FIELDS, Alert};
use fastenr_core::model::noun::{Field, Meaning, Value};

use crate::globals::Format;
use crate::output::Record;

static TABLE: [Field; 8] = [
    Field::new("id", Meaning::Id, ""),
    Field::new("severity", Meaning::Line, ""),
    Field::new("rule", Meaning::Line, ""),
    Field::new("about", Meaning::Line, ""),
    Field::new("owner", Meaning::Line, ""),
    Field::new("message", Meaning::Line, ""),
    Field::new("fired_on", Meaning::Date, ""),
    Field::new("state", Meaning::Line, ""),
];

/// What a format shows.
pub(super) fn fields(format: Format) -> Vec<&'static Field> {
    match format {
        Format::Table => TABLE.iter().collect(),
        Format::Csv | Format::Json | Format::Jsonl => ALERT_FIELDS.iter().collect(),
    }
}

pub(super) struct Shown<'a>(pub(super) &'a Alert);

impl Record for Shown<'_> {
    fn value(&self, field: &Field) -> Value {
        let alert = self.0;
        match field.name {
            "about" => Value::Text(match &alert.account {
                Some(account) => account.name.clone(),
                None => alert.topic.clone(),
            }),
            "state" if field.meaning == Meaning::Line => Value::Text(match (&alert.snoozed, alert.state.as_str()) {
                (Some((until, ..)), "snoozed") => format!("snoozed until {until}"),
                (_, state) => state.to_owned(),
            }),
            _ => alert.value(field),
        }
    }

    fn title(&self) -> String {
        self.0.title()
    }
}
