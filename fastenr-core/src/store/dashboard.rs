//! Counts for a dashboard, each of all accounts that pass a filter, in one statement.

use chrono::{DateTime, Utc};

use super::narrow::narrow;
use super::query::Query;
use super::{Scope, StoreResult, Tx};
use crate::model::account::ACCOUNT;
use crate::model::noun::{Storage, Value};
use crate::model::selection::Selection;

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

/// Of the accounts that pass and are not merged into another.
pub async fn accounts(tx: &mut Tx<'_>, scope: &Scope, selection: &Selection) -> StoreResult<Vec<AccountGroup>> {
    let mut query = Query::new(
        "select a.status, a.band, count(*) as account_count, cast(coalesce(sum(a.arr), 0) as bigint) as arr, \
                 cast(coalesce(sum(a.health_score), 0) as bigint) as health \
               from accounts a \
               where a.organization_id = $1 and a.merged_into is null",
    );
    narrow(&mut query, tx.engine(), &ACCOUNT, selection);
    query.push(" group by a.band, a.status");
    let (text, values) = query.into_parts();
    Query::bind(values, tx.of(scope, text)).fetch_all().await
}

/// Engagements of accounts that pass that were completed from one moment up to another, both in it, by type.
pub async fn engagements(
    tx: &mut Tx<'_>,
    scope: &Scope,
    selection: &Selection,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> StoreResult<Vec<(String, i64)>> {
    let mut query = Query::new(
        "select e.type, count(*) from engagements e \
         join accounts a on a.organization_id = $1 and a.id = e.account_id where e.organization_id = $1",
    );
    let from = query.value(Storage::Instant, Value::Instant(from));
    let until = query.value(Storage::Instant, Value::Instant(until));
    // The first two conditions say the same once more, for the index.
    for at in ["coalesce(e.completed_at, e.scheduled_at, e.created_at)", "e.completed_at"] {
        query.and(&format!("{at} >= {from} and {at} <= {until}"));
    }
    narrow(&mut query, tx.engine(), &ACCOUNT, selection);
    query.push(" group by e.type");
    let (text, values) = query.into_parts();
    Query::bind(values, tx.of(scope, text)).fetch_all().await
}

/// Open goals of accounts that pass, by status.
pub async fn goals(tx: &mut Tx<'_>, scope: &Scope, selection: &Selection) -> StoreResult<Vec<(String, i64)>> {
    let mut query = Query::new(
        "select g.status, count(*) from customer_goals g \
         join accounts a on a.organization_id = $1 and a.id = g.account_id \
         where g.organization_id = $1 and g.status in ('on_track', 'at_risk')",
    );
    narrow(&mut query, tx.engine(), &ACCOUNT, selection);
    query.push(" group by g.status");
    let (text, values) = query.into_parts();
    Query::bind(values, tx.of(scope, text)).fetch_all().await
}
