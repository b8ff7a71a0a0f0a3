//! What is wrong with the quotes of a delimited text, or with its size, and the way out.

use super::Delimited;
use crate::error::{Setting, Text};
use crate::import::source::header::Header;
use crate::import::source::lines::too_long;
use crate::import::source::position::{Position, characters};
use crate::import::source::quotes::{Fault, fields_of_line, shows_backslashes, whole_line};
use crate::import::source::record::RecordProblem;
use crate::import::source::settings::QuoteEscape;
use crate::import::source::{MAX_CELL, MAX_COLUMNS, MAX_RECORD};
use crate::say;
use crate::{Error, Result};

impl Delimited {
    /// What becomes of a record whose quotes are broken: it is rejected if it certainly ends with its line.
    pub(super) fn broken(
        &self,
        fault: Fault,
        at: usize,
        first: u64,
        written: &[u8],
        place: usize,
        opened: Option<usize>,
    ) -> Result<(RecordProblem, Vec<usize>)> {
        let Header { width, required, .. } = self.header;
        let label = self.header.label(place);
        let line = line_of(written, at, first);
        let column = column_of(written, at);
        let backslash = self.quoting.escape == QuoteEscape::Doubled && shows_backslashes(written);
        let fits = |fields| (required..=width).contains(&fields);
        // Behind a record that spans lines it may be that one's quote that is broken.
        let pieces = match line == first && width > 0 && self.spanned.is_none() {
            true => whole_line(written, self.quoting.delimiter, fits),
            false => None,
        };
        if let Some(pieces) = pieces {
            let mut message = match fault {
                Fault::After => format!(
                    "has text after the closing quote of {label}, at column {column} of the line: double each quote inside a \
                     quoted cell"
                ),
                Fault::Before => format!(
                    "has a blank before the opening quote of {label}, at column {column} of the line: remove the blank"
                ),
            };
            if backslash {
                message.push_str(BACKSLASHES);
            }
            return Ok((RecordProblem { code: "quote_broken", message, column: Some(column) }, pieces));
        }
        let begun = line_of(written, opened.unwrap_or(at), first);
        let what = match fault {
            Fault::After if begun < line => {
                format!("text follows the quote that closes {label}, opened in line {begun}")
            }
            Fault::After => format!("text follows the quote that closes {label}"),
            Fault::Before => format!("a blank stands before the quote that opens {label}"),
        };
        let message = format!("{}, line {line}, column {column}: {what}", self.name());
        let error = Error::invalid("quote_broken", message);
        Err(match backslash {
            false if let Some(spanned) = self.spanned.filter(|_| begun == line) => error
                .hint("double each quote inside a quoted cell")
                .hint(format!("check the quotes of the row that starts in line {spanned}")),
            true => error.hint(backslash_escapes()).hint("otherwise double each quote inside a quoted cell"),
            false if begun < line => {
                error.hint(format!("close the quote in line {begun}, or double it if it is part of the text"))
            }
            false => error.hint("double each quote inside a quoted cell, and let a quoted cell begin with its quote"),
        })
    }

    /// A quoted cell may hold lines, but not lines that look like rows: its quote is likely broken.
    /// A record that is quoted `throughout` was written with care.
    pub(super) fn check_swallowed(
        &self,
        written: &[u8],
        swallowed: &[(usize, usize)],
        first: u64,
        fields: usize,
        throughout: bool,
    ) -> Result<()> {
        // The header itself has no header to be held against.
        let (required, width) = match self.header.width {
            0 => (fields, fields),
            width => (self.header.required, width),
        };
        let fits = |count: usize| (required..=width).contains(&count);
        let line = |at: usize| -> &[u8] {
            let start = if at == 0 { 0 } else { swallowed[at - 1].0 };
            let end = swallowed.get(at).map_or(written.len(), |(next, _)| *next);
            let line = &written[start..end];
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            line.strip_suffix(b"\r").unwrap_or(line)
        };
        let looks = |at: usize| !throughout && fits(fields_of_line(line(at), self.quoting.delimiter));
        let last = swallowed.len();
        let row = (1..last).find(|&at| looks(at)).or_else(|| (looks(0) && looks(last)).then_some(last));
        let reason = match row {
            Some(at) => format!("line {} has as many fields as the header itself", first + at as u64),
            None if !fits(fields) => format!("the row has {fields} fields then, the header has {required}"),
            None => return Ok(()),
        };
        let opened = swallowed[row.map_or(0, |at| at - 1)].1;
        let begun = line_of(written, opened, first);
        let column = column_of(written, opened);
        let message = format!(
            "{}, line {begun}, column {column}: a quote opens a cell that is closed only in a later line, and {reason}",
            self.name()
        );
        let error = Error::invalid("quote_swallows", message)
            .hint(format!("close the quote in line {begun}"))
            .hint(say!("if the cell does hold these lines: {}", Setting::Multiline));
        Err(match self.quoting.escape == QuoteEscape::Doubled && shows_backslashes(written) {
            true => error.hint(backslash_escapes()),
            false => error,
        })
    }

