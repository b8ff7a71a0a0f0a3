//! `fastenr engagements bulk-update`

use fastenr_core::Result;

use super::Engagement;
use crate::app::App;
use crate::commands::bulk::{self, BulkArgs, SetArgs};
use crate::commands::entries::Kind;
use crate::commands::entries::filter::FilterArgs;
use crate::exit::Code;

/// Update the same fields of many engagements at once.
///
/// The values follow the rules of a single update. Either all records are updated or none: one transaction, one operation.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr engagements bulk-update --open --to 2026-01-31 --set outcome=neutral --dry-run
  fastenr engagements bulk-update --owner jo@example.com --open --set created_by=ann@example.com --yes")]
pub(crate) struct Args {
    #[command(flatten)]
    pub bulk: BulkArgs,

    #[command(flatten)]
    pub values: SetArgs,

    #[command(flatten)]
    pub filter: FilterArgs<Engagement>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    bulk::run(app, Engagement::noun(), args.values.action(), args.filter.pairs(), args.bulk).await
}
