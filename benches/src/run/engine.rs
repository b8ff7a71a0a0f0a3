//! What a database has to offer to be in the table.

use std::path::Path;

use anyhow::Result;

use super::process::Step;

/// The two books of a database: one that fastenr fills, one for the reference.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Ours,
    Reference,
}

pub(crate) trait Engine {
    fn name(&self) -> &'static str;

    /// A book with fastenr's schema, its users, and no account; what was there is gone.
    fn fresh(&mut self, side: Side) -> Result<()>;

    /// The argument of `fastenr --database`.
    fn url(&self, side: Side) -> String;

    /// Whatever the reference import needs, made from the accounts that fastenr has imported; not timed.
    fn derive(&mut self) -> Result<()>;

    /// Brings the same accounts into the fresh table of the reference.
    fn reference_import(&self) -> Step;

    /// Writes the table that fastenr filled, as CSV.
    fn reference_export(&self, file: &Path) -> Step;

    /// What the references are called in the table: of the import, of the export.
    fn reference_names(&self) -> (&'static str, &'static str);

    /// At most this many times the reference: the import, the export.
    fn targets(&self) -> (f64, f64);

    fn count(&self, side: Side) -> Result<u64>;

    /// Nothing of an earlier run is left to be written when the next one begins.
    fn settle(&self) -> Result<()>;

    /// What the server does by itself within minutes of a bulk load, done now.
    fn housekeeping(&self) -> Result<()>;
}
