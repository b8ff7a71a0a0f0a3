//! Which records of a noun, in what order: tables of filters and sorts, and what a request makes of them.
//!
//! To give a noun a filter, add a line to its table: the command line and the HTTP API read it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use uuid::Uuid;

use super::Status;
use super::filter::Archived;
use super::noun::{Meaning, Noun, Storage, Value};
use crate::error::{Error, Invalid, Result};

/// A filter that a noun has.
#[derive(Debug)]
pub struct Filter {
    /// As a query parameter; a flag has hyphens.
    pub name: &'static str,
    pub test: Test,
    /// What stands for its value in help; empty for one that takes none.
    pub value: &'static str,
    pub about: &'static str,
    /// Another filter that can't be used with it.
    pub excludes: Option<&'static str>,
    /// Another filter that it widens where both are given: a record passes by either.
    pub widens: Option<&'static str>,
    /// Its value where it is not given.
    pub usual: Option<&'static str>,
    /// Another filter that is not given, and its value in place of the usual one.
    pub implies: Option<(&'static str, &'static str)>,
    /// Says something of customers: churned accounts do not pass, unless a filter names them.
    pub of_customers: bool,
    /// A page always shows it.
    pub prominent: bool,
    /// Values that a page offers, and their labels.
    pub offers: &'static [(&'static str, &'static str)],
}

impl Filter {
    /// What every noun of an account is filtered by.
    pub const ACCOUNT: Self = Self::new(
        "account",
        Test::Account,
        "ACCOUNT",
        "Account: id, external id, or a unique name or domain (can be archived)",
    );
    pub const SEGMENT: Self =
        Self::new("segment", Test::Segment, "NAME", "Segment of the accounts (repeat to match all)");
    pub const ARCHIVED: Self = Self::new("archived", Test::Archived, "", "Only records of archived accounts");

    pub const fn new(name: &'static str, test: Test, value: &'static str, about: &'static str) -> Self {
        Self {
            name,
            test,
            value,
            about,
            excludes: None,
            widens: None,
            usual: None,
            implies: None,
            of_customers: false,
            prominent: false,
            offers: &[],
        }
    }

    #[must_use]
    pub const fn excludes(mut self, name: &'static str) -> Self {
        self.excludes = Some(name);
        self
    }

    #[must_use]
    pub const fn widens(mut self, name: &'static str) -> Self {
        self.widens = Some(name);
        self
    }

    #[must_use]
    pub const fn usual(mut self, text: &'static str) -> Self {
        self.usual = Some(text);
        self
    }

    #[must_use]
    pub const fn implies(mut self, name: &'static str, text: &'static str) -> Self {
        self.implies = Some((name, text));
        self
    }

    #[must_use]
    pub const fn of_customers(mut self) -> Self {
        self.of_customers = true;
        self
    }

    #[must_use]
    pub const fn prominent(mut self) -> Self {
        self.prominent = true;
        self
    }

    #[must_use]
    pub const fn offers(mut self, offers: &'static [(&'static str, &'static str)]) -> Self {
        self.offers = offers;
        self
    }

