//! `fastenr contacts update`

use fastenr_core::Result;

use super::Contact;
use crate::app::App;
use crate::commands::entries::update::{self, UpdateArgs};
use crate::exit::Code;

/// Update a contact.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr contacts update jo@acme.example --left-on 2026-02-28
  fastenr contacts update 'Jo Doe' --role decision_maker --unset title")]
pub(crate) struct Args {
    #[command(flatten)]
    pub update: UpdateArgs<Contact>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    update::run::<Contact>(app, args.update).await
}
