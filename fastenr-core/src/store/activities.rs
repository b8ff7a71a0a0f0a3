//! The feed.

use super::{Engine, Scope, StoreResult, Tx};
use crate::model::activity::Activity;

/// Writes one, in the transaction of what it tells.
pub async fn insert(tx: &mut Tx<'_>, scope: &Scope, activity: &Activity) -> StoreResult<()> {
    // One writer at a time: the next number is the order of the commits. PostgreSQL has many, and its own way to tell.
    let sql = match tx.engine() {
        Engine::Sqlite => {
            "insert into activities (organization_id, seq, xid, id, at, user_id, operation_id, kind, noun, record_id, \
             account_id, label, changes) \
             select $1, coalesce((select max(seq) from activities where organization_id = $1), 0) + 1, 0, \
             $2, $3, $4, $5, $6, $7, $8, $9, $10, $11"
        }
        Engine::Postgres => {
            "insert into activities (organization_id, xid, id, at, user_id, operation_id, kind, noun, record_id, \
             account_id, label, changes) \
             values ($1, pg_current_xact_id(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        }
    };
    tx.of(scope, sql)
        .bind(activity.id)
        .bind(activity.at)
        .bind(activity.user)
        .bind(activity.operation)
        .bind(activity.kind.clone())
        .bind(activity.noun.clone())
        .bind(activity.record)
        .bind(activity.account)
        .bind(activity.label.clone())
        .bind(activity.changes.to_string())
        .execute()
        .await?;
    Ok(())
}
