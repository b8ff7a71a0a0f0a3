//! The operation: one thing that was done, with its ledger.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationStatus {
    /// Committed before the work began; a dead one is shown as interrupted.
    Running,
    Done,
    /// Refused or failed; nothing was written.
    Failed,
    /// Its process ended before it did.
    Interrupted,
    /// Somebody asked for that; nothing was written.
    Cancelled,
}

impl OperationStatus {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Cancelled => "cancelled",
        }
    }
}

/// `rows = created + updated + unchanged + skipped + rejected`, always.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Ledger {
    pub rows: u64,
    pub created: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub skipped: u64,
    pub rejected: u64,
    /// Records archived because they are missing from the file; not counted in `rows`.
    #[serde(default)]
    pub archived: u64,
    /// Deleted records; not counted in `rows`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub deleted: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Ledger {
    pub const fn holds(&self) -> bool {
        self.rows == self.created + self.updated + self.unchanged + self.skipped + self.rejected
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    pub id: Uuid,
    /// `accounts.import`, `accounts.update`, …
    pub kind: String,
    pub status: String,
    pub user: Uuid,
    pub source_name: Option<String>,
    pub source_sha256: Option<String>,
    /// JSON: what was asked.
    pub parameters: String,
    /// JSON: what came of it, see [`Ledger`].
    pub ledger: Option<String>,
    pub message: Option<String>,
    pub started_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    /// The operation that this one took back.
    pub undoes: Option<Uuid>,
    /// The last operation that took this one back, wholly or in part.
    pub undone_by: Option<Uuid>,
    /// Since when its before-images are gone: it can't be taken back any more.
    pub pruned_at: Option<DateTime<Utc>>,
}

/// Kinds that compute: what they wrote never keeps an undo from anything.
pub const DERIVED_KINDS: [&str; 2] = ["accounts.recompute", "goals.refresh"];
