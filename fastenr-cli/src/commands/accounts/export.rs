//! `fastenr accounts export`

use fastenr_core::Result;
use fastenr_core::model::account::{ACCOUNT, Account};
use fastenr_core::model::selection::Order;
use fastenr_core::ops::lists;
use futures_util::TryStreamExt;

use super::FilterArgs;
use crate::app::App;
use crate::commands::export_file::{ExportArgs, Target};
use crate::exit::Code;

/// Export accounts to a file or stdout.
///
/// `fastenr accounts import` reads the export back unchanged. All accounts are from one consistent state, in the order they
/// were created. The file gets its name only when it is complete.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr accounts export accounts.csv
  fastenr accounts export backup.jsonl.gz --fields id,external_id,name,arr
  fastenr accounts export --status churned -o jsonl | jq .name
  fastenr accounts export for-finance.csv --for excel
  fastenr accounts export wide.csv --fields 'id,external_id,name,custom.*'")]
pub(crate) struct Args {
    #[command(flatten)]
    pub export: ExportArgs,

    #[command(flatten)]
    pub filter: FilterArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let fields = args.export.fields(app, &ACCOUNT).await?;
    let shape = args.export.shape(app)?;
    let context = app.context().await?;
    let filter = args.filter.read(&context).await?;
    let mut tx = context.db.read().await?;
    let mut rows = lists::stream::<Account>(&mut tx, &context, &ACCOUNT, &filter, Order::BY_ID)?;
    let mut target = Target::open(&mut app.printer, args.export.file(), shape, &fields)?;
    while let Some(account) = rows.try_next().await? {
        target.record(&account)?;
    }
    let done = target.finish()?;
    done.tell(&mut app.printer, &ACCOUNT)
}
