//! Connections and transactions: what statements run on.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Postgres, Sqlite, Transaction};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use uuid::Uuid;

use super::cancel::{Cancel, cancelled};
use super::cluster::Working;
use super::db::{Committing, Engine, Lock, Watch};
use super::error::{StoreResult, is_lost, translate};
use super::pools::{Advisory, Gate, Turn};
use super::statement::{Exec, Statement};
use super::{Scope, dialect};
use crate::error::{Error, Kind};

/// How many steps SQLite's machine does between two looks at whether it is to stop: well below a millisecond.
const STEPS: i32 = 10_000;

/// Between two requests to PostgreSQL to stop what it is at: one that comes between two statements stops nothing.
const AGAIN: Duration = Duration::from_millis(200);

pub(super) enum HeldConnection {
    Sqlite(PoolConnection<Sqlite>, Gate),
    Postgres(PoolConnection<Postgres>, Arc<PgConnectOptions>),
}

/// A connection held for longer than a transaction.
pub struct Conn {
    inner: HeldConnection,
    watch: Arc<Watch>,
    cancel: Option<Cancel>,
    canceller: Option<Canceller>,
    /// On a cluster: the rows of working tables that are its own.
    working: Option<Working>,
    /// Its place among those that hold one.
    _turn: Option<Turn>,
}

impl Conn {
    pub(super) fn new(inner: HeldConnection, turn: Option<Turn>, watch: Arc<Watch>) -> Self {
        Self { inner, watch, cancel: None, canceller: None, working: None, _turn: turn }
    }

    pub(super) fn work(&mut self, working: Working) {
        self.working = Some(working);
    }

    /// From now on its statements end where they are asked to, also while they run.
    pub(super) async fn obey(&mut self, cancel: Cancel) -> StoreResult<()> {
        match &mut self.inner {
            HeldConnection::Sqlite(conn, _) => {
                let own = cancel.clone();
                conn.lock_handle().await.map_err(translate)?.set_progress_handler(STEPS, move || !own.is_asked());
            }
            HeldConnection::Postgres(conn, options) => {
                let (process,): (i32,) =
                    sqlx::query_as("select pg_backend_pid()").fetch_one(&mut **conn).await.map_err(translate)?;
                self.canceller = Some(Canceller::watch(cancel.clone(), process, Arc::clone(options)));
            }
        }
        self.cancel = Some(cancel);
        Ok(())
    }

    /// Takes back what a dropped transaction had begun. PostgreSQL is otherwise told with the next statement, and holds the locks
    /// until then.
    pub async fn settle(&mut self) {
        if let HeldConnection::Postgres(conn, _) = &mut self.inner {
            // One that is lost holds nothing.
            let _ = conn.ping().await;
        }
    }

