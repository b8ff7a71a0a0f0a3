//! Operations that take long: committed as running before their work begins, so that one that died is seen as interrupted.

use uuid::Uuid;

use crate::error::Result;
use crate::model::operation::{Operation, OperationStatus};
use crate::ops::Context;
use crate::ops::records::insert_operation;
use crate::store::{self, Conn, LivenessLock, Lock};

/// Commits the operation as running, and marks the dead ones as interrupted. It is at work for as long as the sign and `conn`
/// live.
pub(in crate::ops) async fn begin(
    context: &Context,
    conn: &mut Conn,
    operation: Operation,
) -> Result<(Uuid, LivenessLock)> {
    let id = operation.id;
    let scope = context.scope();
    let mut tx = context.write(Lock::Shared).await?;
    // Both under the lock: whoever looks finds the sign and the operation, or neither.
    context.db.remove_stale_liveness_files()?;
    let alive = context.db.lock_liveness(conn, id).await?;
    for dead in store::operations::running(&mut tx, &scope).await? {
        if !context.db.is_alive(&mut tx, dead).await? {
            let status = OperationStatus::Interrupted;
            store::operations::finish(&mut tx, &scope, dead, status, None, None, context.clock.now()).await?;
        }
    }
    insert_operation(&mut tx, context, &operation).await?;
    tx.commit().await?;
    Ok((id, alive))
}

/// Whether the process that began it is there.
pub(in crate::ops) async fn is_alive(context: &Context, operation: Uuid) -> Result<bool> {
    context.db.is_alive(&mut context.db.read().await?, operation).await
}

/// Marks it as done where there was nothing to do: its own transaction was taken back, and the feed has nothing to tell.
pub(in crate::ops) async fn idle(context: &Context, id: Uuid, ledger: String) -> Result<()> {
    let scope = context.scope();
    let mut tx = context.db.write(&scope, Lock::Shared).await?;
    let now = context.clock.now();
    store::operations::finish(&mut tx, &scope, id, OperationStatus::Done, Some(ledger), None, now).await?;
    // It made no record.
    store::operations::close(&mut tx, &scope, id, id).await?;
    tx.commit().await
}

/// Marks it as failed, or as cancelled where it was asked to stop before it came to anything; its own transaction was taken back.
pub(in crate::ops) async fn fail(
    context: &Context,
    id: Uuid,
    ledger: Option<String>,
    message: Option<String>,
) -> Result<()> {
    let scope = context.scope();
    let mut tx = context.db.write(&scope, Lock::Shared).await?;
    let now = context.clock.now();
    let is_cancelled = ledger.is_none() && store::is_cancelled(id);
    let status = if is_cancelled { OperationStatus::Cancelled } else { OperationStatus::Failed };
    store::operations::finish(&mut tx, &scope, id, status, ledger, message, now).await?;
    tx.commit().await
}
