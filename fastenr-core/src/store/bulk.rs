//! Many rows into a table: `COPY` on PostgreSQL where they are many, inserts of many rows elsewhere.

use std::fmt::Write as _;

use uuid::Uuid;

use super::error::translate;
use super::{Engine, StoreResult, Tx};
use crate::error::{Error, Kind};
use crate::model::noun::{Storage, Value};

/// SQLite takes at most 32,766 values in one statement.
pub(super) const MOST_VALUES: usize = 32_000;
/// Up to so many values PostgreSQL gets as one insert: the two messages that end a `COPY` wait for each other, since the
/// driver's sockets delay small packets.
const FEW_VALUES: usize = 1_000;

/// Puts rows, each a value a column, into a table; the columns are all that it needs.
pub(super) async fn load(
    tx: &mut Tx<'_>,
    table: &str,
    columns: &[(&str, Storage)],
    rows: Vec<Vec<Value>>,
) -> StoreResult<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let names = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let (sql, prefix) = tx.copy_into(table, &names);
    if let (Some(conn), true) = (tx.postgres(), !are_few(rows.len(), columns.len())) {
        let mut copy = conn.copy_in_raw(&sql).await.map_err(translate)?;
        let mut out = Vec::new();
        for row in &rows {
            out.extend_from_slice(prefix.as_bytes());
            for (place, value) in row.iter().enumerate() {
                if place > 0 {
                    out.push(b'\t');
                }
                copy_value(&mut out, value);
            }
            out.push(b'\n');
            if out.len() >= 1 << 18 {
                copy.send(std::mem::take(&mut out)).await.map_err(translate)?;
            }
        }
        copy.send(out).await.map_err(translate)?;
        copy.finish().await.map_err(translate)?;
        return Ok(());
    }
    let engine = tx.engine();
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let some: Vec<Vec<Value>> = rows.by_ref().take((MOST_VALUES / columns.len()).max(1)).collect();
        let mut statement = tx.sql(multi_insert(engine, table, &names, columns.len(), some.len()));
        for row in some {
            for ((_, storage), value) in columns.iter().zip(row) {
                statement = statement.value(*storage, value);
            }
        }
        statement.execute().await?;
    }
    Ok(())
}

/// Whether `COPY` is not worth its wait.
pub(super) fn are_few(rows: usize, columns: usize) -> bool {
    rows * columns <= FEW_VALUES
}

pub(super) fn no_copy() -> Error {
    Error::new(Kind::Storage, "database", "COPY is PostgreSQL's")
}

/// A value in the text form of `COPY`.
pub(super) fn copy_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"\\N"),
        Value::Text(text) => copy_text(out, text),
        Value::Id(id) => {
            let mut buffer = Uuid::encode_buffer();
            out.extend_from_slice(id.hyphenated().encode_lower(&mut buffer).as_bytes());
        }
        other => copy_text(out, &other.journal()),
    }
}

pub(super) fn copy_text(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'\\' | b'\t' | b'\n' | b'\r')) {
        out.extend_from_slice(&rest[..at]);
        out.push(b'\\');
        out.push(match rest[at] {
            b'\t' => b't',
            b'\n' => b'n',
            b'\r' => b'r',
            other => other,
        });
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

pub(super) fn multi_insert(engine: Engine, table: &str, columns: &str, width: usize, rows: usize) -> String {
    let mut sql = format!("insert into {table} ({columns}) values ");
    let mut place = 0;
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..width {
            place += 1;
            sql.push_str(if column == 0 { "" } else { ", " });
            match engine {
                // SQLite keeps `$N` in a list of names that it walks for every value: with thousands of them that is
                // nearly all the time there is. `?` has no name.
                Engine::Sqlite => sql.push('?'),
                Engine::Postgres => {
                    let _ = write!(sql, "${place}");
                }
            }
        }
        sql.push(')');
    }
    sql
}

/// From this many rows on that are written, building a table's indexes again may be worth it.
const REBUILD_FROM: u64 = 20_000;

/// On SQLite a write that outweighs the table is faster without indexes that are then built by sorting, all in the one transaction.
/// PostgreSQL would lock readers out. Drops those that `spares` lets go, where the table has at most `most` rows: the statements
/// that build them again.
pub(super) async fn set_indexes_aside(
    tx: &mut Tx<'_>,
    table: &str,
    (rows, most): (u64, u64),
    spares: impl Fn(&str) -> bool,
) -> StoreResult<Vec<String>> {
    if tx.engine() != Engine::Sqlite || rows < REBUILD_FROM {
        return Ok(Vec::new());
    }
    let (present,): (i64,) = tx.sql(format!("select coalesce(max(rowid), 0) from {table}")).fetch_one().await?;
    if u64::try_from(present).unwrap_or(0) > most {
        return Ok(Vec::new());
    }
    let sql =
        "select name, sql from sqlite_master where type = 'index' and tbl_name = $1 and sql is not null order by name";
    let indexes: Vec<(String, String)> = tx.sql(sql).bind(table.to_owned()).fetch_all().await?;
    let mut again = Vec::new();
    for (name, create) in indexes {
        if spares(&create) {
            tx.sql(format!("drop index {name}")).execute().await?;
            again.push(create);
        }
    }
    Ok(again)
}
