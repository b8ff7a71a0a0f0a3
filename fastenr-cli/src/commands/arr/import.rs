//! `fastenr arr import`

use fastenr_core::Result;
use fastenr_core::model::arr_change::ARR_CHANGE;

use crate::app::App;
use crate::commands::import::{self, ImportArgs};
use crate::exit::Code;

/// Import the ARR history of accounts from a CSV, TSV, JSON Lines or Excel file.
///
/// Each row has an account, a day and the ARR from that day on; the first row is the beginning of the history. A row for a
/// day that already has a change updates it. The history of an account must end with its current ARR, or all its rows are
/// rejected: import the accounts first.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr arr import history.csv --dry-run
  fastenr arr import finance.csv --map 'Contract Value=arr' --map 'Valid From=effective_on'

To import a column of months such as 2025-03, use a mapping file: effective_on = { template = '{Month}-01' }.

Exit codes: 0 all rows were imported; 1 nothing was written; 3 imported, except the rejected rows.")]
pub(crate) struct Args {
    #[command(flatten)]
    pub import: ImportArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    import::run(app, &ARR_CHANGE, args.import).await
}
