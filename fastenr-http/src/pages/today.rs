//! `/dashboard`: what needs the user today, and beside it renewals, movers, the book and tasks.

use axum::http::Method;
use chrono::Days;
use fastenr_core::model::account::{ACCOUNT, RENEWS};
use fastenr_core::model::cursor::{Extent, Fingerprint, ListRequest, Slice, Total};
use fastenr_core::model::entry::Entry;
use fastenr_core::model::filter::Page;
use fastenr_core::model::nouns::{OVERDUE, TASK};
use fastenr_core::model::selection::{Order, Selection};
use fastenr_core::model::{RenewalStage, Status};
use fastenr_core::money::Cents;
use fastenr_core::ops::dashboard::{self, Dashboard, RENEWAL_DAYS};
use fastenr_core::ops::today::{self as ops, Today, TodayRow};
use fastenr_core::ops::{accounts, extent, goals, lists, segments, selection};
use fastenr_html::format::{counted, grouped, label, money, money_short, word};
use fastenr_html::link;
use fastenr_html::page::{Book, FeatRow, Figure, NeedRow, QuickLog, RenewalRow, TodayPage, Urgency};
use fastenr_html::part::{Change, Empty, Health};

use super::account::choices;
use super::accounts::{none_yet, total};
use super::exports::elsewhere;
use super::filters::{Layout, filters_alone, with};
use super::goals::achieved;
use super::health::not_scored;
use super::request::PageRequest;
use super::tasks::{later_days, task_row};
use super::{answer, row};
use crate::endpoint::{Endpoint, Noun};
use crate::guard::Query;
use crate::params::{Pairs, Parameter, RemainingParameters};
use crate::reply::Answer;
use crate::{Problem, filters, schema, today};

const PATH: &str = "/dashboard";

pub(super) fn rows() -> Vec<Endpoint> {
    let view = Parameter::new(
        "view",
        schema::choice(&["mine", "all"]),
        "The user's own accounts, if there are any, or all accounts; used if no filter is set.",
    );
    vec![
        row::signed(Method::GET, PATH, "Today", show)
            .takes([view, today::limit()])
            .takes(filters::noun_filters(&ACCOUNT)),
    ]
}

/// Rows of the panels beside the list.
const RENEWALS: u64 = 8;
const TASKS: u64 = 5;
const FEATS: usize = 5;

