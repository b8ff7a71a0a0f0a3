//! `fastenr model use`

use fastenr_core::Result;
use fastenr_core::ops::models;

use super::{FileArgs, WriteArgs};
use crate::app::App;
use crate::exit::Code;

/// Store a model and score by it from now on; the last 90 days are scored again.
///
/// Another file of the same name is the next revision of that model. A model without applies_to takes the place of the one
/// that scored all accounts; those with one come before it, in the order of their positions.
///
/// The model is in use before the first day is scored. A run that was broken off is taken up by the same command.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Alerts that the model's first run finds are held, see `fastenr alerts list --held`. It ends with 3 where the guard holds any, as
recompute does, and with 6 at once while a recompute is at work.

Examples:
  fastenr model preview ours.toml && fastenr model use ours.toml
  fastenr model use enterprise.toml --position 1 --dry-run")]
pub(crate) struct Args {
    #[command(flatten)]
    pub file: FileArgs,

    /// Its place among the models that say which accounts they score, from 1 [default: where it is, or last].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub position: Option<u64>,

    #[command(flatten)]
    pub write: WriteArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let model = args.file.read()?;
    let context = app.context().await?;
    let bar = app.printer.progress();
    let WriteArgs { days, dry_run } = args.write;
    let adopted = models::use_model(&context, &model, args.position, days, dry_run, &mut super::watch(&bar)).await;
    bar.finish_and_clear();
    super::adopted(app, &adopted?, dry_run)
}
