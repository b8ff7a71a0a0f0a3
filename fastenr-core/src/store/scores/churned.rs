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
