//! `fastenr keys revoke`

use fastenr_core::Result;
use fastenr_core::model::api_key::API_KEY;
use fastenr_core::ops::keys;

use crate::app::App;
use crate::commands::written;
use crate::exit::Code;
use crate::printer::NoTerminal;

/// Revoke a key of the HTTP API permanently: the next request with it is refused.
///
/// Admins revoke any key, other users only their own.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr keys revoke 3f9a0c51d2e7
  fastenr keys revoke Dashboard --dry-run")]
pub(crate) struct Args {
    /// Key: its prefix, its id, or a unique name.
    #[arg(value_name = "KEY")]
    pub key: String,

    /// Preview what would be revoked, without saving.
    #[arg(long)]
    pub dry_run: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let found = keys::get(&context, &args.key).await?;
    if !args.dry_run {
        let question = format_args!("Revoke key {} ({}) of {}?", found.name, found.prefix, found.user_email);
        app.printer.confirm(question, NoTerminal::Proceed)?;
    }
    // The confirmation was for this key, not for another one with the same name.
    let revoked = keys::revoke(&context, &found.id.to_string(), args.dry_run).await?;
    written::written(app, &API_KEY, ("revoked", "revoke"), &revoked, args.dry_run)
}
