//! `/dashboard/goals`: goals of customers, and their progress.

use fastenr_core::model::cursor::{ListRequest, Total};
use fastenr_core::model::entry::Entry;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::number::GOAL_VALUE;
use fastenr_core::model::{GoalStatus, Milestones, day};
use fastenr_core::ops::goals::{self as ops, Outlook, Step};
use fastenr_core::ops::{extent, lists, segments};
use fastenr_html::format::{RenderContext, counted, label, word};
use fastenr_html::page::{Achieved, Bar, Detail, GoalPage, GoalRow, GoalsPage, Milestone};
use fastenr_html::part::{Crumb, Empty, Pager, Status, Value};

use super::accounts::{part_of, total};
use super::fields::Fields;
use super::filters::{Layout, filters_alone, with};
use super::request::PageRequest;
use super::{answer, bulk, exports, row};
use crate::at::PathParts;
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::Query;
use crate::reply::Answer;
use crate::{Problem, filters, nouns};

const PATH: &str = "/dashboard/goals";

pub(super) fn rows() -> Vec<Endpoint> {
    vec![
        row::page(PATH, "Goals", Noun::Goals, list).takes(filters::of_noun(&GOAL)),
        row::page("/dashboard/goals/{id}", "A goal", Noun::Goals, show),
        row::form("/dashboard/goals/{id}/progress", "Record progress", (Noun::Goals, Verb::Write), progress),
    ]
}

async fn list(request: PageRequest, Query(pairs): Query) -> Answer {
    let context = request.context();
    let (chosen, order, ask) = nouns::asked(&GOAL, context, pairs.clone()).await?;
    let part = lists::part::<Entry>(context, &GOAL, &chosen, order, &ListRequest { total: Total::None, ..ask }).await?;
    let extent = extent::records(context, &GOAL, &chosen).await?;
    let is_first = !pairs.iter().any(|(name, text)| name == "cursor" || (name == "page" && text != "1"));
    let here = request.here();
    let rows: Vec<GoalRow> = part.rows.iter().map(|goal| goal_row(goal, &here)).collect();
    let lists = request.lists().await?;
    let segments = if request.can().read(Noun::Segments) { segments::names(context).await? } else { Vec::new() };
    let layout = Layout {
        path: PATH,
        noun: &GOAL,
        users: &lists.users,
        segments: &segments,
        searches: "Title or description",
        own: &[],
    };
    let drawn = layout.draw(&pairs);
    let alone = filters_alone(&pairs);
    let page = GoalsPage {
        frame: request.frame("Goals", "goals").await?,
        total: total(extent, "goal", "goals"),
        pager: Pager {
            first: (!is_first).then(|| with(PATH, &pairs, "cursor", None)),
            next: part.next.as_ref().map(|cursor| with(PATH, &pairs, "cursor", Some(&cursor.to_string()))),
            shown: part_of(rows.len() as u64, extent),
        },
        empty: if rows.is_empty() { Some(empty(&request, &drawn).await?) } else { None },
        export: exports::ways(&GOAL, &alone),
        bulk: bulk::bar(&request, &GOAL, &alone, total(extent, "goal", "goals"), rows.is_empty()),
        may_write: request.can().write(Noun::Goals),
        back: request.address.here.clone(),
        filters: drawn,
        rows,
    };
    if request.wants("rows") { answer::fragment(page.as_rows()) } else { answer::page(&page) }
}

async fn empty(request: &PageRequest, drawn: &fastenr_html::form::Filters) -> Result<Empty, Problem> {
    Ok(match lists::any(request.context(), &GOAL).await? {
        true => Empty::no_match("No goals match", &drawn.chips),
        false => Empty {
            title: "No goals yet".to_owned(),
            text: "A goal is a target of a customer, with a date.".to_owned(),
            act: request.can().write(Noun::Goals).then(|| ("New goal", format!("{PATH}/new"))),
            ..Empty::default()
        },
    })
}

/// The progress of a goal, and the expected progress on a straight line.
pub(super) fn bar(goal: &Entry, here: &RenderContext) -> Option<Bar> {
    let share = ops::share(goal)? / 100;
    let open = is_open(goal);
    let expected = match (goal.date("started_on"), goal.date("target_date")) {
        (Some(start), Some(end)) if open => Some(fastenr_core::goals::expected_share(start, end, here.today) / 100),
        _ => None,
    };
    let class = match goal.text("status") {
        Some("achieved") => "healthy",
        Some("missed") => "critical",
        Some("at_risk") => "concern",
        _ => "accent",
    };
    Some(Bar { share, expected: expected.filter(|expected| *expected < 100), class })
}

fn is_open(goal: &Entry) -> bool {
    matches!(
        goal.text("status").and_then(|text| GoalStatus::parse(text).ok()),
        Some(GoalStatus::OnTrack | GoalStatus::AtRisk)
    )
}

/// `800 of 1,000 seats`.
pub(super) fn values(goal: &Entry) -> String {
    let number = |name: &str| goal.integer(name).map(|units| GOAL_VALUE.text(units));
    let unit = goal.text("unit").map(|unit| format!(" {unit}")).unwrap_or_default();
    match (number("current_value"), number("target_value")) {
        (Some(now), Some(target)) => format!("{now} of {target}{unit}"),
        (Some(now), None) => format!("{now}{unit}, no target"),
        _ => String::new(),
    }
}

