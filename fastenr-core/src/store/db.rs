//! The closed pair: a database is SQLite or PostgreSQL, and nothing above the store knows which.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Postgres, Sqlite, Transaction};
use uuid::Uuid;

use super::error::{StoreResult, translate};
use super::statement::{Exec, Recorded, Statement, Values};
use super::{Scope, dialect};
use crate::error::{Error, Kind};

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
}

impl Default for DbOptions {
    fn default() -> Self {
        Self {
            lock_timeout: Duration::from_secs(60),
            slow: Duration::from_secs(10),
            create: false,
            record: false,
            max_connections: 4,
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
    recorder: Option<Arc<Mutex<Vec<Recorded>>>>,
}

impl Watch {
    pub(super) fn record(&self, sql: &str, organization: Option<Uuid>, values: &Values) {
        if let Some(recorder) = &self.recorder {
            let entry = Recorded { sql: sql.to_owned(), organization, values: values.clone() };
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

#[derive(Clone)]
pub(super) enum Pool {
    Sqlite(SqlitePool, PathBuf),
    Postgres(PgPool),
}

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
    lock_timeout: Duration,
}

impl Db {
    /// `sqlite:///path`, `sqlite://relative/path`, a bare path, or `postgres://…`.
    ///
    /// # Errors
    /// `database_url` for another scheme, `no_database` for a SQLite file that is not there (unless `create`), `connection`.
    pub async fn connect(url: &str, options: &DbOptions) -> StoreResult<Self> {
        let recorder = options.record.then(Arc::default);
        let watch = Arc::new(Watch { slow: options.slow, recorder });
        let pool = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Self::postgres(url, options).await?
        } else {
            Self::sqlite(url, options).await?
        };
        Ok(Self { pool, watch, lock_timeout: options.lock_timeout })
    }

    async fn sqlite(url: &str, options: &DbOptions) -> StoreResult<Pool> {
        let path = PathBuf::from(match url.split_once("://") {
            Some(("sqlite", path)) => path,
            None => url.strip_prefix("sqlite:").unwrap_or(url),
            Some((scheme, _)) => {
                return Err(Error::invalid("database_url", format!("{scheme}:// is no database that fastenr speaks"))
                    .hint("use a path or sqlite:///path for SQLite, postgres://user@host/name for PostgreSQL"));
            }
        });
        if !options.create && !path.exists() {
            return Err(Error::not_found("no_database", format!("there is no database at {}", path.display()))
                .hint("`fastenr db migrate` makes it"));
        }
        if options.create
            && let Some(folder) = path.parent()
            && !folder.as_os_str().is_empty()
        {
            std::fs::create_dir_all(folder)
                .map_err(|error| Error::io(format_args!("making the folder {}", folder.display()), error))?;
        }
        let connect = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(options.create)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full) // a system of record does not lose commits
            .foreign_keys(true)
            .busy_timeout(options.lock_timeout)
            .pragma("cache_size", "-32768")
            .statement_cache_capacity(200);
        let pool = SqlitePoolOptions::new()
            .max_connections(options.max_connections)
            .test_before_acquire(false)
            .acquire_timeout(options.lock_timeout.max(Duration::from_secs(5)))
            .connect_with(connect)
            .await
            .map_err(translate)?;
        Ok(Pool::Sqlite(pool, path))
    }

    async fn postgres(url: &str, options: &DbOptions) -> StoreResult<Pool> {
        let connect = PgConnectOptions::from_str(url)
            .map_err(|error| Error::invalid("database_url", format!("the database URL can't be read: {error}")))?
            .application_name("fastenr")
            .options([
                ("datestyle", "ISO, YMD"),
                ("timezone", "UTC"),
                ("lock_timeout", &format!("{}ms", options.lock_timeout.as_millis())),
            ]);
        // A pool takes a refused connection for a server that is still starting and waits; a person wants to know.
        let first = PgConnection::connect_with(&connect).await.map_err(translate)?;
        first.close().await.map_err(translate)?;
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections)
            .test_before_acquire(false)
            .acquire_timeout(options.lock_timeout.max(Duration::from_secs(5)))
            .connect_with(connect)
            .await
            .map_err(translate)?;
        Ok(Pool::Postgres(pool))
    }

    pub fn engine(&self) -> Engine {
        match self.pool {
            Pool::Sqlite(..) => Engine::Sqlite,
            Pool::Postgres(_) => Engine::Postgres,
        }
    }

    /// The file, where the database is one.
    pub fn path(&self) -> Option<&Path> {
        match &self.pool {
            Pool::Sqlite(_, path) => Some(path),
            Pool::Postgres(_) => None,
        }
    }

    /// At this moment; of numbers that others change meanwhile.
    pub fn pool_state(&self) -> PoolState {
        let (max, open, idle) = match &self.pool {
            Pool::Sqlite(pool, _) => (pool.options().get_max_connections(), pool.size(), pool.num_idle()),
            Pool::Postgres(pool) => (pool.options().get_max_connections(), pool.size(), pool.num_idle()),
        };
        PoolState { max, open, idle: u32::try_from(idle).unwrap_or(u32::MAX) }
    }

    /// One connection of one's own: what temporary tables and session locks belong to. It is closed when it is dropped.
    pub async fn hold(&self) -> StoreResult<Conn> {
        let mut conn = self.borrow().await?;
        match &mut conn.inner {
            Held::Sqlite(conn) => conn.close_on_drop(),
            Held::Postgres(conn) => conn.close_on_drop(),
        }
        Ok(conn)
    }

    /// A connection for statements by themselves, which goes back to the pool.
    pub async fn borrow(&self) -> StoreResult<Conn> {
        let inner = match &self.pool {
            Pool::Sqlite(pool, _) => Held::Sqlite(pool.acquire().await.map_err(translate)?),
            Pool::Postgres(pool) => Held::Postgres(pool.acquire().await.map_err(translate)?),
        };
        Ok(Conn { inner, watch: Arc::clone(&self.watch) })
    }

    /// A transaction that reads one consistent state.
    pub async fn read(&self) -> StoreResult<Tx<'static>> {
        let inner = match &self.pool {
            Pool::Sqlite(pool, _) => Open::Sqlite(pool.begin().await.map_err(translate)?),
            Pool::Postgres(pool) => begin(pool, dialect::PG_BEGIN_READ).await?,
        };
        Ok(Tx { inner, watch: Arc::clone(&self.watch) })
    }

