//! `fastenr metrics list`

use fastenr_core::Result;

use super::Metric;
use crate::app::App;
use crate::commands::entries::list::{self, ListArgs};
use crate::exit::Code;

/// List metrics, the latest day first: one page, or --all.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr metrics list --account Acme --from 30d
  fastenr metrics list --sentiment red --from 2026-01-01 -o json")]
pub(crate) struct Args {
    #[command(flatten)]
    pub list: ListArgs<Metric>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    list::run::<Metric>(app, args.list).await
}
