//! The rows of a sheet, as [`super::workbook`] has written them down.

use crate::error::{Note, Setting};
use crate::say;
use std::collections::VecDeque;
use std::io::{self, BufReader, Read};

use super::file::Source;
use super::header::{Header, Place};
use super::preamble::{self, HeaderPlace, Line};
use super::record::{Cells, Kind, Member, Record};
use super::settings::Options;
use crate::{Error, Result};

/// A sheet of a workbook, beside its rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) merged: Vec<Area>,
    /// Rows that have content and that the program does not show.
    pub(super) hidden_rows: u64,
    /// The first formula without a value, and how many there are.
    pub(super) unvalued: Option<(u32, u32)>,
    pub(super) unvalued_count: u64,
    /// What is to be said of the choice of the sheet.
    pub(super) notes: Vec<Note>,
}

/// Cells that are merged; rows and columns from 0, both ends are in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub(super) from: (u32, u32),
    pub(super) to: (u32, u32),
}

/// What stands before the cells of a row.
pub(super) struct RowHead {
    pub(super) row: u32,
    pub(super) cells: u32,
    pub(super) text: u32,
}

impl RowHead {
    pub(super) const BYTES: usize = 12;

    pub(super) fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..4].copy_from_slice(&self.row.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.cells.to_le_bytes());
        bytes[8..].copy_from_slice(&self.text.to_le_bytes());
        bytes
    }

    fn of(bytes: [u8; Self::BYTES]) -> Self {
        Self { row: number(&bytes[..4]), cells: number(&bytes[4..8]), text: number(&bytes[8..]) }
    }
}

/// What is known of a cell beside its text.
#[derive(Debug, Clone, Copy)]
pub(super) struct CellHead {
    pub(super) column: u32,
    pub(super) kind: Kind,
    pub(super) length: u32,
}

impl CellHead {
    pub(super) const BYTES: usize = 9;

    pub(super) fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..4].copy_from_slice(&self.column.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.length.to_le_bytes());
        bytes[8] = match self.kind {
            // A sheet has no objects.
            Kind::Text | Kind::Nested => 0,
            Kind::Number => 1,
            Kind::Date => 2,
        };
        bytes
    }

    fn of(bytes: &[u8]) -> Self {
        let kind = match bytes[8] {
            1 => Kind::Number,
            2 => Kind::Date,
            _ => Kind::Text,
        };
        Self { column: number(&bytes[..4]), kind, length: number(&bytes[4..8]) }
    }
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

/// A row as it was written down.
#[derive(Debug, Default)]
struct Row {
    row: u32,
    cells: Vec<CellHead>,
    text: String,
}

impl Row {
    /// Column and text of each cell.
    fn texts(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut start = 0;
        self.cells.iter().map(move |cell| {
            let end = start + cell.length as usize;
            let text = self.text.get(start..end).unwrap_or_default();
            start = end;
            (cell.column as usize, text)
        })
    }
}

/// Bytes of rows that are read to find the header; a row may have many.
const SAMPLE_BYTES: usize = 8 << 20;

/// The rows of a sheet after its header.
pub(super) struct SheetRows {
    source: Source,
    input: BufReader<Box<dyn Read + Send>>,
    header: Header,
    /// Rows that were read to find the header.
    ahead: VecDeque<Row>,
    /// The column of each place.
    columns: Vec<Option<usize>>,
    comment: Option<String>,
    comments: u64,
    raw: bool,
    row: Row,
    heads: Vec<u8>,
    notes: Vec<Note>,
}

