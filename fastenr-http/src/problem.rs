//! Errors as RFC 9457 problem details: the one place that turns an error into a status.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use fastenr_core::error::codes;
use fastenr_core::{Error, Kind};
use serde::Serialize;
use utoipa::ToSchema;

use crate::at::{FIXED, SIGN};
use crate::hints;
use crate::server::current_request_id;

/// An error. `type` is stable, for programs; `detail` is for people.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Type of the error: `urn:fastenr:problem:` and a stable code. `docs/problems.md` has all codes.
    #[serde(rename = "type")]
    kind: String,
    /// The HTTP status in words.
    title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong, the rule, and the way out; absent for server errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// The errors of single members or parameters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
    /// Number of further errors that are not listed.
    #[serde(skip_serializing_if = "none")]
    #[schema(required = false)]
    more_errors: u32,
    /// Id of the request in the log: the `X-Request-Id` of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<Box<str>>,
    #[serde(skip)]
    headers: Option<Box<HeaderMap>>,
}

fn none(count: &u32) -> bool {
    *count == 0
}

/// An error of one member of the body or one parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The member of the body, as a JSON pointer (RFC 6901).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/arr")]
    pub pointer: Option<String>,
    /// The query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// Stable code for programs.
    #[schema(example = "arr_decimals")]
    pub code: String,
    /// The broken rule.
    pub detail: String,
}

impl FieldError {
    /// About a member at the top of the body.
    pub(crate) fn member(name: &str, code: &str, detail: impl Into<String>) -> Self {
        let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        Self { pointer: Some(pointer), parameter: None, code: code.to_owned(), detail: detail.into() }
    }
}

/// Mistakes that one answer names.
pub(crate) const MOST_ERRORS: usize = 100;

const URN: &str = "urn:fastenr:problem:";

/// A request is well formed that breaks only rules which no schema can tell: see the table of codes.
fn mistake<'c>(mut codes: impl Iterator<Item = &'c str>) -> StatusCode {
    let well_formed = StatusCode::UNPROCESSABLE_ENTITY;
    match codes.all(|code| codes::status(Kind::Invalid, code) == well_formed.as_u16()) {
        true => well_formed,
        false => StatusCode::BAD_REQUEST,
    }
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &str, detail: Option<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        let kind = format!("{URN}{code}");
        let status = status.as_u16();
        Self { kind, title, status, detail, errors: Vec::new(), more_errors: 0, request_id: None, headers: None }
    }

    pub(crate) fn invalid(code: &str, detail: impl Into<String>) -> Self {
        Self::new(mistake([code].into_iter()), code, Some(detail.into()))
    }

    /// The request was well formed: what is wrong is the content that it brought.
    #[must_use]
    pub(crate) fn of_content(mut self) -> Self {
        if self.status() == StatusCode::BAD_REQUEST {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            self.title = status.canonical_reason().unwrap_or("Error");
            self.status = status.as_u16();
        }
        self
    }

    /// Several members of the body at once; the first hundred are named.
    pub(crate) fn fields(mut errors: Vec<FieldError>) -> Self {
        let more = errors.len().saturating_sub(MOST_ERRORS);
        errors.truncate(MOST_ERRORS);
        Self::first_fields(errors, more)
    }

    /// The same, of which so many `more` are only counted.
    pub(crate) fn first_fields(errors: Vec<FieldError>, more: usize) -> Self {
        let mut detail = errors.iter().map(|error| error.detail.as_str()).collect::<Vec<_>>().join("; ");
        if more > 0 {
            detail.push_str(&format!("; and {more} more"));
        }
        let code = match &errors[..] {
            [one] => one.code.clone(),
            _ => "invalid_fields".to_owned(),
        };
        let status = mistake(errors.iter().map(|error| error.code.as_str()));
        let more_errors = u32::try_from(more).unwrap_or(u32::MAX);
        Self { errors, more_errors, ..Self::new(status, &code, Some(detail)) }
    }

    pub(crate) fn unauthenticated() -> Self {
        let detail = "give an API key in the header `Authorization: Bearer KEY`";
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", Some(detail.to_owned()))
            .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"fastenr\""))
    }

    /// The database can't do it now; the log has the cause.
    fn unavailable(code: &str) -> Self {
        let (code, detail) = match code {
            "commit_unknown" => (
                "commit_unknown",
                "the connection to the database was lost during the commit: whether the write was kept shows in the data",
            ),
            _ => ("unavailable", "the database can't do this now; nothing was written"),
        };
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, Some(detail.to_owned()))
    }

    #[must_use]
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.get_or_insert_default().insert(name, value);
        self
    }

    /// Says which query parameter it is about.
    #[must_use]
    pub(crate) fn at_parameter(mut self, name: &str) -> Self {
        let (code, detail) = (self.code().to_owned(), self.detail.clone().unwrap_or_default());
        self.errors = vec![FieldError { pointer: None, parameter: Some(name.to_owned()), code, detail }];
        self
    }

    /// Says which member of the body it is about.
    #[must_use]
    pub(crate) fn at_member(mut self, name: &str) -> Self {
        let (code, detail) = (self.code().to_owned(), self.detail.clone().unwrap_or_default());
        self.errors = vec![FieldError::member(name, &code, detail)];
        self
    }

    /// What a parameter is blamed for is meant of the member of the body with its name.
    #[must_use]
    pub(crate) fn of_body(mut self) -> Self {
        for error in &mut self.errors {
            if let Some(name) = error.parameter.take() {
                error.pointer = FieldError::member(&name, "", "").pointer;
            }
        }
        self
    }

    /// The last part of `type`.
    pub(crate) fn code(&self) -> &str {
        self.kind.strip_prefix(URN).unwrap_or_default()
    }

    pub(crate) fn detail(&self) -> &str {
        self.detail.as_deref().unwrap_or_default()
    }

    pub(crate) fn is_unauthenticated(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED.as_u16()
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

fn status(error: &Error) -> StatusCode {
    StatusCode::from_u16(codes::status(error.kind, error.code)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

impl From<Error> for Problem {
    /// What went wrong inside is said to the log alone.
    fn from(error: Error) -> Self {
        let status = status(&error);
        if status.is_server_error() {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(code = error.code, source, "{error}");
            return match (error.kind, status) {
                (Kind::Storage | Kind::Io, StatusCode::SERVICE_UNAVAILABLE) => Self::unavailable(error.code),
                (_, StatusCode::SERVICE_UNAVAILABLE) => Self::new(status, "busy", None),
                _ => Self::new(status, "internal", None),
            };
        }
        let may_name = error.kind != Kind::NotFound || hints::may_name(error.code);
        let hints = may_name.then(|| error.hints.at(&hints::edge())).flatten();
        let detail = hints.map_or_else(|| error.message.clone(), |hints| format!("{}; {hints}", error.message));
        let mut problem = Self::new(status, error.code, Some(detail));
        if status == StatusCode::UNAUTHORIZED {
            problem.headers = Self::unauthenticated().headers;
        }
        match &error.field {
            Some(field) => problem.at_parameter(field),
            None => problem,
        }
    }
}

impl Problem {
    /// The parts of the answer: its status, its headers, the document.
    pub(crate) fn parts(mut self) -> (StatusCode, HeaderMap, Vec<u8>) {
        let extra = self.headers.take();
        self.request_id = current_request_id().map(Into::into);
        let status = self.status();
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        headers.extend(extra.map(|extra| *extra).unwrap_or_default());
        // Texts and numbers: nothing in it can fail to be written.
        (status, headers, serde_json::to_vec(&self).unwrap_or_default())
    }
}

/// What a refusal says, for whoever shows it another way.
#[derive(Debug, Clone)]
pub(crate) struct ProblemSummary {
    pub(crate) status: StatusCode,
    pub(crate) code: String,
    pub(crate) detail: Option<String>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let told = ProblemSummary { status: self.status(), code: self.code().to_owned(), detail: self.detail.clone() };
        let (status, headers, body) = self.parts();
        let mut response = (status, headers, body).into_response();
        response.extensions_mut().insert(told);
        response
    }
}

pub(crate) async fn no_such_path(uri: Uri) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no_such_path", Some(format!("there is nothing at {}", uri.path())))
}

pub(crate) async fn no_such_method(uri: Uri) -> Problem {
    let mut detail = "the header `Allow` says which methods this path has".to_owned();
    if let Some((before, name)) = uri.path().rsplit_once('/').filter(|(_, name)| FIXED.contains(name)) {
        detail.push_str(&format!("; a record that is called {name:?} is at {before}/{SIGN}{name}"));
    }
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "no_such_method", Some(detail))
}

