//! `/dashboard/tasks`: tasks; by default the user's open ones.

use std::collections::HashSet;

use chrono::{Days, NaiveDate};
use fastenr_core::model::cursor::{ListRequest, Total};
use fastenr_core::model::entry::Entry;
use fastenr_core::model::event::{Event, EventKind};
use fastenr_core::model::filter::Page;
use fastenr_core::model::nouns::{DATED, DUE_WITHIN, OVERDUE, TASK, TaskSource, UNDATED, called};
use fastenr_core::model::selection::{Order, Selection};
use fastenr_core::ops::{entries, extent, lists, segments, selection};
use fastenr_html::format::{RenderContext, counted, label};
use fastenr_html::page::{Detail, LaterDay, TaskGroup, TaskPage, TaskRow, TasksPage};
use fastenr_html::part::{Crumb, Empty, Pager, Tab, Tabs, Value};
use uuid::Uuid;

use super::accounts::{part_of, total};
use super::filters::{Layout, filters_alone, with};
use super::request::{PageRequest, short};
use super::{answer, bulk, exports, row};
use crate::at::PathParts;
use crate::endpoint::{Endpoint, Noun};
use crate::guard::Query;
use crate::params::{Pairs, Parameter, RemainingParameters};
use crate::reply::Answer;
use crate::{Problem, filters, nouns, schema};

const PATH: &str = "/dashboard/tasks";

pub(super) fn rows() -> Vec<Endpoint> {
    let view = Parameter::new(
        "view",
        schema::choice(&["mine", "all"]),
        "Your open tasks, or all tasks; used if no other filter is set.",
    );
    vec![
        row::page(PATH, "Tasks", Noun::Tasks, list).takes(filters::of_noun(&TASK)).takes([view]),
        row::page("/dashboard/tasks/{id}", "A task", Noun::Tasks, show),
    ]
}

/// The number of tasks without a due date below the others.
const BELOW: u64 = 10;

async fn list(request: PageRequest, Query(pairs): Query) -> Answer {
    let context = request.context();
    let listed = wanted(&request, pairs.clone())?;
    let mut taken = RemainingParameters::new(listed.clone());
    taken.text("view")?;
    let (chosen, order, ask) = nouns::asked(&TASK, context, taken.rest()).await?;
    // The default order is by due date; tasks without one come last.
    let is_by_due = !listed.iter().any(|(name, _)| name == "sort");
    let is_first = !listed.iter().any(|(name, text)| name == "cursor" || (name == "page" && text != "1"));
    let dated = if is_by_due { chosen.clone().and(DATED) } else { chosen.clone() };
    let part = lists::part::<Entry>(context, &TASK, &dated, order, &ListRequest { total: Total::None, ..ask }).await?;
    let extent = extent::records(context, &TASK, &chosen).await?;
    let is_last = part.next.is_none();
    let mut entries = part.rows;
    let mut undated = None;
    if is_by_due && is_first {
        let (some, more) = without_a_day(&request, &chosen, order).await?;
        entries.extend(some);
        let href = with(PATH, &listed, "sort", Some("due:asc"));
        undated =
            (more > 0).then(|| (format!("{} without a due date", counted(more, "more task", "more tasks")), href));
    }
    let here = request.here();
    let offered = request.lists().await?;
    let rows: Vec<TaskRow> = entries.iter().map(|task| task_row(task, &here, &offered.users)).collect();
    let shown = rows.len() as u64;
    let names = if request.can().read(Noun::Segments) { segments::names(context).await? } else { Vec::new() };
    let layout = Layout {
        path: PATH,
        noun: &TASK,
        users: &offered.users,
        segments: &names,
        searches: "Title or notes",
        own: &[],
    };
    let drawn = layout.draw(&listed);
    let alone = filters_alone(&listed);
    let page = TasksPage {
        frame: request.frame("Tasks", "tasks").await?,
        tabs: tabs(&request, &listed),
        total: total(extent, "task", "tasks"),
        pager: Pager {
            first: (!is_first).then(|| with(PATH, &listed, "cursor", None)),
            next: part.next.as_ref().map(|cursor| with(PATH, &listed, "cursor", Some(&cursor.to_string()))),
            shown: if is_first && is_last && undated.is_none() { String::new() } else { part_of(shown, extent) },
        },
        empty: if rows.is_empty() { Some(empty(&request, &pairs, &drawn).await?) } else { None },
        export: exports::ways(&TASK, &alone),
        bulk: bulk::bar(&request, &TASK, &alone, total(extent, "task", "tasks"), shown == 0),
        groups: groups(rows, here.today, is_by_due || order.sort.name == "due"),
        undated,
        later: later_days(here.today),
        // Not for own tasks.
        names_owner: !listed.iter().any(|(name, text)| name == "owner" && *text == context.user.email),
        may_write: request.can().write(Noun::Tasks),
        back: request.address.here.clone(),
        filters: drawn,
    };
    if request.wants("rows") { answer::fragment(page.as_rows()) } else { answer::page(&page) }
}

