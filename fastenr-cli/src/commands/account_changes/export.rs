//! `fastenr changes export`

use fastenr_core::Result;

use super::FieldChange;
use crate::app::App;
use crate::commands::entries::export::{self, ExportArgs};
use crate::exit::Code;

/// Export changes of accounts' fields to a file or stdout; an import reads it back unchanged, but for statuses.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr changes export changes.csv
  fastenr changes export --field seats,size -o jsonl")]
pub(crate) struct Args {
    #[command(flatten)]
    pub export: ExportArgs<FieldChange>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    export::run::<FieldChange>(app, args.export).await
}
