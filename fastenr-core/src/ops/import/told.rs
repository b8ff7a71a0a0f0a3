//! What is told of rows: the files of those that are not taken, problems, fates, changes.

use futures_util::stream::{StreamExt, TryStreamExt};
use uuid::Uuid;

use super::{OnRowChange, RowChange};
use crate::error::{Error, Result};
use crate::import::rejects;
use crate::import::request::{
    Preview, PreviewHasher, Problem, Rejects, Report, Request, RowError, RowOutcome, RowResult, SharedTempDir,
};
use crate::import::source::{Source, Survey};
use crate::model::noun::Value;
use crate::store::staging::{RejectScope, Staging};
use crate::store::{Scope, Tx};

/// Writes the files of the rows and cells that are not taken.
pub(super) async fn write_reject_files(
    staging: &Staging,
    tx: &mut Tx<'_>,
    (source, survey, request): (&Source, &Survey, &Request),
    report: &mut Report,
) -> Result<()> {
    for (of, count) in [(RejectScope::Row, report.ledger.rejected), (RejectScope::Cell, report.bad_cells)] {
        if count == 0 {
            continue;
        }
        let path = match (&request.rejects, of) {
            (Rejects::At(path), RejectScope::Row) => path.clone(),
            (Rejects::Kept, _) => {
                let kept = match report.kept.take() {
                    Some(kept) => kept,
                    None => SharedTempDir::new()?,
                };
                report.kept.insert(kept).path().join(format!("{}.csv", rejects::suffix(of)))
            }
            _ => rejects::beside(source, of),
        };
        rejects::write(tx, staging, source, survey, of, &path).await?;
        match of {
            RejectScope::Cell => report.cells_file = Some(path),
            _ => report.rejects_file = Some(path),
        }
    }
    Ok(())
}

/// More groups than this are cut: nobody reads them, and the rejects file has every row.
const MOST_PROBLEMS: usize = 50;

pub(super) async fn problems(staging: &Staging, tx: &mut Tx<'_>, of: RejectScope) -> Result<Vec<Problem>> {
    let mut told = Vec::new();
    for row in staging.problems(tx, of).await?.into_iter().take(MOST_PROBLEMS) {
        let examples = staging.examples(tx, of, &row).await?;
        told.push(Problem {
            column: row.header,
            code: row.code,
            rule: row.rule,
            value: row.value,
            record: row.record.and_then(|id| Uuid::parse_str(&id).ok()),
            rows: u64::try_from(row.rows).unwrap_or(0),
            examples: examples.into_iter().filter_map(|n| u64::try_from(n).ok()).collect(),
        });
    }
    Ok(told)
}

/// Row by row; only records that are written tell their ids.
pub(super) async fn rows(staging: &Staging, tx: &mut Tx<'_>, written: bool) -> Result<Vec<RowOutcome>> {
    let outcome = |(row, fate, id): (i64, RowResult, Option<Uuid>)| {
        let id = match fate {
            RowResult::Created => id.filter(|_| written),
            RowResult::Updated | RowResult::Unchanged => id,
            RowResult::Skipped | RowResult::Rejected => None,
        };
        RowOutcome { row: u64::try_from(row).unwrap_or(0), fate, id, errors: Vec::new() }
    };
    let mut rows: Vec<RowOutcome> = staging.fates(tx).await?.into_iter().map(outcome).collect();
    let mut rejects = staging.rejects(tx, RejectScope::Row)?;
    while let Some(reject) = rejects.try_next().await? {
        let n = u64::try_from(reject.n).unwrap_or(0);
        let error = RowError { column: reject.header, code: reject.code, rule: reject.rule };
        if let Ok(at) = rows.binary_search_by_key(&n, |row| row.row) {
            rows[at].errors.push(error);
        }
    }
    Ok(rows)
}

pub(super) async fn tell_changes(
    staging: &Staging,
    tx: &mut Tx<'_>,
    scope: &Scope,
    report: &Report,
    visit: OnRowChange<'_>,
) -> Result<()> {
    let mut changes = staging.changes(tx, scope)?;
    while let Some(change) = changes.next().await {
        let change = change?;
        let field = staging.field(usize::try_from(change.bit).unwrap_or(0));
        let value = |text: Option<String>| Value::from_journal(text.as_deref(), field.meaning.storage());
        let (old, new) = (value(change.old_value), value(change.new_value));
        visit(report, RowChange { row: change.n, id: change.id, field, old, new })?;
    }
    Ok(())
}

/// What an import does, or would do.
pub(super) async fn preview(staging: &Staging, tx: &mut Tx<'_>, scope: &Scope, report: &Report) -> Result<Preview> {
    let mut hasher = PreviewHasher::default();
    hasher.see(&[&serde_json::to_string(&report.ledger).unwrap_or_default()]);
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    for (row, fate, id) in staging.fates(tx).await? {
        // New records have other ids each time.
        let id = id.filter(|_| matches!(fate, RowResult::Updated | RowResult::Unchanged));
        hasher.see(&[&row.to_string(), fate.as_str(), &text(id)]);
    }
    tell_changes(staging, tx, scope, report, &mut |_, RowChange { row, id, field, old, new }| {
        hasher.see(&[&row.to_string(), &text(id), field.name, &old.journal(), &new.journal()]);
        Ok(())
    })
    .await?;
    if report.ledger.archived > 0 {
        for id in staging.missing_ids(tx, scope).await? {
            hasher.see(&[&id.to_string()]);
        }
    }
    Ok(hasher.finish())
}

/// # Errors
/// `plan_differs` where the import would do anything else than the dry run said.
pub(super) async fn check_preview(
    staging: &Staging,
    tx: &mut Tx<'_>,
    scope: &Scope,
    report: &Report,
    expected: &Preview,
) -> Result<()> {
    if preview(staging, tx, scope, report).await? == *expected {
        return Ok(());
    }
    let message = "the data changed since the preview, and the import would do something else; nothing was written";
    Err(Error::refused("plan_differs", message).hint("preview the import again"))
}