/// The filter of the page; without filters, the user's open tasks.
fn wanted(request: &PageRequest, mut pairs: Pairs) -> Result<Pairs, Problem> {
    let view = RemainingParameters::new(pairs.clone()).text("view")?;
    if filters_alone(&pairs).is_empty() && view.as_deref() != Some("all") {
        pairs.push(("owner".to_owned(), request.context().user.email.clone()));
        pairs.push(("open".to_owned(), "true".to_owned()));
    }
    // From here on the address says what is looked at.
    pairs.retain(|(name, _)| name != "view");
    pairs.insert(0, ("view".to_owned(), "all".to_owned()));
    Ok(pairs)
}

/// The first of those without a due date, and how many more there are.
async fn without_a_day(request: &PageRequest, chosen: &Selection, order: Order) -> Result<(Vec<Entry>, u64), Problem> {
    let undated = chosen.clone().and(UNDATED);
    let page = Page { number: 1, limit: BELOW };
    let found = lists::list::<Entry>(request.context(), &TASK, &undated, order, page).await?;
    Ok((found.rows, found.total.saturating_sub(BELOW)))
}

/// Filters that exclude each other: an address with one of them, and what it is called.
const VIEWS: [(&str, &str, &str); 4] = [
    ("Open", "open", "true"),
    ("Overdue", OVERDUE, "true"),
    ("Due in 7 days", DUE_WITHIN, "7d"),
    ("Done", "done", "true"),
];

fn tabs(request: &PageRequest, listed: &Pairs) -> Vec<Tabs> {
    let me = request.context().user.email.as_str();
    let of = |name: &str| listed.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str());
    let owner = of("owner");
    let chosen: Vec<usize> = (0..VIEWS.len()).filter(|place| of(VIEWS[*place].1) == Some(VIEWS[*place].2)).collect();
    let view = match chosen[..] {
        [place] => Some(place),
        _ => None,
    };
    let others: Pairs = listed
        .iter()
        .filter(|(name, _)| !["view", "owner", "sort", "cursor", "page"].contains(&name.as_str()))
        .filter(|(name, _)| VIEWS.iter().all(|(_, known, _)| name != known))
        .cloned()
        .collect();
    let address = |owner: Option<&str>, view: Option<usize>| {
        if others.is_empty() && owner == Some(me) && view == Some(0) {
            return PATH.to_owned();
        }
        let mut pairs: Pairs = vec![("view".to_owned(), "all".to_owned())];
        let mut put = |name: &str, text: &str| pairs.push((name.to_owned(), text.to_owned()));
        owner.into_iter().for_each(|owner| put("owner", owner));
        view.into_iter().for_each(|place| put(VIEWS[place].1, VIEWS[place].2));
        if view.is_some_and(|place| VIEWS[place].1 == "done") {
            put("sort", "done_at:desc");
        }
        pairs.extend(others.iter().cloned());
        fastenr_html::link::with(PATH, pairs)
    };
    let whose = [("Mine", Some(me)), ("Everyone's", None)];
    vec![
        Tabs {
            label: "Whose tasks",
            tabs: whose
                .into_iter()
                .map(|(text, whose)| Tab { text, href: address(whose, view), current: owner == whose })
                .collect(),
        },
        Tabs {
            label: "Which tasks",
            tabs: (0..VIEWS.len())
                .map(|place| Tab {
                    text: VIEWS[place].0,
                    href: address(owner, Some(place)),
                    current: view == Some(place),
                })
                .collect(),
        },
    ]
}

