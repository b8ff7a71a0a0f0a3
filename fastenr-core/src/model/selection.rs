//! Which records of a noun, in what order: tables of filters and sorts, and what a request makes of them.
//!
//! To give a noun a filter, add a line to its table: the command line and the HTTP API read it.

use std::borrow::Cow;

use super::filter::{AccountFilter, Archived};
use super::noun::{Storage, Value};
use crate::error::Invalid;

/// A filter that a noun has.
#[derive(Debug)]
pub struct Filter {
    /// As a query parameter; a flag has hyphens.
    pub name: &'static str,
    pub test: Test,
    /// What stands for its value in help; empty for one that takes none.
    pub value: &'static str,
    pub about: &'static str,
}

impl Filter {
    /// What it is called where filters are offered.
    pub fn shown(&self) -> &'static str {
        if self.test == Test::Member { "custom.KEY" } else { self.name }
    }
}

/// What a filter asks of a record. SQL speaks of the record as `a`, of its account as `acc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// The field is one of these, separated by commas.
    AnyOf(&'static str),
    /// The field is exactly this text.
    Exactly(&'static str),
    /// The field names any of these users.
    Users(&'static str),
    /// The account is owned by any of these users.
    Owners,
    /// Belongs to this account, archived or not.
    Account,
    /// Belongs to an account in all of these segments.
    Segment,
    /// Bears all of these tags.
    Tags,
    /// On this day or after; also a time ago, such as `30d`.
    From(&'static str, Storage),
    /// On this day or before.
    To(&'static str, Storage),
    /// Holds without a value.
    Is(&'static str),
    /// Every word occurs in one of these columns, whatever its case.
    Search(&'static [&'static str]),
    /// Holds of today, which stands for `{}`, without a value.
    Today(&'static str),
    /// Holds of the day that is so long ahead as the value says, such as `7d`; it stands for `{}`.
    Ahead(&'static str),
    /// Custom fields with exactly this value: the filter is called `custom.KEY`.
    Member,
    /// Only records of archived accounts.
    Archived,
}

/// An order that a noun's lists have.
#[derive(Debug)]
pub struct Sort {
    pub name: &'static str,
    /// SQL that speaks of the record as `a`.
    pub sql: &'static str,
    pub storage: Storage,
    /// Whether a value may be missing, or the sort has an index that says where missing ones go: PostgreSQL uses it only for
    /// an order that says the same.
    pub nullable: bool,
    /// The order where none is asked for.
    pub descending: bool,
}

impl Sort {
    /// By a value that is never missing, the least first.
    pub const fn by(name: &'static str, sql: &'static str, storage: Storage) -> Self {
        Self { name, sql, storage, nullable: false, descending: false }
    }

    #[must_use]
    pub const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    #[must_use]
    pub const fn descending(mut self) -> Self {
        self.descending = true;
        self
    }
}

/// One condition, ready to be bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// SQL that is any of these.
    In(Cow<'static, str>, Storage, Vec<Value>),
    AtLeast(&'static str, Storage, Value),
    /// For instants the end is left out: it is the beginning of the next day.
    Below(&'static str, Storage, Value),
    AtMost(&'static str, Storage, Value),
    Is(&'static str),
    /// SQL in which the value stands for `{}`.
    With(&'static str, Storage, Value),
    /// A custom field, and its text.
    Member(String, String),
    /// Belongs to an account that passes.
    Accounts(Box<AccountFilter>),
    Tag(String),
    Words(&'static [&'static str], String),
}

/// Which records; they pass every condition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    pub conditions: Vec<Condition>,
    /// By their accounts: those of archived ones are left out unless asked for.
    pub archived: Archived,
}

impl Selection {
    /// Whether it lets every record through whose account is not archived.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A sort and its direction as they are written: `arr`, `arr:desc`, `-arr`, `+arr`; no direction where none is said.
///
/// # Errors
/// `sort` for another direction.
pub fn sort_words(text: &str) -> Result<(&str, Option<bool>), Invalid> {
    let text = text.trim();
    let signed = text.strip_prefix('-').map(|name| (name, Some(true)));
    if let Some(signed) = signed.or_else(|| text.strip_prefix('+').map(|name| (name, Some(false)))) {
        return Ok(signed);
    }
    let Some((name, direction)) = text.split_once(':') else { return Ok((text, None)) };
    match direction.to_ascii_lowercase().as_str() {
        "asc" => Ok((name, Some(false))),
        "desc" => Ok((name, Some(true))),
        _ => Err(Invalid::new("sort", "a sort direction is asc or desc, as in arr:desc, or a sign, as in -arr")),
    }
}

/// One of a noun's orders, and its direction.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    pub sort: &'static Sort,
    pub descending: bool,
}
