//! `fastenr accounts restore`

use fastenr_core::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::ops::accounts;

use crate::app::App;
use crate::commands::written;
use crate::exit::Code;

/// Restore an archived account.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr accounts list --archived --fields id,name
  fastenr accounts restore CRM-00017")]
pub(crate) struct Args {
    /// Account: id or external id (archived accounts are not found by name).
    #[arg(value_name = "ACCOUNT")]
    pub account: String,

    /// Preview changes without saving.
    #[arg(long)]
    pub dry_run: bool,

    /// Only if the account is still at this version.
    #[arg(long, value_name = "N")]
    pub if_version: Option<i64>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let made = accounts::set_archived(&context, &args.account, false, args.if_version, args.dry_run).await?;
    written::written(app, &ACCOUNT, ("restored", "restore"), &made, args.dry_run)
}