async fn empty(request: &PageRequest, pairs: &Pairs, drawn: &fastenr_html::form::Filters) -> Result<Empty, Problem> {
    if !lists::any(request.context(), &TASK).await? {
        return Ok(Empty {
            title: "No tasks yet".to_owned(),
            text: "A task is a next step for a customer, with an owner and a due date.".to_owned(),
            act: request.can().write(Noun::Tasks).then(|| ("New task", format!("{PATH}/new"))),
            ..Empty::default()
        });
    }
    if filters_alone(pairs).is_empty() {
        return Ok(Empty {
            title: "Nothing to do".to_owned(),
            text: "You have no open tasks.".to_owned(),
            act: Some(("Show everyone's", format!("{PATH}?view=all&open=true"))),
            ..Empty::default()
        });
    }
    Ok(Empty::no_match("No tasks match", &drawn.chips))
}

/// By how soon they are due; what is done comes last.
fn groups(rows: Vec<TaskRow>, today: NaiveDate, by_due: bool) -> Vec<TaskGroup> {
    const TITLES: [&str; 6] = ["Overdue", "Today", "Next 7 days", "Later", "No due date", "Done"];
    if !by_due {
        return if rows.is_empty() { Vec::new() } else { vec![TaskGroup { title: "", rows }] };
    }
    let place = |row: &TaskRow| match (&row.done, row.due.map(|due| (due.day - today).num_days())) {
        (Some(_), _) => 5,
        (None, None) => 4,
        (None, Some(..0)) => 0,
        (None, Some(0)) => 1,
        (None, Some(1..=7)) => 2,
        (None, Some(_)) => 3,
    };
    let mut groups: Vec<TaskGroup> = TITLES.map(|title| TaskGroup { title, rows: Vec::new() }).into();
    for row in rows {
        groups[place(&row)].rows.push(row);
    }
    groups.retain(|group| !group.rows.is_empty());
    groups
}

/// Days that a task can be moved to.
pub(super) fn later_days(today: NaiveDate) -> Vec<LaterDay> {
    let day = |text, days| (text, today.checked_add_days(Days::new(days)).unwrap_or(today).to_string());
    vec![day("Today", 0), day("Tomorrow", 1), day("In 7 days", 7), day("In 30 days", 30)]
}

pub(super) fn task_row(task: &Entry, here: &RenderContext, users: &[(String, String)]) -> TaskRow {
    let owner = task.label("owner").map(|email| {
        let name = users.iter().find(|(known, _)| known == email).map(|(_, name)| name.clone());
        (name.unwrap_or_else(|| email.split('@').next().unwrap_or(email).to_owned()), email.to_owned())
    });
    TaskRow {
        id: task.id().to_string(),
        title: task.title(),
        account: (
            task.id_of("account").unwrap_or_default().to_string(),
            task.text("account_name").unwrap_or_default().to_owned(),
        ),
        due: task.date("due").map(|day| here.day(day)),
        owner,
        done: task.instant("done_at").map(|at| here.moment(at)),
    }
}

/// The number of open tasks on the page of an account.
const OF_ACCOUNT: usize = 5;

/// The open tasks of an account, those that are due first; and whether there are more.
pub(super) async fn of_account(request: &PageRequest, account: &str) -> Result<(Vec<TaskRow>, bool), Problem> {
    let context = request.context();
    let open = selection::selection(context, &TASK, [("account", account), ("open", "true")]).await?;
    let order = selection::order(&TASK, "due:asc").map_err(|invalid| Problem::from(invalid.of("sort", "")))?;
    let mut found = Vec::new();
    for condition in [DATED, UNDATED] {
        let page = Page { number: 1, limit: OF_ACCOUNT as u64 + 1 };
        found.extend(lists::list::<Entry>(context, &TASK, &open.clone().and(condition), order, page).await?.rows);
    }
    let (here, lists) = (request.here(), request.lists().await?);
    let rows = found.iter().take(OF_ACCOUNT).map(|task| task_row(task, &here, &lists.users)).collect();
    Ok((rows, found.len() > OF_ACCOUNT))
}

/// Of the tasks that these events are about, those that are still there.
pub(super) async fn existing_tasks<'e>(
    request: &PageRequest,
    events: impl Iterator<Item = &'e Event>,
) -> Result<HashSet<Uuid>, Problem> {
    let ids: HashSet<Uuid> = events.filter_map(|event| event.record).collect();
    if ids.is_empty() {
        return Ok(ids);
    }
    let limit = ids.len() as u64;
    let order = selection::order(&TASK, "id").map_err(|invalid| Problem::from(invalid.of("sort", "")))?;
    let chosen = Selection::of_ids(ids);
    let found = lists::list::<Entry>(request.context(), &TASK, &chosen, order, Page { number: 1, limit }).await?;
    Ok(found.rows.iter().map(Entry::id).collect())
}

