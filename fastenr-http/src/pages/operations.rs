//! `/dashboard/operations`: what was done, by whom, and its undo: first as a preview.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fastenr_core::error::Kind;
use fastenr_core::model::activity::words;
use fastenr_core::model::cursor::{Extent, ListRequest, Total};
use fastenr_core::model::nouns::called;
use fastenr_core::model::operation::{Ledger, OPERATION, Operation, OperationStatus};
use fastenr_core::model::user::User;
use fastenr_core::ops::extent::MOST;
use fastenr_core::ops::operations::TableCount;
use fastenr_core::ops::{accounts, entries, operations, users};
use fastenr_core::view::operation::{status, summary, value};
use fastenr_core::view::undo::{UndoLeft, UndoReport, UndoTable};
use fastenr_html::format::{counted, grouped, label, word};
use fastenr_html::link;
use fastenr_html::page::{Detail, OperationPage, OperationRow, OperationsPage, UndoLeftRow, UndoPage, UndoTableRow};
use fastenr_html::part::{Crumb, Empty, Pager, Value};

use super::accounts::{part_of, total};
use super::exports::elsewhere;
use super::fields::Fields;
use super::filters::{Layout, filters_alone, with};
use super::request::{PageRequest, short};
use super::{answer, row};
use crate::at::PathParts;
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::Query;
use crate::long::Work;
use crate::operations::{may_undo, readable, undone};
use crate::params::{Parameter, RemainingParameters};
use crate::reply::{Answer, OPERATION as OPERATION_ID};
use crate::{Problem, filters, nouns, schema};

const PATH: &str = "/dashboard/operations";
const UNDO: &str = "/dashboard/operations/{id}/undo";

pub(super) fn rows() -> Vec<Endpoint> {
    let force = Parameter::new("force", schema::boolean(), "Also overwrite fields that were changed since.");
    vec![
        row::page(PATH, "Operations", Noun::Operations, list).takes(filters::of_noun(&OPERATION)),
        row::page("/dashboard/operations/{id}", "An operation", Noun::Operations, show),
        row::page(UNDO, "Preview of an undo", Noun::Operations, preview)
            .of("pages", Noun::Operations, Verb::Write)
            // As long as it takes.
            .imports()
            .takes([force]),
        row::form(UNDO, "Undo", (Noun::Operations, Verb::Write), undo),
    ]
}

async fn list(request: PageRequest, Query(pairs): Query) -> Answer {
    let context = request.context();
    let (chosen, order, ask) = nouns::asked(&OPERATION, context, pairs.clone()).await?;
    let part = operations::part(context, &chosen, order, &ListRequest { total: Total::UpTo(MOST), ..ask }).await?;
    let extent = part.total.unwrap_or(Extent::Exactly(part.rows.len() as u64));
    let offered = request.lists().await?;
    let layout = Layout { path: PATH, noun: &OPERATION, users: &offered.users, segments: &[], searches: "", own: &[] };
    let drawn = layout.draw(&pairs);
    let alone = filters_alone(&pairs);
    let is_first = !pairs.iter().any(|(name, text)| name == "cursor" || (name == "page" && text != "1"));
    let users = users::list(context).await?;
    let page = OperationsPage {
        frame: request.frame("Operations", "operations").await?,
        rows: part.rows.iter().map(|operation| operation_row(&request, operation, &users)).collect(),
        total: total(extent, "operation", "operations"),
        pager: Pager {
            first: (!is_first).then(|| with(PATH, &pairs, "cursor", None)),
            next: part.next.as_ref().map(|cursor| with(PATH, &pairs, "cursor", Some(&cursor.to_string()))),
            shown: part_of(part.rows.len() as u64, extent),
        },
        empty: part.rows.is_empty().then(|| Empty::no_match("No operations match", &drawn.chips)),
        elsewhere: elsewhere(
            "operations list",
            &OPERATION,
            link::with("/api/operations", alone.iter().cloned()),
            &alone,
        ),
        filters: drawn,
    };
    if request.wants("rows") { answer::fragment(page.as_rows()) } else { answer::page(&page) }
}

