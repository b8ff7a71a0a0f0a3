//! A PostgreSQL database spread over machines by Citus: every table with an organization is distributed by it, all co-located, and
//! `organizations` stands on every machine. Statements are the same; what differs is here.

mod distribute;
mod layout;
mod rewrite;
mod working;

pub use distribute::SHARDS;
pub(super) use distribute::migration;
pub use layout::Layout;
pub(super) use layout::unfinished;
pub(super) use working::{Working, prefixed};

/// The schema of the working tables of a cluster; a database that has it is distributed.
const WORK: &str = "fastenr_work";

/// What is left to do of a distribution that was interrupted: references that were taken off before and are not back.
const POSTPONED: &str = "fastenr_work.postponed";

/// Whether the database is distributed, or was begun to be.
pub(super) const IS_DISTRIBUTED: &str = "select to_regclass('fastenr_work.staged') is not null";
