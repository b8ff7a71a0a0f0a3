//! What the process has counted, as Prometheus reads it.

use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use fastenr_core::store::Db;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Upper ends in seconds: a key lookup takes one of the first, a report one of the last.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The label of what has no route.
pub(super) const NO_ROUTE: &str = "none";

/// Clones share the counts. In the extensions of every request.
#[derive(Debug, Clone)]
pub struct Metrics(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    registry: Registry,
    requests: Family<AnswerLabels, Counter>,
    seconds: Family<RouteLabels, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    open: Gauge,
    opened: Counter,
    refused: Counter,
    cut: Family<CutLabels, Counter>,
    pool: Family<Pool, Gauge>,
    operations: Family<Operation, Counter>,
    rows: Family<Kind, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnswerLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CutLabels {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Pool {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Operation {
    kind: String,
    status: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: String,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut counts = Counts {
            registry: Registry::with_prefix("fastenr"),
            requests: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            in_flight: Gauge::default(),
            open: Gauge::default(),
            opened: Counter::default(),
            refused: Counter::default(),
            cut: Family::default(),
            pool: Family::default(),
            operations: Family::default(),
            rows: Family::default(),
        };
        let registry = &mut counts.registry;
        registry.register("http_requests", "Requests answered", counts.requests.clone());
        let help = "Time from the head of a request to the head of its answer";
        registry.register_with_unit("http_request_duration", help, Unit::Seconds, counts.seconds.clone());
        registry.register("http_requests_in_flight", "Requests being answered", counts.in_flight.clone());
        registry.register("connections_open", "Open connections", counts.open.clone());
        registry.register("connections_opened", "Connections accepted", counts.opened.clone());
        registry.register("connections_refused", "Connections for which there was no place", counts.refused.clone());
        registry.register(
            "connections_cut",
            "Connections closed for being slow, idle, malformed or in the way",
            counts.cut.clone(),
        );
        registry.register("database_connections", "Connections of the database's pool", counts.pool.clone());
        registry.register("operations", "Operations that ended, by kind and how", counts.operations.clone());
        registry.register("operation_rows", "Rows that operations went through", counts.rows.clone());
        Self(Arc::new(counts))
    }
}

impl Metrics {
    /// An operation of this process ended: its kind and status as `operations show` has them, and the rows it looked at
    /// (of an import the file's, of a recompute the accounts).
    pub fn operation(&self, kind: &str, status: &str, rows: u64) {
        self.0.operations.get_or_create(&Operation { kind: kind.to_owned(), status: status.to_owned() }).inc();
        self.0.rows.get_or_create(&Kind { kind: kind.to_owned() }).inc_by(rows);
    }

    pub(super) fn answered(&self, method: &Method, route: &str, status: u16, took: Duration) {
        let (method, route) = (known(method), route.to_owned());
        self.0.requests.get_or_create(&AnswerLabels { method, route: route.clone(), status }).inc();
        self.0.seconds.get_or_create(&RouteLabels { method, route }).observe(took.as_secs_f64());
    }

    /// Counts a request as in flight until the guard is dropped.
    pub(super) fn in_flight(&self) -> GaugeGuard {
        GaugeGuard::new(&self.0.in_flight)
    }

    /// Counts a connection as open until the guard is dropped.
    pub(super) fn opened(&self) -> GaugeGuard {
        self.0.opened.inc();
        GaugeGuard::new(&self.0.open)
    }

    pub(super) fn refused(&self) {
        self.0.refused.inc();
    }

    pub(super) fn cut(&self, reason: &'static str, count: u64) {
        if count > 0 {
            self.0.cut.get_or_create(&CutLabels { reason }).inc_by(count);
        }
    }

    /// OpenMetrics text, which Prometheus asks for first.
    pub(super) fn text(&self, db: &Db) -> Response {
        let pool = db.pool_state();
        for (state, count) in [("max", pool.max), ("open", pool.open), ("idle", pool.idle)] {
            self.0.pool.get_or_create(&Pool { state }).set(i64::from(count));
        }
        let mut body = String::new();
        match text::encode(&mut body, &self.0.registry) {
            Ok(()) => {
                ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], body).into_response()
            }
            // Writing to a String does not fail.
            Err(_) => axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

/// One more, as long as it lives.
#[derive(Debug)]
pub(super) struct GaugeGuard(Gauge);

impl GaugeGuard {
    fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for GaugeGuard {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A client can make up methods; each label is kept for good.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}
