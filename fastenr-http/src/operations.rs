//! `/api/operations`: what was done, what came of it, and taking it back.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use chrono::{DateTime, TimeDelta, Utc};
use fastenr_core::Error;
use fastenr_core::model::nouns;
use fastenr_core::model::operation::{OPERATION, Operation, OperationStatus};
use fastenr_core::model::user::User;
use fastenr_core::ops::operations::{self, TableCount};
use fastenr_core::ops::{self, results};
use fastenr_core::view::operation::value;
use fastenr_core::view::record;
use fastenr_core::view::undo::{UndoLeft, UndoReport};
use serde_json::{Map, Value};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType};
use uuid::Uuid;

use crate::at::PathParts;
use crate::endpoint::{Endpoint, Noun, Verb};
use crate::guard::{Caller, Query};
use crate::long::{self, Work, WorkOutcome};
use crate::params::{Parameter, RemainingParameters, dry_run};
use crate::reply::{self, Answer};
use crate::{Problem, filters, nouns as lists, schema};

const TAG: &str = "operations";
const NAMED: &str = "Id of the operation, or at least its first six digits.";

pub(crate) fn endpoints() -> Vec<Endpoint> {
    let shown = || schema::reference("Operation");
    let force = Parameter::new("force", schema::boolean(), "Also overwrite fields that were changed since.");
    vec![
        Endpoint::get("/api/operations", "operations_list", list)
            .of(TAG, Noun::Operations, Verb::Read)
            .says("List operations", "The newest first.")
            .takes(filters::of_noun(&OPERATION))
            .defines("Operation", schema::record(OPERATION.fields))
            .answers(StatusCode::OK, "A page.", schema::envelope(shown()), None),
        Endpoint::get("/api/operations/{id}", "operations_get", get)
            .of(TAG, Noun::Operations, Verb::Read)
            .says("Get an operation", "")
            .named(NAMED)
            .answers(StatusCode::OK, "The operation.", shown(), None),
        Endpoint::get("/api/operations/{id}/result", "operations_result", result)
            .of(TAG, Noun::Operations, Verb::Read)
            .says(
                "Get the result of a long-running request",
                "The status and body that the request itself would have had, kept for 7 days; an error is returned as \
                 an error.",
            )
            .named("Id of the operation.")
            .answers(StatusCode::OK, "The result.", ObjectBuilder::new().schema_type(SchemaType::AnyValue), None)
            .answers(StatusCode::ACCEPTED, "The operation is still running.", shown(), None)
            .header("Retry-After", "Seconds to wait before asking again."),
        Endpoint::post("/api/operations/{id}/cancel", "operations_cancel", cancel)
            .of(TAG, Noun::Operations, Verb::Write)
            .says(
                "Cancel an operation",
                "Only an operation of this server process can be cancelled; its changes are rolled back. If it has \
                 ended, the answer is 409 `not_running`; if it runs in another process, 409 `another_process`.",
            )
            .once()
            .named(NAMED)
            .answers(StatusCode::OK, "The operation was cancelled.", shown(), None)
            .answers(StatusCode::ACCEPTED, "The operation is still being rolled back.", shown(), None)
            .header("Retry-After", "Seconds to wait before asking."),
        long::may_take_long(
            Endpoint::post("/api/operations/{id}/undo", "operations_undo", undo)
                .of(TAG, Noun::Operations, Verb::Write)
                .says(
                    "Undo an operation",
                    "Restores overwritten values, removes created records and restores deleted ones, in one \
                     transaction. Fields that were changed since are conflicts: without `force` they are left \
                     unchanged and listed in `left`, as far as the key may read operations and the records. The key \
                     needs `write` for each noun that changes, and `delete` where records are restored or removed. If \
                     nothing at all can be undone, the answer is an error. An undo is itself an operation and can be \
                     undone.",
                )
                .named(NAMED)
                .takes([dry_run(), force])
                .answers_as::<UndoReport>(StatusCode::OK, "What was undone, or would be in a dry run.")
                .header("Fastenr-Operation", "The undo operation."),
        ),
    ]
}

/// Every field, by its name.
pub(crate) fn object(operation: &Operation, users: &[User]) -> Map<String, Value> {
    record(OPERATION.fields, |field| value(operation, users, field))
}

async fn list(caller: Caller, Query(pairs): Query) -> Answer {
    let context = &caller.context;
    let (chosen, order, ask) = lists::asked(&OPERATION, context, pairs).await?;
    let part = operations::part(context, &chosen, order, &ask).await?;
    let users = ops::users::list(context).await?;
    Ok(reply::page(&part, |operation| object(operation, &users)))
}

async fn get(caller: Caller, PathParts(name): PathParts<String>) -> Answer {
    let operation = operations::get(&caller.context, &name).await?;
    let users = ops::users::list(&caller.context).await?;
    Ok(axum::Json(object(&operation, &users)).into_response())
}

