//! What protects a server that asks for no key from the browser on its own machine: any page it shows can send requests to a
//! loopback address, and one whose name is made to mean that address can read the answers.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::csrf::CsrfLayer;

use super::{Origins, host};
use crate::Problem;

/// Refuses what was meant for another name than this machine's own.
pub(super) async fn only_by_its_own_name(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST);
    if host.is_none_or(|host| host.to_str().is_ok_and(is_own)) {
        return next.run(request).await;
    }
    let detail = "without keys this server answers to localhost and loopback addresses alone";
    Problem::new(StatusCode::MISDIRECTED_REQUEST, "not_this_host", Some(detail.to_owned())).into_response()
}

fn is_own(host: &str) -> bool {
    let Some(name) = host::name(host) else { return false };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

/// Refuses writes that a page of another origin sends, unless that origin is allowed.
pub(super) fn no_foreign_writes(origins: &Origins) -> CsrfLayer<fn(tower_http::csrf::ProtectionError) -> Response> {
    let layer = origins.named().filter_map(|origin| origin.to_str().ok()).fold(CsrfLayer::new(), |layer, origin| {
        // Origins are parsed more strictly than this layer does.
        layer.clone().add_trusted_origin(origin).unwrap_or(layer)
    });
    layer.with_rejection_response(|_| {
        let detail = "without keys this server takes no writes from pages of other origins; --cors-origin allows one";
        Problem::new(StatusCode::FORBIDDEN, "foreign_origin", Some(detail.to_owned())).into_response()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine() {
        for host in [
            "localhost",
            "LOCALHOST:8787",
            "127.0.0.1:8787",
            "127.1.2.3",
            "[::1]:8787",
            "[::1]",
            "[::ffff:127.0.0.1]:1",
        ] {
            assert!(is_own(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example:8787",
            "127.0.0.1.evil.example",
            "192.0.2.1",
            "[2001:db8::1]",
            "a b",
        ] {
            assert!(!is_own(host), "{host}");
        }
    }
}
