//! `fastenr model use`

use fastenr_core::Result;
use fastenr_core::ops::models;

use super::{FileArgs, WriteArgs};
use crate::app::App;
use crate::exit::Code;

/// Store a model and use it from now on; the last 90 days are scored again.
///
/// A file with the same model name becomes the next revision of that model. A model without applies_to replaces the model
/// for all accounts. Models with applies_to come before it, in the order of their positions.
///
/// The model is in use before the first day is scored. To continue an interrupted run, run the same command again.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Alerts from the model's first run are held; see `fastenr alerts list --held`. Exit codes: 3 the guard holds alerts, as in
`fastenr recompute`; 6 a recompute is running.

Examples:
  fastenr model preview ours.toml && fastenr model use ours.toml
  fastenr model use enterprise.toml --position 1 --dry-run")]
pub(crate) struct Args {
    #[command(flatten)]
    pub file: FileArgs,

    /// Position among the models with applies_to, from 1 [default: its current position, or last].
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
