//! `fastenr model …`

pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod fit;
pub(crate) mod list;
pub(crate) mod preview;
pub(crate) mod rollback;
pub(crate) mod show;
pub(crate) mod use_file;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use fastenr_core::model::noun::{Field, Value};
use fastenr_core::ops::models::{ModelUseOutcome, Step};
use fastenr_core::score::Model;
use fastenr_core::{Error, Result};
use indicatif::ProgressBar;
use serde_json::json;

use crate::app::App;
use crate::commands::counted;
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::{Record, facts};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Show(show::Args),
    Check(check::Args),
    Preview(preview::Args),
    Fit(fit::Args),
    Compare(compare::Args),
    Use(use_file::Args),
    List(list::Args),
    Rollback(rollback::Args),
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::Show(args) => show::run(app, args).await,
        Verb::Check(args) => check::run(app, args).await,
        Verb::Preview(args) => preview::run(app, args).await,
        Verb::Fit(args) => fit::run(app, args).await,
        Verb::Compare(args) => compare::run(app, args).await,
        Verb::Use(args) => use_file::run(app, args).await,
        Verb::List(args) => list::run(app, args).await,
        Verb::Rollback(args) => rollback::run(app, args).await,
    }
}

/// The options of commands that score all accounts again.
#[derive(Debug, clap::Args)]
pub(crate) struct WriteArgs {
    /// Score this many days again, including today; 0: none, the next recompute uses the model.
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(u64).range(0..=400))]
    pub days: u64,

    /// Preview changes without saving.
    #[arg(long)]
    pub dry_run: bool,
}

/// A model file, `-` for stdin.
#[derive(Debug, clap::Args)]
pub(crate) struct FileArgs {
    /// Model: a TOML file, or - for stdin; values that it leaves out are those of the built-in model.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

impl FileArgs {
    fn text(&self) -> Result<String> {
        let doing = |error| Error::io(format_args!("reading {}", self.file.display()), error);
        if self.file != Path::new("-") {
            return std::fs::read_to_string(&self.file).map_err(doing);
        }
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(doing)?;
        Ok(text)
    }

    /// # Errors
    /// `model`, with a line for each slip.
    pub(crate) fn read(&self) -> Result<Model> {
        self.parse(&self.text()?)
    }

    fn parse(&self, text: &str) -> Result<Model> {
        Model::parse(text).map_err(|mut error| {
            let file = self.file.display();
            let several = error.message.lines().nth(1).is_some();
            error.message = match several {
                true => format!("{file}: {} slips\n{}", error.message.lines().count(), error.message),
                false => format!("{file}: {}", error.message),
            };
            error
        })
    }
}

/// Shows the progress of a long write.
fn watch(bar: &ProgressBar) -> impl FnMut(Step) + Send {
    |step| match step {
        Step::Day { date, number, of } => bar.set_message(format!("{date}, day {number} of {of}:")),
        Step::Accounts(accounts) => bar.inc(accounts),
    }
}

/// The result of `model use` or `model rollback`.
fn adopted(app: &mut App, adopted: &ModelUseOutcome, dry_run: bool) -> Result<Code> {
    if matches!(app.settings.output, Format::Json | Format::Jsonl) {
        app.printer.json(adopted)?;
    } else {
        let rescored = adopted.rescored.as_ref();
        let today = rescored.map(|rescored| &rescored.today);
        let rows = [
            ("name", json!(adopted.name)),
            ("revision", json!(adopted.revision)),
            ("fingerprint", json!(adopted.fingerprint)),
            ("position", json!(adopted.position)),
            ("before", json!(adopted.before)),
            ("replaced", json!(adopted.replaced)),
            ("days_scored", json!(rescored.map(|rescored| rescored.days))),
            ("snapshots_changed", json!(rescored.map(|rescored| rescored.changed))),
            ("moved_up", json!(today.map(|today| today.moved.up))),
            ("moved_down", json!(today.map(|today| today.moved.down))),
            ("status_changes", json!(today.map(|today| today.status_changes))),
            ("alerts_opened", json!(today.map(|today| today.alerts_opened))),
            ("alerts_held", json!(today.map(|today| today.alerts_held))),
            ("operation", json!(adopted.operation)),
        ];
        facts(app, &rows)?;
    }
    app.printer.finish()?;
    told(app, adopted, dry_run)
}

/// Says what taking a model into use, or going back, did.
fn told(app: &mut App, adopted: &ModelUseOutcome, dry_run: bool) -> Result<Code> {
    let name = &adopted.name;
    let what = match (adopted.revision, adopted.changed, dry_run) {
        (Some(revision), false, _) => format!("{name}, revision {revision}, is already in use"),
        (Some(revision), true, false) => format!("{name}, revision {revision}, is in use"),
        (Some(revision), true, true) => format!("{name}, revision {revision}, would be in use"),
        (None, false, _) => format!("nothing to change: {name} is the model of all accounts without another model"),
        (None, true, false) => {
            format!(
                "{name} is no longer in use (it has no earlier revision); its accounts are scored with the next model that applies"
            )
        }
        (None, true, true) => {
            format!(
                "{name} would no longer be in use (it has no earlier revision); its accounts would be scored with the next model that applies"
            )
        }
    };
    let replaced = match adopted.replaced.as_slice() {
        [] => String::new(),
        names => format!(", replaces {}", names.join(", ")),
    };
    let tried = if dry_run { " (dry run: nothing was written)" } else { "" };
    app.printer.talk(format_args!("{what}{replaced}{tried}"));
    if let Some(rescored) = &adopted.rescored {
        let changed = counted(rescored.changed, "snapshot", "snapshots");
        let (from, to) = (rescored.from, rescored.to);
        app.printer.talk(format_args!(
            "{} scored again, {from} to {to}: {changed} changed",
            counted(rescored.days, "day", "days")
        ));
        app.printer.talk(rescored.today.summary());
    }
    let held = adopted.rescored.as_ref().is_some_and(|rescored| rescored.today.is_guarded());
    Ok(if held { exit::REJECTED } else { exit::DONE })
}

/// A row of a table with ready cells, in the order of the fields.
struct Row {
    fields: &'static [Field],
    cells: Vec<Value>,
}

impl Record for Row {
    fn value(&self, field: &Field) -> Value {
        let place = self.fields.iter().position(|known| known.name == field.name);
        place.and_then(|place| self.cells.get(place)).cloned().unwrap_or(Value::Null)
    }

    fn title(&self) -> String {
        self.fields.first().map(|field| field.text(&self.value(field)).into_owned()).unwrap_or_default()
    }

    fn unknown(&self, field: &Field) -> bool {
        self.value(field).is_null()
    }
}

/// Shows rows in the chosen format.
fn table(app: &mut App, fields: &'static [Field], rows: Vec<Vec<Value>>) -> Result<()> {
    let shown: Vec<&'static Field> = fields.iter().collect();
    let rows: Vec<Row> = rows.into_iter().map(|cells| Row { fields, cells }).collect();
    app.show_all(&shown, &rows, crate::output::Paging::whole(rows.len() as u64))
}

fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

fn count(number: u64) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}
