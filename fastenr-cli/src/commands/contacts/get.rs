//! `fastenr contacts get`

use fastenr_core::Result;

use super::Contact;
use crate::app::App;
use crate::commands::entries::get::{self, GetArgs};
use crate::exit::Code;

/// Show one contact.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr contacts get jo@acme.example
  fastenr contacts get 'Jo Doe' -o json")]
pub(crate) struct Args {
    #[command(flatten)]
    pub get: GetArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    get::run::<Contact>(app, args.get).await
}
