//! `fastenr alerts resolve`

use fastenr_core::Result;
use fastenr_core::model::alert::AlertState;
use fastenr_core::ops::alerts::AlertAction;

use super::action;
use super::filter::ChosenArgs;
use crate::app::App;
use crate::exit::Code;

/// Resolve alerts. A rule that still applies opens no new alert until it gets worse, or ends and applies again.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr alerts resolve 0197a3f2-5c1e-7b3a-9f0e-2f6f3c1d4e5a --reason 'renewed by phone'
  fastenr alerts resolve --rule renewal_window --account Acme --reason 'signed' --dry-run")]
pub(crate) struct Args {
    #[command(flatten)]
    pub chosen: ChosenArgs,

    /// Reason for the resolution.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let filter = args.chosen.read(&context, &[AlertState::Open, AlertState::Acknowledged, AlertState::Snoozed]).await?;
    action::act(app, &context, &filter, (AlertAction::Resolve, "resolved"), &args.reason, args.chosen.dry_run).await
}
