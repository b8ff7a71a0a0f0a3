//! `fastenr goals bulk-delete`

use fastenr_core::Result;
use fastenr_core::ops::bulk::BulkAction;

use super::Goal;
use crate::app::App;
use crate::commands::bulk::{self, BulkArgs};
use crate::commands::entries::Kind;
use crate::commands::entries::filter::FilterArgs;
use crate::exit::Code;

/// Delete many goals at once; an undo restores them.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr goals bulk-delete --status missed --due-to 2024-12-31 --dry-run
  fastenr goals bulk-delete --ids keys.txt --expect 12")]
pub(crate) struct Args {
    #[command(flatten)]
    pub bulk: BulkArgs,

    #[command(flatten)]
    pub filter: FilterArgs<Goal>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    bulk::run(app, Goal::noun(), BulkAction::Delete, args.filter.pairs(), args.bulk).await
}
