//! A noun's fields, in one table: names, parsers, storage and the bits of the journal.
//!
//! The command line, import, export, JSON and the journal all read it, so a field is added by one line in its noun's table
//! and a column in a migration.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, SubsecRound, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{
    AccountName, CustomFields, Domain, Email, ExternalId, Industry, RenewalStage, Role, Seats, Size, Status, Tags,
    UserName,
};
use crate::error::Invalid;
use crate::money::{Cents, Money};

/// Years of four digits: what sorts as text and what both databases keep.
const YEARS: std::ops::RangeInclusive<i32> = 1000..=9999;

/// How a value lies in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    Text,
    Integer,
    Boolean,
    Date,
    Instant,
    Id,
}

/// What a field means, and so how its text is read and judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    Id,
    ExternalId,
    AccountName,
    UserName,
    /// One line with a rule of its own, kept by whatever writes it.
    Line,
    Industry,
    Email,
    Domain,
    Size,
    Status,
    StatusSource,
    RenewalStage,
    Role,
    /// Cents in the organization's currency.
    Money,
    /// A whole number from 0.
    Count,
    /// A whole number from 0 to 100.
    Score,
    Date,
    Instant,
    Boolean,
    /// A JSON array of text.
    Tags,
    /// A JSON object.
    Custom,
    /// A user, written as an e-mail address.
    User,
    /// An account, written as its external id, or its id where it has none.
    Account,
}

impl Meaning {
    pub const fn storage(self) -> Storage {
        match self {
            Self::Id | Self::User | Self::Account => Storage::Id,
            Self::Money | Self::Count | Self::Score => Storage::Integer,
            Self::Date => Storage::Date,
            Self::Instant => Storage::Instant,
            Self::Boolean => Storage::Boolean,
            _ => Storage::Text,
        }
    }

    /// Free text, which an export has to guard against spreadsheets.
    pub const fn is_text(self) -> bool {
        matches!(self.storage(), Storage::Text) || matches!(self, Self::User | Self::Account)
    }
}

/// A value of any field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Value {
    #[default]
    Null,
    Text(String),
    Integer(i64),
    Boolean(bool),
    Date(NaiveDate),
    Instant(DateTime<Utc>),
    Id(Uuid),
}

impl Value {
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

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
    pub column: &'static str,
    pub meaning: Meaning,
    pub access: Access,
    /// Not null once the record exists.
    pub required: bool,
    /// Changes are kept in the noun's dated history.
    pub tracked: bool,
    /// Other headers this field is known by, without case, spaces or punctuation.
    pub aliases: &'static [&'static str],
    /// One line for help and documents.
    pub about: &'static str,
}

impl Field {
    pub const fn new(name: &'static str, meaning: Meaning, about: &'static str) -> Self {
        Self {
            name,
            column: name,
            meaning,
            access: Access::Write,
            required: false,
            tracked: false,
            aliases: &[],
            about,
        }
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
    pub const fn tracked(mut self) -> Self {
        self.tracked = true;
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
            Meaning::Size => Value::Text(Size::parse(text)?.as_str().to_owned()),
            Meaning::Status => Value::Text(Status::parse(text)?.as_str().to_owned()),
            Meaning::RenewalStage => Value::Text(RenewalStage::parse(text)?.as_str().to_owned()),
            Meaning::Role => Value::Text(Role::parse(text)?.as_str().to_owned()),
            Meaning::StatusSource | Meaning::Line => Value::Text(text.to_owned()),
            Meaning::Money => Value::Integer(Money::parse(text)?.cents()),
            Meaning::Count => Value::Integer(i64::from(Seats::parse(text)?.get())),
            Meaning::Score => Value::Integer(i64::from(super::Score::parse(text)?.get())),
            Meaning::Date => {
                let day = text.parse().ok().filter(|day: &NaiveDate| YEARS.contains(&day.year()));
                let rule = || Invalid::new("date", format!("{} is a date written YYYY-MM-DD", self.name));
                Value::Date(day.ok_or_else(rule)?)
            }
            Meaning::Instant => {
                let at = DateTime::parse_from_rfc3339(text).ok().map(|at| at.with_timezone(&Utc).trunc_subsecs(6));
                let rule =
                    || Invalid::new("time", format!("{} is a time written like 2026-03-01T07:00:00Z", self.name));
                Value::Instant(at.filter(|at| YEARS.contains(&at.year())).ok_or_else(rule)?)
            }
            Meaning::Boolean => Value::Boolean(super::boolean::parse_bool(text)?),
            Meaning::Tags => Value::Text(tags(text)?.to_json()),
            Meaning::Custom => Value::Text(CustomFields::parse(text)?.as_str().to_owned()),
            Meaning::Id | Meaning::User | Meaning::Account => {
                Value::Id(Uuid::parse_str(text).map_err(|_| Invalid::new("id", format!("{} is a UUID", self.name)))?)
            }
        })
    }

    /// What stands for no value.
    pub fn blank(&self) -> Result<Value, Invalid> {
        match self.meaning {
            Meaning::Tags => Ok(Value::Text("[]".into())),
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
            (Meaning::Tags | Meaning::Custom, Value::Text(text)) => serde_json::from_str(text).unwrap_or(Json::Null),
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
            (Meaning::Custom, Value::Text(text)) if text == "{}" => Cow::Borrowed(""),
            (_, value) => value.journal(),
        }
    }
}

