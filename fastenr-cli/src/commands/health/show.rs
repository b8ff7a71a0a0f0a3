//! `fastenr health show`

use fastenr_core::Result;
use fastenr_core::model::Size;
use fastenr_core::ops::scores::views::{self, EarlierScore, Share, ShownScores, cause};
use fastenr_core::score::{ChurnFactor, Component, Factor};
use fastenr_core::store::scores::snapshots::{Parts, Snapshot};
use fastenr_core::view::health::{HealthShown, part};
use serde_json::{Value as Json, json};

use super::{hundredths, plain, signed};
use crate::app::App;
use crate::commands::grouped;
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::output::{columns, facts, percent, sparkline};
use crate::typed::Since;

/// Show the health and the churn risk of an account, with their components and factors.
///
/// Health 100 is best, churn risk 100 is worst. Components and factors are scores from 0 to 100, from the snapshot of the
/// day. A factor without data shows –, and its weight is distributed among the others. Coverage is the share of the model
/// for which there is data. With insufficient coverage, the score shows – next to a provisional score.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Changes compare with the last snapshot that is at least 7, 30 or 90 days older, and up to a week more. The place among others is
the share of unarchived accounts of the same size, scored on the same day with sufficient data, whose health is lower. The place in
its own past is the share of its days of the last year with a lower health.

Examples:
  fastenr health show Acme
  fastenr health show Acme --as-of 2026-01-31 -o json")]
pub(crate) struct Args {
    /// Account: id, external id, or a unique name or domain.
    #[arg(value_name = "ACCOUNT")]
    pub account: String,

    /// Scores of this day [default: today].
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<Since>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let as_of = args.as_of.map(|day| day.day(&context, "as-of")).transpose()?;
    let shown = views::show(&context, &args.account, as_of).await?;
    match app.settings.output {
        Format::Json | Format::Jsonl => app.printer.json(&HealthShown::from(&shown))?,
        Format::Csv => facts(app, &flat(&shown))?,
        Format::Table => lines(&shown).into_iter().try_for_each(|line| app.printer.line(line))?,
    }
    app.printer.finish()?;
    match &shown.snapshot {
        None => {
            let when = as_of.map_or_else(String::new, |day| format!(" by {day}"));
            app.printer.talk(format_args!(
                "{} has no scores{when}; `fastenr recompute` scores all accounts, `fastenr recompute --account {}` only this one",
                shown.account.name, shown.account.id
            ));
        }
        Some(snapshot) if as_of.is_some_and(|day| day != snapshot.snapshot_date) => {
            app.printer.talk(format_args!("scores of {}, the last ones before that day", snapshot.snapshot_date));
        }
        Some(_) => {}
    }
    Ok(exit::DONE)
}

fn lines(shown: &ShownScores) -> Vec<String> {
    let account = &shown.account;
    let mut title = account.name.clone();
    if let Some(external_id) = &account.external_id {
        title.push_str(&format!("  {external_id}"));
    }
    let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    let until = account.status_until.map(|day| format!(" until {day}")).unwrap_or_default();
    let status = format!("{}, set by {}{until}", plain(account.status.as_str()), account.status_source.as_str());
    let Some(snapshot) = &shown.snapshot else {
        let rows = [row(&["health", "–"]), row(&["churn risk", "–"]), row(&["status", &status])];
        return [title].into_iter().chain(columns(&rows)).collect();
    };
    let covered = |points: i64| format!("coverage {}", percent(u16::try_from(points).unwrap_or(0)));
    let adjusted = if shown.adjustment.is_some() { ", adjusted" } else { "" };
    let mut rows = vec![
        vec![
            "health".to_owned(),
            score(snapshot.health()),
            format!("{}{adjusted}", shown.band().map(plain).unwrap_or_default()),
            covered(snapshot.health_coverage),
        ],
        vec![
            "churn risk".to_owned(),
            score(snapshot.churn_risk()),
            plain(&snapshot.churn_band),
            covered(snapshot.churn_coverage),
            "100 is worst".to_owned(),
        ],
    ];
    let mut lines = vec![title];
    lines.extend(columns(&rows));
    rows.clear();
    rows.push(vec!["as of".to_owned(), format!("{}, model {}", snapshot.snapshot_date, short(&snapshot.model))]);
    rows.push(row(&["status", &status]));
    if let Some(provisional) = snapshot.provisional_health() {
        rows.push(vec!["provisional".to_owned(), format!("health {provisional}, pulled toward 50: too little data")]);
    }
    if let Some(adjustment) = &shown.adjustment {
        let unadjusted = cause::whole(snapshot.health_drawn);
        rows.push(vec![
            "adjusted".to_owned(),
            format!(
                "to {} by {} until {}: {}; the model says {unadjusted}, before caps",
                adjustment.score, adjustment.by, adjustment.until_date, adjustment.reason
            ),
        ]);
    }
    if let Some(cap) = &shown.cap {
        let from = cause::whole(snapshot.health_drawn);
        rows.push(vec!["capped".to_owned(), format!("from {from} to {}: {cap}", snapshot.health_score)]);
    }
    if let Some(likelihood) = &shown.likelihood {
        let [said, note] = likelihood.lines();
        rows.push(vec!["probability".to_owned(), said]);
        rows.push(vec![String::new(), note]);
    }
    rows.push(vec!["change".to_owned(), shown.ago.iter().map(ago).collect::<Vec<_>>().join(", ")]);
    if let Some(share) = shown.peers {
        let size = account.size.map_or("accounts without a size", |size| of_size(size));
        rows.push(vec!["percentile".to_owned(), place(share, &format!("other {size}"))]);
    }
    if let Some(share) = shown.past {
        rows.push(vec!["own past".to_owned(), place(share, "the days in the year before")]);
    }
    let recent: Vec<i64> = shown.recent.iter().map(|(_, health)| *health).collect();
    let spark = sparkline(&recent);
    if let (false, Some(least), Some(most)) = (spark.is_empty(), recent.iter().min(), recent.iter().max()) {
        rows.push(vec!["90 days".to_owned(), format!("{spark}  {least} to {most}")]);
    }
    lines.extend(columns(&rows));
    lines.push(String::new());
    lines.extend(columns(&tree(snapshot)));
    lines
}

