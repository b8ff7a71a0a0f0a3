//! `fastenr goals refresh`

use fastenr_core::Result;
use fastenr_core::ops::goals;

use crate::app::App;
use crate::exit::{self, Code};
use crate::output::object;

/// Take the values of goals from the data, and derive where each goal stands today.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
From the data come arr, health_score, adoption, seat_count, nps and accounts; renewals and custom goals keep the value that
people record. It looks at open goals, and at others until their target date is over.

Examples:
  fastenr goals refresh
  fastenr goals refresh --account Acme --dry-run -o json")]
pub(crate) struct Args {
    /// Only the goals of this account.
    #[arg(long, value_name = "ACCOUNT")]
    pub account: Option<String>,

    /// Show what would change, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let done = goals::refresh(&context, args.account.as_deref(), args.dry_run).await?;
    object(app, &done)?;
    let tried = if args.dry_run { " (dry run: nothing was written)" } else { "" };
    app.printer.talk(format_args!("{} goals: {}{tried}", done.goals, done.summary()));
    Ok(exit::DONE)
}
