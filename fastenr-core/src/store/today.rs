//! Which accounts need something today, and what changed about a few of them.

use chrono::NaiveDate;
use uuid::Uuid;

use super::narrow::narrow;
use super::query::Query;
use super::{Scope, StoreResult, Tx};
use crate::model::account::ACCOUNT;
use crate::model::alert::{AlertState, STATE, URGENCY};
use crate::model::noun::{Storage, Value};
use crate::model::selection::Selection;

/// An account that something is open for.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct NeedRow {
    pub id: Uuid,
    /// In cents.
    pub arr: Option<i64>,
    pub contract_end: Option<NaiveDate>,
    /// Of the most urgent: 0 info, 1 warning, 2 critical.
    pub urgency: i64,
}

/// The accounts that pass and have an open alert, or an open task that is due by today: one that was due before today is as urgent
/// as a warning.
pub async fn needs(
    tx: &mut Tx<'_>,
    scope: &Scope,
    selection: &Selection,
    today: NaiveDate,
) -> StoreResult<Vec<NeedRow>> {
    let mut query = Query::new("");
    let day = query.value(Storage::Date, Value::Date(today));
    let (state, open) = (STATE.replace("{}", &day), AlertState::Open.as_str());
    query.push(&format!(
        "select a.id, a.arr, a.contract_end, max(n.urgency) as urgency from accounts a join (\
         select a.account_id, {URGENCY} as urgency from alerts a \
         where a.organization_id = $1 and a.account_id is not null and a.resolved_at is null and {state} = '{open}' \
         union all \
         select t.account_id, cast(case when t.due < {day} then 1 else 0 end as bigint) as urgency from tasks t \
         where t.organization_id = $1 and t.done_at is null and t.due <= {day}\
         ) n on n.account_id = a.id where a.organization_id = $1 and a.merged_into is null"
    ));
    narrow(&mut query, tx.engine(), &ACCOUNT, selection);
    query.push(" group by a.id, a.arr, a.contract_end");
    let (text, values) = query.into_parts();
    Query::bind(values, tx.of(scope, text)).fetch_all().await
}

/// A dated change of a field of an account.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct ChangeRow {
    pub account_id: Uuid,
    pub field: String,
    pub old_value: Option<String>,
    pub new_value: Option<String>,
}

/// What changed of these accounts on a day and after it, in the order in which it was written. Corrections change nothing.
pub async fn changes(
    tx: &mut Tx<'_>,
    scope: &Scope,
    (from, to): (NaiveDate, NaiveDate),
    accounts: &[Uuid],
) -> StoreResult<Vec<ChangeRow>> {
    let mut found = Vec::new();
    for some in accounts.chunks(500) {
        let mut query = Query::new(
            "select c.account_id, c.field, c.old_value, c.new_value from account_changes c \
             where c.organization_id = $1 and c.kind = 'change'",
        );
        let from = query.value(Storage::Date, Value::Date(from));
        let to = query.value(Storage::Date, Value::Date(to));
        query.and(&format!("c.effective_on >= {from} and c.effective_on <= {to}"));
        query.and_in("c.account_id", some.iter().map(|id| (Storage::Id, Value::Id(*id))));
        query.push(" order by c.account_id, c.created_at, c.field, c.effective_on, c.created_by_operation");
        let (text, values) = query.into_parts();
        found.extend(Query::bind(values, tx.of(scope, text)).fetch_all::<ChangeRow>().await?);
    }
    Ok(found)
}
