//! Spreading a database over machines.
//!
//! Each table in a transaction of its own, as one for all would hold more locks than a server usually gives. References can't lead from a
//! table that is not distributed to one that is, so they are taken off first, and kept in [`super::POSTPONED`] until they are back:
//! whoever opens the database meanwhile is refused, also after an interruption, until it is distributed again.

use super::working::{WorkingTable, tables};
use super::{POSTPONED, WORK};
use crate::error::{Error, Kind, Setting, Verb};
use crate::say;
use crate::store::{Conn, Db, Engine, Scope, StoreResult};

/// How many parts tables are cut into where nobody says.
pub const SHARDS: u32 = 32;
/// More parts than anybody has machines.
const MOST_SHARDS: u32 = 1024;

impl Db {
    /// Spreads the database over the machines of its Citus cluster: into `shards` parts, by default [`SHARDS`]. What is distributed
    /// already stays; what an interruption has left is completed. Tables that were distributed now.
    ///
    /// # Errors
    /// `no_citus` on SQLite and where the database lacks the extension; `shards` for a number out of range, or another one than the
    /// database has; `busy` while another one does the same.
    pub async fn distribute(&self, shards: Option<u32>) -> StoreResult<Vec<String>> {
        self.can_be_distributed(shards).await?;
        let mut conn = self.hold_any().await?;
        let everywhere = Scope { organization: uuid::Uuid::nil() };
        let Some(lock) = self.try_exclusive(&mut conn, &everywhere, "distribute").await? else {
            return Err(Error::new(Kind::Busy, "busy", "the database is being distributed by another run"));
        };
        let before = super::layout::misplaced(&mut conn).await?;
        if before.is_empty() && !super::layout::is_unfinished(&mut conn).await? {
            lock.release(&mut conn).await?;
            return Ok(Vec::new());
        }
        // What is told of a table's rows being moved is for nobody.
        conn.sql(
            "select set_config('client_min_messages', 'error', false), set_config('citus.shard_count', $1, false)",
        )
        .bind(shards.unwrap_or(SHARDS).to_string())
        .execute()
        .await?;
        postpone(&mut conn).await?;
        for table in &before {
            place(&mut conn, table).await?;
        }
        put_back(&mut conn).await?;
        lock.release(&mut conn).await?;
        self.look_whether_distributed().await?;
        Ok(before)
    }

    /// Before anything is written: whether it can.
    ///
    /// # Errors
    /// As [`Db::distribute`].
    pub async fn can_be_distributed(&self, shards: Option<u32>) -> StoreResult<()> {
        if self.engine() == Engine::Sqlite {
            let message =
                "a SQLite database is one file on one machine; only PostgreSQL with the extension Citus is distributed";
            return Err(Error::refused("no_citus", message).hint(say!("copy it to PostgreSQL: {}", Verb::DbCopy)));
        }
        if let Some(shards) = shards.filter(|shards| !(1..=MOST_SHARDS).contains(shards)) {
            return Err(Error::invalid(
                "shards",
                format!("{shards} shards: a number from 1 to {MOST_SHARDS} is needed"),
            ));
        }
        let mut conn = self.hold_any().await?;
        let sql = "select (select count(*) from pg_available_extensions where name = 'citus'), \
                   (select count(*) from pg_extension where extname = 'citus')";
        let (available, installed): (i64, i64) = conn.sql(sql).fetch_one().await?;
        if installed == 0 {
            let message =
                "the database lacks the extension Citus, which distributes tables over machines; nothing was changed";
            let way = match available {
                0 => {
                    "install Citus on the server, put it into shared_preload_libraries, restart the server, then run \
                      create extension citus in this database"
                }
                _ => {
                    "run create extension citus in this database, and in that of each worker; citus_add_node adds the workers"
                }
            };
            return Err(Error::refused("no_citus", message).hint(way));
        }
        if let (Some(asked), Some(has)) = (shards, super::layout::shards(&mut conn).await?)
            && i64::from(asked) != has
        {
            let message = format!("the database has {has} shards; their number can't be changed to {asked} afterwards");
            return Err(Error::refused("shards", message).hint(say!(
                "leave {} out, or copy the database into a new one: {}",
                Setting::Shards,
                Verb::DbCopy
            )));
        }
        Ok(())
    }
}

