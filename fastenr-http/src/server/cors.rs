//! Which other origins' pages may read the answers.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header};
use fastenr_core::{Error, Result};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::request_id::X_REQUEST_ID;

/// Nobody, some, or everybody. Credentials are never allowed, also not for those that are named: a key is sent in a header
/// that the page sets itself, and the API takes no cookies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins {
    any: bool,
    named: Vec<HeaderValue>,
}

impl Origins {
    /// `*`, or origins as browsers send them: a scheme and a host, a port where it is not the usual one, no path.
    ///
    /// # Errors
    /// `cors_origin`.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut origins = Self::default();
        for text in texts {
            match text {
                "*" => origins.any = true,
                text => origins.named.push(origin(text)?),
            }
        }
        if origins.any && !origins.named.is_empty() {
            return Err(Error::invalid("cors_origin", "the origin * allows all origins, so others have no effect")
                .hint("give * alone, or leave it out"));
        }
        Ok(origins)
    }

    pub const fn is_everybody(&self) -> bool {
        self.any
    }

    pub(super) fn named(&self) -> impl Iterator<Item = &HeaderValue> {
        self.named.iter()
    }

    pub(super) const fn any_allowed(&self) -> bool {
        self.any || !self.named.is_empty()
    }

    /// Nothing where nobody is allowed: then browsers keep the answers to themselves.
    pub(super) fn layer(&self) -> Option<CorsLayer> {
        if !self.any_allowed() {
            return None;
        }
        let allowed = if self.any { AllowOrigin::any() } else { AllowOrigin::list(self.named.iter().cloned()) };
        let methods = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE];
        let name = HeaderName::from_static;
        let layer = CorsLayer::new()
            .allow_origin(allowed)
            .allow_methods(methods)
            .allow_headers([
                header::ACCEPT,
                header::AUTHORIZATION,
                header::CONTENT_TYPE,
                header::IF_MATCH,
                header::IF_NONE_MATCH,
                name("idempotency-key"),
                name("last-event-id"),
                X_REQUEST_ID,
            ])
            .expose_headers([
                header::ETAG,
                header::LOCATION,
                header::RETRY_AFTER,
                header::CONTENT_DISPOSITION,
                name("fastenr-operation"),
                name("idempotency-replayed"),
                name("fastenr-replayed"),
                name("fastenr-left-out"),
                name("ratelimit"),
                name("ratelimit-policy"),
                X_REQUEST_ID,
            ])
            .max_age(Duration::from_secs(600));
        Some(layer)
    }
}

fn origin(text: &str) -> Result<HeaderValue> {
    let refused = || {
        Error::invalid("cors_origin", format!("{text:?} is no origin")).hint(
            "an origin is what a browser sends: https://app.example.com or http://localhost:3000, no path, lower case",
        )
    };
    let uri: axum::http::Uri = text.parse().map_err(|_| refused())?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(refused()) };
    // Written the one way in which browsers write it, since texts are compared.
    let usual = matches!((scheme, authority.port_u16()), ("http", Some(80)) | ("https", Some(443)));
    let same = format!("{scheme}://{}", authority.as_str().to_ascii_lowercase());
    if usual || !matches!(scheme, "http" | "https") || authority.as_str().contains(['@', '*']) || same != text {
        return Err(refused());
    }
    HeaderValue::from_str(text).map_err(|_| refused())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_written_as_browsers_write_them() {
        for text in ["https://app.example.com", "http://localhost:3000", "http://[::1]:8080", "*"] {
            assert!(Origins::parse([text]).is_ok(), "{text}");
        }
        for text in [
            "",
            "app.example.com",
            "https://app.example.com/",
            "https://App.example.com",
            "https://a.example:443",
            "http://a.example:80",
            "file:///x",
            "null",
            "https://a b",
            "https://u@a.example",
            "https://*.example.com",
        ] {
            assert_eq!(Origins::parse([text]).unwrap_err().code, "cors_origin", "{text:?}");
        }
        assert_eq!(Origins::parse(["*", "https://a.example"]).unwrap_err().code, "cors_origin");
        assert_eq!(Origins::parse([]).unwrap(), Origins::default());
    }
}
