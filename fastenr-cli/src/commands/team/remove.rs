//! `fastenr team remove`

use fastenr_core::model::team::TEAM;
use fastenr_core::ops::entries;
use fastenr_core::{Error, Result};

use crate::app::App;
use crate::commands::written;
use crate::exit::Code;
use crate::printer::NoTerminal;

/// Remove a user from the team of an account.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr team remove Acme jo@example.com
  fastenr team remove CRM-00017 'Ann Lee' --dry-run")]
pub(crate) struct Args {
    /// Account: id, external id, or a unique name or domain.
    #[arg(value_name = "ACCOUNT")]
    pub account: String,

    /// User, also a deactivated one: e-mail address, id or unique name.
    #[arg(value_name = "USER")]
    pub member: String,

    /// Preview who would be removed, without saving.
    #[arg(long)]
    pub dry_run: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let found = entries::get_within(&context, &TEAM, &args.account, &args.member).await?.ok_or_else(|| {
        let Args { account, member, .. } = &args;
        Error::not_found("unknown_record", format!("{member} is not on the team of {account}"))
            .hint(format!("`fastenr team list --account {account:?}` shows who is"))
    })?;
    if !args.dry_run {
        app.printer.confirm(format!("Remove {} from the team?", found.title()), NoTerminal::Proceed)?;
    }
    let (id, version) = (found.id().to_string(), found.version());
    let gone = entries::delete(&context, &TEAM, &id, Some(version), args.dry_run).await?;
    written::written(app, &TEAM, ("removed", "remove"), &gone, args.dry_run)
}
