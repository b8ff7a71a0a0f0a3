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
///
/// A calendar (.ics) needs no mapping. An event finds its engagement by its UID. A new one goes to the account of the first
/// attendee from outside, who is a contact there or has an address of its domain; --constant account=ACCOUNT names one for all.
/// Without it, events with nobody from outside are skipped, as cancelled ones always are. A category that is a type of
/// engagements is the type, else a new engagement is a meeting; other categories are tags. An event whose end is past is
/// completed then, unless it is tentative or was completed here before.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr engagements import meetings.csv --constant type=meeting --dry-run
  fastenr engagements import calls.csv --constant account=CRM-17 --map Subject=title
  fastenr engagements import calendar.ics --dry-run

Exit codes: 0 all rows are in; 1 nothing was written; 3 written, but for the rows that were rejected.")]
pub(crate) struct Args {
    #[command(flatten)]
    pub import: ImportArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    import::run(app, &ENGAGEMENT, args.import).await
}
