//! `fastenr tasks …`: every verb is that of the nouns of an account; `done` sets one field.

use clap::Subcommand;
use fastenr_core::Result;
use fastenr_core::model::noun::Noun;
use fastenr_core::model::nouns::TASK;
use fastenr_core::ops::bulk::BulkAction;
use fastenr_core::ops::entries as records;

use super::bulk::{self, BulkArgs, SetArgs};
use super::entries::filter::FilterArgs;
use super::entries::{Kind, create, delete, export, get, list, update};
use super::import::{self, ImportArgs};
use super::written;
use crate::app::App;
use crate::exit::Code;
use crate::typed::Since;

#[derive(Debug, Clone)]
pub(crate) struct Task;

impl Kind for Task {
    fn noun() -> &'static Noun {
        &TASK
    }

    const COLUMNS: &'static [&'static str] = &["due", "title", "account_name", "owner", "source", "done_at"];
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    List(List),
    Get(Get),
    Create(Create),
    Update(Update),
    Done(Done),
    Delete(Delete),
    BulkUpdate(BulkUpdate),
    BulkDelete(BulkDelete),
    Import(Box<Import>),
    Export(Export),
}

/// List tasks by due date, tasks without one first: one page, or --all.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr tasks list --open --owner @me
  fastenr tasks list --overdue
  fastenr tasks list --due-within 7d --segment 'key accounts' -o json")]
pub(crate) struct List {
    #[command(flatten)]
    list: list::ListArgs<Task>,
}

/// Show a task.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr tasks get 'Send offer'
  fastenr tasks get T-17 -o json")]
pub(crate) struct Get {
    #[command(flatten)]
    get: get::GetArgs,
}

/// Create a task.
///
/// You are the owner unless you set --owner.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr tasks create --account Acme --title 'Send offer' --due friday
  fastenr tasks create --account Acme --title 'Ask about usage' --owner jo@example.com --source alert --source-id 0199f2c4-8d60-7a3e-9f55-2b1f0e6d7c88")]
pub(crate) struct Create {
    #[command(flatten)]
    create: create::CreateArgs<Task>,
}

/// Update a task.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr tasks update 'Send offer' --due 2026-04-17
  fastenr tasks update T-17 --owner jo@example.com --unset done_at")]
pub(crate) struct Update {
    #[command(flatten)]
    update: update::UpdateArgs<Task>,
}

/// Mark a task as done.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr tasks done 'Send offer'
  fastenr tasks done T-17 --at 'yesterday 15:30'")]
pub(crate) struct Done {
    /// Task: id, external id or unique title.
    #[arg(value_name = "NAME")]
    which: String,

    /// Time at which it was done [default: now].
    #[arg(long, value_name = "TIME")]
    at: Option<Since>,

    /// Preview without saving.
    #[arg(long)]
    dry_run: bool,

    /// Only if the task is still at this version.
    #[arg(long, value_name = "N")]
    if_version: Option<i64>,
}

/// Delete a task; the activity feed keeps its values.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr tasks delete 'Send offer'
  fastenr tasks delete T-17 --dry-run")]
pub(crate) struct Delete {
    #[command(flatten)]
    delete: delete::DeleteArgs,
}

/// Update the same fields of many tasks at once: all of them or none.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr tasks bulk-update --owner mia@example.com --open --set owner=jo@example.com --dry-run
  fastenr tasks bulk-update --overdue --set due=2026-05-01 --max-affected 50")]
pub(crate) struct BulkUpdate {
    #[command(flatten)]
    bulk: BulkArgs,

    #[command(flatten)]
    values: SetArgs,

    #[command(flatten)]
    filter: FilterArgs<Task>,
}

/// Delete many tasks at once; an undo restores them.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr tasks bulk-delete --done --due-to 2025-12-31 --dry-run
  fastenr tasks bulk-delete --ids tasks.txt --expect 12")]
pub(crate) struct BulkDelete {
    #[command(flatten)]
    bulk: BulkArgs,

    #[command(flatten)]
    filter: FilterArgs<Task>,
}

/// Create and update tasks from a CSV, TSV, JSON Lines or Excel file.
///
/// A row is matched to a task by the external id, otherwise by the account, the source, the due date and the title.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr tasks import tasks.csv --dry-run
  fastenr tasks import todo.csv --map 'Subject=title' --map 'Due Date=due'

Exit codes: 0 all rows were imported; 1 nothing was written; 3 imported, except the rejected rows.")]
pub(crate) struct Import {
    #[command(flatten)]
    import: ImportArgs,
}

/// Export tasks to a file or stdout; an import reads it back unchanged.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr tasks export tasks.csv
  fastenr tasks export --open -o jsonl")]
pub(crate) struct Export {
    #[command(flatten)]
    export: export::ExportArgs<Task>,
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::List(args) => list::run::<Task>(app, args.list).await,
        Verb::Get(args) => get::run::<Task>(app, args.get).await,
        Verb::Create(args) => create::run::<Task>(app, args.create).await,
        Verb::Update(args) => update::run::<Task>(app, args.update).await,
        Verb::Done(args) => done(app, args).await,
        Verb::Delete(args) => delete::run::<Task>(app, args.delete).await,
        Verb::BulkUpdate(args) => bulk::run(app, &TASK, args.values.action(), args.filter.pairs(), args.bulk).await,
        Verb::BulkDelete(args) => bulk::run(app, &TASK, BulkAction::Delete, args.filter.pairs(), args.bulk).await,
        Verb::Import(args) => import::run(app, &TASK, args.import).await,
        Verb::Export(args) => export::run::<Task>(app, args.export).await,
    }
}

async fn done(app: &mut App, args: Done) -> Result<Code> {
    let context = app.context().await?;
    let task = records::get(&context, &TASK, &args.which).await?;
    // A task that is already done keeps its time, unless a time is given.
    let at = args
        .at
        .map(|at| at.as_str().to_owned())
        .or_else(|| task.instant("done_at").is_none().then(|| "now".to_owned()));
    let given: Vec<_> = at.map(|at| ("done_at".to_owned(), Some(at))).into_iter().collect();
    let id = task.id().to_string();
    let made = records::update(&context, &TASK, &id, &given, args.if_version, args.dry_run).await?;
    written::written(app, &TASK, ("finished", "finish"), &made, args.dry_run)
}
