//! The connections of a database, shared out so that nobody who waits keeps others from theirs.
//!
//! On SQLite readers, writers of single records and work that holds a connection have a pool each. Writers of this process queue
//! at a lock of ours, which is fair and costs nobody a connection; the one whose turn it is asks the database for its lock in
//! short waits, so that a wait ends with whoever waited. On PostgreSQL they share one pool, of which writers and holders may have
//! a part each: a holder may ask for a place among the writers, and a writer for no other.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{Connection, Postgres, Sqlite, Transaction};
use tokio::sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::db::{Lock, PoolState};
use super::error::{StoreResult, connecting, is_locked, is_lost, translate};
use super::{Scope, dialect};
use crate::error::{Error, Kind};

/// How long a database itself waits for a lock: meanwhile the connection hears of nothing else.
const SHORT_WAIT: Duration = Duration::from_millis(250);

/// Between two tries at a lock that another process holds.
const PAUSE: Duration = Duration::from_millis(5);

/// For a connection that is not in use by anybody.
const FREE_WITHIN: Duration = Duration::from_secs(5);

/// For PostgreSQL to say that it is there.
const THERE_WITHIN: Duration = Duration::from_secs(1);

/// For a connection that is on its way back, as it is after each transaction that was dropped: a new one takes longer.
const BACK_WITHIN: Duration = Duration::from_millis(5);

/// For the first connection, before it is asked why there is none.
const FIRST_WITHIN: Duration = Duration::from_millis(250);

/// A place among the writers of this process.
#[derive(Debug)]
pub(super) enum Turn {
    Alone { _guard: OwnedMutexGuard<()> },
    Among { _permit: OwnedSemaphorePermit },
}

#[derive(Clone)]
pub(super) enum Pool {
    Sqlite(SqlitePools),
    Postgres(PostgresPool),
}

impl Pool {
    pub(super) fn state(&self) -> PoolState {
        match self {
            Self::Sqlite(pools) => {
                let all = [&pools.readers, &pools.writers, &pools.held];
                PoolState {
                    max: all.iter().map(|pool| pool.options().get_max_connections()).sum(),
                    open: all.iter().map(|pool| pool.size()).sum(),
                    idle: all.iter().map(|pool| u32::try_from(pool.num_idle()).unwrap_or(u32::MAX)).sum(),
                }
            }
            Self::Postgres(PostgresPool { pool, .. }) => PoolState {
                max: pool.options().get_max_connections(),
                open: pool.size(),
                idle: u32::try_from(pool.num_idle()).unwrap_or(u32::MAX),
            },
        }
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(pools) => {
                // At once: the last one to go folds the log into the file.
                tokio::join!(pools.writers.close(), pools.held.close(), pools.readers.close());
            }
            Self::Postgres(pool) => pool.pool.close().await,
        }
    }
}

#[derive(Clone)]
pub(super) struct SqlitePools {
    pub(super) readers: SqlitePool,
    pub(super) path: PathBuf,
    writers: SqlitePool,
    held: SqlitePool,
    gate: Gate,
}

/// The queue of this process's writers before SQLite's lock, which one of all processes has.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    queue: Arc<Mutex<()>>,
    patience: Duration,
}

impl Gate {
    /// When who begins to wait now has waited long enough.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.patience
    }

    pub(super) async fn turn(&self, deadline: Instant) -> StoreResult<Turn> {
        let turn = timeout_at(deadline, Arc::clone(&self.queue).lock_owned()).await;
        turn.map(|guard| Turn::Alone { _guard: guard }).map_err(|_| locked())
    }

    /// Whether to try again; it waits a moment before that.
    pub(super) async fn again(deadline: Instant) -> bool {
        let more = Instant::now() < deadline;
        if more {
            sleep(PAUSE).await;
        }
        more
    }
}

fn locked() -> Error {
    Error::new(Kind::Busy, "busy", "the database is locked by another run")
}

impl SqlitePools {
    /// `most` connections read at once; fewer hold one.
    pub(super) async fn open(
        connect: SqliteConnectOptions,
        path: PathBuf,
        most: u32,
        patience: Duration,
    ) -> StoreResult<Self> {
        let options = |max: u32| {
            SqlitePoolOptions::new()
                .max_connections(max)
                .test_before_acquire(false)
                .acquire_timeout(patience.max(FREE_WITHIN))
        };
        let short = connect.clone().busy_timeout(patience.min(SHORT_WAIT));
        Ok(Self {
            // Readers meet a lock only while a file is recovered or put away by the last process that had it.
            readers: options(most)
                .connect_with(connect.busy_timeout(patience.min(FREE_WITHIN)))
                .await
                .map_err(translate)?,
            writers: options(1).connect_lazy_with(short.clone()),
            held: options((most / 4).max(4)).connect_lazy_with(short),
            gate: Gate { queue: Arc::default(), patience },
            path,
        })
    }

    pub(super) const fn gate(&self) -> &Gate {
        &self.gate
    }

