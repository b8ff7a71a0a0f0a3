//! What an import is asked to do, and what it says it did.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use uuid::Uuid;

use super::format::{DateFormat, NumberFormat, Scale};
use super::mapping::{Mapping, Origin};
use super::nulls::NullWords;
use super::source::Options;

use crate::error::{Error, Invalid, Result};
use crate::model::TimeZone;
pub use crate::model::noun::Key;
use crate::model::noun::fold_header;
use crate::model::operation::Ledger;
use crate::spool::spooling;

/// Which rows are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    #[default]
    Upsert,
    /// Rows that match a record are skipped.
    Create,
    /// Rows that match none are skipped.
    Update,
}

/// What becomes of records that the file does not have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Missing {
    #[default]
    Keep,
    Archive,
}

/// What one bad row does to the rest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnError {
    /// All rows are checked, nothing is written if one is bad.
    #[default]
    Stop,
    /// Good rows are written, bad ones go to the rejects file.
    Skip,
}

/// What an empty cell says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Empty {
    /// Nothing: the value stays.
    #[default]
    Keep,
    /// That there is no value.
    Clear,
}

/// What becomes of rows whose key stands in the file more than once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// All of them are rejected: which one is meant, nobody knows.
    #[default]
    Reject,
    /// The first one counts, the others are skipped.
    First,
    /// The last one counts, the others are skipped.
    Last,
}

/// What a bad cell does to its row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BadCells {
    /// The row is rejected.
    #[default]
    Reject,
    /// Where the field may be absent, the row is written as if it did not have the cell.
    Keep,
}

/// How external ids are taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ids {
    /// A new one is refused where it looks like what a spreadsheet leaves of an id, or differs from one that there is only in
    /// leading zeros or letter case.
    #[default]
    Checked,
    AsWritten,
}

/// How many records may be archived because the file does not have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaxMissing {
    Count(u64),
    /// Of those that bear the key by which rows are matched, in hundredths of a percent.
    Share(u64),
}

impl MaxMissing {
    /// Whether `missing` of `all` records are more than that.
    pub fn is_less_than(self, missing: u64, all: u64) -> bool {
        match self {
            Self::Count(most) => missing > most,
            Self::Share(most) => u128::from(missing) * 10_000 > u128::from(all) * u128::from(most),
        }
    }
}

impl Default for MaxMissing {
    fn default() -> Self {
        Self::Share(10_00)
    }
}

/// `250`, `10%`, `2.5 %`.
impl std::str::FromStr for MaxMissing {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let rule = || Invalid::new("max_missing", "a number of records from 0, or a percentage from 0% to 100%");
        let Some(percent) = text.trim().strip_suffix('%') else {
            return text.trim().parse().map(Self::Count).map_err(|_| rule());
        };
        let (whole, rest) = percent.trim().split_once('.').unwrap_or((percent.trim(), ""));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || whole.len() > 3 || rest.len() > 2 || !is_number(whole) || !is_number(rest) {
            return Err(rule());
        }
        let hundredths: u64 = format!("{whole}{rest:0<2}").parse().map_err(|_| rule())?;
        if hundredths > 10_000 { Err(rule()) } else { Ok(Self::Share(hundredths)) }
    }
}

impl std::fmt::Display for MaxMissing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Count(most) => write!(f, "{most}"),
            Self::Share(most) if most % 100 == 0 => write!(f, "{} %", most / 100),
            Self::Share(most) => write!(f, "{}.{:02} %", most / 100, most % 100),
        }
    }
}

macro_rules! choices {
    ($type:ident, $code:literal, $($variant:ident $name:literal),+) => {
        impl std::str::FromStr for $type {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                match text.trim().to_ascii_lowercase().as_str() {
                    $($name => Ok(Self::$variant),)+
                    _ => Err(Invalid::new($code, concat!("one of", $(" ", $name),+))),
                }
            }
        }
    };
}

