//! The references: a constant answer, and the statements that the API runs for it, by sqlx alone.
//!
//! The statements are not written down here: they are what the library records when its own router is asked once, with the values
//! that it bound.

use std::collections::HashMap;
use std::fmt::Write;
use std::str::FromStr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Request, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use fastenr_core::clock::Clock;
use fastenr_core::id::Ids;
use fastenr_core::store::{Db, DbOptions, RecordedStatement, Values};
use fastenr_http::Access;
use fastenr_http::server::Policy;
use http_body_util::BodyExt;
use sqlx::postgres::{PgPool, PgPoolOptions, PgRow};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Column, Row, TypeInfo, ValueRef};
use tokio::sync::oneshot;
use tower::ServiceExt;
use uuid::Uuid;

/// As many as `fastenr serve` has.
const CONNECTIONS: u32 = 16;

/// A server of references in this process; it ends when this is dropped.
pub(crate) struct Bare {
    pub(crate) port: u16,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What a path is answered with, and by which statements.
struct PreparedAnswer {
    body: Bytes,
    statements: Vec<RecordedStatement>,
}

struct Book {
    pool: Pool,
    organization: Uuid,
    ids: Ids,
    paths: HashMap<String, PreparedAnswer>,
}

enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Bare {
    pub(crate) fn start(url: &str, key: &str, paths: &[String]) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let book = Arc::new(runtime.block_on(Book::open(url, key, paths))?);
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
        let port = listener.local_addr()?.port();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let router = Router::new()
                .route("/constant/{*path}", get(constant))
                .route("/bare/{*path}", get(bare))
                .route("/insert", post(insert))
                .with_state(book);
            let serving = axum::serve(listener, router);
            runtime.block_on(async {
                tokio::select! {
                    _ = serving => {}
                    _ = stopped => {}
                }
            });
        });
        Ok(Self { port, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Book {
    async fn open(url: &str, key: &str, paths: &[String]) -> Result<Self> {
        let organization = key.split('_').nth(1).context("a key names its organization")?;
        let mut known = HashMap::new();
        for path in paths {
            known.insert(path.clone(), ask_once(url, key, path).await?);
        }
        let pool = if url.starts_with("postgres") {
            Pool::Postgres(
                PgPoolOptions::new().max_connections(CONNECTIONS).test_before_acquire(false).connect(url).await?,
            )
        } else {
            let options = SqliteConnectOptions::from_str(url)?
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(60))
                .pragma("cache_size", "-32768");
            let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS).test_before_acquire(false);
            Pool::Sqlite(pool.connect_with(options).await?)
        };
        let ids = Ids::new(Clock::System);
        Ok(Self { pool, organization: Uuid::parse_str(organization)?, ids, paths: known })
    }
}

/// The answer of the library's own router, and the statements that it took.
async fn ask_once(url: &str, key: &str, path: &str) -> Result<PreparedAnswer> {
    let db = Db::connect(url, &DbOptions { record: true, ..DbOptions::default() }).await?;
    let access = Access::Keys { db: db.clone(), clock: Clock::System, ids: Ids::new(Clock::System) };
    let router = fastenr_http::router(fastenr_http::State::new(access, Policy { rate_limit: 0, ..Policy::default() }));
    let request = || {
        let request = Request::builder().uri(path).header(header::AUTHORIZATION, format!("Bearer {key}"));
        request.body(Body::empty())
    };
    // The first call also notes that the key is used.
    router.clone().oneshot(request()?).await?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = db.recorded().len();
    let response = router.oneshot(request()?).await?;
    ensure!(response.status() == StatusCode::OK, "{path} is answered with {}", response.status());
    let body = response.into_body().collect().await?.to_bytes();
    let statements = db.recorded().split_off(before);
    db.close().await;
    Ok(PreparedAnswer { body, statements })
}

/// The path that is asked for, without the part that says how.
fn asked(uri: &Uri) -> &str {
    let path = uri.path_and_query().map_or("", |path| path.as_str());
    let rest = path.get(1..).unwrap_or_default();
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default()
}

fn json(body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.into()).into_response()
}

