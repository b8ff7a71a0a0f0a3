//! `fastenr goals export`

use fastenr_core::Result;

use super::Goal;
use crate::app::App;
use crate::commands::entries::export::{self, ExportArgs};
use crate::exit::Code;

/// Export goals to a file or stdout; an import reads it back unchanged.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr goals export goals.csv
  fastenr goals export --account Acme -o jsonl")]
pub(crate) struct Args {
    #[command(flatten)]
    pub export: ExportArgs<Goal>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    export::run::<Goal>(app, args.export).await
}
