//! `/dashboard/arr`: what a period did to the ARR, as the API's summary tells it.

use fastenr_core::model::account::{ACCOUNT, UNOWNED};
use fastenr_core::money::Cents;
use fastenr_core::ops::{lists, segments};
use fastenr_core::view::Hundredths;
use fastenr_core::view::arr::{ArrFigures, ArrSummary, ArrSummaryGroup};
use fastenr_html::chart::{Column, Columns, ShareBar};
use fastenr_html::format::{counted, grouped, label, money, money_short};
use fastenr_html::page::{ReportCell, ReportChart, ReportPage, ReportRow, ReportTable, ReportTile};
use fastenr_html::part::{Crumb, Empty, Tab, Tabs};

use super::accounts::none_yet;
use super::exports::elsewhere;
use super::filters::{Layout, filters_alone, with};
use super::request::PageRequest;
use super::{answer, row};
use crate::arr::{found, parameters};
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::filters;
use crate::guard::Query;
use crate::params::Pairs;
use crate::reply::Answer;

const PATH: &str = "/dashboard/arr";
const LIST: &str = "/dashboard/accounts";

/// Parameters of the page itself.
const OWN: &[&str] = &["by", "period", "from", "to", "with_archived"];

pub(super) fn rows() -> Vec<Endpoint> {
    vec![row::page(PATH, "ARR", Noun::Arr, show).takes(parameters()).takes(filters::noun_filters(&ACCOUNT))]
}

async fn show(request: PageRequest, Query(pairs): Query) -> Answer {
    request.caller.may(Noun::Accounts, Verb::Read)?;
    let context = request.context();
    // By months, where nothing else is said.
    let mut asked = pairs.clone();
    if !asked.iter().any(|(name, _)| name == "by") {
        asked.push(("by".to_owned(), "month".to_owned()));
    }
    let found = found(&request.caller, asked).await?;
    let users = request.lists().await?.users;
    let names = if request.can().read(Noun::Segments) { segments::names(context).await? } else { Vec::new() };
    let layout = Layout {
        path: PATH,
        noun: &ACCOUNT,
        users: &users,
        segments: &names,
        searches: "Name, domain or external id",
        own: OWN,
    };
    let drawn = layout.draw(&pairs);
    let alone: Pairs = filters_alone(&pairs).into_iter().filter(|(name, _)| !OWN.contains(&name.as_str())).collect();
    let total = &found.total;
    let by = found.by.unwrap_or_default();
    let (title, chart) = if is_period(by) { ("By period", Some(closings(&found, &pairs))) } else { ("Compared", None) };
    let page = ReportPage {
        frame: request.frame("ARR", "accounts").await?,
        crumbs: vec![Crumb { text: "Accounts".to_owned(), href: LIST.to_owned() }],
        of: format!("{} {} from {} to {}", money_short(total.closing.0), found.currency, found.from, found.to),
        periods: Some(periods(&pairs)),
        tiles: vec![
            tile("Closing", money_short(total.closing.0), format!("of {}", accounts(total.accounts.closing))),
            tile("Net retention", percent(total.nrr), "of the opening".to_owned()),
            tile("Gross retention", percent(total.grr), "of the opening, without expansion".to_owned()),
            tile("Change", signed(total.closing.0 - total.opening.0), format!("from {}", money_short(total.opening.0))),
        ],
        tables: vec![
            ReportTable {
                id: "movements",
                title: "Movements",
                tabs: None,
                chart: Some(movements(total)),
                heads: ["Movement", "ARR", "Accounts"].map(str::to_owned).to_vec(),
                rows: amounts(total),
                total: None,
                note: Some("Opening + new + expansion − contraction − churn = closing.".to_owned()),
            },
            ReportTable {
                id: "groups",
                title,
                tabs: Some(groupings(&pairs, by)),
                chart,
                heads: heads(by),
                rows: found.groups.iter().map(|group| group_row(group, &found, &alone, &pairs, &users)).collect(),
                total: None,
                note: None,
            },
        ],
        impact: None,
        notes: notes(&found),
        empty: match total.accounts.opening + total.accounts.closing + total.accounts.new {
            0 if lists::any(context, &ACCOUNT).await? => Some(Empty::no_match("No ARR in this period", &drawn.chips)),
            0 => Some(none_yet(&request)),
            _ => None,
        },
        elsewhere: elsewhere(&format!("arr summary{}", flags(&found, &pairs)), &ACCOUNT, api(&pairs, by), &alone),
        filters: drawn,
    };
    if request.wants("rows") { answer::fragment(page.as_rows()) } else { answer::page(&page) }
}

