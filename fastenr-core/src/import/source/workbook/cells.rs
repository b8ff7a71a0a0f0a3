//! What the cells of a sheet say, gathered row by row and written where they can be read again: rows without content cost nothing.

use std::fs::File;
use std::io::{BufWriter, Write};

use super::format::NumberFormat;
use super::{MAX_ROWS, damaged, too_large};
use crate::import::format::DateSystem;
use crate::import::source::file::Source;
use crate::import::source::record::Kind;
use crate::import::source::sheet::{Area, CellHead, RowHead, Sheet};
use crate::import::source::{MAX_CELL, MAX_COLUMNS, MAX_RECORD};
use crate::spool::spooling;
use crate::{Error, Result};

/// As many merged cells are kept; more are no table.
const MOST_AREAS: usize = 100_000;

/// The value of a cell, as its kind of workbook has it.
pub(super) enum Value<'v> {
    Text(&'v str),
    Number(f64, &'v NumberFormat, DateSystem),
    Boolean(bool),
    Error(&'v str),
    /// A day or a time as ISO 8601 writes it.
    Moment(&'v str),
    /// A number as it is to be read.
    Shown(&'v str, Kind),
}

/// Takes the cells of one sheet in the order of its rows.
pub(super) struct Cells<'w> {
    /// None where it is only asked whether there is any.
    writer: Option<&'w mut Writer>,
    found: bool,
}

impl<'w> Cells<'w> {
    pub(super) const fn of(writer: &'w mut Writer) -> Self {
        Self { writer: Some(writer), found: false }
    }

    /// Reads no further than to the first cell with content.
    pub(super) const fn probe() -> Self {
        Self { writer: None, found: false }
    }

    pub(super) const fn found(&self) -> bool {
        self.found
    }

    /// Whether nothing more is wanted.
    pub(super) const fn is_done(&self) -> bool {
        self.found && self.writer.is_none()
    }

    /// Row and column count from 0.
    pub(super) fn cell(&mut self, source: &Source, row: u32, column: u32, value: Value<'_>) -> Result<()> {
        if let Value::Text(text) | Value::Error(text) | Value::Moment(text) | Value::Shown(text, _) = &value
            && text.trim().is_empty()
        {
            return Ok(());
        }
        if let Value::Number(number, ..) = &value
            && !number.is_finite()
        {
            return Err(damaged(
                source,
                &format!("a cell of row {} holds a number that is none", row.saturating_add(1)),
            ));
        }
        self.found = true;
        match &mut self.writer {
            Some(writer) => writer.cell(source, row, column, value),
            None => Ok(()),
        }
    }

    /// Formulas whose values the file does not have: the first of them, and how many they are.
    pub(super) fn unvalued(&mut self, source: &Source, (row, column): (u32, u32), count: u64) -> Result<()> {
        check_row(source, row)?;
        self.found = true;
        if let Some(writer) = &mut self.writer {
            writer.sheet.unvalued.get_or_insert((row, column));
            writer.sheet.unvalued_count = writer.sheet.unvalued_count.saturating_add(count);
        }
        Ok(())
    }

    /// Said before the cells of the row.
    pub(super) fn hidden_row(&mut self, row: u32) {
        if let Some(writer) = &mut self.writer {
            writer.hidden = Some(row);
        }
    }

    /// Cells that are merged into the first of them, both ends as row and column.
    pub(super) fn merge(&mut self, from: (u32, u32), to: (u32, u32)) -> Result<()> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let areas = &mut writer.sheet.merged;
        if areas.len() == MOST_AREAS {
            return Err(too_large(&writer.source, &format!("{MOST_AREAS} merged cells")));
        }
        areas.push(Area { from, to });
        Ok(())
    }
}

/// Rows count from 0.
fn check_row(source: &Source, row: u32) -> Result<()> {
    if row < MAX_ROWS { Ok(()) } else { Err(too_large(source, &format!("{MAX_ROWS} rows,"))) }
}

/// Writes rows into a temporary file.
pub(super) struct Writer {
    source: Source,
    sheet: Sheet,
    file: BufWriter<File>,
    bytes: u64,
    /// The row at hand: its cells, and their text one after the other.
    row: u32,
    heads: Vec<CellHead>,
    text: String,
    hidden: Option<u32>,
}

impl Writer {
    pub(super) fn new(source: &Source, sheet: Sheet) -> Result<Self> {
        let file = tempfile::tempfile().map_err(|error| Error::io(spooling(source.name()), error))?;
        Ok(Self {
            source: source.clone(),
            sheet,
            file: BufWriter::with_capacity(1 << 18, file),
            bytes: 0,
            row: 0,
            heads: Vec::new(),
            text: String::new(),
            hidden: None,
        })
    }

    fn cell(&mut self, source: &Source, row: u32, column: u32, value: Value<'_>) -> Result<()> {
        check_row(source, row)?;
        if row != self.row {
            if row < self.row && !self.heads.is_empty() {
                return Err(damaged(source, &format!("row {} stands behind row {}", row + 1, self.row + 1)));
            }
            self.end_row()?;
            self.row = row;
        }
        if column as usize >= MAX_COLUMNS {
            return Err(too_large(source, &format!("{MAX_COLUMNS} columns")));
        }
        if self.heads.last().is_some_and(|last| last.column >= column) {
            return Err(damaged(source, &format!("the cells of row {} are in no order", row + 1)));
        }
        let start = self.text.len();
        let kind = self.append(value);
        let length = self.text.len() - start;
        if self.text[start..].contains('\0') {
            return Err(damaged(source, &format!("a cell of row {} holds the character U+0000", row + 1)));
        }
        if length > MAX_CELL || self.text.len() > MAX_RECORD {
            return Err(too_large(source, "1 MiB in a cell, or 16 MiB in a row,"));
        }
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        self.heads.push(CellHead { column, kind, length });
        Ok(())
    }

    fn append(&mut self, value: Value<'_>) -> Kind {
        match value {
            Value::Text(text) => {
                self.text.push_str(text);
                Kind::Text
            }
            Value::Error(text) => {
                self.text.push_str(text);
                Kind::Text
            }
            Value::Boolean(value) => {
                self.text.push_str(if value { "TRUE" } else { "FALSE" });
                Kind::Text
            }
            Value::Moment(text) => {
                self.text.push_str(&text.replacen('T', " ", 1));
                Kind::Date
            }
            Value::Number(number, format, system) => format.write(number, system, &mut self.text),
            Value::Shown(text, kind) => {
                self.text.push_str(text);
                kind
            }
        }
    }

    /// Writes the row at hand.
    fn end_row(&mut self) -> Result<()> {
        if self.heads.is_empty() {
            return Ok(());
        }
        self.sheet.hidden_rows += u64::from(self.hidden == Some(self.row));
        let cells = u32::try_from(self.heads.len()).unwrap_or(u32::MAX);
        let text = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let doing = |error| Error::io(spooling(self.source.name()), error);
        self.file.write_all(&RowHead { row: self.row, cells, text }.to_bytes()).map_err(doing)?;
        for head in &self.heads {
            self.file.write_all(&head.to_bytes()).map_err(doing)?;
        }
        self.file.write_all(self.text.as_bytes()).map_err(doing)?;
        self.bytes += (RowHead::BYTES + self.heads.len() * CellHead::BYTES + self.text.len()) as u64;
        if self.bytes > super::MAX_EXPANDED.min(self.source.most()) {
            let most = super::MAX_EXPANDED.min(self.source.most());
            return Err(too_large(&self.source, &format!("{} MiB of cells", most >> 20)));
        }
        self.heads.clear();
        self.text.clear();
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<Source> {
        self.end_row()?;
        let doing = |error| Error::io(spooling(self.source.name()), error);
        let file = self.file.into_inner().map_err(|error| doing(error.into_error()))?;
        self.source.of_sheet(file, self.bytes, self.sheet)
    }
}
