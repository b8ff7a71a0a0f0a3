//! One JSON object a line.

use std::io::{self, Write};

use super::Row;
use crate::model::noun::{Field, Meaning};

pub struct Lines<W: Write> {
    fields: Vec<&'static Field>,
    out: W,
}

impl<W: Write> Lines<W> {
    pub fn new(fields: &[&'static Field], out: W) -> Self {
        Self { fields: fields.to_vec(), out }
    }

    pub fn row<R: Row + ?Sized>(&mut self, row: &R) -> io::Result<()> {
        object(&mut self.out, &self.fields, row)?;
        self.out.write_all(b"\n")
    }

    pub fn into_inner(self) -> W {
        self.out
    }

    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A record as an object with these members, in their order.
pub fn object<R: Row + ?Sized>(mut out: impl Write, fields: &[&'static Field], row: &R) -> io::Result<()> {
    for (at, field) in fields.iter().enumerate() {
        out.write_all(if at == 0 { b"{" } else { b"," })?;
        match field.meaning {
            Meaning::Member => serde_json::to_writer(&mut out, field.name)?,
            // The others are plain ASCII words: nothing to escape.
            _ => write!(out, "\"{}\"", field.name)?,
        }
        out.write_all(b":")?;
        serde_json::to_writer(&mut out, &field.json(&row.value(field)))?;
    }
    out.write_all(if fields.is_empty() { b"{}" } else { b"}" })
}
