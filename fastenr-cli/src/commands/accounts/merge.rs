//! `fastenr accounts merge`

use fastenr_core::Result;
use fastenr_core::model::noun::{Field, Meaning, Value};
use fastenr_core::ops::merge::{self, MergeOutcome};
use fastenr_core::view::merge::AccountMerge;

use crate::app::App;
use crate::commands::{grouped, written};
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::{Paging, Record};
use crate::printer::NoTerminal;

/// Merge duplicate accounts into one account.
///
/// Contacts, team, engagements with their files, metrics, goals, adjustments, alerts and child accounts of the duplicates
/// move to the kept account. If both have the same metric day, contact e-mail address, team member or open alert, that of
/// the kept account stays. Its blank fields are filled from the duplicates in the order named. A duplicate is archived with
/// a reference to the kept account, and its external id then names the kept account, in imports too. On a terminal it shows
/// a preview and asks for confirmation, unless you use --yes.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr accounts merge CRM-00017 CRM-00412 --dry-run
  fastenr accounts merge Acme 'Acme Inc' 'ACME, Inc.' --yes
  fastenr accounts merge CRM-00017 CRM-00412 --dry-run -o json")]
pub(crate) struct Args {
    /// Account to keep: id, external id, or a unique name or domain.
    #[arg(value_name = "KEEP")]
    pub keep: String,

    /// Accounts to merge into it; the first one that has a value fills a blank field.
    #[arg(value_name = "DUPLICATE", required = true)]
    pub duplicates: Vec<String>,

    /// Preview what would move, be filled and be left out, without saving.
    #[arg(long)]
    pub dry_run: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let mut expected = None;
    if !args.dry_run && !app.settings.yes {
        let foretold = merge::merge(&context, &args.keep, &args.duplicates, None, true).await?;
        tell(app, &foretold, true);
        let question = format!("Merge {} into {}?", names(&foretold), foretold.keep.name);
        app.printer.confirm(question, NoTerminal::Refuse)?;
        expected = Some(foretold);
    }
    let done = merge::merge(&context, &args.keep, &args.duplicates, expected.as_ref(), args.dry_run).await?;
    match app.settings.output {
        Format::Json | Format::Jsonl => app.printer.json(&AccountMerge::new(&done, args.dry_run))?,
        Format::Table | Format::Csv => {
            let fields: Vec<&Field> = COLUMNS.iter().collect();
            app.show_all(&fields, &rows(&done), Paging::whole(0))?;
        }
    }
    app.printer.finish()?;
    tell(app, &done, args.dry_run);
    Ok(exit::DONE)
}

/// What the table does not show: filled fields, new parents, external ids, ARR.
fn tell(app: &mut App, done: &MergeOutcome, dry_run: bool) {
    let keep = &done.keep.name;
    if dry_run {
        app.printer.talk(format_args!("would merge {} into {keep}; dry run, nothing was written", names(done)));
    } else {
        app.printer.talk(format_args!("merged {} into {keep}", names(done)));
    }
    if !done.filled.is_empty() {
        app.printer.talk(if dry_run { "blank fields that would be filled:" } else { "filled blank fields:" });
        written::lines(app, &done.filled);
    }
    for moved in &done.resettled {
        let to = if moved.new.is_empty() { "none" } else { &moved.new };
        let line = format_args!("{}: parent account {} → {to}", moved.name, moved.old);
        app.printer.talk(line);
    }
    for external_id in &done.aliases {
        let verb = if dry_run { "would refer to" } else { "now refers to" };
        app.printer.talk(format_args!("external id {external_id} {verb} {keep}, also in imports"));
    }
    for (at, arr) in &done.dropped_arr {
        let name = done.duplicates.get(*at).map_or("", |account| account.name.as_str());
        let line =
            format_args!("the ARR of {name}, {arr}, no longer counts, also on past days; {keep} keeps its own ARR");
        app.printer.warn(line);
    }
    if let Some(operation) = done.operation {
        app.printer.talk(format_args!("Undo with `fastenr operations undo {operation}`"));
    }
}

fn names(done: &MergeOutcome) -> String {
    match done.duplicates.as_slice() {
        [one] => one.name.clone(),
        [one, other] => format!("{} and {}", one.name, other.name),
        many => format!("{} accounts", grouped(many.len() as u64)),
    }
}

const COLUMNS: &[Field] = &[
    Field::new("records", Meaning::Line, ""),
    Field::new("moved", Meaning::Count, ""),
    Field::new("left_out", Meaning::Count, ""),
];

struct Row(&'static str, u64, u64);

fn rows(done: &MergeOutcome) -> Vec<Row> {
    let children = done.children.iter().map(|(called, moved)| Row(called, moved.moved, moved.left_out));
    children.chain([Row("child accounts", done.adopted, 0)]).collect()
}

impl Record for Row {
    fn value(&self, field: &Field) -> Value {
        let count = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
        match field.name {
            "records" => Value::Text(self.0.to_owned()),
            "moved" => count(self.1),
            _ => count(self.2),
        }
    }

    fn title(&self) -> String {
        self.0.to_owned()
    }
}