impl SheetRows {
    pub(super) fn open(source: &Source, sheet: &Sheet, options: &Options) -> Result<Self> {
        let mut rows = Self {
            input: BufReader::with_capacity(1 << 18, source.input()),
            source: source.clone(),
            header: Header::default(),
            ahead: VecDeque::new(),
            columns: Vec::new(),
            comment: options.comment.clone(),
            comments: 0,
            raw: options.raw,
            row: Row::default(),
            heads: Vec::new(),
            notes: sheet.notes.clone(),
        };
        let skip = options.skip_lines.unwrap_or(0);
        let mut bytes = 0;
        while rows.ahead.len() < preamble::SAMPLE && bytes < SAMPLE_BYTES {
            let mut row = Row::default();
            if !rows.read(&mut row)? {
                break;
            }
            if u64::from(row.row) >= skip {
                bytes += row.text.len();
                rows.ahead.push_back(row);
            }
        }
        let name = &sheet.name;
        if rows.ahead.is_empty() {
            let message = format!("{}: the sheet {name:?} is empty: it has not even a header", source.name());
            return Err(Error::invalid("source_empty", message).hint("name another sheet, or export the file again"));
        }
        let lines: Vec<Line> =
            rows.ahead.iter().map(|row| Line::of_cells(u64::from(row.row) + 1, row.texts())).collect();
        let found = if options.skip_lines.is_none() { preamble::header_at(&lines) } else { HeaderPlace::First };
        match found {
            HeaderPlace::First => {}
            HeaderPlace::At(at) => {
                rows.notes.push(preamble::told(&lines[at], "row"));
                rows.ahead.drain(..at);
            }
            HeaderPlace::Two(at) => {
                let (message, hint) = preamble::two(&lines, at, "row");
                let message = format!("{}, sheet {name:?}: {message}", source.name());
                return Err(Error::invalid("header_two", message).hint(hint));
            }
        }
        let Some(row) = rows.ahead.pop_front() else { return Err(source.empty()) };
        let mut fields = Vec::new();
        for (place, text) in row.texts() {
            fields.resize(place, "");
            fields.push(text);
        }
        let line = u64::from(row.row) + 1;
        let place = Place { file: source.name(), sheet: Some(name), line };
        rows.header = Header::new(&place, options.raw, fields.iter().copied())?;
        rows.columns = vec![None; rows.header.width];
        for column in 0..rows.header.names.len() {
            let place = rows.header.places.as_ref().map_or(column, |places| places[column]);
            rows.columns[place] = Some(column);
        }
        rows.check(sheet, row.row, &lines)?;
        Ok(rows)
    }

