//! `fastenr health adjust`

use fastenr_core::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::ops::scores::views::{self, Adjustment, AdjustmentOutcome};
use fastenr_core::view::health::ADJUSTED_BRIEF;

use crate::app::App;
use crate::commands::written::told;
use crate::exit::{self, Code};
use crate::fields;
use crate::typed::Until;

/// Adjust the health score of an account until a date, or end the adjustment.
///
/// Use it for facts that are not in the data. The adjusted score replaces the score of the model, caps included. It is
/// always shown with the person who set it and the reason. A later adjustment replaces it. The account is scored again at
/// once. An adjustment ends by itself after its last day.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr health adjust Acme --score 35 --reason 'Sponsor resigned, see notes' --until 2026-06-30
  fastenr health adjust Acme --clear")]
pub(crate) struct Args {
    /// Account: id, external id, or a unique name or domain.
    #[arg(value_name = "ACCOUNT")]
    pub account: String,

    /// Score, 0 to 100 (100 is best).
    #[arg(long, value_name = "0-100", required_unless_present = "clear", conflicts_with = "clear")]
    pub score: Option<i64>,

    /// Reason, on one line.
    #[arg(long, value_name = "TEXT", required_unless_present = "clear", conflicts_with = "clear")]
    pub reason: Option<String>,

    /// Last day of the adjustment, such as +2w or 2026-06-30: after today, within a year.
    #[arg(long, value_name = "DATE", required_unless_present = "clear", conflicts_with = "clear")]
    pub until: Option<Until>,

    /// End the current adjustment.
    #[arg(long)]
    pub clear: bool,

    /// Preview changes without saving.
    #[arg(long)]
    pub dry_run: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let adjusted = match (args.score, args.reason, args.until) {
        (Some(score), Some(reason), Some(until)) => {
            let until = until.day(&context, "until")?;
            let adjustment = Adjustment { score, reason, until };
            views::adjust(&context, &args.account, &adjustment, args.dry_run).await?
        }
        _ => views::clear_adjustment(&context, &args.account, args.dry_run).await?,
    };
    let AdjustmentOutcome { written, outcome } = adjusted;
    let verb =
        if args.clear { ("cleared the adjustment of", "clear the adjustment of") } else { ("adjusted", "adjust") };
    told(app, ACCOUNT.one, &written.record.name, verb, &written.changes, args.dry_run);
    app.show(&fields::named(&ACCOUNT, &ADJUSTED_BRIEF), &written.record)?;
    app.printer.finish()?;
    if written.operation.is_some() && outcome.is_none() {
        app.printer.warn("a recompute is running: the new score shows after this run or the next one");
    }
    Ok(exit::DONE)
}
