//! `fastenr accounts import`

use fastenr_core::Result;
use fastenr_core::model::account::ACCOUNT;

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
  fastenr accounts export | fastenr accounts import - --dry-run

Exit codes: 0 all rows are in; 1 nothing was written; 3 written, but for the rows that were rejected.")]
pub(crate) struct Args {
    #[command(flatten)]
    pub import: ImportArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    import::run(app, &ACCOUNT, args.import).await
}
