//! `fastenr contacts import`

use fastenr_core::Result;
use fastenr_core::model::contact::CONTACT;

use crate::app::App;
use crate::commands::import::{self, ImportArgs};
use crate::exit::Code;

/// Create and update contacts from a CSV, TSV, JSON Lines or Excel file.
///
/// A row is matched to a contact by the external id, otherwise by the account and the e-mail address. Accounts are matched
/// by external id or id. A mapping file can match them by name, with `[lookup] account = "name"`, or by the domain of an
/// e-mail address, with `"domain"`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr contacts import contacts.csv --dry-run
  fastenr contacts import people.csv --constant account=Acme --map 'Full Name=name'

Exit codes: 0 all rows were imported; 1 nothing was written; 3 imported, except the rejected rows.")]
pub(crate) struct Args {
    #[command(flatten)]
    pub import: ImportArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    import::run(app, &CONTACT, args.import).await
}
