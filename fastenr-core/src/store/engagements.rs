//! What only engagements are asked for: the rows of the report, and who and what a calendar speaks of.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use uuid::Uuid;

use super::narrow::narrow;
use super::query::Query;
use super::{Scope, StoreResult, Tx};
use crate::model::engagement::ENGAGEMENT;
use crate::model::noun::{Storage, Value};
use crate::model::selection::Selection;

/// An engagement as the report reads it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct ReportRow {
    pub account_id: Uuid,
    pub account_external_id: Option<String>,
    pub account_name: String,
    /// Of the account: an e-mail address.
    pub owner: Option<String>,
    #[sqlx(rename = "type")]
    pub kind: String,
    pub direction: Option<String>,
    pub outcome: Option<String>,
    pub scheduled_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    pub responded_at: Option<DateTime<Utc>>,
}

/// By account and, within one, by completion; those that are not completed come last.
pub fn report<'t>(
    tx: &'t mut Tx<'_>,
    scope: &Scope,
    selection: &Selection,
) -> StoreResult<BoxStream<'t, StoreResult<ReportRow>>> {
    let mut query = Query::new(
        "select a.account_id, acc.external_id as account_external_id, acc.name as account_name, o.email as owner, a.type, \
         a.direction, a.outcome, a.scheduled_at, a.completed_at, a.responded_at \
         from engagements a join accounts acc on acc.organization_id = $1 and acc.id = a.account_id \
         left join users o on o.organization_id = $1 and o.id = acc.owner_id \
         where a.organization_id = $1",
    );
    narrow(&mut query, tx.engine(), &ENGAGEMENT, selection);
    query.push(" order by a.account_id, a.completed_at nulls last, a.id");
    let (text, values) = query.into_parts();
    Query::bind(values, tx.of(scope, text)).fetch()
}

/// Values that one statement asks for.
const AT_ONCE: usize = 500;

/// When the last engagement of each of these accounts was completed; accounts that never had one are left out.
pub async fn last_completed(
    tx: &mut Tx<'_>,
    scope: &Scope,
    accounts: &[Uuid],
) -> StoreResult<HashMap<Uuid, DateTime<Utc>>> {
    let mut last = HashMap::with_capacity(accounts.len());
    for some in accounts.chunks(AT_ONCE) {
        // Asked of each account, it is one look at the end of a stretch of the index, however many engagements there are.
        let mut query = Query::new(
            "select a.id, (select max(e.completed_at) from engagements e \
             where e.organization_id = $1 and e.account_id = a.id) as completed_at \
             from accounts a where a.organization_id = $1",
        );
        query.and_in("a.id", some.iter().map(|id| (Storage::Id, Value::Id(*id))));
        let (text, values) = query.into_parts();
        let rows: Vec<(Uuid, Option<DateTime<Utc>>)> = Query::bind(values, tx.of(scope, text)).fetch_all().await?;
        last.extend(rows.into_iter().filter_map(|(id, at)| Some((id, at?))));
    }
    Ok(last)
}

/// An engagement that a calendar may speak of.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct CalendarEngagement {
    pub id: Uuid,
    pub external_key: Option<String>,
    pub title: String,
    pub completed_at: Option<DateTime<Utc>>,
}

/// Which of these engagements there are: those with one of the ids or external keys.
pub async fn known(
    tx: &mut Tx<'_>,
    scope: &Scope,
    ids: &[Uuid],
    keys: &[String],
) -> StoreResult<Vec<CalendarEngagement>> {
    let ids = ids.iter().map(|id| (Storage::Id, Value::Id(*id)));
    let keys = keys.iter().map(|key| (Storage::Text, Value::Text(key.clone())));
    let mut found: Vec<CalendarEngagement> = listed(tx, scope, KNOWN, "a.id", ids.collect()).await?;
    found.extend(listed(tx, scope, KNOWN, "a.external_key", keys.collect()).await?);
    Ok(found)
}

const KNOWN: &str =
    "select a.id, a.external_key, a.title, a.completed_at from engagements a where a.organization_id = $1";

/// The accounts, archived ones aside, that have contacts with these addresses: (address, account).
pub async fn accounts_of_emails(tx: &mut Tx<'_>, scope: &Scope, emails: &[String]) -> StoreResult<Vec<(String, Uuid)>> {
    let sql = "select c.email, c.account_id from contacts c \
               join accounts acc on acc.organization_id = $1 and acc.id = c.account_id and acc.archived_at is null \
               where c.organization_id = $1";
    let emails = emails.iter().map(|email| (Storage::Text, Value::Text(email.clone())));
    listed(tx, scope, sql, "c.email", emails.collect()).await
}

/// The accounts, archived ones aside, with these domains: (domain, account).
pub async fn accounts_of_domains(
    tx: &mut Tx<'_>,
    scope: &Scope,
    domains: &[String],
) -> StoreResult<Vec<(String, Uuid)>> {
    let sql = "select acc.domain, acc.id from accounts acc where acc.organization_id = $1 and acc.archived_at is null";
    let domains = domains.iter().map(|domain| (Storage::Text, Value::Text(domain.clone())));
    listed(tx, scope, sql, "acc.domain", domains.collect()).await
}

/// The rows whose column holds one of the values, some values at a time.
async fn listed<R: super::Record>(
    tx: &mut Tx<'_>,
    scope: &Scope,
    sql: &str,
    column: &str,
    values: Vec<(Storage, Value)>,
) -> StoreResult<Vec<R>> {
    let mut found = Vec::new();
    for some in values.chunks(AT_ONCE) {
        let mut query = Query::new(sql);
        query.and_in(column, some.iter().cloned());
        let (text, values) = query.into_parts();
        found.extend(Query::bind(values, tx.of(scope, text)).fetch_all::<R>().await?);
    }
    Ok(found)
}
