//! What is compared of accounts that may be one customer.

use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use uuid::Uuid;

use super::narrow::narrow;
use super::query::Query;
use super::{Scope, StoreResult, Tx};
use crate::model::account::ACCOUNT;
use crate::model::noun::{Storage, Value};
use crate::model::selection::Selection;

/// What accounts are found by.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct Key {
    pub id: Uuid,
    pub name: String,
    pub domain: Option<String>,
}

/// Of all accounts that pass the filter and are not merged into another, as they come, in flat memory.
pub fn keys<'t>(
    tx: &'t mut Tx<'_>,
    scope: &Scope,
    selection: &Selection,
) -> StoreResult<BoxStream<'t, StoreResult<Key>>> {
    let mut query = Query::new(
        "select a.id, a.name, a.domain from accounts a where a.organization_id = $1 and a.merged_into is null",
    );
    narrow(&mut query, tx.engine(), &ACCOUNT, selection);
    let (text, values) = query.into_parts();
    Query::bind(values, tx.of(scope, text)).fetch::<Key>()
}

/// What accounts are judged by.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct Fact {
    pub id: Uuid,
    pub external_id: Option<String>,
    pub name: String,
    pub domain: Option<String>,
    pub industry: Option<String>,
    pub size: Option<String>,
    pub status: String,
    pub arr: Option<i64>,
    pub owner_id: Option<Uuid>,
    pub parent_id: Option<Uuid>,
    pub custom_fields: String,
    pub archived_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub engagements: i64,
}

/// Of these accounts, in no order.
pub async fn facts(tx: &mut Tx<'_>, scope: &Scope, accounts: &[Uuid]) -> StoreResult<Vec<Fact>> {
    /// SQLite takes no statement with very many values.
    const MOST: usize = 400;
    let mut found = Vec::with_capacity(accounts.len());
    for some in accounts.chunks(MOST) {
        let mut query = Query::new(
            "select a.id, a.external_id, a.name, a.domain, a.industry, a.size, a.status, a.arr, a.owner_id, a.parent_id, \
             a.custom_fields, a.archived_at, a.created_at, \
             (select count(*) from engagements e where e.organization_id = $1 and e.account_id = a.id) as engagements \
             from accounts a where a.organization_id = $1",
        );
        query.and_in("a.id", some.iter().map(|id| (Storage::Id, Value::Id(*id))));
        let (text, values) = query.into_parts();
        found.extend(Query::bind(values, tx.of(scope, text)).fetch_all::<Fact>().await?);
    }
    Ok(found)
}
