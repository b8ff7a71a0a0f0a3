//! What taking an operation back came to, or would.

use serde::Serialize;
use uuid::Uuid;

use crate::model::operation::Ledger;
use crate::ops::operations::{Conflict, TableCount, UndoOutcome};

/// The undo of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UndoReport {
    /// The undo operation; null: a dry run, or nothing left to undo.
    pub operation: Option<Uuid>,
    /// The operation that was undone.
    pub undoes: Uuid,
    /// Kind of that operation, such as `accounts.import`.
    pub kind: String,
    /// Counts: `created`: deleted records restored; `deleted`: created records removed; `updated`: values restored; `skipped`:
    /// conflicts.
    pub ledger: Ledger,
    /// Accounts whose scores are again those of an earlier run.
    pub rescored: u64,
    /// Counts by table.
    pub tables: Vec<UndoTable>,
    /// The conflicts, which were left unchanged, and fields whose content was erased: the first 10,000 of each kind.
    pub left: Vec<UndoLeft>,
}

/// The records of one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UndoTable {
    /// Kind of record, such as `accounts` or `contacts`.
    pub records: &'static str,
    /// Records with restored values.
    pub put_back: u64,
    /// Records created by the operation and now removed.
    pub removed: u64,
    /// Records deleted by the operation and now restored.
    pub brought_back: u64,
    /// Records left unchanged, fully or in some fields.
    pub left_alone: u64,
}

/// A conflict, or an erased field: a field or a record that was left unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UndoLeft {
    pub table: &'static str,
    pub id: Uuid,
    /// Name of the record.
    pub record: String,
    /// Name of the field; null: the whole record.
    pub field: Option<&'static str>,
    /// `changed_since`, `in_use`, `gone`, `taken` or `missing`; `erased`: the content was erased since, which is no conflict.
    pub code: &'static str,
    /// Reason, in one sentence.
    pub why: String,
    /// The value before the operation, as text.
    pub before: String,
    /// The value that the operation wrote, as text.
    pub wrote: String,
    /// The current value, as text.
    pub now: String,
    /// The later operation.
    pub by: Option<UndoBy>,
}

/// A later operation that changed or uses the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UndoBy {
    pub operation: Uuid,
    /// Its kind, such as `accounts.update`.
    pub kind: String,
    /// User who ran it: e-mail address.
    pub user: String,
}

impl From<&UndoOutcome> for UndoReport {
    fn from(undone: &UndoOutcome) -> Self {
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

impl From<&Conflict> for UndoLeft {
    fn from(left: &Conflict) -> Self {
        let Conflict { table, id, label, field, code, why, before, wrote, now, by } = left.clone();
        let by = by.map(|(operation, kind, user)| UndoBy { operation, kind, user });
        Self { table, id, record: label, field, code, why, before, wrote, now, by }
    }
}
