//! Lines into a table: `COPY` on PostgreSQL, inserts of many rows on SQLite.

use tokio::sync::mpsc::Receiver;

use super::line;
use super::read::Lines;
use super::schema::{FEED_TABLE, Table};
use crate::store::bulk::{multi_insert, no_copy};
use crate::store::error::translate;
use crate::store::{Conn, Engine, StoreResult, Tx};

/// So much SQLite writes in one transaction: its log grows to as much before it is folded into the file.
const TRANSACTION: usize = 32 << 20;

/// Hears of rows that were written.
pub(super) type OnRows<'f> = &'f mut (dyn FnMut(u64) + Send);

/// Positions in the feed, from 1 in each organization, in the order of the lines.
#[derive(Debug, Default)]
struct Positions {
    organization: Vec<u8>,
    last: i64,
}

impl Positions {
    fn next(&mut self, line: &[u8]) -> i64 {
        let organization = line::fields(line).next().unwrap_or_default();
        if self.organization != organization {
            self.organization = organization.to_owned();
            self.last = 0;
        }
        self.last += 1;
        self.last
    }
}

fn names(table: &Table) -> String {
    let names = table.names();
    if table.name == FEED_TABLE { format!("{names}, seq, xid") } else { names }
}

fn split(lines: &Lines) -> impl Iterator<Item = &[u8]> {
    lines.bytes.split_inclusive(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\n").unwrap_or(line))
}

/// What the lines go into.
pub(super) enum Target<'w, 't> {
    /// All in this transaction.
    Postgres(&'w mut Tx<'t>),
    /// In as many transactions as its log needs.
    Sqlite(&'w mut Conn),
}

impl Target<'_, '_> {
    pub(super) async fn write(
        &mut self,
        table: &Table,
        from: &mut Receiver<Lines>,
        on_rows: OnRows<'_>,
    ) -> StoreResult<()> {
        match self {
            Self::Postgres(tx) => into_postgres(tx, table, from, on_rows).await,
            Self::Sqlite(conn) => into_sqlite(conn, table, from, on_rows).await,
        }
    }
}

async fn into_postgres(
    tx: &mut Tx<'_>,
    table: &Table,
    from: &mut Receiver<Lines>,
    on_rows: OnRows<'_>,
) -> StoreResult<()> {
    let conn = tx.postgres().ok_or_else(no_copy)?;
    let sql = format!("copy {} ({}) from stdin", table.name, names(table));
    let mut copy = conn.copy_in_raw(&sql).await.map_err(translate)?;
    let mut positions = Positions::default();
    while let Some(mut lines) = from.recv().await {
        if table.name == FEED_TABLE {
            let mut bytes = Vec::with_capacity(lines.bytes.len() + 16 * 500);
            for line in split(&lines) {
                bytes.extend_from_slice(line);
                bytes.extend_from_slice(format!("\t{}\t0\n", positions.next(line)).as_bytes());
            }
            lines.bytes = bytes;
        }
        copy.send(lines.bytes).await.map_err(translate)?;
        on_rows(lines.rows);
    }
    copy.finish().await.map_err(translate)?;
    Ok(())
}

async fn into_sqlite(
    conn: &mut Conn,
    table: &Table,
    from: &mut Receiver<Lines>,
    on_rows: OnRows<'_>,
) -> StoreResult<()> {
    let mut positions = Positions::default();
    let mut next = from.recv().await;
    while next.is_some() {
        let mut tx = conn.write_any().await?;
        let mut written = 0;
        while let Some(lines) = next.take() {
            insert(&mut tx, table, &lines, &mut positions).await?;
            written += lines.bytes.len();
            on_rows(lines.rows);
            if written >= TRANSACTION {
                break;
            }
            next = from.recv().await;
        }
        tx.commit().await?;
        next = from.recv().await;
    }
    Ok(())
}

async fn insert(tx: &mut Tx<'_>, table: &Table, lines: &Lines, positions: &mut Positions) -> StoreResult<()> {
    let is_feed = table.name == FEED_TABLE;
    let width = table.columns.len() + if is_feed { 2 } else { 0 };
    let rows = usize::try_from(lines.rows).unwrap_or(usize::MAX);
    let mut statement = tx.sql(multi_insert(Engine::Sqlite, &table.name, &names(table), width, rows));
    for line in split(lines) {
        statement = line::bind(statement, table, line)?;
        if is_feed {
            statement = statement.bind(positions.next(line)).bind(0_i64);
        }
    }
    statement.execute().await?;
    Ok(())
}
