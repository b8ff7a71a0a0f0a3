//! Measured values: exact, signed, with at most two decimals.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use serde_json::Number;

use crate::error::Invalid;
use crate::money::Cents;

/// A value in hundredths of its unit: 12.5 is `Hundredths(1250)`. Every `i64` is one:
/// −92,233,720,368,547,758.08 to 92,233,720,368,547,758.07.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Hundredths(pub i64);

impl Hundredths {
    /// A plain decimal, `50`, `-12.5`, or one with an exponent, `1.2E+9`, as long as it is exact; nothing is rounded.
    ///
    /// Codes `value_number` (not a number), `value_decimals` (more than two), `value_range`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let no_number = || Invalid::new("value_number", "a value is a decimal number such as 50 or -12.5");
        let text = text.trim();
        let (negative, number) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match number.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent).ok_or_else(no_number)?),
            None => (number, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(no_number());
        }
        let significant = digits.trim_end_matches('0');
        if significant.is_empty() {
            return Ok(Self(0));
        }
        // The value in hundredths is `significant` with `zeros` zeros behind it.
        let count = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
        let trailing = count(digits.len() - significant.len());
        let zeros = trailing.saturating_add(exponent).saturating_sub(count(fraction.len())).saturating_add(2);
        if zeros < 0 {
            return Err(Invalid::new("value_decimals", "a value has at most two decimals"));
        }
        let significant = significant.trim_start_matches('0');
        let range = || Invalid::new("value_range", "a value is from -92233720368547758.08 to 92233720368547758.07");
        if count(significant.len()).saturating_add(zeros) > 19 {
            return Err(range());
        }
        let ten_to = u32::try_from(zeros).ok().and_then(|zeros| 10_i128.checked_pow(zeros)).ok_or_else(range)?;
        let size = significant.parse::<i128>().map_err(|_| range())? * ten_to;
        i64::try_from(if negative { -size } else { size }).map(Self).map_err(|_| range())
    }

    /// Exact and short: `50`, `50.5`, `-0.05`.
    pub fn to_json_number(self) -> Number {
        Cents(self.0).to_json_number()
    }
}

/// `+9`, `-2`, `12`; anything beyond the cap is out of range or has too many decimals anyhow.
fn parse_exponent(text: &str) -> Option<i64> {
    const CAP: i64 = 1_000_000_000_000;
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(sign * digits.bytes().fold(0, |sum: i64, d| (sum * 10 + i64::from(d - b'0')).min(CAP)))
}

/// As short as it is exact: `50`, `12.5`, `-0.05`.
impl fmt::Display for Hundredths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_json_number().to_string())
    }
}

impl FromStr for Hundredths {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

impl Serialize for Hundredths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json_number().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values() {
        for (text, value) in [
            ("0", 0),
            ("-0.00", 0),
            ("50", 5_000),
            (" -12.5 ", -1_250),
            ("+0.01", 1),
            ("12.500", 1_250),
            (".5", 50),
            ("5.", 500),
            ("1.2E+3", 120_000),
            ("1200e-4", 12),
            ("0e999999999999999999999", 0),
            ("000000000000000000000001", 100),
            ("92233720368547758.07", i64::MAX),
            ("-92233720368547758.08", i64::MIN),
        ] {
            assert_eq!(Hundredths::parse(text), Ok(Hundredths(value)), "{text}");
        }
        for (text, code) in [
            ("", "value_number"),
            (".", "value_number"),
            ("--1", "value_number"),
            ("1_000", "value_number"),
            ("1,5", "value_number"),
            ("1e", "value_number"),
            ("NaN", "value_number"),
            ("٣", "value_number"),
            ("0.001", "value_decimals"),
            ("1e-999999999999999999999", "value_decimals"),
            ("92233720368547758.08", "value_range"),
            ("1e999999999999999999999", "value_range"),
        ] {
            assert_eq!(Hundredths::parse(text).map_err(|e| e.code), Err(code), "{text}");
        }
        assert_eq!(serde_json::to_string(&Hundredths(-1_250)).unwrap(), "-12.5");
    }

    proptest! {
        #[test]
        fn display_parses_as_itself(value in any::<i64>()) {
            prop_assert_eq!(Hundredths::parse(&Hundredths(value).to_string()), Ok(Hundredths(value)));
            prop_assert_eq!(Hundredths::parse(&Cents(value).to_string()), Ok(Hundredths(value)));
        }

        #[test]
        fn nothing_panics(text in "[-+0-9.eE]{0,24}") {
            let _ = Hundredths::parse(&text);
        }
    }
}
