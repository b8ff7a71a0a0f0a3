//! `fastenr model rollback`

use fastenr_core::Result;
use fastenr_core::ops::models;

use super::WriteArgs;
use crate::app::App;
use crate::exit::Code;

/// Return to the previous revision of a model; the last 90 days are scored again.
///
/// A model without an earlier revision is taken out of use: its accounts are then scored with the next model that applies
/// to them, or with the built-in one. Stored models are kept: `fastenr model show NAME@REVISION` prints them.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr model rollback
  fastenr model rollback Ours --dry-run")]
pub(crate) struct Args {
    /// Model [default: the only one in use].
    #[arg(value_name = "NAME")]
    pub name: Option<String>,

    #[command(flatten)]
    pub write: WriteArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let bar = app.printer.progress();
    let WriteArgs { days, dry_run } = args.write;
    let adopted = models::rollback(&context, args.name.as_deref(), days, dry_run, &mut super::watch(&bar)).await;
    bar.finish_and_clear();
    super::adopted(app, &adopted?, dry_run)
}
