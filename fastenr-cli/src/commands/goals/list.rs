//! `fastenr goals list`

use fastenr_core::Result;

use super::Goal;
use crate::app::App;
use crate::commands::entries::list::{self, ListArgs};
use crate::exit::Code;

/// List goals, the most urgent first: one page, or --all.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr goals list --account Acme --open
  fastenr goals list --status at_risk,missed --owner jo@example.com
  fastenr goals list --due-to 2026-06-30 -o json")]
pub(crate) struct Args {
    #[command(flatten)]
    pub list: ListArgs<Goal>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    list::run::<Goal>(app, args.list).await
}