    /// A transaction that writes: it holds its place among the writers from the start.
    pub async fn write(&self, scope: &Scope, lock: Lock) -> StoreResult<Tx<'static>> {
        let mut tx = self.write_any().await.map_err(|error| self.busy(error))?;
        tx.lock(scope, lock).await.map_err(|error| self.busy(error))?;
        Ok(tx)
    }

    /// A writing transaction outside any organization: for organizations themselves.
    pub async fn write_any(&self) -> StoreResult<Tx<'static>> {
        let inner = match &self.pool {
            Pool::Sqlite(pool, _) => {
                Open::Sqlite(pool.begin_with(dialect::SQLITE_BEGIN_WRITE).await.map_err(translate)?)
            }
            Pool::Postgres(pool) => begin(pool, dialect::PG_BEGIN_WRITE).await?,
        };
        Ok(Tx { inner, watch: Arc::clone(&self.watch) })
    }

    /// Says how long was waited, where a lock was not to be had.
    pub(crate) fn busy(&self, error: Error) -> Error {
        if error.kind != Kind::Busy {
            return error;
        }
        let waited = self.lock_timeout.as_secs();
        Error::new(Kind::Busy, "busy", format!("another run holds the lock; waited {waited} s, nothing was written"))
            .hint("try again when it is done, or wait longer with --lock-timeout")
            .because(error)
    }

    pub async fn close(&self) {
        match &self.pool {
            Pool::Sqlite(pool, _) => pool.close().await,
            Pool::Postgres(pool) => pool.close().await,
        }
    }

    /// The statements run so far, where [`DbOptions::record`] was asked for.
    pub fn recorded(&self) -> Vec<Recorded> {
        let recorder = self.watch.recorder.as_ref();
        recorder.map(|list| list.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap_or_default()
    }

    pub(super) const fn pool(&self) -> &Pool {
        &self.pool
    }

    pub(super) fn sqlite_pool(&self) -> Option<&SqlitePool> {
        match &self.pool {
            Pool::Sqlite(pool, _) => Some(pool),
            Pool::Postgres(_) => None,
        }
    }

    pub(super) fn postgres_pool(&self) -> Option<&PgPool> {
        match &self.pool {
            Pool::Sqlite(..) => None,
            Pool::Postgres(pool) => Some(pool),
        }
    }
}

/// sqlx 0.9.0 gives a connection back within its transaction where the future of `BEGIN` is dropped, as it is when a client goes
/// away: a task of its own sees it through, and what nobody waits for is rolled back. (Mended upstream after that release.)
async fn begin(pool: &PgPool, sql: &'static str) -> StoreResult<Open<'static>> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with(sql).await }).await;
    let begun = begun.unwrap_or_else(|error| Err(sqlx::Error::Protocol(error.to_string())));
    Ok(Open::Postgres(begun.map_err(translate)?))
}

