//! What came of a bulk write, or would, in words and for programs.

use fastenr_core::Result;
use fastenr_core::model::noun::{Field, Meaning, Noun, Value};
use fastenr_core::ops::bulk::{Report, RowChange, Shown};
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::commands::field_changes::FieldChanges;
use crate::commands::{count, grouped};
use crate::globals::Format;
use crate::output::{Paging, Record, facts};
use crate::printer::Printer;

/// Changes that a table shows.
pub(super) const MOST_SHOWN: usize = 20;

const NAMES: &[&str] = &["id", "external_id", "name", "field", "old", "new"];

static COLUMNS: &[Field] = &[
    Field::new("external_id", Meaning::Line, "the external id"),
    Field::new("name", Meaning::Line, "what the record is called"),
    Field::new("field", Meaning::Line, "the field that changes"),
    Field::new("old", Meaning::Line, "its value"),
    Field::new("new", Meaning::Line, "its value to be"),
];

/// What would change: kept for a table, written as it comes for programs.
pub(super) enum Told {
    Table(Vec<Row>),
    Stream(FieldChanges),
}

pub(super) struct Row(RowChange);

impl Record for Row {
    fn value(&self, field: &Field) -> Value {
        let shown = |shown: &Shown| if shown.text.is_empty() { "–".to_owned() } else { shown.text.clone() };
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

impl Told {
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
        let RowChange { id, external_id, name, field, old, new } = change;
        let id = id.to_string();
        let cells = vec![
            (json!(id), id),
            (json!(external_id), external_id.unwrap_or_default()),
            (json!(name), name),
            (json!(field), field.to_owned()),
            (old.json, old.text),
            (new.json, new.text),
        ];
        changes.change(printer, || answer(report).to_string(), cells)
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
                    app.printer.talk(format_args!("the first {MOST_SHOWN} changes; -o csv or json has them all"));
                }
            }
            Self::Stream(changes) => {
                changes.end(&mut app.printer, || answer(report).to_string())?;
                app.printer.finish()?;
            }
        }
        app.printer.talk(sentence(noun, past, report));
        Ok(())
    }
}

/// What was done; the last line says how it is taken back.
pub(super) fn render(app: &mut App, noun: &Noun, past: &str, report: &Report) -> Result<()> {
    match app.settings.output {
        Format::Table => app.printer.line(sentence(noun, past, report))?,
        Format::Json | Format::Jsonl => app.printer.line(answer(report))?,
        Format::Csv => {
            let answer = answer(report);
            let named: Vec<(&str, Json)> =
                answer.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value.clone())).collect();
            facts(app, &named)?;
        }
    }
    app.printer.finish()?;
    if let Some(operation) = report.operation {
        app.printer.talk(format_args!("operation {operation}; `fastenr operations undo {operation}` takes it back"));
    }
    Ok(())
}

/// The contract of `-o json`; its names don't change.
fn answer(report: &Report) -> Json {
    json!({
        "operation": report.operation.map(|id| id.to_string()),
        "dry_run": report.dry_run,
        "command": report.command,
        "filter": report.filter,
        "matched": report.matched,
        "changed": report.changed,
        "unchanged": report.unchanged,
    })
}

/// `status=active: 12 accounts match, 11 would be changed, 1 is so already`
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
        text.push_str(&format!(", {} {} so already", grouped(unchanged), if unchanged == 1 { "is" } else { "are" }));
    }
    if report.dry_run {
        text.push_str(" (dry run: nothing was written)");
    }
    text
}
