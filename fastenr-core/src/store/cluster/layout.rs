//! How a distributed database lies on its machines.

use super::working::tables;
use super::{POSTPONED, WORK};
use crate::error::{Error, Setting, Verb};
use crate::say;
use crate::store::{Conn, Db, Engine, StoreResult};

/// What a distributed database looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Machines that hold parts of tables.
    pub workers: u64,
    /// Machines that Citus holds for unreachable.
    pub inactive: u64,
    /// Parts that each table is cut into.
    pub shards: u64,
    pub tables: u64,
    /// Tables that are not where they should be.
    pub misplaced: Vec<String>,
}

/// Records' tables first, those that all others stand beside at the head; the working tables last.
pub(super) async fn misplaced(conn: &mut Conn) -> StoreResult<Vec<String>> {
    let sql = "with home as (select relnamespace as id from pg_class where oid = to_regclass('accounts')), \
                 beside as (select colocationid as id from pg_dist_partition where logicalrelid = to_regclass('accounts')) \
               select cast(c.relname as text) from pg_class c \
               left join pg_dist_partition p on p.logicalrelid = c.oid \
               where c.relkind = 'r' and c.relnamespace in (select id from home) \
                 and case when c.relname = 'organizations' then p.partmethod is distinct from 'n' \
                     else exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id') \
                       and (p.partmethod is distinct from 'h' \
                            or p.colocationid is distinct from (select id from beside)) end \
               order by c.relname <> 'organizations', c.relname <> 'accounts', c.relname";
    let records: Vec<(String,)> = conn.sql(sql).fetch_all().await?;
    let sql = format!(
        "select cast(c.relname as text) from pg_class c join pg_dist_partition p on p.logicalrelid = c.oid \
         where c.relnamespace = (select oid from pg_namespace where nspname = '{WORK}')"
    );
    let working: Vec<(String,)> = conn.sql(sql).fetch_all().await?;
    let missing = tables().into_iter().filter(|table| !working.iter().any(|(name,)| name == table.name));
    let missing = missing.map(|table| format!("{WORK}.{}", table.name));
    Ok(records.into_iter().map(|(name,)| name).chain(missing).collect())
}

/// Whether a distribution was begun and is not complete.
pub(super) async fn is_unfinished(conn: &mut Conn) -> StoreResult<bool> {
    let sql = format!("select to_regclass('{POSTPONED}') is not null");
    let (is_unfinished,): (bool,) = conn.sql(sql).fetch_one().await?;
    Ok(is_unfinished)
}

/// Parts of each table; none where nothing is distributed.
pub(super) async fn shards(conn: &mut Conn) -> StoreResult<Option<i64>> {
    let sql = "select count(*) from pg_dist_shard where logicalrelid = to_regclass('accounts')";
    let (shards,): (i64,) = conn.sql(sql).fetch_one().await?;
    Ok((shards > 0).then_some(shards))
}

impl Db {
    /// How it lies on its machines; none where it is not distributed.
    pub async fn layout(&self) -> StoreResult<Option<Layout>> {
        if self.engine() == Engine::Sqlite || !self.is_distributed() {
            return Ok(None);
        }
        let mut conn = self.hold_any().await?;
        let sql = "select (select count(distinct p.groupid) from pg_dist_placement p join pg_dist_shard s on s.shardid = p.shardid \
                    where s.logicalrelid = to_regclass('accounts')), \
                   (select count(*) from pg_dist_node where not isactive), \
                   (select count(*) from pg_dist_partition)";
        let (workers, inactive, tables): (i64, i64, i64) = conn.sql(sql).fetch_one().await?;
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        Ok(Some(Layout {
            workers: count(workers),
            inactive: count(inactive),
            shards: count(shards(&mut conn).await?.unwrap_or(0)),
            tables: count(tables),
            misplaced: misplaced(&mut conn).await?,
        }))
    }
}

/// Of a database that was begun to be distributed.
pub(in crate::store) fn unfinished() -> Error {
    let message = "the database is incomplete: its distribution over machines is running or was interrupted";
    Error::refused("unfinished_distribution", message)
        .hint(say!("unless it is still running, complete it with {}", Verb::DbMigrate.with(Setting::Distribute)))
}
