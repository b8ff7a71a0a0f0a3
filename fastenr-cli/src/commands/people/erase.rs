//! `fastenr people erase`

use fastenr_core::Result;
use fastenr_core::ops::people::{self, EraseRequest, Erasure};
use fastenr_core::store::Engine;

use super::{WhoArgs, shown};
use crate::app::App;
use crate::commands::counted;
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::printer::NoTerminal;

/// Erase a person: a pseudonym replaces name and address everywhere. Can't be undone. Only for admins.
///
/// Also replaces them in undo data, so that undoing older operations restores no erased field. Counts stay the same. Texts
/// that may be about another person are left and listed, and the exit code is 5: run it again with --also. An active user must be
/// deactivated first.
///
/// A SQLite file is then rewritten as by `fastenr db vacuum`. Backups, exports and files that were imported are not changed.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr people erase jane@acme.com --dry-run
  fastenr people erase jane@acme.com --also all --yes
  fastenr people erase jane@acme.com --also tasks.notes:0197a3f2-0000-7000-8000-000000000001 --yes")]
pub(crate) struct Args {
    #[command(flatten)]
    pub who: WhoArgs,

    /// Also erase at this place of the list, or with `all` at every place of it (repeat to give several).
    #[arg(long, value_name = "PLACE")]
    pub also: Vec<String>,

    /// Do not rewrite the SQLite file afterwards; `fastenr db vacuum` does it later.
    #[arg(long)]
    pub no_vacuum: bool,

    /// Preview what would be erased and what has to be decided, without saving.
    #[arg(long)]
    pub dry_run: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let request = EraseRequest { who: args.who.who(), also: &args.also, dry_run: true };
    let mut done = people::erase(&context, request).await?;
    if !args.dry_run && done.total() > 0 {
        let question = format!(
            "Permanently erase {} of {}? This can't be undone.",
            counted(done.total(), "text", "texts"),
            args.who.person
        );
        app.printer.confirm(question, NoTerminal::Refuse)?;
        done = people::erase(&context, EraseRequest { dry_run: false, ..request }).await?;
    }
    match app.settings.output {
        Format::Table | Format::Csv => {
            if !done.left.is_empty() || app.settings.output == Format::Csv {
                shown::places(app, &done.left)?;
            }
        }
        Format::Json => app.printer.line(serde_json::to_string_pretty(&done).unwrap_or_default())?,
        Format::Jsonl => app.printer.json(&done)?,
    }
    app.printer.finish()?;
    told(app, &args, &done);
    if done.operation.is_some() && context.db.engine() == Engine::Sqlite {
        rewrite(app, &args, &context.db).await;
    }
    Ok(if done.left.is_empty() { exit::DONE } else { exit::REFUSED })
}

fn told(app: &mut App, args: &Args, done: &Erasure) {
    let texts = counted(done.total(), "text", "texts");
    let line = match (done.operation, args.dry_run) {
        (_, true) => format!("{texts} would be erased; dry run, nothing was written"),
        (None, false) => "nothing to erase".to_owned(),
        (Some(operation), false) => {
            format!("erased {texts}: now {}. The receipt is operation {operation}", done.pseudonym)
        }
    };
    app.printer.talk(line);
    if !done.left.is_empty() {
        let left = counted(done.left.len() as u64, "place", "places");
        app.printer.warn(format_args!(
            "{left} not erased: each may be about another person; --also PLACE or --also all erases there too"
        ));
        if done.operation.is_some() {
            // The records no longer have the name.
            app.printer.talk(format_args!(
                "The records no longer have the name: run it again with --name NAME and {} as the person",
                done.address
            ));
        }
    }
}

/// The erasure is committed: what goes wrong here is said, and does not undo it.
async fn rewrite(app: &mut App, args: &Args, db: &fastenr_core::store::Db) {
    if args.no_vacuum {
        app.printer
            .talk("the file still has the erased text in free pages and its write-ahead log: run `fastenr db vacuum`");
        return;
    }
    if let Err(error) = fastenr_core::ops::admin::vacuum(db).await {
        app.printer.warn(format_args!(
            "the file was not rewritten and still has the erased text in free pages: {error}; run `fastenr db vacuum`"
        ));
    }
}