/// Takes the references off, and notes them.
async fn postpone(conn: &mut Conn) -> StoreResult<()> {
    let mut tx = conn.write_any().await?;
    tx.sql(format!("create schema if not exists {WORK}")).execute().await?;
    tx.sql(format!("create table if not exists {POSTPONED} (owner text, name text, definition text)"))
        .execute()
        .await?;
    let sql = "select cast(k.conrelid::regclass as text), cast(k.conname as text), pg_get_constraintdef(k.oid) \
               from pg_constraint k where k.contype = 'f' and k.connamespace = \
                 (select relnamespace from pg_class where oid = to_regclass('accounts')) order by 1, 2";
    let references: Vec<(String, String, String)> = tx.sql(sql).fetch_all().await?;
    for (owner, name, definition) in references {
        tx.sql(format!("alter table {owner} drop constraint {name}")).execute().await?;
        let sql = format!("insert into {POSTPONED} (owner, name, definition) values ($1, $2, $3)");
        tx.sql(sql).bind(owner).bind(name).bind(definition).execute().await?;
    }
    tx.commit().await
}

/// Distributes a table by its organization, beside all others, with its rows.
async fn place(conn: &mut Conn, table: &str) -> StoreResult<()> {
    let mut tx = conn.write_any().await?;
    let working = tables().into_iter().find(|working| format!("{WORK}.{}", working.name) == table);
    let sql = match (table, &working) {
        ("organizations", _) => "select create_reference_table($1)",
        ("accounts", _) => "select create_distributed_table($1, 'organization_id', colocate_with => 'none')",
        _ => "select create_distributed_table($1, 'organization_id', colocate_with => 'accounts')",
    };
    let (make, after) = match working.as_ref().map(WorkingTable::create) {
        Some(create) => (Some(create.0), create.1),
        None => (None, Vec::new()),
    };
    if let Some(make) = &make {
        tx.sql(make.clone()).execute().await?;
    }
    tx.sql(sql.replace("$1", &format!("'{table}'"))).execute().await?;
    if make.is_none() {
        // The rows were copied to where they belong.
        tx.sql(format!("select truncate_local_data_after_distributing_table('{table}')")).execute().await?;
    }
    for sql in after {
        tx.sql(sql).execute().await?;
    }
    tx.commit().await
}

/// Puts the references back, one after the other.
async fn put_back(conn: &mut Conn) -> StoreResult<()> {
    let sql = format!("select owner, name, definition from {POSTPONED} order by owner, name");
    let references: Vec<(String, String, String)> = conn.sql(sql).fetch_all().await?;
    for (owner, name, definition) in references {
        let mut tx = conn.write_any().await?;
        tx.sql(format!("alter table {owner} add constraint {name} {definition}")).execute().await?;
        let sql = format!("delete from {POSTPONED} where owner = $1 and name = $2");
        tx.sql(sql).bind(owner).bind(name).execute().await?;
        tx.commit().await?;
    }
    let mut tx = conn.write_any().await?;
    tx.sql(format!("drop table {POSTPONED}")).execute().await?;
    tx.commit().await
}

/// A migration of a database that is distributed already: each table that it makes is distributed before anything refers to it.
pub(in crate::store) fn migration(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut making = None;
    for line in text.split_inclusive('\n') {
        out.push_str(line);
        if let Some(table) = line.strip_prefix("create table ") {
            making = table.split([' ', '(']).next();
        }
        if let Some(table) = making.filter(|_| line.trim_end() == ");") {
            making = None;
            out.push_str(&format!(
                "select create_distributed_table('{table}', 'organization_id', colocate_with => 'accounts');\n"
            ));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_distributes_what_it_makes() {
        let text = "-- It's new; more follows.\ncreate table notes (\n  organization_id uuid not null\n);\nalter table notes add foreign key x;\n";
        let (before, after) = text.split_once("alter").unwrap();
        let call = "select create_distributed_table('notes', 'organization_id', colocate_with => 'accounts');\n";
        assert_eq!(migration(text), format!("{before}{call}alter{after}"));
    }
}
