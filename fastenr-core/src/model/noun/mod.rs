//! A noun's fields, in one table: names, parsers, storage and the bits of the journal.
//!
//! The command line, import, export, JSON and the journal all read it, so a field is added by one line in its noun's table
//! and a column in a migration.

mod edges;
mod field;
mod journal;
mod meaning;
mod member;
mod value;

pub use edges::{Api, BULK, Single};
pub use field::{Access, Field};
pub use journal::{Aliases, Journal, Merge, Reference};
pub use meaning::{Meaning, Storage};
pub use member::value as member_value;
pub use value::Value;

use std::fmt;

use super::nouns::{EventKind, ScopeNoun};
use super::selection::{Filter, Sort};
use crate::ops::rules::NounRules;

/// How a row of a file finds its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Id,
    ExternalId,
    Name,
    Domain,
    Email,
    /// The account, and within it what is the noun's own: see [`Noun::within`] and [`Noun::natural`].
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

/// That the records of a noun are the dated values of fields of their account: of one field, in the order of their days, each
/// begins with what the one before it ended with, and the last says what the account says.
#[derive(Debug)]
pub struct DatedHistory {
    /// The field of the account; none: each record names it, in [`DatedHistory::NAMED`].
    pub of: Option<&'static str>,
    /// The noun's fields for the value from the day on, and for the one before.
    pub value: &'static str,
    pub before: &'static str,
}

impl DatedHistory {
    /// The field, and the column, that says which field of the account a record is about.
    pub const NAMED: &'static str = "field";
}

/// What tells records of an account apart that have no id: their kind, their moment and what they are called.
#[derive(Debug)]
pub struct NaturalKey {
    /// The field of the kind.
    pub kind: &'static str,
    /// The fields of the moment: the first that has a value counts; one without a moment is like others without.
    pub moment: &'static [&'static str],
    /// The field of the title, compared by its name key.
    pub title: &'static str,
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
    /// What rows without ids are matched by within an account, where no field is unique.
    pub natural: Option<NaturalKey>,
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
    pub past: Option<DatedHistory>,
    /// Its records can be made of single events, such as tickets.
    pub of_events: bool,
    /// Only administrators write it.
    pub admin: bool,
    /// Its records are imported from calendars, too.
    pub calendars: bool,
    pub filters: &'static [Filter],
    /// The first is the order of a list that is asked for no other.
    pub sorts: &'static [Sort],
    /// What is journaled and deleted with a record.
    pub dependents: &'static [Dependent],
    /// Its rules of its own, where it has any: see [`Noun::ruled`].
    pub rules: Option<&'static dyn NounRules>,
    /// How its rows are journaled; none: they are not, or [`crate::store::journal`] has columns of its own for them.
    pub journal: Option<Journal>,
    /// What becomes of its records where their account is merged into another.
    pub merge: Option<Merge>,
    /// What else its records are found by: the external ids of those that were merged into them.
    pub aliases: Option<Aliases>,
    /// Read-only fields that an export has by itself, beside the id.
    pub exported: &'static [&'static str],
    /// What an activity about it is in the timeline of its account; none: a change of the account.
    pub event: Option<EventKind>,
    /// What keys call it.
    pub scope: Option<ScopeNoun>,
    /// How the API shows it, where that follows from its table.
    pub api: Option<Api>,
    /// What can be done to many of its records at once.
    pub bulk: &'static [&'static str],
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
            natural: None,
            history: None,
            sourced: None,
            ruled: &[],
            kept: &["version", "updated_at", "created_by_operation"],
            fixed: &[],
            past: None,
            of_events: false,
            admin: false,
            calendars: false,
            filters: &[],
            sorts: &[],
            dependents: &[],
            rules: None,
            journal: None,
            merge: None,
            aliases: None,
            exported: &[],
            event: None,
            scope: None,
            api: None,
            bulk: &[],
        }
    }

    /// What holds a row of the noun's table, called `alias`, to the noun; empty where the table is all its own.
    pub fn fixed_condition(&self, alias: &str) -> String {
        self.fixed.iter().map(|(column, sql)| format!(" and {alias}.{column} = {sql}")).collect()
    }

    /// The field that names the account's field, where each record is about one of several.
    pub fn names_field(&self) -> Option<&'static Field> {
        self.past.as_ref().filter(|past| past.of.is_none())?;
        self.field(DatedHistory::NAMED).map(|(_, field)| field)
    }

    /// Files of its records can be imported.
    pub const fn imports(&self) -> bool {
        self.scope.is_some() && !self.keys.is_empty()
    }

    /// Belongs to an account.
    pub fn account(&self) -> Option<(usize, &'static Field)> {
        self.field("account").filter(|(_, field)| field.meaning == Meaning::Account)
    }

    /// When a record, or its account, was archived, as SQL; none for what is not archived.
    pub fn archived_at(&self) -> Option<&'static str> {
        match (self.field("archived_at"), self.account()) {
            (Some(_), _) => Some("a.archived_at"),
            (None, Some(_)) => Some("acc.archived_at"),
            (None, None) => None,
        }
    }

    /// One of the noun's filters.
    pub fn filter(&self, name: &str) -> Option<&'static Filter> {
        self.filters.iter().find(|filter| filter.name == name)
    }

    pub fn field(&self, name: &str) -> Option<(usize, &'static Field)> {
        self.fields.iter().find(|field| field.name == name).map(|field| (field.place, field))
    }

    /// The place of a field in the table: one of the noun's own knows it, others are found by their names.
    pub fn place_of(&self, field: &Field) -> Option<usize> {
        match self.fields.get(field.place) {
            Some(own) if own.name == field.name => Some(own.place),
            _ => self.field(field.name).map(|(place, _)| place),
        }
    }

    /// The bits of the fields of these names.
    pub fn mask(&self, names: &[&str]) -> i64 {
        self.fields.iter().filter(|field| names.contains(&field.name)).fold(0, |mask, field| mask | field.bit())
    }

    /// The field `custom.KEY`, where the noun has custom fields.
    pub fn member(&self, name: &str) -> Option<&'static Field> {
        let key = name.strip_prefix("custom.").filter(|key| !key.is_empty())?;
        self.field("custom_fields").map(|_| member::field(key))
    }

    /// The field a header means: its name or one of its other names, without case, spaces or punctuation.
    pub fn field_by_header(&self, header: &str) -> Option<(usize, &'static Field)> {
        let folded = fold_header(header);
        let named = self.fields.iter().find(|field| fold_header(field.name) == folded);
        let found = named.or_else(|| self.fields.iter().find(|field| field.aliases.contains(&folded.as_str())));
        found.map(|field| (field.place, field))
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
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'A']) { "an" } else { "a" };
    format!("{article} {word}")
}

/// `Company Name`, `company_name` and `COMPANY-NAME` are one header.
pub fn fold_header(header: &str) -> String {
    header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