choices!(Key, "key", Id "id", ExternalId "external_id", Name "name", Domain "domain", Email "email", Account "account");
choices!(Mode, "mode", Upsert "upsert", Create "create", Update "update");
choices!(Missing, "missing", Keep "keep", Archive "archive");
choices!(OnError, "on_error", Stop "stop", Skip "skip");
choices!(Empty, "empty", Keep "keep", Clear "clear");
choices!(Duplicates, "duplicates", Reject "reject", First "first", Last "last");
choices!(BadCells, "bad_cells", Reject "reject", Keep "keep");
choices!(Ids, "ids", Checked "checked", AsWritten "as-written");

/// How far it is: for a progress bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Looking through the file: bytes read, bytes in all.
    Surveying { read: u64, total: u64 },
    /// The operation is committed as running: from now on it can be looked at. A dry run has none.
    Begun { operation: Uuid },
    /// Checking and staging: rows so far, rows in all.
    Staging { rows: u64, total: u64 },
    /// Waiting for the lock, comparing, writing.
    Applying { rows: u64 },
}

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
    pub rows: u64,
    /// Data rows, counted from 1 without the header: the first few.
    pub examples: Vec<u64>,
}

/// What became of one row, or would have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowOutcome {
    /// The data row, from 1.
    pub row: u64,
    pub fate: Fate,
    /// The record; none for one that was refused, skipped or is not made.
    pub id: Option<Uuid>,
    /// Why it was refused.
    pub errors: Vec<RowError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Created,
    Updated,
    Unchanged,
    /// The mode passes over it.
    Skipped,
    Rejected,
}

impl Fate {
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
    /// Cells that were left out of rows that were written, or would have been: see [`BadCells::Keep`].
    pub bad_cells: u64,
    /// The rows of those cells, as they stand in the file.
    pub cells_file: Option<PathBuf>,
    /// The folder of these files, where it was asked to be [`Rejects::Kept`]: it vanishes with the last clone of the report.
    pub kept: Option<Kept>,
    pub warnings: Vec<String>,
    /// How the file was read, where that was a guess.
    pub notes: Vec<String>,
    pub problems: Vec<Problem>,
    /// What is wrong with the cells that were left out.
    pub cell_problems: Vec<Problem>,
    /// Why nothing was applied, where it should have been.
    pub refusal: Option<Refusal>,
    /// Each row, in the order of the file, where that was asked for.
    pub rows: Vec<RowOutcome>,
}

/// Why nothing was applied, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// `bad_rows`, `reject_limit`, `missing_empty`, `too_many_missing`, `id_changes`.
    pub code: &'static str,
    /// The thing and the rule, one sentence without a full stop.
    pub message: String,
}

impl Refusal {
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

/// Where rejected rows go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Rejects {
    /// Beside the file, as `FILE.rejected.csv`.
    #[default]
    Beside,
    At(PathBuf),
    /// Into a temporary folder that lives as long as the report.
    Kept,
}

/// A temporary folder that vanishes with the last that has it.
#[derive(Debug, Clone)]
pub struct Kept(Arc<TempDir>);

impl Kept {
    pub(crate) fn new() -> Result<Self> {
        let made = tempfile::Builder::new().prefix("fastenr-rejects-").tempdir();
        Ok(Self(Arc::new(made.map_err(|error| Error::io(spooling("rejected rows"), error))?)))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.path() == other.path()
    }
}

impl Eq for Kept {}

/// What is asked of an import.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// None: the external id, or the id where the file has a column of ids.
    pub key: Option<Key>,
    pub mode: Mode,
    pub missing: Missing,
    /// With [`Missing::Archive`]: more missing records than this and nothing is written.
    pub max_missing: MaxMissing,
    pub duplicates: Duplicates,
    pub ids: Ids,
    /// Records that are matched by something else may get another external id.
    pub allow_id_changes: bool,
    /// Header and field; an empty field leaves the column out.
    pub maps: Vec<(String, String)>,
    pub mapping: Mapping,
    pub on_error: OnError,
    /// With [`OnError::Skip`]: more rejected rows than this and nothing is written.
    pub reject_limit: Option<u64>,
    pub bad_cells: BadCells,
    pub empty: Empty,
    pub dry_run: bool,
    /// Keep unknown columns as custom fields.
    pub custom: bool,
    pub read: Options,
    pub date_format: Option<DateFormat>,
    pub number_format: Option<NumberFormat>,
    /// Header or field, and the scale of its percentages.
    pub scales: Vec<(String, Scale)>,
    /// Words that mean no value; counts for more than the mapping's.
    pub null_words: Option<NullWords>,
    /// The zone of times that say none: else the mapping's, else the organization's.
    pub time_zone: Option<TimeZone>,
    pub rejects: Rejects,
    /// Tell what became of each row; of a file that fits in memory.
    pub tell_rows: bool,
    /// An ARR that differs was wrong before: the past is corrected, no expansion or contraction is recorded.
    pub arr_as_correction: bool,
}

