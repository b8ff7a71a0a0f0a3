//! `sqlx::Error` becomes the library's error, once.

use std::io::ErrorKind;
use std::net::IpAddr;

use sqlx::postgres::PgConnectOptions;

use super::cancel::cancelled;
use crate::error::{Error, Kind, Result, Setting, Text, Verb};
use crate::say;

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

/// SQLite's primary result codes; PostgreSQL's SQLSTATEs. What the driver says is the error's source: for logs, not for people.
pub(super) fn translate(error: sqlx::Error) -> Error {
    if let Some(refusal) = certificate(&error) {
        let why = match () {
            () if refusal.contains("UnsupportedCertVersion") => "it is of the old form X.509 v1",
            () if refusal.contains("UnknownIssuer") => "nobody who is known has signed it",
            () if refusal.contains("Expired") => "it has expired",
            () if refusal.contains("NotValidForName") => "it is for another name",
            () => "it is not sound",
        };
        let message = format!("the certificate of the database's server is refused: {why}");
        return Error::new(Kind::Storage, "tls_certificate", message)
            .hint("where the network is trusted, ?sslmode=disable at the end of the URL connects without TLS")
            .because(error);
    }
    if is_too_much(&error) {
        let message = "the request has more conditions or values than the database takes at once";
        return Error::invalid("too_much", message).hint("ask in parts").because(error);
    }
    let storage = |code, message: &str| (Kind::Storage, code, message.to_owned(), None);
    let (kind, code, message, hint) = match &error {
        sqlx::Error::Database(database) => {
            let state = database.code().unwrap_or_default();
            let primary = state.parse::<i64>().ok().filter(|_| is_sqlite(database.as_ref())).map(|code| code & 0xff);
            match (primary, &*state) {
                (Some(5 | 6), _) | (None, "55P03" | "40P01" | "40001") => {
                    (Kind::Busy, "busy", "the database is locked by another run".into(), None)
                }
                (Some(9), _) | (None, "57014") => return cancelled().because(error),
                (None, state) if is_lost_state(state) => storage(LOST, "the database's server is stopping or starting"),
                (None, "28000" | "28P01") => storage(LOST, "the database's server does not let this user in"),
                (None, "3D000") => storage(LOST, "the database's server has no database of this name"),
                (None, "42501") => storage("database_rights", "the database's user lacks a right that is needed"),
                (Some(13), _) => {
                    let folder = std::env::temp_dir();
                    let message = "the disk is full; nothing of this run was kept";
                    let hint =
                        format!("free some space there, and in {}, where work in progress is kept", folder.display());
                    (Kind::Storage, "disk_full", message.into(), Some(hint.into()))
                }
                (None, "53100") => {
                    storage("disk_full", "the disk of the database's server is full; nothing of this run was kept")
                }
                (None, "53000" | "53200" | "53400") => {
                    storage("no_room", "the database's server has no room for this now; nothing of this run was kept")
                }
                (Some(8), _) => storage("read_only", "the database is read-only: the file, or its folder"),
                (None, "25006") => storage("read_only", "the database is read-only, as a standby is"),
                (Some(11), _) => (
                    Kind::Storage,
                    "corrupt",
                    "the database is damaged".into(),
                    Some(say!("find the damage with {}, or open a backup by naming its file", Verb::DbCheck)),
                ),
                (Some(26), _) => storage("corrupt", "this is not a SQLite database"),
                (Some(14), _) => {
                    storage("open", "the database can't be opened: the file, or one next to it, is not accessible")
                }
                (Some(10), _) | (None, "58030") => {
                    storage("disk_io", "reading or writing the database's files failed; nothing of this run was kept")
                }
                _ if database.is_unique_violation() => {
                    (Kind::Refused, "exists", "a record with this key exists already".into(), None)
                }
                _ if database.is_foreign_key_violation() => {
                    let message = "a record that is named is not there, or one that goes is in use";
                    (Kind::Refused, "in_use", message.into(), None)
                }
                (_, state) => unforeseen(format!("the database refused a statement (its code {state})")),
            }
        }
        sqlx::Error::PoolTimedOut => (Kind::Busy, "busy", "no database connection became free".into(), None),
        sqlx::Error::Io(_) => storage(LOST, "the database can't be reached: the connection broke"),
        sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
            storage(LOST, "the connection to the database was closed")
        }
        sqlx::Error::RowNotFound => unforeseen("the database lacks a row that has to be there".into()),
        _ => unforeseen("the database's answer can't be read".into()),
    };
    let error = Error::new(kind, code, message).because(error);
    if error.code == UNFORESEEN {
        // Nobody sees more of it than the log.
        let source = std::error::Error::source(&error).map(ToString::to_string);
        tracing::warn!(target: "fastenr::sql", source, "{error}");
    }
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

const UNFORESEEN: &str = "database";

fn unforeseen(message: String) -> (Kind, &'static str, String, Option<Text>) {
    (Kind::Storage, UNFORESEEN, message, Some(say!("the log says more with {}", Setting::Verbose)))
}

/// The same of a connection that is not made, whose server can be named.
pub(super) fn connecting(error: sqlx::Error, to: &PgConnectOptions) -> Error {
    let server = match to.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", to.get_host(), to.get_port()),
    };
    let user = to.get_username();
    let (message, hint): (String, Text) = match &error {
        sqlx::Error::Database(database) => match &*database.code().unwrap_or_default() {
            "28P01" => (
                format!("the database's server at {server} does not take the password of {user}"),
                "the URL has it, or PGPASSWORD, or ~/.pgpass".into(),
            ),
            "28000" => (
                format!("the database's server at {server} does not let {user} in"),
                "its pg_hba.conf says who may connect, to which database and from where".into(),
            ),
            "3D000" => {
                let name = to.get_database().unwrap_or(user);
                (format!("the database's server at {server} has no database {name:?}"), "createdb makes it".into())
            }
            "53300" => (
                format!("the database's server at {server} has as many connections as it takes"),
                say!("close some, or give each server fewer with {}", Setting::MaxDbConnections),
            ),
            "57P03" => {
                (format!("the database's server at {server} is starting or stopping"), "try again in a while".into())
            }
            _ => return translate(error),
        },
        sqlx::Error::Io(io) if certificate(&error).is_none() => {
            let why = match io.kind() {
                ErrorKind::ConnectionRefused => "nobody listens there",
                ErrorKind::TimedOut => "it does not answer",
                ErrorKind::NotFound => "there is no such socket",
                ErrorKind::PermissionDenied => "the socket may not be used",
                ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => "there is no way to it",
                ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::InvalidData => {
                    "it breaks off: it may be no PostgreSQL server, or want TLS"
                }
                // What looks names up has no kind for it.
                _ if to.get_socket().is_none() && to.get_host().parse::<IpAddr>().is_err() => {
                    "the name of the host is not known, or there is no way to it"
                }
                _ => "the connection fails",
            };
            (
                format!("the database's server at {server} can't be reached: {why}"),
                "the database's URL says where it is".into(),
            )
        }
        sqlx::Error::Protocol(_) => {
            (format!("what answers at {server} is no PostgreSQL server"), "the database's URL says where it is".into())
        }
        _ => return translate(error),
    };
    Error::new(Kind::Storage, LOST, message).hint(hint).because(error)
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
        sqlx::Error::Io(error) if error.kind() == ErrorKind::InvalidData => error.to_string(),
        _ => return None,
    };
    let is_about_it = text.to_ascii_lowercase().contains("cert");
    is_about_it.then_some(text)
}

fn is_sqlite(error: &dyn sqlx::error::DatabaseError) -> bool {
    error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some()
}
