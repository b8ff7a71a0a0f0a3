//! Fields: what they are called, who may set them, and how their values are read and written as text and JSON.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, SubsecRound, TimeDelta, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{Meaning, Value};
use crate::error::Invalid;
use crate::model::boolean::parse_bool;
use crate::model::{
    AccountName, Attendees, CustomFields, Domain, Email, ExternalId, Industry, Label, Milestones, Prose, Score, Seats,
    Tags, Title, UserName, day,
};
use crate::money::{Cents, Money};

/// How far another machine's clock may be ahead of this one's.
const CLOCKS_APART: TimeDelta = TimeDelta::minutes(5);

/// What may be done to a field from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Set by create, update and import.
    Write,
    /// Shown and exported; an import passes over it.
    Read,
}

#[derive(Debug)]
pub struct Field {
    /// In JSON, CSV headers, `--fields` and errors.
    pub name: &'static str,
    /// Where it stands in its noun's table; its bit in masks.
    pub place: usize,
    pub column: &'static str,
    pub meaning: Meaning,
    pub access: Access,
    /// Not null once the record exists.
    pub required: bool,
    /// Null in a record that was made when the account's own value was cleared, though nobody can write null.
    pub cleared: bool,
    /// Changes are kept in the noun's dated history.
    pub tracked: bool,
    /// No two records of an organization share a value.
    pub unique: bool,
    /// A day that is never after today, or a moment that is never in the future.
    pub past: bool,
    /// What is past as a rule: a word such as `monday` means the last one.
    pub looks_back: bool,
    /// A day that is not before today when it is said.
    pub ahead: bool,
    /// The day on which a period begins: a month is its first day.
    pub period: bool,
    /// What a new record has where nothing is said, as SQL; `$now`, `$today` and `$user` stand for the write's own.
    pub default: Option<&'static str>,
    /// What it is read by instead of a column, as SQL: the record is `a`, its account `acc`, the organization `$1`.
    pub sql: Option<&'static str>,
    /// Other headers this field is known by, without case, spaces or punctuation.
    pub aliases: &'static [&'static str],
    /// One line for help and documents.
    pub about: &'static str,
}

impl Field {
    /// What the records of several nouns have alike; each noun adds the headers that it is known by.
    pub const OF_ACCOUNT: Self =
        Self::new("account", Meaning::Account, "account: external id or id").column("account_id").required();
    pub const CREATED_AT: Self = Self::new("created_at", Meaning::Instant, "time of creation")
        .looking_back()
        .required()
        .default("$now")
        .aliases(&["createddate", "createdon", "created", "datecreated", "createdate"]);
    pub const UPDATED_AT: Self = Self::new("updated_at", Meaning::Instant, "time of the last change").read();
    pub const VERSION: Self =
        Self::new("version", Meaning::Count, "version number; increases with every change").read();
    pub const ACCOUNT_ID: Self = Self::new("account_id", Meaning::Id, "id of the account").read();
    pub const ACCOUNT_NAME: Self = Self::new("account_name", Meaning::Line, "name of the account").read();
    pub const ORGANIZATION_ID: Self = Self::new("organization_id", Meaning::Id, "UUIDv7").read();

    pub const fn new(name: &'static str, meaning: Meaning, about: &'static str) -> Self {
        Self {
            name,
            place: 0,
            column: name,
            meaning,
            access: Access::Write,
            required: false,
            cleared: false,
            tracked: false,
            unique: false,
            past: false,
            looks_back: false,
            ahead: false,
            period: false,
            default: None,
            sql: None,
            aliases: &[],
            about,
        }
    }

    #[must_use]
    pub const fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// The table of a noun: each field knows its place.
    #[must_use]
    pub const fn numbered<const N: usize>(mut fields: [Self; N]) -> [Self; N] {
        let mut place = 0;
        while place < N {
            fields[place].place = place;
            place += 1;
        }
        fields
    }

    /// Its bit in the masks of the journal and of rows of a file.
    pub const fn bit(&self) -> i64 {
        1 << self.place
    }