impl Request {
    /// How the file is read: as it is told, or else as the mapping has it.
    pub(crate) fn reading(&self) -> Options {
        let file = self.mapping.file;
        Options {
            encoding: self.read.encoding.or(file.encoding),
            delimiter: self.read.delimiter.or(file.delimiter),
            quote_escape: self.read.quote_escape.or(file.quote_escape),
            multiline: self.read.multiline || file.multiline,
            paths: self.paths(),
            ..self.read.clone()
        }
    }

    /// Headers with dots, which may be members of nested JSON objects.
    fn paths(&self) -> Vec<String> {
        let Mapping { columns, fx, filter, .. } = &self.mapping;
        let named = columns.values().flat_map(|origin| match origin {
            Origin::Header(header) => vec![header.as_str()],
            Origin::Template { template } => template.split(['{', '}']).collect(),
            Origin::Constant { .. } => Vec::new(),
        });
        let headers = self.maps.iter().map(|(header, _)| header).chain(&fx.column).chain(filter.keys());
        let dotted = named.chain(headers.map(String::as_str)).filter(|header| header.contains('.'));
        dotted.map(str::to_owned).collect()
    }

    /// The field that `--map` names for a header, empty where the column is to be left out. What is spelt as the header
    /// counts for it alone; what is spelt otherwise counts for a header that is the same without case and punctuation.
    pub(crate) fn told(&self, header: &str, headers: &[String]) -> Option<&str> {
        let means = |told: &str| {
            told == header || (fold_header(told) == fold_header(header) && !headers.iter().any(|h| h == told))
        };
        // The last of several counts: an option that is added at the end of a command overrules.
        let map = self.maps.iter().rev().find(|(from, _)| means(from)).map(|(_, field)| field.trim());
        map.map(|field| if field == "-" { "" } else { field })
            .or_else(|| self.mapping.ignore.iter().any(|ignored| means(ignored)).then_some(""))
    }

    /// The words that mean no value.
    pub(crate) fn null_words(&self) -> &NullWords {
        self.null_words.as_ref().or(self.mapping.nulls.as_ref()).unwrap_or_else(|| NullWords::built_in())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_that_may_be_missing() {
        for (text, read, told) in [
            ("0", MaxMissing::Count(0), "0"),
            (" 250 ", MaxMissing::Count(250), "250"),
            ("10%", MaxMissing::Share(1_000), "10 %"),
            ("2.5 %", MaxMissing::Share(250), "2.50 %"),
            ("100%", MaxMissing::Share(10_000), "100 %"),
        ] {
            let parsed: MaxMissing = text.parse().unwrap();
            assert_eq!((parsed, parsed.to_string().as_str()), (read, told), "{text}");
        }
        for text in ["", "%", "-1", "100.01%", "1e2%", "2.555%", "101%", "ten"] {
            assert_eq!(text.parse::<MaxMissing>().unwrap_err().code, "max_missing", "{text}");
        }
        let share: MaxMissing = "10%".parse().unwrap();
        for (missing, all, more) in
            [(0, 0, false), (1, 10, false), (2, 10, true), (1, 9, true), (100_001, 1_000_000, true)]
        {
            assert_eq!(share.is_less_than(missing, all), more, "{missing} of {all}");
        }
        assert!(MaxMissing::Count(3).is_less_than(4, 1_000) && !MaxMissing::Count(3).is_less_than(3, 3));
    }
}
