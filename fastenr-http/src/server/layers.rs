//! What is around every answer. From the outside in: its id, its line in the log, its count and the usual headers; other
//! origins; compression; the limits of its request; panics; where no key is asked for, pages of other origins; the routes.

use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, HttpBody};
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State as FromState};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use fastenr_core::clock::Clock;
use fastenr_core::id::Ids;
use fastenr_core::store::Db;
use tower::ServiceBuilder;
use tower::util::option_layer;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tracing::Instrument;

use super::body::{FusedBody, LimitedBody};
use super::connection::OverConnection;
use super::metrics::NO_ROUTE;
use super::request_id::X_REQUEST_ID;
use super::{Options, RequestLimits, Shutdown, headers, host, keyless, probes, request_id};
use crate::Problem;

/// The public part of the key that a request came with: put into the answer's extensions, it shows in the log.
#[derive(Debug, Clone)]
pub struct KeyPrefix(pub String);

#[derive(Debug, Clone)]
struct Around {
    options: Arc<Options>,
    ids: Ids,
}

/// The routes with the probes beside them and all that is around them. Requests carry [`Shutdown`], [`RequestLimits`] and
/// [`super::Metrics`] in their extensions.
pub fn app(routes: Router, db: Db, options: &Options, shutdown: &Shutdown) -> Router {
    // Ids of requests tell of the machine's time, also where that of the data is set.
    let ids = Ids::new(Clock::System);
    let around = Around { options: Arc::new(options.clone()), ids };
    let routed = routes
        .merge(probes::routes(db, options, shutdown))
        // Ours knows what the route says, and its answer is a problem.
        .layer((DefaultBodyLimit::disable(), Extension(shutdown.clone()), Extension(options.metrics.clone())))
        .layer(from_fn(tell_route));
    let layered = ServiceBuilder::new()
        .layer(from_fn_with_state(around.clone(), outermost))
        .layer(option_layer(options.origins.layer()))
        .layer(from_fn(crate::pages::refusals))
        // Level 4 of each: most of what they gain for a fraction of the time.
        .layer(CompressionLayer::new().quality(CompressionLevel::Precise(4)))
        .layer(from_fn_with_state(around, within_limits))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(option_layer(options.keyless.then(|| from_fn(keyless::only_by_its_own_name))))
        .layer(option_layer(options.keyless.then(|| keyless::no_foreign_writes(&options.origins))))
        .service(routed);
    Router::new().fallback_service(layered)
}

async fn outermost(FromState(around): FromState<Around>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let metrics = &around.options.metrics;
    let _in_flight = metrics.in_flight();
    let id = request_id::of(request.headers(), &around.ids);
    let method = request.method().clone();
    // A preflight names the method it is about, and is answered before the routes. Any other OPTIONS is asked of them as a
    // method that none of them has: the refusal says which ones there are.
    let preflight =
        around.options.origins.any_allowed() && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let options = method == Method::OPTIONS && !preflight;
    if options {
        *request.method_mut() = Method::TRACE;
    }
    let span = tracing::info_span!("request", request_id = id.to_str().unwrap_or_default());
    let mut response = request_id::within(id.clone(), next.run(request)).instrument(span.clone()).await;
    if options && response.status() == StatusCode::METHOD_NOT_ALLOWED {
        response = allowed(response);
    }
    headers::complete(response.headers_mut(), around.options.is_https());
    headers::tag_of_its_own(response.headers_mut());
    response.headers_mut().insert(X_REQUEST_ID, id);

    let matched = response.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    let took = started.elapsed();
    metrics.answered(&method, route, response.status().as_u16(), took);
    let key = response.extensions().get::<KeyPrefix>().map(|KeyPrefix(prefix)| prefix.as_str());
    span.in_scope(|| log(&method, route, response.status(), took.as_secs_f64() * 1e3, key));
    response
}

/// A line for each answer. The path and the query are left out: either may hold what is nobody's business.
fn log(method: &Method, route: &str, status: StatusCode, ms: f64, key: Option<&str>) {
    let (status, ms) = (status.as_u16(), (ms * 1e3).round() / 1e3);
    macro_rules! say {
        ($level:ident) => {
            tracing::$level!(%method, route, status, ms, key, "answered")
        };
    }
    match (route, status) {
        (_, 500..) => say!(warn),
        ("/healthz" | "/readyz", _) => say!(debug),
        _ => say!(info),
    }
}

/// To OPTIONS: no content, but what the route lets one do.
fn allowed(refused: Response) -> Response {
    let mut answer = refused.map(|_| Body::empty());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    let headers = answer.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    headers.remove(header::CONTENT_LENGTH);
    let methods = headers.get(header::ALLOW).and_then(|allow| allow.to_str().ok()).unwrap_or_default();
    let methods = if methods.is_empty() { "OPTIONS".to_owned() } else { format!("{methods},OPTIONS") };
    if let Ok(methods) = HeaderValue::from_str(&methods) {
        headers.insert(header::ALLOW, methods);
    }
    answer
}

async fn within_limits(FromState(around): FromState<Around>, mut request: Request, next: Next) -> Response {
    let options = &around.options;
    let limits = RequestLimits::new(options);
    if request.extensions().get::<OverConnection>().is_some()
        && let Some(problem) = host::mistake(&request)
    {
        return problem.into_response();
    }
    request.extensions_mut().insert(limits.clone());
    let request = request.map(|body| {
        if body.is_end_stream() { body } else { Body::new(LimitedBody::new(body, limits.clone(), options)) }
    });
    let refusal = tokio::select! {
        biased;
        answer = next.run(request) => match limits.refusal() {
            None => return answer.map(FusedBody::body),
            Some(refusal) => refusal,
        },
        refusal = limits.over() => refusal,
    };
    let mut answer = Problem::from(refusal).into_response();
    // What is still on its way belongs to no further request.
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}

/// Beyond the router nobody knows the route.
async fn tell_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

/// A bug of ours. Where the profile aborts on panics the process ends instead, and whoever started it
/// starts it again; what was committed stands either way.
fn panicked(payload: Box<dyn std::any::Any + Send>) -> Response {
    let message = payload.downcast_ref::<String>().map(String::as_str);
    let message = message.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message");
    tracing::error!(message, "a handler panicked");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", None).into_response()
}