    #[must_use]
    pub const fn read(mut self) -> Self {
        self.access = Access::Read;
        self
    }

    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    #[must_use]
    pub const fn cleared(mut self) -> Self {
        self.cleared = true;
        self
    }

    #[must_use]
    pub const fn tracked(mut self) -> Self {
        self.tracked = true;
        self
    }

    #[must_use]
    pub const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    #[must_use]
    pub const fn past(mut self) -> Self {
        self.past = true;
        self.looking_back()
    }

    #[must_use]
    pub const fn looking_back(mut self) -> Self {
        self.looks_back = true;
        self
    }

    #[must_use]
    pub const fn ahead(mut self) -> Self {
        self.ahead = true;
        self
    }

    #[must_use]
    pub const fn period(mut self) -> Self {
        self.period = true;
        self
    }

    #[must_use]
    pub const fn default(mut self, sql: &'static str) -> Self {
        self.default = Some(sql);
        self
    }

    /// Read by an expression, and never written.
    #[must_use]
    pub const fn read_by(mut self, sql: &'static str) -> Self {
        self.access = Access::Read;
        self.sql = Some(sql);
        self
    }

    #[must_use]
    pub const fn column(mut self, column: &'static str) -> Self {
        self.column = column;
        self
    }

    #[must_use]
    pub const fn aliases(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// The column that the field is compared by: of external ids the key, not the spelling.
    pub fn compared(&self) -> &'static str {
        if self.meaning == Meaning::ExternalId { "external_key" } else { self.column }
    }

    /// A new record must be given it.
    pub fn needed(&self) -> bool {
        self.required && self.writable() && self.default.is_none()
    }

    pub fn writable(&self) -> bool {
        self.access == Access::Write
    }

    /// Reads canonical text: what an export writes, an argument holds, a JSON member gives. Blank text is no value.
    ///
    /// Users and accounts are named, not parsed: the caller looks them up.
    ///
    /// # Errors
    /// The rule of the field's type; `required` for a blank one that must not be.
    pub fn parse(&self, text: &str) -> Result<Value, Invalid> {
        let text = text.trim();
        if text.is_empty() {
            return self.blank();
        }
        Ok(match self.meaning {
            Meaning::ExternalId => Value::Text(ExternalId::parse(text)?.as_str().to_owned()),
            Meaning::AccountName => Value::Text(AccountName::parse(text)?.as_str().to_owned()),
            Meaning::UserName => Value::Text(UserName::parse(text)?.as_str().to_owned()),
            Meaning::Industry => Value::Text(Industry::parse(text)?.as_str().to_owned()),
            Meaning::Email => Value::Text(Email::parse(text)?.key()),
            Meaning::Domain => Value::Text(Domain::parse(text)?.as_str().to_owned()),
            Meaning::Choice(choices) => Value::Text(choices.parse(text)?.to_owned()),
            Meaning::Title => Value::Text(Title::parse(text)?.into_string()),
            Meaning::Label => Value::Text(Label::parse(text)?.into_string()),
            Meaning::Prose => Value::Text(Prose::parse(text)?.into_string()),
            Meaning::Line | Meaning::AccountValue => Value::Text(text.to_owned()),
            Meaning::Money => Value::Integer(Money::parse(text)?.cents()),
            Meaning::MoneyText => Value::Text(Money::parse(text)?.cents().to_string()),
            Meaning::Number(rule) => Value::Integer(rule.parse(text)?),
            Meaning::Count => Value::Integer(i64::from(Seats::parse(text)?.get())),
            Meaning::Score => Value::Integer(i64::from(Score::parse(text)?.get())),
            Meaning::Date => {
                let rule = || Invalid::new("date", format!("{} is a date written YYYY-MM-DD", self.name));
                Value::Date(day::day(text).ok_or_else(rule)?)
            }
            Meaning::Instant => {
                let at = day::moment(text).map(|at| at.trunc_subsecs(6));
                let rule =
                    || Invalid::new("time", format!("{} is a time written like 2026-03-01T07:00:00Z", self.name));
                Value::Instant(at.ok_or_else(rule)?)
            }
            Meaning::Boolean => Value::Boolean(parse_bool(text)?),
            Meaning::Tags => Value::Text(Tags::parse(text)?.to_json()),
            Meaning::Custom => Value::Text(CustomFields::parse(text)?.as_str().to_owned()),
            Meaning::Member => Value::Text(Json::from(text).to_string()),
            Meaning::Attendees => Value::Text(Attendees::parse(text)?.to_json()),
            Meaning::Milestones => Value::Text(Milestones::parse(text)?.to_json()),
            Meaning::Id | Meaning::User | Meaning::Author | Meaning::Account => {
                Value::Id(Uuid::parse_str(text).map_err(|_| Invalid::new("id", format!("{} is a UUID", self.name)))?)
            }
        })
    }