fn accounts(count: u64) -> String {
    counted(count, "account", "accounts")
}

fn tile(label: &'static str, value: String, note: String) -> ReportTile {
    ReportTile { label, value, note }
}

fn percent(share: Option<Hundredths>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{} %", money(share.0)))
}

/// With its sign, short.
fn signed(cents: i64) -> String {
    let short = money_short(cents.abs());
    match cents {
        0 => short,
        1.. => format!("+{short}"),
        _ => format!("−{short}"),
    }
}

fn is_period(by: &str) -> bool {
    ["month", "quarter", "year"].contains(&by)
}

/// Name, amount, accounts, and the class of the colour.
fn parts(of: &ArrFigures) -> [(&'static str, Cents, u64, &'static str); 6] {
    let ArrFigures { opening, new, expansion, contraction, churn, closing, accounts, .. } = *of;
    [
        ("Opening", opening, accounts.opening, "accent"),
        ("New", new, accounts.new, "healthy"),
        ("Expansion", expansion, accounts.expansion, "healthy"),
        ("Contraction", contraction, accounts.contraction, "concern"),
        ("Churn", churn, accounts.churn, "critical"),
        ("Closing", closing, accounts.closing, "accent"),
    ]
}

fn amounts(of: &ArrFigures) -> Vec<ReportRow> {
    let row = |(name, Cents(cents), count, class): (&str, Cents, u64, &'static str)| ReportRow {
        name: name.to_owned(),
        href: None,
        key: Some(class),
        cells: vec![ReportCell::new(money(cents)), ReportCell::new(grouped(count))],
    };
    parts(of).map(row).to_vec()
}

/// From the opening to the closing, each bar where the one before has ended.
fn movements(of: &ArrFigures) -> ReportChart {
    let mut at = 0_i64;
    let bars = parts(of).map(|(name, Cents(cents), _, class)| {
        let (from, to, text) = match name {
            "Opening" | "Closing" => (0, cents, money_short(cents)),
            "New" | "Expansion" => (at, at + cents, signed(cents)),
            _ => (at, at - cents, signed(-cents)),
        };
        at = to;
        let amount = |cents: i64| u64::try_from(cents).unwrap_or(0);
        Column { label: name.to_owned(), text, from: amount(from), to: amount(to), class, href: None }
    });
    ReportChart::Columns(Columns { what: "Movements of the ARR", bars: bars.to_vec() })
}

/// The ARR at the end of each part of the period; a bar leads to the movements of its part.
fn closings(found: &ArrSummary, pairs: &Pairs) -> ReportChart {
    let bar = |group: &ArrSummaryGroup| {
        let Cents(cents) = group.figures.closing;
        Column {
            label: group.group.clone().unwrap_or_default(),
            text: money_short(cents),
            from: 0,
            to: u64::try_from(cents).unwrap_or(0),
            class: "accent",
            href: part_of(group, pairs),
        }
    };
    ReportChart::Columns(Columns {
        what: "ARR at the end of each part of the period",
        bars: found.groups.iter().map(bar).collect(),
    })
}

/// The page of a part of the period.
fn part_of(group: &ArrSummaryGroup, pairs: &Pairs) -> Option<String> {
    let (from, to) = (group.from?, group.to?);
    let apart = ["period", "from", "to"];
    let mut kept: Pairs = pairs.iter().filter(|(name, _)| !apart.contains(&name.as_str())).cloned().collect();
    kept.push(("from".to_owned(), from.to_string()));
    Some(with(PATH, &kept, "to", Some(&to.to_string())))
}

fn heads(by: &str) -> Vec<String> {
    let columns = ["Opening", "New", "Expansion", "Contraction", "Churn", "Closing", "NRR", "GRR", "Accounts"];
    [label(by)].into_iter().chain(columns.map(str::to_owned)).collect()
}

