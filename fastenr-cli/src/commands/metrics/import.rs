//! `fastenr metrics import`

use fastenr_core::Result;
use fastenr_core::model::metric::METRIC;

use crate::app::App;
use crate::commands::import::{self, ImportArgs};
use crate::exit::Code;

/// Create and update metrics from a file of any make: one row for each account and day.
///
/// An empty cell says nothing: it is not zero. Percentages that may be shares of one or marks out of five are refused
/// until --scale says which.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr metrics import usage.csv.gz
  fastenr metrics import survey.csv --scale csat=1-5 --map Score=csat

Exit codes: 0 all rows are in; 1 nothing was written; 3 written, but for the rows that were rejected.")]
pub(crate) struct Args {
    #[command(flatten)]
    pub import: ImportArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    import::run(app, &METRIC, args.import).await
}
