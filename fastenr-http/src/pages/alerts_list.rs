//! `/dashboard/alerts`: alerts by account; those that are held are one line, from which they are released.

use fastenr_core::model::alert::{ALERT, Alert, AlertState, Word};
use fastenr_core::model::cursor::{Extent, ListRequest, Total};
use fastenr_core::model::selection::Selection;
use fastenr_core::ops::alerts::{self, HeldFilter};
use fastenr_core::ops::extent::MOST;
use fastenr_core::ops::{lists, segments};
use fastenr_core::score::alerts::{HeldBy, Rule};
use fastenr_html::format::{RenderContext, counted, grouped, money, money_short, word};
use fastenr_html::link;
use fastenr_html::page::{AlertGroup, AlertRow, AlertsPage, HeldLine};
use fastenr_html::part::{Chip, Empty, Pager};
use uuid::Uuid;

use super::account::alert_line;
use super::accounts::{part_of, total};
use super::exports::elsewhere;
use super::fields::Fields;
use super::filters::{Layout, filters_alone, with};
use super::request::PageRequest;
use super::{answer, row};
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::Query;
use crate::params::Pairs;
use crate::reply::Answer;
use crate::{Problem, filters, nouns};

pub(super) fn rows() -> Vec<Endpoint> {
    vec![
        row::page(PATH, "Alerts", Noun::Alerts, list).takes(filters::of_noun(&ALERT)),
        row::form("/dashboard/alerts/release", "Release held alerts", (Noun::Alerts, Verb::Write), release),
    ]
}

const PATH: &str = "/dashboard/alerts";

async fn list(request: PageRequest, Query(pairs): Query) -> Answer {
    request.caller.may(Noun::Accounts, Verb::Read)?;
    let context = request.context();
    let (chosen, order, ask) = nouns::asked(&ALERT, context, pairs.clone()).await?;
    let part =
        lists::part::<Alert>(context, &ALERT, &chosen, order, &ListRequest { total: Total::UpTo(MOST), ..ask }).await?;
    let extent = part.total.unwrap_or(Extent::Exactly(part.rows.len() as u64));
    let offered = request.lists().await?;
    let names = if request.can().read(Noun::Segments) { segments::names(context).await? } else { Vec::new() };
    let layout = Layout { path: PATH, noun: &ALERT, users: &offered.users, segments: &names, searches: "", own: &[] };
    let drawn = layout.draw(&pairs);
    let alone = filters_alone(&pairs);
    let is_first = !pairs.iter().any(|(name, text)| name == "cursor" || (name == "page" && text != "1"));
    let here = request.here();
    let page = AlertsPage {
        frame: request.frame("Alerts", "alerts").await?,
        groups: groups(&part.rows, &here),
        held: held(&request, &chosen).await?,
        total: total(extent, "alert", "alerts"),
        pager: Pager {
            first: (!is_first).then(|| with(PATH, &pairs, "cursor", None)),
            next: part.next.as_ref().map(|cursor| with(PATH, &pairs, "cursor", Some(&cursor.to_string()))),
            shown: part_of(part.rows.len() as u64, extent),
        },
        empty: if part.rows.is_empty() { Some(empty(&request, &alone, &drawn.chips).await?) } else { None },
        elsewhere: elsewhere("alerts list", &ALERT, link::with("/api/alerts", alone.iter().cloned()), &alone),
        may_write: request.can().write(Noun::Alerts),
        back: request.address.here.clone(),
        filters: drawn,
    };
    if request.wants("rows") { answer::fragment(page.as_rows()) } else { answer::page(&page) }
}

