//! `fastenr goals update`

use fastenr_core::Result;

use super::Goal;
use crate::app::App;
use crate::commands::entries::update::{self, UpdateArgs};
use crate::exit::Code;

/// Update a goal.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr goals update 'Roll out to sales' --target-date 2026-09-30
  fastenr goals update GOAL-7 --status achieved")]
pub(crate) struct Args {
    #[command(flatten)]
    pub update: UpdateArgs<Goal>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    update::run::<Goal>(app, args.update).await
}
