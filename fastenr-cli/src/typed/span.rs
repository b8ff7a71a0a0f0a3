//! Durations: `90d`, `3m`, `2 weeks`.

use std::str::FromStr;

use fastenr_core::Invalid;
use fastenr_core::model::duration;
use fastenr_core::model::when::When;

/// A duration as the library reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span(String);

impl Span {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Span {
    type Err = Invalid;

    /// Blank text means no filter.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self(String::new()));
        }
        let parsed = duration::Span::parse(text);
        if parsed.is_ok() {
            return Ok(Self(text.to_owned()));
        }
        // In words, with one unit, which is what the library reads.
        let words = When::parse(text).ok().and_then(When::span).map(|span| span.to_string());
        match words.filter(|words| duration::Span::parse(words).is_ok()) {
            Some(words) => Ok(Self(words)),
            None => parsed.map(|_| Self(String::new())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        for (text, read) in
            [("90d", "90d"), (" 3m ", "3m"), ("1Y", "1Y"), ("2 weeks", "14d"), ("a year", "12m"), ("", "")]
        {
            assert_eq!(text.parse::<Span>().unwrap().as_str(), read, "{text}");
        }
        for text in ["90", "soon", "-3d", "3h", "1m 2d", "monday", "2026-03-01"] {
            assert!(text.parse::<Span>().unwrap_err().rule.contains("such as 90d"), "{text}");
        }
    }
}
