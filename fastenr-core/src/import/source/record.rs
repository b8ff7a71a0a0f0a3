//! One record of a source.

use std::sync::Arc;

use super::guard::unguard;
use super::visible;

/// A row of a CSV file or a line of a JSONL file. It is lent: the next read overwrites it.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// Data row, from 1; neither the header nor blank lines count. Of a sheet it is the row there.
    pub number: u64,
    /// Physical line where it starts, from 1; of a sheet its row.
    pub line: u64,
    /// Why it cannot be taken as it is. Cells may be missing then.
    pub problem: Option<RecordProblem>,
    /// It is the header again, as where two files were put together.
    pub repeats_header: bool,
    /// All cells, one after the other; those of CSV with one byte between them.
    pub(super) text: String,
    pub(super) cells: Cells,
}

/// What is wrong with the form of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordProblem {
    /// Stable, `snake_case`.
    pub code: &'static str,
    /// What the record does, e.g. `has 5 fields, the header has 3`.
    pub message: String,
    /// Where in the record's line, in characters from 1, where it is one place.
    pub column: Option<u64>,
}

/// What stands in one column of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// The record has no such key, or too few fields.
    Absent,
    /// JSON `null`; never in CSV.
    Null,
    /// CSV: the field. JSON: a string's text, a number as written, `true`, `false`, or the compact JSON of an array or object.
    Text(&'a str),
}

impl RecordProblem {
    pub(super) fn fields(code: &'static str, fields: usize, header: usize) -> Self {
        let plural = if fields == 1 { "" } else { "s" };
        Self { code, message: format!("has {fields} field{plural}, the header has {header}"), column: None }
    }
}

impl<'a> Cell<'a> {
    /// What [`Cell::Text`] holds.
    pub fn text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Absent | Self::Null => None,
        }
    }
}

/// What a program knows of a cell whose text it tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    #[default]
    Text,
    /// A number: its decimal mark is a point, and nothing groups its digits.
    Number,
    /// A day or a time, as ISO writes it.
    Date,
    /// A JSON object or array.
    Nested,
}

/// Where the cells lie in the text.
#[derive(Debug, Clone)]
pub(super) enum Cells {
    Fields(Fields),
    /// JSON members by column; none where the object lacks the key.
    Members(Vec<Option<Member>>),
    /// Cells of a sheet; `raw` keeps the formula guard.
    Sheet {
        members: Vec<Option<Member>>,
        raw: bool,
    },
}

#[derive(Debug, Clone, Default)]
pub(super) struct Fields {
    /// Where each field ends in the text; the next starts one byte behind.
    pub(super) ends: Vec<usize>,
    /// Columns of the header.
    pub(super) columns: usize,
    /// The field of each column, where the header leaves some without a name.
    pub(super) places: Option<Arc<[usize]>>,
    /// Keep the formula guard.
    pub(super) raw: bool,
    /// What is missing at the end is empty, not absent.
    pub(super) padded: bool,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Member {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) null: bool,
    pub(super) kind: Kind,
}

impl Default for Cells {
    fn default() -> Self {
        Self::Fields(Fields::default())
    }
}

impl Record {
    /// The cell of a column, counted from 0 in the order of the survey's header.
    pub fn cell(&self, column: usize) -> Cell<'_> {
        match &self.cells {
            Cells::Fields(fields) => {
                if column >= fields.columns {
                    return Cell::Absent;
                }
                let place = fields.places.as_ref().map_or(column, |places| places[column]);
                match self.field(place) {
                    Some(text) if fields.raw => Cell::Text(text),
                    Some(text) => Cell::Text(unguard(visible(text))),
                    None if fields.padded => Cell::Text(""),
                    None => Cell::Absent,
                }
            }
            Cells::Sheet { members, raw } => match members.get(column) {
                Some(Some(Member { start, end, .. })) if *raw => Cell::Text(&self.text[*start..*end]),
                Some(Some(Member { start, end, .. })) => Cell::Text(unguard(visible(&self.text[*start..*end]))),
                _ => Cell::Absent,
            },
            Cells::Members(members) => match members.get(column) {
                Some(Some(Member { null: true, .. })) => Cell::Null,
                Some(Some(Member { start, end, .. })) => Cell::Text(visible(&self.text[*start..*end])),
                Some(None) | None => Cell::Absent,
            },
        }
    }

    /// How many columns are known so far: all of them, except while a survey of a JSONL file still finds new keys.
    pub fn columns(&self) -> usize {
        match &self.cells {
            Cells::Fields(fields) => fields.columns,
            Cells::Members(members) | Cells::Sheet { members, .. } => members.len(),
        }
    }

    /// What is known of the cell of a column beside its text.
    pub(crate) fn kind(&self, column: usize) -> Kind {
        match &self.cells {
            Cells::Sheet { members, .. } | Cells::Members(members) => {
                members.get(column).copied().flatten().unwrap_or_default().kind
            }
            Cells::Fields(_) => Kind::Text,
        }
    }

    /// The cells of all columns, in order.
    pub fn cells(&self) -> impl Iterator<Item = Cell<'_>> {
        (0..self.columns()).map(|column| self.cell(column))
    }

    /// Whether no cell holds anything but spaces: what a spreadsheet leaves below its table.
    pub fn is_blank(&self) -> bool {
        self.cells().all(|cell| cell.text().is_none_or(|text| text.trim().is_empty()))
    }

    /// Fields of a CSV record.
    pub(super) fn fields(&self) -> usize {
        match &self.cells {
            Cells::Fields(fields) => fields.ends.len(),
            Cells::Members(_) | Cells::Sheet { .. } => 0,
        }
    }

    /// A field of a CSV record as it stands, by its place in the file.
    pub(super) fn field(&self, place: usize) -> Option<&str> {
        let Cells::Fields(Fields { ends, .. }) = &self.cells else { return None };
        let end = *ends.get(place)?;
        let start = if place == 0 { 0 } else { ends[place - 1] + 1 };
        self.text.get(start..end)
    }
}

/// As [`str::trim`], at once for a cell that plainly has nothing to trim: each cell of a file passes here several times.
pub(crate) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [b'!'..=b'~', .., b'!'..=b'~'] | [] => text,
        _ => text.trim(),
    }
}
