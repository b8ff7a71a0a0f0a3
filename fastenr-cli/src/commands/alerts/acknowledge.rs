//! `fastenr alerts acknowledge`

use fastenr_core::Result;
use fastenr_core::model::alert::AlertState;
use fastenr_core::ops::alerts::AlertAction;

use super::action;
use super::filter::ChosenArgs;
use crate::app::App;
use crate::exit::Code;

/// Acknowledge alerts (hidden until they get worse).
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr alerts acknowledge 0197a3f2-5c1e-7b3a-9f0e-2f6f3c1d4e5a --reason 'call on Monday'
  fastenr alerts acknowledge --account Acme --rule health_drop")]
pub(crate) struct Args {
    #[command(flatten)]
    pub chosen: ChosenArgs,

    /// Note on what is being done.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub reason: String,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let filter = args.chosen.read(&context, &[AlertState::Open]).await?;
    action::act(app, &context, &filter, (AlertAction::Acknowledge, "acknowledged"), &args.reason, args.chosen.dry_run)
        .await
}
