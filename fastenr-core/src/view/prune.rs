//! What letting go of old before-images and snapshots came to, or would.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use uuid::Uuid;

use crate::ops::operations::Pruned;

/// What went, or would go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct PruneReport {
    /// Operations done before this day can't be taken back any more.
    pub before: Option<NaiveDate>,
    /// How many of them still could.
    pub operations: u64,
    /// Before-images of all tables.
    pub before_images: u64,
    /// A member for each table that had any, called like the table.
    #[serde(flatten)]
    pub images: BTreeMap<&'static str, u64>,
    /// Days whose snapshots went.
    pub snapshot_days: u64,
    pub snapshots: u64,
    /// What was known of whole days.
    pub books: u64,
    /// The operation; null where nothing went, or in a dry run.
    pub operation: Option<Uuid>,
}

impl From<&Pruned> for PruneReport {
    fn from(done: &Pruned) -> Self {
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