async fn show(request: PageRequest, Query(pairs): Query) -> Answer {
    let can = request.can();
    if !ops::READS.iter().all(|noun| can.read(*noun)) {
        // The first page that the session can open.
        let frame = request.frame("", "").await?;
        return Ok(answer::see_other(frame.places().next().map_or("/dashboard/session", |place| place.href)));
    }
    let context = request.context();
    let (listed, owns_none) = wanted(&request, pairs).await?;
    let alone = filters_alone(&listed);
    let asked: Pairs = listed.iter().filter(|(name, _)| name != "view").cloned().collect();
    let found = today::found(&request.caller, asked.clone()).await?;
    let chosen = selection::selection(context, &ACCOUNT, alone.clone()).await?;
    let (here, lists) = (request.here(), request.lists().await?);
    let book = dashboard::dashboard(context, &chosen).await?;
    let names = if can.read(Noun::Segments) { segments::names(context).await? } else { Vec::new() };
    let drawn = Layout { path: PATH, noun: &ACCOUNT, users: &lists.users, segments: &names, searches: "", own: &[] }
        .draw(&listed);
    let is_first = |name: &str| matches!(name, "owner" | "segment");
    let filters = drawn.first.into_iter().chain(drawn.more).filter(|filter| {
        is_first(&filter.name) && (filter.name != "segment" || !names.is_empty() || !filter.values.is_empty())
    });
    let of_me = alone.len() == 1 && alone[0] == ("owner".to_owned(), context.user.email.clone());
    let (renewals, renewals_total, renewals_href) = renewals(&request, &alone).await?;
    let (tasks, tasks_total, tasks_href) = overdue(&request, &alone).await?;
    let (feats, feats_total) = feats(&request, &chosen).await?;
    let shown = found.rows.len() as u64;
    let page = TodayPage {
        frame: request.frame("Today", "today").await?,
        day: here.day(found.day),
        scored: found.scored.map(|day| here.day(day)),
        kept: listed.iter().filter(|(name, _)| !is_first(name)).cloned().collect(),
        filters: filters.collect(),
        chips: drawn.chips,
        owns_none,
        everybody: of_me.then(|| format!("{PATH}?view=all")),
        empty: if found.total == 0 { Some(empty(&request, &found, &book, of_me).await?) } else { None },
        total: counted(found.total, "account", "accounts"),
        critical: (found.critical > 0).then(|| format!("{} critical", grouped(found.critical))),
        rest: (shown < found.total && shown < Page::MOST).then(|| {
            let more = (shown * 2).clamp(100, Page::MOST).to_string();
            let text = format!("{} of {}", grouped(shown), grouped(found.total));
            (text, with(PATH, &listed, "limit", Some(&more)))
        }),
        rows: found.rows.iter().map(|row| need(&request, row, &lists.users)).collect(),
        renewals,
        renewals_total,
        renewals_href,
        movers_href: link::with("/dashboard/health", alone.iter().cloned()),
        book: (book.accounts() > 0).then(|| figures(&book, &alone, if of_me { "My book" } else { "The book" })),
        feats,
        more_feats: (feats_total > FEATS as u64).then(|| format!("{} of {}", FEATS, grouped(feats_total))),
        tasks,
        tasks_total,
        tasks_href,
        later: later_days(here.today),
        elsewhere: elsewhere("today", &ACCOUNT, link::with("/api/today", asked), &alone),
        back: request.address.here.clone(),
        may_alert: can.write(Noun::Alerts),
        may_write: can.write(Noun::Tasks),
    };
    answer::page(&page)
}

/// The filter of the page; without filters, the user's own accounts. Whoever owns none sees everybody's, and is told so.
async fn wanted(request: &PageRequest, mut pairs: Pairs) -> Result<(Pairs, bool), Problem> {
    let view = RemainingParameters::new(pairs.clone()).text("view")?;
    let mut owns_none = false;
    if filters_alone(&pairs).is_empty() && view.as_deref() != Some("all") {
        let mine = [("owner", request.context().user.email.as_str())];
        let chosen = selection::selection(request.context(), &ACCOUNT, mine).await?;
        owns_none = extent::accounts(request.context(), &chosen).await?.0 == Extent::Exactly(0);
        if !owns_none {
            pairs.push(("owner".to_owned(), mine[0].1.to_owned()));
        }
    }
    // From here on the address says what is looked at.
    pairs.retain(|(name, _)| name != "view");
    pairs.insert(0, ("view".to_owned(), "all".to_owned()));
    Ok((pairs, owns_none))
}

fn need(request: &PageRequest, row: &TodayRow, users: &[(String, String)]) -> NeedRow {
    let (account, can, here) = (&row.account, request.can(), request.here());
    let ids: Vec<String> = row.alerts.iter().map(|alert| alert.id.to_string()).collect();
    NeedRow {
        id: account.id.to_string(),
        name: account.name.clone(),
        urgency: Urgency(row.severity.as_str()),
        reason: answer::sentence(row.reason()),
        more: (row.more() > 0).then(|| format!("and {} more", row.more())),
        alerts: ids.join(","),
        task: row.due.first().map(|task| (task.id().to_string(), task.title())),
        health: Health::from(account),
        change: Change { points: row.health_change() },
        arr: account.arr.map(|arr| (money_short(arr.cents()), money(arr.cents()))),
        renews: account.contract_end.filter(|_| account.status != Status::Churned).map(|day| here.day(day)),
        last: row.last_engagement.map(|at| here.day_of(at)),
        owner: account.owner.as_ref().map(|owner| {
            let name = users.iter().find(|(email, _)| *email == owner.label).map(|(_, name)| name.clone());
            (name.unwrap_or_else(|| owner.label.clone()), owner.label.clone())
        }),
        next: row.next.as_ref().map(|step| {
            let many = if step.is_task { "tasks" } else { "engagements" };
            (format!("/dashboard/{many}/{}", step.id), step.title.clone(), step.day.map(|day| here.day(day)))
        }),
        changed: row.changes.iter().map(|change| change.words()).collect(),
        quick: (can.write(Noun::Engagements) && account.archived_at.is_none()).then(|| QuickLog {
            account: account.id.to_string(),
            types: choices(fastenr_core::model::engagement::EngagementType::TEXTS),
            outcomes: choices(fastenr_core::model::engagement::Outcome::TEXTS),
            next: can.write(Noun::Tasks),
            key: request.context().ids.next().to_string(),
        }),
    }
}