/// A score, or – if it is unknown.
pub(super) fn score(score: Option<i64>) -> String {
    score.map_or_else(|| "–".to_owned(), |score| score.to_string())
}

fn tree(snapshot: &Snapshot) -> Vec<Vec<String>> {
    let score = |name: &str| part(snapshot, name).map_or("–".to_owned(), |points| cause::whole(points).to_string());
    let mut rows = Vec::new();
    for component in Component::ALL {
        rows.push(vec![plain(component.as_str()), score(component.as_str())]);
        for factor in Factor::ALL.iter().filter(|factor| factor.component() == *component) {
            rows.push(vec![format!("  {}", plain(factor.as_str())), score(factor.as_str())]);
        }
    }
    rows.push(vec!["churn risk".to_owned(), self::score(snapshot.churn_risk())]);
    let churn = ChurnFactor::ALL.iter();
    rows.extend(churn.map(|factor| vec![format!("  {}", plain(factor.as_str())), score(factor.as_str())]));
    rows
}

/// The beginning of a fingerprint, enough to tell models apart.
pub(super) fn short(fingerprint: &str) -> &str {
    fingerprint.get(..8).unwrap_or(fingerprint)
}

const fn of_size(size: Size) -> &'static str {
    match size {
        Size::Startup => "startup accounts",
        Size::Small => "small accounts",
        Size::Medium => "medium accounts",
        Size::Large => "large accounts",
        Size::Enterprise => "enterprise accounts",
    }
}

fn ago(ago: &EarlierScore) -> String {
    match (&ago.snapshot, ago.change) {
        (Some(snapshot), Some(change)) => {
            format!("{} in {} days from {}", signed(change), ago.days, snapshot.health_score)
        }
        _ => format!("– in {} days", ago.days),
    }
}

fn place(share: Share, others: &str) -> String {
    match share.percent() {
        Some(percent) => format!("{} % of {others} are lower ({})", (percent + 50) / 100, grouped(share.of)),
        None => "nothing to compare with".to_owned(),
    }
}

/// Short, on one line.
fn flat(shown: &ShownScores) -> Vec<(&'static str, Json)> {
    let (account, snapshot) = (&shown.account, shown.snapshot.as_ref());
    let of = |value: fn(&Snapshot) -> Json| snapshot.map_or(Json::Null, value);
    let adjustment = shown.adjustment.as_ref();
    let mut row = vec![
        ("account", json!(account.external_id.clone().unwrap_or_else(|| account.id.to_string()))),
        ("account_name", json!(account.name)),
        ("as_of", of(|day| json!(day.snapshot_date))),
        ("model", of(|day| json!(day.model))),
        ("status", json!(account.status.as_str())),
        ("status_source", json!(account.status_source.as_str())),
        ("health_score", of(|day| json!(day.health()))),
        ("band", json!(shown.band())),
        ("health_coverage", of(|day| hundredths(Some(day.health_coverage)))),
        ("uncapped_score", of(|day| hundredths(Some(day.health_drawn)))),
        ("cap", json!(shown.cap)),
        ("adjusted_score", json!(adjustment.map(|row| row.score))),
        ("adjusted_because", json!(adjustment.map(|row| &row.reason))),
        ("adjusted_until", json!(adjustment.map(|row| row.until_date))),
        ("adjusted_by", json!(adjustment.map(|row| &row.by))),
        ("churn_risk_score", of(|day| json!(day.churn_risk()))),
        ("churn_band", of(|day| json!(day.churn_band))),
        ("churn_coverage", of(|day| hundredths(Some(day.churn_coverage)))),
    ];
    let names = Parts::NAMES.iter();
    row.extend(names.map(|name| (*name, snapshot.map_or(Json::Null, |day| hundredths(part(day, name))))));
    for (name, ago) in ["change_7d", "change_30d", "change_90d"].into_iter().zip(0_usize..) {
        row.push((name, json!(shown.ago.get(ago).and_then(|ago| ago.change))));
    }
    row.push(("percentile", hundredths(shown.peers.and_then(Share::percent))));
    row.push(("own_past", hundredths(shown.past.and_then(Share::percent))));
    row.push(("provisional_health_score", of(|day| json!(day.provisional_health()))));
    let likelihood = shown.likelihood.as_ref();
    row.push(("churn_times_usual", hundredths(likelihood.and_then(|of| of.times_usual))));
    row.push(("churn_probability", hundredths(likelihood.and_then(|of| of.percent))));
    row.push(("churn_probability_check", json!(likelihood.map(|of| of.verdict.as_str()))));
    row
}
