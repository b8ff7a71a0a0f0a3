//! `fastenr metrics import`

use fastenr_core::Result;
use fastenr_core::model::metric::METRIC;

use crate::app::App;
use crate::commands::import::{self, ImportArgs};
use crate::exit::Code;

/// Create and update metrics from a CSV, TSV, JSON Lines or Excel file: one row per account and day.
///
/// An empty cell means no value, not zero. Percentages that could be shares of one or marks out of five are refused until
/// you set --scale.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr metrics import usage.csv.gz
  fastenr metrics import survey.csv --scale csat=1-5 --map Score=csat

Exit codes: 0 all rows were imported; 1 nothing was written; 3 imported, except the rejected rows.")]
pub(crate) struct Args {
    #[command(flatten)]
    pub import: ImportArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    import::run(app, &METRIC, args.import).await
}
