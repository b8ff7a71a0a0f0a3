//! The changes of an import's dry run, field by field.

use fastenr_core::Result;
use fastenr_core::import::request::Report;
use fastenr_core::ops::import::RowChange;
use fastenr_core::view::import::ImportChange;

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
        let RowChange { row, id, field, old, new } = change;
        let texts = [
            row.to_string(),
            id.map(|id| id.to_string()).unwrap_or_default(),
            field.name.to_owned(),
            field.text(old).into_owned(),
            field.text(new).into_owned(),
        ];
        self.0.change(printer, || answer(report), &ImportChange::from(change), &texts)
    }

    pub(crate) fn end(self, printer: &mut Printer, report: &Report) -> Result<()> {
        self.0.end(printer, || answer(report))
    }
}
