//! What a database has to offer to be in the table.

use std::path::Path;

use anyhow::Result;
use chrono::NaiveDate;

use super::book::Files;
use super::process::Step;

/// The two books of a database: one that fastenr fills, one for the reference.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Ours,
    Reference,
}

/// What is imported and exported.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    Accounts,
    /// Of a book that has its accounts.
    Metrics,
}

impl Load {
    /// As on fastenr's command line.
    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Metrics => "metrics",
        }
    }

    pub(crate) const fn table(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Metrics => "health_metrics",
        }
    }

    pub(crate) fn file(self, files: &Files) -> &Path {
        match self {
            Self::Accounts => &files.accounts,
            Self::Metrics => &files.metrics,
        }
    }
}

pub(crate) trait Engine {
    fn name(&self) -> &'static str;

    /// A book with fastenr's schema, its users, and no account; what was there is gone.
    fn fresh(&mut self, side: Side) -> Result<()>;

    /// From now on a fresh book is what ours is now.
    fn keep(&mut self) -> Result<()>;

    /// The argument of `fastenr --database`.
    fn url(&self, side: Side) -> String;

    /// Whatever the reference import needs, made from the rows that fastenr has imported; not timed.
    fn derive(&mut self, load: Load) -> Result<()>;

    /// Brings the same rows into the fresh table of the reference.
    fn reference_import(&self, load: Load) -> Step;

    /// Writes the table that fastenr filled, as CSV.
    fn reference_export(&self, load: Load, file: &Path) -> Step;

    /// What the references are called in the table: of the import, of the export.
    fn reference_names(&self) -> (&'static str, &'static str);

    /// At most this many times the reference: the import, the export.
    fn targets(&self) -> (f64, f64);

    /// One statement on our book, as the plain tool runs it.
    fn statement(&self, sql: &str) -> Step;

    /// A statement that gives every account of our book a row of metrics on each of so many days, the last one `last`.
    fn dense_metrics(&self, days: u64, last: NaiveDate) -> String;

    fn count(&self, side: Side, load: Load) -> Result<u64>;

    /// Nothing of an earlier run is left to be written when the next one begins.
    fn settle(&self) -> Result<()>;

    /// What the server does by itself within minutes of a bulk load, done now.
    fn housekeeping(&self) -> Result<()>;
}
