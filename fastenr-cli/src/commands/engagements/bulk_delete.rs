//! `fastenr engagements bulk-delete`

use fastenr_core::Result;
use fastenr_core::ops::bulk::BulkAction;

use super::Engagement;
use crate::app::App;
use crate::commands::bulk::{self, BulkArgs};
use crate::commands::entries::Kind;
use crate::commands::entries::filter::FilterArgs;
use crate::exit::Code;

/// Delete many engagements and their attachments at once; an undo restores them.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr engagements bulk-delete --tag import-test --dry-run
  fastenr engagements bulk-delete --ids keys.txt --expect 12")]
pub(crate) struct Args {
    #[command(flatten)]
    pub bulk: BulkArgs,

    #[command(flatten)]
    pub filter: FilterArgs<Engagement>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    bulk::run(app, Engagement::noun(), BulkAction::Delete, args.filter.pairs(), args.bulk).await
}
