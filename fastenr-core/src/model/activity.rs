//! The feed: who did what to which record, when.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

/// What is written of a deed, in the transaction that does it.
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub user: Uuid,
    pub operation: Option<Uuid>,
    /// `accounts.update`: the noun and what was done.
    pub kind: String,
    /// The plural of the noun.
    pub noun: String,
    /// None for a bulk write, which its operation tells about.
    pub record: Option<Uuid>,
    /// The account that the record is or belongs to.
    pub account: Option<Uuid>,
    /// What the record was called then; of a bulk write, its ledger in words.
    pub label: String,
    /// A JSON array of objects with field, old and new: the values as JSON shows them, users and accounts by label.
    pub changes: Json,
}