    /// Whether the cells are what they seem to be: a merged cell stands for all of its area, and a formula for its value.
    fn check(&self, sheet: &Sheet, header: u32, lines: &[Line]) -> Result<()> {
        let refuse = |code, row: u32, what: &str| {
            Error::invalid(code, format!("{}, sheet {:?}, row {}: {what}", self.source.name(), sheet.name, row + 1))
        };
        if let Some((row, column)) = sheet.unvalued.filter(|(row, _)| *row >= header) {
            let others = match sheet.unvalued_count {
                1 => String::new(),
                count => format!(", and so have {} more", count - 1),
            };
            let what = format!("the formula in {}{} has no value in the file{others}", letters(column), row + 1);
            return Err(refuse("formula_unvalued", row, &what)
                .hint("open the file in a spreadsheet program and save it there: that calculates its formulas"));
        }
        let width = u32::try_from(self.header.width).unwrap_or(u32::MAX);
        let areas = || sheet.merged.iter().filter(|area| area.from.1 < width);
        let within = |area: &Area| format!("{}:{}", cell_name(area.from), cell_name(area.to));
        if let Some(area) = areas().find(|area| (area.from.0..=area.to.0).contains(&header)) {
            let what = format!("the header has merged cells, {}", within(area));
            let next = lines.iter().find(|line| line.number > u64::from(area.to.0) + 1 && line.is_header_like());
            let refusal = refuse("header_merged", header, &what);
            return Err(match next {
                Some(next) if area.from.1 < area.to.1 => {
                    let skip = Setting::SkipLines.is(next.number - 1);
                    refusal.hint("each column needs a name of its own").hint(say!(
                        "if row {} is the header: {}",
                        next.number,
                        skip
                    ))
                }
                _ => refusal.hint("unmerge them: each column needs a name of its own, in one row"),
            });
        }
        // What lies side by side is left empty; what lies one below the other says that the rows share a value.
        if let Some(area) = areas().find(|area| area.from.0 > header && area.from.0 < area.to.0) {
            let what = format!("the cells {} are merged: only the first row of them has the value", within(area));
            return Err(refuse("cells_merged", area.from.0, &what)
                .hint("unmerge them and give each row its value, in a spreadsheet program"));
        }
        Ok(())
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// What is to be said of the sheet, once it is read through.
    pub(super) fn notes(&self) -> Vec<Note> {
        let mut notes = self.notes.clone();
        notes.extend(preamble::comments_told(self.comments, self.comment.as_deref()).map(Note::from));
        notes
    }

    /// Reads the next row with content; false at the end.
    pub(super) fn next(&mut self, record: &mut Record) -> Result<bool> {
        let mut row = std::mem::take(&mut self.row);
        loop {
            match self.ahead.pop_front() {
                Some(ahead) => row = ahead,
                None if !self.read(&mut row)? => return Ok(false),
                None => {}
            }
            let begins =
                |comment: &String| row.texts().next().is_some_and(|(_, text)| text.starts_with(comment.as_str()));
            if !self.comment.as_ref().is_some_and(begins) {
                break;
            }
            self.comments += 1;
        }
        let mut members = match std::mem::take(&mut record.cells) {
            Cells::Sheet { members, .. } => members,
            _ => Vec::new(),
        };
        members.clear();
        // What is empty in a sheet is an empty cell, not an absent one.
        members.resize(self.header.names.len(), Some(Member::default()));
        let mut start = 0;
        for head in &row.cells {
            let end = start + head.length as usize;
            match self.columns.get(head.column as usize) {
                Some(Some(column)) => members[*column] = Some(Member { start, end, null: false, kind: head.kind }),
                _ => return Err(self.unnamed(&row, head.column)),
            }
            start = end;
        }
        record.number = u64::from(row.row) + 1;
        record.line = record.number;
        record.problem = None;
        // The two texts change places, so that none is made anew.
        std::mem::swap(&mut record.text, &mut row.text);
        record.cells = Cells::Sheet { members, raw: self.raw };
        self.row = row;
        let place = Place { file: self.source.name(), sheet: self.source.sheet_name(), line: record.line };
        record.repeats_header = self.header.is_repeated_by(record, &place)?;
        Ok(true)
    }

    fn unnamed(&self, row: &Row, column: u32) -> Error {
        let sheet = self.source.sheet_name().unwrap_or_default();
        let message = format!(
            "{}, sheet {sheet:?}, row {}: column {} has data but no name in row {}",
            self.source.name(),
            row.row + 1,
            letters(column),
            self.header.line
        );
        Error::invalid("header_unnamed", message)
            .hint("name it in the header or remove it")
            .hint(say!("{} skips the rows above the header", Setting::SkipLines.like("N")))
    }

    /// Reads a row as it was written down; false at the end.
    fn read(&mut self, row: &mut Row) -> Result<bool> {
        let mut head = [0; RowHead::BYTES];
        let fault = |source: &Source, error| source.read_error(error);
        match self.input.read_exact(&mut head) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(fault(&self.source, error)),
        }
        let RowHead { row: number, cells, text } = RowHead::of(head);
        self.heads.resize(cells as usize * CellHead::BYTES, 0);
        self.input.read_exact(&mut self.heads).map_err(|error| fault(&self.source, error))?;
        row.row = number;
        row.cells.clear();
        row.cells.extend(self.heads.chunks_exact(CellHead::BYTES).map(CellHead::of));
        let mut bytes = std::mem::take(&mut row.text).into_bytes();
        bytes.resize(text as usize, 0);
        self.input.read_exact(&mut bytes).map_err(|error| fault(&self.source, error))?;
        row.text = String::from_utf8(bytes).map_err(|error| {
            Error::io(format!("reading {}", self.source.name()), io::Error::new(io::ErrorKind::InvalidData, error))
        })?;
        Ok(true)
    }
}

/// `A`, `Z`, `AA`: a column by its number from 0.
pub(super) fn letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = u64::from(column) + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

fn cell_name((row, column): (u32, u32)) -> String {
    format!("{}{}", letters(column), row + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_by_letters() {
        for (column, name) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")] {
            assert_eq!(letters(column), name);
        }
    }
}
