//! Filters of accounts with a name.

use chrono::{DateTime, Utc};
use futures_util::stream::TryStreamExt;
use uuid::Uuid;

use super::journal::{DELETED, Table};
use super::lists::{self, ListedRecord, typed};
use super::records::Stamp;
use super::{Engine, Scope, SortedRows, Statement, StoreResult, Tx};
use crate::error::{Error, Kind};
use crate::model::noun::{Noun, Storage};
use crate::model::segment::SEGMENT;
use crate::model::selection::{Order, Selection};

/// A segment as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct StoredSegment {
    pub id: Uuid,
    pub name: String,
    /// Unique in its organization.
    pub name_key: String,
    /// JSON array of pairs of a filter's name and its text.
    pub filter: String,
    /// E-mail address.
    pub created_by: String,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl ListedRecord for StoredSegment {
    fn columns(_: &'static Noun, _: Engine) -> String {
        "a.id, a.name, a.name_key, a.filter, u.email as created_by, a.version, a.created_at, a.updated_at".to_owned()
    }

    fn source(_: &'static Noun) -> String {
        " from segments a join users u on u.organization_id = $1 and u.id = a.created_by where a.organization_id = $1"
            .to_owned()
    }

    fn read<'t>(_: &'static Noun, statement: Statement<'t>, place: Vec<Storage>) -> StoreResult<SortedRows<'t, Self>> {
        typed(statement, place, Ok)
    }
}

/// All of them, by name.
pub async fn all(tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<Vec<StoredSegment>> {
    let rows = lists::stream(tx, scope, &SEGMENT, &Selection::default(), Order::first(&SEGMENT))?;
    rows.try_collect().await
}

/// Puts one there; who made it and when is the stamp's.
pub async fn insert(tx: &mut Tx<'_>, scope: &Scope, segment: &StoredSegment, stamp: Stamp) -> StoreResult<()> {
    let sql = "insert into segments (organization_id, id, name, name_key, filter, created_by, created_by_operation, \
               created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $8)";
    tx.of(scope, sql)
        .bind(segment.id)
        .bind(segment.name.clone())
        .bind(segment.name_key.clone())
        .bind(segment.filter.clone())
        .bind(stamp.user)
        .bind(stamp.operation)
        .bind(stamp.now)
        .execute()
        .await?;
    Ok(())
}

/// Renames one, or replaces its filter, with its before-image; 0 rows where it is no longer at the version of `old`.
pub async fn update(
    tx: &mut Tx<'_>,
    scope: &Scope,
    old: &StoredSegment,
    new: &StoredSegment,
    stamp: Stamp,
) -> StoreResult<u64> {
    let table = table()?;
    let mut columns = Vec::new();
    if (&old.name, &old.name_key) != (&new.name, &new.name_key) {
        columns.extend(["name", "name_key"]);
    }
    if old.filter != new.filter {
        columns.push("filter");
    }
    keep(tx, scope, table.mask(&columns), (old.id, old.version), stamp.operation).await?;
    let sql = "update segments set name = $4, name_key = $5, filter = $6, updated_at = $7, version = version + 1 \
               where organization_id = $1 and id = $2 and version = $3";
    tx.of(scope, sql)
        .bind(old.id)
        .bind(old.version)
        .bind(new.name.clone())
        .bind(new.name_key.clone())
        .bind(new.filter.clone())
        .bind(stamp.now)
        .execute()
        .await
}

/// Removes one that stands at `version`, with its before-image; 0 rows when it is gone.
pub async fn delete(tx: &mut Tx<'_>, scope: &Scope, id: Uuid, version: i64, operation: Uuid) -> StoreResult<u64> {
    keep(tx, scope, DELETED, (id, version), operation).await?;
    let sql = "delete from segments where organization_id = $1 and id = $2 and version = $3";
    tx.of(scope, sql).bind(id).bind(version).execute().await
}

fn table() -> StoreResult<&'static Table> {
    Table::find("segments")
        .ok_or_else(|| Error::new(Kind::Storage, "database", "segments are not in the journal's tables"))
}

/// Keeps one as it is before it is written, if it stands at this version.
async fn keep(
    tx: &mut Tx<'_>,
    scope: &Scope,
    changed: i64,
    (id, version): (Uuid, i64),
    operation: Uuid,
) -> StoreResult<()> {
    let keep = table()?.keep("$3", "where a.organization_id = $1 and a.id = $4 and a.version = $5");
    tx.of(scope, keep).bind(operation).bind(changed).bind(id).bind(version).execute().await?;
    Ok(())
}
