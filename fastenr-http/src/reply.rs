//! Answers: lists in their envelope, records with their version.

use axum::Json;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fastenr_core::model::cursor::{Extent, Part};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::server::plain_tag;
use crate::{Problem, State};

/// The operation that a write was: what undoes it.
pub(crate) const OPERATION: HeaderName = HeaderName::from_static("fastenr-operation");

/// The scopes that would have shown what is left out.
const LEFT_OUT: HeaderName = HeaderName::from_static("fastenr-left-out");

pub(crate) type Answer = Result<Response, Problem>;

/// One page of a list.
#[derive(Debug, Serialize)]
struct Envelope<T> {
    data: Vec<T>,
    /// None where nobody wanted to know.
    total: Option<u64>,
    #[serde(rename = "totalIsMinimum", skip_serializing_if = "is_false")]
    total_is_minimum: bool,
    /// None behind a cursor.
    page: Option<u64>,
    limit: u64,
    #[serde(rename = "hasMore")]
    has_more: bool,
    #[serde(rename = "nextCursor")]
    next_cursor: Option<String>,
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A part of a list, each row as `shown`.
pub(crate) fn page<R, T: Serialize>(part: &Part<R>, shown: impl FnMut(&R) -> T) -> Response {
    Json(Envelope {
        total: part.total.map(Extent::count),
        total_is_minimum: part.total.is_some_and(Extent::is_minimum),
        page: part.page.map(|page| page.number),
        limit: part.limit,
        has_more: part.has_more(),
        next_cursor: part.next.as_ref().map(ToString::to_string),
        data: part.rows.iter().map(shown).collect(),
    })
    .into_response()
}

/// A record, with its version as the `ETag`; 304 where the caller has it already.
pub(crate) fn record(asked: &HeaderMap, object: Map<String, Value>, version: i64) -> Response {
    let tag = etag(version);
    let known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let is = |one: &str| one == "*" || plain_tag(one) == plain_tag(&tag);
    if known.flat_map(|list| list.split(',')).any(|one| is(one.trim())) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    ([(header::ETAG, tag)], Json(object)).into_response()
}

/// What a write came to: the record as it is now, or would be.
pub(crate) struct WriteOutcome {
    pub(crate) status: StatusCode,
    pub(crate) object: Map<String, Value>,
    pub(crate) version: i64,
    pub(crate) operation: Option<Uuid>,
    pub(crate) dry_run: bool,
    /// Where a new record is.
    pub(crate) location: Option<String>,
}

impl IntoResponse for WriteOutcome {
    fn into_response(self) -> Response {
        if self.dry_run {
            return (StatusCode::OK, Json(self.object)).into_response();
        }
        let mut headers = operation(self.operation);
        let value = |text: String| HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""));
        headers.insert(header::ETAG, value(etag(self.version)));
        if let Some(location) = self.location {
            headers.insert(header::LOCATION, value(location));
        }
        (self.status, headers, Json(self.object)).into_response()
    }
}

/// What a write came to, where it is no single record: without a version.
pub(crate) fn composite(status: StatusCode, operation: Option<Uuid>, body: &impl Serialize) -> Response {
    (status, self::operation(operation), Json(body)).into_response()
}

/// A record that is gone.
pub(crate) fn deleted(operation: Option<Uuid>) -> Response {
    (StatusCode::NO_CONTENT, self::operation(operation)).into_response()
}

/// The header that names the operation, where there is one.
pub(crate) fn operation(operation: Option<Uuid>) -> HeaderMap {
    operation
        .and_then(|id| HeaderValue::from_str(&id.to_string()).ok())
        .map(|value| (OPERATION, value))
        .into_iter()
        .collect()
}

/// The header that names the scopes which would have shown more, where there are any.
pub(crate) fn left_out(scopes: &[String]) -> HeaderMap {
    let value = (!scopes.is_empty()).then(|| HeaderValue::from_str(&scopes.join(", ")).ok()).flatten();
    value.map(|value| (LEFT_OUT, value)).into_iter().collect()
}

pub(crate) fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// The versions that a write may find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum VersionMatch {
    /// Whatever it is.
    Any,
    /// One of these.
    Of(Vec<i64>),
}

impl VersionMatch {
    /// # Errors
    /// 412 where nothing that is given can be a version of ours; 428 where nothing is given and something has to be.
    pub(crate) fn read(headers: &HeaderMap, state: &State) -> Result<Self, Problem> {
        let mut given = headers.get_all(header::IF_MATCH).iter().peekable();
        if given.peek().is_none() {
            if state.policy().require_if_match {
                let detail = "say in `If-Match` which version of the record you have seen: its `ETag`";
                return Err(Problem::new(
                    StatusCode::PRECONDITION_REQUIRED,
                    "if_match_required",
                    Some(detail.to_owned()),
                ));
            }
            return Ok(Self::Any);
        }
        let mut versions = Vec::new();
        for one in given.filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(',')) {
            let one = one.trim();
            if one == "*" {
                return Ok(Self::Any);
            }
            if one.ends_with('"') {
                versions.extend(plain_tag(one).parse::<i64>().ok());
            }
        }
        if versions.is_empty() { Err(Self::missed()) } else { Ok(Self::Of(versions)) }
    }

    /// What the library is to expect. `current` reads the version that the record has; it is asked where several are named.
    ///
    /// # Errors
    /// 412 where that is none of them; what `current` fails with.
    pub(crate) async fn expected(
        &self,
        current: impl Future<Output = Result<i64, Problem>>,
    ) -> Result<Option<i64>, Problem> {
        match self {
            Self::Any => Ok(None),
            Self::Of(versions) => match &versions[..] {
                [one] => Ok(Some(*one)),
                _ => {
                    let current = current.await?;
                    if versions.contains(&current) { Ok(Some(current)) } else { Err(Self::missed()) }
                }
            },
        }
    }

    fn missed() -> Problem {
        let detail = "the record is not at a version that `If-Match` names; read it again, then decide";
        Problem::new(StatusCode::PRECONDITION_FAILED, "stale", Some(detail.to_owned()))
    }
}
