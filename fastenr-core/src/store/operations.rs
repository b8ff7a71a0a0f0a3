//! The journal's spine: one row for each operation.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Scope, StoreResult, Tx};
use crate::model::operation::{Operation, OperationStatus};

#[derive(sqlx::FromRow)]
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

const SELECT: &str = "select id, kind, status, user_id, source_name, source_sha256, parameters, ledger, message, \
    started_at, finished_at, undoes, undone_by, pruned_at from operations where organization_id = $1";

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

/// Newest first.
pub async fn list(tx: &mut Tx<'_>, scope: &Scope, limit: i64, offset: i64) -> StoreResult<Vec<Operation>> {
    let sql = format!("{SELECT} order by started_at desc, id desc limit $2 offset $3");
    let rows: Vec<Row> = tx.of(scope, sql).bind(limit).bind(offset).fetch_all().await?;
    Ok(rows.into_iter().map(Operation::from).collect())
}

pub async fn get(tx: &mut Tx<'_>, scope: &Scope, id: Uuid) -> StoreResult<Option<Operation>> {
    let row: Option<Row> = tx.of(scope, format!("{SELECT} and id = $2")).bind(id).fetch_optional().await?;
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
