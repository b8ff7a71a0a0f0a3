//! `/dashboard/engagements/report`, `/dashboard/goals/report`: what the API's reports tell, with the lists behind the figures.

use fastenr_core::model::engagement::{ENGAGEMENT, Outcome};
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::noun::Noun as Records;
use fastenr_core::ops::{lists, segments};
use fastenr_core::view::impact::IMPACT_NOTE;
use fastenr_html::chart::{ShareBar, Stack, StackPart};
use fastenr_html::format::{counted, grouped, label, word};
use fastenr_html::page::{ReportCell, ReportChart, ReportPage, ReportRow, ReportTable, ReportTile};
use fastenr_html::part::{Crumb, Empty, Tab, Tabs};
use fastenr_html::{form, link};
use serde_json::{Map, Value as Json};

use super::exports::elsewhere;
use super::filters::{Layout, filters_alone, with};
use super::request::PageRequest;
use super::{answer, row};
use crate::endpoint::{Endpoint, Noun};
use crate::guard::Query;
use crate::params::Pairs;
use crate::reply::Answer;
use crate::reports::{engagement_parameters, engagements_found, goal_parameters, goals_found};
use crate::{Problem, filters};

const ENGAGEMENTS: &str = "/dashboard/engagements/report";
const GOALS: &str = "/dashboard/goals/report";

/// Parameters of the pages themselves.
const OWN: &[&str] = &["by", "impact"];

/// Groups that are shown; a report by account has as many as there are accounts.
const MOST: usize = 50;

pub(super) fn rows() -> Vec<Endpoint> {
    vec![
        row::page(ENGAGEMENTS, "Report on engagements", Noun::Engagements, of_engagements)
            .takes(engagement_parameters())
            .takes(filters::noun_filters(&ENGAGEMENT)),
        row::page(GOALS, "Report on goals", Noun::Goals, of_goals)
            .takes(goal_parameters())
            .takes(filters::noun_filters(&GOAL)),
    ]
}

/// The members of a group or of the total, by their names.
type Figures = Map<String, Json>;

fn members<T: serde::Serialize>(members: &T) -> Figures {
    match serde_json::to_value(members) {
        Ok(Json::Object(members)) => members,
        _ => Figures::new(),
    }
}

fn count(of: &Figures, name: &str) -> u64 {
    of.get(name).and_then(Json::as_u64).unwrap_or(0)
}

/// A figure as pages have it: none is –, never 0.
fn text(of: &Figures, name: &str) -> String {
    match of.get(name) {
        None | Some(Json::Null) => "–".to_owned(),
        Some(number) => number.as_u64().map_or_else(|| number.to_string(), grouped),
    }
}

fn percent(of: &Figures, name: &str) -> String {
    let text = text(of, name);
    if text == "–" { text } else { format!("{text} %") }
}

/// A list behind figures: none of nothing, and none of what no filter finds.
struct Behind<'p> {
    list: &'static str,
    alone: &'p Pairs,
}

impl Behind<'_> {
    fn link(&self, of: Option<&Pairs>, also: &[(&str, &str)], count: u64) -> Option<String> {
        let of = of.filter(|_| count > 0)?;
        let also: Pairs = also.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let replaces = |name: &str| of.iter().chain(&also).any(|(known, _)| known == name);
        let kept = self.alone.iter().filter(|(name, _)| !replaces(name)).cloned();
        Some(link::with(self.list, kept.chain(of.iter().cloned()).chain(also.iter().cloned())))
    }

    fn cell(&self, figures: &Figures, name: &str, of: Option<&Pairs>, also: &[(&str, &str)]) -> ReportCell {
        ReportCell { href: self.link(of, also, count(figures, name)), ..ReportCell::new(text(figures, name)) }
    }
}

/// What is the same in both reports.
struct Frame<'p> {
    request: &'p PageRequest,
    path: &'static str,
    noun: &'static Records,
    pairs: &'p Pairs,
    alone: Pairs,
    by: &'static str,
}

impl<'p> Frame<'p> {
    fn new(
        request: &'p PageRequest,
        path: &'static str,
        noun: &'static Records,
        pairs: &'p Pairs,
        by: &'static str,
    ) -> Self {
        let alone = filters_alone(pairs).into_iter().filter(|(name, _)| !OWN.contains(&name.as_str())).collect();
        Self { request, path, noun, pairs, alone, by }
    }

