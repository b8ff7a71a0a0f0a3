//! `fastenr accounts bulk-archive`

use fastenr_core::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::ops::bulk::BulkAction;

use super::FilterArgs;
use crate::app::App;
use crate::commands::bulk::{self, BulkArgs};
use crate::exit::Code;

/// Archive many accounts (hidden from lists, nothing deleted).
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr accounts bulk-archive --status churned --renews-within 0d --dry-run
  fastenr accounts export - --tag test | fastenr accounts bulk-archive --ids - --expect 12")]
pub(crate) struct Args {
    #[command(flatten)]
    pub bulk: BulkArgs,

    #[command(flatten)]
    pub filter: FilterArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    bulk::run(app, &ACCOUNT, BulkAction::Archive, args.filter.pairs(), args.bulk).await
}
