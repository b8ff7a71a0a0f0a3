//! The answer to what is no request. hyper gives it by itself, a status alone; this puts a problem in its place.

use std::fmt::Write;

use axum::http::{HeaderMap, StatusCode, header};
use fastenr_core::clock::Clock;
use fastenr_core::id::Ids;

use super::request_id::{self, X_REQUEST_ID};
use super::{Options, headers};
use crate::Problem;

/// What is sent in place of `bare`, hyper's own answer; none where that is something else.
pub(super) fn in_place_of(bare: &[u8], options: &Options) -> Option<Vec<u8>> {
    let head = std::str::from_utf8(bare).ok()?.strip_prefix("HTTP/1.1 ")?;
    let problem = problem(head.get(..3)?.parse().ok()?, options)?;
    Some(answer(problem, options))
}

/// What begins a connection of a client that speaks HTTP/2 at once. hyper would close it without a word.
pub(super) const HTTP2: &[u8] = b"PRI * HTTP/2.0\r\n";

/// The answer to [`HTTP2`].
pub(super) fn http2(options: &Options) -> Vec<u8> {
    let detail = "this server speaks HTTP/1.1, not HTTP/2".to_owned();
    answer(Problem::new(StatusCode::BAD_REQUEST, "malformed_request", Some(detail)), options)
}

fn answer(problem: Problem, options: &Options) -> Vec<u8> {
    let id = request_id::of(&HeaderMap::new(), &Ids::new(Clock::System));
    let (status, mut fields, body) = request_id::at_once(id.clone(), || problem.parts());
    headers::complete(&mut fields, options.is_https());
    tracing::info!(request_id = id.to_str().unwrap_or_default(), status = status.as_u16(), "what came is no request");
    options.metrics.cut("malformed", 1);
    fields.insert(X_REQUEST_ID, id);
    fields.insert(header::CONTENT_LENGTH, body.len().into());
    let now = Clock::System.now().format("%a, %d %b %Y %H:%M:%S GMT");
    let mut answer = format!("HTTP/1.1 {status}\r\nconnection: close\r\ndate: {now}\r\n");
    for (name, value) in &fields {
        let _ = write!(answer, "{name}: {}\r\n", value.to_str().unwrap_or_default());
    }
    answer.push_str("\r\n");
    [answer.into_bytes(), body].concat()
}

fn problem(status: u16, options: &Options) -> Option<Problem> {
    let status = StatusCode::from_u16(status).ok().filter(StatusCode::is_client_error)?;
    let (code, detail) = match status {
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => (
            "headers_too_large",
            format!(
                "the line and the headers of a request have at most {} bytes and 100 headers",
                options.header_bytes
            ),
        ),
        StatusCode::URI_TOO_LONG => ("uri_too_long", "the address of the request is too long".to_owned()),
        _ => (
            "malformed_request",
            "the request's line or one of its headers is not as HTTP/1.1 writes it (RFC 9112)".to_owned(),
        ),
    };
    Some(Problem::new(status, code, Some(detail)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_alone_becomes_a_problem() {
        let bare = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\ndate: Sun, 01 Mar 2026 07:00:00 GMT\r\n\r\n";
        let told = String::from_utf8(in_place_of(bare, &Options::default()).unwrap()).unwrap();
        let (head, body) = told.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ndate: "), "{head}");
        assert!(head.contains(&format!("content-length: {}", body.len())) && head.contains("x-request-id: "), "{head}");
        let problem: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(
            (&problem["status"], &problem["type"]),
            (&400.into(), &"urn:fastenr:problem:malformed_request".into())
        );
        assert!(problem["request_id"].is_string());
        for other in ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", "data", ""] {
            assert_eq!(in_place_of(other.as_bytes(), &Options::default()), None);
        }
    }
}
