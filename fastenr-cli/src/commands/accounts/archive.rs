//! `fastenr accounts archive`

use fastenr_core::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::ops::accounts;

use crate::app::App;
use crate::commands::written;
use crate::exit::Code;
use crate::printer::NoTerminal;

/// Archive an account (hidden from lists, nothing deleted).
///
/// On a terminal it asks for confirmation, unless you use --yes.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr accounts archive Acme
  fastenr accounts archive CRM-00017 --yes")]
pub(crate) struct Args {
    /// Account: id, external id, or a unique name or domain.
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
    let mut account = args.account;
    let mut expected = args.if_version;
    if !args.dry_run {
        let found = accounts::get(&context, &account).await?;
        if found.archived_at.is_none() {
            app.printer.confirm(format_args!("Archive {}?", found.name), NoTerminal::Proceed)?;
            // The confirmation was for this version of the account.
            expected = expected.or(Some(found.version));
        }
        account = found.id.to_string();
    }
    let made = accounts::set_archived(&context, &account, true, expected, args.dry_run).await?;
    written::written(app, &ACCOUNT, ("archived", "archive"), &made, args.dry_run)
}
