//! `fastenr users import`

use fastenr_core::Result;
use fastenr_core::model::user::USER;

use crate::app::App;
use crate::commands::import::{self, ImportArgs};
use crate::exit::Code;

/// Create and update users from a CSV, TSV, JSON Lines or Excel file.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr users import team.csv --key email
  fastenr users import crm-users.csv --map 'Full Name=name' --dry-run

Exit codes: 0 all rows were imported; 1 nothing was written; 3 imported, except the rejected rows.")]
pub(crate) struct Args {
    #[command(flatten)]
    pub import: ImportArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    import::run(app, &USER, args.import).await
}
