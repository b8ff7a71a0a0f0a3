//! The last step: what would change, and exactly that or nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use fastenr_core::Error;
use fastenr_core::import::request::{Progress, Report, Request};
use fastenr_core::ops::Context;
use fastenr_core::ops::import::{RowChange, run, run_with_changes};
use fastenr_core::view::import::{ImportChange, ImportReport};
use serde_json::json;
use uuid::Uuid;

use super::super::answer;
use super::super::answer::Plain;
use super::super::fields::Fields;
use super::super::request::PageRequest;
use super::uploads::Checked;
use super::{Stage, Upload, asked, changed, not_busy, said, upload_of};
use crate::at::PathParts;
use crate::endpoint::Verb;
use crate::long::{OperationSignal, Work, WorkOutcome};
use crate::reply::Answer;
use crate::{Problem, State, hints};

pub(super) use super::check_page::show;

/// Changes that are kept to be shown.
const MOST_CHANGES: usize = 100;

const DIFFERS: &str = "Nothing was imported: data changed since the check, and the import would do something else. Check again \
                       to see what it would do now.";

/// Checks the file as it is mapped now.
pub(super) async fn start(
    request: PageRequest,
    PathParts(id): PathParts<String>,
    work: Work,
    fields: Fields,
) -> Answer {
    let mut upload = upload_of(&request, &id)?;
    if fields.text("on_error") == Some("skip") {
        upload = request.caller.state.uploads().change(request.context(), upload.id, |upload| {
            not_busy(upload)?;
            upload.options.retain(|(name, _)| name != "on_error");
            upload.options.push(("on_error".to_owned(), "skip".to_owned()));
            Ok(upload.clone())
        })?;
    }
    begin(&request, &upload, work).await
}

/// Begins the check, waits for its end as long as one waits for a page, and goes to where it is shown.
pub(super) async fn begin(request: &PageRequest, upload: &Upload, work: Work) -> Answer {
    let page = format!("{}/check", upload.path());
    let (upload, asked) = request.caller.state.uploads().change(request.context(), upload.id, |upload| {
        if upload.stage.is_busy() {
            return Ok((upload.clone(), None));
        }
        let asked = may_run(request, upload)?;
        upload.stage = Stage::Checking;
        Ok((upload.clone(), Some(asked)))
    })?;
    // A form that is sent twice: the page shows how far the first one is.
    let Some(asked) = asked else { return Ok(answer::see_other(&page)) };
    let task = Task::new(request, &upload);
    let kind = format!("{}.import", upload.noun.many);
    let check = move |_: OperationSignal| async move {
        let rows = match check(&task.context, &upload, asked).await {
            Ok(checked) => {
                let rows = checked.view.rows;
                task.end(Stage::Checked(checked.into()));
                rows
            }
            Err(error) => {
                task.end(Stage::Failed(said(&Problem::from(error))));
                0
            }
        };
        Ok(WorkOutcome::new(&json!({}), None, rows))
    };
    work.run(kind, true, check).await?;
    Ok(answer::see_other(&page))
}

/// What is asked of the library, by whoever may ask for all of it.
fn may_run(request: &PageRequest, upload: &Upload) -> Result<Request, Problem> {
    let asked = asked(upload)?;
    if asked.missing == fastenr_core::import::request::Missing::Archive
        && let Some(scope) = upload.noun.scope
    {
        request.caller.may(scope, Verb::Delete)?;
    }
    Ok(asked)
}

async fn check(context: &Context, upload: &Upload, asked: Request) -> Result<Checked, Error> {
    let request = Request { dry_run: true, preview: true, ..asked };
    let (mut changes, mut counts) = (Vec::new(), BTreeMap::<String, u64>::new());
    let mut visit = |_: &Report, change: RowChange| {
        *counts.entry(change.field.name.to_owned()).or_default() += 1;
        if changes.len() < MOST_CHANGES {
            changes.push(ImportChange::from(&change));
        }
        Ok(())
    };
    let mut on_progress = |_: Progress| {};
    let source = upload.source.clone();
    let report = run_with_changes(context, upload.noun, source, request, &mut on_progress, &mut visit).await?;
    let view = ImportReport::new(upload.noun, &report, &hints::edge());
    Ok(Checked { view, preview: report.preview.clone(), report, changes, counts })
}

