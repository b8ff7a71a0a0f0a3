//! What an import says it did.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use uuid::Uuid;

use super::Preview;
use crate::error::{Error, Hints, Note, Result, Text};
use crate::model::operation::Ledger;
use crate::spool::spooling;

/// Bad cells of one kind, told once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The header as the file has it; none for a whole row.
    pub column: Option<String>,
    pub code: String,
    /// The rule that is broken.
    pub rule: String,
    /// The value, where all of them are the same.
    pub value: Option<String>,
    /// The record that stands in the way, such as an archived account; of several one.
    pub record: Option<Uuid>,
    pub rows: u64,
    /// Data rows, counted from 1 without the header: the first few.
    pub examples: Vec<u64>,
}

/// What became of one row, or would have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowOutcome {
    /// The data row, from 1.
    pub row: u64,
    pub fate: RowResult,
    /// The record; none for one that was refused, skipped or is not made.
    pub id: Option<Uuid>,
    /// Why it was refused.
    pub errors: Vec<RowError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowResult {
    Created,
    Updated,
    Unchanged,
    /// The mode passes over it.
    Skipped,
    Rejected,
}

impl RowResult {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Skipped => "skipped",
            Self::Rejected => "rejected",
        }
    }
}

/// One rule that a row breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// None: the row as a whole.
    pub column: Option<String>,
    pub code: String,
    pub rule: String,
}

/// What came of it. `ledger.holds()` always.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// None in a dry run.
    pub operation: Option<Uuid>,
    pub dry_run: bool,
    /// Whether the ledger was written; if not, it says what would have been.
    pub applied: bool,
    pub ledger: Ledger,
    pub rejects_file: Option<PathBuf>,
    /// Cells that were left out of rows that were written, or would have been: see [`BadCells::Keep`](super::BadCells::Keep).
    pub bad_cells: u64,
    /// The rows of those cells, as they stand in the file.
    pub cells_file: Option<PathBuf>,
    /// The folder of these files, where it was asked to be [`Rejects::Kept`](super::Rejects::Kept): it vanishes with the last clone of the report.
    pub kept: Option<SharedTempDir>,
    pub warnings: Vec<Note>,
    /// How the file was read, where that was a guess.
    pub notes: Vec<Note>,
    pub problems: Vec<Problem>,
    /// What is wrong with the cells that were left out.
    pub cell_problems: Vec<Problem>,
    /// Why nothing was applied, where it should have been.
    pub refusal: Option<Refusal>,
    /// Each row, in the order of the file, where that was asked for.
    pub rows: Vec<RowOutcome>,
    /// What would be done, where that was asked for.
    pub preview: Option<Preview>,
}

/// Why nothing was applied, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// `bad_rows`, `reject_limit`, `missing_empty`, `too_many_missing`, `id_changes`.
    pub code: &'static str,
    /// The thing and the rule, one sentence without a full stop.
    pub message: String,
    /// The ways out.
    pub hints: Hints,
}

impl Refusal {
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hints: Hints::default() }
    }

    /// Adds a way out.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<Text>) -> Self {
        self.hints.push(hint);
        self
    }

    /// Whether the state of the data forbids it, not the rows of the file.
    pub fn is_guard(&self) -> bool {
        !matches!(self.code, "bad_rows" | "reject_limit")
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

/// A temporary folder that vanishes with the last that has it.
#[derive(Debug, Clone)]
pub struct SharedTempDir(Arc<TempDir>);

impl SharedTempDir {
    pub(crate) fn new() -> Result<Self> {
        let made = tempfile::Builder::new().prefix("fastenr-rejects-").tempdir();
        Ok(Self(Arc::new(made.map_err(|error| Error::io(spooling("rejected rows"), error))?)))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl PartialEq for SharedTempDir {
    fn eq(&self, other: &Self) -> bool {
        self.path() == other.path()
    }
}

impl Eq for SharedTempDir {}
