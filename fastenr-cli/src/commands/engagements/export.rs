//! `fastenr engagements export`

use fastenr_core::Result;

use super::Engagement;
use crate::app::App;
use crate::commands::entries::export::{self, ExportArgs};
use crate::exit::Code;

/// Export engagements to a file or stdout; an import reads it back unchanged.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr engagements export engagements.csv
  fastenr engagements export --account Acme -o jsonl")]
pub(crate) struct Args {
    #[command(flatten)]
    pub export: ExportArgs<Engagement>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    export::run::<Engagement>(app, args.export).await
}
