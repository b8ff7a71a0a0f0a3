//! Who churned, for judging scores afterwards.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::store::{Scope, StoreResult, Tx};

/// The first and the last day as of which accounts are looked at; each with the moment it was over.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    pub first_end: DateTime<Utc>,
    pub last: NaiveDate,
    pub last_end: DateTime<Utc>,
}

/// SQL that holds for an account `a` that was a customer by the last day, and not archived before the first was over.
const CUSTOMER: &str = "(a.contract_start <= $2 or a.contract_start is null and a.created_at < $3) \
    and (a.archived_at is null or a.archived_at >= $4)";

/// Those that churned after `after`, at the latest on `to`, by account.
pub async fn dated(
    tx: &mut Tx<'_>,
    scope: &Scope,
    span: Span,
    (after, to): (NaiveDate, NaiveDate),
) -> StoreResult<Vec<(Uuid, NaiveDate)>> {
    let sql = format!(
        "select a.id, a.churned_on from accounts a where a.organization_id = $1 and {CUSTOMER} \
           and a.churned_on > $5 and a.churned_on <= $6 order by a.id"
    );
    let statement = tx.of(scope, sql).bind(span.last).bind(span.last_end).bind(span.first_end);
    statement.bind(after).bind(to).fetch_all().await
}

/// How many churned on a day that nobody knows.
pub async fn undated(tx: &mut Tx<'_>, scope: &Scope, span: Span) -> StoreResult<i64> {
    let sql = format!(
        "select count(*) from accounts a where a.organization_id = $1 and {CUSTOMER} \
           and a.status = 'churned' and a.churned_on is null"
    );
    let statement = tx.of(scope, sql).bind(span.last).bind(span.last_end).bind(span.first_end);
    let (count,): (i64,) = statement.fetch_one().await?;
    Ok(count)
}

/// Of the accounts that a model scored on a day, by their score: how many were customers when the window began, after `after`, and how
/// many of these churned by `to`. Scores of a person are left out, and churn on a day that nobody knows.
pub async fn by_score(
    tx: &mut Tx<'_>,
    scope: &Scope,
    (day, model): (NaiveDate, &str),
    (after, to): (NaiveDate, NaiveDate),
) -> StoreResult<Vec<(i64, i64, i64)>> {
    let sql = "select cast(s.health_score as bigint) as health_score, count(*), count(case when a.churned_on <= $5 then 1 end) \
               from score_snapshots s join accounts a on a.organization_id = $1 and a.id = s.account_id \
               where s.organization_id = $1 and s.snapshot_date = $2 and s.model = $3 and s.band <> 'insufficient_data' \
                 and (a.contract_start is null or a.contract_start <= $2) \
                 and (a.churned_on > $4 or a.churned_on is null and a.status <> 'churned') \
                 and not exists (select 1 from health_adjustments h where h.organization_id = $1 and h.account_id = s.account_id \
                   and h.from_date <= $2 and h.until_date >= $2) \
               group by s.health_score order by s.health_score";
    tx.of(scope, sql).bind(day).bind(model.to_owned()).bind(after).bind(to).fetch_all().await
}