    pub(super) async fn hold(&self) -> StoreResult<PoolConnection<Sqlite>> {
        let mut conn = self.held.acquire().await.map_err(translate)?;
        conn.close_on_drop();
        Ok(conn)
    }

    /// A transaction that has the lock.
    pub(super) async fn write(&self) -> StoreResult<(Transaction<'static, Sqlite>, Turn)> {
        let deadline = self.gate.deadline();
        let turn = self.gate.turn(deadline).await?;
        loop {
            match self.writers.begin_with(dialect::SQLITE_BEGIN_WRITE).await {
                Err(error) if is_locked(&error) && Gate::again(deadline).await => {}
                outcome => return Ok((outcome.map_err(translate)?, turn)),
            }
        }
    }
}

/// A lock of an organization on PostgreSQL.
#[derive(Debug, Clone, Copy)]
pub(super) struct Advisory {
    pub(super) key: i64,
    pub(super) lock: Lock,
}

impl Advisory {
    const fn attempt(self) -> &'static str {
        match self.lock {
            Lock::Shared => "select pg_try_advisory_xact_lock_shared($1)",
            Lock::Exclusive => "select pg_try_advisory_xact_lock($1)",
        }
    }

    pub(super) const fn wait(self) -> &'static str {
        match self.lock {
            Lock::Shared => "select pg_advisory_xact_lock_shared($1)",
            Lock::Exclusive => "select pg_advisory_xact_lock($1)",
        }
    }

    pub(super) fn of(scope: &Scope, lock: Lock) -> Self {
        // The low half of a UUIDv7 is random: two organizations share a lock once in 2^62.
        let key = i64::from_be_bytes(scope.organization.as_bytes()[8..].try_into().unwrap_or_default());
        Self { key, lock }
    }
}

#[derive(Clone)]
pub(super) struct PostgresPool {
    pub(super) pool: PgPool,
    writers: Arc<Semaphore>,
    held: Arc<Semaphore>,
    queues: Arc<Queues>,
    patience: Duration,
}

/// For each lock, the queue of this process's writers before it: its first one alone waits at the database, so that those who want
/// a lock that is taken have one connection among them.
#[derive(Debug, Default)]
struct Queues(std::sync::Mutex<HashMap<i64, Weak<Mutex<()>>>>);

impl Queues {
    fn of(&self, key: i64) -> Arc<Mutex<()>> {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = queues.get(&key).and_then(Weak::upgrade) {
            return queue;
        }
        queues.retain(|_, queue| queue.strong_count() > 0);
        let queue = Arc::default();
        queues.insert(key, Arc::downgrade(&queue));
        queue
    }
}

