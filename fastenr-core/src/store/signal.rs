//! That somebody wrote: what wakes those who follow the feed, in whatever process the writer was.

use std::time::Duration;

use sqlx::postgres::{PgListener, PgPoolOptions};
use sqlx::{Connection, SqliteConnection};

use super::Db;
use super::error::{StoreResult, translate};
use super::pools::Pool;

/// Where PostgreSQL tells of new activities.
pub(super) const CHANNEL: &str = "fastenr_feed";

/// Between two looks at a SQLite file.
const LOOK: Duration = Duration::from_millis(200);

/// Without a word for so long the feed is looked at again: on PostgreSQL what is told may become settled only later, when
/// an older transaction ends.
const LONGEST: Duration = Duration::from_secs(1);

/// For a connection to be made.
const PATIENCE: Duration = Duration::from_secs(5);

/// Tells of writes. It has a connection beside those of the database, which can be closed meanwhile.
pub struct Signal {
    inner: Inner,
}

enum Inner {
    /// The connection writes nothing, so that its `data_version` changes with every commit of others.
    Sqlite(SqliteConnection, i64),
    Postgres(Box<PgListener>),
}

impl Signal {
    pub async fn open(db: &Db) -> StoreResult<Self> {
        let inner = match db.pool() {
            Pool::Sqlite(pools) => {
                let mut conn =
                    SqliteConnection::connect_with(&pools.readers.connect_options()).await.map_err(translate)?;
                let version = data_version(&mut conn).await?;
                Inner::Sqlite(conn, version)
            }
            Pool::Postgres(pool) => {
                let own = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
                let own = own.connect_lazy_with((*pool.options()).clone());
                let mut listener = PgListener::connect_with(&own).await.map_err(translate)?;
                listener.listen(CHANNEL).await.map_err(translate)?;
                Inner::Postgres(Box::new(listener))
            }
        };
        Ok(Self { inner })
    }

    /// Gives its connection up.
    pub async fn close(self) {
        if let Inner::Sqlite(conn, _) = self.inner {
            let _ = conn.close().await;
        }
    }

    /// Returns when something may have been written since the last time, at the latest after a second on PostgreSQL.
    pub async fn wait(&mut self) -> StoreResult<()> {
        match &mut self.inner {
            Inner::Sqlite(conn, seen) => loop {
                tokio::time::sleep(LOOK).await;
                let version = data_version(conn).await?;
                if std::mem::replace(seen, version) != version {
                    return Ok(());
                }
            },
            Inner::Postgres(listener) => match tokio::time::timeout(LONGEST, listener.recv()).await {
                Ok(heard) => heard.map(drop).map_err(translate),
                Err(_) => Ok(()),
            },
        }
    }
}

async fn data_version(conn: &mut SqliteConnection) -> StoreResult<i64> {
    sqlx::query_scalar("pragma data_version").fetch_one(conn).await.map_err(translate)
}
