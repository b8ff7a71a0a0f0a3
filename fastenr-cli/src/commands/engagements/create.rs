//! `fastenr engagements create`

use fastenr_core::Result;

use super::Engagement;
use crate::app::App;
use crate::commands::entries::create::{self, CreateArgs};
use crate::exit::Code;

/// Create an engagement.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr engagements create --account Acme --type meeting --title 'Quarterly review' \\
    --scheduled-at 2026-03-10T14:00:00Z --attendee 'Jo Doe <jo@acme.example>'
  fastenr engagements create --account Acme --type call --title 'Renewal call' --completed-at now --outcome positive")]
pub(crate) struct Args {
    #[command(flatten)]
    pub create: CreateArgs<Engagement>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    create::run::<Engagement>(app, args.create).await
}
