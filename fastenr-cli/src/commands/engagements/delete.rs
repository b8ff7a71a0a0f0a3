//! `fastenr engagements delete`

use fastenr_core::Result;

use super::Engagement;
use crate::app::App;
use crate::commands::entries::delete::{self, DeleteArgs};
use crate::exit::Code;

/// Delete an engagement; the activity feed keeps its values.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr engagements delete MEETING-17
  fastenr engagements delete 'Renewal call' --dry-run")]
pub(crate) struct Args {
    #[command(flatten)]
    pub delete: DeleteArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    delete::run::<Engagement>(app, args.delete).await
}
