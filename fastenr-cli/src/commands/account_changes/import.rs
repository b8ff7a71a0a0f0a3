//! `fastenr changes import`

use fastenr_core::Result;
use fastenr_core::model::field_change::FIELD_CHANGE;

use crate::app::App;
use crate::commands::import::{self, ImportArgs};
use crate::exit::Code;

/// Import the past of accounts' fields from a CSV, TSV, JSON Lines or Excel file.
///
/// Each row has an account, a field (seats, contract_end, renewal_stage, past_due_since, size, owner, auto_renew or arr), a day, the
/// value before that day (old) and the value from that day on (new). A row for a day on which the field already changed updates that
/// change. The history of a field must end with the account's current value, or all its rows are rejected: import the accounts first.
/// Scores of past days, back-tests and fitted models read it.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr changes import history.csv --dry-run
  fastenr changes import field_history.csv --map 'Field Name=field' --map 'Edit Date=effective_on' \\
    --map 'Old Value=old' --map 'New Value=new'

Exit codes: 0 all rows were imported; 1 nothing was written; 3 imported, except the rejected rows.")]
pub(crate) struct Args {
    #[command(flatten)]
    pub import: ImportArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    import::run(app, &FIELD_CHANGE, args.import).await
}
