//! Rows into the temporary tables: `COPY` on PostgreSQL, multi-row inserts on SQLite and for a file of few rows.

use std::fmt::Write as _;

use sqlx::PgConnection;
use sqlx::postgres::PgCopyIn;
use tokio::sync::mpsc::Receiver;
use uuid::Uuid;

use super::{RejectScope, Staging, verdict};
use crate::model::noun::Value;
use crate::store::bulk::{MOST_VALUES, are_few, copy_text, copy_value, multi_insert, no_copy};
use crate::store::cluster::prefixed;
use crate::store::error::translate;
use crate::store::{Engine, StoreResult, Tx};

/// A row of the file, judged cell by cell.
#[derive(Debug)]
pub struct StagedRow {
    /// The data row's number, from 1.
    pub n: i64,
    /// The id of the record, should it be created.
    pub id: Uuid,
    /// The id that the row names.
    pub match_id: Option<Uuid>,
    pub key: Option<String>,
    /// The bits of the fields that the row sets.
    pub present: i64,
    /// In the order of [`Staging::columns`].
    pub values: Vec<Value>,
}

/// Why a row, or one of its cells, is refused.
#[derive(Debug, Clone)]
pub struct Reject {
    pub n: i64,
    pub line: i64,
    pub header: Option<String>,
    pub code: String,
    pub rule: String,
    pub value: Option<String>,
    pub hold: RejectScope,
}

/// Some rows on their way to the database.
#[derive(Debug, Default)]
pub struct Batch {
    rows: Vec<StagedRow>,
    copy: Vec<u8>,
    rejects: Vec<Reject>,
    skips: Vec<i64>,
    /// Data rows that went into it.
    pub count: u64,
}

/// Gathers rows into batches in the form that the database takes, on the thread that reads the file.
pub struct Encoder {
    engine: Engine,
    rows_a_batch: usize,
    width: usize,
    /// Whether rows are written as lines of `COPY`.
    copies: bool,
    batch: Batch,
}

const COPY_BYTES: usize = 1 << 18;
const REJECTS_A_BATCH: usize = 2_000;

impl Encoder {
    pub fn new(engine: Engine, staging: &Staging) -> Self {
        let width = staging.columns().len() + 5;
        Self {
            engine,
            rows_a_batch: (MOST_VALUES / width).clamp(1, 500),
            width,
            copies: false,
            batch: Batch::default(),
        }
    }

    pub fn row(&mut self, row: StagedRow) {
        self.batch.count += 1;
        if self.copies {
            return copy_row(&mut self.batch.copy, &row);
        }
        self.batch.rows.push(row);
        if self.engine == Engine::Postgres && !are_few(self.batch.rows.len(), self.width) {
            self.copies = true;
            for row in std::mem::take(&mut self.batch.rows) {
                copy_row(&mut self.batch.copy, &row);
            }
        }
    }

    pub fn reject(&mut self, reject: Reject) {
        self.batch.rejects.push(reject);
    }

    pub fn skip(&mut self, n: i64) {
        self.batch.skips.push(n);
    }

    pub fn is_full(&self) -> bool {
        self.batch.rows.len() >= self.rows_a_batch
            || self.batch.copy.len() >= COPY_BYTES
            || self.batch.rejects.len() >= REJECTS_A_BATCH
            || self.batch.skips.len() >= REJECTS_A_BATCH
    }

    pub fn take(&mut self) -> Batch {
        std::mem::take(&mut self.batch)
    }
}

/// One line of `COPY` text.
fn copy_row(out: &mut Vec<u8>, row: &StagedRow) {
    copy_text(out, &row.n.to_string());
    out.push(b'\t');
    copy_value(out, &Value::Id(row.id));
    out.push(b'\t');
    copy_value(out, &row.match_id.map_or(Value::Null, Value::Id));
    out.push(b'\t');
    match &row.key {
        Some(key) => copy_text(out, key),
        None => out.extend_from_slice(b"\\N"),
    }
    out.push(b'\t');
    copy_text(out, &row.present.to_string());
    for value in &row.values {
        out.push(b'\t');
        copy_value(out, value);
    }
    out.push(b'\n');
}

