//! `fastenr accounts bulk-restore`

use fastenr_core::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::ops::bulk::BulkAction;

use super::FilterArgs;
use crate::app::App;
use crate::commands::bulk::{self, BulkArgs};
use crate::exit::Code;

/// Restore many archived accounts, except those merged into others.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr accounts bulk-restore --ids keys.txt
  fastenr accounts bulk-restore --tag test --dry-run")]
pub(crate) struct Args {
    #[command(flatten)]
    pub bulk: BulkArgs,

    #[command(flatten)]
    pub filter: FilterArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    bulk::run(app, &ACCOUNT, BulkAction::Restore, args.filter.pairs(), args.bulk).await
}