#[cfg(test)]
mod tests {
    use fastenr_core::error::Verb;
    use fastenr_core::say;

    use super::*;

    fn body(error: Error) -> String {
        serde_json::to_string(&Problem::from(error)).unwrap()
    }

    #[test]
    fn a_mistake_is_explained() {
        let error = Error::invalid("unknown_filter", "there is no parameter \"stat\"").hint("did you mean status?");
        assert_eq!(
            body(error),
            r#"{"type":"urn:fastenr:problem:unknown_filter","title":"Bad Request","status":400,"detail":"there is no parameter \"stat\"; did you mean status?"}"#
        );
        let error = Error::not_found("unknown_user", "no user is called \"jo\"")
            .hint(say!("list them with {}", Verb::UsersList));
        assert!(body(error).ends_with(r#""detail":"no user is called \"jo\""}"#));
    }

    #[test]
    fn the_place_is_named() {
        let error = Error::invalid("arr_decimals", "arr 1.234: ARR has at most two decimals").field("arr");
        let problem = Problem::from(error).of_body();
        assert_eq!(problem.errors[0].pointer.as_deref(), Some("/arr"));
        assert_eq!(FieldError::member("a/b~c", "x", "y").pointer.as_deref(), Some("/a~1b~0c"));
    }

    #[test]
    fn statuses() {
        let of = |error: Error| Problem::from(error).status;
        assert_eq!(of(Error::refused("stale", "")), 412);
        assert_eq!(of(Error::forbidden("not_admin", "")), 403);
        assert_eq!(of(Error::refused("exists", "")), 409);
        assert_eq!(of(Error::not_found("unknown_account", "")), 404);
    }

    #[test]
    fn what_no_schema_tells_is_of_the_content() {
        let of = |codes: &[&str]| {
            Problem::fields(codes.iter().map(|code| FieldError::member("x", code, String::new())).collect()).status
        };
        // Each number with decimals, alone and beside another.
        for code in ["percent", "hours", "minutes", "goal_value", "arr_decimals"] {
            assert_eq!((of(&[code]), of(&[code, "percent"])), (422, 422), "{code}");
        }
        assert_eq!((of(&["count"]), of(&["percent", "count"])), (400, 400));
    }

    #[test]
    fn a_failure_of_ours_is_not() {
        let error = Error::new(Kind::Storage, "database", "database: no such table: accounts");
        assert_eq!(
            body(error),
            r#"{"type":"urn:fastenr:problem:internal","title":"Internal Server Error","status":500}"#
        );
        let error = Error::new(Kind::Busy, "busy", "another run holds the lock");
        let response = Problem::from(error).into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "5");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
    }
}
