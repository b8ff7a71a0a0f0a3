//! An alert as a record: complete for programs, short for people.

use fastenr_core::model::alert::{ALERT, Alert};
use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::ops::alerts::AccountAlerts;
use fastenr_core::score::alerts::HeldBy;

use crate::globals::Format;
use crate::output::Record;

static TABLE: [Field; 9] = [
    Field::new("id", Meaning::Id, ""),
    Field::new("severity", Meaning::Line, ""),
    Field::new("rule", Meaning::Line, ""),
    Field::new("about", Meaning::Line, ""),
    Field::new("arr", Meaning::Money, ""),
    Field::new("owner", Meaning::Line, ""),
    Field::new("message", Meaning::Line, ""),
    Field::new("fired_on", Meaning::Date, ""),
    Field::new("state", Meaning::Line, ""),
];

/// The fields of a format.
pub(super) fn fields(format: Format) -> Vec<&'static Field> {
    match format {
        Format::Table => TABLE.iter().collect(),
        Format::Csv | Format::Json | Format::Jsonl => ALERT.fields.iter().collect(),
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
                (_, "held") => format!("held: {}", alert.held_by.map_or("guard", HeldBy::as_str)),
                (_, state) => state.to_owned(),
            }),
            _ => alert.value(field),
        }
    }

    fn title(&self) -> String {
        self.0.title()
    }
}

/// One row per account.
pub(super) static BY_ACCOUNT: [Field; 8] = [
    Field::new("account", Meaning::Line, "account: external id, or id if it has none"),
    Field::new("account_name", Meaning::Line, "name of the account"),
    Field::new("arr", Meaning::Money, "ARR of the account"),
    Field::new("owner", Meaning::Line, "owner of the account: e-mail address"),
    Field::new("severity", Meaning::Line, "severity of the most urgent alert"),
    Field::new("alerts", Meaning::Count, "number of alerts"),
    Field::new("rules", Meaning::Line, "rules of the alerts"),
    Field::new("opened_on", Meaning::Date, "day on which the first alert opened"),
];

impl Record for AccountAlerts {
    fn value(&self, field: &Field) -> Value {
        let account = &self.account;
        match field.name {
            "account" => Value::Text(account.label()),
            "account_name" => Value::Text(account.name.clone()),
            "arr" => account.arr.map_or(Value::Null, Value::Integer),
            "owner" => account.owner.as_ref().map_or(Value::Null, |(email, _)| Value::Text(email.clone())),
            "severity" => Value::Text(self.severity.as_str().to_owned()),
            "alerts" => Value::Integer(i64::try_from(self.count).unwrap_or(i64::MAX)),
            "rules" => Value::Text(self.rules.iter().map(|rule| rule.as_str()).collect::<Vec<_>>().join(", ")),
            _ => Value::Date(self.opened_on),
        }
    }

    fn title(&self) -> String {
        self.account.name.clone()
    }
}
