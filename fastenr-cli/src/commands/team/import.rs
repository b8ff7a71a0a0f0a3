//! `fastenr team import`

use fastenr_core::Result;
use fastenr_core::model::team::TEAM;

use crate::app::App;
use crate::commands::import::{self, ImportArgs};
use crate::exit::Code;

/// Create and update teams from a CSV, TSV, JSON Lines or Excel file: one row per account and user.
///
/// Accounts are matched by external id or id, users by e-mail address. A mapping file can match accounts by name, with
/// `[lookup] account = "name"`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr team import team.csv --dry-run
  fastenr team import account_team.csv --map AccountId=account --map UserEmail=user

Exit codes: 0 all rows were imported; 1 nothing was written; 3 imported, except the rejected rows.")]
pub(crate) struct Args {
    #[command(flatten)]
    pub import: ImportArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    import::run(app, &TEAM, args.import).await
}
