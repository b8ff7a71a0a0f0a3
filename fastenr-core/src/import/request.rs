//! What an import is asked to do; `report` has what it says it did.

mod choices;
mod preview;
mod report;
mod ways;

use std::path::PathBuf;

use uuid::Uuid;

use super::format::{DateFormat, Language, NumberFormat, Scale};
use super::mapping::{Aggregate, Mapping, Origin};
use super::nulls::NullWords;
use super::source::{Options, ShortRows};
use crate::model::TimeZone;
pub use crate::model::noun::Key;
use crate::model::noun::fold_header;
pub use choices::{BadCells, Duplicates, Empty, Ids, MaxMissing, Missing, Mode, OnError};
pub use preview::Preview;
pub(crate) use preview::PreviewHasher;
pub use report::{Problem, Refusal, Report, RowError, RowOutcome, RowResult, SharedTempDir};

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
    /// The language of the names of months: else the mapping's, else what the column proves.
    pub language: Option<Language>,
    pub rejects: Rejects,
    /// Also in a dry run, and where the import is refused: write the files of rejected rows and cells, and say what would be done
    /// ([`Report::preview`]).
    pub preview: bool,
    /// What a dry run said it would do: do exactly this, or nothing.
    pub expect: Option<Preview>,
    /// Tell what became of each row; of a file that fits in memory.
    pub tell_rows: bool,
    /// An ARR that differs was wrong before: the past is corrected, no expansion or contraction is recorded.
    pub arr_as_correction: bool,
}

impl Request {
    /// How the file is read: as it is told, or else as the mapping has it.
    pub(crate) fn reading(&self) -> Options {
        let file = &self.mapping.file;
        Options {
            encoding: self.read.encoding.or(file.encoding),
            delimiter: self.read.delimiter.or(file.delimiter),
            quote_escape: self.read.quote_escape.or(file.quote_escape),
            multiline: self.read.multiline || file.multiline,
            sheet: self.read.sheet.clone().or_else(|| file.sheet.clone()),
            skip_lines: self.read.skip_lines.or(file.skip_lines),
            comment: self.read.comment.clone().or_else(|| file.comment.clone()),
            short_rows: self.short_rows(),
            paths: self.paths(),
            ..self.read.clone()
        }
    }

    fn short_rows(&self) -> ShortRows {
        let told = [self.read.short_rows, self.mapping.file.short_rows];
        if told.contains(&ShortRows::Pad) { ShortRows::Pad } else { ShortRows::Reject }
    }

    /// Headers with dots, which may be members of nested JSON objects.
    fn paths(&self) -> Vec<String> {
        let Mapping { columns, fx, filter, aggregate, .. } = &self.mapping;
        let named = columns.values().flat_map(|origin| match origin {
            Origin::Header(header) => vec![header.as_str()],
            Origin::Template { template } => template.split(['{', '}']).collect(),
            Origin::Constant { .. } | Origin::Count(_) => Vec::new(),
        });
        let headers = self.maps.iter().map(|(header, _)| header).chain(&fx.column).chain(filter.keys());
        let of_events = aggregate.iter().flat_map(Aggregate::headers);
        let dotted = named.chain(headers.map(String::as_str)).chain(of_events).filter(|header| header.contains('.'));
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
