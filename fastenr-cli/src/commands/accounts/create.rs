//! `fastenr accounts create`

use fastenr_core::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::ops::accounts;

use super::values::ValueArgs;
use crate::app::App;
use crate::commands::written::{self, CREATE};
use crate::exit::Code;

/// Create an account.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr accounts create 'Acme, Inc.' --domain acme.example --arr 50000 --owner jo@example.com
  fastenr accounts create Globex --contract-end 2026-12-31 --auto-renew --tag emea --custom tier=gold --dry-run")]
pub(crate) struct Args {
    /// Name, 1 to 255 characters.
    pub name: String,

    /// Preview without saving.
    #[arg(long)]
    pub dry_run: bool,

    #[command(flatten)]
    pub values: ValueArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let mut given = vec![("name".to_owned(), Some(args.name))];
    given.extend(args.values.given());
    let made = accounts::create(&context, &given, args.dry_run).await?;
    written::written(app, &ACCOUNT, CREATE, &made, args.dry_run)
}
