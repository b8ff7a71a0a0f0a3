//! One statement, with its values, on either database: the only place that hands SQL to sqlx.

use std::borrow::Cow;
use std::time::Instant;

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::stream::{BoxStream, StreamExt};
use sqlx::postgres::{PgArguments, PgConnection, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, ColumnIndex, Decode, Encode, FromRow, Postgres, Row, Sqlite, Type};
use uuid::Uuid;

use super::cancel::Cancel;
use super::db::Watch;
use super::error::{StoreResult, translate};
use crate::model::noun::{Storage, Value};

/// A value that both drivers can bind. The bounds are supertraits, so callers need not repeat them.
pub trait Param:
    for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send
{
}
impl<T> Param for T where
    T: for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send
{
}

/// A row that both drivers can read.
pub trait Record: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Record for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

pub(super) enum Exec<'t> {
    Sqlite(&'t mut SqliteConnection),
    Postgres(&'t mut PgConnection),
}

/// The values of a statement, as its driver takes them.
#[derive(Debug, Clone)]
pub enum Values {
    Sqlite(SqliteArguments),
    Postgres(PgArguments),
}

/// What a recorder keeps of a statement.
#[derive(Debug, Clone)]
pub struct RecordedStatement {
    pub sql: String,
    /// The organization bound to `$1`; none for a statement outside any organization.
    pub organization: Option<Uuid>,
    /// What was bound, so that it can be run again.
    pub values: Values,
}

/// Built by [`super::Tx::of`] or [`super::Tx::sql`], given its values in order, then run by one of the `fetch`es or `execute`.
#[must_use = "a statement does nothing until it is run"]
pub struct Statement<'t> {
    exec: Exec<'t>,
    watch: &'t Watch,
    cancel: Option<&'t Cancel>,
    sql: Cow<'static, str>,
    values: Values,
    organization: Option<Uuid>,
    problem: Option<sqlx::error::BoxDynError>,
}

/// Records as they come, each with the values that it is sorted by.
pub type SortedRows<'t, R> = BoxStream<'t, StoreResult<(R, Vec<Value>)>>;

impl<'t> Statement<'t> {
    pub(super) fn new(
        exec: Exec<'t>,
        watch: &'t Watch,
        cancel: Option<&'t Cancel>,
        sql: Cow<'static, str>,
        organization: Option<Uuid>,
    ) -> Self {
        let values = match exec {
            Exec::Sqlite(_) => Values::Sqlite(SqliteArguments::default()),
            Exec::Postgres(_) => Values::Postgres(PgArguments::default()),
        };
        let statement = Self { exec, watch, cancel, sql, values, organization, problem: None };
        match organization {
            Some(id) => statement.bind(id),
            None => statement,
        }
    }

    /// Binds the next `$N`.
    pub fn bind(mut self, value: impl Param) -> Self {
        let bound = match &mut self.values {
            Values::Sqlite(values) => values.add(value),
            Values::Postgres(values) => values.add(value),
        };
        if let Err(error) = bound {
            self.problem.get_or_insert(error);
        }
        self
    }

    /// Rows affected.
    pub async fn execute(mut self) -> StoreResult<u64> {
        let started = self.begin()?;
        let sql = AssertSqlSafe(self.sql.clone());
        let done = match (self.exec, self.values) {
            (Exec::Sqlite(conn), Values::Sqlite(values)) => {
                sqlx::query_with(sql, values).execute(conn).await.map(|done| done.rows_affected())
            }
            (Exec::Postgres(conn), Values::Postgres(values)) => {
                sqlx::query_with(sql, values).execute(conn).await.map(|done| done.rows_affected())
            }
            _ => return Err(mixed()),
        };
        self.watch.ran(&self.sql, started);
        done.map_err(|error| self.watch.seen(translate(error)))
    }

    pub async fn fetch_all<R: Record>(mut self) -> StoreResult<Vec<R>> {
        let started = self.begin()?;
        let sql = AssertSqlSafe(self.sql.clone());
        let rows = match (self.exec, self.values) {
            (Exec::Sqlite(conn), Values::Sqlite(values)) => sqlx::query_as_with(sql, values).fetch_all(conn).await,
            (Exec::Postgres(conn), Values::Postgres(values)) => sqlx::query_as_with(sql, values).fetch_all(conn).await,
            _ => return Err(mixed()),
        };
        self.watch.ran(&self.sql, started);
        rows.map_err(|error| self.watch.seen(translate(error)))
    }

    pub async fn fetch_optional<R: Record>(mut self) -> StoreResult<Option<R>> {
        let started = self.begin()?;
        let sql = AssertSqlSafe(self.sql.clone());
        let row = match (self.exec, self.values) {
            (Exec::Sqlite(conn), Values::Sqlite(values)) => sqlx::query_as_with(sql, values).fetch_optional(conn).await,
            (Exec::Postgres(conn), Values::Postgres(values)) => {
                sqlx::query_as_with(sql, values).fetch_optional(conn).await
            }
            _ => return Err(mixed()),
        };
        self.watch.ran(&self.sql, started);
        row.map_err(|error| self.watch.seen(translate(error)))
    }

    pub async fn fetch_one<R: Record>(self) -> StoreResult<R> {
        self.fetch_optional().await?.ok_or_else(|| translate(sqlx::Error::RowNotFound))
    }

