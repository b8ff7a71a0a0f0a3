//! Records as files: CSV, TSV and JSON Lines, which an import takes back unchanged.
//!
//! Cells are written as the noun's table of fields says. To add a format: a file, a variant of [`Format`] and of [`Writer`].

mod delimited;
mod lines;
mod records;

use std::io::{self, Write};

pub use delimited::{Delimited, Dialect};
pub use lines::{Lines, object};
pub use records::RecordWriter;

use crate::error::Invalid;
use crate::model::account::Account;
use crate::model::entry::Entry;
use crate::model::noun::{Field, Noun, Value};
use crate::model::user::User;

/// Anything with fields.
pub trait Row {
    fn value(&self, field: &Field) -> Value;

    /// The value's text where it needs no formatting, without a copy.
    fn plain_text(&self, _field: &Field) -> Option<&str> {
        None
    }
}

impl Row for Account {
    fn value(&self, field: &Field) -> Value {
        self.value(field)
    }

    fn plain_text(&self, field: &Field) -> Option<&str> {
        self.plain_text(field)
    }
}

impl Row for Entry {
    fn value(&self, field: &Field) -> Value {
        self.value(field)
    }
}

impl Row for User {
    fn value(&self, field: &Field) -> Value {
        self.value(field)
    }
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Delimited(Dialect),
    /// One JSON object a line.
    Lines,
}

impl Format {
    pub const CSV: Self = Self::Delimited(Dialect { delimiter: b',', guard: true, excel: false });
    pub const TSV: Self = Self::Delimited(Dialect { delimiter: b'\t', guard: true, excel: false });

    /// What a media type means: `text/csv`, `text/tab-separated-values`, `application/x-ndjson` and its other names.
    ///
    /// # Errors
    /// `media_type`.
    pub fn of_media_type(text: &str) -> Result<Self, Invalid> {
        match text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "text/csv" | "application/csv" => Ok(Self::CSV),
            "text/tab-separated-values" => Ok(Self::TSV),
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" | "application/x-jsonlines" => {
                Ok(Self::Lines)
            }
            _ => {
                let rule = "an export is text/csv, text/tab-separated-values or application/x-ndjson";
                Err(Invalid::new("media_type", rule))
            }
        }
    }

    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Delimited(Dialect { delimiter: b'\t', .. }) => "text/tab-separated-values; charset=utf-8",
            Self::Delimited(_) => "text/csv; charset=utf-8",
            Self::Lines => "application/x-ndjson",
        }
    }
}

/// What an export has where nobody says which fields: all that an import can set, those that belong to them, the id and
/// scores.
pub fn fields(noun: &'static Noun) -> Vec<&'static Field> {
    let shown = |field: &&Field| {
        field.writable() || field.sql.is_some() || field.name == "id" || noun.exported.contains(&field.name)
    };
    noun.fields.iter().filter(shown).collect()
}

/// A file in the making.
pub enum Writer<W: Write> {
    Delimited(Box<Delimited<W>>),
    Lines(Lines<W>),
}

impl<W: Write> Writer<W> {
    /// Begins with the header, where the format has one.
    pub fn new(format: Format, fields: &[&'static Field], out: W) -> io::Result<Self> {
        Ok(match format {
            Format::Delimited(dialect) => Self::Delimited(Box::new(Delimited::new(fields, dialect, out)?)),
            Format::Lines => Self::Lines(Lines::new(fields, out)),
        })
    }

    pub fn row<R: Row + ?Sized>(&mut self, row: &R) -> io::Result<()> {
        match self {
            Self::Delimited(writer) => writer.row(row),
            Self::Lines(writer) => writer.row(row),
        }
    }

    pub fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Delimited(writer) => writer.flush(),
            Self::Lines(writer) => writer.flush(),
        }
    }

    /// What was written to, with everything in it.
    pub fn into_inner(self) -> io::Result<W> {
        match self {
            Self::Delimited(writer) => writer.into_inner(),
            Self::Lines(writer) => Ok(writer.into_inner()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types() {
        for format in [Format::CSV, Format::TSV, Format::Lines] {
            assert_eq!(Format::of_media_type(format.media_type()), Ok(format));
        }
        assert_eq!(Format::of_media_type("application/json").unwrap_err().code, "media_type");
    }
}