/// Imports exactly what the page has shown, or nothing.
pub(super) async fn apply(
    request: PageRequest,
    PathParts(id): PathParts<String>,
    work: Work,
    fields: Fields,
) -> Answer {
    let upload = upload_of(&request, &id)?;
    let page = format!("{}/check", upload.path());
    let sent = fields.text("preview");
    let (upload, begun) = request.caller.state.uploads().change(request.context(), upload.id, |upload| {
        let checked = match &upload.stage {
            Stage::Checked(checked) if checked.is(sent) => checked.clone(),
            // A form that is sent twice: the page shows what comes of the first one.
            Stage::Importing => return Ok((upload.clone(), None)),
            Stage::Imported(checked) if checked.is(sent) => return Ok((upload.clone(), None)),
            _ => return Err(changed()),
        };
        let asked = Request { expect: checked.preview.clone(), ..may_run(&request, upload)? };
        upload.stage = Stage::Importing;
        Ok((upload.clone(), Some((checked, asked))))
    })?;
    let Some((checked, asked)) = begun else { return Ok(answer::see_other(&page)) };
    let task = Task::new(&request, &upload);
    let kind = format!("{}.import", upload.noun.many);
    let apply = move |begun: OperationSignal| async move {
        let mut on_progress = |progress: Progress| {
            if let Progress::Begun { operation } = progress {
                begun.tell(operation);
            }
        };
        match run(&task.context, upload.noun, upload.source.clone(), asked, &mut on_progress).await {
            Ok(report) => {
                let (operation, rows) = (report.operation, report.ledger.rows);
                task.end(imported(&upload, report, &checked));
                Ok(WorkOutcome::new(&json!({}), operation, rows))
            }
            Err(error) if error.code == "plan_differs" => {
                task.end(Stage::Failed(DIFFERS.to_owned()));
                Ok(WorkOutcome::new(&json!({}), None, 0).refused(StatusCode::CONFLICT))
            }
            Err(error) => {
                let problem = Problem::from(error);
                task.end(Stage::Failed(said(&problem)));
                Err(problem)
            }
        }
    };
    // What came of it is on the page.
    let _ = work.run(kind, false, apply).await;
    Ok(answer::see_other(&page))
}

fn imported(upload: &Upload, report: Report, checked: &Checked) -> Stage {
    let view = ImportReport::new(upload.noun, &report, &hints::edge());
    if let Some(refusal) = &view.refusal {
        return Stage::Failed(answer::sentence(refusal.message.clone()));
    }
    let (changes, counts) = (checked.changes.clone(), checked.counts.clone());
    Stage::Imported(Arc::new(Checked { view, report, preview: checked.preview.clone(), changes, counts }))
}

/// Work on an upload. However it ends, the upload is free again.
struct Task {
    state: State,
    context: Context,
    id: Uuid,
}

impl Task {
    fn new(request: &PageRequest, upload: &Upload) -> Self {
        Self { state: request.caller.state.clone(), context: request.context().clone(), id: upload.id }
    }

    fn end(&self, stage: Stage) {
        // It can't be removed while it is busy.
        let _ = self.state.uploads().change(&self.context, self.id, |upload| {
            upload.stage = stage;
            Ok(())
        });
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        let _ = self.state.uploads().change(&self.context, self.id, |upload| {
            if upload.stage.is_busy() {
                upload.stage = Stage::Failed("It ended unexpectedly, and nothing was written. Check again.".to_owned());
            }
            Ok(())
        });
    }
}

/// The rows that are not imported, with why.
pub(super) async fn rejects(request: PageRequest, PathParts(id): PathParts<String>) -> Answer {
    let upload = upload_of(&request, &id)?;
    let none = || Problem::new(StatusCode::NOT_FOUND, "no_result", Some("no row was rejected".to_owned()));
    let path = match &upload.stage {
        Stage::Checked(checked) | Stage::Imported(checked) => checked.report.rejects_file.clone().ok_or_else(none)?,
        _ => return Err(none()),
    };
    let read = tokio::fs::read(&path).await;
    let bytes = read.map_err(|error| Problem::from(Error::io("reading the rejected rows", error)))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"rejects.csv\"")),
    ];
    let mut response = (headers, bytes).into_response();
    response.extensions_mut().insert(Plain);
    Ok(response)
}
