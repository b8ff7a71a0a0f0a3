//! `fastenr alerts list`

use fastenr_core::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::alert::{Alert, AlertFilter, AlertState};
use fastenr_core::model::filter::Page;
use fastenr_core::ops::alerts::Counts;
use fastenr_core::ops::{Context, alerts};
use futures_util::TryStreamExt;

use super::filter::FilterArgs;
use super::shown::{BY_ACCOUNT, Shown, fields};
use crate::app::App;
use crate::commands::{count, grouped};
use crate::exit::{self, Code};
use crate::output::Paging;
use crate::printer::writing;

/// List alerts: the most urgent first, of these the latest.
///
/// An alert is open until somebody acknowledges, snoozes or resolves it, or its rule holds no longer. The nightly run opens and
/// clears them. What would open for a large part of the book at once, or on a first run, is held until it is released.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr alerts list --owner jo@example.com --severity critical,warning
  fastenr alerts list --account Acme --state all
  fastenr alerts list --held
  fastenr alerts list --by account --sort arr --arr-min 50000
  fastenr alerts list --since 7d --state all --all -o csv > alerts.csv
  fastenr alerts list --fail -q > /dev/null || echo 'somebody should look'")]
pub(crate) struct Args {
    /// In any of these states: open, acknowledged, snoozed, held, resolved; or all [default: open].
    #[arg(long, value_name = "STATE,STATE")]
    pub state: Vec<String>,

    /// Held ones: the same as --state held.
    #[arg(long, conflicts_with = "state")]
    pub held: bool,

    /// Held for any of these reasons: guard, first_run, new_rule, new_model.
    #[arg(long, value_name = "REASON,REASON")]
    pub held_by: Vec<String>,

    /// In this order: urgency, arr, opened.
    #[arg(long, value_name = "ORDER", default_value = "urgency")]
    pub sort: String,

    /// A row for each account, with its alerts counted; those about no account are left out.
    #[arg(long, value_name = "account", value_parser = ["account"], conflicts_with_all = ["page", "limit"])]
    pub by: Option<String>,

    /// Exit with 7 where a critical alert that passes the filter is open.
    #[arg(long)]
    pub fail: bool,

    #[command(flatten)]
    pub filter: FilterArgs,

    /// Which page, from 1.
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "all")]
    pub page: u64,

    /// How many alerts a page has, at most 1000.
    #[arg(long, value_name = "N", default_value_t = 25, conflicts_with = "all")]
    pub limit: u64,

    /// All of them.
    #[arg(long)]
    pub all: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let number = |what: &str| if what == "page" { args.page.to_string() } else { args.limit.to_string() };
    let page = Page::new(args.page, args.limit).map_err(|invalid| invalid.of(invalid.code, &number(invalid.code)))?;
    let context = app.context().await?;
    let states = args.state.iter().map(|state| ("state", state.as_str()));
    let states = states.chain(args.held.then_some(("state", "held")));
    let states = states.chain(args.held_by.iter().map(|reason| ("held_by", reason.as_str())));
    let states = states.chain([("sort", args.sort.as_str())]);
    let filter = alerts::filter(&context, args.filter.pairs().into_iter().chain(states)).await?;
    if args.by.is_some() {
        let rows = alerts::by_account(&context, &filter).await?;
        let columns: Vec<_> = BY_ACCOUNT.iter().collect();
        app.show_all(&columns, &rows, Paging::whole(rows.len() as u64))?;
        app.printer.finish()?;
        let alerts = rows.iter().map(|row| row.count).sum();
        app.printer.talk(format_args!("{} of {}", plural(alerts), count(rows.len() as u64, &ACCOUNT)));
        let critical = alerts::counts(&context, &filter).await?.critical();
        return Ok(if args.fail && critical > 0 { exit::ALERTS } else { exit::DONE });
    }
    let fields = fields(app.settings.output);
    let (shown, total) = if args.all {
        let mut tx = context.db.read().await?;
        let mut rows = alerts::stream(&mut tx, &context, &filter)?;
        let mut output = app.list(&fields)?;
        let mut count = 0;
        while let Some(alert) = rows.try_next().await? {
            output.record(&Shown(&alert)).map_err(writing)?;
            count += 1;
        }
        output.end(Paging::whole(count)).map_err(writing)?;
        (count, count)
    } else {
        let found = alerts::list(&context, &filter, page).await?;
        let paging = Paging::of(&found);
        let rows: Vec<Shown> = found.rows.iter().map(Shown).collect();
        app.show_all(&fields, &rows, paging)?;
        (found.rows.len() as u64, found.total)
    };
    app.printer.finish()?;
    let counts = alerts::counts(&context, &filter).await?;
    let line = told(&context, &filter, &counts, (shown, total)).await?;
    app.printer.talk(line);
    Ok(if args.fail && counts.critical() > 0 { exit::ALERTS } else { exit::DONE })
}

/// How many there are, and what is not shown.
async fn told(context: &Context, filter: &AlertFilter, counts: &Counts, (shown, total): (u64, u64)) -> Result<String> {
    let mut line = match total {
        0 if !alerts::any(context).await? => {
            return Ok("there are no alerts yet: `fastenr recompute` opens them".to_owned());
        }
        0 => "no alert passes".to_owned(),
        _ if shown == total => plural(total),
        _ => format!("{} of {}; --all for the rest", grouped(shown), grouped(total)),
    };
    let others: Vec<String> = AlertState::ALL
        .iter()
        .filter(|state| !filter.states.is_empty() && !filter.states.contains(state) && **state != AlertState::Resolved)
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
    format!("{} {}", grouped(count), if count == 1 { "alert" } else { "alerts" })
}

/// A few alerts, as the list shows them.
pub(crate) fn show(app: &mut App, alerts: &[Alert]) -> Result<()> {
    let fields = fields(app.settings.output);
    let rows: Vec<Shown> = alerts.iter().map(Shown).collect();
    app.show_all(&fields, &rows, Paging::whole(rows.len() as u64))?;
    app.printer.finish()
}
