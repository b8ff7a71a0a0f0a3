//! What is decided is written, and what was written is counted.

use crate::error::{Error, Kind, Result};
use crate::import::request::Request;
use crate::model::activity::Activity;
use crate::model::operation::{Ledger, OperationStatus};
use crate::ops::Context;
use crate::store::records::Stamp;
use crate::store::staging::Staging;
use crate::store::{self, Tx};

pub(super) async fn apply(
    staging: &Staging,
    tx: &mut Tx<'_>,
    context: &Context,
    ledger: &Ledger,
    stamp: Stamp,
    request: &Request,
) -> Result<()> {
    let scope = context.scope();
    let (created, updated) = ledger.records();
    if updated > 0 {
        staging.keep_before(tx, &scope, stamp).await?;
        staging.track(tx, &scope, stamp, request.arr_as_correction).await?;
        expect(staging.update(tx, &scope, stamp).await?, updated, "updated")?;
    }
    staging.note_statuses(tx, &scope).await?;
    // Before the new ones come: they are not missing.
    if ledger.archived > 0 {
        expect(staging.archive_missing(tx, &scope, stamp).await?, ledger.archived, "archived")?;
    }
    if created > 0 {
        expect(staging.create_new(tx, &scope, stamp, created).await?, created, "created")?;
    }
    staging.keep_events(tx, &scope, stamp).await?;
    if created + updated > 0 {
        staging.chain(tx, &scope, stamp).await?;
    }
    let text = serde_json::to_string(ledger).unwrap_or_default();
    let status = OperationStatus::Done;
    store::operations::finish(tx, &scope, stamp.operation, status, Some(text), None, stamp.now).await?;
    let activity = Activity {
        id: context.ids.next(),
        at: stamp.now,
        user: context.user.id,
        operation: Some(stamp.operation),
        kind: format!("{}.import", staging.noun.many),
        noun: staging.noun.many.to_owned(),
        record: None,
        account: None,
        label: summary(ledger),
        changes: serde_json::Value::Array(Vec::new()),
    };
    store::activities::insert(tx, &scope, &activity).await
}

/// What the database says it did must be what the ledger says, or nothing is kept.
fn expect(written: u64, promised: u64, what: &str) -> Result<()> {
    if written == promised {
        return Ok(());
    }
    let message = format!("{promised} rows were to be {what} and {written} were; nothing was kept");
    Err(Error::new(Kind::Storage, "ledger", message).hint("this is a defect of the program: please report it"))
}

pub(super) fn check_ledger(ledger: &Ledger) -> Result<()> {
    if ledger.holds() {
        return Ok(());
    }
    let message = format!("the ledger does not add up ({ledger:?}); nothing was written");
    Err(Error::new(Kind::Storage, "ledger", message).hint("this is a defect of the program: please report it"))
}

/// A ledger in words, for the feed.
fn summary(ledger: &Ledger) -> String {
    let parts = [
        (ledger.created, "created"),
        (ledger.updated, "updated"),
        (ledger.archived, "archived"),
        (ledger.unchanged, "unchanged"),
        (ledger.skipped, "skipped"),
        (ledger.rejected, "rejected"),
    ];
    if let Some(told) = ledger.of_events("created", "updated") {
        return told;
    }
    let told: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if told.is_empty() { "no rows".to_owned() } else { told.join(", ") }
}
