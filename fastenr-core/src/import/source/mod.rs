//! A file of any make as records.
//!
//! A [`Source`] is a file that can be read several times: [`Source::survey`] reads it once to settle what it is,
//! [`Source::records`] then reads the records again. Memory stays flat, whatever the size of the file.
//!
//! # What is settled, and how
//! - **Workbooks** and archives by their first bytes: a sheet is written down as a table of its own, see `workbook`; its records are
//!   numbered as its rows.
//! - **Compression**: gzip by its first two bytes, whatever the name says; all members are read.
//! - **Encoding**: a byte order mark decides. Without one, a file in whose head about every other byte is zero is UTF-16, and
//!   one that is UTF-8 throughout is UTF-8. Anything else is looked through for words beyond ASCII: an encoding is taken, and
//!   said, if they look like words in it and if, wherever another reads them otherwise, they don't there or the statistics
//!   of letters are against it; else the file is refused with what each would make of it. One that has both UTF-8 and
//!   something else is an error, as any single reading would garble one of them. An encoding that the caller names is obeyed.
//!   Whatever the encoding does not define, and U+0000, is an error with line and column: no character is ever replaced.
//! - **Format**: what the caller names, else what the first line shows (a JSON object), else the file's extension.
//! - **Delimiter**: comma, semicolon, tab or pipe, by which of them the header has and the first 100 records agree
//!   on; Excel's `sep=;` line is obeyed.
//! - **Quotes**: strictly. A record whose quotes are broken is rejected if it certainly ends with its line, else the file is
//!   refused; so is one with a quoted cell that swallows lines which look like rows, unless the record is quoted throughout.
//! - **Header**: the first record that is not blank, or the one below titles, where that is proven (CSV, sheets: see `preamble`); or the union of all keys in order of first appearance (JSONL).
//!
//! Lines are physical lines (LF, CRLF or CR end one), counted from 1; columns of a line are characters, counted from 1.

mod broken_text;
mod decode;
mod delimited;
mod detect;
mod dialect;
mod encoding;
mod file;
mod guard;
mod header;
mod json;
mod jsonl;
mod lines;
mod plausible;
mod position;
mod preamble;
mod quotes;
mod record;
mod settings;
mod sheet;
mod sniff;
mod spool;
mod survey;
#[cfg(test)]
mod tests;
mod totals;
mod workbook;

pub(crate) use delimited::{BACKSLASHES, backslash_escapes};
pub use file::Source;
pub use guard::{as_formula, guard, unguard};
pub use record::{Cell, Record, RecordProblem};
pub(crate) use record::{Kind, trimmed};
pub use settings::{Encoding, Format, Options, QuoteEscape, ShortRows, parse_comment, parse_delimiter, parse_lines};
pub use spool::Spool;
pub use survey::{Records, Rows, Survey};
pub(crate) use totals::is_total;

/// A longer cell is an error: far beyond any honest one, and what an unclosed quote makes.
const MAX_CELL: usize = 1 << 20;
/// A longer record is an error, so that memory stays flat.
const MAX_RECORD: usize = 16 << 20;
/// As many columns as a spreadsheet can have.
const MAX_COLUMNS: usize = 16_384;

/// What nobody sees at the ends of a cell: blanks of all kinds, and characters without width.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

/// A cell without what nobody sees at its ends, where that is more than blanks.
fn visible(text: &str) -> &str {
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(first), Some(last)) if !first.is_ascii() || !last.is_ascii() => {
            let outer = text.trim();
            let inner = outer.trim_matches(is_blank);
            if inner.len() == outer.len() { text } else { inner }
        }
        _ => text,
    }
}
