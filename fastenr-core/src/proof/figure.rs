//! A number as people and programs read it.

use std::fmt;

use serde::{Serialize, Serializer};

/// A share, a probability or a ratio. It is written with four decimals at most, and judged by all that it has.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Figure(f64);

impl Figure {
    /// `part / whole`; None if the whole is nothing.
    pub(crate) fn of(part: usize, whole: usize) -> Option<Self> {
        (whole > 0).then(|| Self(part as f64 / whole as f64))
    }

    pub(crate) const fn new(value: f64) -> Self {
        Self(value)
    }

    /// Unrounded.
    pub const fn value(self) -> f64 {
        self.0
    }

    /// The nearest number of four decimals; of two that are as near, the one farther from 0.
    pub fn rounded(self) -> f64 {
        (self.0 * 10_000.0).round() / 10_000.0
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rounded().fmt(f)
    }
}

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.rounded())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_decimals() {
        for (part, whole, text) in
            [(2, 3, "0.6667"), (1, 8, "0.125"), (0, 5, "0.0"), (1, 20_000, "0.0001"), (3, 1, "3.0")]
        {
            let figure = Figure::of(part, whole).unwrap();
            assert_eq!(serde_json::to_string(&figure).unwrap(), text, "{part}/{whole}");
        }
        assert_eq!(Figure::of(2, 3).unwrap().to_string(), "0.6667");
        assert_eq!(Figure::of(2, 3).unwrap().value(), 2.0 / 3.0);
        assert_eq!(Figure::of(1, 0), None);
    }
}
