//! A dry run told field by field, as it comes: the whole list of a large file is never in memory.

use fastenr_core::Result;
use fastenr_core::import::request::Report;
use fastenr_core::ops::import::RowChange;
use serde_json::json;

use super::report::answer;
use crate::globals::Format;
use crate::printer::Printer;

pub(crate) struct Changes {
    format: Format,
    begun: bool,
}

impl Changes {
    pub(crate) const fn new(format: Format) -> Self {
        Self { format, begun: false }
    }

    /// One field of one record.
    pub(crate) fn change(&mut self, printer: &mut Printer, report: &Report, change: &RowChange) -> Result<()> {
        let field = change.field;
        let value = json!({
            "row": change.row,
            "id": change.id.map(|id| id.to_string()),
            "field": field.name,
            "old": field.json(&change.old),
            "new": field.json(&change.new),
        });
        match self.format {
            Format::Json => {
                let separator = if self.begun { ",".to_owned() } else { open(report) };
                self.begun = true;
                printer.line(format_args!("{separator}{value}"))
            }
            Format::Jsonl => printer.line(value),
            _ => {
                if !self.begun {
                    self.begun = true;
                    row(printer, ["row", "id", "field", "old", "new"].map(str::to_owned))?;
                }
                let id = change.id.map(|id| id.to_string()).unwrap_or_default();
                let old = field.text(&change.old).into_owned();
                let new = field.text(&change.new).into_owned();
                row(printer, [change.row.to_string(), id, field.name.to_owned(), old, new])
            }
        }
    }

    /// What follows the last change; the answer itself, where there was none to put changes into.
    pub(crate) fn end(self, printer: &mut Printer, report: &Report) -> Result<()> {
        match (self.format, self.begun) {
            (Format::Json, true) => printer.line("]}"),
            (Format::Json, false) => printer.line(format_args!("{}]}}", open(report))),
            (Format::Jsonl, _) => printer.line(answer(report)),
            (_, true) => Ok(()),
            (_, false) => row(printer, ["row", "id", "field", "old", "new"].map(str::to_owned)),
        }
    }
}

/// The answer, open for its changes.
fn open(report: &Report) -> String {
    let mut text = answer(report);
    text.pop();
    text.push_str(",\"changes\":[");
    text
}

fn row(printer: &mut Printer, cells: [String; 5]) -> Result<()> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(cells.iter().map(|cell| fastenr_core::import::source::guard(cell).into_owned()))
        .map_err(|error| fastenr_core::Error::io("writing", std::io::Error::other(error)))?;
    let bytes = out.into_inner().unwrap_or_default();
    printer.line(String::from_utf8_lossy(&bytes).trim_end_matches('\n'))
}
