//! Writing what was decided: before-images, dated lines, the records, the operation, the feed.

use super::{Bulk, BulkAction, Report};
use crate::error::{Error, Kind, Result};
use crate::model::activity::Activity;
use crate::model::operation::{Ledger, OperationStatus};
use crate::ops::Context;
use crate::ops::records::{StartedOperation, stamp};
use crate::store::staging::Staging;
use crate::store::{self, Tx};

/// Lines of the dated history that get their ids in one go.
const BATCH: i64 = 5_000;

pub(super) async fn apply(bulk: &Bulk<'_>, mut tx: Tx<'_>, begun: StartedOperation, report: &mut Report) -> Result<()> {
    let (context, scope, staging) = (bulk.context, bulk.context.scope(), &bulk.prepared.staging);
    let action = &bulk.request.action;
    let ledger = ledger(action, report);
    let stamp = stamp(context, begun.id, context.clock.now());
    staging.keep_before(&mut tx, &scope, stamp).await?;
    let written = if *action == BulkAction::Delete {
        staging.delete(&mut tx, &scope, stamp.operation).await?
    } else {
        if staging.writes_lines() {
            number(context, staging, &mut tx).await?;
            staging.track(&mut tx, &scope, stamp, false).await?;
        }
        staging.update(&mut tx, &scope, stamp).await?
    };
    if written != report.changed {
        let message = format!("{} records were to change and {written} did; nothing was kept", report.changed);
        return Err(
            Error::new(Kind::Storage, "ledger", message).hint("this is a defect of the program: please report it")
        );
    }
    let text = serde_json::to_string(&ledger).unwrap_or_default();
    let status = OperationStatus::Done;
    store::operations::finish(&mut tx, &scope, stamp.operation, status, Some(text), None, stamp.now).await?;
    let activity = Activity {
        id: context.ids.next(),
        at: stamp.now,
        user: context.user.id,
        operation: Some(stamp.operation),
        kind: report.command.clone(),
        noun: bulk.request.noun.many.to_owned(),
        record: None,
        account: None,
        label: told(action, &report.filter, report),
        changes: serde_json::Value::Array(Vec::new()),
    };
    store::activities::insert(&mut tx, &scope, &activity).await?;
    tx.commit().await?;
    report.operation = Some(stamp.operation);
    Ok(())
}

pub(super) fn ledger(action: &BulkAction, report: &Report) -> Ledger {
    let changed = report.changed;
    let updated = Ledger { rows: report.matched, updated: changed, unchanged: report.unchanged, ..Ledger::default() };
    match action {
        BulkAction::Delete => Ledger { deleted: changed, ..Ledger::default() },
        BulkAction::Archive => Ledger { archived: changed, ..updated },
        _ => updated,
    }
}

/// Gives each line of the dated history to be its id.
async fn number(context: &Context, staging: &Staging, tx: &mut Tx<'_>) -> Result<()> {
    staging.begin_numbering(tx).await?;
    let mut after = 0;
    loop {
        let rows = staging.lines_to_be(tx, after, BATCH).await?;
        let Some(last) = rows.last() else { break };
        after = *last;
        let rows = rows.into_iter().map(|n| (n, context.ids.next())).collect();
        staging.number(tx, rows).await?;
    }
    staging.end_numbering(tx).await
}

/// In words, for the feed.
fn told(action: &BulkAction, filter: &str, report: &Report) -> String {
    let past = action.past();
    format!("{} {past}: {filter}", report.changed)
}
