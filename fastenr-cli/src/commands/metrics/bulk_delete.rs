//! `fastenr metrics bulk-delete`

use fastenr_core::Result;
use fastenr_core::ops::bulk::BulkAction;

use super::Metric;
use crate::app::App;
use crate::commands::bulk::{self, BulkArgs};
use crate::commands::entries::Kind;
use crate::commands::entries::filter::FilterArgs;
use crate::exit::Code;

/// Delete the metrics of many days and accounts at once; an undo restores them.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr metrics bulk-delete --account Acme --from 2026-02-01 --to 2026-02-03 --dry-run
  fastenr metrics bulk-delete --to 2023-12-31 --max-affected 100000")]
pub(crate) struct Args {
    #[command(flatten)]
    pub bulk: BulkArgs,

    #[command(flatten)]
    pub filter: FilterArgs<Metric>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    bulk::run(app, Metric::noun(), BulkAction::Delete, args.filter.pairs(), args.bulk).await
}
