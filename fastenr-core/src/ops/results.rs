//! What came of work that was answered before it was done: whoever asked comes back for it.

use uuid::Uuid;

use super::Context;
use super::idempotency::KEPT;
use crate::error::Result;
use crate::store;
pub use crate::store::results::OperationResult;

/// Keeps the answer that the work would have had, for 7 days; in place of one that was kept before. `operation` need not be a row
/// of the journal: a dry run is none.
pub async fn keep(context: &Context, operation: Uuid, status: u16, body: &str) -> Result<()> {
    let (scope, now) = (context.scope(), context.clock.now());
    let mut tx = context.db.write_any().await.map_err(|error| context.db.busy(error))?;
    store::results::sweep(&mut tx, &scope, now).await?;
    let result = OperationResult { status: i64::from(status), body: body.to_owned(), created_at: now };
    store::results::put(&mut tx, &scope, operation, &result, now + KEPT).await?;
    tx.commit().await
}

/// None where nothing was kept, or no longer is.
pub async fn get(context: &Context, operation: Uuid) -> Result<Option<OperationResult>> {
    store::results::get(&mut context.db.read().await?, &context.scope(), operation, context.clock.now()).await
}
