//! The whole database into another one, of either kind.
//!
//! One transaction reads the source, table by table, as lines in a form that is the same on both databases (`line`), in the order of
//! the table's key; activities in the order of the feed. The target is loaded without indexes and references, which are made again and
//! checked after that. Then the target is read in the same way: the digests of all lines must be equal.
//!
//! On PostgreSQL one transaction does all this. A SQLite file is written in many, so that its log stays small. In both a note
//! (`target`) keeps everybody out until the end.
//!
//! What belongs to a database and not to its content is left out: its migrations, the epoch of its feed, and the positions of activities,
//! which are counted anew.

pub mod anonymise;
mod line;
mod read;
pub mod schema;
pub(in crate::store) mod target;
mod write;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;
use uuid::Uuid;

pub use read::Digest;
pub use schema::Table;
pub use target::UnfinishedCopy;
use write::Target;

use super::{Conn, Db, Engine, Scope, StoreResult, Tx};
use crate::error::{Error, Kind, Verb};
use crate::model::number::counted;
use crate::say;

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyProgress {
    /// Rows written, of so many.
    Writing { rows: u64, total: u64 },
    /// Rebuilding indexes and references.
    Indexing,
    /// Rows read back, of so many.
    Checking { rows: u64, total: u64 },
}

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Each table with what its rows come to, in the order in which they were written.
    pub tables: Vec<(String, Digest)>,
    /// The new epoch of the target's feed.
    pub epoch: Uuid,
}

/// What to copy, and what an empty target may have in it.
#[derive(Clone, Copy)]
pub struct CopyRequest<'r> {
    /// One organization; all of them without.
    pub only: Option<Uuid>,
    /// Replaces names and texts: see [`anonymise`].
    pub anonymise: Option<&'r anonymise::Key>,
    pub now: DateTime<Utc>,
    /// The address of the administrator that a new database begins with.
    pub first_admin: &'r str,
}

type OnProgress<'f> = &'f mut (dyn FnMut(CopyProgress) + Send);

/// What every table of the database comes to.
pub async fn digests(db: &Db, only: Option<Uuid>) -> StoreResult<Vec<(String, Digest)>> {
    let mut tx = db.read().await?;
    let mut all = Vec::new();
    for table in schema::tables(&mut tx).await? {
        let digest = read::read(&mut tx, &table, (only, None), None).await?;
        all.push((table.name, digest));
    }
    Ok(all)
}

/// Copies a database into an empty one, or over what an interrupted copy has left.
///
/// # Errors
/// `target_not_empty`; `busy` where another copy into it is running; `copy_differs` where the target has other content afterwards;
/// `unfinished_copy` where the source is one.
pub async fn copy(from: &Db, to: &Db, request: CopyRequest<'_>, on_progress: OnProgress<'_>) -> StoreResult<Copied> {
    let mut source = from.read().await?;
    let source_tables = schema::tables(&mut source).await?;
    let mut conn = to.hold_any().await?;
    let everywhere = Scope { organization: Uuid::nil() };
    let Some(lock) = to.try_exclusive(&mut conn, &everywhere, "copy").await? else {
        return Err(Error::new(Kind::Busy, "busy", "another copy into this database is running"));
    };
    let leftover = to.history().await?.1.is_some();
    if !leftover && !is_empty(to, request.first_admin).await? {
        return Err(Error::refused(
            "target_not_empty",
            "the target has data already; a copy goes into an empty database only",
        )
        .hint("name a file that does not exist, or create a database with createdb"));
    }
    let place = from.path().map_or_else(
        || target::POSTGRES.to_owned(),
        |path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string(),
    );
    target::begin(&mut conn, to.engine(), &UnfinishedCopy { source: place, began: request.now }).await?;
    if leftover && to.engine() == Engine::Sqlite {
        target::start_over(&mut conn).await?;
    }
    to.migrate_target().await?;
    // Of tables that somebody else has added, the other database knows nothing.
    let target_tables = { schema::tables(&mut to.read().await?).await? };
    let all: Vec<Table> = source_tables.into_iter().filter(|table| target_tables.contains(table)).collect();
    let left_out = |table: &Table| request.anonymise.is_some() && anonymise::is_left_out(&table.name);
    let tables: Vec<Table> = all.iter().filter(|table| !left_out(table)).cloned().collect();
    let total = expected(&mut source, &tables, request.only).await?;
    let mut work = Work {
        source: &mut source,
        tables: &tables,
        all: &all,
        only: request.only,
        key: request.anonymise,
        total,
        on_progress,
    };
    let copied = match to.engine() {
        Engine::Postgres => work.load_postgres(&mut conn).await?,
        Engine::Sqlite => work.load_sqlite(&mut conn, to).await?,
    };
    lock.release(&mut conn).await?;
    Ok(copied)
}

async fn is_empty(to: &Db, first_admin: &str) -> StoreResult<bool> {
    if to.migration_state().await?.is_empty() {
        return Ok(true);
    }
    let mut tx = to.read().await?;
    let tables = schema::tables(&mut tx).await?;
    target::is_untouched(&mut tx, &tables, first_admin).await
}

async fn expected(source: &mut Tx<'_>, tables: &[Table], only: Option<Uuid>) -> StoreResult<u64> {
    let mut total = 0;
    for table in tables {
        total += read::count(source, table, only).await?;
    }
    Ok(total)
}