enum Held {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

/// A connection held for longer than a transaction.
pub struct Conn {
    inner: Held,
    watch: Arc<Watch>,
}

impl Conn {
    /// A transaction that reads one consistent state, and may write to the connection's temporary tables.
    pub async fn read(&mut self) -> StoreResult<Tx<'_>> {
        let inner = match &mut self.inner {
            Held::Sqlite(conn) => Open::Sqlite(conn.begin().await.map_err(translate)?),
            Held::Postgres(conn) => Open::Postgres(conn.begin_with(dialect::PG_BEGIN_STAGE).await.map_err(translate)?),
        };
        Ok(Tx { inner, watch: Arc::clone(&self.watch) })
    }

    pub async fn write(&mut self, scope: &Scope, lock: Lock) -> StoreResult<Tx<'_>> {
        let inner = match &mut self.inner {
            Held::Sqlite(conn) => Open::Sqlite(conn.begin_with(dialect::SQLITE_BEGIN_WRITE).await.map_err(translate)?),
            Held::Postgres(conn) => Open::Postgres(conn.begin().await.map_err(translate)?),
        };
        let mut tx = Tx { inner, watch: Arc::clone(&self.watch) };
        tx.lock(scope, lock).await?;
        Ok(tx)
    }

    /// A statement by itself, as [`Tx::of`]: without the two round trips of a transaction around it.
    pub fn of(&mut self, scope: &Scope, sql: impl Into<Cow<'static, str>>) -> Statement<'_> {
        let exec = match &mut self.inner {
            Held::Sqlite(conn) => Exec::Sqlite(conn),
            Held::Postgres(conn) => Exec::Postgres(conn),
        };
        Statement::new(exec, &self.watch, sql.into(), Some(scope.organization))
    }
}

enum Open<'c> {
    Sqlite(Transaction<'c, Sqlite>),
    Postgres(Transaction<'c, Postgres>),
}

/// A transaction; dropped without [`Tx::commit`] it is rolled back.
pub struct Tx<'c> {
    inner: Open<'c>,
    watch: Arc<Watch>,
}

impl Tx<'_> {
    pub fn engine(&self) -> Engine {
        match self.inner {
            Open::Sqlite(_) => Engine::Sqlite,
            Open::Postgres(_) => Engine::Postgres,
        }
    }

    /// A statement on rows of an organization: `$1` is bound to it, the caller's values follow.
    pub fn of(&mut self, scope: &Scope, sql: impl Into<Cow<'static, str>>) -> Statement<'_> {
        self.statement(sql.into(), Some(scope.organization))
    }

    /// A statement outside any organization: organizations, temporary tables, the schema.
    pub fn sql(&mut self, sql: impl Into<Cow<'static, str>>) -> Statement<'_> {
        self.statement(sql.into(), None)
    }

    fn statement(&mut self, sql: Cow<'static, str>, organization: Option<Uuid>) -> Statement<'_> {
        let exec = match &mut self.inner {
            Open::Sqlite(tx) => Exec::Sqlite(tx),
            Open::Postgres(tx) => Exec::Postgres(tx),
        };
        Statement::new(exec, &self.watch, sql, organization)
    }

    /// On SQLite `begin immediate` is the lock already.
    async fn lock(&mut self, scope: &Scope, lock: Lock) -> StoreResult<()> {
        if self.engine() == Engine::Postgres {
            // The low half of a UUIDv7 is random: two organizations share a lock once in 2^62.
            let key = i64::from_be_bytes(scope.organization.as_bytes()[8..].try_into().unwrap_or_default());
            let sql = match lock {
                Lock::Shared => "select pg_advisory_xact_lock_shared($1)",
                Lock::Exclusive => "select pg_advisory_xact_lock($1)",
            };
            self.sql(sql).bind(key).execute().await?;
        }
        Ok(())
    }

    /// Sends `COPY … FROM STDIN` and its data; PostgreSQL only.
    pub(super) fn postgres(&mut self) -> Option<&mut PgConnection> {
        match &mut self.inner {
            Open::Sqlite(_) => None,
            Open::Postgres(tx) => Some(tx),
        }
    }

    pub async fn commit(self) -> StoreResult<()> {
        let _committing = Committing::begin();
        match self.inner {
            Open::Sqlite(tx) => tx.commit().await.map_err(translate),
            Open::Postgres(tx) => tx.commit().await.map_err(translate),
        }
    }

    pub async fn rollback(self) -> StoreResult<()> {
        match self.inner {
            Open::Sqlite(tx) => tx.rollback().await.map_err(translate),
            Open::Postgres(tx) => tx.rollback().await.map_err(translate),
        }
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
