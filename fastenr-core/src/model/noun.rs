//! A noun's fields, in one table: names, parsers, storage and the bits of the journal.
//!
//! The command line, import, export, JSON and the journal all read it, so a field is added by one line in its noun's table
//! and a column in a migration.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, SubsecRound, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

use super::number::NumberRule;
use super::picklist::Choices;
use super::selection::{Filter, Sort};
use super::{
    AccountName, Attendees, CustomFields, Domain, Email, ExternalId, Industry, Label, Milestones, Prose, Seats, Tags,
    Title, UserName,
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
    /// One line of at most 255 characters.
    Title,
    /// One line of at most 100 characters.
    Label,
    /// Text of any number of lines.
    Prose,
    Industry,
    Email,
    Domain,
    /// One of a closed list.
    Choice(&'static Choices),
    /// Cents in the organization's currency.
    Money,
    /// The same, kept as the text of the cents, as the dated history keeps every value.
    MoneyText,
    /// A number with its own range, scaled by its decimals.
    Number(&'static NumberRule),
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
    /// A JSON array of objects with name, email and role.
    Attendees,
    /// A JSON array of objects with title, target_value, target_date and completed_on.
    Milestones,
    /// A user who is at work, written as an e-mail address.
    User,
    /// A user who did something once: may be deactivated by now.
    Author,
    /// An account, written as its external id, or its id where it has none.
    Account,
}

impl Meaning {
    pub const fn storage(self) -> Storage {
        match self {
            Self::Id | Self::User | Self::Author | Self::Account => Storage::Id,
            Self::Money | Self::Count | Self::Score | Self::Number(_) => Storage::Integer,
            Self::Date => Storage::Date,
            Self::Instant => Storage::Instant,
            Self::Boolean => Storage::Boolean,
            _ => Storage::Text,
        }
    }

    /// Written as a number, in whatever way the file writes numbers.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Money | Self::MoneyText | Self::Count | Self::Number(_))
    }

    /// A percentage, which other systems may count on another scale.
    pub const fn is_percent(self) -> bool {
        matches!(self, Self::Number(rule) if rule.percent)
    }

    /// Names another record.
    pub const fn is_reference(self) -> bool {
        matches!(self, Self::User | Self::Author | Self::Account)
    }

    /// Free text, which an export has to guard against spreadsheets.
    pub const fn is_text(self) -> bool {
        (matches!(self.storage(), Storage::Text) && !matches!(self, Self::MoneyText)) || self.is_reference()
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
    /// No two records of an organization share a value.
    pub unique: bool,
    /// A day that is never after today.
    pub past: bool,
    /// What a new record has where nothing is said, as SQL; `$now`, `$today` and `$user` stand for the write's own.
    pub default: Option<&'static str>,
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
            unique: false,
            past: false,
            default: None,
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
    pub const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    #[must_use]
    pub const fn past(mut self) -> Self {
        self.past = true;
        self
    }

    #[must_use]
    pub const fn default(mut self, sql: &'static str) -> Self {
        self.default = Some(sql);
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
            Meaning::Line => Value::Text(text.to_owned()),
            Meaning::Money => Value::Integer(Money::parse(text)?.cents()),
            Meaning::MoneyText => Value::Text(Money::parse(text)?.cents().to_string()),
            Meaning::Number(rule) => Value::Integer(rule.parse(text)?),
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
            Meaning::Attendees => Value::Text(Attendees::parse(text)?.to_json()),
            Meaning::Milestones => Value::Text(Milestones::parse(text)?.to_json()),
            Meaning::Id | Meaning::User | Meaning::Author | Meaning::Account => {
                Value::Id(Uuid::parse_str(text).map_err(|_| Invalid::new("id", format!("{} is a UUID", self.name)))?)
            }
        })
    }

    /// # Errors
    /// `future` where the day must not be after `today` and is.
    pub fn check_day(&self, value: &Value, today: NaiveDate) -> Result<(), Invalid> {
        match value {
            Value::Date(day) if self.past && *day > today => {
                Err(Invalid::new("future", format!("{} can't be after today, {today}", self.name)))
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
            (Meaning::Tags | Meaning::Attendees | Meaning::Milestones | Meaning::Custom, Value::Text(text)) => {
                serde_json::from_str(text).unwrap_or(Json::Null)
            }
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
            (Meaning::Attendees | Meaning::Milestones, Value::Text(text)) if text == "[]" => Cow::Borrowed(""),
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

/// How a row of a file finds its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Id,
    ExternalId,
    Name,
    Domain,
    Email,
    /// The account, and within it the noun's own field: see [`Noun::within`].
    Account,
}

impl Key {
    /// The field that holds it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::ExternalId => "external_id",
            Self::Name => "name",
            Self::Domain => "domain",
            Self::Email => "email",
            Self::Account => "account",
        }
    }
}

/// Where the dated history of a noun's tracked fields is.
#[derive(Debug)]
pub struct History {
    pub table: &'static str,
    /// The column that names the record.
    pub record: &'static str,
}

/// That the records of a noun are the dated values of a field of their account: in the order of their days each begins with
/// what the one before it ended with, and the last says what the account says.
#[derive(Debug)]
pub struct Past {
    /// The column of the account.
    pub of: &'static str,
    /// The noun's fields for the value from the day on, and for the one before.
    pub value: &'static str,
    pub before: &'static str,
}

/// Records that go with the one they hang on.
#[derive(Debug)]
pub struct Dependent {
    pub noun: &'static Noun,
    /// The column of theirs that names the one they hang on.
    pub column: &'static str,
}

/// A kind of record.
#[derive(Debug)]
pub struct Noun {
    /// `account`, as in an error about one record.
    pub one: &'static str,
    /// `accounts`, as on the command line.
    pub many: &'static str,
    /// What several are called in a sentence; mostly the same.
    pub plural: &'static str,
    pub table: &'static str,
    /// In the order of an export. A field's place is its bit in masks, so new ones go to the end.
    pub fields: &'static [Field],
    /// Columns that follow a field: kept up whenever it is written.
    pub derived: &'static [Derived],
    /// What rows of a file are matched by: the first whose columns the file has.
    pub keys: &'static [Key],
    /// The field that is unique within an account, such as the day of a metric.
    pub within: Option<&'static str>,
    pub history: Option<History>,
    /// `status_source` says who set `status`; on a new record that an import makes without a status it is this.
    pub sourced: Option<&'static str>,
    /// Fields that follow from others by the noun's own rules: kept up in every write, single or bulk.
    pub ruled: &'static [&'static str],
    /// Columns of a before-image beside those of the fields that can be set.
    pub kept: &'static [&'static str],
    /// Columns that are the same in each record of the noun, with their SQL: what tells it from others in its table.
    pub fixed: &'static [(&'static str, &'static str)],
    /// Its records are the past of their account.
    pub past: Option<Past>,
    /// Only administrators write it.
    pub admin: bool,
    pub filters: &'static [Filter],
    /// The first is the order of a list that is asked for no other.
    pub sorts: &'static [Sort],
    /// What is journaled and deleted with a record.
    pub dependents: &'static [Dependent],
}