impl Staging {
    /// Takes batches until their sender is gone. `on_batch` hears of each one's rows.
    pub async fn load(
        &self,
        tx: &mut Tx<'_>,
        batches: &mut Receiver<Batch>,
        on_batch: &mut (dyn FnMut(u64) + Send),
    ) -> StoreResult<()> {
        match tx.engine() {
            Engine::Sqlite => {
                while let Some(batch) = batches.recv().await {
                    self.insert_rows(tx, batch.rows).await?;
                    insert_rest(tx, batch.rejects, batch.skips).await?;
                    on_batch(batch.count);
                }
            }
            Engine::Postgres => self.copy_rows(tx, batches, on_batch).await?,
        }
        tx.analyze("staged").await
    }

    fn staged_columns(&self) -> String {
        let mut names = String::from("n, id, match_id, key, present");
        for (name, _) in self.columns() {
            let _ = write!(names, ", {name}");
        }
        names
    }

    async fn insert_rows(&self, tx: &mut Tx<'_>, rows: Vec<StagedRow>) -> StoreResult<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let columns = self.columns();
        let sql = multi_insert(tx.engine(), "staged", &self.staged_columns(), columns.len() + 5, rows.len());
        let mut statement = tx.sql(sql);
        for row in rows {
            statement = statement.bind(row.n).bind(row.id).bind(row.match_id).bind(row.key).bind(row.present);
            for ((_, storage), value) in columns.iter().zip(row.values) {
                statement = statement.value(*storage, value);
            }
        }
        statement.execute().await?;
        Ok(())
    }

    /// No other statement can run while a `COPY` is open: rejects close it, and the next batch opens another.
    async fn copy_rows(
        &self,
        tx: &mut Tx<'_>,
        batches: &mut Receiver<Batch>,
        on_batch: &mut (dyn FnMut(u64) + Send),
    ) -> StoreResult<()> {
        let (sql, prefix) = tx.copy_into("staged", &self.staged_columns());
        let cancel = tx.cancel();
        let mut next = batches.recv().await;
        while let Some(first) = &mut next {
            self.insert_rows(tx, std::mem::take(&mut first.rows)).await?;
            let mut rejects = Vec::new();
            let mut skips = Vec::new();
            if first.copy.is_empty() {
                on_batch(first.count);
                rejects.append(&mut first.rejects);
                skips.append(&mut first.skips);
                next = batches.recv().await;
            } else {
                let conn = tx.postgres().ok_or_else(no_copy)?;
                let mut copy: PgCopyIn<&mut PgConnection> = conn.copy_in_raw(&sql).await.map_err(translate)?;
                while let Some(mut batch) = next.take() {
                    cancel.check()?;
                    if !batch.copy.is_empty() {
                        copy.send(prefixed(&prefix, batch.copy)).await.map_err(translate)?;
                    }
                    on_batch(batch.count);
                    rejects.append(&mut batch.rejects);
                    skips.append(&mut batch.skips);
                    next = batches.recv().await;
                    if rejects.len() + skips.len() >= REJECTS_A_BATCH {
                        break;
                    }
                }
                copy.finish().await.map_err(translate)?;
            }
            insert_rest(tx, rejects, skips).await?;
        }
        Ok(())
    }
}

async fn insert_rest(tx: &mut Tx<'_>, rejects: Vec<Reject>, skips: Vec<i64>) -> StoreResult<()> {
    let mut rejects = rejects.into_iter().peekable();
    while rejects.peek().is_some() {
        let some: Vec<Reject> = rejects.by_ref().take(500).collect();
        let sql = multi_insert(tx.engine(), "rejects", "n, line, header, code, rule, value, hold", 7, some.len());
        let mut statement = tx.sql(sql);
        for reject in some {
            statement = statement
                .bind(reject.n)
                .bind(reject.line)
                .bind(reject.header)
                .bind(reject.code)
                .bind(reject.rule)
                .bind(reject.value)
                .bind(reject.hold.as_i64());
        }
        statement.execute().await?;
    }
    let mut skips = skips.into_iter().peekable();
    while skips.peek().is_some() {
        let some: Vec<i64> = skips.by_ref().take(1_000).collect();
        let sql = multi_insert(tx.engine(), "verdicts", "n, verdict, changed", 3, some.len());
        let mut statement = tx.sql(sql);
        for n in some {
            statement = statement.bind(n).bind(verdict::SKIPPED).bind(0_i64);
        }
        statement.execute().await?;
    }
    Ok(())
}
