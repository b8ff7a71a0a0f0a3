//! `fastenr goals create`

use fastenr_core::Result;

use super::Goal;
use crate::app::App;
use crate::commands::entries::create::{self, CreateArgs};
use crate::exit::Code;

/// Create a goal.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr goals create --account Acme --title 'Roll out to sales' --metric-type seat_count --target-value 200 --target-date 2026-06-30
  fastenr goals create --account Acme --title 'Fewer tickets' --start-value 40 --current-value 40 --target-value 10")]
pub(crate) struct Args {
    #[command(flatten)]
    pub create: CreateArgs<Goal>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    create::run::<Goal>(app, args.create).await
}
