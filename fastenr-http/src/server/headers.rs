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

/// `https`: browsers reach this server over TLS. They ignore the promise where it comes without.
pub(super) fn complete(headers: &mut HeaderMap, https: bool) {
    for (name, value) in USUAL {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if https {
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(HSTS);
    }
}

/// An encoded answer has other bytes than the plain one: its tag says so. [`plain_tag`] takes it back.
pub(super) fn tag_of_its_own(headers: &mut HeaderMap) {
    let encoding = headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    let tag = headers.get(header::ETAG).and_then(|value| value.to_str().ok()).and_then(|tag| tag.strip_suffix('"'));
    if let (Some(encoding), Some(tag)) = (encoding, tag)
        && let Ok(own) = HeaderValue::from_str(&format!("{tag}-{encoding}\""))
    {
        headers.insert(header::ETAG, own);
    }
}

/// What a tag that a client sends stands for: the version of a record is the same in every encoding, and proxies that encode an
/// answer themselves make its tag weak.
pub(crate) fn plain_tag(tag: &str) -> &str {
    let strong = tag.strip_prefix("W/").unwrap_or(tag);
    let quoted = strong.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let Some(text) = quoted else { return strong };
    ["-gzip", "-br", "-zstd"].iter().find_map(|encoding| text.strip_suffix(encoding)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_encodings_mean_the_same_version() {
        for tag in ["\"7\"", "W/\"7\"", "\"7-gzip\"", "W/\"7-br\"", "\"7-zstd\""] {
            assert_eq!(plain_tag(tag), "7", "{tag}");
        }
        for (tag, plain) in [("7", "7"), ("\"7-x\"", "7-x"), ("*", "*"), ("", "")] {
            assert_eq!(plain_tag(tag), plain);
        }
        let mut headers = HeaderMap::from_iter([(header::ETAG, HeaderValue::from_static("\"7\""))]);
        tag_of_its_own(&mut headers);
        assert_eq!(headers[header::ETAG], "\"7\"");
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
        tag_of_its_own(&mut headers);
        assert_eq!(headers[header::ETAG], "\"7-br\"");
    }
}
