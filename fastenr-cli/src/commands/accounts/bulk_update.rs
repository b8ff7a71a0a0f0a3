//! `fastenr accounts bulk-update`

use fastenr_core::Result;
use fastenr_core::model::account::ACCOUNT;

use super::FilterArgs;
use crate::app::App;
use crate::commands::bulk::{self, BulkArgs, SetArgs};
use crate::exit::Code;

/// Update the same fields of many accounts at once.
///
/// The values follow the rules of a single update. Either all records are updated or none: one transaction, one operation.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr accounts bulk-update --status onboarding --set status=active --dry-run
  fastenr accounts bulk-update --owner jo@example.com --set owner=ann@example.com --max-affected 200
  fastenr accounts bulk-update --ids keys.csv --set custom.tier=gold --unset industry
  fastenr accounts bulk-update --tag vip --set size=large --dry-run --plan vip.plan
  fastenr accounts bulk-update --tag vip --set size=large --plan vip.plan")]
pub(crate) struct Args {
    #[command(flatten)]
    pub bulk: BulkArgs,

    #[command(flatten)]
    pub values: SetArgs,

    #[command(flatten)]
    pub filter: FilterArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    bulk::run(app, &ACCOUNT, args.values.action(), args.filter.pairs(), args.bulk).await
}
