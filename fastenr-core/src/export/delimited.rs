//! Comma-separated values with a header, safe to open in a spreadsheet.

use std::borrow::Cow;
use std::io::{self, Write};

use super::{RecordWriter, Row};
use crate::import::source::{as_formula, guard};
use crate::model::noun::{Field, Meaning, Value};

/// How the file is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    pub delimiter: u8,
    /// Text that a spreadsheet would run as a formula gets an apostrophe before it (CWE-1236).
    pub guard: bool,
    /// With a byte order mark and CRLF, as Excel expects them; ids are written so that it keeps them, unless text is to stay as
    /// it is.
    pub excel: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { delimiter: b',', guard: true, excel: false }
    }
}

pub struct Delimited<W: Write> {
    fields: Vec<&'static Field>,
    guard: bool,
    excel: bool,
    writer: RecordWriter<W>,
}

impl<W: Write> Delimited<W> {
    pub fn new(fields: &[&'static Field], dialect: Dialect, mut out: W) -> io::Result<Self> {
        if dialect.excel {
            out.write_all("\u{feff}".as_bytes())?;
        }
        let mut writer = RecordWriter::new(out, dialect.delimiter, dialect.excel);
        writer.write_record(fields.iter().map(|field| field.name))?;
        Ok(Self { fields: fields.to_vec(), guard: dialect.guard, excel: dialect.excel, writer })
    }

    pub fn row<R: Row + ?Sized>(&mut self, row: &R) -> io::Result<()> {
        for field in &self.fields {
            let guarded = |text| match self.excel && is_kept(field.meaning, text) {
                true => as_formula(text),
                false => guard(text),
            };
            if let Some(text) = row.plain_text(field) {
                let cell = if self.guard { guarded(text) } else { Cow::Borrowed(text) };
                self.writer.write_field(cell.as_bytes());
                continue;
            }
            let value = row.value(field);
            let text = field.text(&value);
            let is_text = self.guard && field.meaning.is_text() && matches!(value, Value::Text(_));
            let cell = if is_text { Cow::Owned(guarded(&text).into_owned()) } else { text };
            self.writer.write_field(cell.as_bytes());
        }
        self.writer.write_record(None::<&[u8]>)
    }

    pub fn into_inner(self) -> io::Result<W> {
        self.writer.into_inner()
    }

    pub fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Text that a spreadsheet must not take for a number or a date: every id, since `MAR1` is a date too, and what has digits and no
/// letters, such as a phone number.
fn is_kept(meaning: Meaning, text: &str) -> bool {
    let is_id = matches!(meaning, Meaning::ExternalId | Meaning::Account);
    let is_number = || {
        text.contains(|c: char| c.is_ascii_digit())
            && text.chars().all(|c| {
                c.is_ascii_digit() || matches!(c, '.' | ',' | '+' | '-' | '/' | ':' | '(' | ')' | ' ' | '%' | 'E' | 'e')
            })
    };
    is_id || is_number()
}
