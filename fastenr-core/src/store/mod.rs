//! SQL, written once for SQLite and PostgreSQL.
//!
//! To add a query: write a function that takes a [`Tx`] and a [`Scope`], and run its text with [`Tx::of`]. `$1` is then
//! bound to the organization, and the text must hold every row to it (`organization_id = $1`); a test reads the recorded
//! statements and fails on one that does not. Text that both databases can't share comes from [`dialect`].

pub mod accounts;
pub mod activities;
pub mod alert_records;
pub mod alerts;
pub mod arr;
pub mod attachments;
pub mod attendees;
mod bulk;
mod cancel;
mod cluster;
pub mod copy;
pub mod custom;
pub mod dashboard;
mod db;
pub mod dialect;
pub mod duplicates;
pub mod engagements;
pub mod entries;
mod error;
pub mod extent;
pub mod feed;
pub mod goals;
pub mod handover;
mod health;
pub mod idempotency;
pub mod journal;
pub mod keys;
mod keyset;
pub mod lists;
mod liveness;
mod memory;
pub mod merge;
mod migrate;
pub mod models;
mod narrow;
pub mod notifications;
pub mod operations;
pub mod organizations;
pub mod people;
mod pools;
pub mod prune;
mod query;
pub mod records;
pub mod results;
mod room;
pub mod scores;
pub mod segments;
mod selective;
pub mod short_ids;
mod signal;
pub mod staging;
mod stamp;
mod statement;
pub mod timeline;
pub mod today;
mod tx;
pub mod undo;
pub mod users;

pub(crate) use cancel::is_cancelled;
pub use cancel::{CANCELLED, cancel, cancel_all};
pub use cluster::{Layout, SHARDS};
pub(crate) use db::Committing;
pub use db::{Db, DbOptions, Engine, Lock, PoolState, is_committing};
pub(crate) use error::LOST;
pub use error::StoreResult;
pub use liveness::{Exclusive, LivenessLock};
pub use memory::{Memory, Place, Recalled};
pub use migrate::{MigrationState, migration_names};
pub use signal::Signal;
pub use statement::{Param, Record, RecordedStatement, SortedRows, Statement, Values};
pub use tx::{Conn, Tx};

use uuid::Uuid;

/// Whose rows: every store function takes one, so that no query can leave it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    pub organization: Uuid,
}
