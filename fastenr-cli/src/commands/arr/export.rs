//! `fastenr arr export`

use fastenr_core::Result;

use super::ArrChange;
use crate::app::App;
use crate::commands::entries::export::{self, ExportArgs};
use crate::exit::Code;

/// Export ARR changes to a file or stdout; an import reads it back unchanged.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr arr export arr.csv
  fastenr arr export --account Acme -o jsonl")]
pub(crate) struct Args {
    #[command(flatten)]
    pub export: ExportArgs<ArrChange>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    export::run::<ArrChange>(app, args.export).await
}
