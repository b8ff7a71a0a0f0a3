//! Bulk writes: rows are staged in temporary tables, compared set by set, then written by a few set-based statements.
//!
//! Three temporary tables of one connection: `staged` (a row for each row of the file, keyed by its number `n`), `verdicts`
//! (what becomes of a row that is not simply created) and `rejects` (why a row is refused). The order of the steps is
//! [`crate::ops::import`]'s; each step is one function here and the same text on both databases. Where the rows are events, `events`
//! moves them to a table of that name, and a row for each of their days takes their place.

mod accounts;
mod apply;
mod cells;
mod choose;
mod classify;
mod complete;
mod days;
mod doubles;
mod events;
mod ids;
mod load;
mod named;
mod named_records;
mod natural;
mod parents;
mod past;
mod report;
mod reported_changes;
mod rewrite;
mod statuses;
mod within;

pub(super) use complete::COLUMNS as COMPLETED;
pub use complete::{DerivedGoalRow, GoalRow};
pub use doubles::SkippedRows;
pub use events::{EVENT_KEY, EVENT_TIME, EventCounts, Events, Fold, SkippedEvents};
pub use ids::IdChanges;
pub use load::{Batch, Encoder, Reject, StagedRow};
pub use named_records::NamedRecords;
pub use report::{FieldChange, ProblemRow, RejectRow};
pub use reported_changes::ReportedChange;

use super::{Conn, Engine, StoreResult};
use crate::import::mapping::AccountLookup;
use crate::import::request::{BadCells, Duplicates, Ids};
use crate::model::StatusSource;
use crate::model::noun::{Field, Key, Meaning, Noun, Storage};

/// What `verdicts.verdict` says; a row without a verdict is created.
pub(super) mod verdict {
    pub(in crate::store) const MATCHED: i64 = 1;
    pub(in crate::store) const UPDATE: i64 = 2;
    pub(in crate::store) const UNCHANGED: i64 = 3;
    pub(in crate::store) const SKIPPED: i64 = 4;
    pub(in crate::store) const REJECTED: i64 = 5;
}

/// What `rejects.hold` says: what the refusal costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectScope {
    /// The row.
    Row,
    /// The cell: the row is written without it.
    Cell,
    /// One of these, unless a record bears the external id exactly.
    Unknown,
}

impl RejectScope {
    pub(super) const fn as_i64(self) -> i64 {
        match self {
            Self::Row => 0,
            Self::Cell => 1,
            Self::Unknown => 2,
        }
    }
}

/// How strictly rows are judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowRules {
    pub duplicates: Duplicates,
    pub bad_cells: BadCells,
    pub ids: Ids,
}

/// What is staged, for one import.
#[derive(Debug, Clone)]
pub struct Staging {
    pub noun: &'static Noun,
    /// Bits of the fields that the file sets, ascending.
    pub fields: Vec<usize>,
    pub key: Key,
    /// The header of each field that a column of the file is, by its bit; that of `id` too. For messages.
    pub headers: Vec<(usize, String)>,
    /// What accounts are named by.
    pub account_lookup: AccountLookup,
    /// Custom fields are changed member by member, not replaced.
    pub merge_custom: bool,
    /// Some row may be skipped before it is compared.
    pub skips: bool,
    /// Who says it: a person's word is obeyed where an import's is held back.
    pub source: StatusSource,
    pub row_rules: RowRules,
    /// The rows of the file are events, of which days are made.
    pub events: Option<Events>,
}