async fn result(caller: Caller, PathParts(name): PathParts<String>) -> Answer {
    let context = &caller.context;
    let operation = operations::get(context, &name).await;
    let id = operation.as_ref().ok().map(|operation| operation.id).or_else(|| Uuid::parse_str(&name).ok());
    let kept = match id {
        Some(id) => results::get(context, id).await?,
        None => None,
    };
    let pending = match &kept {
        Some(kept) if kept.status != i64::from(StatusCode::ACCEPTED.as_u16()) => return Ok(answered(kept)),
        pending => pending.as_ref(),
    };
    let now = context.clock.now();
    match (operation, pending) {
        (Ok(operation), _) if is_awaited(&operation, now) => {
            let users = ops::users::list(context).await?;
            Ok(long::accepted(Value::Object(object(&operation, &users))))
        }
        (Ok(_), _) => Err(Problem::new(
            StatusCode::NOT_FOUND,
            "no_result",
            Some(
                "no result was kept: it was given at once, or the work was cut off; the operation says more".to_owned(),
            ),
        )),
        // A dry run is none. One whose process died would be waited for in vain.
        (Err(_), Some(pending)) if now - pending.created_at < LONGEST_DRY_RUN => {
            Ok(long::accepted(serde_json::from_str(&pending.body).unwrap_or_default()))
        }
        (Err(error), _) => Err(error.into()),
    }
}

const LONGEST_DRY_RUN: TimeDelta = TimeDelta::hours(1);

/// Between the end of an operation and its result there is a moment: as long as the result waits for other writers.
const KEEPING: TimeDelta = TimeDelta::minutes(1);

/// Is a result still to come?
fn is_awaited(operation: &Operation, now: DateTime<Utc>) -> bool {
    let has_run = operation.status != OperationStatus::Interrupted.as_str();
    has_run && operation.finished_at.is_none_or(|end| now - end < KEEPING)
}

/// As it would have been answered then.
fn answered(kept: &results::OperationResult) -> axum::response::Response {
    let status = u16::try_from(kept.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let is_problem = kept.body.starts_with(r#"{"type":"urn:fastenr:problem:"#);
    let media = if is_problem { "application/problem+json" } else { "application/json" };
    let media = [(header::CONTENT_TYPE, HeaderValue::from_static(media))];
    (status.unwrap_or(StatusCode::OK), media, kept.body.clone()).into_response()
}

async fn cancel(caller: Caller, PathParts(name): PathParts<String>) -> Answer {
    let operation = operations::cancel(&caller.context, &name).await?;
    let users = ops::users::list(&caller.context).await?;
    let shown = object(&operation, &users);
    Ok(match operation.finished_at {
        Some(_) => axum::Json(shown).into_response(),
        None => long::accepted(Value::Object(shown)),
    })
}

async fn undo(caller: Caller, work: Work, PathParts(name): PathParts<String>, Query(pairs): Query) -> Answer {
    let mut taken = RemainingParameters::new(pairs);
    let (dry_run, force) = (taken.flag("dry_run")?, taken.flag("force")?);
    undone(caller, work, name, force, dry_run, "; `dry_run=true` lists all").await
}

/// Undoes an operation, or says what it would do. `more` is where all are listed that were left alone.
pub(crate) async fn undone(
    caller: Caller,
    work: Work,
    name: String,
    force: bool,
    dry_run: bool,
    more: &'static str,
) -> Answer {
    work.run("operations.undo", dry_run, move |begun| async move {
        let may = |tables: &[TableCount]| may_undo(&caller, tables);
        let context = &caller.context;
        let undone =
            operations::undo_if_permitted(context, &name, force, dry_run, &may, &mut |id| begun.tell(id)).await?;
        let ledger = undone.ledger;
        let taken = ledger.updated + ledger.created + ledger.deleted + undone.rescored;
        let report =
            UndoReport { left: readable(&caller, UndoReport::from(&undone).left), ..UndoReport::from(&undone) };
        if taken == 0 && !dry_run {
            return Err(nothing_undone(&report, more));
        }
        Ok(WorkOutcome::new(&report, undone.operation, ledger.rows))
    })
    .await
}

/// The noun that scopes call the records of a table by; it goes by its noun where it has one.
fn noun_of(table: &str) -> Noun {
    match table {
        "goal_changes" => Noun::Goals,
        "metric_events" => Noun::Metrics,
        "score_models" | "health_adjustments" => Noun::Health,
        // Of accounts too: their aliases and their dated past.
        _ => nouns::called(table).and_then(|noun| noun.scope).unwrap_or(Noun::Accounts),
    }
}

/// An undo is a write of each noun that it changes; records that come back or go are a matter of `delete`.
pub(crate) fn may_undo(caller: &Caller, tables: &[TableCount]) -> Result<(), Error> {
    let Some(key) = &caller.key else { return Ok(()) };
    for count in tables {
        let noun = noun_of(count.table);
        if count.put_back + count.removed + count.brought_back > 0 {
            key.check(noun, Verb::Write)?;
        }
        if count.removed + count.brought_back > 0 {
            key.check(noun, Verb::Delete)?;
        }
    }
    Ok(())
}

/// What was left alone, as far as the caller may read it: whose operation came later is for those who may read operations.
pub(crate) fn readable(caller: &Caller, mut left: Vec<UndoLeft>) -> Vec<UndoLeft> {
    if caller.may(Noun::Operations, Verb::Read).is_err() {
        return Vec::new();
    }
    left.retain(|left| caller.may(noun_of(left.table), Verb::Read).is_ok());
    left
}

/// Why not, by the first that was left alone.
fn nothing_undone(report: &UndoReport, more: &str) -> Problem {
    let detail = match report.left.first() {
        Some(left) => format!(
            "nothing could be undone; {} not changed, such as {}: {}{more}",
            report.ledger.skipped, left.record, left.why
        ),
        None if report.ledger.skipped > 0 => {
            format!("nothing could be undone; {} not changed", report.ledger.skipped)
        }
        None => "there was nothing left to undo".to_owned(),
    };
    Problem::new(StatusCode::CONFLICT, "nothing_undone", Some(detail))
}
