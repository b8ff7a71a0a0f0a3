//! Answers of work that was answered before it was done.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Scope, StoreResult, Tx};

/// Rows that one call lets go at most.
const SWEPT: i64 = 100;

/// What came of the work.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct OperationResult {
    /// The HTTP status.
    pub status: i64,
    /// JSON.
    pub body: String,
    pub created_at: DateTime<Utc>,
}

/// Puts one there, in place of what was told before.
pub async fn put(
    tx: &mut Tx<'_>,
    scope: &Scope,
    operation: Uuid,
    result: &OperationResult,
    expires_at: DateTime<Utc>,
) -> StoreResult<()> {
    let sql = "insert into operation_results (organization_id, operation_id, status, body, created_at, expires_at) \
               values ($1, $2, $3, $4, $5, $6) on conflict (organization_id, operation_id) do update set \
                 status = excluded.status, body = excluded.body, created_at = excluded.created_at, \
                 expires_at = excluded.expires_at";
    tx.of(scope, sql)
        .bind(operation)
        .bind(result.status)
        .bind(result.body.clone())
        .bind(result.created_at)
        .bind(expires_at)
        .execute()
        .await?;
    Ok(())
}

/// None where there is none, or where it has expired by `now`.
pub async fn get(
    tx: &mut Tx<'_>,
    scope: &Scope,
    operation: Uuid,
    now: DateTime<Utc>,
) -> StoreResult<Option<OperationResult>> {
    let sql = "select status, body, created_at from operation_results \
               where organization_id = $1 and operation_id = $2 and expires_at > $3";
    tx.of(scope, sql).bind(operation).bind(now).fetch_optional().await
}

/// Lets go of those that have expired by `now`, some of them.
pub async fn sweep(tx: &mut Tx<'_>, scope: &Scope, now: DateTime<Utc>) -> StoreResult<u64> {
    let sql = format!(
        "delete from operation_results where organization_id = $1 and operation_id in ( \
           select e.operation_id from operation_results e \
           where e.organization_id = $1 and e.expires_at <= $2 order by e.expires_at limit $3{})",
        tx.engine().skip_locked()
    );
    tx.of(scope, sql).bind(now).bind(SWEPT).execute().await
}
