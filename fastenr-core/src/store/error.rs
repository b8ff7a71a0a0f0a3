//! `sqlx::Error` becomes the library's error, once.

use crate::error::{Error, Kind, Result};

pub type StoreResult<T> = Result<T>;

/// SQLite's primary result codes; PostgreSQL's SQLSTATEs.
pub(super) fn translate(error: sqlx::Error) -> Error {
    let (kind, code, message) = match &error {
        sqlx::Error::Database(database) => {
            let state = database.code().unwrap_or_default();
            let primary = state.parse::<i64>().ok().filter(|_| is_sqlite(database.as_ref())).map(|code| code & 0xff);
            match (primary, &*state) {
                (Some(5 | 6), _) | (None, "55P03" | "40P01" | "40001") => {
                    (Kind::Busy, "busy", "the database is locked by another run".into())
                }
                (Some(13), _) | (None, "53100") => {
                    (Kind::Storage, "disk_full", "the disk is full; nothing of this run was kept".into())
                }
                (Some(8), _) | (None, "25006") => (Kind::Storage, "read_only", "the database is read-only".into()),
                (Some(11 | 26), _) => {
                    (Kind::Storage, "corrupt", format!("this is no sound SQLite database: {database}"))
                }
                (Some(14), _) => (Kind::Storage, "open", format!("the database file can't be opened: {database}")),
                (Some(10), _) => (
                    Kind::Storage,
                    "disk_io",
                    format!("reading or writing the database file failed; nothing of this run was kept: {database}"),
                ),
                _ if database.is_unique_violation() => {
                    (Kind::Refused, "exists", format!("a record with this key exists already: {database}"))
                }
                _ if database.is_foreign_key_violation() => {
                    (Kind::Refused, "in_use", format!("a record that is named or in use: {database}"))
                }
                _ => (Kind::Storage, "database", format!("database: {database}")),
            }
        }
        sqlx::Error::PoolTimedOut => (Kind::Busy, "busy", "no database connection became free".into()),
        sqlx::Error::Io(io) => (Kind::Storage, "connection", format!("the database can't be reached: {io}")),
        other => (Kind::Storage, "database", format!("database: {other}")),
    };
    Error::new(kind, code, message).because(error)
}

fn is_sqlite(error: &dyn sqlx::error::DatabaseError) -> bool {
    error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some()
}
