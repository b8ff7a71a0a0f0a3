//! The closed pair: a database is SQLite or PostgreSQL, and nothing above the store knows which.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use uuid::Uuid;

use super::error::{StoreResult, translate};
use super::memory::Memory;
use super::pools::{Advisory, Pool, PostgresPool, SqlitePools};
use super::statement::{RecordedStatement, Values};
use super::tx::{Conn, HeldConnection, OpenTransaction, Tx};
use super::{Scope, cluster, dialect, room};
use crate::error::{Error, Kind, Setting, Verb};
use crate::private;
use crate::say;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    Sqlite,
    Postgres,
}

#[derive(Debug, Clone)]
pub struct DbOptions {
    /// How long a writer waits for another one before it gives up as busy.
    pub lock_timeout: Duration,
    /// Statements that take longer are logged at `warn`.
    pub slow: Duration,
    /// SQLite only: make the file when it is not there.
    pub create: bool,
    /// Keep every statement with its values, for tests and benches.
    pub record: bool,
    pub max_connections: u32,
    /// SQLite only: where the file or its folder can't be written, read it as it is. For what is soon done: nobody tells a reader
    /// then that somebody else writes.
    pub read_only: bool,
    /// From so many rows on a table is large: see `store/selective.rs`.
    pub large: u64,
}

impl Default for DbOptions {
    fn default() -> Self {
        Self {
            lock_timeout: Duration::from_secs(60),
            slow: Duration::from_secs(10),
            create: false,
            record: false,
            max_connections: 4,
            read_only: false,
            large: 50_000,
        }
    }
}

/// Who may write beside this transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// Single records: others of the same kind may run.
    Shared,
    /// A bulk write: no other write of the organization runs.
    Exclusive,
}

pub(super) struct Watch {
    slow: Duration,
    recorder: Option<Arc<Mutex<Vec<RecordedStatement>>>>,
    /// What the last statement failed for that failed as nothing can be written, and when.
    unwritable: Mutex<Option<(Instant, &'static str, String)>>,
    pub(super) large: u64,
    /// Whether the database is spread over machines.
    distributed: AtomicBool,
}

impl Watch {
    pub(super) fn is_distributed(&self) -> bool {
        self.distributed.load(Ordering::Relaxed)
    }

    /// An error of a statement or a commit, seen in passing.
    pub(super) fn seen(&self, error: Error) -> Error {
        if UNWRITABLE.contains(&error.code) {
            *self.unwritable() = Some((Instant::now(), error.code, error.message.clone()));
        }
        error
    }

    fn unwritable(&self) -> MutexGuard<'_, Option<(Instant, &'static str, String)>> {
        self.unwritable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn record(&self, sql: &str, organization: Option<Uuid>, values: &Values) {
        if let Some(recorder) = &self.recorder {
            let entry = RecordedStatement { sql: sql.to_owned(), organization, values: values.clone() };
            recorder.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
        }
    }

    pub(super) fn ran(&self, sql: &str, started: Instant) {
        let took = started.elapsed();
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        if took > self.slow {
            tracing::warn!(target: "fastenr::sql", milliseconds, sql, "slow statement");
        } else {
            tracing::debug!(target: "fastenr::sql", milliseconds, sql);
        }
    }
}

/// After a write that found it unwritable, before another one looks whether it still is.
const AGAIN: Duration = Duration::from_secs(5);

/// Codes of a database that can't be written.
const UNWRITABLE: [&str; 5] = ["disk_full", "disk_io", "read_only", "open", "no_room"];

/// Connections to a database: how many there may be, are open, and are not in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolState {
    pub max: u32,
    pub open: u32,
    pub idle: u32,
}

/// A database. Cheap to clone; clones share the connections.
#[derive(Clone)]
pub struct Db {
    pool: Pool,
    watch: Arc<Watch>,
    memory: Arc<Memory>,
    lock_timeout: Duration,
    /// Why it is read only, where it is.
    read_only: Option<Arc<str>>,
}

/// Bytes beyond which SQLite uses its own memory again before it asks for more.
const SOFT_HEAP_LIMIT: &str = "67108864";

