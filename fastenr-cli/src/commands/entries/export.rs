//! Export records to a file or stdout.

use fastenr_core::Result;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::selection::Order;
use fastenr_core::ops::lists;
use futures_util::TryStreamExt;

use super::Kind;
use super::filter::FilterArgs;
use crate::app::App;
use crate::commands::export_file::{ExportArgs as FileArgs, Target};
use crate::exit::Code;

#[derive(Debug, Clone, clap::Args)]
#[group(skip)] // the flattened options of the file already define a group of this name
pub(crate) struct ExportArgs<K: Kind> {
    #[command(flatten)]
    pub export: FileArgs,

    #[command(flatten)]
    pub filter: FilterArgs<K>,
}

pub(crate) async fn run<K: Kind>(app: &mut App, args: ExportArgs<K>) -> Result<Code> {
    let noun = K::noun();
    let fields = args.export.fields(app, noun).await?;
    let shape = args.export.shape(app)?;
    let context = app.context().await?;
    let chosen = args.filter.read(&context).await?;
    let mut tx = context.db.read().await?;
    let mut rows = lists::stream::<Entry>(&mut tx, &context, noun, &chosen, Order::BY_ID)?;
    let mut target = Target::open(&mut app.printer, args.export.file(), shape, &fields)?;
    while let Some(entry) = rows.try_next().await? {
        target.record(&entry)?;
    }
    let done = target.finish()?;
    done.tell(&mut app.printer, noun)
}
