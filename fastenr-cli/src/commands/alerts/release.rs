//! `fastenr alerts release`

use fastenr_core::Result;
use fastenr_core::ops::alerts;
use fastenr_core::score::alerts::Rule;
use fastenr_core::view::alert::AlertsReleased;

use super::list::plural;
use crate::app::App;
use crate::exit::{self, Code};
use crate::output::object;
use crate::printer::Unasked;

/// Let alerts through that the guard held: they open now.
///
/// A run holds the alerts of a rule that would open for more than a tenth of the book at once, because a feed that died is
/// likelier than so many crises. Look at the data first; `fastenr alerts list --state held` shows them.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr alerts release --dry-run
  fastenr alerts release health_drop --reason 'the outage was real' --yes")]
pub(crate) struct Args {
    /// Of these rules only.
    #[arg(value_name = "RULE")]
    pub rules: Vec<String>,

    /// Why they are let through.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub reason: String,

    /// Show how many would open, and open none.
    #[arg(long)]
    pub dry_run: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let parse = |text: &String| Rule::parse(text).map_err(|invalid| invalid.of("rule", text));
    let rules: Vec<Rule> = args.rules.iter().map(parse).collect::<Result<_>>()?;
    if !args.dry_run {
        let held = alerts::release(&context, &rules, &args.reason, true).await?.total();
        if held > 1 {
            app.printer.confirm(format_args!("let {} through?", plural(held)), Unasked::Refuse)?;
        }
    }
    let done = alerts::release(&context, &rules, &args.reason, args.dry_run).await?;
    object(app, &AlertsReleased::from(&done))?;
    app.printer.finish()?;
    let line = match (done.total(), args.dry_run) {
        (0, _) => "no alert is held".to_owned(),
        (count, true) => format!("{} would open; dry run, nothing was written", plural(count)),
        (count, false) => format!("{} released", plural(count)),
    };
    app.printer.talk(line);
    Ok(exit::DONE)
}
