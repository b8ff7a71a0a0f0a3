//! CSV and its kin, record by record.

mod faults;

use std::{mem, str};

use memchr::{memchr, memchr_iter};

use self::faults::line_of;
use super::decode::Text;
use super::dialect::{self, Dialect};
use super::header::Header;
use super::lines::{End, Lines};
use super::position::Position;
use super::quotes::{Cursor, QUOTE, Quoting, Step};
use super::record::{Cells, Fields, Record, RecordProblem};
use super::settings::Options;
use super::{MAX_CELL, MAX_COLUMNS, MAX_RECORD, is_blank};
use crate::{Error, Result};

const MARK: &[u8] = "\u{FEFF}".as_bytes();

/// The records of a delimited text after its header.
pub(super) struct Delimited {
    lines: Lines,
    header: Header,
    quoting: Quoting,
    /// Lines that a quoted cell swallows may look like rows.
    multiline: bool,
    guess: Option<String>,
    raw: bool,
    /// The lines of a record that has quotes, as they stand.
    written: Vec<u8>,
    number: u64,
    /// The line of the record before, if it has too few fields.
    short: Option<u64>,
    /// The line where the record before starts, if it spans lines.
    spanned: Option<u64>,
}

impl Delimited {
    /// Settles the delimiter and reads the header. `usual` is the delimiter that the name of the file promises.
    pub(super) fn open(mut text: Text, options: &Options, usual: Option<u8>) -> Result<Self> {
        let whole = text.ended();
        let Dialect { delimiter, skip, guess } = dialect::detect(text.fill()?, whole, options, usual);
        let mut at = Position::START;
        at.advance_line(&text.fill()?[..skip]);
        text.consume(skip);
        let mut delimited = Self {
            lines: Lines::new(text, at.number()),
            header: Header::default(),
            quoting: Quoting { delimiter, escape: options.quote_escape.unwrap_or_default() },
            multiline: options.multiline,
            guess,
            raw: options.raw,
            written: Vec::new(),
            number: 0,
            short: None,
            spanned: None,
        };
        let mut record = Record::default();
        loop {
            if !delimited.read(&mut record)? {
                return Err(delimited.text().source().empty());
            }
            if !blank(&record) {
                break;
            }
        }
        let fields = (0..record.fields()).filter_map(|place| record.field(place));
        delimited.header = Header::new(delimited.name(), record.line, options.raw, fields)?;
        Ok(delimited)
    }

    pub(super) const fn text(&self) -> &Text {
        self.lines.text()
    }

    pub(super) const fn header(&self) -> &Header {
        &self.header
    }

    pub(super) const fn delimiter(&self) -> u8 {
        self.quoting.delimiter
    }

    /// The sentence about the delimiter.
    pub(super) fn guess(&self) -> Option<&str> {
        self.guess.as_deref()
    }

    /// Reads the next data row; false at the end.
    pub(super) fn next(&mut self, record: &mut Record) -> Result<bool> {
        loop {
            if !self.read(record)? {
                return Ok(false);
            }
            if self.header.required == 1 || !blank(record) {
                break;
            }
        }
        self.number += 1;
        record.number = self.number;
        match record.problem {
            None => self.check(record)?,
            Some(_) => self.short = None,
        }
        if let Cells::Fields(fields) = &mut record.cells {
            fields.columns = self.header.names.len();
            fields.raw = self.raw;
            if fields.places.is_none() {
                fields.places.clone_from(&self.header.places);
            }
        }
        record.repeats_header = self.repeats_header(record)?;
        Ok(true)
    }

    /// Whether the record is the header again. If it has the same names in other places, the rows behind it would be taken for
    /// what they are not.
    fn repeats_header(&self, record: &Record) -> Result<bool> {
        let names = &self.header.names;
        let named = |column: usize, name: &String| {
            record.cell(column).text().is_some_and(|text| {
                text.len() >= name.len() && text.trim().trim_matches(is_blank).eq_ignore_ascii_case(name)
            })
        };
        // Hardly any record gets further.
        if !names.iter().any(|name| named(0, name)) {
            return Ok(false);
        }
        if names.iter().enumerate().all(|(column, name)| named(column, name)) {
            return Ok(true);
        }
        let are_names = (0..names.len()).filter(|&column| names.iter().any(|name| named(column, name))).count();
        if are_names < 2 || 2 * are_names < names.len() {
            return Ok(false);
        }
        let message =
            format!("{}, line {}: another header, whose columns are not those of the first", self.name(), record.line);
        Err(Error::invalid("header_changes", message).hint("split the file there, and import both parts"))
    }