struct Work<'w, 't> {
    source: &'w mut Tx<'t>,
    tables: &'w [Table],
    /// Those of the target that stay empty too.
    all: &'w [Table],
    only: Option<Uuid>,
    key: Option<&'w anonymise::Key>,
    total: u64,
    on_progress: OnProgress<'w>,
}

/// Chunks of lines between the reader and the writer.
const AHEAD: usize = 4;

impl Work<'_, '_> {
    async fn load_postgres(&mut self, conn: &mut Conn) -> StoreResult<Copied> {
        let mut tx = conn.write_any().await?;
        // One that another user's settings write otherwise.
        tx.sql("set local bytea_output = 'hex'").execute().await?;
        target::empty(&mut tx, self.all).await?;
        let again = target::set_aside(&mut tx, self.tables).await?;
        let sent = self.send(&mut Target::Postgres(&mut tx)).await?;
        (self.on_progress)(CopyProgress::Indexing);
        for sql in again {
            tx.sql(sql).execute().await.map_err(|error| match error.code {
                "in_use" => damaged("some rows refer to rows that are not there").because(error),
                _ => error,
            })?;
        }
        self.check(&mut tx, &sent).await?;
        let names: Vec<&str> = self.tables.iter().map(|table| table.name.as_str()).collect();
        tx.sql(format!("analyze {}", names.join(", "))).execute().await?;
        let epoch = target::settle_feed(&mut tx).await?;
        target::complete(&mut tx).await?;
        tx.commit().await?;
        Ok(self.copied(sent, epoch))
    }

    async fn load_sqlite(&mut self, conn: &mut Conn, to: &Db) -> StoreResult<Copied> {
        // The note is safe on the disk. Until the last commit a crash leaves an incomplete copy anyway, which it says it is.
        for pragma in ["foreign_keys = off", "synchronous = normal"] {
            conn.sql(format!("pragma {pragma}")).execute().await?;
        }
        let again = {
            let mut tx = conn.write_any().await?;
            target::empty(&mut tx, self.all).await?;
            let again = target::set_aside(&mut tx, self.tables).await?;
            tx.commit().await?;
            again
        };
        let sent = self.send(&mut Target::Sqlite(conn)).await?;
        (self.on_progress)(CopyProgress::Indexing);
        for sql in again {
            let mut tx = conn.write_any().await?;
            tx.sql(sql).execute().await?;
            tx.commit().await?;
        }
        let dangling = to.foreign_keys().await?;
        if let Some(first) = dangling.first() {
            return Err(damaged(first));
        }
        self.check(&mut to.read().await?, &sent).await?;
        for pragma in ["analysis_limit = 400", "synchronous = full"] {
            conn.sql(format!("pragma {pragma}")).execute().await?;
        }
        let mut tx = conn.write_any().await?;
        tx.sql("analyze").execute().await?;
        let epoch = target::settle_feed(&mut tx).await?;
        target::complete(&mut tx).await?;
        tx.commit().await?;
        Ok(self.copied(sent, epoch))
    }

    /// Every table, read and written at the same time; what was read of each.
    async fn send(&mut self, to: &mut Target<'_, '_>) -> StoreResult<Vec<Digest>> {
        let (mut sent, mut written) = (Vec::new(), 0);
        for table in self.tables {
            let (sender, mut receiver) = mpsc::channel(AHEAD);
            let (total, on_progress) = (self.total, &mut *self.on_progress);
            let mut on_rows = |rows| {
                written += rows;
                on_progress(CopyProgress::Writing { rows: written, total });
            };
            let (read, loaded) = tokio::join!(
                read::read(self.source, table, (self.only, self.key), Some(sender)),
                to.write(table, &mut receiver, &mut on_rows)
            );
            sent.push(read?);
            loaded?;
        }
        Ok(sent)
    }

    /// Reads the target as the source was read.
    ///
    /// # Errors
    /// `copy_differs`.
    async fn check(&mut self, target: &mut Tx<'_>, sent: &[Digest]) -> StoreResult<()> {
        let (mut rows, total) = (0, self.total);
        for (table, sent) in self.tables.iter().zip(sent) {
            (self.on_progress)(CopyProgress::Checking { rows, total });
            let there = read::read(target, table, (None, None), None).await?;
            if there != *sent {
                let name = &table.name;
                let message = format!("{name} was not copied as it is: {sent} were read, the target has {there}");
                return Err(Error::new(Kind::Storage, "copy_differs", message)
                    .hint("another program may have written to the target; copy again"));
            }
            rows += there.rows;
        }
        if rows != total {
            let (expected, found) = (counted(total, "row", "rows"), counted(rows, "row", "rows"));
            let message = format!("the source has {expected}, but {found} were copied");
            return Err(Error::new(Kind::Storage, "copy_differs", message));
        }
        Ok(())
    }

    fn copied(&self, sent: Vec<Digest>, epoch: Uuid) -> Copied {
        let names = self.tables.iter().map(|table| table.name.clone());
        Copied { tables: names.zip(sent).collect(), epoch }
    }
}

fn damaged(why: &str) -> Error {
    Error::new(Kind::Storage, "corrupt", format!("the source is damaged: {why}"))
        .hint(say!("find the damage with {}", Verb::DbCheck))
}