impl Staging {
    pub fn field(&self, bit: usize) -> &'static Field {
        &self.noun.fields[bit]
    }

    pub(super) fn mapped(&self) -> impl Iterator<Item = (usize, &'static Field)> {
        self.fields.iter().map(|bit| (*bit, self.field(*bit)))
    }

    /// Fields that the noun's rules set and the file does not.
    fn added(&self) -> impl Iterator<Item = (usize, &'static Field)> {
        let fields = self.noun.ruled.iter().filter_map(|name| self.noun.field(name));
        fields.filter(|(bit, _)| !self.fields.contains(bit))
    }

    /// What is written: the fields of the file, and those that follow by the noun's rules.
    pub(super) fn written(&self) -> impl Iterator<Item = (usize, &'static Field)> {
        self.mapped().chain(self.added())
    }

    /// Whether the noun's rules set this field, whatever the file says.
    pub(super) fn rules(&self, name: &str) -> bool {
        self.noun.ruled.contains(&name)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.mapped().any(|(_, field)| field.name == name)
    }

    /// Columns that hold the values of a row, in the order of [`StagedRow::values`].
    pub fn columns(&self) -> Vec<(&'static str, Storage)> {
        let mut columns = Vec::new();
        for (_, field) in self.mapped() {
            columns.push((field.column, field.meaning.storage()));
            columns.extend(self.noun.derived_from(field.name).map(|derived| (derived.column, Storage::Text)));
            if field.meaning == Meaning::Account {
                columns.push(("account_ref", Storage::Text));
                columns.push(("account_uuid", Storage::Id));
                if self.account_lookup != AccountLookup::Key {
                    // Names are folded to be compared; messages say what the file says.
                    columns.push(("account_said", Storage::Text));
                }
            }
            if field.meaning == Meaning::Custom && self.merge_custom {
                columns.push(("custom_clear", Storage::Text));
            }
        }
        if self.natural().is_some() {
            columns.push(("natural_key", Storage::Text));
        }
        columns.extend(self.events.iter().flat_map(Events::columns));
        columns
    }

    /// The header of a field's column, or its name where the file has none.
    pub fn header(&self, name: &str) -> String {
        let bit = self.noun.field(name).map(|(bit, _)| bit);
        let told = self.headers.iter().find(|(known, _)| Some(*known) == bit);
        told.map_or_else(|| name.to_owned(), |(_, header)| header.clone())
    }

    /// What the key's column is called in the file.
    pub fn key_header(&self) -> String {
        match (self.key, self.noun.within) {
            (Key::Account, Some(within)) => self.header(within),
            (key, _) => self.header(key.as_str()),
        }
    }

    /// The field that is unique within an account, where the file has it and the account.
    pub(super) fn within(&self) -> Option<&'static Field> {
        let field = self.noun.field(self.noun.within?)?.1;
        (self.has(field.name) && self.has("account")).then_some(field)
    }

    /// The account as the file has it, for messages.
    pub(super) fn account_said(&self) -> &'static str {
        if self.account_lookup == AccountLookup::Key { "account_ref" } else { "account_said" }
    }

    /// Whether a row may find its record by its account and the field that is unique within it.
    pub(super) fn matches_within(&self) -> bool {
        matches!(self.key, Key::Account | Key::ExternalId | Key::Id) && self.within().is_some()
    }

    /// Whether `staged.key` holds anything: rows without an id may have an external id.
    pub(super) fn has_key(&self) -> bool {
        match self.key {
            Key::Account => false,
            Key::Id => self.noun.field("external_id").is_some(),
            _ => true,
        }
    }

    /// The column of the noun's table that the key is compared with.
    pub(super) fn key_column(&self) -> &'static str {
        match self.key {
            Key::Id | Key::ExternalId | Key::Account => "external_key",
            Key::Name => "name_key",
            Key::Domain => "domain",
            Key::Email => "email",
        }
    }

    /// Whether several records may bear the same key.
    pub(super) const fn key_is_unique(&self) -> bool {
        matches!(self.key, Key::Id | Key::ExternalId | Key::Email | Key::Account)
    }

    /// What holds a row `alias` of the noun's table to the noun, and to the field that a staged row `s` names.
    pub(super) fn own(&self, alias: &str) -> String {
        let named = self.noun.names_field().map(|field| format!(" and {alias}.{0} = s.{0}", field.column));
        self.noun.fixed_condition(alias) + &named.unwrap_or_default()
    }

    /// What rows `s` of one record have alike beside its key, as columns to group by, and what holds them to such a group `d`.
    pub(super) fn also_alike(&self) -> (String, String) {
        match self.noun.names_field() {
            Some(field) => (format!(", s.{}", field.column), format!(" and d.{0} = s.{0}", field.column)),
            None => (String::new(), String::new()),
        }
    }

    pub(crate) fn is_a_persons(&self) -> bool {
        self.source == StatusSource::Person
    }

    pub(super) fn archivable(&self) -> bool {
        self.noun.field("archived_at").is_some()
    }

    pub fn bit(&self, name: &str) -> i64 {
        self.noun.mask(&[name])
    }

    /// Makes the temporary tables on a connection that the caller holds.
    pub async fn create(&self, conn: &mut Conn) -> StoreResult<()> {
        let mut tx = conn.read().await?;
        let engine = tx.engine();
        let of = |storage| engine.column_type(storage);
        let (integer, text, id) = (of(Storage::Integer), of(Storage::Text), of(Storage::Id));
        // On SQLite the key is the row's place; on PostgreSQL an index would slow the COPY and hash joins need none.
        let key = if engine == Engine::Sqlite { "integer primary key" } else { "bigint not null" };
        let added = self.added().map(|(_, field)| (field.column, field.meaning.storage()));
        let columns: String = self
            .columns()
            .into_iter()
            .chain(added)
            .map(|(name, storage)| format!(", {name} {}", of(storage)))
            .collect();
        for sql in [
            format!(
                "create temporary table staged (n {key}, id {id}, match_id {id}, key {text}, present {integer}{columns})"
            ),
            format!(
                "create temporary table verdicts (n {integer} primary key, id {id}, verdict {integer}, changed {integer}, \
                 says_status {integer})"
            ),
            format!(
                "create temporary table rejects (n {integer}, line {integer}, header {text}, code {text}, rule {text}, \
                 detail {text}, value {text}, record {text}, hold {integer} not null default 0)"
            ),
        ] {
            tx.sql(sql).execute().await?;
        }
        tx.commit().await
    }

    /// Drops what [`Staging::create`] made, so that it can be made again on the connection.
    pub async fn remove(conn: &mut Conn) -> StoreResult<()> {
        let mut tx = conn.read().await?;
        for table in ["staged", "verdicts", "rejects"] {
            tx.sql(format!("drop table {table}")).execute().await?;
        }
        tx.commit().await
    }
}
