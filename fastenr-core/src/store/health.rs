//! Is the database sound, a copy of it, and what its planner knows.

use std::path::Path;

use super::error::{StoreResult, translate};
use super::pools::{Gate, Pool};
use super::{Db, Engine};
use crate::error::{Error, Kind};
use crate::model::noun::Noun;
use crate::private;

impl Db {
    /// What the engine's own check of its files finds. On PostgreSQL: indexes that are marked invalid;
    /// its own `pg_amcheck` looks into the files.
    pub async fn integrity(&self) -> StoreResult<Vec<String>> {
        let mut tx = self.read().await?;
        match self.engine() {
            Engine::Sqlite => {
                let lines: Vec<(String,)> = tx.sql("pragma integrity_check").fetch_all().await?;
                Ok(lines.into_iter().map(|(line,)| line).filter(|line| line != "ok").collect())
            }
            Engine::Postgres => {
                let sql = "select cast(c.relname as text) from pg_index i join pg_class c on c.oid = i.indexrelid \
                           where not i.indisvalid order by 1";
                let broken: Vec<(String,)> = tx.sql(sql).fetch_all().await?;
                Ok(broken.into_iter().map(|(name,)| format!("index {name} is not valid: reindex it")).collect())
            }
        }
    }

    /// Rows that point at nothing.
    pub async fn foreign_keys(&self) -> StoreResult<Vec<String>> {
        let mut tx = self.read().await?;
        match self.engine() {
            Engine::Sqlite => {
                let sql = "select \"table\", coalesce(rowid, 0), parent from pragma_foreign_key_check order by 1, 2";
                let rows: Vec<(String, i64, String)> = tx.sql(sql).fetch_all().await?;
                let line = |(table, row, parent)| format!("{table} row {row} points at no row of {parent}");
                Ok(rows.into_iter().map(line).collect())
            }
            Engine::Postgres => {
                let sql = "select cast(conrelid::regclass as text), cast(conname as text) from pg_constraint \
                           where contype = 'f' and not convalidated order by 1, 2";
                let rows: Vec<(String, String)> = tx.sql(sql).fetch_all().await?;
                Ok(rows.into_iter().map(|(table, name)| format!("{table}: {name} is not validated")).collect())
            }
        }
    }

    /// Tells the planner what a table has become: after a load it would otherwise guess from when it was empty.
    pub async fn refresh_statistics(&self, noun: &'static Noun) -> StoreResult<()> {
        let mut tx = self.write_any().await?;
        if self.engine() == Engine::Sqlite {
            // Some hundred rows of each index tell enough.
            tx.sql("pragma analysis_limit = 400").execute().await?;
        }
        tx.sql(format!("analyze {}", noun.table)).execute().await?;
        tx.commit().await
    }

    /// Rewrites a SQLite file, so that nothing deleted is left in its free pages, and empties its write-ahead log. False where others
    /// read the log at the moment and it could not be emptied. PostgreSQL needs nothing of the kind here: the answer is true.
    ///
    /// # Errors
    /// `busy` while another process writes; those of a full disk: it needs as much room as the file has.
    pub async fn vacuum(&self) -> StoreResult<bool> {
        let Pool::Sqlite(pools) = self.pool() else { return Ok(true) };
        let deadline = pools.gate().deadline();
        let _turn = pools.gate().turn(deadline).await.map_err(|error| self.busy(error))?;
        let mut conn = pools.hold().await?;
        while let Err(error) = sqlx::query("vacuum").execute(&mut *conn).await.map_err(translate) {
            if error.kind != Kind::Busy || !Gate::again(deadline).await {
                return Err(self.busy(error));
            }
        }
        loop {
            let checkpoint = sqlx::query_as::<_, (i64, i64, i64)>("pragma wal_checkpoint(truncate)");
            let (busy, ..) = checkpoint.fetch_one(&mut *conn).await.map_err(translate)?;
            if busy == 0 || !Gate::again(deadline).await {
                return Ok(busy == 0);
            }
        }
    }

    /// A consistent copy, made while others read and write.
    pub(crate) async fn copy_to(&self, file: &Path) -> StoreResult<()> {
        let Pool::Sqlite(pools) = self.pool() else { return Ok(()) };
        let path = file.to_str().ok_or_else(|| Error::invalid("path", "the path of a backup is UTF-8 text"))?;
        // An empty file is written into as one that is not there.
        private::create_new(file).map_err(|error| Error::io(format_args!("making {}", file.display()), error))?;
        let copied = sqlx::query("vacuum into $1").bind(path.to_owned()).execute(&pools.readers).await;
        if let Err(error) = copied {
            let _ = std::fs::remove_file(file);
            let error = translate(error);
            // It is about the copy, not about the database.
            let kind = if error.kind == Kind::Storage { Kind::Io } else { error.kind };
            let message = format!("{}: {}", file.display(), error.message);
            return Err(Error::new(kind, error.code, message).because(error));
        }
        // What a power cut must not take: the copy is synced before it is called one.
        let synced = std::fs::OpenOptions::new().read(true).write(true).open(file).and_then(|copy| copy.sync_all());
        synced.map_err(|error| Error::io(format_args!("writing {}", file.display()), error))
    }
}
