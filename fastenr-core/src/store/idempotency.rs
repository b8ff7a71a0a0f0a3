//! Calls that may be sent again, and their answers.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Scope, StoreResult, Tx};
use crate::error::{Error, Kind};
use crate::model::idempotency::Answer;

/// Rows that one call lets go at most, so that none waits for a week's.
const SWEPT: i64 = 100;

/// Which call: whose, and what they name it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The nil UUID where there are no keys.
    pub api_key: Uuid,
    pub key: String,
}

/// An attempt to answer a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub holder: Uuid,
    /// What the call is called where nobody has begun it.
    pub call: Uuid,
    /// SHA-256 of the call, in hexadecimal.
    pub fingerprint: String,
    pub now: DateTime<Utc>,
    pub lease_until: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// A call as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCall {
    /// None in a row of an earlier version.
    pub call: Option<Uuid>,
    pub fingerprint: String,
    pub lease_until: DateTime<Utc>,
    /// None while it runs.
    pub answer: Option<Answer>,
}

/// Makes the attempt the call's own: where there is none, or one that has expired, or one of the same call that stopped without
/// an answer. Of several at once one has its way. What the call is called, which stays the same when an attempt takes over; none
/// where it is not the attempt's.
pub async fn claim(tx: &mut Tx<'_>, scope: &Scope, call: &Call, attempt: &Attempt) -> StoreResult<Option<Uuid>> {
    let sql = "insert into idempotency_keys (organization_id, api_key_id, idempotency_key, fingerprint, status, holder, \
               lease_until, created_at, expires_at, call_id) values ($1, $2, $3, $4, 'running', $5, $6, $7, $8, $9) \
               on conflict (organization_id, api_key_id, idempotency_key) do update set \
                 fingerprint = excluded.fingerprint, status = excluded.status, holder = excluded.holder, \
                 lease_until = excluded.lease_until, answer_status = null, answer_headers = null, answer_body = null, \
                 created_at = excluded.created_at, expires_at = excluded.expires_at, \
                 call_id = case when idempotency_keys.expires_at <= excluded.created_at then excluded.call_id \
                   else coalesce(idempotency_keys.call_id, excluded.call_id) end \
               where idempotency_keys.expires_at <= excluded.created_at \
                 or (idempotency_keys.status = 'running' and idempotency_keys.lease_until <= excluded.created_at \
                   and idempotency_keys.fingerprint = excluded.fingerprint) \
               returning call_id";
    let row: Option<(Uuid,)> = tx
        .of(scope, sql)
        .bind(call.api_key)
        .bind(call.key.clone())
        .bind(attempt.fingerprint.clone())
        .bind(attempt.holder)
        .bind(attempt.lease_until)
        .bind(attempt.now)
        .bind(attempt.expires_at)
        .bind(attempt.call)
        .fetch_optional()
        .await?;
    Ok(row.map(|(call,)| call))
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    call_id: Option<Uuid>,
    fingerprint: String,
    lease_until: DateTime<Utc>,
    answer_status: Option<i64>,
    answer_headers: Option<String>,
    answer_body: Option<String>,
}

pub async fn get(tx: &mut Tx<'_>, scope: &Scope, call: &Call) -> StoreResult<Option<StoredCall>> {
    let sql = "select call_id, fingerprint, lease_until, answer_status, answer_headers, answer_body from idempotency_keys \
               where organization_id = $1 and api_key_id = $2 and idempotency_key = $3";
    let row: Option<Row> = tx.of(scope, sql).bind(call.api_key).bind(call.key.clone()).fetch_optional().await?;
    let Some(row) = row else { return Ok(None) };
    let answer = match row.answer_status {
        Some(status) => Some(Answer {
            status: u16::try_from(status).map_err(|_| corrupt("answer_status", &status.to_string()))?,
            headers: read_headers(row.answer_headers.as_deref().unwrap_or("[]"))?,
            body: row.answer_body,
        }),
        None => None,
    };
    Ok(Some(StoredCall { call: row.call_id, fingerprint: row.fingerprint, lease_until: row.lease_until, answer }))
}

fn read_headers(json: &str) -> StoreResult<Vec<(String, String)>> {
    serde_json::from_str(json).map_err(|_| corrupt("answer_headers", json))
}

fn corrupt(column: &str, text: &str) -> Error {
    Error::new(Kind::Storage, "corrupt", format!("idempotency_keys.{column} holds {text:?}"))
}

/// Keeps the answer of the attempt that is at work; 0 rows where another one has taken over.
pub async fn finish(
    tx: &mut Tx<'_>,
    scope: &Scope,
    call: &Call,
    holder: Uuid,
    answer: &Answer,
    expires_at: DateTime<Utc>,
) -> StoreResult<u64> {
    let sql = "update idempotency_keys set status = 'done', answer_status = $5, answer_headers = $6, answer_body = $7, \
               expires_at = $8 where organization_id = $1 and api_key_id = $2 and idempotency_key = $3 and holder = $4 \
               and status = 'running'";
    tx.of(scope, sql)
        .bind(call.api_key)
        .bind(call.key.clone())
        .bind(holder)
        .bind(i64::from(answer.status))
        .bind(serde_json::to_string(&answer.headers).unwrap_or_default())
        .bind(answer.body.clone())
        .bind(expires_at)
        .execute()
        .await
}

/// Ends the attempt's lease: another one may take over at once; 0 rows where one has.
pub async fn release(
    tx: &mut Tx<'_>,
    scope: &Scope,
    call: &Call,
    holder: Uuid,
    now: DateTime<Utc>,
) -> StoreResult<u64> {
    let sql = "update idempotency_keys set lease_until = $5 where organization_id = $1 and api_key_id = $2 \
               and idempotency_key = $3 and holder = $4 and status = 'running'";
    tx.of(scope, sql).bind(call.api_key).bind(call.key.clone()).bind(holder).bind(now).execute().await
}

/// Forgets a call whose attempt came to no answer; 0 rows where another one has taken over.
pub async fn abandon(tx: &mut Tx<'_>, scope: &Scope, call: &Call, holder: Uuid) -> StoreResult<u64> {
    let sql = "delete from idempotency_keys where organization_id = $1 and api_key_id = $2 and idempotency_key = $3 \
               and holder = $4 and status = 'running'";
    tx.of(scope, sql).bind(call.api_key).bind(call.key.clone()).bind(holder).execute().await
}

/// Lets go of calls that have expired by `now`, some of them.
pub async fn sweep(tx: &mut Tx<'_>, scope: &Scope, now: DateTime<Utc>) -> StoreResult<u64> {
    let sql = format!(
        "delete from idempotency_keys where organization_id = $1 and (api_key_id, idempotency_key) in ( \
           select e.api_key_id, e.idempotency_key from idempotency_keys e \
           where e.organization_id = $1 and e.expires_at <= $2 order by e.expires_at limit $3{})",
        tx.engine().skip_locked()
    );
    tx.of(scope, sql).bind(now).bind(SWEPT).execute().await
}
