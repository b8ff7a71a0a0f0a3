//! The nightly run over a dense book, and one statement that only aggregates the same rows and updates the same accounts.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use chrono::{Days, NaiveDate};
use serde_json::Value;

use super::book::Files;
use super::engine::{Engine, Load, Side};
use super::process::say;
use super::rounds::Rounds;
use super::table::{Row, Table, Target, Times};
use super::tools::Tools;
use super::{Args, Part};

/// Days of metrics that every account has.
const DAYS: u64 = 90;

/// The day of the first run: the rows end with it.
const FIRST: NaiveDate = match NaiveDate::from_ymd_opt(2026, 6, 16) {
    Some(date) => date,
    None => NaiveDate::MIN,
};

/// At most this many times the statement.
const TARGET: f64 = 1.5;

pub(crate) fn recompute(
    args: &Args,
    tools: &Tools,
    files: &Files,
    engine: &mut dyn Engine,
    table: &mut Table,
) -> Result<()> {
    let accounts = args.scored;
    say(format_args!("{}: {accounts} accounts with a row on each of {DAYS} days", engine.name()));
    engine.fresh(Side::Ours)?;
    let url = engine.url(Side::Ours);
    tools.fastenr(&url, ["accounts", "import", "--yes", "-q"]).arg(&files.scored_accounts).run()?;
    engine.statement(&engine.dense_metrics(DAYS, FIRST)).run()?;
    let (found, rows) = (engine.count(Side::Ours, Load::Metrics)?, accounts * DAYS);
    ensure!(found == rows, "{found} rows of metrics are there instead of {rows}");
    engine.housekeeping()?;

    let (mut ours, mut theirs, mut memory) = (Times::default(), Times::default(), None);
    for round in Rounds::new(args, Part::Recompute, 1) {
        let round = u64::from(round);
        // Each run is a day later than the one before, so that all of its snapshots are new.
        let day = FIRST + Days::new(round);
        engine.settle()?;
        let step = tools.fastenr(&url, ["recompute", "-q", "-o", "json", "--now"]).arg(format!("{day}T07:00:00Z"));
        let (done, peak) = step.run_measured(tools.gnu_time())?;
        ours.push(done.took);
        memory = memory.max(peak);
        let scored = scored(&done.stdout)?;
        // Churned accounts have no score to be computed.
        ensure!(scored > accounts / 2, "{scored} of {accounts} accounts were scored");
        engine.settle()?;
        theirs.push(engine.statement(&reference(day)).run()?.took);
    }
    table.push(Row {
        work: format!("{}: recompute {accounts} accounts × {DAYS} days", engine.name()),
        ours,
        with_p95: false,
        reference: Some(("one `UPDATE … FROM (SELECT … GROUP BY)`", theirs)),
        target: Target::Ratio(TARGET),
        memory,
    });

    let day = FIRST + Days::new(u64::from(args.repeat));
    let (mut single, mut memory) = (Times::default(), None);
    for _ in 0..args.calls {
        let words = ["recompute", "--account", "ACC-00000007", "-q", "-o", "json", "--now"];
        let (done, peak) = tools.fastenr(&url, words).arg(format!("{day}T07:00:00Z")).run_measured(tools.gnu_time())?;
        single.push(done.took);
        memory = memory.max(peak);
    }
    table.push(Row {
        work: format!("{}: recompute one of {accounts} accounts", engine.name()),
        ours: single,
        with_p95: true,
        reference: None,
        target: Target::Time(Duration::from_secs(1)),
        memory,
    });
    Ok(())
}

fn scored(json: &str) -> Result<u64> {
    let report: Value = serde_json::from_str(json).context("reading what the recompute printed")?;
    report.get("scored").and_then(Value::as_u64).with_context(|| format!("the recompute printed no count: {report}"))
}

/// The same sums over the same windows, and an update of every account that has any.
fn reference(day: NaiveDate) -> String {
    let since = |days: u64| format!("m.metric_date > '{}'", day - Days::new(days));
    let sum = |days: u64, what: &str| format!("sum(case when {} then {what} end)", since(days));
    let count = |days: u64, what: &str| format!("count(case when {} then {what} end)", since(days));
    let sums = [
        sum(28, "m.login_frequency"),
        count(28, "m.login_frequency"),
        sum(28, "m.feature_adoption_score"),
        count(28, "m.feature_adoption_score"),
        sum(28, "m.session_minutes"),
        count(28, "m.session_minutes"),
        sum(112, "m.session_minutes"),
        count(112, "m.session_minutes"),
        format!("max(case when {} then m.active_users end)", since(28)),
        "max(m.training_completion_rate)".to_owned(),
        sum(30, "m.support_tickets"),
        count(30, "m.support_tickets"),
        sum(90, "m.support_tickets"),
        count(90, "m.support_tickets"),
        sum(90, "m.urgent_tickets"),
        sum(90, "m.escalated_tickets"),
        sum(90, "m.resolution_hours * coalesce(m.tickets_resolved, 1)"),
        count(90, "m.resolution_hours"),
        sum(90, "m.csat * coalesce(m.csat_responses, 1)"),
        count(90, "m.csat"),
    ];
    let named: Vec<String> = sums.iter().enumerate().map(|(at, sum)| format!("{sum} as s{at}")).collect();
    let all: Vec<String> = (0..sums.len()).map(|at| format!("coalesce(t.s{at}, 0)")).collect();
    format!(
        "update accounts set health_score = cast(({all}) as bigint) % 101, \
           churn_risk_score = cast((coalesce(t.s0, 0) + coalesce(t.s12, 0)) as bigint) % 101 \
         from (select m.organization_id, m.account_id, {named} from health_metrics m where {window} and m.metric_date <= '{day}' \
           group by m.organization_id, m.account_id) t \
         where accounts.organization_id = t.organization_id and accounts.id = t.account_id",
        all = all.join(" + "),
        named = named.join(", "),
        window = since(120),
    )
}

/// A row a day for every account: `n` is a number that differs from row to row.
pub(super) fn dense_metrics(n: &str, with: &str, id: &str, date: &str, now: &str) -> String {
    let cells = "{n} % 13, ({n} * 7) % 10000, {n} % 3, case when {n} % 14 = 0 then ({n} * 3) % 10000 end, {n} % 60, \
        {n} % 50, {n} % 30, case when {n} % 40 = 0 then 1 else 0 end, case when {n} % 97 = 0 then 1 else 0 end, 0, {n} % 3, \
        case when {n} % 3 > 0 then {n} % 4000 end, case when {n} % 5 = 0 then {n} % 10000 end, {n} % 5"
        .replace("{n}", &format!("({n})"));
    format!(
        "{with} health_metrics (organization_id, id, account_id, metric_date, login_frequency, feature_adoption_score, \
         support_tickets, training_completion_rate, session_minutes, active_users, daily_active_users, urgent_tickets, \
         escalated_tickets, open_urgent_tickets, tickets_resolved, resolution_hours, csat, csat_responses, created_at, \
         updated_at) select a.organization_id, {id}, a.id, {date}, {cells}, {now}, {now} from d cross join accounts a \
         order by d.age desc"
    )
}