    async fn drawn(&self, users: &[(String, String)]) -> Result<form::Filters, Problem> {
        let request = self.request;
        let names =
            if request.can().read(Noun::Segments) { segments::names(request.context()).await? } else { Vec::new() };
        let layout = Layout {
            path: self.path,
            noun: self.noun,
            users,
            segments: &names,
            searches: "Title or description",
            own: OWN,
        };
        Ok(layout.draw(self.pairs))
    }

    fn by(&self, all: &[(&'static str, &'static str)]) -> Tabs {
        let tab = |(text, value): &(&'static str, &'static str)| Tab {
            text,
            href: with(self.path, self.pairs, "by", Some(value)),
            current: *value == self.by,
        };
        Tabs { label: "Grouped by", tabs: all.iter().map(tab).collect() }
    }

    fn name(&self, group: Option<&str>, users: &[(String, String)]) -> String {
        match (group, self.by) {
            (None, by) => format!("No {}", word(by)),
            (Some(email), "owner") => {
                let known = users.iter().find(|(known, _)| known == email);
                known.map_or_else(|| email.to_owned(), |(_, name)| name.clone())
            }
            (Some(name), "account" | "industry") => name.to_owned(),
            (Some(name), _) => label(name),
        }
    }

    fn crumbs(&self) -> Vec<Crumb> {
        vec![Crumb { text: label(self.noun.many), href: format!("/dashboard/{}", self.noun.many) }]
    }

    async fn empty(&self, is_empty: bool, drawn: &form::Filters, title: &str) -> Result<Option<Empty>, Problem> {
        Ok(match is_empty {
            false => None,
            true if lists::any(self.request.context(), self.noun).await? => Some(Empty::no_match(title, &drawn.chips)),
            true => Some(Empty {
                title: format!("No {} yet", self.noun.plural),
                text: "The report needs some.".to_owned(),
                act: Some(("Go to the list", format!("/dashboard/{}", self.noun.many))),
                ..Empty::default()
            }),
        })
    }

    /// Where scores can be seen, and are not yet.
    fn impact(&self, is_shown: bool) -> Option<String> {
        (!is_shown && self.request.can().read(Noun::Health))
            .then(|| with(self.path, self.pairs, "impact", Some("true")))
    }
}

/// Rows of a table, those with the longest bars first, and how many are left out.
fn longest(mut rows: Vec<(u64, ReportRow)>, command: &str) -> (Vec<ReportRow>, Option<String>) {
    let more = rows.len().saturating_sub(MOST) as u64;
    if more > 0 {
        rows.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        rows.truncate(MOST);
    }
    let note =
        (more > 0).then(|| format!("The largest {MOST}; {} in {command}.", counted(more, "more group", "more groups")));
    (rows.into_iter().map(|(_, row)| row).collect(), note)
}

const OUTCOMES: [(&str, &str); 5] = [
    ("positive", "healthy"),
    ("neutral", "moderate"),
    ("action_required", "concern"),
    ("negative", "critical"),
    ("no_outcome", "none"),
];

