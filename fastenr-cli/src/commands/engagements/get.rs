//! `fastenr engagements get`

use fastenr_core::Result;

use super::Engagement;
use crate::app::App;
use crate::commands::entries::get::{self, GetArgs};
use crate::exit::Code;

/// Show one engagement.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr engagements get 'Quarterly review' -o json
  fastenr engagements get MEETING-17")]
pub(crate) struct Args {
    #[command(flatten)]
    pub get: GetArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    get::run::<Engagement>(app, args.get).await
}