impl Db {
    /// `sqlite:///path`, `sqlite://relative/path`, a bare path, or `postgres://…`.
    ///
    /// # Errors
    /// `database_url` for another scheme, `no_database` for a SQLite file that is not there (unless `create`), `connection`.
    pub async fn connect(url: &str, options: &DbOptions) -> StoreResult<Self> {
        let recorder = options.record.then(Arc::default);
        let watch = Arc::new(Watch {
            slow: options.slow,
            recorder,
            unwritable: Mutex::default(),
            large: options.large,
            distributed: AtomicBool::default(),
        });
        let (pool, read_only) = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            (Self::postgres(url, options).await?, None)
        } else {
            Self::sqlite(url, options).await?
        };
        let db = Self { pool, watch, memory: Arc::default(), lock_timeout: options.lock_timeout, read_only };
        db.look_whether_distributed().await?;
        Ok(db)
    }

    pub(super) async fn look_whether_distributed(&self) -> StoreResult<()> {
        if self.engine() == Engine::Postgres {
            let (is_distributed,): (bool,) = self.borrow().await?.sql(cluster::IS_DISTRIBUTED).fetch_one().await?;
            self.watch.distributed.store(is_distributed, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Whether the database is spread over machines, by Citus.
    pub fn is_distributed(&self) -> bool {
        self.watch.is_distributed()
    }

    async fn sqlite(url: &str, options: &DbOptions) -> StoreResult<(Pool, Option<Arc<str>>)> {
        let path = PathBuf::from(match url.split_once("://") {
            Some(("sqlite", path)) => path,
            None => url.strip_prefix("sqlite:").unwrap_or(url),
            Some((scheme, _)) => {
                return Err(Error::invalid("database_url", format!("unsupported database \"{scheme}://\""))
                    .hint("use a path or sqlite:///path for SQLite, postgres://user@host/name for PostgreSQL"));
            }
        });
        // `postgres:/host` is a URL that lacks a slash, not a folder.
        if let Some((scheme, _)) = url.split_once(':').filter(|(scheme, rest)| {
            *scheme != "sqlite"
                && scheme.len() > 1
                && scheme.bytes().all(|b| b.is_ascii_alphanumeric())
                && !rest.starts_with("//")
        }) {
            return Err(Error::invalid(
                "database_url",
                format!("{url:?} is no database: after {scheme}: come two slashes"),
            )
            .hint("use postgres://user@host/name for PostgreSQL; a file of this name is written ./NAME"));
        }
        if !options.create && !path.exists() {
            return Err(Error::not_found("no_database", format!("there is no database at {}", path.display()))
                .hint(say!("create it with {}", Verb::DbMigrate)));
        }
        if path.is_dir() {
            return Err(Error::invalid("database_url", format!("{} is a folder, not a database", path.display()))
                .hint("name a file in it"));
        }
        if options.create
            && let Some(folder) = path.parent()
            && !folder.as_os_str().is_empty()
        {
            private::create_dir_all(folder)
                .map_err(|error| Error::io(format_args!("making the folder {}", folder.display()), error))?;
        }
        // SQLite takes an empty file for a new database, and gives its log the mode of the file.
        let made = options.create
            && match private::create_new(&path) {
                Ok(_) => true,
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => false,
                Err(error) => return Err(Error::io(format_args!("making the database {}", path.display()), error)),
            };
        let plain = SqliteConnectOptions::new()
            .filename(&path)
            .foreign_keys(true)
            .pragma("cache_size", "-32768")
            // Of the process: caches and sorts of all its connections together, which would add up otherwise.
            .pragma("soft_heap_limit", SOFT_HEAP_LIMIT)
            .statement_cache_capacity(200);
        let connect = plain
            .clone()
            .create_if_missing(options.create)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full); // a system of record does not lose commits
        let (most, patience) = (options.max_connections, options.lock_timeout);
        let error = match SqlitePools::open(connect, path.clone(), most, patience).await {
            Ok(pools) => return Ok((Pool::Sqlite(pools), None)),
            Err(error) if UNWRITABLE.contains(&error.code) => error,
            Err(error) => return Err(error.at(path.display())),
        };
        // SQLite reads nothing where it can't make its two files beside the database.
        let error = match room::beside(&path) {
            Ok(()) => error.at(path.display()),
            Err(why) => why,
        };
        if made {
            // Nothing was put into it.
            let _ = std::fs::remove_file(&path);
        }
        if made || !options.read_only || !room::is_complete(&path) {
            return Err(error);
        }
        match SqlitePools::open(plain.immutable(true).read_only(true), path, most, patience).await {
            Ok(pools) => Ok((Pool::Sqlite(pools), Some(error.message.into()))),
            Err(_) => Err(error),
        }
    }

    /// Says which file an error of the database is about, where it is one.
    pub fn named(&self, error: Error) -> Error {
        match self.path().map(|path| path.display().to_string()) {
            Some(path) if error.kind == Kind::Storage && !error.message.contains(&path) => error.at(path),
            _ => error,
        }
    }

    /// Whether it can be written, as far as that shows without writing to it; where a write has failed, by another one.
    ///
    /// # Errors
    /// `disk_full`, `read_only` and the like.
    pub async fn is_writable(&self) -> StoreResult<()> {
        if let Some(path) = self.path() {
            room::beside(path)?;
        }
        let Some((at, code, message)) = self.watch.unwritable().clone() else { return Ok(()) };
        if at.elapsed() < AGAIN {
            return Err(Error::new(Kind::Storage, code, message));
        }
        let mut tx = self.write_any().await?;
        tx.sql("update feed set epoch = epoch").execute().await?;
        if self.engine() == Engine::Postgres {
            // That has its place already; a table needs new room on the server's disk.
            let room = "create temporary table fastenr_room on commit drop as \
                        select md5(cast(n as text)) as room from generate_series(1, 4000) n";
            tx.sql(room).execute().await?;
        }
        tx.commit().await?;
        *self.watch.unwritable() = None;
        Ok(())
    }

    async fn postgres(url: &str, options: &DbOptions) -> StoreResult<Pool> {
        let connect = PgConnectOptions::from_str(url)
            .map_err(|error| {
                let why = match &error {
                    sqlx::Error::Configuration(why) => why.to_string(),
                    other => other.to_string(),
                };
                Error::invalid("database_url", format!("the database URL can't be read: {why}"))
                    .hint("it is written postgres://USER:PASSWORD@HOST:PORT/NAME, with %40 for an @ in a password")
            })?
            .application_name("fastenr")
            .options([
                ("datestyle", "ISO, YMD"),
                ("timezone", "UTC"),
                ("lock_timeout", &format!("{}ms", options.lock_timeout.as_millis())),
            ]);
        Ok(Pool::Postgres(PostgresPool::open(connect, options.max_connections, options.lock_timeout).await?))
    }

    pub fn engine(&self) -> Engine {
        match self.pool {
            Pool::Sqlite(_) => Engine::Sqlite,
            Pool::Postgres(_) => Engine::Postgres,
        }
    }

    /// Why nothing can be written, where it was opened so: what others write meanwhile is then not seen.
    pub fn read_only(&self) -> Option<&str> {
        self.read_only.as_deref()
    }

    /// What was worked out of it and is still so.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The file, where the database is one.
    pub fn path(&self) -> Option<&Path> {
        match &self.pool {
            Pool::Sqlite(pools) => Some(&pools.path),
            Pool::Postgres(_) => None,
        }
    }

    /// At this moment; of numbers that others change meanwhile.
    pub fn pool_state(&self) -> PoolState {
        self.pool.state()
    }

    /// One connection of one's own, for work in an organization: what working tables and session locks belong to. It is closed when
    /// it is dropped.
    pub async fn hold(&self, scope: &Scope) -> StoreResult<Conn> {
        let mut conn = self.hold_any().await?;
        if self.is_distributed() {
            conn.begin_working(scope).await?;
        }
        Ok(conn)
    }

    /// The same, for what is of no organization and makes no working tables.
    pub(super) async fn hold_any(&self) -> StoreResult<Conn> {
        let (inner, turn) = match &self.pool {
            Pool::Sqlite(pools) => (HeldConnection::Sqlite(pools.hold().await?, pools.gate().clone()), None),
            Pool::Postgres(pool) => {
                let (conn, turn) = pool.hold().await?;
                (HeldConnection::Postgres(conn, pool.options()), Some(turn))
            }
        };
        Ok(Conn::new(inner, turn, Arc::clone(&self.watch)))
    }

    /// A connection for statements by themselves that read; it goes back to the pool. On PostgreSQL it may turn out lost at the
    /// first of them: see `Db::tries`.
    pub async fn borrow(&self) -> StoreResult<Conn> {
        let inner = match &self.pool {
            Pool::Sqlite(pools) => {
                HeldConnection::Sqlite(pools.readers.acquire().await.map_err(translate)?, pools.gate().clone())
            }
            Pool::Postgres(pool) => HeldConnection::Postgres(pool.acquire().await?, pool.options()),
        };
        Ok(Conn::new(inner, None, Arc::clone(&self.watch)))
    }

    /// How often a statement that reads by itself is tried on one connection after the other, where each turns out lost.
    pub(crate) fn tries(&self) -> u32 {
        match &self.pool {
            Pool::Sqlite(_) => 1,
            Pool::Postgres(pool) => pool.tries(),
        }
    }

    /// A transaction that reads one consistent state.
    pub async fn read(&self) -> StoreResult<Tx<'static>> {
        let inner = match &self.pool {
            Pool::Sqlite(pools) => OpenTransaction::Sqlite(pools.readers.begin().await.map_err(translate)?),
            Pool::Postgres(pool) => OpenTransaction::Postgres(pool.begin(dialect::PG_BEGIN_READ).await?),
        };
        Ok(Tx::new(inner, None, Arc::clone(&self.watch)).that_reads())
    }

    /// A transaction that writes: it holds its place among the writers from the start.
    pub async fn write(&self, scope: &Scope, lock: Lock) -> StoreResult<Tx<'static>> {
        let tx = self.write_with(Some(Advisory::of(scope, lock))).await.map_err(|error| self.busy(error))?;
        Ok(tx.that_tells())
    }

    /// A writing transaction outside any organization: for organizations themselves.
    pub async fn write_any(&self) -> StoreResult<Tx<'static>> {
        self.write_with(None).await
    }

    /// On SQLite whoever writes has the only lock there is.
    async fn write_with(&self, lock: Option<Advisory>) -> StoreResult<Tx<'static>> {
        if let Some(why) = &self.read_only {
            return Err(Error::new(Kind::Storage, "read_only", format!("{why}; nothing was written")));
        }
        let (inner, turn) = match &self.pool {
            Pool::Sqlite(pools) => {
                let (tx, turn) = pools.write().await?;
                (OpenTransaction::Sqlite(tx), turn)
            }
            Pool::Postgres(pool) => {
                let (tx, turn) = pool.write(lock).await?;
                (OpenTransaction::Postgres(tx), turn)
            }
        };
        Ok(Tx::new(inner, Some(turn), Arc::clone(&self.watch)))
    }

    /// Says how long was waited, where a lock was not to be had.
    pub(crate) fn busy(&self, error: Error) -> Error {
        if error.kind != Kind::Busy {
            return error;
        }
        let waited = self.lock_timeout.as_secs();
        Error::new(Kind::Busy, "busy", format!("another run holds the lock; waited {waited} s, nothing was written"))
            .hint(say!("try again when it is done, or wait longer with {}", Setting::LockTimeout))
            .because(error)
    }

    /// Waits until every connection is given back and closed.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// The statements run so far, where [`DbOptions::record`] was asked for.
    pub fn recorded(&self) -> Vec<RecordedStatement> {
        let recorder = self.watch.recorder.as_ref();
        recorder.map(|list| list.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap_or_default()
    }

    pub(super) const fn pool(&self) -> &Pool {
        &self.pool
    }
}

static COMMITTING: AtomicUsize = AtomicUsize::new(0);

/// Whether a transaction of this process is being committed, or was and its end is not told yet: given up now, nobody could
/// say that it was not kept.
pub fn is_committing() -> bool {
    COMMITTING.load(Ordering::SeqCst) > 0
}

/// Held for as long as that is so.
pub(crate) struct Committing;

impl Committing {
    pub(crate) fn begin() -> Self {
        COMMITTING.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Committing {
    fn drop(&mut self) {
        COMMITTING.fetch_sub(1, Ordering::SeqCst);
    }
}
