//! Comma-separated values with a header, safe to open in a spreadsheet.

use std::borrow::Cow;
use std::io::{self, Write};

use super::{RecordWriter, Row};
use crate::import::source::guard;
use crate::model::noun::{Field, Value};

/// How the file is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    pub delimiter: u8,
    /// Text that a spreadsheet would run as a formula gets an apostrophe before it (CWE-1236).
    pub guard: bool,
    /// With a byte order mark and CRLF, as Excel expects them.
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
    writer: RecordWriter<W>,
}

impl<W: Write> Delimited<W> {
    pub fn new(fields: &[&'static Field], dialect: Dialect, mut out: W) -> io::Result<Self> {
        if dialect.excel {
            out.write_all("\u{feff}".as_bytes())?;
        }
        let mut writer = RecordWriter::new(out, dialect.delimiter, dialect.excel);
        writer.write_record(fields.iter().map(|field| field.name))?;
        Ok(Self { fields: fields.to_vec(), guard: dialect.guard, writer })
    }

    pub fn row<R: Row + ?Sized>(&mut self, row: &R) -> io::Result<()> {
        for field in &self.fields {
            if let Some(text) = row.plain_text(field) {
                let cell = if self.guard { guard(text) } else { Cow::Borrowed(text) };
                self.writer.write_field(cell.as_bytes());
                continue;
            }
            let value = row.value(field);
            let text = field.text(&value);
            let guarded = self.guard && field.meaning.is_text() && matches!(value, Value::Text(_));
            let cell = if guarded { guard(&text) } else { text };
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
