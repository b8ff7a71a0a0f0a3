//! What a dry run of an import would change, field by field.

use fastenr_core::Result;
use fastenr_core::import::request::Report;
use fastenr_core::ops::import::RowChange;
use serde_json::json;

use super::report::answer;
use crate::commands::field_changes::FieldChanges;
use crate::globals::Format;
use crate::printer::Printer;

pub(crate) struct Changes(FieldChanges);

impl Changes {
    pub(crate) const fn new(format: Format) -> Self {
        Self(FieldChanges::new(format, &["row", "id", "field", "old", "new"]))
    }

    /// One field of one record.
    pub(crate) fn change(&mut self, printer: &mut Printer, report: &Report, change: &RowChange) -> Result<()> {
        let field = change.field;
        let id = change.id.map(|id| id.to_string());
        let value = |value| (field.json(value), field.text(value).into_owned());
        let cells = vec![
            (json!(change.row), change.row.to_string()),
            (json!(id), id.unwrap_or_default()),
            (json!(field.name), field.name.to_owned()),
            value(&change.old),
            value(&change.new),
        ];
        self.0.change(printer, || answer(report), cells)
    }

    pub(crate) fn end(self, printer: &mut Printer, report: &Report) -> Result<()> {
        self.0.end(printer, || answer(report))
    }
}