/// By account, in the order in which each comes first.
fn groups(alerts: &[Alert], here: &RenderContext) -> Vec<AlertGroup> {
    let mut groups: Vec<(Option<Uuid>, AlertGroup)> = Vec::new();
    for alert in alerts {
        let id = alert.account.as_ref().map(|account| account.id);
        let place = groups.iter().position(|(known, _)| *known == id).unwrap_or_else(|| {
            let account = alert.account.as_ref();
            let group = AlertGroup {
                account: account.map(|account| (account.id.to_string(), account.name.clone())),
                arr: account.and_then(|account| account.arr).map(|arr| (money_short(arr), money(arr))),
                owner: account.and_then(|account| account.owner.clone()),
                rows: Vec::new(),
                open: String::new(),
            };
            groups.push((id, group));
            groups.len() - 1
        });
        if let Some((_, group)) = groups.get_mut(place) {
            if alert.state == AlertState::Open {
                if !group.open.is_empty() {
                    group.open.push(',');
                }
                group.open.push_str(&alert.id.to_string());
            }
            group.rows.push(alert_row(alert, here));
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

fn alert_row(alert: &Alert, here: &RenderContext) -> AlertRow {
    let told = |word: &str, done: &Option<Word>| {
        let Some(done) = done else { return word.to_owned() };
        let by = done.by.as_deref().map_or(String::new(), |by| format!(" by {by}"));
        let why = done.reason.as_deref().map_or(String::new(), |reason| format!(": {reason}"));
        format!("{word}{by} on {}{why}", here.day_of(done.at).day)
    };
    let state = match alert.state {
        AlertState::Open => None,
        AlertState::Acknowledged => Some(told("acknowledged", &alert.acknowledged)),
        AlertState::Resolved => Some(told("resolved", &alert.resolved)),
        AlertState::Held => Some(format!("held: {}", word(alert.held_by.map_or("guard", HeldBy::as_str)))),
        AlertState::Snoozed => alert.snoozed.as_ref().map(|(until, by, reason)| {
            let by = by.as_deref().map_or(String::new(), |by| format!(" by {by}"));
            let why = reason.as_deref().map_or(String::new(), |reason| format!(": {reason}"));
            format!("snoozed until {until}{by}{why}")
        }),
    };
    AlertRow {
        line: alert_line(alert, here),
        rule: word(alert.rule.as_str()),
        fired: (alert.fired_on != alert.opened_on).then(|| here.day(alert.fired_on)),
        is_open: alert.state == AlertState::Open,
        is_settled: matches!(alert.state, AlertState::Resolved | AlertState::Held),
        state,
    }
}

/// All that are held, whatever the filter: one line. Where the list is of held ones, it says so itself.
async fn held(request: &PageRequest, chosen: &Selection) -> Result<Option<HeldLine>, Problem> {
    let found = alerts::held(request.context(), &HeldFilter::default()).await?;
    let count: u64 = found.iter().map(|(_, count)| count).sum();
    if count == 0 {
        return Ok(None);
    }
    let rules: Vec<(String, String)> = found
        .iter()
        .map(|(rule, count)| (rule.as_str().to_owned(), format!("{} {}", grouped(*count), word(rule.as_str()))))
        .collect();
    let names: Vec<&str> = rules.iter().map(|(_, text)| text.as_str()).collect();
    let shows = chosen.states().any(|state| state == AlertState::Held.as_str());
    Ok(Some(HeldLine {
        text: format!("{} held back: {}.", counted(count, "alert is", "alerts are"), names.join(", ")),
        href: (!shows).then(|| format!("{PATH}?state=held")),
        rules,
    }))
}

async fn release(request: PageRequest, fields: Fields) -> Answer {
    let rules = match fields.text("rule") {
        Some(text) => vec![Rule::parse(text).map_err(|invalid| Problem::from(invalid.of("rule", text)).of_content())?],
        None => Vec::new(),
    };
    let filter = HeldFilter { rules, ..HeldFilter::default() };
    let released = alerts::release(request.context(), &filter, fields.text("reason").unwrap_or_default(), false)
        .await
        .map_err(|error| Problem::from(error).of_content())?;
    Ok(answer::done(&fields.back().unwrap_or_else(|| PATH.to_owned()), released.operation))
}

async fn empty(request: &PageRequest, alone: &Pairs, chips: &[Chip]) -> Result<Empty, Problem> {
    if !lists::any(request.context(), &ALERT).await? {
        return Ok(Empty {
            title: "No alerts yet".to_owned(),
            text: "The nightly run opens alerts. Run it once now:".to_owned(),
            command: Some("fastenr recompute"),
            ..Empty::default()
        });
    }
    if alone.is_empty() {
        return Ok(Empty {
            title: "No alert is open".to_owned(),
            text: "Acknowledged, snoozed and resolved alerts are still there.".to_owned(),
            act: Some(("Show all", format!("{PATH}?state=all"))),
            ..Empty::default()
        });
    }
    Ok(Empty::no_match("No alerts match", chips))
}
