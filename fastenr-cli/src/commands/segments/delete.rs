//! `fastenr segments delete`

use fastenr_core::Result;
use fastenr_core::model::segment::SEGMENT;
use fastenr_core::ops::segments;

use crate::app::App;
use crate::commands::written;
use crate::exit::Code;
use crate::printer::NoTerminal;

/// Delete a segment; its accounts are not changed.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr segments delete renewals-at-risk
  fastenr segments delete renewals-at-risk --dry-run")]
pub(crate) struct Args {
    /// Segment: its name, in any case, or its id.
    #[arg(value_name = "NAME")]
    pub name: String,

    /// Preview what would be deleted, without saving.
    #[arg(long)]
    pub dry_run: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let found = segments::get(&context, &args.name).await?;
    if !args.dry_run {
        app.printer.confirm(format_args!("Delete segment {}?", found.name), NoTerminal::Proceed)?;
    }
    // The confirmation was for this segment, not for another one with the same name.
    let gone = segments::delete(&context, &found.id.to_string(), None, args.dry_run).await?;
    written::written(app, &SEGMENT, ("deleted", "delete"), &gone, args.dry_run)
}
