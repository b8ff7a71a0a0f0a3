//! What every answer says to browsers, unless its handler said it.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

const USUAL: [(HeaderName, &str); 7] = [
    // Customers' data belong in no cache on the way.
    (header::CACHE_CONTROL, "no-store"),
    // An answer is data: it loads nothing and is shown in nobody's frame. A page has a policy of its own.
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// A year, for this host alone: a sibling may have no TLS.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

pub(super) fn complete(headers: &mut HeaderMap, tls: bool) {
    for (name, value) in USUAL {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if tls {
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(HSTS);
    }
}
