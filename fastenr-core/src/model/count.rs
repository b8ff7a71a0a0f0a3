//! Whole numbers of things.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::error::Invalid;

/// Seats under contract: 0 to 2,147,483,647.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Seats(i32);

impl Seats {
    pub const MAX: Self = Self(i32::MAX);

    pub const fn new(seats: i32) -> Option<Self> {
        if seats >= 0 { Some(Self(seats)) } else { None }
    }

    /// A whole number, `25` or `25.00`. Code `seats`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        whole(text.trim())
            .and_then(|seats| i32::try_from(seats).ok())
            .map(Self)
            .ok_or(Invalid::new("seats", "seats are a whole number from 0 to 2147483647"))
    }

    /// Never negative.
    pub const fn get(self) -> i32 {
        self.0
    }
}

impl fmt::Display for Seats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Seats {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

/// Digits, and after a point nothing but zeros: spreadsheets like to write `25.0`.
pub(crate) fn whole(text: &str) -> Option<u64> {
    let (digits, zeros) = text.split_once('.').unwrap_or((text, "0"));
    let only_zeros = !zeros.is_empty() && zeros.bytes().all(|b| b == b'0');
    if digits.is_empty() || !only_zeros || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats() {
        for (text, seats) in [("0", 0), ("25", 25), ("25.00", 25), (" 0025 ", 25), ("2147483647", i32::MAX)] {
            assert_eq!(Seats::parse(text).unwrap().get(), seats, "{text}");
        }
        for text in ["", "-1", "+1", "2147483648", "1.5", "1.", ".0", "1,000", "1e3", "٣", "99999999999999999999999"] {
            assert_eq!(Seats::parse(text).unwrap_err().code, "seats", "{text}");
        }
        assert_eq!(Seats::new(-1), None);
    }
}
