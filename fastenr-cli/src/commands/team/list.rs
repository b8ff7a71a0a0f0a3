//! `fastenr team list`

use fastenr_core::Result;

use super::Member;
use crate::app::App;
use crate::commands::entries::list::{self, ListArgs};
use crate::exit::Code;

/// List team members by account: one page, or --all.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr team list --account Acme
  fastenr team list --member jo@example.com --all -o csv")]
pub(crate) struct Args {
    #[command(flatten)]
    pub list: ListArgs<Member>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    list::run::<Member>(app, args.list).await
}
