//! The rows of a table as lines, in order, and what they come to.

use std::fmt;

use futures_util::StreamExt;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc::Sender;
use uuid::Uuid;

use super::anonymise::{Anonymous, Key};
use super::line;
use super::schema::Table;
use crate::digest;
use crate::store::error::translate;
use crate::store::{Engine, StoreResult, Tx};

/// Some lines, each with its end.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) bytes: Vec<u8>,
    pub(super) rows: u64,
}

/// As many as SQLite takes at once, and no more bytes than that, unless one line is longer.
const ROWS: u64 = 500;
const BYTES: usize = 1 << 20;

/// What the rows of a table come to: equal wherever they are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    pub rows: u64,
    /// SHA-256 of all lines, in hexadecimal.
    pub sha256: String,
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows, {}", self.rows, self.sha256)
    }
}

/// Reads the rows of an organization, or of all, and sends them on where somebody takes them; with other names, if there is a key.
pub(super) async fn read(
    tx: &mut Tx<'_>,
    table: &Table,
    (only, key): (Option<Uuid>, Option<&Key>),
    to: Option<Sender<Lines>>,
) -> StoreResult<Digest> {
    let anonymous = key.map(|key| Anonymous::new(key, table)).transpose()?;
    let engine = tx.engine();
    let literal = only.map(|id| match engine {
        Engine::Sqlite => format!("x'{}'", id.simple()),
        Engine::Postgres => format!("'{id}'"),
    });
    let Table { name, order, .. } = table;
    let (names, of) = (table.names(), table.of(literal.as_deref()));
    let sql = format!("select {names} from {name}{of} order by {order}");
    let mut out = Outgoing { hash: Sha256::new(), rows: 0, lines: Lines::default(), to };
    if let Some(conn) = tx.postgres() {
        let mut rows = conn.copy_out_raw(&format!("copy ({sql}) to stdout")).await.map_err(translate)?;
        while let Some(row) = rows.next().await {
            let row = row.map_err(translate)?;
            match &anonymous {
                Some(anonymous) => anonymous.put(&mut out.lines.bytes, row.strip_suffix(b"\n").unwrap_or(&row)),
                None => out.lines.bytes.extend_from_slice(&row),
            }
            if !out.row().await {
                break;
            }
        }
    } else {
        let mut rows = tx.sql(sql).fetch_raw()?;
        while let Some(row) = rows.next().await {
            let start = out.lines.bytes.len();
            line::put_row(&mut out.lines.bytes, table, &row?)?;
            if let Some(anonymous) = &anonymous {
                let line = out.lines.bytes.split_off(start);
                anonymous.put(&mut out.lines.bytes, line.strip_suffix(b"\n").unwrap_or(&line));
            }
            if !out.row().await {
                break;
            }
        }
    }
    out.flush().await;
    Ok(Digest { rows: out.rows, sha256: digest::hex(out.hash) })
}

struct Outgoing {
    hash: Sha256,
    rows: u64,
    lines: Lines,
    to: Option<Sender<Lines>>,
}

impl Outgoing {
    /// One more is complete. False where nobody takes them any more, who then says why.
    async fn row(&mut self) -> bool {
        self.rows += 1;
        self.lines.rows += 1;
        if self.lines.rows < ROWS && self.lines.bytes.len() < BYTES { true } else { self.flush().await }
    }

    async fn flush(&mut self) -> bool {
        self.hash.update(&self.lines.bytes);
        match &self.to {
            Some(to) if self.lines.rows > 0 => to.send(std::mem::take(&mut self.lines)).await.is_ok(),
            _ => {
                self.lines.bytes.clear();
                self.lines.rows = 0;
                true
            }
        }
    }
}

/// How many rows there are, counted by the database.
pub(super) async fn count(tx: &mut Tx<'_>, table: &Table, only: Option<Uuid>) -> StoreResult<u64> {
    let of = table.of(only.map(|_| "$1"));
    let statement = tx.sql(format!("select count(*) from {}{of}", table.name));
    let statement = if let Some(id) = only { statement.bind(id) } else { statement };
    let (rows,): (i64,) = statement.fetch_one().await?;
    Ok(u64::try_from(rows).unwrap_or(0))
}
