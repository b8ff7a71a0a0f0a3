//! A dry run told field by field, as it comes: the whole list of a large one is never in memory.

use fastenr_core::Result;
use serde_json::{Map, Value as Json};

use crate::globals::Format;
use crate::printer::{Printer, writing};

/// One value of a change, as JSON and as text.
pub(crate) type Cell = (Json, String);

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

    /// One change, a cell for each name; `answer` is the object that they stand in.
    pub(crate) fn change(
        &mut self,
        printer: &mut Printer,
        answer: impl FnOnce() -> String,
        cells: Vec<Cell>,
    ) -> Result<()> {
        if self.format == Format::Csv {
            self.header(printer)?;
            return row(printer, cells.iter().map(|(_, text)| text.as_str()));
        }
        let named = self.names.iter().zip(cells).map(|(name, (json, _))| ((*name).to_owned(), json));
        let value = Json::Object(named.collect::<Map<_, _>>());
        if self.format == Format::Jsonl {
            return printer.line(value);
        }
        let separator = if self.begun { ",".to_owned() } else { open(answer()) };
        self.begun = true;
        printer.line(format_args!("{separator}{value}"))
    }

    /// What follows the last change; the answer itself, where there was none to put changes into.
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

/// The answer, open for its changes.
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
