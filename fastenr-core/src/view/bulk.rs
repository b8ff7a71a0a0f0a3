//! What came of a bulk write, or would.

use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::error::Edge;
use crate::import::request::{Report as ImportReport, RowError, RowOutcome};
use crate::ops::bulk::{Report, RowChange};

/// Number of records that matched and changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct BulkReport {
    /// The operation; null: a dry run, or nothing changed.
    pub operation: Option<Uuid>,
    pub dry_run: bool,
    /// Kind of the operation, such as `accounts.bulk-update`.
    pub command: String,
    /// The filter, such as `status=active tag=vip`.
    pub filter: String,
    /// Records that match the filter.
    pub matched: u64,
    /// Matched records that change.
    pub changed: u64,
    /// Matched records that already have this value.
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
    /// Name of the record.
    pub name: String,
    /// Name of the field; `record`: the record is deleted.
    pub field: &'static str,
    /// Current value.
    pub old: Json,
    /// New value.
    pub new: Json,
}

impl From<RowChange> for BulkChange {
    fn from(change: RowChange) -> Self {
        let RowChange { id, external_id, name, field, old, new } = change;
        Self { id, external_id, name, field, old: old.json, new: new.json }
    }
}

/// A bulk write, and the changes that a dry run previews.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct BulkAnswer {
    #[serde(flatten)]
    pub report: BulkReport,
    /// In a dry run, the first 1,000 changes; otherwise empty.
    pub changes: Vec<BulkChange>,
}

/// Results of the items of a bulk write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct BulkItems {
    /// The operation; null: a dry run.
    pub operation: Option<Uuid>,
    pub dry_run: bool,
    /// Whether the items were written; if not, the results are those of a preview.
    pub applied: bool,
    pub created: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub skipped: u64,
    pub rejected: u64,
    /// Warnings, one sentence each.
    pub warnings: Vec<String>,
    /// In the order of the request.
    pub items: Vec<BulkItem>,
}

/// Result of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct BulkItem {
    /// Position of the item, from 0.
    pub index: u64,
    /// `created`, `updated`, `unchanged`, `skipped` or `rejected`.
    pub status: &'static str,
    /// Id of the record; null: no record.
    pub id: Option<Uuid>,
    /// Rules that the item breaks.
    pub errors: Vec<BulkItemError>,
}

/// A rule that an item breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct BulkItemError {
    /// Name of the member; null: the whole item.
    pub member: Option<String>,
    /// Stable code for programs.
    pub code: String,
    /// The rule.
    pub detail: String,
}

impl BulkItems {
    /// As the callers of an edge read it.
    pub fn new(report: &ImportReport, edge: &dyn Edge) -> Self {
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
            warnings: report.warnings.iter().map(|warning| warning.at(edge)).collect(),
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
