//! `fastenr goals delete`

use fastenr_core::Result;

use super::Goal;
use crate::app::App;
use crate::commands::entries::delete::{self, DeleteArgs};
use crate::exit::Code;

/// Delete a goal; the activity feed keeps its values.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr goals delete 'Roll out to sales'
  fastenr goals delete GOAL-7 --dry-run")]
pub(crate) struct Args {
    #[command(flatten)]
    pub delete: DeleteArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    delete::run::<Goal>(app, args.delete).await
}
