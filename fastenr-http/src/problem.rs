//! Errors as RFC 9457 problem details: the one place that turns an error into a status.

use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use fastenr_core::{Error, Kind};
use serde::Serialize;

/// The body of an error. `type` is stable and fit for a program; `detail` is for a person.
#[derive(Debug, Serialize)]
pub struct Problem {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &str, detail: Option<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self { kind: format!("urn:fastenr:problem:{code}"), title, status: status.as_u16(), detail }
    }

    pub(crate) fn invalid(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, Some(detail.into()))
    }
}

impl From<Error> for Problem {
    /// What went wrong inside is said to the log alone.
    fn from(error: Error) -> Self {
        let status = match error.kind {
            Kind::Invalid => StatusCode::BAD_REQUEST,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Refused => StatusCode::CONFLICT,
            Kind::Busy | Kind::Interrupted => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Io | Kind::Storage => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if status.is_server_error() {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(code = error.code, source, "{error}");
            let code = if status == StatusCode::SERVICE_UNAVAILABLE { "busy" } else { "internal" };
            return Self::new(status, code, None);
        }
        // Other hints speak of commands.
        let hint = error.hint.as_ref().filter(|_| error.kind == Kind::Invalid);
        let detail = hint.map_or_else(|| error.message.clone(), |hint| format!("{}; {hint}", error.message));
        Self::new(status, error.code, Some(detail))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

pub(crate) async fn no_such_path(uri: Uri) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no_such_path", Some(format!("there is nothing at {}", uri.path())))
}

pub(crate) async fn no_such_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "no_such_method", None)
}

#[cfg(test)]
mod tests {
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
        let error =
            Error::not_found("unknown_user", "no user is called \"jo\"").hint("`fastenr users list` shows them");
        assert!(body(error).ends_with(r#""detail":"no user is called \"jo\""}"#));
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
