//! The metrics of a day and a person's score, recorded together.

use uuid::Uuid;

use super::adjust::{Adjustment, scored};
use crate::error::Result;
use crate::model::account::Account;
use crate::model::entry::Entry;
use crate::model::metric::METRIC;
use crate::ops::{Context, Written, accounts, entries};
use crate::store::Lock;

/// What recording metrics and a score came to.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordingOutcome {
    /// As it stands after it.
    pub account: Account,
    /// None where none were given.
    pub metrics: Option<Entry>,
    /// The row of metrics is new.
    pub new: bool,
    /// None when nothing changed, or in a dry run.
    pub operation: Option<Uuid>,
}

/// Records the metrics of a day, sets the health score until a day, or both in one operation. Where nothing is given but the
/// account, only the score is set.
///
/// # Errors
/// As [`super::adjust`] and [`entries::put`].
pub async fn record_and_adjust(
    context: &Context,
    given: &entries::FieldValues,
    adjustment: Option<&Adjustment>,
    dry_run: bool,
) -> Result<RecordingOutcome> {
    context.may_write()?;
    let adjustment = adjustment.map(|adjustment| adjustment.checked(context)).transpose()?;
    let mut tx = context.write(Lock::Shared).await?;
    if let ([(name, Some(account))], Some(adjustment)) = (given, &adjustment)
        && name == "account"
    {
        let account = accounts::find(&mut tx, context, account).await?;
        let adjusted = scored(context, adjustment.write_alone(tx, context, account, dry_run).await?).await?;
        let Written { record: account, operation, .. } = adjusted.written;
        return Ok(RecordingOutcome { account, metrics: None, new: false, operation });
    }
    let mut draft = entries::put_draft(&mut tx, context, &METRIC, given).await?;
    let account = accounts::reread(&mut tx, context, draft.record.id_of("account").unwrap_or_default()).await?;
    let stamp = draft.written.as_ref().map(|(stamp, _)| *stamp);
    let new = stamp.is_some() && draft.record.version() == 1;
    let (operation, metrics) = match (&adjustment, stamp) {
        (Some(adjustment), None) => {
            // The metrics are there already.
            (adjustment.write_alone(tx, context, account.clone(), dry_run).await?.operation, draft.record)
        }
        (Some(adjustment), Some(_)) => {
            let written = adjustment.write(&mut tx, context, &account, stamp).await?;
            draft.changes.extend(written.into_iter().flat_map(|(_, changes)| changes));
            let written = draft.finish(tx, context, dry_run).await?;
            (written.operation, written.record)
        }
        (None, _) => {
            let written = draft.finish(tx, context, dry_run).await?;
            (written.operation, written.record)
        }
    };
    if adjustment.is_none() || operation.is_none() {
        return Ok(RecordingOutcome { account, metrics: Some(metrics), new, operation });
    }
    let written = Written { record: account, operation, changes: Vec::new() };
    let account = scored(context, written).await?.written.record;
    // Its day may be the one that was scored.
    let metrics = entries::get(context, &METRIC, &metrics.id().to_string()).await?;
    Ok(RecordingOutcome { account, metrics: Some(metrics), new, operation })
}
