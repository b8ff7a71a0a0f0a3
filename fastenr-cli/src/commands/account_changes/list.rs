//! `fastenr changes list`

use fastenr_core::Result;

use super::FieldChange;
use crate::app::App;
use crate::commands::entries::list::{self, ListArgs};
use crate::exit::Code;

/// List changes of accounts' fields, the latest day first: one page, or --all.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr changes list --account Acme
  fastenr changes list --field renewal_stage,contract_end --from 90d
  fastenr changes list --all -o csv > changes.csv")]
pub(crate) struct Args {
    #[command(flatten)]
    pub list: ListArgs<FieldChange>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    list::run::<FieldChange>(app, args.list).await
}
