//! `fastenr accounts bulk-tag`

use fastenr_core::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::ops::bulk::BulkAction;

use super::FilterArgs;
use crate::app::App;
use crate::commands::bulk::{self, BulkArgs};
use crate::exit::Code;

/// Add tags to many accounts and remove tags; other tags stay.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr accounts bulk-tag --renews-within 90d --add renewal --remove quiet
  fastenr accounts bulk-tag --ids keys.txt --add vip,emea --dry-run")]
pub(crate) struct Args {
    #[command(flatten)]
    pub bulk: BulkArgs,

    /// Tags to add, separated by commas.
    #[arg(long, value_name = "A,B", default_value = "", hide_default_value = true, help_heading = "Values")]
    pub add: String,

    /// Tags to remove, separated by commas.
    #[arg(long, value_name = "A,B", default_value = "", hide_default_value = true, help_heading = "Values")]
    pub remove: String,

    #[command(flatten)]
    pub filter: FilterArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    bulk::run(app, &ACCOUNT, BulkAction::Tag { add: args.add, remove: args.remove }, args.filter.pairs(), args.bulk)
        .await
}