async fn of_engagements(request: PageRequest, Query(pairs): Query) -> Answer {
    let found = engagements_found(&request.caller, pairs.clone()).await?;
    let page = Frame::new(&request, ENGAGEMENTS, &ENGAGEMENT, &pairs, found.by);
    let users = request.lists().await?.users;
    let drawn = page.drawn(&users).await?;
    // The list is that of the days of the report.
    let mut alone: Pairs = page.alone.iter().filter(|(name, _)| name != "from" && name != "to").cloned().collect();
    alone.extend([("from".to_owned(), found.from.to_string()), ("to".to_owned(), found.to.to_string())]);
    let behind = Behind { list: "/dashboard/engagements", alone: &alone };
    let (total, nothing) = (members(&found.total), Pairs::new());
    let done = ("done", "true");
    let completed = count(&total, "completed");
    let outcome = |name: &str| (Outcome::parse(name).is_ok()).then_some(("outcome", name.to_owned()));
    let outcomes = OUTCOMES.iter().map(|(name, class)| {
        let number = count(&total, name);
        let also = outcome(name);
        let also: Vec<(&str, &str)> = also.iter().map(|(name, text)| (*name, text.as_str())).chain([done]).collect();
        ReportRow {
            name: label(name),
            href: None,
            key: Some(class),
            cells: vec![
                ReportCell {
                    text: grouped(number),
                    href: behind.link(Some(&nothing).filter(|_| *name != "no_outcome"), &also, number),
                    bar: Some(ShareBar::of(number, completed, class)),
                },
                ReportCell::new(share(number, completed)),
            ],
        }
    });
    let most = found.data.iter().map(|group| count(&members(group), "completed")).max().unwrap_or(0);
    let rows = found.data.iter().map(|group| {
        let group = members(group);
        let named = |name: &str| group.get(name).and_then(Json::as_str).map(str::to_owned);
        let (name, value) = match found.by {
            "account" => (named("account_name"), named("account")),
            by => (named(by), named(by)),
        };
        let of: Option<Pairs> = value.map(|value| vec![(found.by.to_owned(), value)]);
        let number = count(&group, "completed");
        let bar = ReportCell {
            bar: Some(ShareBar::of(number, most, "accent")),
            ..behind.cell(&group, "completed", of.as_ref(), &[done])
        };
        let mut cells = vec![bar];
        for (name, _) in OUTCOMES {
            cells.push(match outcome(name) {
                Some((filter, text)) => behind.cell(&group, name, of.as_ref(), &[(filter, text.as_str()), done]),
                None => ReportCell::new(text(&group, name)),
            });
        }
        cells.extend(FIGURES.map(|(name, _)| ReportCell::new(text(&group, name))));
        let href = behind.link(of.as_ref(), &[done], number);
        (number, ReportRow { name: page.name(name.as_deref(), &users), href, key: None, cells })
    });
    let command = format!("fastenr engagements report --by {}", found.by);
    let (rows, note) = longest(rows.collect(), &command);
    let heads = [label(found.by), "Completed".to_owned()].into_iter();
    let heads = heads.chain(OUTCOMES.map(|(name, _)| label(name))).chain(FIGURES.map(|(_, head)| head.to_owned()));
    let mut all = vec!["completed"];
    all.extend(OUTCOMES.map(|(name, _)| name));
    all.extend(FIGURES.map(|(name, _)| name));
    let stack = Stack {
        what: "Completed engagements by outcome",
        parts: OUTCOMES
            .iter()
            .map(|(name, class)| StackPart { class, label: word(name), count: count(&total, name) })
            .collect(),
    };
    let groupings = [("Type", "type"), ("Account", "account"), ("Owner", "owner")];
    let mut tables = vec![
        ReportTable {
            id: "outcomes",
            title: "Outcomes",
            tabs: None,
            chart: Some(ReportChart::Stack(stack)),
            heads: vec!["Outcome".to_owned(), "Engagements".to_owned(), "Share".to_owned()],
            rows: outcomes.collect(),
            total: None,
            note: None,
        },
        ReportTable {
            id: "groups",
            title: "Compared",
            tabs: Some(page.by(&groupings)),
            chart: None,
            heads: heads.collect(),
            rows,
            total: Some(total_row(&total, &all)),
            note,
        },
    ];
    tables.extend(found.impact.as_ref().map(|impact| afterwards(&members(impact), "engagements", "Type")));
    let is_empty = completed + count(&total, "not_completed") == 0;
    let shown = ReportPage {
        frame: request.frame("Report on engagements", "engagements").await?,
        crumbs: page.crumbs(),
        of: format!(
            "{} completed from {} to {}",
            counted(completed, "engagement", "engagements"),
            found.from,
            found.to
        ),
        periods: Some(periods(&pairs)),
        tiles: vec![
            tile("Per 30 days", text(&total, "per_30_days"), "completed"),
            tile("Not completed", text(&total, "not_completed"), "planned in these days"),
            tile("Median gap", with_unit(&total, "median_gap_days", "days"), "between two of one account"),
            tile("Answered", percent(&total, "answered_percent"), &answered(&total)),
            tile(
                "Median response",
                with_unit(&total, "median_response_hours", "hours"),
                "from completion to the response",
            ),
        ],
        impact: page.impact(found.impact.is_some()),
        notes: Vec::new(),
        empty: page.empty(is_empty, &drawn, "No engagement in these days").await?,
        elsewhere: elsewhere(
            &format!("engagements report --by {}", found.by),
            &ENGAGEMENT,
            with("/api/engagements/report", &page.alone, "by", Some(found.by)),
            &page.alone,
        ),
        filters: drawn,
        tables,
    };
    if request.wants("rows") { answer::fragment(shown.as_rows()) } else { answer::page(&shown) }
}

