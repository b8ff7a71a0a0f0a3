//! `fastenr segments show`

use fastenr_core::Result;
use fastenr_core::model::segment::SEGMENT;
use fastenr_core::ops::segments;

use crate::app::App;
use crate::exit::{self, Code};
use crate::fields;

/// Show one segment: its filter, and its accounts today.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr segments show renewals-at-risk
  fastenr accounts list --segment renewals-at-risk")]
pub(crate) struct Args {
    /// Segment: its name, in any case, or its id.
    #[arg(value_name = "NAME")]
    pub name: String,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let segment = segments::get(&context, &args.name).await?;
    app.show(&fields::all(&SEGMENT), &segment)?;
    Ok(exit::DONE)
}
