//! `fastenr alerts snooze`

use fastenr_core::Result;
use fastenr_core::model::alert::AlertState;
use fastenr_core::ops::alerts::AlertAction;

use super::action;
use super::filter::ChosenArgs;
use crate::app::App;
use crate::exit::Code;
use crate::typed::Until;

/// Snooze alerts until a date.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr alerts snooze 0197a3f2-5c1e-7b3a-9f0e-2f6f3c1d4e5a --until monday
  fastenr alerts snooze --account Acme --until 2w --reason 'on holiday until then'")]
pub(crate) struct Args {
    #[command(flatten)]
    pub chosen: ChosenArgs,

    /// Day on which they are shown again, such as monday, 2w or 2026-04-15; see `fastenr help dates`.
    #[arg(long, value_name = "DATE")]
    pub until: Until,

    /// Reason for the snooze.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub reason: String,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let until = args.until.day(&context, "until")?;
    let filter = args.chosen.read(&context, &[AlertState::Open, AlertState::Acknowledged, AlertState::Snoozed]).await?;
    action::act(app, &context, &filter, (AlertAction::Snooze { until }, "snoozed"), &args.reason, args.chosen.dry_run)
        .await
}
