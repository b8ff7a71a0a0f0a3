//! The related records of an account, in sections for people.

use fastenr_core::model::TimeZone;
use fastenr_core::model::account::Account;
use fastenr_core::model::alert::Alert;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::noun::Value;
use fastenr_core::money::Cents;
use fastenr_core::ops::goals;
use fastenr_core::ops::overview::{Latest, Overview};
use fastenr_core::score::Likelihood;

use crate::commands::grouped;
use crate::fields::title;
use crate::output::{bar, columns, minute, sparkline, thousands};

/// A section for each kind of related record; empty ones are left out.
pub(super) fn sections(around: &Overview, zone: TimeZone, currency: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut section = |heading: String, rows: Vec<Vec<String>>| {
        if !rows.is_empty() {
            lines.extend([String::new(), heading]);
            lines.extend(columns(&rows));
        }
    };
    section(format!("open alerts: {}", grouped(around.open_alerts)), alert_rows(around));
    section("health".to_owned(), health_row(around).into_iter().collect());
    let likelihood = around.likelihood.iter().flat_map(Likelihood::lines).map(|line| vec![line]).collect();
    section("probability of churn".to_owned(), likelihood);
    section("owner and team".to_owned(), people(around));
    let account = |account: &Account| {
        let arr = account.arr.map_or_else(String::new, |arr| thousands(arr.cents()));
        vec![account.name.clone(), account.status.as_str().replace('_', " "), arr]
    };
    section("parent".to_owned(), around.parent.iter().map(account).collect());
    let children = u64::try_from(around.children.count).unwrap_or(0);
    let mut rows: Vec<Vec<String>> = around.first_children.iter().map(account).collect();
    rest(&mut rows, children, "accounts list --parent", around);
    let left_out = if around.children.arr_left_out > 0 { " (without churned accounts)" } else { "" };
    let arr = Cents(around.children.arr).short();
    section(format!("children: {}, ARR {arr} {currency}{left_out}", grouped(children)), rows);
    let contacts = u64::try_from(around.counts.contacts).unwrap_or(0);
    let mut rows: Vec<Vec<String>> = around.contacts.iter().map(contact).collect();
    rest(&mut rows, contacts, "contacts list --account", around);
    section(format!("contacts: {}", grouped(contacts)), rows);
    let [engagements, files] =
        [around.counts.engagements, around.counts.attachments].map(|count| u64::try_from(count).unwrap_or(0));
    let files = if files == 0 { String::new() } else { format!(", attachments: {}", grouped(files)) };
    section(format!("engagements: {}{files}", grouped(engagements)), engagement_rows(around, zone));
    section("open goals".to_owned(), around.goals.iter().map(goal_row).collect());
    section("metrics".to_owned(), around.metrics.iter().map(metric_row).collect());
    lines
}

fn alert_rows(around: &Overview) -> Vec<Vec<String>> {
    let row = |alert: &Alert| {
        let rule = alert.rule.as_str().replace('_', " ");
        vec![alert.severity.as_str().to_owned(), rule, alert.message.clone(), format!("since {}", alert.opened_on)]
    };
    let mut rows: Vec<Vec<String>> = around.alerts.iter().map(row).collect();
    rest(&mut rows, around.open_alerts, "alerts list --account", around);
    rows
}

/// The health over the scored days: first score, sparkline, last score.
fn health_row(around: &Overview) -> Option<Vec<String>> {
    let (first, last) = (around.health.first()?, around.health.last()?);
    let scores: Vec<i64> = around.health.iter().map(|(_, score)| *score).collect();
    Some(vec![format!("{} on {}", first.1, first.0), sparkline(&scores), format!("{} on {}", last.1, last.0)])
}

fn people(around: &Overview) -> Vec<Vec<String>> {
    let owner = around.owner.iter().map(|owner| vec![owner.email.clone(), "owner".to_owned(), owner.name.clone()]);
    let member = |member: &Entry| {
        let text = |name: &str| member.text(name).unwrap_or_default().to_owned();
        let role = member.text("role").unwrap_or("member").to_owned();
        vec![member.label("user").unwrap_or_default().to_owned(), role, text("user_name")]
    };
    owner.chain(around.team.iter().map(member)).collect()
}

/// How many more there are, and the command that lists them.
fn rest(rows: &mut Vec<Vec<String>>, all: u64, command: &str, around: &Overview) {
    let more = all.saturating_sub(rows.len() as u64);
    if more > 0 {
        rows.push(vec![format!("and {} more: `fastenr {command} {}`", grouped(more), around.account.id)]);
    }
}

fn contact(contact: &Entry) -> Vec<String> {
    let text = |name: &str| contact.text(name).unwrap_or_default().to_owned();
    let left = contact.date("left_on").map_or_else(String::new, |day| format!("left {day}"));
    vec![text("name"), text("role").replace('_', " "), text("email"), text("title"), left]
}

fn engagement_rows(around: &Overview, zone: TimeZone) -> Vec<Vec<String>> {
    let found = [("last", &around.last_engagement, "completed_at"), ("next", &around.next_engagement, "scheduled_at")];
    let row = |(which, entry, at): (&str, &Option<Entry>, &str)| {
        let entry = entry.as_ref()?;
        let text = |name: &str| entry.text(name).unwrap_or_default().to_owned();
        let at = entry.instant(at).map(|at| minute(zone, at));
        let outcome = text("outcome").replace('_', " ");
        Some(vec![which.to_owned(), at.unwrap_or_default(), text("type"), text("title"), outcome])
    };
    found.into_iter().filter_map(row).collect()
}

fn goal_row(goal: &Entry) -> Vec<String> {
    let field = |name: &str| {
        let (_, field) = goal.noun.field(name)?;
        Some(field.text(&goal.stored(field)).into_owned()).filter(|text| !text.is_empty())
    };
    let unit = field("unit").map_or_else(String::new, |unit| format!(" {unit}"));
    let values = match (field("current_value"), field("target_value")) {
        (Some(current), Some(target)) => format!("{current} of {target}{unit}"),
        (Some(current), None) => format!("{current}{unit}"),
        _ => String::new(),
    };
    let bar = goals::share(goal).map_or_else(String::new, bar);
    let due = field("target_date").map_or_else(String::new, |day| format!("due {day}"));
    vec![bar, goal.title(), goal.text("status").unwrap_or_default().replace('_', " "), values, due]
}

fn metric_row(latest: &Latest) -> Vec<String> {
    let Latest { field, day, value, recent } = latest;
    vec![title(field), field.text(value).into_owned(), day.to_string(), line_of(recent)]
}

/// The latest values, side by side.
fn line_of(values: &[Value]) -> String {
    let number = |value: &Value| if let Value::Integer(number) = value { Some(*number) } else { None };
    sparkline(&values.iter().filter_map(number).collect::<Vec<_>>())
}
