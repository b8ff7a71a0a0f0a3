//! `fastenr team import`

use fastenr_core::Result;
use fastenr_core::model::team::TEAM;

use crate::app::App;
use crate::commands::import::{self, ImportArgs};
use crate::exit::Code;

/// Fill teams from a file of any make: a row for each account and user.
///
/// Accounts are named by external id or id, users by e-mail address; a mapping file with `[lookup] account = "name"` goes by
/// names.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr team import team.csv --dry-run
  fastenr team import account_team.csv --map AccountId=account --map UserEmail=user

Exit codes: 0 all rows are in; 1 nothing was written; 3 written, but for the rows that were rejected.")]
pub(crate) struct Args {
    #[command(flatten)]
    pub import: ImportArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    import::run(app, &TEAM, args.import).await
}