/// What a group's row has beside its counts.
const FIGURES: [(&str, &str); 6] = [
    ("per_30_days", "Per 30 days"),
    ("median_gap_days", "Median gap, days"),
    ("longest_gap_days", "Longest gap, days"),
    ("days_since_last", "Days since last"),
    ("answered_percent", "Answered, %"),
    ("median_response_hours", "Response, hours"),
];

fn tile(label: &'static str, value: String, note: &str) -> ReportTile {
    ReportTile { label, value, note: note.to_owned() }
}

fn total_row(total: &Figures, names: &[&str]) -> ReportRow {
    let cells = names.iter().map(|name| ReportCell::new(text(total, name))).collect();
    ReportRow { name: "All".to_owned(), href: None, key: None, cells }
}

/// `25 %` of a whole.
fn share(part: u64, whole: u64) -> String {
    if whole == 0 { "–".to_owned() } else { format!("{} %", (part * 200 + whole) / (whole * 2)) }
}

fn with_unit(of: &Figures, name: &str, unit: &str) -> String {
    let text = text(of, name);
    if text == "–" { text } else { format!("{text} {unit}") }
}

fn answered(total: &Figures) -> String {
    format!("{} of {} that expect a response", text(total, "responses_answered"), text(total, "responses_expected"))
}

/// Usual numbers of days.
fn periods(pairs: &Pairs) -> Tabs {
    let from = pairs.iter().find(|(name, _)| name == "from").map_or("90d", |(_, text)| text.as_str());
    let ended = pairs.iter().any(|(name, _)| name == "to");
    let tab = |(text, days): (&'static str, &str)| Tab {
        text,
        href: with(ENGAGEMENTS, &pairs.iter().filter(|(name, _)| name != "to").cloned().collect(), "from", Some(days)),
        current: from == days && !ended,
    };
    let all = [("30 days", "30d"), ("90 days", "90d"), ("1 year", "365d")];
    Tabs { label: "Days", tabs: all.into_iter().map(tab).collect() }
}

/// How scores changed afterwards, beside accounts to compare with.
fn afterwards(impact: &Figures, events: &'static str, head: &str) -> ReportTable {
    let rows = impact.get("rows").and_then(Json::as_array).cloned().unwrap_or_default();
    let columns = [events, "pairs", "change", "comparison_change", "difference", "comparison_accounts"];
    let row = |row: &Json| {
        let of = members(row);
        let interval = match (text(&of, "interval_low").as_str(), text(&of, "interval_high").as_str()) {
            ("–", _) | (_, "–") => "–".to_owned(),
            (low, high) => format!("{low} to {high}"),
        };
        let mut cells: Vec<ReportCell> = columns.iter().map(|name| ReportCell::new(text(&of, name))).collect();
        cells.push(ReportCell::new(interval));
        cells.push(ReportCell::new(of.get("note").and_then(Json::as_str).unwrap_or_default()));
        ReportRow {
            name: label(of.get("kind").and_then(Json::as_str).unwrap_or_default()),
            href: None,
            key: None,
            cells,
        }
    };
    let heads = ["Pairs", "Change", "Compared with", "Difference", "Accounts compared", "95 % interval", "Note"];
    ReportTable {
        id: "afterwards",
        title: "Scores in the 30 days after",
        tabs: None,
        chart: None,
        heads: [head.to_owned(), label(events)].into_iter().chain(heads.map(str::to_owned)).collect(),
        rows: rows.iter().map(row).collect(),
        total: None,
        note: Some(answer::sentence(IMPACT_NOTE.to_owned())),
    }
}

const STATUSES: [(&str, &str); 4] =
    [("achieved", "healthy"), ("on_track", "moderate"), ("at_risk", "concern"), ("missed", "critical")];