fn operation_row(request: &PageRequest, operation: &Operation, users: &[User]) -> OperationRow {
    let user = users.iter().find(|user| user.id == operation.user);
    OperationRow {
        id: operation.id.to_string(),
        what: words(&operation.kind),
        file: operation.source_name.as_deref().map(short),
        who: user.map_or_else(
            || (operation.user.to_string(), String::new()),
            |user| (user.name.clone(), user.email.clone()),
        ),
        started: request.here().moment(operation.started_at),
        summary: summary(operation),
        status: status(operation).to_owned(),
    }
}

fn crumbs() -> Vec<Crumb> {
    vec![Crumb { text: "Operations".to_owned(), href: PATH.to_owned() }]
}

/// Fields that are shown elsewhere on the page.
const TOLD: [&str; 8] = ["status", "user", "started_at", "ledger", "message", "undoes", "undone_by", "summary"];

async fn show(request: PageRequest, PathParts(name): PathParts<String>) -> Answer {
    let (context, here) = (request.context(), request.here());
    let operation = operations::get(context, &name).await?;
    let users = users::list(context).await?;
    let row = operation_row(&request, &operation, &users);
    let fields = OPERATION.fields.iter().filter(|field| !TOLD.contains(&field.name));
    let values = fields.map(|field| (field, Value::of(field, &value(&operation, &users, field), &here)));
    let details = values.filter(|(_, value)| !value.is_none());
    let is_running = operation.status == OperationStatus::Running.as_str();
    let page = OperationPage {
        frame: request.frame(label(&row.what), "operations").await?,
        crumbs: crumbs(),
        details: details.map(|(field, value)| Detail { label: label(field.name), value }).collect(),
        undoes: operation.undoes.map(|id| id.to_string()),
        undone_by: operation.undone_by.map(|id| id.to_string()),
        ledger: counts(&operation),
        message: operation.message.clone().map(answer::sentence),
        is_running,
        may_undo: is_done(&operation) && request.can().write(Noun::Operations),
        row,
    };
    let mut response = answer::page(&page)?.into_response();
    if is_running {
        response.headers_mut().insert(header::REFRESH, HeaderValue::from_static("3"));
    }
    Ok(response)
}

fn is_done(operation: &Operation) -> bool {
    operation.status == OperationStatus::Done.as_str() && operation.pruned_at.is_none()
}

fn counts(operation: &Operation) -> Vec<(&'static str, String)> {
    let ledger = operation.ledger.as_deref().and_then(|text| serde_json::from_str::<Ledger>(text).ok());
    let Some(ledger) = ledger else { return Vec::new() };
    let counts = match operation.undoes {
        None => vec![
            ("Rows", ledger.rows),
            ("Created", ledger.created),
            ("Updated", ledger.updated),
            ("Unchanged", ledger.unchanged),
            ("Skipped", ledger.skipped),
            ("Rejected", ledger.rejected),
            ("Archived", ledger.archived),
            ("Deleted", ledger.deleted),
        ],
        Some(_) => vec![
            ("Values restored", ledger.updated),
            ("Removed", ledger.deleted),
            ("Recreated", ledger.created),
            ("Not changed", ledger.skipped),
        ],
    };
    counts.into_iter().filter(|(_, count)| *count > 0).map(|(label, count)| (label, grouped(count))).collect()
}

/// Fields and records that are told one by one.
const MOST_LEFT: usize = 100;

