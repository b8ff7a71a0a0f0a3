//! Values of fields, and where they are put.

use chrono::{Datelike, Days, NaiveDate};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::Converter;
use super::words::CellMeaning;
use crate::error::Invalid;
use crate::import::mapping::AccountLookup;
use crate::import::plan::Target;
use crate::import::request::Empty;
use crate::import::source::Record;
use crate::model::account::ACCOUNT;
use crate::model::damage::is_scientific;
use crate::model::field_change::ChangedField;
use crate::model::noun::{Field, Meaning, Value};
use crate::model::{CustomFields, Seats};
use crate::store::staging::StagedRow;

impl Converter<'_> {
    /// What an empty cell does.
    pub(super) fn empty(&self, field: &Field, bit: usize, row: &mut StagedRow) -> Result<(), Invalid> {
        if self.facts.empty == Empty::Keep { Ok(()) } else { self.clear(field, bit, row) }
    }

    pub(super) fn clear(&self, field: &Field, bit: usize, row: &mut StagedRow) -> Result<(), Invalid> {
        // When and by whom a record was made is never unknown: there is nothing to clear.
        if field.required && field.default.is_some_and(|default| default.starts_with('$')) {
            return Ok(());
        }
        let blank = field.blank()?;
        row.present |= 1 << bit;
        self.put(field, bit, blank, row);
        Ok(())
    }

    pub(super) fn read(
        &self,
        target: &Target,
        field: &'static Field,
        bit: usize,
        text: &str,
        record: &Record,
        row: &mut StagedRow,
    ) -> Result<(), Invalid> {
        if field.meaning == Meaning::Account {
            self.put_account(bit, text, row);
            row.present |= 1 << bit;
            return Ok(());
        }
        let value = self.value(target, field, text, record)?;
        row.present |= 1 << bit;
        self.put(field, bit, value, row);
        Ok(())
    }

    /// Whether the row names a field of the account whose past can be imported.
    pub(super) fn check_name(&self, field: &Field, row: &StagedRow) -> Result<(), Invalid> {
        match self.places[field.place].and_then(|place| row.values.get(place)) {
            Some(Value::Text(name)) if name == ChangedField::Status.as_str() => Err(Invalid::new(
                "status_history",
                "past statuses are not imported: the history of a status is what people, files and runs have set",
            )),
            Some(Value::Text(_)) => Ok(()),
            _ => Err(Invalid::new("required", "each row names the field that changed")),
        }
    }

    /// Reads a value of the account's field that the row names, as the dated history keeps it: known once the row is read. An empty
    /// cell says that there was none.
    pub(super) fn read_named(
        &self,
        target: &Target,
        bit: usize,
        text: Option<&str>,
        record: &Record,
        row: &mut StagedRow,
    ) -> Result<(), Invalid> {
        let noun = self.plan.staging.noun;
        let named = noun.names_field().and_then(|field| match row.values.get(self.places[field.place]?)? {
            Value::Text(name) => ACCOUNT.field(name),
            _ => None,
        });
        // The row is refused for what it does not name.
        let Some((_, named)) = named else { return Ok(()) };
        let value = match text {
            Some(text) => Value::Text(self.value(target, named, text, record)?.journal().into_owned()),
            None => Value::Null,
        };
        row.present |= 1 << bit;
        self.put(self.plan.staging.field(bit), bit, value, row);
        Ok(())
    }

    fn value(&self, target: &Target, field: &Field, text: &str, record: &Record) -> Result<Value, Invalid> {
        let value = match field.meaning {
            Meaning::Date if field.period => {
                let (day, is_month) = target.dates.parse_period(text, target.zone).map_err(period)?;
                if is_month {
                    self.tally.borrow_mut().month();
                }
                Value::Date(day)
            }
            Meaning::Date if self.plan.staging.events.is_some() => {
                let (day, has_no_zone) = target.dates.parse_day(text, target.zone, self.facts.zone)?;
                if has_no_zone {
                    self.tally.borrow_mut().time(target.zone.as_str());
                }
                Value::Date(day)
            }
            Meaning::Date => Value::Date(target.dates.parse_date(text, target.zone)?),
            Meaning::Instant => {
                let (at, has_no_zone) = target.dates.parse_timestamp(text, target.zone)?;
                if has_no_zone {
                    self.tally.borrow_mut().time(target.zone.as_str());
                }
                Value::Instant(at)
            }
            Meaning::Money => Value::Integer(self.money(target, text, record)?.cents()),
            Meaning::MoneyText => Value::Text(self.money(target, text, record)?.cents().to_string()),
            Meaning::Count => Value::Integer(i64::from(Seats::parse(&self.whole(target, text, record)?)?.get())),
            Meaning::Number(rule) => Value::Integer(self.number(rule, field.meaning, target, text, record)?),
            Meaning::User | Meaning::Author => Value::Id(self.facts.users.find(text)?),
            // Of a phone number a spreadsheet leaves `4.93E+11`.
            Meaning::Label if is_scientific(text) => {
                return Err(Invalid::new(
                    "digits_lost",
                    "a spreadsheet wrote this as a number in scientific notation and lost its digits: export it again, as text",
                ));
            }
            _ => field.parse(text)?,
        };
        field.check_day(&value, self.facts.now, self.facts.today)?;
        let day = match &value {
            Value::Date(day) => Some(*day),
            Value::Instant(at) => Some(at.date_naive()),
            _ => None,
        };
        if let Some(day) = day.filter(|day| self.is_far(*day)) {
            self.tally.borrow_mut().far(&target.header, day, record.number);
        }
        Ok(value)
    }

    /// Whether no business has the day: a year with a wrong digit, or what a program has for no day.
    fn is_far(&self, day: NaiveDate) -> bool {
        !self.plan.is_export && (day.year() < 1970 || day.year() > self.facts.today.year() + 50)
    }

    /// Puts a value in its column, and what follows from it behind.
    pub(super) fn put(&self, field: &Field, bit: usize, value: Value, row: &mut StagedRow) {
        let Some(place) = self.places[bit] else { return };
        for (after, derived) in self.plan.staging.noun.derived_from(field.name).enumerate() {
            row.values[place + 1 + after] = match &value {
                Value::Text(text) => Value::Text((derived.compute)(text)),
                _ => Value::Null,
            };
        }
        row.values[place] = value;
    }

    pub(super) fn put_account(&self, bit: usize, text: &str, row: &mut StagedRow) {
        let Some(place) = self.places[bit] else { return };
        row.values[place + 1] = Value::Text(self.mapping.account.key(text));
        row.values[place + 2] = Uuid::parse_str(text).map_or(Value::Null, Value::Id);
        if self.mapping.account != AccountLookup::Key {
            row.values[place + 3] = Value::Text(text.to_owned());
        }
    }

    pub(super) fn put_custom(
        &self,
        members: Map<String, Json>,
        cleared: &[String],
        row: &mut StagedRow,
    ) -> Result<(), Invalid> {
        let Some((bit, _)) = self.plan.staging.noun.field("custom_fields") else { return Ok(()) };
        let Some(place) = self.places[bit] else { return Ok(()) };
        let mut whole = match &row.values[place] {
            Value::Text(text) => CustomFields::parse(text)?.to_map(),
            _ => Map::new(),
        };
        // A member's own column counts before the column of them all, also where it says that there is none.
        whole.extend(members);
        whole.retain(|name, _| !cleared.contains(name));
        row.values[place] = Value::Text(CustomFields::from_map(whole)?.into_string());
        if !cleared.is_empty() {
            row.values[place + 1] = Value::Text(Json::from(cleared.to_vec()).to_string());
        }
        row.present |= 1 << bit;
        Ok(())
    }

    pub(super) fn days_past_due(&self, said: &CellMeaning<'_>, row: &mut StagedRow) -> Result<(), Invalid> {
        let Some((bit, field)) = self.plan.staging.noun.field("past_due_since") else { return Ok(()) };
        let text = match said {
            CellMeaning::Value(text) => *text,
            CellMeaning::Clear => return self.clear(field, bit, row),
            _ => return self.empty(field, bit, row),
        };
        let rule = || Invalid::new("days_past_due", "days past due is a whole number from 0 to 36500");
        let days: u64 = text.parse().map_err(|_| rule())?;
        if days > 36_500 {
            return Err(rule());
        }
        let since = if days == 0 { None } else { self.facts.today.checked_sub_days(Days::new(days)) };
        row.present |= 1 << bit;
        self.put(field, bit, since.map_or(Value::Null, Value::Date), row);
        Ok(())
    }
}

/// Says how a month is written, where a cell is neither a day nor a month.
fn period(invalid: Invalid) -> Invalid {
    match invalid.code {
        "date" => Invalid::new("date", "a month is written like 2026-11, 11/2026 or Nov 2026, a day like 2026-11-01"),
        _ => invalid,
    }
}
