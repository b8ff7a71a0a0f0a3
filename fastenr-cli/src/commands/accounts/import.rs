//! `fastenr accounts import`

use fastenr_core::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::arr_change::ArrChangeKind;

use crate::app::App;
use crate::commands::import::{self, ImportArgs};
use crate::exit::Code;

/// Create and update accounts from a file of any make.
///
/// Reads .csv, .tsv and .jsonl, each also as .gz, of any length. Headers are matched to fields without case, spaces or
/// punctuation and by their usual other names. By default all rows are checked and nothing is written if one is bad.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr accounts import customers.csv --dry-run
  fastenr accounts import crm.csv --map 'Company Name=name' --key domain --on-error skip
  fastenr accounts import crm.csv --suggest-mapping > crm.toml
  fastenr accounts import crm.csv --mapping crm.toml --missing archive --yes
  fastenr accounts import mended.csv --arr-as correction
  fastenr accounts export | fastenr accounts import - --dry-run

Exit codes: 0 all rows are in; 1 nothing was written; 3 written, but for the rows that were rejected.")]
pub(crate) struct Args {
    /// What an ARR that differs is: change, an expansion or contraction of today; correction, the old one was wrong.
    #[arg(long, value_name = "WHAT", default_value = "change", help_heading = "What is written")]
    pub arr_as: ArrChangeKind,

    #[command(flatten)]
    pub import: ImportArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    import::run(app, &ACCOUNT, ImportArgs { arr_as: Some(args.arr_as), ..args.import }).await
}
