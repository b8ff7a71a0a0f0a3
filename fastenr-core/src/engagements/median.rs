//! Medians of whole numbers, exact.

use std::fmt;

/// The middle one of some whole numbers in order; of an even number of them, the mean of the two in the middle. That is a
/// whole number or lies halfway between two, so it is kept in halves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Median(i64);

impl Median {
    /// None of nothing. Reorders `numbers`; takes time in proportion to their number. For numbers whose double fits.
    pub fn of(numbers: &mut [i64]) -> Option<Self> {
        let length = numbers.len();
        if length == 0 {
            return None;
        }
        let (lower, upper, _) = numbers.select_nth_unstable(length / 2);
        let below = if length.is_multiple_of(2) { lower.iter().max().copied() } else { None };
        Some(Self(upper.saturating_add(below.unwrap_or(*upper))))
    }

    /// Twice the median.
    pub const fn halves(self) -> i64 {
        self.0
    }
}

/// `3`, `2.5`.
impl fmt::Display for Median {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let half = if self.0 % 2 == 0 { "" } else { ".5" };
        f.pad(&format!("{sign}{}{half}", self.0.unsigned_abs() / 2))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn medians() {
        for (numbers, text) in [
            (&mut [][..], None),
            (&mut [7], Some("7")),
            (&mut [7, 2], Some("4.5")),
            (&mut [9, 1, 2], Some("2")),
            (&mut [4, 1, 2, 100], Some("3")),
            (&mut [0, 1], Some("0.5")),
            (&mut [0, -1], Some("-0.5")),
            (&mut [-2, -4], Some("-3")),
        ] {
            assert_eq!(Median::of(numbers).map(|median| median.to_string()).as_deref(), text, "{numbers:?}");
        }
        assert_eq!(format!("{:>4}|", Median(5)), " 2.5|");
    }

    proptest! {
        #[test]
        fn as_many_below_as_above(mut numbers in prop::collection::vec(-20_i64..20, 1..30)) {
            let median = Median::of(&mut numbers).unwrap().halves();
            numbers.sort_unstable();
            let (middle, odd) = (numbers.len() / 2, numbers.len() % 2 == 1);
            let expected = if odd { 2 * numbers[middle] } else { numbers[middle - 1] + numbers[middle] };
            prop_assert_eq!(median, expected);
        }
    }
}
