//! Writes that may be sent again: with the same `Idempotency-Key` the first is worked on, and every other one gets its answer.

use std::panic::resume_unwind;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fastenr_core::model::idempotency::{Answer, IdempotencyKey, PendingCall, fingerprint};
use fastenr_core::model::operation::Operation;
use fastenr_core::ops::Context;
use fastenr_core::ops::idempotency::{self, CallStatus, Lease};
use http_body_util::BodyExt;
use tracing::Instrument;

use crate::endpoint::Rules;
use crate::guard::Caller;
use crate::reply::OPERATION;
use crate::{Problem, body, hints, replay, server};

pub(crate) const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What belongs to an answer, and not to the moment at which it is given.
const KEPT: [HeaderName; 4] = [header::CONTENT_TYPE, header::ETAG, header::LOCATION, OPERATION];

/// The handler's answer, or the one that was given to the same call before.
pub(crate) async fn answer(caller: Option<Caller>, rules: &Rules, request: Request, next: Next) -> Response {
    let writes = [Method::POST, Method::PUT, Method::DELETE].contains(request.method());
    let asked = writes && request.headers().contains_key(KEY);
    match caller {
        Some(caller) if asked => once(caller, rules, request, next).await.unwrap_or_else(Problem::into_response),
        _ => next.run(request).await,
    }
}

async fn once(caller: Caller, rules: &Rules, request: Request, next: Next) -> Result<Response, Problem> {
    let key = key(request.headers())?;
    if !rules.idempotent {
        // Whoever sends one counts on it.
        let detail = "this path takes no Idempotency-Key; leave it out";
        return Err(Problem::invalid("idempotency_key", detail));
    }
    let (parts, stream) = request.into_parts();
    // The limits of the request hold here as in the handler.
    let bytes = Bytes::from_request(Request::from_parts(parts.clone(), stream), &()).await.map_err(body::unread)?;
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let print = fingerprint(parts.method.as_str(), target, &bytes);
    let request = Request::from_parts(parts, Body::from(bytes));
    // A client that goes away, or has waited long enough, must not stop the work between the claim, the write and its answer.
    let attempt = hints::carried(async move { attempt(&caller, &key, &print, request, next).await });
    let attempt = server::carried(attempt);
    match tokio::spawn(attempt.in_current_span()).await {
        Ok(answer) => answer,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(_) => Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", None)),
        },
    }
}

async fn attempt(
    caller: &Caller,
    key: &IdempotencyKey,
    print: &str,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    match idempotency::begin(&caller.context, caller.id(), key, print).await? {
        CallStatus::Started(lease) => {
            if let Some(caller) = request.extensions_mut().get_mut::<Caller>() {
                caller.context.call = PendingCall::new(lease.id);
            }
            Ok(work(&caller.context, &lease, request, next).await)
        }
        CallStatus::Replay(answer) => Ok(again(answer)),
        CallStatus::Written(operation) => from_record(&caller.context, &operation).await,
        CallStatus::Mismatch => {
            let detail = "this Idempotency-Key was sent with another call; one key is for one call";
            Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_mismatch", Some(detail.to_owned())))
        }
        CallStatus::Running(_) => {
            let detail = "a request with this Idempotency-Key is still in progress; retry later";
            Err(Problem::new(StatusCode::CONFLICT, "idempotency_running", Some(detail.to_owned()))
                .header(header::RETRY_AFTER, HeaderValue::from_static("1")))
        }
    }
}

/// # Errors
/// `idempotency_key`.
fn key(headers: &HeaderMap) -> Result<IdempotencyKey, Problem> {
    let mut given = headers.get_all(KEY).iter();
    match (given.next().and_then(|key| key.to_str().ok()), given.next()) {
        (_, Some(_)) => Err(Problem::invalid("idempotency_key", "Idempotency-Key is given twice")),
        (text, None) => IdempotencyKey::parse(text.unwrap_or_default())
            .map_err(|invalid| Problem::invalid(invalid.code, invalid.rule.into_owned())),
    }
}

/// Of a call that another attempt has done.
async fn from_record(context: &Context, operation: &Operation) -> Result<Response, Problem> {
    let mut response = replay::of(context, operation).await?;
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// Has the handler answer, and keeps that, unless sending the same again is the way out.
async fn work(context: &Context, lease: &Lease, request: Request, next: Next) -> Response {
    let (parts, stream) = next.run(request).await.into_parts();
    let done = parts.status.is_success() || parts.status.is_redirection();
    if !done
        && let Ok(Some(operation)) = idempotency::written(context, lease).await
        && let Ok(answer) = from_record(context, &operation).await
    {
        // Another attempt was quicker, or what failed came after the write.
        return answer;
    }
    let failed = parts.status.is_server_error();
    let passes = failed || parts.status == StatusCode::TOO_MANY_REQUESTS;
    let (kept, response) = match stream.collect().await {
        Ok(body) => {
            let bytes = body.to_bytes();
            let text = std::str::from_utf8(&bytes).ok().map(str::to_owned);
            let answer = Answer { status: parts.status.as_u16(), headers: headers(&parts.headers), body: text };
            ((!passes).then_some(answer), Response::from_parts(parts, Body::from(bytes)))
        }
        Err(error) => {
            tracing::error!("an answer broke off: {error}");
            (None, Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", None).into_response())
        }
    };
    let ended = match kept {
        Some(answer) => idempotency::finish(context, lease, answer).await,
        // It may have written all the same: the next attempt looks.
        None if failed => idempotency::release(context, lease).await,
        None => idempotency::abandon(context, lease).await,
    };
    match ended {
        Ok(true) => {}
        Ok(false) => tracing::warn!("a call took so long that another attempt at it took over"),
        // What was done stands, and its caller is told.
        Err(error) => tracing::error!(code = error.code, "the answer of a call was not kept: {error}"),
    }
    response
}

fn headers(all: &HeaderMap) -> Vec<(String, String)> {
    let text = |name: &HeaderName| Some((name.to_string(), all.get(name)?.to_str().ok()?.to_owned()));
    KEPT.iter().filter_map(text).collect()
}

/// The same answer once more. Of one whose body was too large to keep: 410, with where to look for what was done.
fn again(answer: Answer) -> Response {
    let Answer { status, headers, body } = answer;
    let whole = body.is_some();
    let mut response = match body {
        Some(body) => {
            let mut response = Response::new(Body::from(body));
            *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
            response
        }
        None => {
            let detail = format!(
                "the call was done and answered with {status}; the answer was larger than {} KiB and is not kept: read \
                 what it did by `Location` or by the operation in `Fastenr-Operation`",
                Answer::LARGEST >> 10
            );
            Problem::new(StatusCode::GONE, "answer_not_kept", Some(detail)).into_response()
        }
    };
    let into = response.headers_mut();
    for (name, value) in headers {
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) else { continue };
        if whole || name == header::LOCATION || name == OPERATION {
            into.insert(name, value);
        }
    }
    into.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
