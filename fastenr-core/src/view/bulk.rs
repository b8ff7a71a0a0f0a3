//! What came of a bulk write, or would.

use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

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
