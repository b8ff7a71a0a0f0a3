//! Work that may take long: answered when it is done or, when that takes more than [`PATIENCE`], with the operation to look
//! at. What it comes to is then kept for whoever asks for the operation's result.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fastenr_core::model::operation::{Operation, OperationStatus};
use fastenr_core::ops::{self, Context, results};
use fastenr_core::store::CANCELLED;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::{oneshot, watch};
use tracing::Instrument;
use uuid::Uuid;

use crate::endpoint::Endpoint;
use crate::guard::Caller;
use crate::reply::{self, Answer};
use crate::server::{Metrics, RequestLimits, Shutdown};
use crate::{Problem, State, hints, operations, schema};

/// How long an answer is waited for before one is told to come back.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// After so long one may look again, in seconds.
const RETRY: HeaderValue = HeaderValue::from_static("2");

/// Hears which operation the work is, as soon as that can be looked at. Clones tell the same.
#[derive(Debug, Clone)]
pub(crate) struct OperationSignal(Arc<watch::Sender<Option<Uuid>>>);

impl OperationSignal {
    fn new() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }

    pub(crate) fn tell(&self, operation: Uuid) {
        self.0.send_replace(Some(operation));
    }

    fn told(&self) -> Option<Uuid> {
        *self.0.borrow()
    }

    async fn wait(&self) {
        // The sender lives in `self`, so waiting can't fail.
        let _ = self.0.subscribe().wait_for(Option::is_some).await;
    }
}

/// What work came to.
pub(crate) struct WorkOutcome {
    status: StatusCode,
    body: Value,
    /// None where nothing was written.
    operation: Option<Uuid>,
    written: bool,
    rows: u64,
}

impl WorkOutcome {
    /// `rows` are those that were looked at, for the metrics.
    pub(crate) fn new(body: &impl Serialize, operation: Option<Uuid>, rows: u64) -> Self {
        let body = serde_json::to_value(body).unwrap_or_default();
        Self { status: StatusCode::OK, body, operation, written: true, rows }
    }

    /// Nothing was written, and this says why.
    #[must_use]
    pub(crate) fn refused(self, status: StatusCode) -> Self {
        Self { status, written: false, ..self }
    }

    fn into_response(self) -> Response {
        (self.status, reply::operation(self.operation), Json(self.body)).into_response()
    }
}

/// What is needed to see work to its end, whoever still waits for it.
pub(crate) struct Work {
    context: Context,
    metrics: Option<Metrics>,
    /// None within a router that nobody stops.
    shutdown: Option<Shutdown>,
    patience: Duration,
    /// Bytes of the request's body; none within a router without limits.
    body_limit: Option<u64>,
}

impl FromRequestParts<State> for Work {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let Caller { context, .. } = Caller::from_request_parts(parts, state).await?;
        let metrics = parts.extensions.get::<Metrics>().cloned();
        let shutdown = parts.extensions.get::<Shutdown>().cloned();
        let body_limit = parts.extensions.get::<RequestLimits>().map(RequestLimits::body);
        Ok(Self { context, metrics, shutdown, patience: state.patience(), body_limit })
    }
}

impl Work {
    pub(crate) fn body_limit(&self) -> Option<u64> {
        self.body_limit
    }

