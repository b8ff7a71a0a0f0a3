//! Counts for a dashboard, each of the whole book in one statement.

use chrono::{DateTime, Utc};

use super::{Scope, StoreResult, Tx};

/// The accounts of a status and a band.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct AccountGroup {
    pub status: String,
    /// None: never scored.
    pub band: Option<String>,
    #[sqlx(rename = "account_count")]
    pub accounts: i64,
    /// Together, in cents.
    pub arr: i64,
    /// The sum of their health scores.
    pub health: i64,
}

/// Of the accounts that are neither archived nor merged into another.
pub async fn accounts(tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<Vec<AccountGroup>> {
    let sql = "select a.status, a.band, count(*) as account_count, cast(coalesce(sum(a.arr), 0) as bigint) as arr, \
                 cast(coalesce(sum(a.health_score), 0) as bigint) as health \
               from accounts a \
               where a.organization_id = $1 and a.archived_at is null and a.merged_into is null \
               group by a.status, a.band";
    tx.of(scope, sql).fetch_all().await
}

/// Engagements of unarchived accounts that were completed from one moment up to another, by type.
pub async fn engagements(
    tx: &mut Tx<'_>,
    scope: &Scope,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> StoreResult<Vec<(String, i64)>> {
    // The first condition says the same once more, for the index.
    let sql = "select e.type, count(*) from engagements e \
               join accounts a on a.organization_id = $1 and a.id = e.account_id \
               where e.organization_id = $1 and coalesce(e.completed_at, e.scheduled_at, e.created_at) >= $2 \
                 and e.completed_at >= $2 and e.completed_at <= $3 and a.archived_at is null \
               group by e.type";
    tx.of(scope, sql).bind(from).bind(until).fetch_all().await
}

/// Open goals of unarchived accounts, by status.
pub async fn goals(tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<Vec<(String, i64)>> {
    let sql = "select g.status, count(*) from customer_goals g \
               join accounts a on a.organization_id = $1 and a.id = g.account_id \
               where g.organization_id = $1 and g.status in ('on_track', 'at_risk') and a.archived_at is null \
               group by g.status";
    tx.of(scope, sql).fetch_all().await
}
