//! `fastenr contacts delete`

use fastenr_core::Result;

use super::Contact;
use crate::app::App;
use crate::commands::entries::delete::{self, DeleteArgs};
use crate::exit::Code;

/// Delete a contact; the activity feed keeps its values.
///
/// Do not delete a contact who left the customer: use `fastenr contacts update` with --left-on, which scores read.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr contacts delete jo@acme.example
  fastenr contacts delete 'Jo Doe' --dry-run")]
pub(crate) struct Args {
    #[command(flatten)]
    pub delete: DeleteArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    delete::run::<Contact>(app, args.delete).await
}