impl Value {
    /// The text that the journal keeps: cents, ISO dates, RFC 3339 instants, `true` and `false`.
    pub fn journal(&self) -> Cow<'_, str> {
        match self {
            Self::Null => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Integer(number) => Cow::Owned(number.to_string()),
            Self::Boolean(yes) => Cow::Borrowed(if *yes { "true" } else { "false" }),
            Self::Date(day) => Cow::Owned(day.to_string()),
            Self::Instant(at) => Cow::Owned(at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            Self::Id(id) => Cow::Owned(id.to_string()),
        }
    }
}

/// A list such as `a, b`, or the JSON array that JSON files and answers hold.
fn tags(text: &str) -> Result<Tags, Invalid> {
    if text.starts_with('[') { Tags::from_json(text) } else { Tags::parse(text) }
}

impl Value {
    /// Reads what [`Value::journal`] wrote of a value that is stored so.
    pub fn from_journal(text: Option<&str>, storage: Storage) -> Self {
        let Some(text) = text else { return Self::Null };
        let read = match storage {
            Storage::Text => Some(Self::Text(text.to_owned())),
            Storage::Integer => text.parse().ok().map(Self::Integer),
            Storage::Boolean => Some(Self::Boolean(text == "true")),
            Storage::Date => text.parse().ok().map(Self::Date),
            // PostgreSQL writes a space for the T and a short offset.
            Storage::Instant => DateTime::parse_from_rfc3339(text)
                .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z"))
                .ok()
                .map(|at| Self::Instant(at.with_timezone(&Utc))),
            Storage::Id => Uuid::parse_str(text).ok().map(Self::Id),
        };
        read.unwrap_or_else(|| Self::Text(text.to_owned()))
    }
}

/// A kind of record.
#[derive(Debug)]
pub struct Noun {
    /// `account`, as in an error about one record.
    pub one: &'static str,
    /// `accounts`, as on the command line; also the table.
    pub many: &'static str,
    /// In the order of an export. A field's place is its bit in masks, so new ones go to the end.
    pub fields: &'static [Field],
    /// Columns that follow a field: kept up whenever it is written.
    pub derived: &'static [Derived],
}

/// A column computed from a text field.
#[derive(Debug)]
pub struct Derived {
    pub from: &'static str,
    pub column: &'static str,
    pub compute: fn(&str) -> String,
}

impl Noun {
    pub fn field(&self, name: &str) -> Option<(usize, &'static Field)> {
        self.fields.iter().enumerate().find(|(_, field)| field.name == name)
    }

    /// The field a header means: its name or one of its other names, without case, spaces or punctuation.
    pub fn field_by_header(&self, header: &str) -> Option<(usize, &'static Field)> {
        let folded = fold_header(header);
        let fields = || self.fields.iter().enumerate();
        fields()
            .find(|(_, field)| fold_header(field.name) == folded)
            .or_else(|| fields().find(|(_, field)| field.aliases.contains(&folded.as_str())))
    }

    pub fn derived_from(&self, field: &str) -> impl Iterator<Item = &'static Derived> {
        self.derived.iter().filter(move |derived| derived.from == field)
    }
}

impl fmt::Display for Noun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.one)
    }
}

/// `Company Name`, `company_name` and `COMPANY-NAME` are one header.
pub fn fold_header(header: &str) -> String {
    header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
