//! `fastenr metrics export`

use fastenr_core::Result;

use super::Metric;
use crate::app::App;
use crate::commands::entries::export::{self, ExportArgs};
use crate::exit::Code;

/// Export metrics to a file or stdout; an import reads it back unchanged.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr metrics export metrics.csv.gz
  fastenr metrics export --from 2026-01-01 -o jsonl")]
pub(crate) struct Args {
    #[command(flatten)]
    pub export: ExportArgs<Metric>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    export::run::<Metric>(app, args.export).await
}
