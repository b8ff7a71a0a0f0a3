//! `fastenr goals progress`

use fastenr_core::Result;
use fastenr_core::model::GoalMetric;
use fastenr_core::model::goal::GOAL;
use fastenr_core::ops::goals::{self, Step};

use crate::app::App;
use crate::commands::written;
use crate::exit::Code;
use crate::typed::Since;

/// Record the progress of a goal, today or on an earlier day; status, milestones and completion are updated.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "fastenr goals progress [OPTIONS] <GOAL> <VALUE|--by <N>>",
    group = clap::ArgGroup::new("step").args(["value", "by"]).required(true),
    after_long_help = "\
A value dated before the last recorded one is only added to the history, which projections use.

Examples:
  fastenr goals progress 'Roll out to sales' 120
  fastenr goals progress GOAL-7 --by 5
  fastenr goals progress GOAL-7 40 --on 2026-02-01"
)]
pub(crate) struct Args {
    /// Goal: id, external id, or a unique title.
    #[arg(value_name = "GOAL")]
    pub which: String,

    /// Value that the goal has reached.
    #[arg(value_name = "VALUE", allow_negative_numbers = true)]
    pub value: Option<String>,

    /// Change of the value, such as 5 or -5.
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub by: Option<String>,

    /// Day of the value, such as yesterday or 2026-02-01 [default: today].
    #[arg(long, value_name = "DATE")]
    pub on: Option<Since>,

    /// Preview changes without saving.
    #[arg(long)]
    pub dry_run: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let step = match (args.value, args.by) {
        (Some(value), _) => Step::To(value),
        (None, by) => Step::By(by.unwrap_or_default()),
    };
    let context = app.context().await?;
    let on = args.on.map(|on| on.day(&context, "on")).transpose()?;
    let made = goals::progress(&context, &args.which, &step, on, args.dry_run).await?;
    let code = written::written(app, &GOAL, ("recorded progress of", "record progress of"), &made, args.dry_run)?;
    let metric = made.record.text("metric_type").and_then(|text| GoalMetric::parse(text).ok());
    if let Some(metric) = metric.filter(|metric| goals::is_measured(*metric) && made.operation.is_some()) {
        app.printer.talk(format_args!(
            "{} comes from the data: the next `fastenr goals refresh` overwrites this value",
            metric.as_str()
        ));
    }
    Ok(code)
}
