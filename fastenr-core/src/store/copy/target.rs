//! The database that a copy goes into: whether it is empty, the note that says it is not complete, indexes and references.
//!
//! The note is the table `_fastenr_copy`. It is committed before anything else and dropped with the last commit: whoever opens the
//! database in between is refused, also after the copy was killed.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::schema::Table;
use crate::error::{Error, Setting, Verb};
use crate::say;
use crate::store::error::StoreResult;
use crate::store::{Conn, Db, Engine, Tx};

/// What an incomplete copy says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfinishedCopy {
    /// The file that it is of, or the kind of database.
    pub source: String,
    pub began: DateTime<Utc>,
}

/// What the note calls a source that is no file: its URL may hold a password.
pub(super) const POSTGRES: &str = "a PostgreSQL database";

pub(in crate::store) const NOTE: &str = "_fastenr_copy";

impl UnfinishedCopy {
    pub(in crate::store) async fn read(tx: &mut Tx<'_>) -> StoreResult<Option<Self>> {
        let sql = format!("select source, began from {NOTE}");
        let row: Option<(String, DateTime<Utc>)> = tx.sql(sql).fetch_optional().await?;
        Ok(row.map(|(source, began)| Self { source, began }))
    }

    pub(in crate::store) fn error(&self, db: &Db) -> Error {
        let began = self.began.format("%Y-%m-%d %H:%M");
        let message = format!(
            "the database is incomplete: a copy of {} into it, begun {began} UTC, is running or was interrupted",
            self.source
        );
        let from = if self.source == POSTGRES { Setting::From.like("URL") } else { Setting::From.is(&self.source) };
        let to = db.path().map_or(Setting::To.like("URL"), |path| Setting::To.is(path.display()));
        Error::refused("unfinished_copy", message)
            .hint(say!("unless it is still running, copy again with {}", Verb::DbCopy.with(from).with(to)))
    }
}

/// Writes the note, for everybody to see.
pub(super) async fn begin(conn: &mut Conn, engine: Engine, note: &UnfinishedCopy) -> StoreResult<()> {
    let moment = if engine == Engine::Sqlite { "text" } else { "timestamptz" };
    let mut tx = conn.write_any().await?;
    tx.sql(format!("create table if not exists {NOTE} (source text not null, began {moment} not null)"))
        .execute()
        .await?;
    tx.sql(format!("delete from {NOTE}")).execute().await?;
    let sql = format!("insert into {NOTE} (source, began) values ($1, $2)");
    tx.sql(sql).bind(note.source.clone()).bind(note.began).execute().await?;
    tx.commit().await
}

/// Takes the note away: with the commit the copy is complete.
pub(super) async fn complete(tx: &mut Tx<'_>) -> StoreResult<()> {
    tx.sql(format!("drop table {NOTE}")).execute().await?;
    Ok(())
}

/// Removes what an interrupted copy has left in a SQLite file; the note stays. On PostgreSQL nothing of it was committed.
pub(super) async fn start_over(conn: &mut Conn) -> StoreResult<()> {
    conn.sql("pragma foreign_keys = off").execute().await?;
    let mut tx = conn.write_any().await?;
    let sql =
        "select name from sqlite_master where type = 'table' and name not like 'sqlite\\_%' escape '\\' and name <> $1";
    let tables: Vec<(String,)> = tx.sql(sql).bind(NOTE.to_owned()).fetch_all().await?;
    for (name,) in tables {
        tx.sql(format!("drop table {name}")).execute().await?;
    }
    tx.commit().await
}

/// Whether there is nothing but what a migration makes of an empty database: an organization and its administrator.
pub(super) async fn is_untouched(tx: &mut Tx<'_>, tables: &[Table], first_admin: &str) -> StoreResult<bool> {
    for Table { name, .. } in tables {
        let most = if ["organizations", "users", "operations", "activities"].contains(&name.as_str()) { 1 } else { 0 };
        let sql = format!("select count(*) from (select 1 from {name} limit 2) some_rows");
        let (rows,): (i64,) = tx.sql(sql).fetch_one().await?;
        if rows > most {
            return Ok(false);
        }
    }
    let (others,): (i64,) =
        tx.sql("select count(*) from users where email <> $1").bind(first_admin.to_owned()).fetch_one().await?;
    Ok(others == 0)
}

/// Empties an untouched database.
pub(super) async fn empty(tx: &mut Tx<'_>, tables: &[Table]) -> StoreResult<()> {
    match tx.engine() {
        Engine::Sqlite => {
            for table in tables.iter().rev() {
                tx.sql(format!("delete from {}", table.name)).execute().await?;
            }
        }
        Engine::Postgres => {
            let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
            tx.sql(format!("truncate {}", names.join(", "))).execute().await?;
        }
    }
    Ok(())
}

/// Drops indexes and, on PostgreSQL, references; the statements that make them again, of the tables they belong to. Keys stay.
pub(super) async fn set_aside(tx: &mut Tx<'_>, tables: &[Table]) -> StoreResult<Vec<String>> {
    let is_ours = |name: &str| tables.iter().any(|table| table.name == name);
    let mut again = Vec::new();
    if tx.engine() == Engine::Postgres {
        let sql = "select cast(c.relname as text), cast(k.conname as text), pg_get_constraintdef(k.oid) \
                   from pg_constraint k join pg_class c on c.oid = k.conrelid \
                   where k.contype = 'f' and pg_table_is_visible(c.oid) order by 1, 2";
        let references: Vec<(String, String, String)> = tx.sql(sql).fetch_all().await?;
        for (table, name, definition) in references.into_iter().filter(|(table, ..)| is_ours(table)) {
            tx.sql(format!("alter table {table} drop constraint {name}")).execute().await?;
            again.push(format!("alter table {table} add constraint {name} {definition}"));
        }
    }
    let sql = match tx.engine() {
        Engine::Sqlite => {
            "select tbl_name, name, sql from sqlite_master where type = 'index' and sql is not null order by 1, 2"
        }
        Engine::Postgres => {
            "select cast(c.relname as text), cast(i.relname as text), pg_get_indexdef(i.oid) from pg_index x \
             join pg_class c on c.oid = x.indrelid join pg_class i on i.oid = x.indexrelid \
             where pg_table_is_visible(c.oid) and not exists (select 1 from pg_constraint k where k.conindid = i.oid) order by 1, 2"
        }
    };
    let indexes: Vec<(String, String, String)> = tx.sql(sql).fetch_all().await?;
    for (_, name, definition) in indexes.into_iter().rev().filter(|(table, ..)| is_ours(table)) {
        tx.sql(format!("drop index {name}")).execute().await?;
        // Before the references, which may need them.
        again.insert(0, definition);
    }
    Ok(again)
}

/// A new epoch of the feed, whose positions count anew; the next activity comes after the last one.
pub(super) async fn settle_feed(tx: &mut Tx<'_>) -> StoreResult<Uuid> {
    let epoch = crate::store::feed::renew_epoch(tx).await?;
    if tx.engine() == Engine::Postgres {
        let sql = "select setval(pg_get_serial_sequence('activities', 'seq'), \
                   (select coalesce(max(seq), 0) + 1 from activities), false)";
        tx.sql(sql).fetch_one::<(i64,)>().await?;
    }
    Ok(epoch)
}
