//! `fastenr engagements list`

use fastenr_core::Result;

use super::Engagement;
use crate::app::App;
use crate::commands::entries::list::{self, ListArgs};
use crate::exit::Code;

/// List engagements, the latest first: one page, or --all.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr engagements list --account Acme --from 90d
  fastenr engagements list --open --created-by jo@example.com --sort scheduled_at
  fastenr engagements list --competitor Globex --outcome negative -o json")]
pub(crate) struct Args {
    #[command(flatten)]
    pub list: ListArgs<Engagement>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    list::run::<Engagement>(app, args.list).await
}
