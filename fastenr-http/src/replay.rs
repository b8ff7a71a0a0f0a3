//! The answer to a call that was done and whose answer was not kept, from the operation and the record that it wrote.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use fastenr_core::model::operation::Operation;
use fastenr_core::ops::{Context, operations};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::reply::WriteOutcome;
use crate::{Problem, accounts, nouns, reply};

/// Says that a replay is answered from the record as it is now, which somebody wrote since.
const CURRENT: HeaderName = HeaderName::from_static("fastenr-replayed");

/// A record as the API shows it.
pub(crate) struct ShownRecord {
    pub(crate) path: &'static str,
    pub(crate) id: Uuid,
    pub(crate) version: i64,
    pub(crate) updated_at: Option<DateTime<Utc>>,
    pub(crate) object: Map<String, Value>,
}

pub(crate) async fn of(context: &Context, operation: &Operation) -> Result<Response, Problem> {
    let id = operation.id;
    // As `accounts.create`: what was done to what.
    let done = operation.kind.rsplit_once('.').map_or("", |(_, verb)| verb);
    if done == "delete" {
        return Ok(reply::deleted(Some(id)));
    }
    let record = match operations::subject(context, id).await? {
        Some((noun, Some(record))) if noun == "accounts" => accounts::shown(context, record).await?,
        Some((noun, Some(record))) => nouns::shown(context, &noun, record).await?,
        _ => None,
    };
    let Some(record) = record else { return Ok(only_the_operation(id)) };
    let is_new = done == "create";
    let is_as_it_was = record.updated_at.is_some() && record.updated_at == operation.finished_at;
    let mut response = WriteOutcome {
        status: if is_new { StatusCode::CREATED } else { StatusCode::OK },
        location: is_new.then(|| format!("{}/{}", record.path, record.id)),
        version: record.version,
        operation: Some(id),
        object: record.object,
        dry_run: false,
    }
    .into_response();
    if !is_as_it_was {
        response.headers_mut().insert(CURRENT, HeaderValue::from_static("current"));
    }
    Ok(response)
}

/// What it wrote is no single record, or one that is gone.
fn only_the_operation(id: Uuid) -> Response {
    let detail = "the call was done, and its answer was lost: the operation in `Fastenr-Operation` says what it did";
    let mut response = Problem::new(StatusCode::GONE, "answer_not_kept", Some(detail.to_owned())).into_response();
    let headers = response.headers_mut();
    headers.extend(reply::operation(Some(id)));
    if let Ok(place) = HeaderValue::from_str(&format!("/api/operations/{id}")) {
        headers.insert(header::LOCATION, place);
    }
    response
}
