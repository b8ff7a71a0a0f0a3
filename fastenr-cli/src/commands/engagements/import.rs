//! `fastenr engagements import`

use fastenr_core::Result;
use fastenr_core::model::engagement::ENGAGEMENT;

use crate::app::App;
use crate::commands::import::{self, ImportArgs};
use crate::exit::Code;

/// Create and update engagements from a file of any make.
///
/// A row finds its engagement by the external id. Accounts are named by external id or id; a mapping file with
/// `[lookup] account = "name"` goes by names.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr engagements import meetings.csv --constant type=meeting --dry-run
  fastenr engagements import calls.csv --constant account=Acme --map Subject=title

Exit codes: 0 all rows are in; 1 nothing was written; 3 written, but for the rows that were rejected.")]
pub(crate) struct Args {
    #[command(flatten)]
    pub import: ImportArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    import::run(app, &ENGAGEMENT, args.import).await
}