    /// A quote in a cell that is not quoted, in a record that spans lines or right behind one: that may have swallowed the quote
    /// that opens the cell.
    pub(super) fn cut(&self, at: usize, written: &[u8], first: u64, spanned: u64) -> Error {
        let (line, column) = (line_of(written, at, first), column_of(written, at));
        let message = format!(
            "{}, line {line}, column {column}: a quote stands inside a cell, behind a cell that spans lines from line {spanned} on",
            self.name()
        );
        Error::invalid("quote_swallows", message)
            .hint(format!("check the quotes of line {spanned}"))
            .hint(say!("if the cells are right: {}", Setting::Multiline))
    }

    /// A quote in a cell that is not quoted, where that is likely the end of a cell that was cut in two.
    pub(super) fn stray(&self, at: usize, written: &[u8], backslash: bool) -> RecordProblem {
        let column = column_of(written, at);
        let message = match (backslash, self.short) {
            (false, Some(short)) => format!(
                "has a quote inside a cell, at column {column} of the line, and follows a row with too few fields: it may \
                 be the rest of line {short}"
            ),
            _ => format!(
                "has a quote inside a cell, at column {column} of the line, behind a cell that ends with a backslash: double \
                 each quote inside a quoted cell{BACKSLASHES}"
            ),
        };
        RecordProblem { code: "quote_stray", message, column: Some(column) }
    }

    pub(super) fn unclosed(&self, written: &[u8], opened: usize, first: u64, place: usize) -> Error {
        let line = line_of(written, opened, first);
        let message =
            format!("{}, line {line}: the quote that opens {} is never closed", self.name(), self.header.label(place));
        let error = Error::invalid("quote_unclosed", message);
        match self.quoting.escape == QuoteEscape::Doubled && shows_backslashes(written) {
            true => error.hint(backslash_escapes()).hint("otherwise close it, or double it if it is part of the text"),
            false => error.hint("close it, or double it if it is part of the text"),
        }
    }

    /// Keeps memory flat.
    pub(super) fn check_size(&self, line: u64, cells: &[u8], ends: &[usize]) -> Result<()> {
        let start = |place: usize| if place == 0 { 0 } else { ends[place - 1] + 1 };
        let long = (0..ends.len()).find(|&place| ends[place] - start(place) > MAX_CELL);
        if let Some(place) = long {
            return Err(self.too_long(line_of(cells, start(place), line), cells, &ends[..place]));
        }
        if cells.len() > MAX_RECORD || ends.len() > 2 * MAX_COLUMNS {
            return Err(self.too_long(line, cells, ends));
        }
        Ok(())
    }

    /// About the cell behind the last of `ends`, which starts in `line`, or about the whole record.
    pub(super) fn too_long(&self, line: u64, cells: &[u8], ends: &[usize]) -> Error {
        let what = if ends.len() > 2 * MAX_COLUMNS {
            format!("the record has more than {} fields", 2 * MAX_COLUMNS)
        } else if cells.len() - ends.last().map_or(0, |end| (end + 1).min(cells.len())) > MAX_CELL {
            format!("{} is longer than 1 MiB", self.header.label(ends.len()))
        } else {
            "the record is longer than 16 MiB".to_owned()
        };
        too_long(self.text(), line, &what)
    }
}

/// Ends the rule of a row whose quotes may be written with backslashes.
pub(crate) const BACKSLASHES: &str = ", or have \\\" read as a quote";

pub(crate) fn backslash_escapes() -> Text {
    say!("{} reads \\\" as a quote", Setting::QuoteEscape.is("backslash"))
}

/// The line of a byte of a record that starts in line `first`.
pub(super) fn line_of(record: &[u8], at: usize, first: u64) -> u64 {
    let mut position = Position::line(first);
    position.advance_line(&record[..at.min(record.len())]);
    position.number()
}

/// The character in its line of a byte of a record, from 1.
fn column_of(record: &[u8], at: usize) -> u64 {
    let before = &record[..at.min(record.len())];
    let start = before.iter().rposition(|byte| matches!(byte, b'\r' | b'\n')).map_or(0, |end| end + 1);
    characters(&before[start..]) + 1
}
