//! `fastenr accounts restore`

use fastenr_core::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::ops::accounts;

use crate::app::App;
use crate::commands::written;
use crate::exit::Code;

/// Bring an archived account back.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr accounts list --archived --fields id,name
  fastenr accounts restore CRM-00017")]
pub(crate) struct Args {
    /// An id or an external id: an archived account is not found by its name.
    #[arg(value_name = "ACCOUNT")]
    pub account: String,

    /// Show what would change, and change nothing.
    #[arg(long)]
    pub dry_run: bool,

    /// Only if the account still stands at this version.
    #[arg(long, value_name = "N")]
    pub if_version: Option<i64>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let made = accounts::set_archived(&context, &args.account, false, args.if_version, args.dry_run).await?;
    written::written(app, &ACCOUNT, ("restored", "restore"), &made, args.dry_run)
}