fn group_row(
    group: &ArrSummaryGroup,
    found: &ArrSummary,
    alone: &Pairs,
    pairs: &Pairs,
    users: &[(String, String)],
) -> ReportRow {
    let by = found.by.unwrap_or_default();
    let (name, href) = match (&group.group, by) {
        (Some(name), "size") => (label(name), Some(with(LIST, alone, by, Some(name)))),
        (Some(email), "owner") => {
            let known = users.iter().find(|(known, _)| known == email).map(|(_, name)| name.clone());
            (known.unwrap_or_else(|| email.clone()), Some(with(LIST, alone, by, Some(email))))
        }
        (Some(name), "industry") => (name.clone(), Some(with(LIST, alone, by, Some(name)))),
        (Some(name), _) => (name.clone(), part_of(group, pairs)),
        (None, "owner") => {
            let others: Pairs = alone.iter().filter(|(name, _)| name != "owner").cloned().collect();
            ("No owner".to_owned(), Some(with(LIST, &others, UNOWNED, Some("true"))))
        }
        (None, by) => (format!("No {by}"), None),
    };
    let figures = &group.figures;
    let most = found.groups.iter().map(|group| group.figures.closing.0).max().unwrap_or(0);
    let amount = |cents: i64| u64::try_from(cents).unwrap_or(0);
    let mut cells: Vec<ReportCell> =
        parts(figures).iter().map(|(_, Cents(cents), ..)| ReportCell::new(money_short(*cents))).collect();
    if let Some(closing) = cells.last_mut() {
        closing.bar = Some(ShareBar::of(amount(figures.closing.0), amount(most), "accent"));
    }
    cells.extend([figures.nrr, figures.grr].map(|share| ReportCell::new(percent(share))));
    cells.push(ReportCell::new(grouped(figures.accounts.closing)));
    ReportRow { name, href, key: None, cells }
}

fn groupings(pairs: &Pairs, by: &str) -> Tabs {
    let all = [
        ("Month", "month"),
        ("Quarter", "quarter"),
        ("Year", "year"),
        ("Size", "size"),
        ("Industry", "industry"),
        ("Owner", "owner"),
    ];
    let tab = |(text, value): (&'static str, &str)| Tab {
        text,
        href: with(PATH, pairs, "by", Some(value)),
        current: by == value,
    };
    Tabs { label: "Grouped by", tabs: all.into_iter().map(tab).collect() }
}

fn periods(pairs: &Pairs) -> Tabs {
    let ends = |name: &str| ["from", "to"].contains(&name);
    let named = pairs.iter().find(|(name, _)| name == "period").map(|(_, text)| text.as_str());
    let now = named.or_else(|| (!pairs.iter().any(|(name, _)| ends(name))).then_some("this-year"));
    let kept: Pairs = pairs.iter().filter(|(name, _)| !ends(name)).cloned().collect();
    let all = [
        ("This year", "this-year"),
        ("Last year", "last-year"),
        ("This quarter", "this-quarter"),
        ("Last quarter", "last-quarter"),
    ];
    let tab = |(text, value): (&'static str, &str)| Tab {
        text,
        href: with(PATH, &kept, "period", Some(value)),
        current: now == Some(value),
    };
    Tabs { label: "Period", tabs: all.into_iter().map(tab).collect() }
}

fn notes(found: &ArrSummary) -> Vec<String> {
    let mut notes = Vec::new();
    if found.undated.accounts > 0 {
        notes.push(format!(
            "{} without a churn date left out, {} ARR.",
            counted(found.undated.accounts, "churned account is", "churned accounts are"),
            money_short(found.undated.arr.0)
        ));
    }
    if found.inconsistent > 0 {
        let many = counted(found.inconsistent, "account has", "accounts have");
        notes.push(format!("{many} another ARR than at the end of the history; the figures use the last change."));
    }
    notes
}

/// The page's own parameters as options of the command.
fn flags(found: &ArrSummary, pairs: &Pairs) -> String {
    let given = pairs.iter().filter(|(name, _)| OWN.contains(&name.as_str()) && name != "by");
    let flag = |(name, text): &(String, String)| {
        let name = name.replace('_', "-");
        if text == "true" { format!(" --{name}") } else { format!(" --{name} {text}") }
    };
    let by = found.by.map(|by| format!(" --by {by}")).unwrap_or_default();
    format!("{by}{}", given.map(flag).collect::<String>())
}

fn api(pairs: &Pairs, by: &str) -> String {
    with("/api/arr/summary", pairs, "by", Some(by))
}
