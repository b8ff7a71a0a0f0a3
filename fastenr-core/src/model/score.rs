//! Scores: whole points from 0 to 100.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::count::whole;
use crate::error::Invalid;

/// 0 to 100 points: health (100 is best), churn risk (100 is worst), a component or a factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Score(u8);

impl Score {
    pub const MIN: Self = Self(0);
    pub const MAX: Self = Self(100);

    pub const fn new(points: u8) -> Option<Self> {
        if points <= Self::MAX.0 { Some(Self(points)) } else { None }
    }

    /// A whole number, `87` or `87.00`. Code `score`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        whole(text.trim())
            .and_then(|points| u8::try_from(points).ok())
            .and_then(Self::new)
            .ok_or(Invalid::new("score", "a score is a whole number from 0 to 100"))
    }

    pub const fn get(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Score {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores() {
        for (text, points) in [("0", 0), ("100", 100), (" 87 ", 87), ("87.0", 87), ("007", 7)] {
            assert_eq!(Score::parse(text).unwrap().get(), points, "{text}");
        }
        for text in ["", "-1", "101", "87.5", "high", "1e2", "99999999999999999999"] {
            assert_eq!(Score::parse(text).unwrap_err().code, "score", "{text}");
        }
        assert_eq!(serde_json::to_string(&Score::MAX).unwrap(), "100");
        assert_eq!(format!("{:>4}", Score::MAX), " 100");
    }
}
