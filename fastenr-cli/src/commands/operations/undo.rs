//! `fastenr operations undo`

use fastenr_core::Result;
use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::ops::operations::{self, Conflict, TableCount, UndoOutcome};
use fastenr_core::view::undo::UndoReport;

use crate::app::App;
use crate::commands::{counted, grouped};
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::{Paging, Record};
use crate::printer::{NoTerminal, writing};

/// Undo an operation: restore overwritten values, remove created records, restore deleted ones.
///
/// Runs in one transaction. Fields that were changed since are conflicts: they are left unchanged and listed. So are
/// created records that other records reference. Scores, statuses set by the model, snapshots and alerts are never
/// conflicts. With conflicts the exit code is 5.
///
/// An undo is itself an operation: undoing it applies the first operation again.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr operations undo 0197a3f2 --dry-run
  fastenr operations undo 0197a3f2 --yes
  fastenr operations undo --last
  fastenr operations undo 0197a3f2 --force -o json")]
pub(crate) struct Args {
    /// Operation: its id, or at least the first six digits of it.
    #[arg(value_name = "OPERATION", required_unless_present = "last", conflicts_with = "last")]
    pub operation: Option<String>,

    /// Undo your last operation that is not undone yet; `--user` sets who you are. Run it again to undo the operation
    /// before.
    #[arg(long)]
    pub last: bool,

    /// Also overwrite fields that were changed since.
    #[arg(long)]
    pub force: bool,

    /// Preview the undo without saving.
    #[arg(long)]
    pub dry_run: bool,
}

/// The number of conflicts that a table shows.
const SHOWN: usize = 20;

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let operation = match &args.operation {
        Some(operation) => operation.clone(),
        None => operations::last(&context).await?.id.to_string(),
    };
    if !args.dry_run && app.printer.asks() {
        let foreseen = operations::undo(&context, &operation, args.force, true).await?;
        let rows = foreseen.ledger.updated + foreseen.ledger.created + foreseen.ledger.deleted;
        if rows > 1 {
            let question = format!("Undo {} {}: {}?", foreseen.of.kind, foreseen.of.id, foreseen.summary());
            app.printer.confirm(question, NoTerminal::Proceed)?;
        }
    }
    let undone = operations::undo(&context, &operation, args.force, args.dry_run).await?;
    match app.settings.output {
        Format::Table => table(app, &undone)?,
        Format::Csv => {
            let rows: Vec<ConflictRow> = undone.left.iter().map(ConflictRow).collect();
            let fields: Vec<&'static Field> = LEFT.iter().collect();
            app.show_all(&fields, &rows, Paging::whole(rows.len() as u64))?;
        }
        Format::Json => {
            let text = serde_json::to_string_pretty(&UndoReport::from(&undone)).unwrap_or_default();
            app.printer.line(text)?;
        }
        Format::Jsonl => app.printer.json(&UndoReport::from(&undone))?,
    }
    app.printer.finish()?;
    say(app, &undone, args.dry_run);
    Ok(if undone.ledger.skipped > 0 { exit::REFUSED } else { exit::DONE })
}

fn say(app: &mut App, undone: &UndoOutcome, dry_run: bool) {
    let left = undone.ledger.skipped;
    if left > 0 {
        let hint = if undone.left.iter().any(|left| left.code == "changed_since") {
            "; --force also overwrites fields that were changed since"
        } else {
            ""
        };
        app.printer.warn(format_args!("{} not changed, because of the conflicts listed{hint}", records(left)));
    }
    let what = format!("{} {}", undone.of.kind, undone.of.id);
    match (undone.operation, dry_run) {
        (_, true) => {
            app.printer.talk(format_args!("{what}: {}; dry run, nothing was written", undone.summary()));
        }
        (None, false) => app.printer.talk(format_args!("{what}: nothing left to undo")),
        (Some(by), false) => {
            app.printer.talk(format_args!("undid {what}: {}. The undo is operation {by}", undone.summary()));
        }
    }
}

fn records(count: u64) -> String {
    counted(count, "record", "records")
}

static COUNTS: [Field; 5] = [
    Field::new("records", Meaning::Line, ""),
    Field::new("put_back", Meaning::Count, ""),
    Field::new("removed", Meaning::Count, ""),
    Field::new("brought_back", Meaning::Count, ""),
    Field::new("left_alone", Meaning::Count, ""),
];

struct CountRow<'a>(&'a TableCount);

impl Record for CountRow<'_> {
    fn value(&self, field: &Field) -> Value {
        let count = self.0;
        let number = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
        match field.name {
            "records" => Value::Text(count.table.replace('_', " ")),
            "put_back" => number(count.put_back),
            "removed" => number(count.removed),
            "brought_back" => number(count.brought_back),
            _ => number(count.left),
        }
    }

    fn title(&self) -> String {
        self.0.table.to_owned()
    }
}

static LEFT: [Field; 10] = [
    Field::new("table", Meaning::Line, ""),
    Field::new("id", Meaning::Id, ""),
    Field::new("record", Meaning::Line, ""),
    Field::new("field", Meaning::Line, ""),
    Field::new("code", Meaning::Line, ""),
    Field::new("before", Meaning::Line, ""),
    Field::new("wrote", Meaning::Line, ""),
    Field::new("now", Meaning::Line, ""),
    Field::new("why", Meaning::Line, ""),
    Field::new("by", Meaning::Id, ""),
];

struct ConflictRow<'a>(&'a Conflict);

impl Record for ConflictRow<'_> {
    fn value(&self, field: &Field) -> Value {
        let left = self.0;
        let text = |text: &str| if text.is_empty() { Value::Null } else { Value::Text(text.to_owned()) };
        match field.name {
            "table" => text(left.table),
            "id" => Value::Id(left.id),
            "record" => text(&left.label),
            "field" => text(left.field.unwrap_or_default()),
            "code" => text(left.code),
            "before" => text(&left.before),
            "wrote" => text(&left.wrote),
            "now" => text(&left.now),
            "why" => text(&left.why),
            _ => left.by.as_ref().map_or(Value::Null, |(id, ..)| Value::Id(*id)),
        }
    }

    fn title(&self) -> String {
        self.0.label.clone()
    }
}

fn table(app: &mut App, undone: &UndoOutcome) -> Result<()> {
    if undone.tables.is_empty() {
        return Ok(());
    }
    let counts: Vec<CountRow> = undone.tables.iter().map(CountRow).collect();
    let fields: Vec<&'static Field> = COUNTS.iter().collect();
    app.show_all(&fields, &counts, Paging::whole(counts.len() as u64))?;
    if undone.left.is_empty() {
        return Ok(());
    }
    writeln!(app.printer.data()).map_err(writing)?;
    let shown = ["record", "field", "before", "wrote", "now", "why"];
    let fields: Vec<&'static Field> = LEFT.iter().filter(|field| shown.contains(&field.name)).collect();
    let rows: Vec<ConflictRow> = undone.left.iter().take(SHOWN).map(ConflictRow).collect();
    app.show_all(&fields, &rows, Paging::whole(rows.len() as u64))?;
    let rest = undone.left.len().saturating_sub(SHOWN);
    if rest > 0 {
        app.printer.talk(format_args!("{} more; -o json or -o csv shows them", grouped(rest as u64)));
    }
    Ok(())
}
