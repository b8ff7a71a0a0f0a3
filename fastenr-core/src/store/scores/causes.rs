//! What happened to an account between two days, for explanations.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::store::{Scope, StoreResult, Tx};

/// A field that changed, and who or what changed it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = ExplanationEdit))]
pub struct FieldEdit {
    pub field: String,
    pub effective_on: NaiveDate,
    pub old_value: Option<String>,
    pub new_value: Option<String>,
    /// E-mail address of the user.
    pub by: Option<String>,
    /// `accounts.update`, `accounts.import`, …
    pub operation: Option<String>,
    /// File name of an import.
    pub source: Option<String>,
}

/// The changes after `from`, up to `to`, as they came.
pub async fn edits(
    tx: &mut Tx<'_>,
    scope: &Scope,
    account: Uuid,
    from: NaiveDate,
    to: NaiveDate,
) -> StoreResult<Vec<FieldEdit>> {
    let sql = "select c.field, c.effective_on, c.old_value, c.new_value, u.email as by, o.kind as operation, \
                 o.source_name as source \
               from account_changes c \
               left join operations o on o.organization_id = $1 and o.id = c.created_by_operation \
               left join users u on u.organization_id = $1 and u.id = o.user_id \
               where c.organization_id = $1 and c.account_id = $2 and c.kind = 'change' and c.effective_on > $3 \
                 and c.effective_on <= $4 \
               order by c.effective_on, c.created_at, c.id, c.field";
    tx.of(scope, sql).bind(account).bind(from).bind(to).fetch_all().await
}

/// Added rows, and where they came from.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = ExplanationRows))]
pub struct AddedRows {
    /// `metrics` or `engagements`.
    pub what: String,
    pub rows: i64,
    pub by: Option<String>,
    pub operation: Option<String>,
    pub source: Option<String>,
}

/// Rows of metrics dated after `from`, up to `to`, and engagements completed within the moments.
pub async fn rows(
    tx: &mut Tx<'_>,
    scope: &Scope,
    account: Uuid,
    (from, to): (NaiveDate, NaiveDate),
    (since, until): (DateTime<Utc>, DateTime<Utc>),
) -> StoreResult<Vec<AddedRows>> {
    let sql = "select d.what, count(*) as rows, u.email as by, o.kind as operation, o.source_name as source \
               from (select 'metrics' as what, m.created_by_operation as id from health_metrics m \
                     where m.organization_id = $1 and m.account_id = $2 and m.metric_date > $3 and m.metric_date <= $4 \
                   union all \
                   select 'engagements', e.created_by_operation from engagements e \
                     where e.organization_id = $1 and e.account_id = $2 and e.completed_at >= $5 and e.completed_at < $6) d \
               left join operations o on o.organization_id = $1 and o.id = d.id \
               left join users u on u.organization_id = $1 and u.id = o.user_id \
               group by d.what, u.email, o.kind, o.source_name order by d.what desc, 2 desc, 3, 4, 5";
    tx.of(scope, sql).bind(account).bind(from).bind(to).bind(since).bind(until).fetch_all().await
}
