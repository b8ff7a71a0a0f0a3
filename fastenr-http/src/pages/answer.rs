//! The responses of pages: HTML, redirects after forms, error pages.

use askama_text::drawn;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fastenr_html::page::RefusalPage;
use fastenr_html::{Frame, Template, link};
use uuid::Uuid;

use super::request;
use crate::guard::Caller;
use crate::problem::ProblemSummary;
use crate::reply::{self, Answer};
use crate::server::current_request_id;

/// A response that is not a page: a file.
#[derive(Clone)]
pub(crate) struct Plain;

/// A page runs its own script and style and nothing else, asks its own server, and sends forms to it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Headers of every page. Without a referrer forms would be sent without an origin, and refused.
const HEADERS: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::REFERRER_POLICY, "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
    (header::VARY, "Cookie, Fastenr-Fragment"),
];

mod askama_text {
    use crate::Problem;
    use axum::http::StatusCode;

    /// Writing into memory fails for no page.
    pub(super) fn drawn<E: std::fmt::Display>(text: Result<String, E>) -> Result<String, Problem> {
        text.map_err(|error| {
            tracing::error!("a page could not be drawn: {error}");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", None)
        })
    }
}

/// A whole page.
pub(crate) fn page(page: &impl Template) -> Answer {
    page_with(StatusCode::OK, page)
}

pub(crate) fn page_with(status: StatusCode, page: &impl Template) -> Answer {
    Ok(html(status, drawn(page.render())?))
}

/// One block of a page.
pub(crate) fn fragment(block: impl Template) -> Answer {
    Ok(html(StatusCode::OK, drawn(block.render())?))
}

fn html(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response()
}

pub(super) fn is_html(media: &HeaderValue) -> bool {
    media.to_str().is_ok_and(|media| media.starts_with("text/html"))
}

/// Adds the headers of every page.
pub(super) fn finished(mut response: Response) -> Response {
    if response.extensions().get::<Plain>().is_some() {
        return response;
    }
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

pub(super) fn see_other(address: &str) -> Response {
    let value = HeaderValue::from_str(address).unwrap_or(HeaderValue::from_static("/dashboard"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, value)]).into_response()
}

/// After a form: redirects to a page, which shows the change.
pub(crate) fn done(page: &str, operation: Option<Uuid>) -> Response {
    let (path, place) = page.split_once('#').map_or((page, ""), |(path, place)| (path, place));
    let mut address = link::with(path, operation.map(|id| ("done", id.to_string())));
    if !place.is_empty() {
        address.push('#');
        address.push_str(place);
    }
    let mut response = see_other(&address);
    response.headers_mut().extend(reply::operation(operation));
    response
}

/// An error page with the frame of the user.
pub(super) async fn refusal(told: &ProblemSummary, caller: Option<&Caller>) -> Response {
    match caller {
        Some(caller) => drawn_refusal(Frame::new(title(told), "", request::who(caller)), told),
        None => bare(told),
    }
}

/// An error page without a user.
pub(crate) fn bare(told: &ProblemSummary) -> Response {
    finished(drawn_refusal(Frame::bare(title(told)), told))
}

fn drawn_refusal(frame: Frame, told: &ProblemSummary) -> Response {
    let status = told.status;
    let home = match told.code.as_str() {
        "unknown_upload" | "not_checked" | "upload_busy" => ("Go to your files", "/dashboard/imports"),
        _ => ("Go to accounts", "/dashboard/accounts"),
    };
    let home = (home.0.to_owned(), home.1.to_owned());
    let page = RefusalPage {
        frame,
        status: status.as_u16(),
        title: title(told),
        detail: told.detail.clone().map(sentence).unwrap_or_default(),
        ways: if status == StatusCode::TOO_MANY_REQUESTS { Vec::new() } else { vec![home] },
        request: current_request_id().filter(|_| status.is_server_error()),
    };
    match page.render() {
        Ok(text) => html(status, text),
        Err(_) => (status, Body::empty()).into_response(),
    }
}

/// A message of the library as a sentence.
pub(crate) fn sentence(text: String) -> String {
    let mut text = text;
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if !text.ends_with(['.', '?', '!']) {
        text.push('.');
    }
    text
}

fn title(told: &ProblemSummary) -> String {
    let text = match (told.status.as_u16(), told.code.as_str()) {
        (_, "foreign_origin") => "Sent from another site",
        (401, _) => "Signed out",
        (403, _) => "Not allowed",
        (404, "no_such_path") => "Page not found",
        (404, _) => "Not found",
        (405, _) => "Not possible here",
        (409, _) => "Not possible now",
        (410, _) => "Already done",
        (412, _) => "Changed by someone else",
        (413, _) => "Too large",
        (421, _) => "Wrong host name",
        (429, _) => "Too many requests",
        (503, _) => "Busy: try again in a moment",
        (500.., _) => "Something went wrong",
        _ => "Invalid request",
    };
    text.to_owned()
}

/// The headers of the error, such as Retry-After.
pub(super) fn with_headers_of(mut page: Response, refused: &HeaderMap) -> Response {
    for name in [header::RETRY_AFTER, header::ALLOW] {
        if let Some(value) = refused.get(&name) {
            page.headers_mut().insert(name, value.clone());
        }
    }
    page
}
