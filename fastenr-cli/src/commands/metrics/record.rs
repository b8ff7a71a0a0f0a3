//! `fastenr metrics record`

use fastenr_core::Result;
use fastenr_core::model::metric::METRIC;
use fastenr_core::ops::entries;

use super::Metric;
use crate::app::App;
use crate::commands::entries::values::ValueArgs;
use crate::commands::written;
use crate::exit::Code;

/// Record metrics of an account for one day; the given metrics are replaced, others of that day stay.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr metrics record --account Acme --login-frequency 12 --support-tickets 1
  fastenr metrics record --account Acme --metric-date 2026-02-28 --sentiment red --sentiment-reason 'champion unhappy'")]
pub(crate) struct Args {
    /// Preview without saving.
    #[arg(long)]
    pub dry_run: bool,

    #[command(flatten)]
    pub values: ValueArgs<Metric>,

    /// Clear a metric of that day.
    #[arg(long, value_name = "FIELD", help_heading = "Values")]
    pub unset: Vec<String>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let mut given = args.values.given();
    given.extend(args.unset.into_iter().map(|field| (field, None)));
    if !given.iter().any(|(name, _)| name == "metric_date") {
        given.push(("metric_date".to_owned(), Some(context.today().to_string())));
    }
    let made = entries::put(&context, &METRIC, &given, args.dry_run).await?;
    written::written(app, &METRIC, ("recorded", "record"), &made, args.dry_run)
}
