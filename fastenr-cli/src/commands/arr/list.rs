//! `fastenr arr list`

use fastenr_core::Result;

use super::ArrChange;
use crate::app::App;
use crate::commands::entries::list::{self, ListArgs};
use crate::exit::Code;

/// List ARR changes, the latest day first: one page, or --all.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr arr list --account Acme
  fastenr arr list --from 90d --kind correction
  fastenr arr list --all -o csv > arr.csv")]
pub(crate) struct Args {
    #[command(flatten)]
    pub list: ListArgs<ArrChange>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    list::run::<ArrChange>(app, args.list).await
}