async fn preview(request: PageRequest, PathParts(name): PathParts<String>, Query(pairs): Query) -> Answer {
    let force = RemainingParameters::new(pairs).flag("force")?;
    let context = request.context();
    let operation = operations::get(context, &name).await?;
    let users = users::list(context).await?;
    let row = operation_row(&request, &operation, &users);
    let caller = request.caller.clone();
    let may = |tables: &[TableCount]| may_undo(&caller, tables);
    let would = operations::undo_if_permitted(context, &name, force, true, &may, &mut |_| {}).await;
    let (report, refusal) = match would {
        Ok(would) => (Some(UndoReport::from(&would)), None),
        // What can't be undone says why.
        Err(error) if error.kind == Kind::Refused => {
            (None, Some(answer::sentence(Problem::from(error).detail().to_owned())))
        }
        Err(error) => return Err(error.into()),
    };
    let (tables, rescored, left) = match report {
        Some(report) => (report.tables, report.rescored, report.left),
        None => Default::default(),
    };
    let has_later_changes = left.iter().any(|left| left.code == "changed_since");
    let left = readable(&request.caller, left);
    let more = left.len().saturating_sub(MOST_LEFT) as u64;
    answer::page(&UndoPage {
        frame: request.frame(format!("Undo: {}", row.what), "operations").await?,
        crumbs: crumbs(),
        refusal,
        changes: rescored > 0 || tables.iter().any(|table| table.put_back + table.removed + table.brought_back > 0),
        has_later_changes,
        tables: tables.iter().map(table_row).collect(),
        rescored: (rescored > 0).then(|| {
            format!(
                "{} the scores of the run before it.",
                counted(rescored, "account would have", "accounts would have")
            )
        }),
        left: left.iter().take(MOST_LEFT).map(left_row).collect(),
        more: (more > 0).then(|| format!("and {}", counted(more, "more", "more"))),
        force,
        row,
    })
}

fn table_row(table: &UndoTable) -> UndoTableRow {
    UndoTableRow {
        records: word(table.records),
        restored: grouped(table.put_back),
        removed: grouped(table.removed),
        recreated: grouped(table.brought_back),
        unchanged: grouped(table.left_alone),
    }
}

fn left_row(left: &UndoLeft) -> UndoLeftRow {
    let shown = |text: &str| if text.is_empty() { "–".to_owned() } else { short(text) };
    UndoLeftRow {
        record: shown(&left.record),
        field: left.field.map_or_else(|| "the whole record".to_owned(), label),
        why: left.why.clone(),
        before: shown(&left.before),
        wrote: shown(&left.wrote),
        now: shown(&left.now),
        by: left.by.as_ref().map(|by| (by.operation.to_string(), format!("{} by {}", words(&by.kind), by.user))),
    }
}

async fn undo(request: PageRequest, PathParts(name): PathParts<String>, work: Work, fields: Fields) -> Answer {
    let response = undone(request.caller.clone(), work, name, fields.flag("force"), false, "").await?;
    let operation = response.headers().get(OPERATION_ID).and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    if response.status() == StatusCode::ACCEPTED {
        return Ok(answer::see_other(&running(&response)));
    }
    let page = fields.back().unwrap_or_else(|| "/dashboard".to_owned());
    Ok(answer::done(&gone(&request, &page).await, operation))
}

/// Where one sees how far the work is that was answered before its end.
pub(super) fn running(accepted: &Response) -> String {
    let place = accepted.headers().get(header::LOCATION).and_then(|place| place.to_str().ok()).unwrap_or_default();
    place.strip_prefix("/api").map_or_else(|| PATH.to_owned(), |place| format!("/dashboard{place}"))
}

/// If the undo removed the record of the page, the list is opened instead.
async fn gone(request: &PageRequest, page: &str) -> String {
    let path = page.split(['?', '#']).next().unwrap_or_default();
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let (noun, id) = match parts[..] {
        ["dashboard", noun, id] | ["dashboard", noun, id, _] if id != "new" => (noun, id),
        _ => return page.to_owned(),
    };
    let context = request.context();
    let is_there = match (noun, called(noun)) {
        ("accounts", _) => accounts::get(context, id).await.is_ok(),
        ("engagements" | "goals" | "tasks", Some(noun)) => entries::get(context, noun, id).await.is_ok(),
        _ => true,
    };
    if is_there { page.to_owned() } else { format!("/dashboard/{noun}") }
}
