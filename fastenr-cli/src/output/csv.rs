//! Comma-separated values with a header, safe to open in a spreadsheet.

use std::borrow::Cow;
use std::io::{self, Write};

use fastenr_core::import::source::guard;
use fastenr_core::model::noun::{Field, Value};

use super::{Output, Paging, Record};

/// How the file is to look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dialect {
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

pub(crate) struct Csv<'a> {
    fields: &'a [&'static Field],
    guard: bool,
    writer: csv::Writer<Box<dyn Write + 'a>>,
}

impl<'a> Csv<'a> {
    pub(crate) fn new(
        fields: &'a [&'static Field],
        dialect: Dialect,
        mut out: Box<dyn Write + 'a>,
    ) -> io::Result<Self> {
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
        Ok(Self { fields, guard: dialect.guard, writer })
    }
}

impl Output for Csv<'_> {
    fn record(&mut self, record: &dyn Record) -> io::Result<()> {
        for field in self.fields {
            if let Some(text) = record.plain_text(field) {
                let cell = if self.guard { guard(text) } else { Cow::Borrowed(text) };
                self.writer.write_field(cell.as_bytes()).map_err(io_error)?;
                continue;
            }
            let value = record.value(field);
            let text = field.text(&value);
            let guarded = self.guard && field.meaning.is_text() && matches!(value, Value::Text(_));
            let cell = if guarded { guard(&text) } else { text };
            self.writer.write_field(cell.as_bytes()).map_err(io_error)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(io_error)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }

    fn end(mut self: Box<Self>, _paging: Paging) -> io::Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::globals::Format;
    use crate::output::Shape;
    use crate::output::testing::{ACME, NEW, render};

    #[test]
    fn quotes_and_guards() {
        assert_eq!(
            render(Format::Csv, Shape::List, &["name", "arr", "tags"], &[ACME, NEW], false),
            "name,arr,tags\n\"Acme, Inc.\",1234567.50,\"a, b\"\n'=New,,\n"
        );
    }

    #[test]
    fn for_excel() {
        let fields = crate::fields::named(&fastenr_core::model::account::ACCOUNT, &["name"]);
        let mut text = Vec::new();
        let dialect = Dialect { delimiter: b'\t', guard: false, excel: true };
        let mut output = Box::new(Csv::new(&fields, dialect, Box::new(&mut text)).unwrap());
        output.record(&NEW).unwrap();
        output.end(Paging::whole(1)).unwrap();
        assert_eq!(String::from_utf8(text).unwrap(), "\u{feff}name\r\n=New\r\n");
    }
}
