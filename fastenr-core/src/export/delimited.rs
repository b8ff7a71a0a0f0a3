//! Comma-separated values with a header, safe to open in a spreadsheet.

use std::borrow::Cow;
use std::io::{self, Write};

use super::Row;
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
    writer: csv::Writer<W>,
}

impl<W: Write> Delimited<W> {
    pub fn new(fields: &[&'static Field], dialect: Dialect, mut out: W) -> io::Result<Self> {
        if dialect.excel {
            out.write_all("\u{feff}".as_bytes())?;
        }
        let terminator = if dialect.excel { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new()
            .delimiter(dialect.delimiter)
            .terminator(terminator)
            .buffer_capacity(1 << 16)
            .from_writer(out);
        writer.write_record(fields.iter().map(|field| field.name)).map_err(io_error)?;
        Ok(Self { fields: fields.to_vec(), guard: dialect.guard, writer })
    }

    pub fn row<R: Row + ?Sized>(&mut self, row: &R) -> io::Result<()> {
        for field in &self.fields {
            if let Some(text) = row.plain_text(field) {
                let cell = if self.guard { guard(text) } else { Cow::Borrowed(text) };
                self.writer.write_field(cell.as_bytes()).map_err(io_error)?;
                continue;
            }
            let value = row.value(field);
            let text = field.text(&value);
            let guarded = self.guard && field.meaning.is_text() && matches!(value, Value::Text(_));
            let cell = if guarded { guard(&text) } else { text };
            self.writer.write_field(cell.as_bytes()).map_err(io_error)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(io_error)
    }

    pub fn into_inner(self) -> io::Result<W> {
        self.writer.into_inner().map_err(csv::IntoInnerError::into_error)
    }

    pub fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// The kind of an I/O error survives, so that a broken pipe is known as one.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
