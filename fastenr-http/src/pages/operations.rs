//! Undo of the last change.

use fastenr_core::model::nouns::called;
use fastenr_core::ops::{accounts, entries, operations};
use fastenr_core::store::undo::TableCount;
use fastenr_core::view::undo::UndoReport;

use super::fields::Fields;
use super::request::PageRequest;
use super::{answer, row};
use crate::at::PathParts;
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::operations::{may_undo, nothing_undone, readable};
use crate::reply::Answer;

pub(super) fn rows() -> Vec<Endpoint> {
    vec![row::form("/dashboard/operations/{id}/undo", "Undo", (Noun::Operations, Verb::Write), undo)]
}

async fn undo(request: PageRequest, PathParts(name): PathParts<String>, fields: Fields) -> Answer {
    let caller = request.caller.clone();
    let may = |tables: &[TableCount]| may_undo(&caller, tables);
    let undone = operations::undo_if_permitted(request.context(), &name, false, false, &may, &mut |_| {}).await?;
    let ledger = undone.ledger;
    if ledger.updated + ledger.created + ledger.deleted + undone.rescored == 0 {
        let report = UndoReport::from(&undone);
        let left = readable(&request.caller, UndoReport::from(&undone).left);
        return Err(nothing_undone(&UndoReport { left, ..report }));
    }
    let page = fields.back().unwrap_or_else(|| "/dashboard".to_owned());
    Ok(answer::done(&gone(&request, &page).await, undone.operation))
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
