//! `fastenr segments create`

use fastenr_core::Result;
use fastenr_core::model::segment::SEGMENT;
use fastenr_core::ops::segments;

use crate::app::App;
use crate::commands::accounts::FilterArgs;
use crate::commands::written::{self, CREATE};
use crate::exit::Code;

/// Save a filter of accounts as a segment.
///
/// The filter is saved as you typed it: --renews-within 90d means 90 days from the day the segment is used, and owners are
/// looked up then.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr segments create renewals-at-risk --status at_risk --renews-within 90d
  fastenr segments create 'Gold in Europe' --custom tier=gold --tag emea --dry-run
  fastenr accounts list --segment renewals-at-risk --sort arr:desc")]
pub(crate) struct Args {
    /// Name, 1 to 100 characters; unique, ignoring case.
    #[arg(value_name = "NAME")]
    pub name: String,

    /// Preview without saving.
    #[arg(long)]
    pub dry_run: bool,

    #[command(flatten)]
    pub filter: FilterArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let made = segments::create(&context, &args.name, &args.filter.pairs(), args.dry_run).await?;
    written::written(app, &SEGMENT, CREATE, &made, args.dry_run)
}