impl PostgresPool {
    pub(super) async fn open(connect: PgConnectOptions, most: u32, patience: Duration) -> StoreResult<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(most)
            .test_before_acquire(false)
            .acquire_timeout(patience.min(FREE_WITHIN).max(THERE_WITHIN))
            .connect_lazy_with(connect.clone());
        // A pool takes a refused connection for a server that is still starting and waits; a person wants to know.
        if !matches!(timeout(FIRST_WITHIN, pool.acquire()).await, Ok(Ok(_))) {
            let first = PgConnection::connect_with(&connect).await.map_err(|error| connecting(error, &connect))?;
            first.close().await.map_err(translate)?;
        }
        // Half of them are held, a third write: what is left is for readers, whatever the others wait for.
        let part = |of: u32| Arc::new(Semaphore::new(usize::try_from(most / of).unwrap_or(1).max(1)));
        Ok(Self { pool, writers: part(3), held: part(2), queues: Arc::default(), patience })
    }

    pub(super) fn options(&self) -> Arc<PgConnectOptions> {
        self.pool.connect_options()
    }

    /// How often another connection is tried where one turns out lost: all may be, after the server was away.
    pub(super) fn tries(&self) -> u32 {
        self.pool.options().get_max_connections() + 1
    }

    async fn permit(of: &Arc<Semaphore>, deadline: Instant) -> StoreResult<Turn> {
        let permit = timeout_at(deadline, Arc::clone(of).acquire_owned()).await.map_err(|_| locked())?;
        let permit = permit.map_err(|_| translate(sqlx::Error::PoolClosed))?;
        Ok(Turn::Among { _permit: permit })
    }

    /// Gives a connection that is on its way back the time to arrive.
    async fn back(&self) {
        let until = Instant::now() + BACK_WITHIN;
        let may_open = self.pool.size() < self.pool.options().get_max_connections();
        while may_open && self.pool.size() > 0 && self.pool.num_idle() == 0 && Instant::now() < until {
            sleep(BACK_WITHIN / 10).await;
        }
    }

    /// A connection, whatever state it is in.
    pub(super) async fn acquire(&self) -> StoreResult<PoolConnection<Postgres>> {
        self.back().await;
        match self.pool.acquire().await {
            Ok(conn) => Ok(conn),
            Err(error) => Err(self.why(error).await),
        }
    }

    /// One that answers, to be held.
    pub(super) async fn hold(&self) -> StoreResult<(PoolConnection<Postgres>, Turn)> {
        let turn = Self::permit(&self.held, Instant::now() + self.patience).await?;
        let mut tried = 0;
        loop {
            let mut conn = self.acquire().await?;
            conn.close_on_drop();
            tried += 1;
            match conn.ping().await {
                Err(error) if is_lost(&error) && tried < self.tries() => {}
                outcome => return outcome.map(|()| (conn, turn)).map_err(translate),
            }
        }
    }

    /// A transaction that has this lock. A task of its own takes it: whoever does not wait for it any more leaves a connection that
    /// is free again within [`SHORT_WAIT`], and until then nobody else has its turn.
    pub(super) async fn write(&self, lock: Option<Advisory>) -> StoreResult<(Transaction<'static, Postgres>, Turn)> {
        let deadline = Instant::now() + self.patience;
        let turn = Self::permit(&self.writers, deadline).await?;
        let (this, (sender, outcome)) = (self.clone(), oneshot::channel());
        tokio::spawn(async move {
            let is_over = || sender.is_closed() || Instant::now() >= deadline;
            let outcome = this.locked(lock, turn, deadline, is_over).await;
            let _ = sender.send(outcome);
        });
        outcome.await.unwrap_or_else(|_| Err(translate(sqlx::Error::PoolClosed)))
    }

    async fn locked(
        &self,
        lock: Option<Advisory>,
        turn: Turn,
        deadline: Instant,
        is_over: impl Fn() -> bool,
    ) -> StoreResult<(Transaction<'static, Postgres>, Turn)> {
        let mut tx = self.begin_here(dialect::PG_BEGIN_WRITE).await?;
        let Some(lock) = lock else { return Ok((tx, turn)) };
        let (has_it,): (bool,) =
            sqlx::query_as(lock.attempt()).bind(lock.key).fetch_one(&mut *tx).await.map_err(translate)?;
        if has_it {
            return Ok((tx, turn));
        }
        tx.rollback().await.map_err(translate)?;
        drop(turn);
        let queue = self.queues.of(lock.key);
        let _first = timeout_at(deadline, queue.lock()).await.map_err(|_| locked())?;
        while !is_over() {
            let turn = Self::permit(&self.writers, deadline).await?;
            let mut tx = self.begin_here(dialect::PG_BEGIN_WRITE).await?;
            match Self::wait(&mut tx, lock).await.map_err(translate) {
                Ok(()) => return Ok((tx, turn)),
                Err(error) if error.kind == Kind::Busy => tx.rollback().await.map_err(translate)?,
                Err(error) => return Err(error),
            }
        }
        Err(locked())
    }

    /// Waits in the queue of the database, which is fair, but not for longer than anybody else may need the connection.
    async fn wait(tx: &mut Transaction<'static, Postgres>, lock: Advisory) -> sqlx::Result<()> {
        let before: (String,) = sqlx::query_as("select current_setting('lock_timeout')").fetch_one(&mut **tx).await?;
        let set = "select set_config('lock_timeout', $1, true)";
        sqlx::query(set).bind(format!("{}ms", SHORT_WAIT.as_millis())).execute(&mut **tx).await?;
        sqlx::query(lock.wait()).bind(lock.key).execute(&mut **tx).await?;
        sqlx::query(set).bind(before.0).execute(&mut **tx).await?;
        Ok(())
    }

    /// sqlx 0.9.0 gives a connection back within its transaction where the future of `BEGIN` is dropped, as it is when a client
    /// goes away: a task of its own sees it through, and what nobody waits for is rolled back. (Mended upstream after that
    /// release.)
    pub(super) async fn begin(&self, sql: &'static str) -> StoreResult<Transaction<'static, Postgres>> {
        let this = self.clone();
        let begun = tokio::spawn(async move { this.begin_here(sql).await });
        begun.await.unwrap_or_else(|error| Err(translate(sqlx::Error::Protocol(error.to_string()))))
    }

    async fn begin_here(&self, sql: &'static str) -> StoreResult<Transaction<'static, Postgres>> {
        let mut tried = 0;
        self.back().await;
        loop {
            tried += 1;
            match self.pool.begin_with(sql).await {
                // Nothing has begun on it: another one may do.
                Err(error) if is_lost(&error) && tried < self.tries() => {}
                Ok(tx) => return Ok(tx),
                Err(error) => return Err(self.why(error).await),
            }
        }
    }

    /// None became free in time: because others have them all, or because the server is not there?
    async fn why(&self, error: sqlx::Error) -> Error {
        if !matches!(error, sqlx::Error::PoolTimedOut) {
            return translate(error);
        }
        match timeout(THERE_WITHIN, PgConnection::connect_with(&self.options())).await {
            Ok(Ok(_)) => translate(error),
            Ok(Err(error)) => connecting(error, &self.options()),
            Err(_) => {
                let message = "the database can't be reached: it does not answer";
                Error::new(Kind::Storage, super::error::LOST, message)
            }
        }
    }
}