    /// A transaction that reads one consistent state, and may write to the connection's temporary tables.
    pub async fn read(&mut self) -> StoreResult<Tx<'_>> {
        let inner = match &mut self.inner {
            HeldConnection::Sqlite(conn, _) => OpenTransaction::Sqlite(conn.begin().await.map_err(translate)?),
            HeldConnection::Postgres(conn, _) => {
                OpenTransaction::Postgres(conn.begin_with(dialect::PG_BEGIN_STAGE).await.map_err(translate)?)
            }
        };
        Ok(Tx::with(inner, None, Arc::clone(&self.watch), self.cancel.clone()).that_works(self.working.as_mut()))
    }

    pub async fn write(&mut self, scope: &Scope, lock: Lock) -> StoreResult<Tx<'_>> {
        let (watch, cancel) = (Arc::clone(&self.watch), self.cancel.clone());
        match &mut self.inner {
            HeldConnection::Sqlite(conn, gate) => {
                let deadline = gate.deadline();
                let turn = match &cancel {
                    Some(cancel) => tokio::select! {
                        turn = gate.turn(deadline) => turn?,
                        () = cancel.asked() => return Err(cancelled()),
                    },
                    None => gate.turn(deadline).await?,
                };
                let inner = OpenTransaction::Sqlite(conn.begin().await.map_err(translate)?);
                let mut tx = Tx::with(inner, Some(turn), watch, cancel).that_tells();
                // The first write takes the lock, and one that gets none may be tried again: nothing was read before it.
                while let Err(error) = tx.sql(dialect::SQLITE_LOCK).execute().await {
                    if error.kind != Kind::Busy || !Gate::again(deadline).await {
                        return Err(error);
                    }
                }
                Ok(tx)
            }
            HeldConnection::Postgres(conn, _) => {
                let inner = OpenTransaction::Postgres(conn.begin().await.map_err(translate)?);
                let mut tx = Tx::with(inner, None, watch, cancel).that_works(self.working.as_mut()).that_tells();
                let lock = Advisory::of(scope, lock);
                tx.sql(lock.wait()).bind(lock.key).execute().await?;
                Ok(tx)
            }
        }
    }

    /// A transaction that writes the database as a whole, outside any organization.
    pub(super) async fn write_any(&mut self) -> StoreResult<Tx<'_>> {
        let (watch, cancel) = (Arc::clone(&self.watch), self.cancel.clone());
        let inner = match &mut self.inner {
            HeldConnection::Sqlite(conn, _) => {
                OpenTransaction::Sqlite(conn.begin_with(dialect::SQLITE_BEGIN_WRITE).await.map_err(translate)?)
            }
            HeldConnection::Postgres(conn, _) => {
                OpenTransaction::Postgres(conn.begin_with(dialect::PG_BEGIN_WRITE).await.map_err(translate)?)
            }
        };
        Ok(Tx::with(inner, None, watch, cancel))
    }

    /// A statement by itself, as [`Tx::of`]: without the two round trips of a transaction around it.
    pub fn of(&mut self, scope: &Scope, sql: impl Into<Cow<'static, str>>) -> Statement<'_> {
        self.statement(sql.into(), Some(scope.organization))
    }

    /// A statement by itself, outside any organization and any transaction.
    pub(super) fn sql(&mut self, sql: impl Into<Cow<'static, str>>) -> Statement<'_> {
        self.statement(sql.into(), None)
    }

    fn statement(&mut self, sql: Cow<'static, str>, organization: Option<Uuid>) -> Statement<'_> {
        let sql = match &mut self.working {
            Some(working) => working.rewrite(sql),
            None => sql,
        };
        let exec = match &mut self.inner {
            HeldConnection::Sqlite(conn, _) => Exec::Sqlite(conn),
            HeldConnection::Postgres(conn, _) => Exec::Postgres(conn),
        };
        Statement::new(exec, &self.watch, self.cancel.as_ref(), sql, organization)
    }
}

/// Has PostgreSQL stop what a connection is at, once that is asked for, and until this is dropped.
struct Canceller(JoinHandle<()>);

impl Canceller {
    fn watch(cancel: Cancel, process: i32, options: Arc<PgConnectOptions>) -> Self {
        Self(tokio::spawn(async move {
            cancel.asked().await;
            loop {
                if let Err(error) = Self::stop(process, &options).await {
                    tracing::warn!(%error, "a statement could not be cancelled");
                }
                sleep(AGAIN).await;
            }
        }))
    }

    async fn stop(process: i32, options: &PgConnectOptions) -> Result<(), sqlx::Error> {
        // Of its own: those of the pool may all be at work.
        let mut conn = PgConnection::connect_with(options).await?;
        loop {
            sqlx::query("select pg_cancel_backend($1)").bind(process).execute(&mut conn).await?;
            sleep(AGAIN).await;
        }
    }
}

impl Drop for Canceller {
    fn drop(&mut self) {
        self.0.abort();
    }
}

pub(super) enum OpenTransaction<'c> {
    Sqlite(Transaction<'c, Sqlite>),
    Postgres(Transaction<'c, Postgres>),
}

/// A transaction; dropped without [`Tx::commit`] it is rolled back.
pub struct Tx<'c> {
    inner: OpenTransaction<'c>,
    watch: Arc<Watch>,
    cancel: Option<Cancel>,
    /// Its place among the writers; given up after the transaction.
    _turn: Option<Turn>,
    /// It reads, and what it sees stays as it is.
    one_state: bool,
    working: Option<&'c mut Working>,
    #[cfg(debug_assertions)]
    told: JournalCheck,
}

/// Whether a transaction that wrote records also wrote an activity: [`super::stamp`] relies on it. Looked at where tests run.
#[cfg(debug_assertions)]
#[derive(Debug, Default)]
struct JournalCheck {
    must: bool,
    activity: bool,
    /// The first statement that wrote a record.
    wrote: Option<String>,
}

#[cfg(debug_assertions)]
impl JournalCheck {
    fn see(&mut self, sql: &str) {
        if !self.must {
            return;
        }
        let words = sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        let mut before = ["", ""];
        for word in words {
            let writes = matches!(before, ["insert", "into"] | ["delete", "from"]) || before[1] == "update";
            if writes && word == "activities" {
                self.activity = true;
            } else if writes && super::prune::tables().any(|table| table == word) {
                self.wrote.get_or_insert_with(|| sql.to_owned());
            }
            before = [before[1], word];
        }
    }

    fn check(&self) {
        if let (true, false, Some(sql)) = (self.must, self.activity, &self.wrote) {
            panic!(
                "a transaction wrote records and no activity, so that results would be remembered that are no longer so: {sql}"
            );
        }
    }
}

impl<'c> Tx<'c> {
    pub(super) fn new(inner: OpenTransaction<'c>, turn: Option<Turn>, watch: Arc<Watch>) -> Self {
        Self::with(inner, turn, watch, None)
    }

    fn with(inner: OpenTransaction<'c>, turn: Option<Turn>, watch: Arc<Watch>, cancel: Option<Cancel>) -> Self {
        Self {
            inner,
            watch,
            cancel,
            _turn: turn,
            one_state: false,
            working: None,
            #[cfg(debug_assertions)]
            told: JournalCheck::default(),
        }
    }

    /// One of a connection that may have working tables.
    #[must_use]
    fn that_works(self, working: Option<&'c mut Working>) -> Self {
        Self { working, ..self }
    }

    /// The rows of working tables that are its own, on a cluster.
    pub(super) fn working(&mut self) -> Option<&mut Working> {
        self.working.as_deref_mut()
    }

    /// Whether the database is spread over machines.
    pub(super) fn is_distributed(&self) -> bool {
        self.watch.is_distributed()
    }

    /// One that writes records of an organization: it is held to telling of it.
    #[must_use]
    pub(super) fn that_tells(self) -> Self {
        #[cfg(debug_assertions)]
        let this = Self { told: JournalCheck { must: true, ..self.told }, ..self };
        #[cfg(not(debug_assertions))]
        let this = self;
        this
    }

    /// One of [`super::Db::read`].
    #[must_use]
    pub(super) fn that_reads(self) -> Self {
        Self { one_state: true, ..self }
    }

    pub(super) fn sees_one_state(&self) -> bool {
        self.one_state
    }

    /// From how many rows on a table is large.
    pub(super) fn large(&self) -> u64 {
        self.watch.large
    }

    pub fn engine(&self) -> Engine {
        match self.inner {
            OpenTransaction::Sqlite(_) => Engine::Sqlite,
            OpenTransaction::Postgres(_) => Engine::Postgres,
        }
    }

    /// Lets the planner know how much is in a working table that was just filled. SQLite needs no telling.
    pub(super) async fn analyze(&mut self, table: &str) -> StoreResult<()> {
        if self.engine() == Engine::Postgres {
            self.sql(format!("analyze {table}")).execute().await?;
        }
        Ok(())
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
        #[cfg(debug_assertions)]
        self.told.see(&sql);
        let sql = match &mut self.working {
            Some(working) => working.rewrite(sql),
            None => sql,
        };
        let exec = match &mut self.inner {
            OpenTransaction::Sqlite(tx) => Exec::Sqlite(tx),
            OpenTransaction::Postgres(tx) => Exec::Postgres(tx),
        };
        Statement::new(exec, &self.watch, self.cancel.as_ref(), sql, organization)
    }

    /// What tells work that is no statement that it is to stop.
    pub(super) fn cancel(&self) -> Cancel {
        self.cancel.clone().unwrap_or_default()
    }

    /// Sends `COPY … FROM STDIN` and its data; PostgreSQL only.
    pub(super) fn postgres(&mut self) -> Option<&mut PgConnection> {
        match &mut self.inner {
            OpenTransaction::Sqlite(_) => None,
            OpenTransaction::Postgres(tx) => Some(tx),
        }
    }

    /// # Errors
    /// `commit_unknown` where the connection was lost before the database answered.
    pub async fn commit(self) -> StoreResult<()> {
        #[cfg(debug_assertions)]
        self.told.check();
        let _committing = Committing::begin();
        let done = match self.inner {
            OpenTransaction::Sqlite(tx) => tx.commit().await.map_err(translate),
            OpenTransaction::Postgres(tx) => tx.commit().await.map_err(unanswered),
        };
        done.map_err(|error| self.watch.seen(error))
    }

    pub async fn rollback(self) -> StoreResult<()> {
        match self.inner {
            OpenTransaction::Sqlite(tx) => tx.rollback().await.map_err(translate),
            OpenTransaction::Postgres(tx) => tx.rollback().await.map_err(translate),
        }
    }
}

/// A commit that nobody answered may have been done.
fn unanswered(error: sqlx::Error) -> Error {
    match &error {
        sqlx::Error::Database(_) => translate(error),
        lost if is_lost(lost) => {
            let message = "the connection was lost during the commit; whether it was kept shows in the data";
            Error::new(Kind::Storage, "commit_unknown", message).because(error)
        }
        _ => translate(error),
    }
}
