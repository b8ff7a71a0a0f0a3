//! Amounts and other numbers of a file as they are kept: scaled, converted, without the noise of binary fractions.

use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};

use super::mapping::Factor;
use crate::error::Invalid;

/// A number that is nearer than this to one with the decimals it may have is that one.
fn noise() -> Decimal {
    Decimal::new(1, 6)
}

/// A number whose decimals are still to be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Amount {
    value: Decimal,
    /// A division has left more digits than there are: only rounding ends it.
    endless: bool,
}

impl Amount {
    /// `plain` is what [`NumberReading::parse`](super::format::NumberReading::parse) gives. None for a number of more digits
    /// than anything here may have.
    pub(super) fn of(plain: &str, factor: Option<Factor>) -> Option<Self> {
        // Digits beyond the 28th place are rounded away: far below what noise is.
        let value = Decimal::from_str(plain).ok()?;
        let Some(Factor { multiply, divide }) = factor else { return Some(Self { value, endless: false }) };
        let product = value.checked_mul(multiply)?;
        let value = product.checked_div(divide)?;
        // All the digits there is room for: they do not end here.
        let endless = value.normalize().mantissa().unsigned_abs() >= 10_u128.pow(27);
        Some(Self { value, endless })
    }

    /// In the organization's currency, at `rate`: half to even, to the cent.
    pub(super) fn at_rate(self, rate: Decimal) -> Option<Decimal> {
        Some(half_even(self.value.checked_mul(rate)?, 2))
    }

    /// With `decimals`, and whether noise was taken off. None where it has more decimals than that.
    pub(super) fn within(self, decimals: u32) -> Option<(Decimal, bool)> {
        let rounded = half_even(self.value, decimals);
        if rounded == self.value {
            return Some((self.value, false));
        }
        if (rounded - self.value).abs() < noise() {
            return Some((rounded, true));
        }
        (self.endless && decimals > 0).then_some((rounded, false))
    }

    /// As many decimals as the file has, for what is a measurement or counts in a scale.
    pub(super) const fn value(self) -> Decimal {
        self.value
    }
}

fn half_even(value: Decimal, decimals: u32) -> Decimal {
    value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointNearestEven)
}

/// The rule of a number that has too many digits.
pub(super) fn too_long() -> Invalid {
    Invalid::new("number_long", "a number has at most 28 digits")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn factor(multiply: &str, divide: &str) -> Option<Factor> {
        Some(Factor { multiply: multiply.parse().unwrap(), divide: divide.parse().unwrap() })
    }

    #[test]
    fn noise_of_binary_fractions() {
        for (plain, read) in [
            ("1234.56", Some(("1234.56", false))),
            ("1234.5600", Some(("1234.56", false))),
            ("1234.5600000000001", Some(("1234.56", true))),
            ("1234.5599999999999", Some(("1234.56", true))),
            ("0.1000000000000000055511151231257827021181583404541015625", Some(("0.1", true))),
            ("-99.99000000000001", Some(("-99.99", true))),
            ("1234.5600009", Some(("1234.56", true))),
            ("1234.560001", None),
            ("1234.567", None),
            ("0.005", None),
            ("1234.56004", None),
        ] {
            let within = Amount::of(plain, None).unwrap().within(2);
            let read = read.map(|(text, noisy)| (text.parse::<Decimal>().unwrap(), noisy));
            assert_eq!(within, read, "{plain}");
        }
        assert_eq!(Amount::of("25.000000000000004", None).unwrap().within(0), Some((Decimal::from(25), true)));
        assert_eq!(Amount::of("25.5", None).unwrap().within(0), None);
        assert_eq!(Amount::of(&"9".repeat(40), None), None);
    }

    #[test]
    fn multiplied_and_divided() {
        for (plain, by, read) in [
            ("99.99", factor("12", "1"), Some("1199.88")),
            ("123456", factor("1", "100"), Some("1234.56")),
            ("12345.6", factor("1", "100"), None), // a tenth of a cent
            ("83.333", factor("12", "1"), None),
            ("1000", factor("1", "3"), Some("333.33")),
            ("100", factor("12", "7"), Some("171.43")),
            ("99.99000000000001", factor("12", "1"), Some("1199.88")),
            ("0.5", factor("100", "1"), Some("50")),
        ] {
            let within = Amount::of(plain, by).unwrap().within(2).map(|(value, _)| value);
            assert_eq!(within, read.map(|text| text.parse().unwrap()), "{plain}");
        }
        assert_eq!(Amount::of("10", factor("1", "3")).unwrap().within(0), None);
        assert_eq!(Amount::of(&"9".repeat(28), factor("12", "1")), None);
    }

    proptest! {
        /// Any amount comes back from a binary fraction, and one with a third decimal never does.
        #[test]
        fn binary_fractions_are_read(cents in 0_i64..999_999_999_999, thousandth in 1_i64..10) {
            #[expect(clippy::cast_precision_loss, reason = "that is what is tried")]
            let text = format!("{:.17}", cents as f64 / 100.0);
            let read = Amount::of(&text, None).unwrap().within(2);
            prop_assert_eq!(read.map(|(value, _)| value), Some(Decimal::new(cents, 2)), "{}", text);
            let third = Decimal::new(cents * 10 + thousandth, 3).to_string();
            prop_assert_eq!(Amount::of(&third, None).unwrap().within(2), None, "{}", third);
        }

        #[test]
        fn nothing_panics(plain in "-?[0-9]{0,32}(\\.[0-9]{0,32})?", multiply in 1_i64..i64::MAX, divide in 1_i64..i64::MAX) {
            let factor = Factor { multiply: Decimal::new(multiply, 9), divide: Decimal::new(divide, 9) };
            for factor in [None, Some(factor)] {
                if let Some(amount) = Amount::of(&plain, factor) {
                    let _ = (amount.within(2), amount.within(0), amount.at_rate(factor.map_or(Decimal::TEN, |f| f.multiply)));
                }
            }
        }
    }
}
