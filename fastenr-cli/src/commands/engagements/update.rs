//! `fastenr engagements update`

use fastenr_core::Result;

use super::Engagement;
use crate::app::App;
use crate::commands::entries::update::{self, UpdateArgs};
use crate::exit::Code;

/// Update an engagement.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr engagements update MEETING-17 --completed-at 2026-03-10T15:00:00Z --outcome positive
  fastenr engagements update 'Renewal call' --competitor Globex --competitor-stage evaluation")]
pub(crate) struct Args {
    #[command(flatten)]
    pub update: UpdateArgs<Engagement>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    update::run::<Engagement>(app, args.update).await
}
