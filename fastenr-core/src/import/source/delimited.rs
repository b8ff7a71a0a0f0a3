//! CSV and its kin, record by record.

mod faults;

use crate::error::{Note, Setting};
use crate::say;
use std::{mem, str};

use memchr::{memchr, memchr_iter};

pub(crate) use self::faults::{BACKSLASHES, backslash_escapes};

use self::faults::line_of;
use super::decode::Text;
use super::dialect;
use super::header::{Header, Place};
use super::lines::{End, Lines};
use super::position::Position;
use super::preamble::{self, HeaderBelowTitles, HeaderPlace};
use super::quotes::{Cursor, QUOTE, Quoting, Step};
use super::record::{Cells, Fields, Record, RecordProblem};
use super::settings::{Options, ShortRows, delimiter_name};
use super::survey::Rows;
use super::{MAX_CELL, MAX_COLUMNS, MAX_RECORD};
use crate::{Error, Result};

const MARK: &[u8] = "\u{FEFF}".as_bytes();

/// The records of a delimited text after its header.
pub(super) struct Delimited {
    lines: Lines,
    header: Header,
    quoting: Quoting,
    /// Lines that a quoted cell swallows may look like rows.
    multiline: bool,
    guess: Option<Note>,
    /// What is to be said of the lines above the header.
    notes: Vec<Note>,
    /// Rows with too few fields are made as long as the header.
    pads: bool,
    padded: Rows,
    /// What begins a line that is no row, and how many there are.
    comment: Option<String>,
    comments: u64,
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
        let mut first = 1;
        if let Some(skip) = options.skip_lines {
            (text, first) = skipped(text, skip)?;
        }
        let whole = text.ended();
        let mut dialect = dialect::detect(text.fill()?, whole, options, usual);
        let mut at = Position::line(first);
        at.advance_line(&text.fill()?[..dialect.skip]);
        text.consume(dialect.skip);
        let mut notes = Vec::new();
        let head = text.fill()?;
        let titled = match options.skip_lines {
            Some(_) => None,
            None => preamble::titled(head, whole, &dialect::quotings(&dialect, options), options.comment.as_deref()),
        };
        let mut two = None;
        if let Some(HeaderBelowTitles { delimiter, mut lines, found }) = titled {
            let before = at.number() - 1;
            lines.iter_mut().for_each(|line| line.number += before);
            match found {
                HeaderPlace::At(header) => {
                    let start = lines[header].start;
                    if delimiter != dialect.delimiter {
                        dialect.delimiter = delimiter;
                        let name = delimiter_name(delimiter);
                        dialect.guess =
                            (delimiter != usual.unwrap_or(b',')).then(|| format!("{name}-separated").into());
                    }
                    at.advance_line(&head[..start]);
                    text.consume(start);
                    notes.push(preamble::told(&lines[header], "line"));
                }
                HeaderPlace::Two(other) => two = Some(preamble::two(&lines, other, "line")),
                HeaderPlace::First => {}
            }
        }
        let mut delimited = Self {
            lines: Lines::new(text, at.number()),
            header: Header::default(),
            quoting: Quoting { delimiter: dialect.delimiter, escape: options.quote_escape.unwrap_or_default() },
            multiline: options.multiline,
            pads: options.short_rows == ShortRows::Pad,
            padded: Rows::default(),
            comment: options.comment.clone(),
            comments: 0,
            guess: dialect.guess,
            notes,
            raw: options.raw,
            written: Vec::new(),
            number: 0,
            short: None,
            spanned: None,
        };
        if let Some((message, hint)) = two {
            let message = format!("{}: {message}", delimited.name());
            return Err(Error::invalid("header_two", message).hint(hint));
        }
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
        let place = Place { file: delimited.name(), sheet: None, line: record.line };
        delimited.header = Header::new(&place, options.raw, fields)?;
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

    /// What is to be said of the form, once the text is read through.
    pub(super) fn notes(&self) -> Vec<Note> {
        let mut notes: Vec<Note> = self.guess.iter().chain(&self.notes).cloned().collect();
        notes.extend(preamble::comments_told(self.comments, self.comment.as_deref()).map(Note::from));
        if self.padded.count > 0 {
            let what = self.padded.told("has fewer fields than the header", "have fewer fields than the header");
            notes.push(format!("{what}: what is missing was read as empty").into());
        }
        notes
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
            fields.padded = self.pads;
            if fields.places.is_none() {
                fields.places.clone_from(&self.header.places);
            }
        }
        let place = Place { file: self.name(), sheet: None, line: record.line };
        record.repeats_header = self.header.is_repeated_by(record, &place)?;
        Ok(true)
    }

    /// Holds the record against the header.
    fn check(&mut self, record: &mut Record) -> Result<()> {
        let Header { width, required, .. } = self.header;
        let fields = record.fields();
        let filled = |place| record.field(place).is_some_and(|text| !text.trim().is_empty());
        if let Some(place) = self.header.unnamed.iter().copied().find(|&place| filled(place)) {
            let message = format!(
                "{}, line {}: column {} has data but no name in line {}",
                self.name(),
                record.line,
                place + 1,
                self.header.line
            );
            return Err(Error::invalid("header_unnamed", message)
                .hint("name it in the header or remove it")
                .hint(say!("{} skips the lines above the header", Setting::SkipLines.like("N"))));
        }
        let is_short = fields < required;
        if is_short && self.pads {
            self.padded.add(record.number);
        }
        record.problem = if is_short && !self.pads {
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
            _ => Fields::default(),
        };
        let mut text = mem::take(&mut record.text).into_bytes();
        let end = loop {
            text.clear();
            record.line = self.lines.next();
            let Some(end) = self.lines.read(&mut text)? else { return Ok(false) };
            if let Some(comment) = &self.comment
                && text.starts_with(comment.as_bytes())
            {
                self.comments += 1;
                continue;
            }
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

/// The text behind so many physical lines, and the number of the next.
fn skipped(text: Text, skip: u64) -> Result<(Text, u64)> {
    let mut lines = Lines::new(text, 1);
    let mut line = Vec::new();
    for _ in 0..skip {
        line.clear();
        if lines.read(&mut line)?.is_none() {
            let message = format!("{} has fewer than the {skip} lines to skip", lines.text().source().name());
            let hint = say!("leave {} out, or give the number of lines above the header", Setting::SkipLines);
            return Err(Error::invalid("skip_lines", message).hint(hint));
        }
    }
    let next = lines.next();
    let mut text = lines.into_text();
    // What is ready of the block may be all used up.
    text.fill()?;
    Ok((text, next))
}

/// A line of nothing but spaces.
fn blank(record: &Record) -> bool {
    record.fields() == 1 && record.field(0).is_some_and(|text| !text.is_empty() && text.trim().is_empty())
}
