//! `fastenr contacts export`

use fastenr_core::Result;

use super::Contact;
use crate::app::App;
use crate::commands::entries::export::{self, ExportArgs};
use crate::exit::Code;

/// Export contacts to a file or stdout; an import reads it back unchanged.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr contacts export contacts.csv
  fastenr contacts export --account Acme -o jsonl")]
pub(crate) struct Args {
    #[command(flatten)]
    pub export: ExportArgs<Contact>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    export::run::<Contact>(app, args.export).await
}
