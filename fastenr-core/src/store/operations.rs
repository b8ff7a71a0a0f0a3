//! The journal's spine: one row for each operation.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::lists::{ListedRecord, typed};
use super::{Engine, Scope, SortedRows, Statement, StoreResult, Tx};
use crate::model::noun::{Noun, Storage};
use crate::model::operation::{Ledger, Operation, OperationStatus};

#[derive(sqlx_macros::FromRow)]
struct Row {
    id: Uuid,
    kind: String,
    status: String,
    user_id: Uuid,
    source_name: Option<String>,
    source_sha256: Option<String>,
    parameters: String,
    ledger: Option<String>,
    message: Option<String>,
    started_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    undoes: Option<Uuid>,
    undone_by: Option<Uuid>,
    pruned_at: Option<DateTime<Utc>>,
}

impl From<Row> for Operation {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            status: row.status,
            user: row.user_id,
            source_name: row.source_name,
            source_sha256: row.source_sha256,
            parameters: row.parameters,
            ledger: row.ledger,
            message: row.message,
            started_at: row.started_at,
            finished_at: row.finished_at,
            undoes: row.undoes,
            undone_by: row.undone_by,
            pruned_at: row.pruned_at,
        }
    }
}

const COLUMNS: &str = "a.id, a.kind, a.status, a.user_id, a.source_name, a.source_sha256, a.parameters, a.ledger, a.message, \
    a.started_at, a.finished_at, a.undoes, a.undone_by, a.pruned_at";
const FROM: &str = " from operations a where a.organization_id = $1";

impl ListedRecord for Operation {
    fn columns(_: &'static Noun, _: Engine) -> String {
        COLUMNS.to_owned()
    }

    fn source(_: &'static Noun) -> String {
        FROM.to_owned()
    }

    fn read<'t>(_: &'static Noun, statement: Statement<'t>, place: Vec<Storage>) -> StoreResult<SortedRows<'t, Self>> {
        typed(statement, place, |row: Row| Ok(Self::from(row)))
    }
}

pub async fn insert(tx: &mut Tx<'_>, scope: &Scope, operation: &Operation) -> StoreResult<()> {
    let sql = "insert into operations (organization_id, id, kind, status, user_id, source_name, source_sha256, parameters, \
               ledger, message, started_at, finished_at, undoes) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    tx.of(scope, sql)
        .bind(operation.id)
        .bind(operation.kind.clone())
        .bind(operation.status.clone())
        .bind(operation.user)
        .bind(operation.source_name.clone())
        .bind(operation.source_sha256.clone())
        .bind(operation.parameters.clone())
        .bind(operation.ledger.clone())
        .bind(operation.message.clone())
        .bind(operation.started_at)
        .bind(operation.finished_at)
        .bind(operation.undoes)
        .execute()
        .await?;
    Ok(())
}

/// How it ended.
pub async fn finish(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: Uuid,
    status: OperationStatus,
    ledger: Option<String>,
    message: Option<String>,
    now: DateTime<Utc>,
) -> StoreResult<u64> {
    let sql = "update operations set status = $3, ledger = $4, message = $5, finished_at = $6 \
               where organization_id = $1 and id = $2";
    tx.of(scope, sql).bind(id).bind(status.as_str().to_owned()).bind(ledger).bind(message).bind(now).execute().await
}

/// Says more of what was asked than was known when it began.
pub async fn describe(tx: &mut Tx<'_>, scope: &Scope, id: Uuid, parameters: String) -> StoreResult<u64> {
    let sql = "update operations set parameters = $3 where organization_id = $1 and id = $2";
    tx.of(scope, sql).bind(id).bind(parameters).execute().await
}

/// The last id that an operation's records may have; none where it never said.
pub async fn last_id(tx: &mut Tx<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<Uuid>> {
    let sql = "select o.last_id from operations o where o.organization_id = $1 and o.id = $2";
    let row: Option<(Option<Uuid>,)> = tx.of(scope, sql).bind(id).fetch_optional().await?;
    Ok(row.and_then(|(last,)| last))
}

pub async fn get(tx: &mut Tx<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<Operation>> {
    let row: Option<Row> =
        tx.of(scope, format!("select {COLUMNS}{FROM} and a.id = $2")).bind(id).fetch_optional().await?;
    Ok(row.map(Operation::from))
}

/// Those that say they are running.
pub async fn running(tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<Vec<Uuid>> {
    let sql = "select id from operations where organization_id = $1 and status = 'running' order by id";
    let rows: Vec<(Uuid,)> = tx.of(scope, sql).fetch_all().await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Says that records which the operation made have ids up to `last`: it makes none after this.
pub async fn close(tx: &mut Tx<'_>, scope: &Scope, id: Uuid, last: Uuid) -> StoreResult<u64> {
    let sql = "update operations set last_id = $3 where organization_id = $1 and id = $2";
    tx.of(scope, sql).bind(id).bind(last).execute().await
}

/// What it wrote, where more was written than was known when it was recorded.
pub async fn set_ledger(tx: &mut Tx<'_>, scope: &Scope, id: Uuid, ledger: &Ledger) -> StoreResult<u64> {
    let sql = "update operations set ledger = $3 where organization_id = $1 and id = $2";
    tx.of(scope, sql).bind(id).bind(serde_json::to_string(ledger).unwrap_or_default()).execute().await
}

/// The call that asked for it; the first operation of a call is its only one.
///
/// # Errors
/// `exists` where another operation has the call.
pub async fn set_call(tx: &mut Tx<'_>, scope: &Scope, id: Uuid, call: Uuid) -> StoreResult<u64> {
    let sql = "update operations set call_id = $3 where organization_id = $1 and id = $2";
    tx.of(scope, sql).bind(id).bind(call).execute().await
}

/// The operation that a call asked for.
pub async fn of_call(tx: &mut Tx<'_>, scope: &Scope, call: Uuid) -> StoreResult<Option<Operation>> {
    let row: Option<Row> =
        tx.of(scope, format!("select {COLUMNS}{FROM} and a.call_id = $2")).bind(call).fetch_optional().await?;
    Ok(row.map(Operation::from))
}

/// Leaves the call to another operation: this one wrote nothing.
pub async fn forget_call(tx: &mut Tx<'_>, scope: &Scope, id: Uuid) -> StoreResult<u64> {
    let sql = "update operations set call_id = null where organization_id = $1 and id = $2 and status <> 'done'";
    tx.of(scope, sql).bind(id).execute().await
}

/// An import that was done and not taken back.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct Import {
    /// `metrics.import`.
    pub kind: String,
    pub source_name: String,
    pub ledger: String,
    pub finished_at: DateTime<Utc>,
}

/// Those of files that ended from `since` on and not after `until`, in their order.
pub async fn imports(
    tx: &mut Tx<'_>,
    scope: &Scope,
    (since, until): (DateTime<Utc>, DateTime<Utc>),
) -> StoreResult<Vec<Import>> {
    let sql = "select kind, source_name, ledger, finished_at from operations where organization_id = $1 \
               and kind like '%.import' and status = 'done' and undone_by is null and source_name is not null \
               and ledger is not null and started_at >= $2 and finished_at >= $2 and finished_at <= $3 \
               order by finished_at, id";
    tx.of(scope, sql).bind(since).bind(until).fetch_all().await
}
