//! `sqlx::Error` becomes the library's error, once.

use super::cancel::cancelled;
use crate::error::{Error, Kind, Result};

pub type StoreResult<T> = Result<T>;

/// The code of a database that can't be reached, or no more: the same may pass later.
pub(crate) const LOST: &str = "connection";

/// Whether another one has the lock of a SQLite file.
pub(super) fn is_locked(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| {
        let primary = error.code().and_then(|code| code.parse::<i64>().ok()).map(|code| code & 0xff);
        is_sqlite(error) && matches!(primary, Some(5 | 6))
    })
}

/// Whether the connection is gone, or its server is going or not yet there.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(database) if !is_sqlite(database.as_ref()) => {
            database.code().is_some_and(|state| is_lost_state(&state))
        }
        _ => false,
    }
}

/// Shutdowns and crashes, a server that does not take anybody yet or takes no more, exceptions of connections.
fn is_lost_state(state: &str) -> bool {
    matches!(state, "57P01" | "57P02" | "57P03" | "57P05" | "53300") || state.starts_with("08")
}

/// SQLite's primary result codes; PostgreSQL's SQLSTATEs.
pub(super) fn translate(error: sqlx::Error) -> Error {
    if let Some(refusal) = certificate(&error) {
        let message = format!("the certificate of the database's server is refused: {refusal}");
        return Error::new(Kind::Storage, "tls_certificate", message)
            .hint("where the network is trusted, ?sslmode=disable at the end of the URL connects without TLS")
            .because(error);
    }
    if is_too_much(&error) {
        let message = "the request has more conditions or values than the database takes at once";
        return Error::invalid("too_much", message).hint("ask in parts").because(error);
    }
    let (kind, code, message) = match &error {
        sqlx::Error::Database(database) => {
            let state = database.code().unwrap_or_default();
            let primary = state.parse::<i64>().ok().filter(|_| is_sqlite(database.as_ref())).map(|code| code & 0xff);
            match (primary, &*state) {
                (Some(5 | 6), _) | (None, "55P03" | "40P01" | "40001") => {
                    (Kind::Busy, "busy", "the database is locked by another run".into())
                }
                (Some(9), _) | (None, "57014") => return cancelled().because(error),
                (None, state) if is_lost_state(state) => {
                    (Kind::Storage, LOST, format!("the database can't be reached: {}", database.message()))
                }
                (Some(13), _) | (None, "53100") => {
                    (Kind::Storage, "disk_full", "the disk is full; nothing of this run was kept".into())
                }
                (Some(8), _) | (None, "25006") => (Kind::Storage, "read_only", "the database is read-only".into()),
                (Some(11 | 26), _) => {
                    (Kind::Storage, "corrupt", format!("this is no sound SQLite database: {}", database.message()))
                }
                (Some(14), _) => {
                    (Kind::Storage, "open", format!("the database file can't be opened: {}", database.message()))
                }
                (Some(10), _) => (
                    Kind::Storage,
                    "disk_io",
                    format!(
                        "reading or writing the database file failed; nothing of this run was kept: {}",
                        database.message()
                    ),
                ),
                _ if database.is_unique_violation() => {
                    (Kind::Refused, "exists", "a record with this key exists already".into())
                }
                _ if database.is_foreign_key_violation() => {
                    (Kind::Refused, "in_use", "a record that is named is not there, or one that goes is in use".into())
                }
                _ => (Kind::Storage, "database", format!("database: {}", database.message())),
            }
        }
        sqlx::Error::PoolTimedOut => (Kind::Busy, "busy", "no database connection became free".into()),
        sqlx::Error::Io(io) => (Kind::Storage, LOST, format!("the database can't be reached: {io}")),
        sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            (Kind::Storage, LOST, "the connection to the database was closed".into())
        }
        other => (Kind::Storage, "database", format!("database: {other}")),
    };
    Error::new(kind, code, message).because(error)
}

/// Whether a statement is larger than the database takes, as one with thousands of conditions is.
fn is_too_much(error: &sqlx::Error) -> bool {
    let Some(database) = error.as_database_error() else { return false };
    let state = database.code().unwrap_or_default();
    if !is_sqlite(database) {
        // Of limits of the program: too complex, too many columns or arguments; a stack that is too deep.
        return state.starts_with("54");
    }
    let message = database.message();
    let is_limit =
        ["Expression tree is too large", "too many SQL variables", "too many terms", "parser stack overflow"];
    state == "18" || is_limit.iter().any(|limit| message.contains(limit))
}

/// What the certificate of a server is refused for, where it is.
fn certificate(error: &sqlx::Error) -> Option<String> {
    let text = match error {
        sqlx::Error::Tls(error) => error.to_string(),
        sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => error.to_string(),
        _ => return None,
    };
    let is_about_it = text.to_ascii_lowercase().contains("cert");
    is_about_it.then_some(text)
}

fn is_sqlite(error: &dyn sqlx::error::DatabaseError) -> bool {
    error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some()
}
