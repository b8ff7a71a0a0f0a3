//! `fastenr arr import`

use fastenr_core::Result;
use fastenr_core::model::arr_change::ARR_CHANGE;

use crate::app::App;
use crate::commands::import::{self, ImportArgs};
use crate::exit::Code;

/// Load the past of accounts' ARR from a file of any make.
///
/// Each row is an account, a day and the ARR from that day on; the first one is the beginning. A row for a day that has one
/// changes it. An account's history ends with the ARR that it has today, or all its rows are rejected: import the accounts
/// first.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr arr import history.csv --dry-run
  fastenr arr import finance.csv --map 'Contract Value=arr' --map 'Valid From=effective_on'

A column of months such as 2025-03 becomes days by a mapping file: effective_on = { template = '{Month}-01' }.

Exit codes: 0 all rows are in; 1 nothing was written; 3 written, but for the rows that were rejected.")]
pub(crate) struct Args {
    #[command(flatten)]
    pub import: ImportArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    import::run(app, &ARR_CHANGE, args.import).await
}
