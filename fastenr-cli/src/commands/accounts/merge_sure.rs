//! `fastenr accounts duplicates --merge-sure`

use fastenr_core::Result;
use fastenr_core::duplicates::Doubt;
use fastenr_core::model::account::Account;
use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::ops::bulk::Limits;
use fastenr_core::ops::merge::{self, MergeOutcome, SureMerges};
use fastenr_core::view::merge::SureAccountMerges;

use super::duplicates::{Args, called};
use crate::app::App;
use crate::commands::{counted, grouped};
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::{Paging, Record};
use crate::printer::{NoTerminal, unconfirmed};

/// The pairs that are listed as left out.
const LISTED: usize = 10;

pub(super) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let filter = args.filter.pairs();
    let mut limits = Limits { max_affected: args.max_affected, expect: args.expect };
    if args.dry_run {
        let foreseen = merge::merge_sure(&context, &filter, limits, true).await?;
        render(app, &foreseen, true)?;
        return foreseen.refusal.map_or(Ok(exit::DONE), Err);
    }
    if app.printer.asks() || !(app.printer.confirmed() || limits != Limits::default()) {
        let foreseen = merge::merge_sure(&context, &filter, limits, true).await?;
        if let Some(refusal) = foreseen.refusal {
            return Err(refusal);
        }
        let merged = foreseen.merged();
        let question = format!("Merge {} into others?", counted(merged, "account", "accounts"));
        if !app.printer.asks() && merged > 0 {
            return Err(unconfirmed(question).hint(format!(
                "nothing was written; add --expect {merged}, --max-affected N or --yes. --dry-run shows the merges"
            )));
        }
        if merged > 0 {
            rows(app, &foreseen)?;
            app.printer.confirm(question, NoTerminal::Refuse)?;
            // The confirmation was for as many.
            limits.expect = Some(merged);
        }
    }
    let done = merge::merge_sure(&context, &filter, limits, false).await?;
    render(app, &done, false)?;
    Ok(exit::DONE)
}

fn render(app: &mut App, done: &SureMerges, dry_run: bool) -> Result<()> {
    match app.settings.output {
        Format::Json | Format::Jsonl => app.printer.json(&SureAccountMerges::new(done, dry_run))?,
        Format::Table | Format::Csv => rows(app, done)?,
    }
    app.printer.finish()?;
    tell(app, done, dry_run);
    Ok(())
}

fn rows(app: &mut App, done: &SureMerges) -> Result<()> {
    let fields: Vec<&Field> = COLUMNS.iter().collect();
    let rows: Vec<Row> = done.merges.iter().map(Row).collect();
    app.show_all(&fields, &rows, Paging::whole(rows.len() as u64))
}

fn tell(app: &mut App, done: &SureMerges, dry_run: bool) {
    let among = format!("{} compared", counted(done.accounts as u64, "account", "accounts"));
    let merged = counted(done.merged(), "account", "accounts");
    let into = grouped(done.merges.len() as u64);
    app.printer.talk(match (done.merged(), dry_run) {
        (0, _) => format!("no sure duplicates, nothing to merge ({among})"),
        (_, true) => format!("would merge {merged} into {into} ({among}); dry run, nothing was written"),
        (_, false) => format!("merged {merged} into {into} ({among})"),
    });
    for pair in done.left_out.iter().take(LISTED) {
        let line =
            format!("not merged: {} and {}: {}", called(&pair.keep), called(&pair.duplicate), pair.doubt.words());
        app.printer.talk(line);
    }
    let more = done.left_out.len().saturating_sub(LISTED);
    if more > 0 {
        app.printer.talk(format_args!("and {} more; -o json lists them", grouped(more as u64)));
    }
    if let Some(pair) = done.left_out.iter().find(|pair| pair.doubt != Doubt::Related) {
        let line = format_args!(
            "preview such a merge: `fastenr accounts merge {} {} --dry-run`",
            pair.keep.id, pair.duplicate.id
        );
        app.printer.talk(line);
    }
    if let Some(operation) = done.operation {
        app.printer.talk(format_args!("Undo with `fastenr operations undo {operation}`"));
    }
}

const COLUMNS: &[Field] = &[
    Field::new("keep", Meaning::Line, ""),
    Field::new("duplicates", Meaning::Line, ""),
    Field::new("records_moved", Meaning::Count, ""),
    Field::new("left_out", Meaning::Count, ""),
    Field::new("filled", Meaning::Line, ""),
];

struct Row<'a>(&'a MergeOutcome);

fn named(account: &Account) -> String {
    match &account.external_id {
        Some(external_id) => format!("{} ({external_id})", account.name),
        None => format!("{} ({})", account.name, account.id),
    }
}

impl Record for Row<'_> {
    fn value(&self, field: &Field) -> Value {
        let done = self.0;
        let sum = |count: u64| Value::Integer(i64::try_from(count).unwrap_or(i64::MAX));
        let list = |texts: Vec<String>| if texts.is_empty() { Value::Null } else { Value::Text(texts.join(", ")) };
        match field.name {
            "keep" => Value::Text(named(&done.keep)),
            "duplicates" => list(done.duplicates.iter().map(named).collect()),
            "records_moved" => sum(done.children.iter().map(|(_, moved)| moved.moved).sum::<u64>() + done.adopted),
            "left_out" => sum(done.children.iter().map(|(_, moved)| moved.left_out).sum()),
            _ => list(done.filled.iter().map(|change| change.field.to_owned()).collect()),
        }
    }

    fn title(&self) -> String {
        self.0.keep.name.clone()
    }
}