    /// What it is called where filters are offered.
    pub fn shown(&self) -> &'static str {
        if self.test == Test::Member { "custom.KEY" } else { self.name }
    }

    /// Takes no value.
    pub const fn is_flag(&self) -> bool {
        self.value.is_empty()
    }

    /// May be given more than once.
    pub const fn repeats(&self) -> bool {
        matches!(
            self.test,
            Test::AnyOf(_)
                | Test::Band(_)
                | Test::AnyExactly(_)
                | Test::Users(_)
                | Test::Kinds(_)
                | Test::State { .. }
                | Test::Alerts
                | Test::Owners
                | Test::Segment
                | Test::Tags
        )
    }

    /// The condition that these values make, read and looked up; none for a filter that takes no values.
    pub fn condition(&self, noun: &Noun, mut values: Vec<Value>) -> Option<Condition> {
        let field = |name: &str| noun.field(name).map(|(_, field)| field);
        let column = |name: &str| {
            field(name).map(|field| field.sql.map_or_else(|| Cow::Owned(format!("a.{}", field.column)), Cow::Borrowed))
        };
        let storage = |name: &str| field(name).map(|field| field.meaning.storage());
        Some(match self.test {
            Test::AnyOf(name) => Condition::In(column(name)?, storage(name)?, values),
            Test::Users(name) | Test::Under(name) => Condition::In(column(name)?, Storage::Id, values),
            Test::Record(column) => Condition::In(Cow::Owned(format!("a.{column}")), Storage::Id, values),
            Test::Alerts => Condition::In(Cow::Borrowed(ID), Storage::Id, values),
            Test::State { field: name, at, ended } => {
                let field = field(name)?;
                let Meaning::Choice(choices) = field.meaning else { return None };
                let (moment, states) = values.split_first()?;
                let has_ended = |state: &Value| Some(&*state.journal()) == choices.texts.last().copied();
                let ended = (!states.iter().any(has_ended)).then_some(ended);
                Condition::State { sql: field.sql?, moment: (at, moment.clone()), ended, states: states.to_vec() }
            }
            Test::Kinds(sql) => Condition::Like(sql, values),
            Test::Since(sql) => Condition::AtLeast(Cow::Borrowed(sql), Storage::Instant, values.pop()?),
            Test::Until(sql) => Condition::Below(Cow::Borrowed(sql), Storage::Instant, values.pop()?),
            Test::Band(name) => Condition::Band(column(name)?, values),
            Test::Exactly(name) | Test::AnyExactly(name) => {
                // Both databases fold ASCII letters only: other letters are asked for in each case.
                let all: BTreeSet<String> = values.iter().flat_map(|value| spellings(&value.journal())).collect();
                let column = format!("lower({})", column(name)?);
                Condition::In(Cow::Owned(column), Storage::Text, all.into_iter().map(Value::Text).collect())
            }
            Test::Owners => Condition::In(Cow::Borrowed("acc.owner_id"), Storage::Id, values),
            Test::Account => Condition::In(Cow::Borrowed("a.account_id"), Storage::Id, values),
            Test::Least(name) => Condition::AtLeast(column(name)?, storage(name)?, values.pop()?),
            Test::Most(name) => Condition::AtMost(column(name)?, storage(name)?, values.pop()?),
            Test::From(sql, storage) => Condition::AtLeast(Cow::Borrowed(sql), storage, values.pop()?),
            Test::To(sql, Storage::Instant) => Condition::Below(Cow::Borrowed(sql), Storage::Instant, values.pop()?),
            Test::To(sql, storage) => Condition::AtMost(Cow::Borrowed(sql), storage, values.pop()?),
            Test::Is(sql) => Condition::Is(sql),
            Test::Today(sql) | Test::Ahead(sql) => Condition::With(sql, Storage::Date, values.pop()?),
            Test::Ago(sql) => Condition::With(sql, Storage::Instant, values.pop()?),
            Test::Search(columns) => Condition::Words(columns, values.pop()?.journal().into_owned()),
            Test::Segment | Test::Tags | Test::Member | Test::Archived => return None,
        })
    }
}

/// A word in any case, but for its ASCII letters, which are small.
fn spellings(word: &str) -> [String; 4] {
    let title: String = word
        .split_inclusive(' ')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_uppercase().chain(letters.flat_map(char::to_lowercase)).collect()
            })
        })
        .collect();
    [word.to_owned(), word.to_lowercase(), word.to_uppercase(), title].map(|word| word.to_ascii_lowercase())
}

