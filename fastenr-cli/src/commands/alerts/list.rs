//! `fastenr alerts list`

use fastenr_core::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::alert::{ALERT, Alert as Record, AlertState};
use fastenr_core::model::selection::Selection;
use fastenr_core::ops::alerts::Counts;
use fastenr_core::ops::{Context, alerts, lists};

use super::Alert;
use super::shown::{BY_ACCOUNT, Shown, fields};
use crate::app::App;
use crate::commands::entries::filter::{FilterArgs, OrderArgs};
use crate::commands::listing::{ListCall, PageArgs, shown_of};
use crate::commands::{self, count, grouped};
use crate::exit::{self, Code};
use crate::output::{Output, Paging};

/// List alerts: the most urgent first, then the latest.
///
/// An alert is open until a user acknowledges, snoozes or resolves it, or its rule no longer applies. The nightly run opens and
/// clears alerts. Alerts that would open for a large part of the accounts at once, or on a first run, are held until they are
/// released.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr alerts list --owner jo@example.com --severity critical,warning
  fastenr alerts list --account Acme --state all
  fastenr alerts list --held
  fastenr alerts list --by account --sort arr --arr-min 50000
  fastenr alerts list --since 7d --state all --all -o csv > alerts.csv
  fastenr alerts list --fail -q > /dev/null || echo 'critical alerts are open'")]
pub(crate) struct Args {
    #[command(flatten)]
    pub filter: FilterArgs<Alert>,

    /// Only held alerts: the same as --state held.
    #[arg(long, conflicts_with = "filter_state")]
    pub held: bool,

    #[command(flatten)]
    pub order: OrderArgs<Alert>,

    /// Show one row per account, with the number of its alerts; alerts without an account are left out.
    #[arg(long, value_name = "account", value_parser = ["account"], conflicts_with_all = ["page", "limit", "total"])]
    pub by: Option<String>,

    /// Exit with code 7 if a matching critical alert is open.
    #[arg(long)]
    pub fail: bool,

    #[command(flatten)]
    pub page: PageArgs,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let (order, page) = (args.order.read()?, args.page.read()?);
    let filter = if args.held { args.filter.with("state", AlertState::Held.as_str()) } else { args.filter };
    let context = app.context().await?;
    let chosen = filter.read(&context).await?;
    if args.by.is_some() {
        let rows = alerts::by_account(&context, &chosen, order).await?;
        let columns: Vec<_> = BY_ACCOUNT.iter().collect();
        app.show_all(&columns, &rows, Paging::whole(rows.len() as u64))?;
        app.printer.finish()?;
        let alerts = rows.iter().map(|row| row.count).sum();
        app.printer.talk(format_args!("{} of {}", plural(alerts), count(rows.len() as u64, &ACCOUNT)));
        let critical = alerts::counts(&context, &chosen).await?.critical();
        return Ok(if args.fail && critical > 0 { exit::ALERTS } else { exit::DONE });
    }
    let asked = ListCall { noun: &ALERT, selection: &chosen, order, page, total: args.page.total };
    let show = |alert: &Record, output: &mut dyn Output| output.record(&Shown(alert));
    let (shown, paging) = asked.show(app, &context, &fields(app.settings.output), show).await?;
    let counts = alerts::counts(&context, &chosen).await?;
    let line = told(&context, &chosen, &counts, (shown, paging)).await?;
    app.printer.talk(line);
    Ok(if args.fail && counts.critical() > 0 { exit::ALERTS } else { exit::DONE })
}

/// The footer: the count, and what is not shown.
async fn told(
    context: &Context,
    chosen: &Selection,
    counts: &Counts,
    (shown, paging): (u64, Paging),
) -> Result<String> {
    let mut line = match paging.total {
        0 if !lists::any(context, &ALERT).await? => {
            return Ok("no alerts yet; `fastenr recompute` opens them".to_owned());
        }
        0 => "no alerts match".to_owned(),
        _ => shown_of(shown, paging, &ALERT),
    };
    let states: Vec<_> = chosen.states().collect();
    let others: Vec<String> = AlertState::ALL
        .iter()
        .filter(|state| !states.is_empty() && !states.iter().any(|asked| asked == state.as_str()))
        .filter(|state| **state != AlertState::Resolved)
        .filter_map(|state| {
            let count = counts.of(*state);
            (count > 0).then(|| format!("{} {}", grouped(count), state.as_str()))
        })
        .collect();
    if !others.is_empty() {
        line.push_str(&format!("; not shown: {}", others.join(", ")));
    }
    Ok(line)
}

pub(super) fn plural(count: u64) -> String {
    commands::count(count, &ALERT)
}

/// A few alerts, in the columns of the list.
pub(crate) fn show(app: &mut App, alerts: &[Record]) -> Result<()> {
    let fields = fields(app.settings.output);
    let rows: Vec<Shown> = alerts.iter().map(Shown).collect();
    app.show_all(&fields, &rows, Paging::whole(rows.len() as u64))?;
    app.printer.finish()
}
