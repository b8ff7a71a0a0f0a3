//! What a page tells of a list beside its rows, at a price that does not grow with the book: counts that stop, and what a few records
//! were like on another day.

use std::collections::HashMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::narrow::{counts_arr, narrow};
use super::query::Query;
use super::{Scope, StoreResult, Tx};
use crate::model::account::ACCOUNT;
use crate::model::noun::{Storage, Value};
use crate::model::selection::Selection;

/// How many there are, counted no further than one was told to, and the ARR of those that were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct Counted {
    pub count: i64,
    /// In cents; of churned accounts only where the filter asks for them.
    pub arr: i64,
}

/// Accounts that pass, counted up to one more than `most`.
pub async fn accounts(tx: &mut Tx<'_>, scope: &Scope, selection: &Selection, most: i64) -> StoreResult<Counted> {
    let counts = counts_arr(selection);
    let mut query = Query::new(format!(
        "select count(*) as count, cast(coalesce(sum(found.arr), 0) as bigint) as arr from (\
         select case when {counts} then a.arr end as arr from accounts a where a.organization_id = $1"
    ));
    narrow(&mut query, tx.engine(), &ACCOUNT, selection);
    let limit = query.integer(most + 1);
    query.push(&format!(" limit {limit}) found"));
    let (text, values) = query.into_parts();
    Query::bind(values, tx.of(scope, text)).fetch_one().await
}

/// The health that these accounts had on a day, where the day judged it.
pub async fn health_on(
    tx: &mut Tx<'_>,
    scope: &Scope,
    day: NaiveDate,
    ids: &[Uuid],
) -> StoreResult<HashMap<Uuid, i64>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = Query::new(
        "select s.account_id, cast(s.health_score as bigint) from score_snapshots s where s.organization_id = $1 \
         and s.band not in ('insufficient_data', 'onboarding')",
    );
    let place = query.value(Storage::Date, Value::Date(day));
    query.and(&format!("s.snapshot_date = {place}"));
    query.and_in("s.account_id", ids.iter().map(|id| (Storage::Id, Value::Id(*id))));
    let (text, values) = query.into_parts();
    let rows: Vec<(Uuid, i64)> = Query::bind(values, tx.of(scope, text)).fetch_all().await?;
    Ok(rows.into_iter().collect())
}
