//! Addresses of pages.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Characters that are not escaped in a query.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b':').remove(b',').remove(b'@');

/// One part of an address.
pub fn part(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

/// A path with a query of these names and texts.
pub fn with<N: AsRef<str>, T: AsRef<str>>(path: &str, pairs: impl IntoIterator<Item = (N, T)>) -> String {
    let mut address = path.to_owned();
    let mut sign = if path.contains('?') { '&' } else { '?' };
    for (name, text) in pairs {
        let _ = write!(address, "{sign}{}={}", part(name.as_ref()), part(text.as_ref()));
        sign = '&';
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries() {
        assert_eq!(
            with("/a", [("status", "active,at_risk"), ("search", "a&b ü")]),
            "/a?status=active,at_risk&search=a%26b%20%C3%BC"
        );
        assert_eq!(with::<&str, &str>("/a", []), "/a");
        assert_eq!(with("/a?b=1", [("c", "2")]), "/a?b=1&c=2");
    }
}
