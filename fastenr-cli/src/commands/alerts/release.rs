//! `fastenr alerts release`

use fastenr_core::Result;
use fastenr_core::money::Money;
use fastenr_core::ops::alerts::{self, HeldFilter};
use fastenr_core::score::alerts::{HeldBy, Rule};
use fastenr_core::view::alert::AlertsReleased;

use super::list::plural;
use crate::app::App;
use crate::exit::{self, Code};
use crate::output::object;
use crate::printer::NoTerminal;

/// Release held alerts: open them now.
///
/// The nightly run holds alerts instead of opening them for these reasons: guard, if a rule would open for more than a
/// tenth of the accounts at once or the data looks wrong; first_run, new_rule and new_model, if an organization, a rule or
/// a model runs for the first time and existing problems would open all at once. Check the data first; `fastenr alerts list
/// --held` shows the held alerts. A held alert that gets worse opens by itself.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr alerts release --all --dry-run
  fastenr alerts release --held-by first_run --min-arr 100000 --yes
  fastenr alerts release --rule health_drop --reason 'the outage was real' --yes")]
#[command(group(clap::ArgGroup::new("which").required(true).multiple(true)
    .args(["rules", "rule", "held_by", "min_arr", "all", "dry_run"])))]
pub(crate) struct Args {
    /// Same as --rule.
    #[arg(value_name = "RULE")]
    pub rules: Vec<String>,

    /// Only alerts of these rules.
    #[arg(long, value_name = "RULE,RULE", value_delimiter = ',')]
    pub rule: Vec<String>,

    /// Only alerts held for these reasons: guard, first_run, new_rule, new_model.
    #[arg(long, visible_alias = "kind", value_name = "REASON,REASON", value_delimiter = ',')]
    pub held_by: Vec<String>,

    /// Only alerts of accounts with at least this ARR.
    #[arg(long, value_name = "AMOUNT")]
    pub min_arr: Option<String>,

    /// Release all held alerts.
    #[arg(long, conflicts_with_all = ["rules", "rule", "held_by", "min_arr"])]
    pub all: bool,

    /// Reason for the release.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub reason: String,

    /// Preview how many alerts would open, without saving.
    #[arg(long)]
    pub dry_run: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let rule = |text: &String| Rule::parse(text).map_err(|invalid| invalid.of("rule", text));
    let reason = |text: &String| HeldBy::parse(text).map_err(|invalid| invalid.of("held-by", text));
    let min_arr = args.min_arr.as_deref().map(|text| Money::parse(text).map_err(|invalid| invalid.of("min-arr", text)));
    let filter = HeldFilter {
        rules: args.rules.iter().chain(&args.rule).map(rule).collect::<Result<_, _>>()?,
        held_by: args.held_by.iter().map(reason).collect::<Result<_, _>>()?,
        min_arr: min_arr.transpose()?.map(Money::cents),
    };
    let context = app.context().await?;
    if !args.dry_run {
        let held = alerts::release(&context, &filter, &args.reason, true).await?.total();
        if held > 1 {
            app.printer.confirm(format_args!("Release {}?", plural(held)), NoTerminal::Refuse)?;
        }
    }
    let done = alerts::release(&context, &filter, &args.reason, args.dry_run).await?;
    object(app, &AlertsReleased::from(&done))?;
    app.printer.finish()?;
    let narrowed = filter != HeldFilter::default();
    let line = match (done.total(), args.dry_run) {
        (0, _) if narrowed => "no held alerts match; `fastenr alerts list --held` lists the held ones".to_owned(),
        (0, _) => "no alerts are held".to_owned(),
        (count, true) => format!("{} would open; dry run, nothing was written", plural(count)),
        (count, false) => format!("{} released", plural(count)),
    };
    app.printer.talk(line);
    Ok(exit::DONE)
}
