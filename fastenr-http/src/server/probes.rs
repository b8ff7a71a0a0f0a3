//! What an operator's machines ask: does the process answer, can it work, what has it counted.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State as FromState;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use fastenr_core::Kind;
use fastenr_core::store::Db;
use serde_json::json;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::{Metrics, Options, Shutdown};
use crate::Problem;

/// How long the database has to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long an answer holds: nobody needs a key to ask.
const FRESH: Duration = Duration::from_secs(1);

#[derive(Clone)]
struct Probes {
    db: Db,
    metrics: Metrics,
    shutdown: Shutdown,
    /// One looks at the database, the others wait for what it finds.
    last: Arc<Mutex<Option<(Instant, Readiness)>>>,
}

#[derive(Debug, Clone, Copy)]
enum Readiness {
    Ready,
    Silent,
    Behind,
    Unfit,
    Unwritable,
}

impl Probes {
    fn new(db: Db, metrics: Metrics, shutdown: Shutdown) -> Self {
        Self { db, metrics, shutdown, last: Arc::default() }
    }
}

/// Whether a path is one that an operator's machines ask: they keep a place, however full the server is.
pub(super) fn is_one(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
}

/// `/healthz` and `/readyz`.
pub(super) fn routes(db: Db, options: &Options, shutdown: &Shutdown) -> Router {
    let router = Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz));
    router.method_not_allowed_fallback(crate::problem::no_such_method).with_state(Probes::new(
        db,
        options.metrics.clone(),
        shutdown.clone(),
    ))
}

/// A router with `/metrics` alone, for a listener that only those reach who may see it.
pub fn metrics_alone(db: Db, metrics: Metrics) -> Router {
    Router::new()
        .route("/metrics", get(counted))
        .fallback(crate::problem::no_such_path)
        .method_not_allowed_fallback(crate::problem::no_such_method)
        .with_state(Probes::new(db, metrics, Shutdown::default()))
}

/// The process answers; whether the database does is another question.
async fn healthz() -> Json<serde_json::Value> {
    Json(json!({ "status": "ok" }))
}

/// Whether requests can be sent here: the database answers and has the schema of this program.
async fn readyz(FromState(probes): FromState<Probes>) -> Response {
    let not_ready = |detail: &str| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", Some(detail.to_owned())).into_response()
    };
    if probes.shutdown.has_begun() {
        return not_ready("the server is stopping");
    }
    let mut last = probes.last.lock().await;
    let readiness = match *last {
        Some((at, readiness)) if at.elapsed() < FRESH => readiness,
        _ => {
            let readiness = look(&probes.db).await;
            *last = Some((Instant::now(), readiness));
            readiness
        }
    };
    match readiness {
        Readiness::Ready => Json(json!({ "status": "ok", "database": "ok", "migrations": "current" })).into_response(),
        Readiness::Silent => not_ready("the database does not answer"),
        Readiness::Behind => not_ready("migrations are pending; `fastenr db migrate` applies them"),
        Readiness::Unfit => not_ready("the database has a schema that this program does not know"),
        Readiness::Unwritable => not_ready("the database can't be written; the log says why"),
    }
}

async fn look(db: &Db) -> Readiness {
    let looked = async {
        let state = db.migration_state().await?;
        if state.pending.is_empty() {
            db.is_writable().await?;
        }
        Ok::<_, fastenr_core::Error>(state)
    };
    match timeout(PATIENCE, looked).await {
        Ok(Ok(state)) if state.pending.is_empty() => Readiness::Ready,
        Ok(Ok(_)) => Readiness::Behind,
        Ok(Err(error)) => {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            tracing::warn!(code = error.code, source, "not ready: {error}");
            match error.kind {
                Kind::Refused => Readiness::Unfit,
                // Others write: it can be written.
                Kind::Busy => Readiness::Ready,
                _ if error.code == "connection" => Readiness::Silent,
                _ => Readiness::Unwritable,
            }
        }
        Err(_) => {
            tracing::warn!("not ready: the database did not answer within {PATIENCE:?}");
            Readiness::Silent
        }
    }
}

async fn counted(FromState(probes): FromState<Probes>) -> Response {
    probes.metrics.text(&probes.db)
}
