//! Accounts with the dated changes of their ARR, for the figures of a period.

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::stream::BoxStream;
use uuid::Uuid;

use super::narrow::narrow;
use super::query::Query;
use super::{Scope, StoreResult, Tx};
use crate::model::account::ACCOUNT;
use crate::model::selection::Selection;

/// An account and one change of its ARR; one without any is a line of its own. Lines of an account follow each other, its
/// changes by their day and as they were made.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct ArrLine {
    pub account: Uuid,
    pub created_at: DateTime<Utc>,
    pub contract_start: Option<NaiveDate>,
    pub arr: Option<i64>,
    pub status: String,
    pub churned_on: Option<NaiveDate>,
    pub size: Option<String>,
    pub industry: Option<String>,
    pub owner: Option<String>,
    /// None: no change.
    pub effective_on: Option<NaiveDate>,
    pub kind: Option<String>,
    /// Text of cents.
    pub old_value: Option<String>,
    pub new_value: Option<String>,
}

/// Of all accounts that pass the filter and are not merged into another, as they come, in flat memory.
pub fn lines<'t>(
    tx: &'t mut Tx<'_>,
    scope: &Scope,
    selection: &Selection,
) -> StoreResult<BoxStream<'t, StoreResult<ArrLine>>> {
    let mut query = Query::new(
        "select a.id as account, a.created_at, a.contract_start, a.arr, a.status, a.churned_on, a.size, a.industry, \
         u.email as owner, c.effective_on, c.kind, c.old_value, c.new_value \
         from accounts a \
         left join users u on u.organization_id = $1 and u.id = a.owner_id \
         left join account_changes c on c.organization_id = $1 and c.account_id = a.id and c.field = 'arr' \
         where a.organization_id = $1 and a.merged_into is null",
    );
    narrow(&mut query, tx.engine(), &ACCOUNT, selection);
    query.push(" order by a.id, c.effective_on nulls first, c.created_at nulls first, c.id nulls first");
    let (text, values) = query.into_parts();
    Query::bind(values, tx.of(scope, text)).fetch::<ArrLine>()
}