/// Those that are due first or are overdue, how many there are, and their list.
async fn renewals(request: &PageRequest, alone: &Pairs) -> Result<(Vec<RenewalRow>, String, String), Problem> {
    let (context, here) = (request.context(), request.here());
    let mut pairs: Pairs = alone.iter().filter(|(name, _)| name != RENEWS).cloned().collect();
    pairs.push((RENEWS.to_owned(), format!("{RENEWAL_DAYS}d")));
    let chosen = selection::selection(context, &ACCOUNT, pairs.clone()).await?;
    let order =
        selection::order(&ACCOUNT, "contract_end:asc").map_err(|invalid| Problem::from(invalid.of("sort", "")))?;
    let first = first_of(context, &chosen, order).await?;
    let (extent, arr) = extent::accounts(context, &chosen).await?;
    let arr = arr.map_or(String::new(), |Cents(cents)| format!(" · {}", money_short(cents)));
    pairs.push(("sort".to_owned(), "contract_end:asc".to_owned()));
    let row = |listed: &accounts::Listed| {
        let account = &listed.account;
        Some(RenewalRow {
            id: account.id.to_string(),
            name: account.name.clone(),
            day: here.day(account.contract_end?),
            health: Health::from(account),
            stage: account.renewal_stage.map(|stage: RenewalStage| word(stage.as_str())),
            arr: account.arr.map(|arr| (money_short(arr.cents()), money(arr.cents()))),
        })
    };
    let href = link::with("/dashboard/accounts", pairs);
    Ok((first.iter().filter_map(row).collect(), format!("{}{arr}", total(extent, "account", "accounts")), href))
}

/// Goals of the accounts that were achieved in the last seven days, as far as the session may read goals.
async fn feats(request: &PageRequest, chosen: &Selection) -> Result<(Vec<FeatRow>, u64), Problem> {
    if !request.can().read(Noun::Goals) {
        return Ok((Vec::new(), 0));
    }
    let here = request.here();
    let since = here.today.checked_sub_days(Days::new(6)).unwrap_or(here.today);
    let (goals, total) = goals::achieved_since(request.context(), chosen, since, FEATS).await?;
    let row = |goal: &Entry| {
        Some(FeatRow {
            id: goal.id().to_string(),
            title: goal.title(),
            account: (
                goal.id_of("account").unwrap_or_default().to_string(),
                goal.text("account_name").unwrap_or_default().to_owned(),
            ),
            achieved: achieved(goal, &here)?,
        })
    };
    Ok((goals.iter().filter_map(row).collect(), total))
}

async fn first_of(
    context: &fastenr_core::ops::Context,
    chosen: &Selection,
    order: Order,
) -> Result<Vec<accounts::Listed>, Problem> {
    let page = Slice::Page(Page { number: 1, limit: RENEWALS });
    let ask = ListRequest { slice: page, total: Total::None, filter: Fingerprint::default() };
    Ok(accounts::part(context, chosen, order, &ask).await?.rows)
}

