//! `fastenr goals refresh`

use fastenr_core::Result;
use fastenr_core::model::goal::GOAL;
use fastenr_core::ops::goals;

use crate::app::App;
use crate::commands::count;
use crate::exit::{self, Code};
use crate::output::object;

/// Update goals: take their values from the data and derive their current status.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The data has values for arr, health_score, adoption, seat_count, nps and accounts. Goals of type renewals and custom keep the value
that users record. Open goals are updated, and other goals until their target date is over.

Examples:
  fastenr goals refresh
  fastenr goals refresh --account Acme --dry-run -o json")]
pub(crate) struct Args {
    /// Only the goals of this account.
    #[arg(long, value_name = "ACCOUNT")]
    pub account: Option<String>,

    /// Preview changes without saving.
    #[arg(long)]
    pub dry_run: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let done = goals::refresh(&context, args.account.as_deref(), args.dry_run).await?;
    object(app, &done)?;
    let tried = if args.dry_run { " (dry run: nothing was written)" } else { "" };
    app.printer.talk(format_args!("{}: {}{tried}", count(done.goals, &GOAL), done.summary()));
    Ok(exit::DONE)
}
