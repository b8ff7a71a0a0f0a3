//! An alert as a record: in whole for programs, in a few words for people.

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

/// What a format shows.
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
                (_, "held") => format!("held by {}", alert.held_by.map_or("guard", HeldBy::as_str)),
                (_, state) => state.to_owned(),
            }),
            _ => alert.value(field),
        }
    }

    fn title(&self) -> String {
        self.0.title()
    }
}

/// A row an account.
pub(super) static BY_ACCOUNT: [Field; 8] = [
    Field::new("account", Meaning::Line, "external id of the account, or its id"),
    Field::new("account_name", Meaning::Line, "its name"),
    Field::new("arr", Meaning::Money, "its ARR"),
    Field::new("owner", Meaning::Line, "who owns it: an e-mail address"),
    Field::new("severity", Meaning::Line, "of the most urgent alert"),
    Field::new("alerts", Meaning::Count, "how many"),
    Field::new("rules", Meaning::Line, "what they are for"),
    Field::new("opened_on", Meaning::Date, "the day the first of them opened"),
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
