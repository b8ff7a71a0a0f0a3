//! What came of a bulk write, or would.

use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::import::request::{Report as ImportReport, RowError, RowOutcome};
use crate::ops::bulk::{Report, RowChange};

/// How many records matched and changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct BulkReport {
    /// The operation; null in a dry run and where nothing changed.
    pub operation: Option<Uuid>,
    pub dry_run: bool,
    /// What was done, such as `accounts.bulk-update`.
    pub command: String,
    /// The filter in words: `status=active tag=vip`.
    pub filter: String,
    /// Records that pass.
    pub matched: u64,
    /// Of these, those that change.
    pub changed: u64,
    /// Of these, those that are so already.
    pub unchanged: u64,
}

impl From<&Report> for BulkReport {
    fn from(report: &Report) -> Self {
        Self {
            operation: report.operation,
            dry_run: report.dry_run,
            command: report.command.clone(),
            filter: report.filter.clone(),
            matched: report.matched,
            changed: report.changed,
            unchanged: report.unchanged,
        }
    }
}

/// One field of one record that would change.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct BulkChange {
    pub id: Uuid,
    pub external_id: Option<String>,
    /// What the record is called.
    pub name: String,
    /// `record` where it is deleted.
    pub field: &'static str,
    /// Its value, as the record has it.
    pub old: Json,
    /// Its value to be.
    pub new: Json,
}

impl From<RowChange> for BulkChange {
    fn from(change: RowChange) -> Self {
        let RowChange { id, external_id, name, field, old, new } = change;
        Self { id, external_id, name, field, old: old.json, new: new.json }
    }
}

/// A bulk write, and the changes that a dry run foretells.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct BulkAnswer {
    #[serde(flatten)]
    pub report: BulkReport,
    /// Of a dry run, the first 1,000; otherwise none.
    pub changes: Vec<BulkChange>,
}

/// What became of records that were given one by one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct BulkItems {
    /// The operation; null in a dry run.
    pub operation: Option<Uuid>,
    pub dry_run: bool,
    /// Whether the items were written; if not, they say what would have become of them.
    pub applied: bool,
    pub created: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub skipped: u64,
    pub rejected: u64,
    /// What should be looked at, a sentence each.
    pub warnings: Vec<String>,
    /// In the order given.
    pub items: Vec<BulkItem>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct BulkItem {
    /// Its place, from 0.
    pub index: u64,
    /// `created`, `updated`, `unchanged`, `skipped` or `rejected`.
    pub status: &'static str,
    /// The record; null where there is none.
    pub id: Option<Uuid>,
    /// The rules that it breaks.
    pub errors: Vec<BulkItemError>,
}

/// A rule that an item breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct BulkItemError {
    /// The member; null: the item as a whole.
    pub member: Option<String>,
    /// Stable and fit for a program.
    pub code: String,
    /// The rule.
    pub detail: String,
}

impl From<&ImportReport> for BulkItems {
    fn from(report: &ImportReport) -> Self {
        let ledger = report.ledger;
        Self {
            operation: report.operation.filter(|_| report.applied),
            dry_run: report.dry_run,
            applied: report.applied,
            created: ledger.created,
            updated: ledger.updated,
            unchanged: ledger.unchanged,
            skipped: ledger.skipped,
            rejected: ledger.rejected,
            warnings: report.warnings.clone(),
            items: report.rows.iter().map(BulkItem::from).collect(),
        }
    }
}

impl From<&RowOutcome> for BulkItem {
    fn from(row: &RowOutcome) -> Self {
        let error = |error: &RowError| BulkItemError {
            member: error.column.clone(),
            code: error.code.clone(),
            detail: error.rule.clone(),
        };
        Self {
            index: row.row.saturating_sub(1),
            status: row.fate.as_str(),
            id: row.id,
            errors: row.errors.iter().map(error).collect(),
        }
    }
}
