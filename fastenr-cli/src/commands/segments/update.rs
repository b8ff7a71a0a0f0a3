//! `fastenr segments update`

use fastenr_core::model::segment::SEGMENT;
use fastenr_core::ops::segments;
use fastenr_core::{Error, Result};

use crate::app::App;
use crate::commands::accounts::FilterArgs;
use crate::commands::written::{self, UPDATE};
use crate::exit::Code;

/// Rename a segment, or replace its filter.
///
/// Filters replace the whole filter; `fastenr segments show NAME` prints the one it has. A new name leaves the filter as it is.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr segments update renewals-at-risk --status at_risk --renews-within 60d
  fastenr segments update renewals-at-risk --rename 'Renewals at risk' --dry-run")]
pub(crate) struct Args {
    /// Segment: its name, in any case, or its id.
    #[arg(value_name = "NAME")]
    pub name: String,

    /// New name, 1 to 100 characters; unique, ignoring case.
    #[arg(long, value_name = "NAME")]
    pub rename: Option<String>,

    /// Preview changes without saving.
    #[arg(long)]
    pub dry_run: bool,

    #[command(flatten)]
    pub filter: FilterArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let filter = args.filter.pairs();
    if args.rename.is_none() && filter.is_empty() {
        return Err(Error::invalid("no_change", "neither a new name nor a filter is given")
            .hint("add --rename NAME, or filters such as --status at_risk"));
    }
    let context = app.context().await?;
    let change = (args.rename.as_deref(), (!filter.is_empty()).then_some(filter.as_slice()));
    let written = segments::update(&context, &args.name, change, None, args.dry_run).await?;
    written::written(app, &SEGMENT, UPDATE, &written, args.dry_run)
}
