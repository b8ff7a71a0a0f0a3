//! The schema's history. To change the schema, add a file of the same name on both sides and a line here.

use std::borrow::Cow;

use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};

use super::cluster;
use super::copy::UnfinishedCopy;
use super::copy::target::NOTE;
use super::error::{StoreResult, translate};
use super::pools::Pool;
use super::{Db, Engine};
use crate::error::{Error, Kind};

macro_rules! migrations {
    ($($version:literal $name:literal),* $(,)?) => {
        &[$(($version, $name,
            include_str!(concat!("../../../migrations/sqlite/", $name, ".sql")),
            include_str!(concat!("../../../migrations/postgres/", $name, ".sql")))),*]
    };
}

const MIGRATIONS: &[(i64, &str, &str, &str)] = migrations![
    1 "0001_tables",
    2 "0002_constraints",
    3 "0003_around_accounts",
    4 "0004_around_accounts_constraints",
    5 "0005_scores",
    6 "0006_scores_constraints",
    7 "0007_operations",
    8 "0008_operations_constraints",
    9 "0009_api_keys",
    10 "0010_api_keys_constraints",
    11 "0011_session_minutes",
    12 "0012_contacts",
    13 "0013_calls",
    14 "0014_calls_constraints",
    16 "0016_feed_epoch",
    19 "0019_known",
    20 "0020_holds",
    21 "0021_unknown_scores",
    22 "0022_status_words",
    23 "0023_tasks",
    24 "0024_sessions",
    25 "0025_metric_events",
    26 "0026_figures",
    28 "0028_erased_fields",
    29 "0029_probability",
    30 "0030_notification_marks",
];

/// Where sqlx notes what was applied.
const HISTORY: &str = "_sqlx_migrations";

/// Names of the files, in order.
pub fn migration_names() -> impl Iterator<Item = &'static str> {
    MIGRATIONS.iter().map(|(_, name, ..)| *name)
}

/// How the database stands to this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationState {
    pub applied: Vec<i64>,
    pub pending: Vec<&'static str>,
}

impl MigrationState {
    pub const fn is_empty(&self) -> bool {
        self.applied.is_empty()
    }
}

/// The migrations as they are applied; `distributed`: to a database that is spread over machines.
fn migrator(engine: Engine, distributed: bool) -> Migrator {
    let migrations: Vec<Migration> = MIGRATIONS
        .iter()
        .map(|(version, name, sqlite, postgres)| {
            let text = if engine == Engine::Sqlite { *sqlite } else { *postgres };
            let sql = AssertSqlSafe(text).into_sql_str();
            let mut migration = Migration::new(*version, Cow::Borrowed(*name), MigrationType::Simple, sql, false);
            if distributed {
                // It is known by the checksum of its file.
                migration.sql = AssertSqlSafe(cluster::migration(text)).into_sql_str();
            }
            migration
        })
        .collect();
    Migrator::with_migrations(migrations)
}

impl Db {
    /// Which migrations the database has seen.
    ///
    /// # Errors
    /// `newer_schema` where a later version of fastenr has been at work; `changed_migration` where an applied one differs;
    /// `unfinished_copy` where it is an incomplete copy of another database; `unfinished_distribution`.
    pub async fn migration_state(&self) -> StoreResult<MigrationState> {
        let (applied, note) = self.history().await?;
        match note {
            Some(note) => Err(note.error(self)),
            None => self.state(applied),
        }
    }

    fn state(&self, applied: Vec<(i64, Vec<u8>)>) -> StoreResult<MigrationState> {
        let migrator = migrator(self.engine(), false);
        for (version, checksum) in &applied {
            let Some(known) = migrator.iter().find(|known| known.version == *version) else {
                return Err(newer(*version));
            };
            if known.checksum[..] != checksum[..] {
                return Err(changed(*version));
            }
        }
        let applied: Vec<i64> = applied.into_iter().map(|(version, _)| version).collect();
        let pending = MIGRATIONS.iter().filter(|(version, ..)| !applied.contains(version)).map(|(_, name, ..)| *name);
        Ok(MigrationState { pending: pending.collect(), applied })
    }

    /// Versions and checksums of what was applied, nothing where nothing ever was; and what an incomplete copy says of itself.
    pub(super) async fn history(&self) -> StoreResult<(Vec<(i64, Vec<u8>)>, Option<UnfinishedCopy>)> {
        let mut tx = self.read().await?;
        let sql = match self.engine() {
            Engine::Sqlite => "select name from sqlite_master where type = 'table' and name in ($1, $2)",
            Engine::Postgres => {
                "select cast(tablename as text) from pg_tables where (tablename in ($1, $2) \
                 and schemaname = any(current_schemas(false))) or (schemaname = 'fastenr_work' and tablename = 'postponed')"
            }
        };
        let found: Vec<(String,)> = tx.sql(sql).bind(HISTORY.to_owned()).bind(NOTE.to_owned()).fetch_all().await?;
        let has = |table: &str| found.iter().any(|(name,)| name == table);
        if has("postponed") {
            return Err(cluster::unfinished());
        }
        let note = if has(NOTE) { UnfinishedCopy::read(&mut tx).await? } else { None };
        let applied = if has(HISTORY) {
            tx.sql("select version, checksum from _sqlx_migrations order by version").fetch_all().await?
        } else {
            Vec::new()
        };
        Ok((applied, note))
    }

    /// Brings the schema up to date. Names of what was applied.
    pub async fn migrate(&self) -> StoreResult<Vec<&'static str>> {
        let before = self.migration_state().await?;
        self.apply(before).await
    }

    /// The same of the target of a copy, which is refused to everybody else.
    pub(super) async fn migrate_target(&self) -> StoreResult<()> {
        let before = self.state(self.history().await?.0)?;
        self.apply(before).await.map(drop)
    }

    async fn apply(&self, before: MigrationState) -> StoreResult<Vec<&'static str>> {
        let migrator = migrator(self.engine(), self.is_distributed());
        let done = match self.pool() {
            Pool::Sqlite(pools) => {
                // sqlx locks nothing on SQLite: of two that migrate a new file at once, the second waits here.
                let (mut tx, _turn) = pools.write().await?;
                let done = run(&migrator, &mut *tx).await;
                if done.is_ok() {
                    tx.commit().await.map_err(translate)?;
                }
                done
            }
            Pool::Postgres(pool) => run(&migrator, &mut *pool.acquire().await?).await,
        };
        done.map_err(|error| match error {
            MigrateError::VersionMissing(version) | MigrateError::VersionTooNew(version, _) => newer(version),
            MigrateError::VersionMismatch(version) => changed(version),
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => translate(error),
            other => Error::new(Kind::Storage, "migrate", "a migration could not be applied").because(other),
        })?;
        Ok(before.pending)
    }
}

async fn run<C: Migrate>(migrator: &Migrator, conn: &mut C) -> Result<(), MigrateError> {
    migrator.run_direct(None, conn, false).await
}

fn newer(version: i64) -> Error {
    Error::refused(
        "newer_schema",
        format!("the database is at schema version {version}, newer than this version of the program knows"),
    )
    .hint("use the version that migrated it, or a later one")
}

fn changed(version: i64) -> Error {
    Error::refused(
        "changed_migration",
        format!("migration {version} of this database is not the one this version of the program has"),
    )
    .hint("the database was made by a development build; export, make a new one, import")
}