async fn of_goals(request: PageRequest, Query(pairs): Query) -> Answer {
    let found = goals_found(&request.caller, pairs.clone()).await?;
    let page = Frame::new(&request, GOALS, &GOAL, &pairs, found.by);
    let users = request.lists().await?.users;
    let drawn = page.drawn(&users).await?;
    let behind = Behind { list: "/dashboard/goals", alone: &page.alone };
    let (total, nothing) = (members(&found.total), Pairs::new());
    let goals = count(&total, "goals");
    let statuses = STATUSES.iter().map(|(name, class)| {
        let number = count(&total, name);
        ReportRow {
            name: label(name),
            href: None,
            key: Some(class),
            cells: vec![
                ReportCell {
                    bar: Some(ShareBar::of(number, goals, class)),
                    ..behind.cell(&total, name, Some(&nothing), &[("status", name)])
                },
                ReportCell::new(share(number, goals)),
            ],
        }
    });
    let rows = found.groups.iter().map(|group| {
        let group = members(group);
        let name = group.get("group").and_then(Json::as_str).map(str::to_owned);
        // Goals have no filter by the size or the industry of their accounts.
        let is_filter = ["metric_type", "owner"].contains(&found.by);
        let of: Option<Pairs> = name.clone().filter(|_| is_filter).map(|name| vec![(found.by.to_owned(), name)]);
        let mut cells = vec![behind.cell(&group, "goals", of.as_ref(), &[])];
        cells.extend(STATUSES.map(|(name, _)| behind.cell(&group, name, of.as_ref(), &[("status", name)])));
        let rate = group.get("completion_rate").and_then(Json::as_f64);
        cells.push(ReportCell {
            // Percent to the hundredth.
            bar: rate.map(|rate| ShareBar::of((rate * 100.0).round().max(0.0) as u64, 10_000, "healthy")),
            ..ReportCell::new(percent(&group, "completion_rate"))
        });
        cells.extend(["median_days", "mean_days"].map(|name| ReportCell::new(text(&group, name))));
        let number = count(&group, "goals");
        let href = behind.link(of.as_ref(), &[], number);
        (number, ReportRow { name: page.name(name.as_deref(), &users), href, key: None, cells })
    });
    let command = format!("fastenr goals report --by {}", found.by.replace('_', "-"));
    let (rows, note) = longest(rows.collect(), &command);
    let heads = [label(found.by), "Goals".to_owned()].into_iter().chain(STATUSES.map(|(name, _)| label(name)));
    let heads = heads.chain(["Completion rate", "Median days", "Mean days"].map(str::to_owned)).collect();
    let mut all = vec!["goals"];
    all.extend(STATUSES.map(|(name, _)| name));
    all.extend(["completion_rate", "median_days", "mean_days"]);
    let stack = Stack {
        what: "Goals by status",
        parts: STATUSES
            .iter()
            .map(|(name, class)| StackPart { class, label: word(name), count: count(&total, name) })
            .collect(),
    };
    let groupings = [("Metric", "metric_type"), ("Size", "size"), ("Industry", "industry"), ("Owner", "owner")];
    let mut tables = vec![
        ReportTable {
            id: "statuses",
            title: "Status",
            tabs: None,
            chart: Some(ReportChart::Stack(stack)),
            heads: vec!["Status".to_owned(), "Goals".to_owned(), "Share".to_owned()],
            rows: statuses.collect(),
            total: None,
            note: None,
        },
        ReportTable {
            id: "groups",
            title: "Compared",
            tabs: Some(page.by(&groupings)),
            chart: None,
            heads,
            rows,
            total: Some(total_row(&total, &all)),
            note,
        },
    ];
    tables.extend(found.impact.as_ref().map(|impact| afterwards(&members(impact), "goals", "Metric")));
    let shown = ReportPage {
        frame: request.frame("Report on goals", "goals").await?,
        crumbs: page.crumbs(),
        of: counted(goals, "goal", "goals"),
        periods: None,
        tiles: vec![
            tile("Completion rate", percent(&total, "completion_rate"), "achieved / (achieved + missed)"),
            tile("Median time to achieve", with_unit(&total, "median_days", "days"), "from start to completion"),
            tile("Mean time to achieve", with_unit(&total, "mean_days", "days"), "from start to completion"),
        ],
        impact: page.impact(found.impact.is_some()),
        notes: Vec::new(),
        empty: page.empty(goals == 0, &drawn, "No goals match").await?,
        elsewhere: elsewhere(
            &command.replace("fastenr ", ""),
            &GOAL,
            with("/api/goals/report", &page.alone, "by", Some(found.by)),
            &page.alone,
        ),
        filters: drawn,
        tables,
    };
    if request.wants("rows") { answer::fragment(shown.as_rows()) } else { answer::page(&shown) }
}