/// Overdue tasks of the owners and segments that the page is about.
async fn overdue(
    request: &PageRequest,
    alone: &Pairs,
) -> Result<(Vec<fastenr_html::page::TaskRow>, String, String), Problem> {
    let (context, here) = (request.context(), request.here());
    let of_tasks = |name: &str| matches!(name, "owner" | "segment");
    let mut pairs: Pairs = alone.iter().filter(|(name, _)| of_tasks(name)).cloned().collect();
    pairs.push((OVERDUE.to_owned(), "true".to_owned()));
    let chosen = selection::selection(context, &TASK, pairs.clone()).await?;
    let order = selection::order(&TASK, "due:asc").map_err(|invalid| Problem::from(invalid.of("sort", "")))?;
    let found = lists::list::<Entry>(context, &TASK, &chosen, order, Page { number: 1, limit: TASKS }).await?;
    let users = request.lists().await?.users;
    let rows = found.rows.iter().map(|task| task_row(task, &here, &users)).collect();
    pairs.insert(0, ("view".to_owned(), "all".to_owned()));
    Ok((rows, counted(found.total, "task", "tasks"), link::with("/dashboard/tasks", pairs)))
}

/// The figures of the book, each with the list behind it.
fn figures(found: &Dashboard, alone: &Pairs, title: &'static str) -> Book {
    let href = |name: &str, value: &str| Some(with("/dashboard/accounts", alone, name, Some(value)));
    let arr = |cents: i128| money_short(i64::try_from(cents).unwrap_or(i64::MAX));
    let mut figures: Vec<Figure> = found
        .bands
        .iter()
        .map(|(band, share)| Figure {
            label: label(band.as_str()),
            class: band.as_str(),
            accounts: grouped(share.accounts),
            arr: Some(arr(share.arr)),
            href: href("band", band.as_str()),
        })
        .collect();
    for (name, count) in [
        ("insufficient_data", found.left_out.insufficient_data),
        ("onboarding", found.left_out.onboarding),
        ("churned", found.left_out.churned),
    ] {
        if count > 0 {
            let (label, accounts) = (label(name), grouped(count));
            figures.push(Figure { label, class: "none", accounts, arr: None, href: href("band", name) });
        }
    }
    let risk = found.of(Status::AtRisk);
    figures.push(Figure {
        label: "At risk".to_owned(),
        class: "risk",
        accounts: grouped(risk.accounts),
        arr: Some(arr(risk.arr)),
        href: href("status", Status::AtRisk.as_str()),
    });
    let words: Vec<(&'static str, String, u64)> =
        found.bands.iter().map(|(band, share)| (band.as_str(), word(band.as_str()), share.accounts)).collect();
    let parts: Vec<(&'static str, &str, u64)> =
        words.iter().map(|(class, label, count)| (*class, label.as_str(), *count)).collect();
    Book {
        title,
        total: counted(found.accounts(), "account", "accounts"),
        arr: format!("{} {}", arr(found.arr()), found.currency),
        href: link::with("/dashboard/accounts", alone.iter().cloned()),
        stack: Book::stack(&parts),
        figures,
    }
}

/// Why there are no rows, and what to do.
async fn empty(request: &PageRequest, found: &Today, book: &Dashboard, of_me: bool) -> Result<Empty, Problem> {
    if !lists::any(request.context(), &ACCOUNT).await? {
        return Ok(none_yet(request));
    }
    if book.accounts() == 0 {
        return Ok(Empty {
            title: "No accounts match".to_owned(),
            text: "Remove a filter above, or show all accounts.".to_owned(),
            act: Some(("Show all accounts", format!("{PATH}?view=all"))),
            ..Empty::default()
        });
    }
    let Some(day) = found.scored else {
        return Ok(not_scored());
    };
    Ok(Empty {
        title: "Nothing needs attention".to_owned(),
        text: format!("No alert is open and no task is due. The latest run was for {day}."),
        act: of_me.then(|| ("Show all accounts", format!("{PATH}?view=all"))),
        ..Empty::default()
    })
}
