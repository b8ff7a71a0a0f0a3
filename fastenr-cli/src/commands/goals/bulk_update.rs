//! `fastenr goals bulk-update`

use fastenr_core::Result;

use super::Goal;
use crate::app::App;
use crate::commands::bulk::{self, BulkArgs, SetArgs};
use crate::commands::entries::Kind;
use crate::commands::entries::filter::FilterArgs;
use crate::exit::Code;

/// Update the same fields of many goals at once.
///
/// The values follow the rules of a single update. Either all records are updated or none: one transaction, one operation.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr goals bulk-update --due-to 2026-03-31 --open --set target_date=2026-06-30 --dry-run
  fastenr goals bulk-update --account Acme --set status=at_risk --max-affected 10")]
pub(crate) struct Args {
    #[command(flatten)]
    pub bulk: BulkArgs,

    #[command(flatten)]
    pub values: SetArgs,

    #[command(flatten)]
    pub filter: FilterArgs<Goal>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    bulk::run(app, Goal::noun(), args.values.action(), args.filter.pairs(), args.bulk).await
}
