//! What letting go of old before-images and snapshots came to, or would.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use uuid::Uuid;

use crate::ops::operations::PruneOutcome;

/// Deleted data, or data that would be deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PruneReport {
    /// Operations before this day can't be undone any more.
    pub before: Option<NaiveDate>,
    /// Number of operations that lose their undo data.
    pub operations: u64,
    /// Deleted before-images of all tables.
    pub before_images: u64,
    /// One member per table with before-images, named like the table.
    #[serde(flatten)]
    pub images: BTreeMap<&'static str, u64>,
    /// Days whose snapshots were deleted.
    pub snapshot_days: u64,
    pub snapshots: u64,
    /// Deleted summaries of whole days (`score_books`).
    pub books: u64,
    /// The operation; null: nothing was deleted, or a dry run.
    pub operation: Option<Uuid>,
}

impl From<&PruneOutcome> for PruneReport {
    fn from(done: &PruneOutcome) -> Self {
        Self {
            before: done.before,
            operations: done.operations,
            before_images: done.images_total(),
            images: done.images.clone(),
            snapshot_days: done.days,
            snapshots: done.snapshots,
            books: done.books,
            operation: done.operation,
        }
    }
}
