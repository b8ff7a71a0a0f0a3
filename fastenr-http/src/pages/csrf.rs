//! Forms that other origins send: refused by the headers that browsers set themselves. Cookies are `SameSite=Lax` besides.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use tower_http::csrf::{CsrfLayer, ProtectionError};

use super::answer;
use crate::problem::ProblemSummary;
use crate::{Problem, State};

type RefusalHandler = fn(ProtectionError) -> Response;

/// Around every page. What the operator calls the server is its own origin too, as a proxy may call it otherwise.
pub(crate) fn no_foreign_writes(state: &State) -> CsrfLayer<RefusalHandler> {
    let own = state.dashboard().and_then(|dashboard| dashboard.public_url.as_deref());
    let layer = CsrfLayer::new();
    let layer = match own {
        Some(own) => layer.clone().add_trusted_origin(own.trim_end_matches('/')).unwrap_or(layer),
        None => layer,
    };
    layer.with_rejection_response(|_| answer::bare(&foreign()))
}

const DETAIL: &str =
    "this form was sent by another site, and nothing was done; open the page itself and send it from there";

fn foreign() -> ProblemSummary {
    ProblemSummary { status: StatusCode::FORBIDDEN, code: "foreign_origin".to_owned(), detail: Some(DETAIL.to_owned()) }
}

/// Browsers say where a form comes from. What says nothing is no browser, and has the API.
///
/// # Errors
/// `foreign_origin`.
pub(super) fn tells_origin(headers: &HeaderMap) -> Result<(), Problem> {
    let tells = headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN);
    if tells { Ok(()) } else { Err(Problem::new(StatusCode::FORBIDDEN, "foreign_origin", Some(DETAIL.to_owned()))) }
}