/// What a filter asks of a record. SQL speaks of the record as `a`, of its account as `acc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// The field is one of these, separated by commas.
    AnyOf(&'static str),
    /// The same of a health band: a churned account is in the band of its status, whatever its last score was.
    Band(&'static str),
    /// The field is exactly this text, whatever its case.
    Exactly(&'static str),
    /// The field is exactly one of these texts, each given by itself, as it may hold a comma.
    AnyExactly(&'static str),
    /// The field names any of these users.
    Users(&'static str),
    /// The account is owned by any of these users.
    Owners,
    /// Belongs to this account, archived or not.
    Account,
    /// The field names this account.
    Under(&'static str),
    /// Belongs to an account in all of these segments, or is one.
    Segment,
    /// Bears all of these tags.
    Tags,
    /// The number in the field is at least this.
    Least(&'static str),
    /// The number in the field is at most this.
    Most(&'static str),
    /// On this day or after; also a time ago, such as `30d`.
    From(&'static str, Storage),
    /// On this day or before.
    To(&'static str, Storage),
    /// At this moment or after; also a day, or a time ago.
    Since(&'static str),
    /// Up to this moment.
    Until(&'static str),
    /// Any of these kinds of operations and activities, separated by commas: see [`KindPattern`](super::activity::KindPattern).
    Kinds(&'static str),
    /// The column holds this id, also by a part that no other of the noun's table has.
    Record(&'static str),
    /// Holds without a value.
    Is(&'static str),
    /// Every word occurs in one of these columns, whatever its case.
    Search(&'static [&'static str]),
    /// Holds of today, which stands for `{}`, without a value.
    Today(&'static str),
    /// Holds of the day that is so long ahead as the value says, such as `7d`; it stands for `{}`.
    Ahead(&'static str),
    /// Holds of the beginning of the day that was so long ago as the value says; it stands for `{}`.
    Ago(&'static str),
    /// Custom fields with exactly this value: the filter is called `custom.KEY`.
    Member,
    /// Only archived records, or records of archived accounts.
    Archived,
    /// These alerts, by their ids or a part that no other has, separated by commas; archived accounts' too.
    Alerts,
    /// The field follows from the moment, which stands for `{}` in its SQL, and is any of these, or [`ALL`]. It is the last of its
    /// choices as soon as the column `ended` has a value, and not before.
    State { field: &'static str, at: Storage, ended: &'static str },
}

/// What stands for every state.
pub const ALL: &str = "all";

/// The column that tells records apart.
const ID: &str = "a.id";

/// An order that a noun's lists have.
#[derive(Debug, PartialEq, Eq)]
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
    /// No two records share a value; otherwise the id settles what is equal.
    pub unique: bool,
    /// What settles it before the id; never missing.
    pub then: Option<(&'static str, Storage)>,
}

impl Sort {
    /// By when records were made known: the cheapest order, and that of exports.
    pub const ID: Self = Self { unique: true, ..Self::by("id", ID, Storage::Id) };

    /// By a value that is never missing, the least first.
    pub const fn by(name: &'static str, sql: &'static str, storage: Storage) -> Self {
        Self { name, sql, storage, nullable: false, descending: false, unique: false, then: None }
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

    #[must_use]
    pub const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    #[must_use]
    pub const fn then(mut self, sql: &'static str, storage: Storage) -> Self {
        self.then = Some((sql, storage));
        self
    }

    /// What a list is sorted by, in SQL: last what tells equals apart.
    pub fn terms(&self) -> Vec<(&'static str, Storage)> {
        let mut terms = vec![(self.sql, self.storage)];
        terms.extend(self.then);
        if !self.unique {
            terms.push((Self::ID.sql, Self::ID.storage));
        }
        terms
    }
}

/// One condition, ready to be bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// SQL that is any of these.
    In(Cow<'static, str>, Storage, Vec<Value>),
    /// The same of a health band: see [`Test::Band`].
    Band(Cow<'static, str>, Vec<Value>),
    /// SQL, in which the moment stands for `{}`, is any of these; `ended` holds no value then, which an index knows.
    State {
        sql: &'static str,
        moment: (Storage, Value),
        ended: Option<&'static str>,
        states: Vec<Value>,
    },
    /// Any of these holds.
    Any(Vec<Self>),
    /// SQL that is like any of these patterns.
    Like(&'static str, Vec<Value>),
    AtLeast(Cow<'static, str>, Storage, Value),
    /// For instants the end is left out: it is the beginning of the next day.
    Below(Cow<'static, str>, Storage, Value),
    AtMost(Cow<'static, str>, Storage, Value),
    Is(&'static str),
    /// SQL in which the value stands for `{}`.
    With(&'static str, Storage, Value),
    /// A custom field, and its text.
    Member(String, String),
    /// Belongs to an account that passes, or is one.
    Accounts(Box<Selection>),
    Tag(String),
    Words(&'static [&'static str], String),
}

/// Which records; they pass every condition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    pub conditions: Vec<Condition>,
    /// By their accounts: archived ones are left out unless asked for.
    pub archived: Archived,
    /// A filter names churned accounts.
    pub churned: bool,
    /// A filter says something of customers: see [`Filter::of_customers`].
    pub of_customers: bool,
}

impl Selection {
    /// Whether it lets every record through that is not archived.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Every record, archived or not.
    pub fn everything() -> Self {
        Self { archived: Archived::With, ..Self::default() }
    }

    /// The records with these ids, archived or not.
    pub fn of_ids(ids: impl IntoIterator<Item = Uuid>) -> Self {
        let ids = ids.into_iter().map(Value::Id).collect();
        Self { conditions: vec![Condition::In(ID.into(), Storage::Id, ids)], ..Self::everything() }
    }

    /// The ids of the records that are named one by one.
    pub fn ids(&self) -> impl Iterator<Item = Uuid> {
        let values = self.conditions.iter().filter_map(|condition| match condition {
            Condition::In(sql, _, values) if sql == ID => Some(values),
            _ => None,
        });
        values.flatten().filter_map(|value| if let Value::Id(id) = value { Some(*id) } else { None })
    }

    /// The states that are asked for; none: any.
    pub fn states(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let values = self.conditions.iter().filter_map(|condition| match condition {
            Condition::State { states, .. } => Some(states),
            _ => None,
        });
        values.flatten().map(Value::journal)
    }

    /// The same records whatever their state.
    #[must_use]
    pub fn in_any_state(mut self) -> Self {
        self.conditions.retain(|condition| !matches!(condition, Condition::State { .. }));
        self
    }

    /// Also held to a condition.
    #[must_use]
    pub fn and(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    /// Also held to one of the noun's filters, by values that were read.
    ///
    /// # Errors
    /// `unknown_filter` where the noun has no such filter, or it takes no values.
    pub fn with(mut self, noun: &Noun, name: &str, values: impl IntoIterator<Item = Value>) -> Result<Self> {
        let filter = noun.filters.iter().find(|filter| filter.name == name);
        let added = filter.is_some_and(|filter| self.add(noun, filter, values.into_iter().collect()));
        let unknown = || Error::invalid("unknown_filter", format!("{} have no filter {name:?}", noun.many));
        if added { Ok(self) } else { Err(unknown()) }
    }

    /// Whether the filter takes values.
    pub fn add(&mut self, noun: &Noun, filter: &Filter, values: Vec<Value>) -> bool {
        let churned = Status::Churned.as_str();
        let named = matches!(filter.test, Test::AnyOf(_) | Test::Band(_))
            && values.iter().any(|value| matches!(value, Value::Text(text) if text == churned));
        let Some(condition) = filter.condition(noun, values) else { return false };
        self.churned |= named;
        self.of_customers |= filter.of_customers;
        self.conditions.push(condition);
        true
    }

    /// Whether it asks for churned accounts by name, itself or in one of its segments. Where it does not, they are no
    /// customers: no sum of ARR counts them, and they do not renew. Archived accounts are let through or not by
    /// [`Selection::archived`], and count where they are let through.
    pub fn wants_churned(&self) -> bool {
        let in_segment =
            |condition: &Condition| matches!(condition, Condition::Accounts(segment) if segment.wants_churned());
        self.churned || self.conditions.iter().any(in_segment)
    }

    /// Whether the ARR of an account that passes belongs to the sum.
    pub fn counts_arr(&self, status: Status) -> bool {
        status != Status::Churned || self.wants_churned()
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    pub sort: &'static Sort,
    pub descending: bool,
}

impl Order {
    /// In the order of their ids, which is that of exports.
    pub const BY_ID: Self = Self { sort: &Sort::ID, descending: false };

    /// The order of a list that is asked for no other.
    pub fn first(noun: &Noun) -> Self {
        Self::of(noun, "").unwrap_or(Self::BY_ID)
    }

    /// The noun's order of that name, or its first; each in its own direction.
    pub fn of(noun: &Noun, name: &str) -> Option<Self> {
        let found = match name {
            "" => noun.sorts.first(),
            _ => noun.sorts.iter().find(|sort| sort.name.eq_ignore_ascii_case(name)),
        };
        found.map(|sort| Self { sort, descending: sort.descending })
    }

    #[must_use]
    pub const fn descending(mut self, descending: bool) -> Self {
        self.descending = descending;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::account::ACCOUNT;

    fn of(name: &str, values: &[&str]) -> Selection {
        let values = values.iter().map(|text| Value::Text((*text).to_owned()));
        Selection::default().with(&ACCOUNT, name, values).unwrap()
    }

    #[test]
    fn churned_accounts_count_where_they_are_named() {
        let all = Selection::default();
        assert!(!all.wants_churned() && !all.counts_arr(Status::Churned) && all.counts_arr(Status::AtRisk));
        for named in [of("status", &["active", "churned"]), of("band", &["churned"])] {
            assert!(named.wants_churned() && named.counts_arr(Status::Churned) && named.counts_arr(Status::Active));
            let segment = Condition::Accounts(Box::new(named));
            assert!(Selection { conditions: vec![segment], ..all.clone() }.wants_churned());
        }
        let others = Selection { archived: Archived::Only, ..of("status", &["active"]) };
        assert!(!others.wants_churned());
        let segment = Condition::Accounts(Box::new(others.clone()));
        assert!(!Selection { conditions: vec![segment], ..others }.wants_churned());
    }

    #[test]
    fn a_filter_that_is_not_there_is_refused() {
        let refused = |name| Selection::default().with(&ACCOUNT, name, [Value::Null]).unwrap_err().code;
        assert_eq!((refused("health"), refused("archived")), ("unknown_filter", "unknown_filter"));
    }
}
