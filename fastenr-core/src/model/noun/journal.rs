//! How the rows of a noun are kept before they are written, and what holds between them.

use super::Storage;

/// How a noun's table is journaled, in `{table}_before`.
#[derive(Debug)]
pub struct Journal {
    /// What tells its rows apart within an organization.
    pub key: &'static [(&'static str, Storage)],
    /// What its rows point at.
    pub references: &'static [Reference],
    /// What no two rows of an organization share, as lists of columns; a null is shared with nobody.
    pub unique: &'static [&'static [&'static str]],
}

impl Journal {
    /// Rows that are told apart by their id.
    pub const fn new(references: &'static [Reference], unique: &'static [&'static [&'static str]]) -> Self {
        Self { key: &[("id", Storage::Id)], references, unique }
    }
}

/// A column that names a row of another table.
#[derive(Debug)]
pub struct Reference {
    pub column: &'static str,
    pub to: &'static str,
    /// Rows go when the one they point at goes.
    pub follows: bool,
}

impl Reference {
    pub const fn to(column: &'static str, to: &'static str) -> Self {
        Self { column, to, follows: false }
    }

    pub const fn follows(column: &'static str, to: &'static str) -> Self {
        Self { column, to, follows: true }
    }
}

/// What becomes of records whose account is merged into another: they go to that one.
#[derive(Debug)]
pub struct Merge {
    /// What they are called in the report.
    pub called: &'static str,
    /// When the rows `a` and `b` of two accounts can't both be in one, as SQL.
    pub collides: Option<&'static str>,
}

/// Other external ids of a noun's records, in a table of their own.
#[derive(Debug)]
pub struct Aliases {
    pub table: &'static str,
    /// The column that names the record.
    pub record: &'static str,
}
