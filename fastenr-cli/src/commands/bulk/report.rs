//! The report of a bulk write or its dry run, in words and for programs.

use fastenr_core::Result;
use fastenr_core::model::noun::{Field, Meaning, Noun, Value};
use fastenr_core::ops::bulk::{Report, RowChange, ShownValue};
use fastenr_core::view::bulk::{BulkChange, BulkReport};

use crate::app::App;
use crate::commands::field_changes::FieldChanges;
use crate::commands::{count, grouped};
use crate::globals::Format;
use crate::output::{Paging, Record, object};
use crate::printer::Printer;

/// The number of changes that a table shows.
pub(super) const MOST_SHOWN: usize = 20;

const NAMES: &[&str] = &["id", "external_id", "name", "field", "old", "new"];

static COLUMNS: &[Field] = &[
    Field::new("external_id", Meaning::Line, "external id of the record"),
    Field::new("name", Meaning::Line, "name or title of the record"),
    Field::new("field", Meaning::Line, "field that changes"),
    Field::new("old", Meaning::Line, "value before the change"),
    Field::new("new", Meaning::Line, "value after the change"),
];

/// The changes of a dry run: collected for a table, streamed for programs.
pub(super) enum DryRunOutput {
    Table(Vec<Row>),
    Stream(FieldChanges),
}

pub(super) struct Row(RowChange);

impl Record for Row {
    fn value(&self, field: &Field) -> Value {
        let shown = |shown: &ShownValue| if shown.text.is_empty() { "–".to_owned() } else { shown.text.clone() };
        let text = match field.name {
            "external_id" => return self.0.external_id.clone().map_or(Value::Null, Value::Text),
            "name" => self.0.name.clone(),
            "field" => self.0.field.to_owned(),
            "old" => shown(&self.0.old),
            _ => shown(&self.0.new),
        };
        Value::Text(text)
    }

    fn title(&self) -> String {
        self.0.name.clone()
    }
}

impl DryRunOutput {
    pub(super) const fn new(format: Format) -> Self {
        match format {
            Format::Table => Self::Table(Vec::new()),
            _ => Self::Stream(FieldChanges::new(format, NAMES)),
        }
    }

    pub(super) fn change(&mut self, printer: &mut Printer, report: &Report, change: RowChange) -> Result<()> {
        let changes = match self {
            Self::Table(rows) => {
                rows.push(Row(change));
                return Ok(());
            }
            Self::Stream(changes) => changes,
        };
        let texts = vec![
            change.id.to_string(),
            change.external_id.clone().unwrap_or_default(),
            change.name.clone(),
            change.field.to_owned(),
            change.old.text.clone(),
            change.new.text.clone(),
        ];
        changes.change(printer, || answer(report), &BulkChange::from(change), &texts)
    }

    pub(super) fn end(self, app: &mut App, noun: &Noun, past: &str, report: &Report) -> Result<()> {
        match self {
            Self::Table(mut rows) => {
                let more = rows.len() > MOST_SHOWN;
                rows.truncate(MOST_SHOWN);
                let named = rows.iter().any(|row| row.0.external_id.is_some());
                let columns: Vec<&'static Field> = COLUMNS.iter().skip(usize::from(!named)).collect();
                app.show_all(&columns, &rows, Paging::whole(rows.len() as u64))?;
                app.printer.finish()?;
                if more {
                    app.printer.talk(format_args!("the first {MOST_SHOWN} changes; -o csv or -o json shows all"));
                }
            }
            Self::Stream(changes) => {
                changes.end(&mut app.printer, || answer(report))?;
                app.printer.finish()?;
            }
        }
        app.printer.talk(sentence(noun, past, report));
        Ok(())
    }
}

/// The result; the last line says how to undo it.
pub(super) fn render(app: &mut App, noun: &Noun, past: &str, report: &Report) -> Result<()> {
    match app.settings.output {
        Format::Table => app.printer.line(sentence(noun, past, report))?,
        Format::Json | Format::Jsonl | Format::Csv => object(app, &BulkReport::from(report))?,
    }
    app.printer.finish()?;
    if let Some(operation) = report.operation {
        app.printer.talk(format_args!("operation {operation}. Undo with `fastenr operations undo {operation}`"));
    }
    Ok(())
}

fn answer(report: &Report) -> String {
    serde_json::to_string(&BulkReport::from(report)).unwrap_or_default()
}

/// `status=active: 12 accounts match, 11 would be changed, 1 already has this value`
fn sentence(noun: &Noun, past: &str, report: &Report) -> String {
    let Report { matched, changed, unchanged, .. } = *report;
    let matching = if matched == 1 { "matches" } else { "match" };
    let mut text = format!("{}: {} {matching}", report.filter, count(matched, noun));
    if let Some(named) = report.named.filter(|named| *named != matched) {
        text.push_str(&format!(" of {} named", grouped(named)));
    }
    let would = match (report.dry_run, changed) {
        (true, _) => "would be ",
        (false, _) => "",
    };
    text.push_str(&format!(", {} {would}{past}", grouped(changed)));
    if unchanged > 0 {
        let already = match (past, unchanged) {
            ("changed", 1) => "already has this value".to_owned(),
            ("changed", _) => "already have this value".to_owned(),
            (past, _) => format!("already {past}"),
        };
        text.push_str(&format!(", {} {already}", grouped(unchanged)));
    }
    if report.dry_run {
        text.push_str(" (dry run: nothing was written)");
    }
    text
}
