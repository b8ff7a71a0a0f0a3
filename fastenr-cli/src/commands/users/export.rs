//! `fastenr users export`

use fastenr_core::Result;
use fastenr_core::model::selection::Order;
use fastenr_core::model::user::{USER, User as Record};
use fastenr_core::ops::lists;

use super::User;
use crate::app::App;
use crate::commands::entries::filter::FilterArgs;
use crate::commands::export_file::{ExportArgs, Target};
use crate::exit::Code;

/// Export users to a file or stdout; an import reads it back unchanged.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr users export team.csv
  fastenr users export -o jsonl")]
pub(crate) struct Args {
    #[command(flatten)]
    pub export: ExportArgs,

    #[command(flatten)]
    pub filter: FilterArgs<User>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let fields = args.export.fields(app, &USER).await?;
    let shape = args.export.shape(app)?;
    let context = app.context().await?;
    let chosen = args.filter.read(&context).await?;
    let found: Vec<Record> = lists::all(&context, &USER, &chosen, Order::BY_ID).await?;
    let mut target = Target::open(&mut app.printer, args.export.file(), shape, &fields)?;
    for user in &found {
        target.record(user)?;
    }
    let done = target.finish()?;
    done.tell(&mut app.printer, &USER)
}
