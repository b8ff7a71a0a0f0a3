//! `fastenr contacts create`

use fastenr_core::Result;

use super::Contact;
use crate::app::App;
use crate::commands::entries::create::{self, CreateArgs};
use crate::exit::Code;

/// Create a contact.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr contacts create --account Acme --name 'Jo Doe' --email jo@acme.example --role champion
  fastenr contacts create --account CRM-00017 --name 'Mia Roe' --title 'VP Sales' --dry-run")]
pub(crate) struct Args {
    #[command(flatten)]
    pub create: CreateArgs<Contact>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    create::run::<Contact>(app, args.create).await
}
