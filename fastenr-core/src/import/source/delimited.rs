//! CSV and its kin, record by record.

use std::{mem, str};

use csv_core::{ReadRecordResult, Reader};

use super::decode::Text;
use super::dialect::{self, Dialect};
use super::header::Header;
use super::position::Position;
use super::record::{Cells, Fields, Record, RecordProblem};
use super::settings::Options;
use super::{MAX_CELL, MAX_COLUMNS, MAX_RECORD};
use crate::{Error, Result};

/// The records of a delimited text after its header.
pub(super) struct Delimited {
    text: Text,
    parser: Reader,
    /// Where the parser stands; only the line is kept.
    at: Position,
    header: Header,
    delimiter: u8,
    guess: Option<String>,
    raw: bool,
    /// The parser's output; longer than what it holds.
    buffer: Vec<u8>,
    number: u64,
}

impl Delimited {
    /// Settles the delimiter and reads the header. `usual` is the delimiter that the name of the file promises.
    pub(super) fn open(mut text: Text, options: &Options, usual: Option<u8>) -> Result<Self> {
        let whole = text.ended();
        let Dialect { delimiter, skip, guess } = dialect::detect(text.fill()?, whole, options.delimiter, usual);
        let mut at = Position::START;
        at.advance_line(&text.fill()?[..skip]);
        text.consume(skip);
        let mut delimited = Self {
            text,
            parser: dialect::reader(delimiter),
            at,
            header: Header::default(),
            delimiter,
            guess,
            raw: options.raw,
            buffer: vec![0; 1 << 12],
            number: 0,
        };
        let mut record = Record::default();
        loop {
            if !delimited.read(&mut record)? {
                return Err(delimited.text.source().empty());
            }
            if !blank(&record) {
                break;
            }
        }
        let fields = (0..record.fields()).filter_map(|place| record.field(place));
        delimited.header = Header::new(delimited.text.source().name(), record.line, options.raw, fields)?;
        Ok(delimited)
    }

    pub(super) fn text(&self) -> &Text {
        &self.text
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    pub(super) fn delimiter(&self) -> u8 {
        self.delimiter
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
        self.check(record)?;
        if let Cells::Fields(fields) = &mut record.cells {
            fields.columns = self.header.names.len();
            fields.raw = self.raw;
            if fields.places.is_none() {
                fields.places.clone_from(&self.header.places);
            }
        }
        Ok(true)
    }

    /// Holds the record against the header.
    fn check(&self, record: &mut Record) -> Result<()> {
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
        Ok(())
    }

    /// Reads a record that is not an empty line; false at the end.
    fn read(&mut self, record: &mut Record) -> Result<bool> {
        loop {
            let input = self.text.fill()?;
            let ends = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            let (rest, end) = (input.len() - ends, input.is_empty());
            self.at.advance_line(&input[..ends]);
            self.text.consume(ends);
            if end {
                return Ok(false);
            }
            if rest > 0 {
                break;
            }
        }
        record.line = self.at.line;
        let mut fields = match mem::take(&mut record.cells) {
            Cells::Fields(fields) => fields,
            Cells::Members(_) => Fields::default(),
        };
        if fields.ends.is_empty() {
            fields.ends.resize(64, 0);
        }
        fields.count = 0;
        let mut length = 0;
        loop {
            let input = self.text.fill()?;
            let end = input.is_empty();
            // A line end makes the last line of a file a record, unless it stands in quotes.
            let input = if end { b"\n" } else { input };
            let (result, read, written, ended) =
                self.parser.read_record(input, &mut self.buffer[length..], &mut fields.ends[fields.count..]);
            if !end {
                // One byte after each field and none more: there is no quote, so no line end but the last.
                let plain = length == 0 && read == written + ended;
                match (&result, input[..read].last()) {
                    (ReadRecordResult::Record, Some(&last)) if plain => self.at.advance_one_line(last),
                    _ => self.at.advance_line(&input[..read]),
                }
                self.text.consume(read);
            }
            length += written;
            fields.count += ended;
            match result {
                ReadRecordResult::Record => break,
                ReadRecordResult::InputEmpty if end => return Err(self.unclosed(record.line, &fields)),
                ReadRecordResult::End => return Ok(false),
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.buffer.resize(self.buffer.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => fields.ends.resize(fields.ends.len() * 2, 0),
            }
            self.check_size(record.line, &fields, length, false)?;
        }
        self.check_size(record.line, &fields, length, true)?;
        record.text.clear();
        record.text.push_str(str::from_utf8(&self.buffer[..length]).map_err(|error| {
            // The text is UTF-8 and is only cut at ASCII characters.
            Error::invalid("encoding", format!("{}, line {}: not UTF-8", self.name(), record.line)).because(error)
        })?);
        record.cells = Cells::Fields(fields);
        Ok(true)
    }

    fn name(&self) -> &str {
        self.text.source().name()
    }

    /// Keeps memory flat. While the record is not `complete`, only its last cell can be too long.
    fn check_size(&self, line: u64, fields: &Fields, length: usize, complete: bool) -> Result<()> {
        let ends = &fields.ends[..fields.count];
        let start = |place: usize| if place == 0 { 0 } else { ends[place - 1] };
        let long = if length <= MAX_CELL {
            None
        } else if complete {
            (0..ends.len()).find(|&place| ends[place] - start(place) > MAX_CELL)
        } else {
            (length - start(ends.len()) > MAX_CELL).then_some(ends.len())
        };
        let what = if let Some(place) = long {
            let line = self.line_of(line, fields, place);
            format!("line {line}: {} is longer than 1 MiB", self.header.label(place))
        } else if length > MAX_RECORD {
            format!("line {line}: the record is longer than 16 MiB")
        } else if ends.len() > 2 * MAX_COLUMNS {
            format!("line {line}: the record has more than {} fields", 2 * MAX_COLUMNS)
        } else {
            return Ok(());
        };
        Err(Error::invalid("record_long", format!("{}, {what}", self.name()))
            .hint("is a quote never closed, or is it another --delimiter?"))
    }

    fn unclosed(&self, line: u64, fields: &Fields) -> Error {
        let place = fields.count;
        let line = self.line_of(line, fields, place);
        let message = format!("{}, line {line}: the quote that opens {} is never closed", self.name(), {
            self.header.label(place)
        });
        Error::invalid("quote_unclosed", message).hint("close it, or double it if it is part of the text")
    }

    /// The line where a field of the record in the buffer starts: fields before it may hold line ends.
    fn line_of(&self, line: u64, fields: &Fields, place: usize) -> u64 {
        let before = if place == 0 { 0 } else { fields.ends[place - 1] };
        let mut position = Position::line(line);
        position.advance_line(&self.buffer[..before]);
        position.line
    }
}

/// A line of nothing but spaces.
fn blank(record: &Record) -> bool {
    record.fields() == 1 && record.field(0).is_some_and(|text| !text.is_empty() && text.trim().is_empty())
}
