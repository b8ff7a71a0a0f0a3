//! `fastenr goals get`

use fastenr_core::Result;

use super::Goal;
use crate::app::App;
use crate::commands::entries::get::{self, GetArgs};
use crate::exit::Code;

/// Show one goal.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr goals get 'Roll out to sales' -o json")]
pub(crate) struct Args {
    #[command(flatten)]
    pub get: GetArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    get::run::<Goal>(app, args.get).await
}