    /// Rows as they come, in flat memory.
    pub fn fetch<R: Record + 't>(mut self) -> StoreResult<BoxStream<'t, StoreResult<R>>> {
        self.begin()?;
        let sql = AssertSqlSafe(self.sql);
        Ok(match (self.exec, self.values) {
            (Exec::Sqlite(conn), Values::Sqlite(values)) => {
                sqlx::query_as_with(sql, values).fetch(conn).map(|row| row.map_err(translate)).boxed()
            }
            (Exec::Postgres(conn), Values::Postgres(values)) => {
                sqlx::query_as_with(sql, values).fetch(conn).map(|row| row.map_err(translate)).boxed()
            }
            _ => return Err(mixed()),
        })
    }

    /// Rows of columns that are known at run time only, each read as its storage says.
    pub fn fetch_values(mut self, storages: Vec<Storage>) -> StoreResult<BoxStream<'t, StoreResult<Vec<Value>>>> {
        self.begin()?;
        let sql = AssertSqlSafe(self.sql);
        Ok(match (self.exec, self.values) {
            (Exec::Sqlite(conn), Values::Sqlite(values)) => sqlx::query_with(sql, values)
                .fetch(conn)
                .map(move |row| row.and_then(|row| decode(&row, &storages)).map_err(translate))
                .boxed(),
            (Exec::Postgres(conn), Values::Postgres(values)) => sqlx::query_with(sql, values)
                .fetch(conn)
                .map(move |row| row.and_then(|row| decode(&row, &storages)).map_err(translate))
                .boxed(),
            _ => return Err(mixed()),
        })
    }

    /// Rows, each with the values of its last columns, which are read as their storages say.
    pub(super) fn fetch_placed<R: Record + 't>(mut self, storages: Vec<Storage>) -> StoreResult<SortedRows<'t, R>> {
        self.begin()?;
        let sql = AssertSqlSafe(self.sql);
        Ok(match (self.exec, self.values) {
            (Exec::Sqlite(conn), Values::Sqlite(values)) => sqlx::query_with(sql, values)
                .fetch(conn)
                .map(move |row| {
                    row.and_then(|row| Ok((R::from_row(&row)?, decode(&row, &storages)?))).map_err(translate)
                })
                .boxed(),
            (Exec::Postgres(conn), Values::Postgres(values)) => sqlx::query_with(sql, values)
                .fetch(conn)
                .map(move |row| {
                    row.and_then(|row| Ok((R::from_row(&row)?, decode(&row, &storages)?))).map_err(translate)
                })
                .boxed(),
            _ => return Err(mixed()),
        })
    }

    /// Rows of SQLite as the file has them; PostgreSQL has `COPY` for that.
    pub(super) fn fetch_raw(mut self) -> StoreResult<BoxStream<'t, StoreResult<SqliteRow>>> {
        self.begin()?;
        let sql = AssertSqlSafe(self.sql);
        match (self.exec, self.values) {
            (Exec::Sqlite(conn), Values::Sqlite(values)) => {
                Ok(sqlx::query_with(sql, values).fetch(conn).map(|row| row.map_err(translate)).boxed())
            }
            _ => Err(mixed()),
        }
    }

    fn begin(&mut self) -> StoreResult<Instant> {
        if let Some(problem) = self.problem.take() {
            return Err(translate(sqlx::Error::Encode(problem)));
        }
        self.cancel.map_or(Ok(()), Cancel::check)?;
        self.watch.record(&self.sql, self.organization, &self.values);
        Ok(Instant::now())
    }
}

/// The last columns of a row.
fn decode<'r, R>(row: &'r R, storages: &[Storage]) -> Result<Vec<Value>, sqlx::Error>
where
    R: Row,
    usize: ColumnIndex<R>,
    Option<String>: Decode<'r, R::Database> + Type<R::Database>,
    Option<i64>: Decode<'r, R::Database> + Type<R::Database>,
    Option<bool>: Decode<'r, R::Database> + Type<R::Database>,
    Option<NaiveDate>: Decode<'r, R::Database> + Type<R::Database>,
    Option<DateTime<Utc>>: Decode<'r, R::Database> + Type<R::Database>,
    Option<Uuid>: Decode<'r, R::Database> + Type<R::Database>,
{
    let mut values = Vec::with_capacity(storages.len());
    let first = row.len().saturating_sub(storages.len());
    for (place, storage) in (first..).zip(storages) {
        let value = match storage {
            Storage::Text => row.try_get::<Option<String>, _>(place)?.map(Value::Text),
            Storage::Integer => row.try_get::<Option<i64>, _>(place)?.map(Value::Integer),
            Storage::Boolean => row.try_get::<Option<bool>, _>(place)?.map(Value::Boolean),
            Storage::Date => row.try_get::<Option<NaiveDate>, _>(place)?.map(Value::Date),
            Storage::Instant => row.try_get::<Option<DateTime<Utc>>, _>(place)?.map(Value::Instant),
            Storage::Id => row.try_get::<Option<Uuid>, _>(place)?.map(Value::Id),
        };
        values.push(value.unwrap_or_default());
    }
    Ok(values)
}

fn mixed() -> crate::Error {
    translate(sqlx::Error::Protocol("a statement with the values of the other database".into()))
}
