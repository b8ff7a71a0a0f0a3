//! `fastenr contacts import`

use fastenr_core::Result;
use fastenr_core::model::contact::CONTACT;

use crate::app::App;
use crate::commands::import::{self, ImportArgs};
use crate::exit::Code;

/// Create and update contacts from a file of any make.
///
/// A row finds its contact by the external id, else by the account and the e-mail address. Accounts are named by external
/// id or id; a mapping file with `[lookup] account = "name"` goes by names, `"domain"` by the domain of an e-mail address.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr contacts import contacts.csv --dry-run
  fastenr contacts import people.csv --constant account=Acme --map 'Full Name=name'

Exit codes: 0 all rows are in; 1 nothing was written; 3 written, but for the rows that were rejected.")]
pub(crate) struct Args {
    #[command(flatten)]
    pub import: ImportArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    import::run(app, &CONTACT, args.import).await
}
