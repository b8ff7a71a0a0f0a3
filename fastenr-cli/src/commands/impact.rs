//! `--impact` of reports: how scores changed afterwards, in each format.

use fastenr_core::Result;
use fastenr_core::model::noun::{Field, Value};
use fastenr_core::ops::scores::impact::Row;
use fastenr_core::view::impact::{Events, IMPACT_NOTE, value};

use crate::app::App;
use crate::globals::Format;
use crate::output::{Paging, Record};

impl Record for Row {
    fn value(&self, field: &Field) -> Value {
        value(self, field)
    }

    fn title(&self) -> String {
        self.kind.clone()
    }

    fn unknown(&self, field: &Field) -> bool {
        self.value(field).is_null()
    }
}

/// Whether the rows replace those of the report: CSV and JSON Lines have one kind of row.
pub(crate) fn alone(app: &App) -> bool {
    !matches!(app.settings.output, Format::Table | Format::Json)
}

/// The section below a table, or the whole output in CSV and JSON Lines.
pub(crate) fn show(app: &mut App, events: Events, rows: &[Row]) -> Result<()> {
    if app.settings.output == Format::Table {
        app.printer.line(format_args!("\nimpact: {IMPACT_NOTE}"))?;
    } else {
        app.printer.talk(IMPACT_NOTE);
    }
    let fields: Vec<&'static Field> = events.fields().collect();
    app.show_all(&fields, rows, Paging::whole(rows.len() as u64))
}
