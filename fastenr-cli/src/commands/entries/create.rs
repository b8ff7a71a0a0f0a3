//! Create a record.

use fastenr_core::Result;
use fastenr_core::ops::entries;

use super::Kind;
use super::values::ValueArgs;
use crate::app::App;
use crate::commands::written::{self, CREATE};
use crate::exit::Code;
use crate::typed::text;

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct CreateArgs<K: Kind> {
    /// Preview without saving.
    #[arg(long)]
    pub dry_run: bool,

    #[command(flatten)]
    pub values: ValueArgs<K>,
}

pub(crate) async fn run<K: Kind>(app: &mut App, args: CreateArgs<K>) -> Result<Code> {
    let context = app.context().await?;
    let mut given = args.values.given();
    text::fill(app, K::noun(), &mut given, |_| String::new()).await?;
    let made = entries::create(&context, K::noun(), &given, args.dry_run).await?;
    let code = written::written(app, K::noun(), CREATE, &made, args.dry_run)?;
    K::oddities(&made.record).into_iter().for_each(|odd| app.printer.warn(odd));
    Ok(code)
}