    /// Does the work in a task of its own, so that it goes on when the client is gone. `kind` is that of its operation, such as
    /// `accounts.import`; a dry run has none, and only its result can be asked for.
    pub(crate) async fn run<W, F>(self, kind: impl Into<String>, dry_run: bool, work: W) -> Answer
    where
        W: FnOnce(OperationSignal) -> F,
        F: Future<Output = Result<WorkOutcome, Problem>> + Send + 'static,
    {
        let begun = OperationSignal::new();
        let future = work(begun.clone());
        let (sender, answer) = oneshot::channel();
        let working = self.shutdown.as_ref().map(Shutdown::working);
        let seen_to = self.see_to(kind.into(), dry_run, begun, future, sender);
        let task = async move {
            seen_to.await;
            drop(working);
        };
        tokio::spawn(hints::carried(task).instrument(tracing::Span::current()));
        // Its sender is dropped by a panic alone, which the log has.
        answer.await.unwrap_or_else(|_| Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", None)))
    }

    async fn see_to(
        self,
        kind: String,
        dry_run: bool,
        begun: OperationSignal,
        work: impl Future<Output = Result<WorkOutcome, Problem>> + Send,
        sender: oneshot::Sender<Answer>,
    ) {
        let mut work = std::pin::pin!(work);
        let late = async {
            if !self.patience.is_zero() {
                tokio::time::sleep(self.patience).await;
            }
            if !dry_run {
                begun.wait().await;
            }
        };
        let (outcome, sender, id) = tokio::select! {
            biased;
            () = late => {
                let id = begun.told().unwrap_or_else(|| self.context.ids.next());
                // Beside the work: it may hold what the answer waits for.
                let early = async {
                    match self.answer_early(id, &kind, dry_run).await {
                        // Nobody may wait any more; the work goes on.
                        Ok(answer) => drop(sender.send(Ok(answer))),
                        Err(problem) => {
                            tracing::warn!(operation = %id, code = problem.code(), "not answered early");
                            return Some(sender);
                        }
                    }
                    None
                };
                let (sender, outcome) = tokio::join!(early, work);
                (outcome, sender, Some(id))
            }
            outcome = &mut work => (outcome, Some(sender), begun.told()),
        };
        if let Some(metrics) = self.metrics.as_ref().filter(|_| !dry_run) {
            let (status, rows) = match &outcome {
                Ok(done) => (if done.written { OperationStatus::Done } else { OperationStatus::Failed }, done.rows),
                Err(problem) if problem.code() == CANCELLED => (OperationStatus::Cancelled, 0),
                Err(_) => (OperationStatus::Failed, 0),
            };
            metrics.operation(&kind, status.as_str(), rows);
        }
        let (status, body) = match &outcome {
            Ok(done) => (done.status, done.body.to_string()),
            Err(problem) => (problem.status(), serde_json::to_string(problem).unwrap_or_default()),
        };
        let heard = sender.is_some_and(|sender| sender.send(outcome.map(WorkOutcome::into_response)).is_ok());
        if let Some(id) = id.filter(|_| !heard) {
            self.keep(id, status, &body).await;
        }
    }

    /// 202, and where to look. Reads only where there is an operation: on SQLite the work may be the one that writes.
    async fn answer_early(&self, id: Uuid, kind: &str, dry_run: bool) -> Answer {
        let operation = match dry_run {
            true => self.foretelling(id, kind),
            false => ops::operations::get(&self.context, &id.to_string()).await?,
        };
        let users = ops::users::list(&self.context).await?;
        let shown = Value::Object(operations::object(&operation, &users));
        if dry_run {
            results::keep(&self.context, id, StatusCode::ACCEPTED.as_u16(), &shown.to_string()).await?;
        }
        let mut response = accepted(shown);
        let place = if dry_run { format!("/api/operations/{id}/result") } else { format!("/api/operations/{id}") };
        if let Ok(place) = HeaderValue::from_str(&place) {
            response.headers_mut().insert(header::LOCATION, place);
        }
        Ok(response)
    }

    /// What a dry run would be in the journal.
    fn foretelling(&self, id: Uuid, kind: &str) -> Operation {
        Operation {
            id,
            kind: kind.to_owned(),
            status: OperationStatus::Running.as_str().to_owned(),
            user: self.context.user.id,
            source_name: None,
            source_sha256: None,
            parameters: json!({"dry_run": true}).to_string(),
            ledger: None,
            message: None,
            started_at: self.context.clock.now(),
            finished_at: None,
            undoes: None,
            undone_by: None,
            pruned_at: None,
        }
    }

    async fn keep(&self, id: Uuid, status: StatusCode, body: &str) {
        if let Err(error) = results::keep(&self.context, id, status.as_u16(), body).await {
            tracing::warn!(code = error.code, operation = %id, "a result was not kept: {error}");
        }
    }
}

/// 202 with an operation that is at work.
pub(crate) fn accepted(operation: Value) -> Response {
    (StatusCode::ACCEPTED, [(header::RETRY_AFTER, RETRY)], Json(operation)).into_response()
}

/// Documents the answer to work that takes long.
pub(crate) fn may_take_long(endpoint: Endpoint) -> Endpoint {
    endpoint
        .answers(
            StatusCode::ACCEPTED,
            "The request takes long and continues in the background: its operation.",
            schema::reference("Operation"),
            None,
        )
        .header(
            "Location",
            "Path of the operation; when it is done, `/result` under this path has the answer to this request.",
        )
        .header("Retry-After", "Seconds to wait before asking.")
}
