//! `fastenr engagements import`

use fastenr_core::Result;
use fastenr_core::model::engagement::ENGAGEMENT;

use crate::app::App;
use crate::commands::import::{self, ImportArgs};
use crate::exit::Code;

/// Create and update engagements from a CSV, TSV, JSON Lines or Excel file.
///
/// A row is matched to an engagement by the external id. Accounts are matched by external id or id. A mapping file can
/// match them by name, with `[lookup] account = "name"`.
///
/// A calendar (.ics) needs no mapping. An event is matched to an engagement by its UID. A new engagement belongs to the
/// account of the first external attendee, who is a contact there or has an address with its domain; --constant
/// account=ACCOUNT sets one account for all. Without it, events without external attendees are skipped. Cancelled events
/// are always skipped. A category that is an engagement type sets the type, otherwise a new engagement is a meeting; other
/// categories become tags. An event that has ended is completed at its end, unless it is tentative or was already completed
/// in fastenr.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr engagements import meetings.csv --constant type=meeting --dry-run
  fastenr engagements import calls.csv --constant account=CRM-17 --map Subject=title
  fastenr engagements import calendar.ics --dry-run

Exit codes: 0 all rows were imported; 1 nothing was written; 3 imported, except the rejected rows.")]
pub(crate) struct Args {
    #[command(flatten)]
    pub import: ImportArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    import::run(app, &ENGAGEMENT, args.import).await
}