/// A column computed from a text field.
#[derive(Debug)]
pub struct Derived {
    pub from: &'static str,
    pub column: &'static str,
    pub compute: fn(&str) -> String,
}

impl Noun {
    /// A noun whose table is called as it is, with nothing special.
    pub const fn new(one: &'static str, many: &'static str, fields: &'static [Field]) -> Self {
        Self {
            one,
            many,
            plural: many,
            table: many,
            fields,
            derived: &[],
            keys: &[Key::ExternalId],
            within: None,
            history: None,
            sourced: None,
            ruled: &[],
            kept: &["version", "updated_at", "created_by_operation"],
            fixed: &[],
            past: None,
            admin: false,
            filters: &[],
            sorts: &[],
            dependents: &[],
        }
    }

    /// What holds a row of the noun's table, called `alias`, to the noun; empty where the table is all its own.
    pub fn fixed_condition(&self, alias: &str) -> String {
        self.fixed.iter().map(|(column, sql)| format!(" and {alias}.{column} = {sql}")).collect()
    }

    /// Belongs to an account.
    pub fn account(&self) -> Option<(usize, &'static Field)> {
        self.field("account")
    }

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

/// `an account`, `a goal`: as the nouns and fields there are begin, so not for every word.
pub fn with_article(word: &str) -> String {
    let article = if word.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {word}")
}

/// `Company Name`, `company_name` and `COMPANY-NAME` are one header.
pub fn fold_header(header: &str) -> String {
    header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