fn goal_row(goal: &Entry, here: &RenderContext) -> GoalRow {
    GoalRow {
        id: goal.id().to_string(),
        title: goal.title(),
        account: (
            goal.id_of("account").unwrap_or_default().to_string(),
            goal.text("account_name").unwrap_or_default().to_owned(),
        ),
        status: Status::goal(goal.text("status").unwrap_or_default()),
        bar: bar(goal, here),
        values: values(goal),
        due: goal.date("target_date").map(|day| here.day(day)),
        open: is_open(goal),
        current: goal.integer("current_value").map(|units| GOAL_VALUE.text(units)).unwrap_or_default(),
    }
}

/// Fields that are shown elsewhere on the page, or are internal.
const TOLD: [&str; 17] = [
    "id",
    "organization_id",
    "account",
    "account_id",
    "account_name",
    "title",
    "description",
    "status",
    "status_source",
    "current_value",
    "target_value",
    "unit",
    "target_date",
    "milestones",
    "version",
    "external_id",
    "completion_date",
];

async fn show(request: PageRequest, PathParts(name): PathParts<String>) -> Answer {
    let (can, here) = (request.can(), request.here());
    let (goal, outlook) = ops::outlook(request.context(), &name).await?;
    let row = goal_row(&goal, &here);
    let fields = GOAL.fields.iter().filter(|field| !TOLD.contains(&field.name));
    let details =
        fields.map(|field| (field, Value::of(field, &goal.value(field), &here))).filter(|(_, value)| !value.is_none());
    let steps = Milestones::parse(goal.text("milestones").unwrap_or_default()).unwrap_or_default();
    let milestone = |step: &fastenr_core::model::Milestone| Milestone {
        title: step.title.as_str().to_owned(),
        value: step.target_value.map(|units| GOAL_VALUE.text(units)).unwrap_or_default(),
        due: step.target_date.map(|day| here.day(day)),
        done: step.completed_on.map(|day| here.day(day)),
    };
    let page = GoalPage {
        frame: request.frame(goal.title(), "goals").await?,
        crumbs: vec![
            Crumb { text: "Goals".to_owned(), href: PATH.to_owned() },
            Crumb { text: row.account.1.clone(), href: format!("/dashboard/accounts/{}", row.account.0) },
        ],
        pace: if row.open { pace(&outlook, &here) } else { Vec::new() },
        milestones: steps.iter().map(milestone).collect(),
        details: details.map(|(field, value)| Detail { label: label(field.name), value }).collect(),
        description: goal.text("description").map(str::to_owned),
        achieved: achieved(&goal, &here),
        may_write: can.write(Noun::Goals),
        may_delete: can.delete(Noun::Goals),
        row,
    };
    answer::page(&page)
}

/// The pace, in sentences.
fn pace(outlook: &Outlook, here: &RenderContext) -> Vec<String> {
    let mut told = Vec::new();
    if let (Some(is), Some(would)) = (outlook.progress_share, outlook.expected_share) {
        let (is, would) = (is / 100, would / 100);
        told.push(match is.cmp(&would) {
            std::cmp::Ordering::Less => format!("Behind: {is} % reached, {would} % expected by now."),
            _ => format!("On pace: {is} % reached, {would} % expected by now."),
        });
    }
    if let Some(projection) = &outlook.projection {
        let certain = word(projection.certainty.as_str());
        told.push(format!(
            "Projected finish: {}, {} ({certain} confidence).",
            projection.finish,
            here.day(projection.finish).away()
        ));
    }
    told
}

/// When it was achieved, and how early or late: `12 days early`.
pub(super) fn achieved(goal: &Entry, here: &RenderContext) -> Option<Achieved> {
    let done = goal.date("completion_date").filter(|_| goal.text("status") == Some("achieved"))?;
    let early = goal.date("target_date").map(|due| (due - done).num_days());
    let days = |days: i64| counted(days.unsigned_abs(), "day", "days");
    Some(Achieved {
        on: here.day(done),
        early: early.map(|early| match early {
            1.. => format!("{} early", days(early)),
            0 => "on the due date".to_owned(),
            _ => format!("{} late", days(early)),
        }),
        in_time: early.is_none_or(|early| early >= 0),
    })
}

async fn progress(request: PageRequest, PathParts(name): PathParts<String>, fields: Fields) -> Answer {
    let missing = || Problem::invalid("required", "the value is needed").of_content();
    let value = fields.text("value").ok_or_else(missing)?;
    let on = match fields.text("on") {
        None => None,
        Some(text) => {
            Some(day::day(text).ok_or_else(|| Problem::invalid("date", "the day is written YYYY-MM-DD").of_content())?)
        }
    };
    let written = ops::progress(request.context(), &name, &Step::To(value.to_owned()), on, false)
        .await
        .map_err(|error| Problem::from(error).of_content())?;
    let page = fields.back().unwrap_or_else(|| format!("{PATH}/{}", written.record.id()));
    Ok(answer::done(&page, written.operation))
}
