//! The changes of a dry run, field by field, streamed: the whole list is never in memory.

use fastenr_core::Result;
use serde::Serialize;

use crate::globals::Format;
use crate::printer::{Printer, writing};

pub(crate) struct FieldChanges {
    format: Format,
    names: &'static [&'static str],
    begun: bool,
}

impl FieldChanges {
    /// In CSV, JSON or JSON Lines; `names` are the columns.
    pub(crate) const fn new(format: Format, names: &'static [&'static str]) -> Self {
        Self { format, names, begun: false }
    }

    /// One change, with the text of each member; `answer` is the object around the changes.
    pub(crate) fn change(
        &mut self,
        printer: &mut Printer,
        answer: impl FnOnce() -> String,
        change: &impl Serialize,
        texts: &[String],
    ) -> Result<()> {
        if self.format == Format::Csv {
            self.header(printer)?;
            return row(printer, texts.iter().map(String::as_str));
        }
        if self.format == Format::Jsonl {
            return printer.json(change);
        }
        let separator = if self.begun { ",".to_owned() } else { open(answer()) };
        self.begun = true;
        printer.part(separator)?;
        printer.json(change)
    }

    /// Writes what follows the last change, or the whole answer if there was no change.
    pub(crate) fn end(mut self, printer: &mut Printer, answer: impl FnOnce() -> String) -> Result<()> {
        match (self.format, self.begun) {
            (Format::Json, true) => printer.line("]}"),
            (Format::Json, false) => printer.line(format_args!("{}]}}", open(answer()))),
            (Format::Jsonl, _) => printer.line(answer()),
            _ => self.header(printer),
        }
    }

    fn header(&mut self, printer: &mut Printer) -> Result<()> {
        if !self.begun {
            self.begun = true;
            row(printer, self.names.iter().copied())?;
        }
        Ok(())
    }
}

/// The answer, up to where its changes begin.
fn open(mut answer: String) -> String {
    answer.pop();
    answer.push_str(",\"changes\":[");
    answer
}

fn row<'c>(printer: &mut Printer, cells: impl Iterator<Item = &'c str>) -> Result<()> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(cells.map(|cell| fastenr_core::import::source::guard(cell).into_owned()))
        .map_err(|error| writing(std::io::Error::other(error)))?;
    let bytes = out.into_inner().unwrap_or_default();
    printer.line(String::from_utf8_lossy(&bytes).trim_end_matches('\n'))
}