    /// Holds the record against the header.
    fn check(&mut self, record: &mut Record) -> Result<()> {
        let Header { width, required, .. } = self.header;
        let fields = record.fields();
        let filled = |place| record.field(place).is_some_and(|text| !text.trim().is_empty());
        if let Some(place) = self.header.unnamed.iter().copied().find(|&place| filled(place)) {
            let message = format!("{}, line {}: column {} has data but no name", self.name(), record.line, place + 1);
            return Err(Error::invalid("header_unnamed", message).hint("name it in the header or remove it"));
        }
        record.problem = if fields < required {
            Some(RecordProblem::fields("fields_few", fields, required))
        } else if (width..fields).any(filled) {
            Some(RecordProblem::fields("fields_many", fields, width))
        } else {
            None
        };
        self.short = (fields < required).then_some(record.line);
        Ok(())
    }

    /// Reads a record that is not an empty line; false at the end.
    fn read(&mut self, record: &mut Record) -> Result<bool> {
        let mut fields = match mem::take(&mut record.cells) {
            Cells::Fields(fields) => fields,
            Cells::Members(_) => Fields::default(),
        };
        let mut text = mem::take(&mut record.text).into_bytes();
        let end = loop {
            text.clear();
            record.line = self.lines.next();
            let Some(end) = self.lines.read(&mut text)? else { return Ok(false) };
            while text.starts_with(MARK) {
                text.drain(..MARK.len());
            }
            if !text.is_empty() {
                break end;
            }
        };
        fields.ends.clear();
        record.problem = None;
        if memchr(QUOTE, &text).is_some() {
            mem::swap(&mut text, &mut self.written);
            text.clear();
            record.problem = self.quoted(end, record.line, &mut text, &mut fields.ends)?;
        } else {
            fields.ends.extend(memchr_iter(self.quoting.delimiter, &text));
            fields.ends.push(text.len());
            // A piece of a row may still be the rest of the one before.
            if fields.ends.len() >= self.header.required {
                self.spanned = None;
            }
        }
        if text.len() > MAX_CELL || fields.ends.len() > 2 * MAX_COLUMNS {
            self.check_size(record.line, &text, &fields.ends)?;
        }
        record.text = String::from_utf8(text).map_err(|error| {
            // The text is UTF-8 and is only cut at ASCII characters.
            Error::invalid("encoding", format!("{}, line {}: not UTF-8", self.name(), record.line)).because(error)
        })?;
        record.cells = Cells::Fields(fields);
        Ok(true)
    }

    /// Reads a record that has quotes, of which the first line is `written`: its cells, or what is wrong with it.
    fn quoted(
        &mut self,
        mut end: End,
        first: u64,
        cells: &mut Vec<u8>,
        ends: &mut Vec<usize>,
    ) -> Result<Option<RecordProblem>> {
        let mut cursor = Cursor::new();
        // Where each line after the first starts, and the cell that it continues.
        let mut swallowed: Vec<(usize, usize)> = Vec::new();
        let mut written = mem::take(&mut self.written);
        loop {
            match cursor.step(self.quoting, &written, cells, ends) {
                Step::Done => break,
                Step::Open => {}
                Step::Broken(fault, at) => {
                    let (problem, pieces) = self.broken(fault, at, first, &written, ends.len(), cursor.opened())?;
                    // The cells as they stand, for the rejects file.
                    cells.clear();
                    cells.extend_from_slice(&written);
                    *ends = pieces;
                    self.written = written;
                    return Ok(Some(problem));
                }
            }
            let opened = cursor.opened().unwrap_or_default();
            if cells.len() - ends.last().map_or(0, |end| end + 1) > MAX_CELL || cells.len() > MAX_RECORD {
                return Err(self.too_long(line_of(&written, opened, first), cells, ends));
            }
            written.extend_from_slice(end.bytes());
            cells.extend_from_slice(end.bytes());
            swallowed.push((written.len(), opened));
            let before = written.len();
            end = match self.lines.read(&mut written)? {
                Some(end) => end,
                None => return Err(self.unclosed(&written[..before], opened, first, ends.len())),
            };
            cursor.skip(before);
        }
        let spanned = (!swallowed.is_empty() && !self.multiline).then_some(first);
        if spanned.is_some() {
            self.check_swallowed(&written, &swallowed, first, ends.len(), cursor.throughout)?;
        }
        let before = mem::replace(&mut self.spanned, spanned);
        if let (Some(at), Some(spanned)) = (cursor.stray, spanned.or(before)) {
            return Err(self.cut(at, &written, first, spanned));
        }
        let tail = cursor.stray.filter(|_| self.short.is_some() || cursor.backslash_closed);
        let problem = tail.map(|at| self.stray(at, &written, cursor.backslash_closed));
        self.written = written;
        Ok(problem)
    }

    fn name(&self) -> &str {
        self.text().source().name()
    }
}

/// A line of nothing but spaces.
fn blank(record: &Record) -> bool {
    record.fields() == 1 && record.field(0).is_some_and(|text| !text.is_empty() && text.trim().is_empty())
}
