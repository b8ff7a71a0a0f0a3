//! `fastenr contacts list`

use fastenr_core::Result;

use super::Contact;
use crate::app::App;
use crate::commands::entries::list::{self, ListArgs};
use crate::exit::Code;

/// List contacts: one page, or --all.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr contacts list --account Acme
  fastenr contacts list --role champion --left
  fastenr contacts list --search 'jo doe' -o json")]
pub(crate) struct Args {
    #[command(flatten)]
    pub list: ListArgs<Contact>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    list::run::<Contact>(app, args.list).await
}
