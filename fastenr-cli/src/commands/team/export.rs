//! `fastenr team export`

use fastenr_core::Result;

use super::Member;
use crate::app::App;
use crate::commands::entries::export::{self, ExportArgs};
use crate::exit::Code;

/// Export teams to a file or stdout; an import reads it back unchanged.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr team export team.csv
  fastenr team export --account Acme -o jsonl")]
pub(crate) struct Args {
    #[command(flatten)]
    pub export: ExportArgs<Member>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    export::run::<Member>(app, args.export).await
}