/// The title of the task that an event says is done.
pub(super) fn finished(event: &Event) -> Option<&str> {
    let changes = event.changes.as_array().filter(|_| event.kind == EventKind::Task)?;
    let is_done = changes.iter().any(|change| change["field"] == "done_at" && !change["new"].is_null());
    event.title.strip_prefix("updated task ").filter(|_| is_done)
}

/// Fields that are shown elsewhere on the page, or are internal.
const TOLD: [&str; 13] = [
    "id",
    "organization_id",
    "account",
    "account_id",
    "account_name",
    "title",
    "owner",
    "due",
    "done_at",
    "notes",
    "version",
    "source",
    "source_id",
];

async fn show(request: PageRequest, PathParts(name): PathParts<String>) -> Answer {
    let (can, here) = (request.can(), request.here());
    let task = entries::get(request.context(), &TASK, &name).await?;
    let row = task_row(&task, &here, &request.lists().await?.users);
    let fields = TASK.fields.iter().filter(|field| !TOLD.contains(&field.name));
    let values = fields.map(|field| (field, Value::of(field, &task.value(field), &here)));
    let details = values.filter(|(_, value)| !value.is_none());
    let page = TaskPage {
        frame: request.frame(task.title(), "tasks").await?,
        crumbs: vec![
            Crumb { text: "Tasks".to_owned(), href: PATH.to_owned() },
            Crumb { text: row.account.1.clone(), href: format!("/dashboard/accounts/{}", row.account.0) },
        ],
        source: source(&request, &task).await,
        notes: task.text("notes").map(str::to_owned),
        details: details.map(|(field, value)| Detail { label: label(field.name), value }).collect(),
        later: later_days(here.today),
        may_write: can.write(Noun::Tasks),
        may_delete: can.delete(Noun::Tasks),
        row,
    };
    answer::page(&page)
}

/// What a task comes from, and its page where the caller may read it and it is still there.
async fn source(request: &PageRequest, task: &Entry) -> Option<(String, Option<String>)> {
    let source = TaskSource::parse(task.text("source")?).ok().filter(|source| *source != TaskSource::Manual)?;
    let word = source.as_str();
    let many = match source {
        TaskSource::Engagement => "engagements",
        TaskSource::Goal => "goals",
        TaskSource::Manual | TaskSource::Alert => return Some((format!("an {word}"), None)),
    };
    let (noun, id) = (called(many)?, task.id_of("source_id"));
    let may = noun.scope.is_some_and(|scope| request.can().read(scope));
    let found = match id.filter(|_| may) {
        Some(id) => entries::get(request.context(), noun, &id.to_string()).await.ok(),
        None => None,
    };
    Some(match found {
        Some(entry) => (format!("{word} {}", short(&entry.title())), Some(format!("/dashboard/{many}/{}", entry.id()))),
        None => (fastenr_core::model::noun::with_article(word), None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_groups() {
        let today: NaiveDate = "2026-12-01".parse().unwrap();
        let zone = fastenr_core::model::TimeZone::UTC;
        let now = today.and_hms_opt(9, 0, 0).unwrap().and_utc();
        let here = RenderContext { now, today, zone };
        let row = |due: Option<&str>, is_done: bool| TaskRow {
            id: String::new(),
            title: due.unwrap_or_default().to_owned(),
            account: Default::default(),
            due: due.map(|day| here.day(day.parse().unwrap())),
            owner: None,
            done: is_done.then(|| here.moment(now)),
        };
        let rows = || {
            vec![
                row(Some("2026-11-30"), false),
                row(Some("2026-11-30"), true),
                row(Some("2026-12-01"), false),
                row(Some("2026-12-08"), false),
                row(Some("2026-12-09"), false),
                row(None, false),
            ]
        };
        let found: Vec<(&str, usize)> =
            groups(rows(), today, true).iter().map(|group| (group.title, group.rows.len())).collect();
        let wanted = ["Overdue", "Today", "Next 7 days", "Later", "No due date", "Done"].map(|title| (title, 1));
        assert_eq!(found, wanted);
        assert_eq!(groups(rows(), today, false).len(), 1);
        assert!(groups(Vec::new(), today, false).is_empty());
    }
}
