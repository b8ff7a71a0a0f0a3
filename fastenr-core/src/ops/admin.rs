//! The database itself: migrate, status, check, backup.

use std::path::Path;

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::store::{Db, Engine, MigrationState};

use super::organizations::{self, OrganizationChange};

/// The user a new database starts with.
pub const FIRST_ADMIN: &str = "admin@fastenr.local";

/// What migrating did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    pub applied: Vec<&'static str>,
    /// The organization and user of an empty database were made.
    pub seeded: bool,
}

/// Brings the schema up to date; an empty database also gets the organization `default` and its administrator, so that the
/// first command works.
///
/// # Errors
/// `newer_schema`, `changed_migration`.
pub async fn migrate(db: &Db, clock: Clock) -> Result<Migrated> {
    let applied = db.migrate().await?;
    let seeded = organizations::list(db).await?.is_empty();
    if seeded {
        let change =
            OrganizationChange { slug: Some("default".into()), name: Some("Default".into()), ..Default::default() };
        match organizations::create(db, clock, &change, FIRST_ADMIN, "Administrator", false).await {
            // Another process migrated the same empty database at the same time.
            Err(error) if error.code == "exists" => {}
            other => {
                other?;
            }
        }
    }
    Ok(Migrated { applied, seeded })
}

/// How the schema stands.
pub async fn status(db: &Db) -> Result<MigrationState> {
    db.migration_state().await
}

/// One thing that was looked at, and what was found wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub name: &'static str,
    pub problems: Vec<String>,
}

/// Looks for damage: the schema's version, the file's structure, foreign keys.
pub async fn check(db: &Db) -> Result<Vec<Check>> {
    let state = db.migration_state().await?;
    let pending = state.pending.iter().map(|name| format!("migration {name} is pending")).collect();
    let mut checks = vec![Check { name: "schema version", problems: pending }];
    if state.pending.is_empty() {
        checks.push(Check { name: "integrity", problems: db.integrity().await? });
        checks.push(Check { name: "foreign keys", problems: db.foreign_keys().await? });
    }
    Ok(checks)
}

/// A consistent copy of a SQLite database in use, as a new file: opening it is restoring it.
///
/// # Errors
/// `backup_postgres` on PostgreSQL, whose own tool does this; `exists` where the file is there already.
pub async fn backup(db: &Db, file: &Path) -> Result<()> {
    if db.engine() == Engine::Postgres {
        return Err(Error::invalid("backup_postgres", "a PostgreSQL database is backed up by its own tool")
            .hint("pg_dump --format=custom --file=FILE \"$FASTENR_DATABASE_URL\"; pg_restore brings it back"));
    }
    if file.exists() {
        return Err(Error::refused("exists", format!("{} exists already", file.display()))
            .hint("a backup never overwrites: name another file"));
    }
    db.copy_to(file).await
}
