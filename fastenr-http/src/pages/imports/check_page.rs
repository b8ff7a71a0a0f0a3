//! What a check found, or an import did.

use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use fastenr_core::ops::operations;
use fastenr_core::view::import::{ImportChange, ImportProblem};
use fastenr_html::format::{counted, grouped, label};
use fastenr_html::page::{ImportChangeRow, ImportCheckPage, ImportDone, ImportProblemRow};
use serde_json::Value as Json;

use super::super::answer;
use super::super::request::{PageRequest, short};
use super::map_form::{ID_CHANGES_LABEL, MAX_MISSING_LABEL};
use super::uploads::Checked;
use super::{Outline, Stage, Upload, command, steps, upload_of};
use crate::Problem;
use crate::at::PathParts;
use crate::endpoint::Noun;
use crate::reply::Answer;

pub(in crate::pages) async fn show(request: PageRequest, PathParts(id): PathParts<String>) -> Answer {
    let upload = upload_of(&request, &id)?;
    let mut page = empty(&request, &upload).await?;
    match &upload.stage {
        Stage::Open => return Ok(answer::see_other(&upload.path())),
        Stage::Checking => page.busy = Some("The file is being checked; nothing is written."),
        Stage::Importing => page.busy = Some("The file is being imported."),
        Stage::Failed(error) => page.error = Some(error.clone()),
        Stage::Checked(checked) => {
            fill(&mut page, &request, &upload, checked);
            if let Some(refusal) = &checked.view.refusal {
                page.may_skip = refusal.code == "bad_rows";
                page.way = match refusal.code {
                    "id_changes" => Some(ID_CHANGES_LABEL),
                    "too_many_missing" => Some(MAX_MISSING_LABEL),
                    _ => None,
                }
                .map(|option| format!("If this is what you want, set “{option}” under Columns."));
                page.refusal = Some(answer::sentence(refusal.message.clone()));
            } else if would_change(checked) {
                page.preview = checked.preview.as_ref().map(|preview| preview.as_str().to_owned());
            } else {
                page.warnings.push("Nothing would change: all that the file says is there already.".to_owned());
            }
        }
        Stage::Imported(checked) => {
            fill(&mut page, &request, &upload, checked);
            page.done = done(&request, checked).await?;
        }
    }
    let busy = page.busy.is_some();
    let mut response = answer::page(&page)?.into_response();
    if busy {
        response.headers_mut().insert(header::REFRESH, HeaderValue::from_static("3"));
    }
    Ok(response)
}

async fn empty(request: &PageRequest, upload: &Upload) -> Result<ImportCheckPage, Problem> {
    let title = if matches!(upload.stage, Stage::Imported(_)) { "Result of the import" } else { "Check and import" };
    Ok(ImportCheckPage {
        frame: request.frame(title, "imports").await?,
        steps: steps(upload, 2),
        busy: None,
        error: None,
        refusal: None,
        way: None,
        may_skip: false,
        ledger: Vec::new(),
        warnings: Vec::new(),
        problems: Vec::new(),
        has_rejects: false,
        fields: Vec::new(),
        changes: Vec::new(),
        more: None,
        command: matches!(upload.outline, Outline::Table(_)).then(|| command(upload)),
        preview: None,
        done: None,
    })
}

fn would_change(checked: &Checked) -> bool {
    let view = &checked.view;
    view.created + view.updated + view.archived > 0
}

fn fill(page: &mut ImportCheckPage, request: &PageRequest, upload: &Upload, checked: &Checked) {
    let view = &checked.view;
    page.ledger = vec![("Rows", view.rows), ("Created", view.created), ("Updated", view.updated)]
        .into_iter()
        .chain([("Unchanged", view.unchanged), ("Skipped", view.skipped), ("Rejected", view.rejected)])
        .chain((view.archived > 0).then_some(("Archived", view.archived)))
        .map(|(label, count)| (label, grouped(count)))
        .collect();
    page.warnings = view.warnings.iter().cloned().map(answer::sentence).collect();
    page.problems = view.problems.iter().map(problem).collect();
    page.has_rejects = checked.report.rejects_file.is_some();
    page.fields = checked.counts.iter().map(|(field, count)| (label(field), grouped(*count))).collect();
    // Old values are told to those who may read them.
    if upload.noun.scope.is_some_and(|scope| request.can().read(scope)) {
        page.changes = checked.changes.iter().map(|one| change(upload, one)).collect();
    }
    let rest = checked.counts.values().sum::<u64>().saturating_sub(page.changes.len() as u64);
    page.more = (rest > 0).then(|| format!("and {}", counted(rest, "further change", "further changes")));
}

fn problem(problem: &ImportProblem) -> ImportProblemRow {
    let mut examples: Vec<String> = problem.examples.iter().map(|row| grouped(*row)).collect();
    if problem.rows > examples.len() as u64 {
        examples.push("…".to_owned());
    }
    ImportProblemRow {
        column: problem.column.clone().unwrap_or_else(|| "the whole row".to_owned()),
        rule: problem.rule.clone(),
        value: problem.value.as_deref().map(short),
        rows: grouped(problem.rows),
        examples: examples.join(", "),
    }
}

fn change(upload: &Upload, change: &ImportChange) -> ImportChangeRow {
    let has_page = ["accounts", "engagements", "goals", "tasks"].contains(&upload.noun.many);
    ImportChangeRow {
        row: change.row,
        href: change.id.filter(|_| has_page).map(|id| format!("/dashboard/{}/{id}", upload.noun.many)),
        field: label(change.field),
        old: text(&change.old),
        new: text(&change.new),
    }
}

fn text(value: &Json) -> String {
    match value {
        Json::Null => "–".to_owned(),
        Json::String(text) if text.is_empty() => "–".to_owned(),
        Json::String(text) => short(text),
        other => short(&other.to_string()),
    }
}

async fn done(request: &PageRequest, checked: &Checked) -> Result<Option<ImportDone>, Problem> {
    let Some(operation) = checked.view.operation else { return Ok(None) };
    let found = operations::get(request.context(), &operation.to_string()).await?;
    let undone = found.undone_by.is_some();
    let may_undo = !undone && request.can().write(Noun::Operations);
    let has_page = request.can().read(Noun::Operations);
    Ok(Some(ImportDone { operation: operation.to_string(), has_page, may_undo, undone }))
}