    /// # Errors
    /// `future` where the day must not be after `today`, or the moment not after `now`, and is.
    pub fn check_day(&self, value: &Value, now: DateTime<Utc>, today: NaiveDate) -> Result<(), Invalid> {
        match value {
            Value::Date(day) if self.past && *day > today => {
                Err(Invalid::new("future", format!("{} can't be after today, {today}", self.name)))
            }
            Value::Instant(at) if self.past && *at > now + CLOCKS_APART => {
                Err(Invalid::new("future", format!("{} can't be in the future", self.name)))
            }
            _ => Ok(()),
        }
    }

    /// What stands for no value.
    pub fn blank(&self) -> Result<Value, Invalid> {
        match self.meaning {
            Meaning::Tags | Meaning::Attendees | Meaning::Milestones => Ok(Value::Text("[]".into())),
            Meaning::Custom => Ok(Value::Text("{}".into())),
            _ if self.required => Err(Invalid::new("required", format!("{} can't be empty", self.name))),
            _ => Ok(Value::Null),
        }
    }

    /// As JSON: money and scores as numbers, tags and custom fields as what they hold, dates as ISO 8601 text.
    pub fn json(&self, value: &Value) -> Json {
        match (self.meaning, value) {
            (_, Value::Null) => Json::Null,
            (Meaning::Money, Value::Integer(cents)) => Json::Number(Cents(*cents).to_json_number()),
            (Meaning::MoneyText, Value::Text(cents)) => {
                cents.parse().map_or(Json::Null, |cents| Json::Number(Cents(cents).to_json_number()))
            }
            (Meaning::Number(rule), Value::Integer(number)) => Json::Number(rule.json(*number)),
            (
                Meaning::Tags | Meaning::Attendees | Meaning::Milestones | Meaning::Custom | Meaning::Member,
                Value::Text(text),
            ) => serde_json::from_str(text).unwrap_or(Json::Null),
            (_, Value::Integer(number)) => Json::from(*number),
            (_, Value::Boolean(yes)) => Json::Bool(*yes),
            (_, value) => Json::String(self.text(value).into_owned()),
        }
    }

    /// As one cell of CSV or of a table: [`Field::parse`] reads it back.
    pub fn text<'v>(&self, value: &'v Value) -> Cow<'v, str> {
        match (self.meaning, value) {
            (_, Value::Null) => Cow::Borrowed(""),
            (Meaning::Money, Value::Integer(cents)) => Cow::Owned(Cents(*cents).to_string()),
            (Meaning::Tags, Value::Text(text)) => {
                Cow::Owned(Tags::from_json(text).map_or_else(|_| text.clone(), |tags| tags.to_string()))
            }
            (Meaning::MoneyText, Value::Text(cents)) => {
                cents.parse().map_or(Cow::Borrowed(cents.as_str()), |cents| Cow::Owned(Cents(cents).to_string()))
            }
            (Meaning::Number(rule), Value::Integer(number)) => Cow::Owned(rule.text(*number)),
            (Meaning::Custom, Value::Text(text)) if text == "{}" => Cow::Borrowed(""),
            (Meaning::Member, Value::Text(text)) => match serde_json::from_str(text) {
                Ok(Json::String(text)) => Cow::Owned(text),
                Ok(Json::Null) => Cow::Borrowed(""),
                _ => Cow::Borrowed(text),
            },
            (Meaning::Attendees | Meaning::Milestones, Value::Text(text)) if text == "[]" => Cow::Borrowed(""),
            (_, value) => value.journal(),
        }
    }
}
