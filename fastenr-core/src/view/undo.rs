//! What taking an operation back came to, or would.

use serde::Serialize;
use uuid::Uuid;

use crate::model::operation::Ledger;
use crate::ops::operations::{Left, TableCount, Undone};

/// An operation taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UndoReport {
    /// The undo; null in a dry run, or where nothing was left to take back.
    pub operation: Option<Uuid>,
    /// What was taken back.
    pub undoes: Uuid,
    /// Its kind, such as `accounts.import`.
    pub kind: String,
    /// `created` were brought back, `deleted` removed, `updated` put back, `skipped` left alone.
    pub ledger: Ledger,
    /// Accounts whose scores are those of an earlier run again.
    pub rescored: u64,
    /// What became of the records of each table.
    pub tables: Vec<UndoTable>,
    /// What was left alone and why, the first 10,000 of each kind.
    pub left: Vec<UndoLeft>,
}

/// The records of one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UndoTable {
    /// What they are: `accounts`, `contacts`.
    pub records: &'static str,
    /// Put back to what they were.
    pub put_back: u64,
    /// Made by the operation, and removed.
    pub removed: u64,
    /// Deleted by it, and brought back.
    pub brought_back: u64,
    /// Left alone, wholly or in some fields.
    pub left_alone: u64,
}

/// A field of a record, or a record, that was left as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UndoLeft {
    pub table: &'static str,
    pub id: Uuid,
    /// What the record is called.
    pub record: String,
    /// Null: the record as a whole.
    pub field: Option<&'static str>,
    /// `changed_since`, `in_use`, `gone`, `taken` or `missing`.
    pub code: &'static str,
    /// Why, in a sentence.
    pub why: String,
    /// The value before the operation, as text.
    pub before: String,
    /// What the operation wrote.
    pub wrote: String,
    /// What is there now.
    pub now: String,
    /// The operation that came later.
    pub by: Option<UndoBy>,
}

/// Whoever came later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UndoBy {
    pub operation: Uuid,
    /// Its kind, such as `accounts.update`.
    pub kind: String,
    /// Who did it: an e-mail address.
    pub user: String,
}

impl From<&Undone> for UndoReport {
    fn from(undone: &Undone) -> Self {
        Self {
            operation: undone.operation,
            undoes: undone.of.id,
            kind: undone.of.kind.clone(),
            ledger: undone.ledger,
            rescored: undone.rescored,
            tables: undone.tables.iter().map(UndoTable::from).collect(),
            left: undone.left.iter().map(UndoLeft::from).collect(),
        }
    }
}

impl From<&TableCount> for UndoTable {
    fn from(count: &TableCount) -> Self {
        let TableCount { table, put_back, removed, brought_back, left } = *count;
        Self { records: table, put_back, removed, brought_back, left_alone: left }
    }
}

impl From<&Left> for UndoLeft {
    fn from(left: &Left) -> Self {
        let Left { table, id, label, field, code, why, before, wrote, now, by } = left.clone();
        let by = by.map(|(operation, kind, user)| UndoBy { operation, kind, user });
        Self { table, id, record: label, field, code, why, before, wrote, now, by }
    }
}