async fn constant(State(book): State<Arc<Book>>, uri: Uri) -> Response {
    match book.paths.get(asked(&uri)) {
        Some(known) => json(known.body.clone()),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn bare(State(book): State<Arc<Book>>, uri: Uri) -> Response {
    let Some(known) = book.paths.get(asked(&uri)) else { return StatusCode::NOT_FOUND.into_response() };
    match run(&book.pool, &known.statements).await {
        Ok(text) => json(text),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// The first statement looks the key up; the others are one transaction. Their rows are the answer.
async fn run(pool: &Pool, statements: &[RecordedStatement]) -> Result<String> {
    let mut out = String::with_capacity(32 << 10);
    let Some((key, rest)) = statements.split_first() else { return Ok(out) };
    match pool {
        Pool::Sqlite(pool) => {
            if let Values::Sqlite(values) = &key.values {
                let sql = AssertSqlSafe(key.sql.clone());
                sqlx::query_with(sql, values.clone()).fetch_all(&mut *pool.acquire().await?).await?;
            }
            let mut tx = pool.begin().await?;
            for one in rest {
                if let Values::Sqlite(values) = &one.values {
                    let sql = AssertSqlSafe(one.sql.clone());
                    for row in sqlx::query_with(sql, values.clone()).fetch_all(&mut *tx).await? {
                        sqlite_row(&mut out, &row)?;
                    }
                }
            }
        }
        Pool::Postgres(pool) => {
            if let Values::Postgres(values) = &key.values {
                let sql = AssertSqlSafe(key.sql.clone());
                sqlx::query_with(sql, values.clone()).fetch_all(&mut *pool.acquire().await?).await?;
            }
            let mut tx = pool.begin_with("begin transaction isolation level repeatable read read only").await?;
            for one in rest {
                if let Values::Postgres(values) = &one.values {
                    let sql = AssertSqlSafe(one.sql.clone());
                    for row in sqlx::query_with(sql, values.clone()).fetch_all(&mut *tx).await? {
                        postgres_row(&mut out, &row)?;
                    }
                }
            }
        }
    }
    Ok(out)
}

/// A row as one JSON object, by the types of its columns.
fn sqlite_row(out: &mut String, row: &SqliteRow) -> Result<()> {
    for (place, column) in row.columns().iter().enumerate() {
        begin(out, place, column.name())?;
        let raw = row.try_get_raw(place)?;
        let kind = raw.type_info().name().to_owned();
        match (raw.is_null(), kind.as_str()) {
            (true, _) => out.push_str("null"),
            (_, "INTEGER" | "BOOLEAN") => write!(out, "{}", row.try_get::<i64, _>(place)?)?,
            (_, "BLOB") => write!(out, "\"{}\"", row.try_get::<Uuid, _>(place)?)?,
            _ => out.push_str(&serde_json::to_string(row.try_get_unchecked::<&str, _>(place)?)?),
        }
    }
    out.push_str("}\n");
    Ok(())
}

fn postgres_row(out: &mut String, row: &PgRow) -> Result<()> {
    for (place, column) in row.columns().iter().enumerate() {
        begin(out, place, column.name())?;
        match (row.try_get_raw(place)?.is_null(), column.type_info().name()) {
            (true, _) => out.push_str("null"),
            (_, "INT8") => write!(out, "{}", row.try_get::<i64, _>(place)?)?,
            (_, "INT4") => write!(out, "{}", row.try_get::<i32, _>(place)?)?,
            (_, "INT2") => write!(out, "{}", row.try_get::<i16, _>(place)?)?,
            (_, "BOOL") => write!(out, "{}", row.try_get::<bool, _>(place)?)?,
            (_, "UUID") => write!(out, "\"{}\"", row.try_get::<Uuid, _>(place)?)?,
            (_, "DATE") => write!(out, "\"{}\"", row.try_get::<chrono::NaiveDate, _>(place)?)?,
            (_, "TIMESTAMPTZ") => {
                write!(out, "\"{}\"", row.try_get::<chrono::DateTime<chrono::Utc>, _>(place)?.to_rfc3339())?;
            }
            _ => out.push_str(&serde_json::to_string(row.try_get_unchecked::<&str, _>(place)?)?),
        }
    }
    out.push_str("}\n");
    Ok(())
}

fn begin(out: &mut String, place: usize, name: &str) -> Result<()> {
    out.push(if place == 0 { '{' } else { ',' });
    Ok(write!(out, "\"{name}\":")?)
}

/// One row and its commit: no operation, no history, no feed.
const INSERT: &str = "insert into accounts (organization_id, id, name, name_key, industry, size, status, status_source, arr, \
     created_at, updated_at) values ($1, $2, 'Load Inc', 'load inc', 'Technology', 'medium', 'active', 'person', 5000000, $3, $3)";

async fn insert(State(book): State<Arc<Book>>) -> Response {
    match inserted(&book).await {
        Ok(id) => (StatusCode::CREATED, json(format!("{{\"id\":\"{id}\"}}"))).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn inserted(book: &Book) -> Result<Uuid> {
    let (id, now) = (book.ids.next(), Clock::System.now());
    match &book.pool {
        Pool::Sqlite(pool) => {
            let mut tx = pool.begin_with("begin immediate").await?;
            sqlx::query(INSERT).bind(book.organization).bind(id).bind(now).execute(&mut *tx).await?;
            tx.commit().await?;
        }
        Pool::Postgres(pool) => {
            let mut tx = pool.begin().await?;
            sqlx::query(INSERT).bind(book.organization).bind(id).bind(now).execute(&mut *tx).await?;
            tx.commit().await?;
        }
    }
    Ok(id)
}
