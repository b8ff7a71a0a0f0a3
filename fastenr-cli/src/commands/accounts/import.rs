//! `fastenr accounts import`

use fastenr_core::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::arr_change::ArrChangeKind;

use crate::app::App;
use crate::commands::import::{self, ImportArgs};
use crate::exit::Code;

/// Create and update accounts from a CSV, TSV, JSON Lines or Excel file.
///
/// Reads .csv, .tsv and .jsonl, each also as .gz, of any length, and .xlsx, .xls and .ods. Headers are matched to fields by
/// name and usual synonyms, ignoring case, spaces and punctuation. By default all rows are checked first, and nothing is
/// written if one row is bad.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr accounts import customers.csv --dry-run
  fastenr accounts import crm.csv --map 'Company Name=name' --key domain --on-error skip
  fastenr accounts import crm.csv --suggest-mapping > crm.toml
  fastenr accounts import crm.csv --mapping crm.toml --missing archive --yes
  fastenr accounts import corrected.csv --arr-as correction
  fastenr accounts export | fastenr accounts import - --dry-run

Exit codes: 0 all rows were imported; 1 nothing was written; 3 imported, except the rejected rows.")]
pub(crate) struct Args {
    /// How to record a different ARR: change (an expansion or contraction of today) or correction (the old one was wrong).
    #[arg(long, value_name = "WHAT", default_value = "change", help_heading = "What is written")]
    pub arr_as: ArrChangeKind,

    #[command(flatten)]
    pub import: ImportArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    import::run(app, &ACCOUNT, ImportArgs { arr_as: Some(args.arr_as), ..args.import }).await
}
