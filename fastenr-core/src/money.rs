//! Money: exact, in cents of the organization's one currency.
//!
//! Nothing here rounds, except [`Cents::short`], which is for reading only.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Neg, Sub};
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use serde_json::Number;

use crate::error::Invalid;

/// Annual recurring revenue: 0 to 9,999,999,999.99.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Money(i64);

impl Money {
    pub const ZERO: Self = Self(0);
    pub const MAX: Self = Self(999_999_999_999);

    /// Code `arr_range`.
    pub const fn from_cents(cents: i64) -> Result<Self, Invalid> {
        if cents >= 0 && cents <= Self::MAX.0 { Ok(Self(cents)) } else { Err(out_of_range()) }
    }

    /// A plain decimal, `50000`, `50000.5`, or one with an exponent, `1.2E+9`, as long as it is exact in cents.
    ///
    /// Codes `arr_number` (not a number), `arr_range`, `arr_decimals` (parts of a cent).
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if let Some(whole) = short_whole(text.as_bytes()) {
            return Ok(Self(whole * 100));
        }
        let (negative, number) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            all => (false, all),
        };
        let cents = scaled(number)?;
        if negative && cents != 0 { Err(out_of_range()) } else { Ok(Self(cents)) }
    }

    /// As people type it: also in thousands, millions or billions, `100k`, `1.5m`, `2b`.
    ///
    /// # Errors
    /// Those of [`Money::parse`].
    pub fn typed(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let in_units = |unit: char, exponent: &str| -> Option<String> {
            let number = text.strip_suffix([unit, unit.to_ascii_uppercase()])?.trim_end();
            number.ends_with(|c: char| c.is_ascii_digit()).then(|| format!("{number}{exponent}"))
        };
        let number = in_units('k', "e3").or_else(|| in_units('m', "e6")).or_else(|| in_units('b', "e9"));
        // Of two exponents neither holds: `1e3k` is refused as it stands.
        number.filter(|number| number.matches('e').count() == 1).map_or_else(|| Self::parse(text), |n| Self::parse(&n))
    }

    pub const fn cents(self) -> i64 {
        self.0
    }

    /// As [`Cents::to_json_number`].
    pub fn to_json_number(self) -> Number {
        Cents(self.0).to_json_number()
    }

    /// As [`Cents::short`].
    pub fn short(self) -> String {
        Cents(self.0).short()
    }
}

const fn out_of_range() -> Invalid {
    Invalid { code: "arr_range", rule: std::borrow::Cow::Borrowed("ARR is from 0 to 9999999999.99") }
}

/// One to ten digits and nothing else: nearly every cell.
fn short_whole(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 10 {
        return None;
    }
    text.iter().try_fold(0, |sum, b| b.is_ascii_digit().then(|| sum * 10 + i64::from(b - b'0')))
}

/// An unsigned decimal with an optional exponent, in cents, if it is within range and exact.
fn scaled(number: &[u8]) -> Result<i64, Invalid> {
    let no_number = || Invalid::new("arr_number", "ARR is a decimal number such as 50000 or 50000.50");
    let (mantissa, exponent) = match number.iter().position(|b| matches!(b, b'e' | b'E')) {
        Some(at) => (&number[..at], exponent(&number[at + 1..]).ok_or_else(no_number)?),
        None => (number, 0),
    };
    let point = mantissa.iter().position(|b| *b == b'.');
    let (whole, fraction) = mantissa.split_at(point.unwrap_or(mantissa.len()));
    let fraction = fraction.strip_prefix(b".").unwrap_or(fraction);
    let digits = || whole.iter().chain(fraction);
    if digits().next().is_none() || !digits().all(u8::is_ascii_digit) {
        return Err(no_number());
    }
    let Some(first) = digits().position(|d| *d != b'0') else { return Ok(0) };
    // `place` digits of the mantissa, counted from its first, stand before the point.
    let place = i64::try_from(whole.len()).unwrap_or(i64::MAX).saturating_add(exponent);
    let last = digits().count() - digits().rev().position(|d| *d != b'0').unwrap_or(0);
    let first = i64::try_from(first).unwrap_or(i64::MAX);
    let last = i64::try_from(last).unwrap_or(i64::MAX);
    if place.saturating_sub(first) > 10 {
        return Err(out_of_range());
    }
    if last > place.saturating_add(2) {
        return Err(Invalid::new("arr_decimals", "ARR has at most two decimals"));
    }
    // At most 12 digits from `first` to the cents are left, as both comparisons held.
    let cents_at = place + 2;
    let significant = digits().map(|d| i64::from(d - b'0')).chain(std::iter::repeat(0));
    let skip = usize::try_from(first).unwrap_or(0);
    let take = usize::try_from(cents_at - first).unwrap_or(0);
    Ok(significant.skip(skip).take(take).fold(0, |cents, digit| cents * 10 + digit))
}

/// `+9`, `-2`, `12`: capped, since anything beyond the cap is out of range or has too many decimals anyhow.
fn exponent(text: &[u8]) -> Option<i64> {
    const CAP: i64 = 1_000_000_000_000;
    let (sign, digits) = match text {
        [b'-', rest @ ..] => (-1, rest),
        [b'+', rest @ ..] => (1, rest),
        all => (1, all),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(sign * digits.iter().fold(0, |sum: i64, d| (sum * 10 + i64::from(d - b'0')).min(CAP)))
}

/// With two decimals: `50000.00`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Cents(self.0).fmt(f)
    }
}

impl FromStr for Money {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json_number().serialize(serializer)
    }
}

impl From<Money> for Decimal {
    fn from(money: Money) -> Self {
        Self::new(money.0, 2)
    }
}

/// Codes `arr_range`, `arr_decimals`.
impl TryFrom<Decimal> for Money {
    type Error = Invalid;

    fn try_from(amount: Decimal) -> Result<Self, Invalid> {
        Self::parse(&amount.to_string())
    }
}

/// A signed amount in cents: a sum of [`Money`], or the difference between two.
/// An `i64` holds the largest ARR of more than nine million accounts; addition stops at its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Cents(pub i64);

impl Cents {
    /// Exact and short: `50000`, `50000.5`, `-0.05`.
    pub fn to_json_number(self) -> Number {
        if self.0 % 100 == 0 {
            return Number::from(self.0 / 100);
        }
        let text = self.to_string();
        let text = text.strip_suffix('0').unwrap_or(&text);
        text.parse().unwrap_or_else(|_| Number::from(self.0 / 100))
    }

    /// For people: three or so digits and a unit (k thousand, M million, B billion), half away from zero:
    /// `4.2 M`, `912 k`, `85`.
    pub fn short(self) -> String {
        const UNITS: [(u64, &str); 4] = [(1, ""), (1_000, " k"), (1_000_000, " M"), (1_000_000_000, " B")];
        let sign = if self.0 < 0 { "-" } else { "" };
        let cents = self.0.unsigned_abs();
        let mut text = String::new();
        for (unit, name) in UNITS {
            let tenth = unit * 10; // in cents
            let tenths = cents / tenth + u64::from(cents % tenth >= tenth / 2);
            let whole = cents / (unit * 100) + u64::from(cents % (unit * 100) >= unit * 50);
            text = match (tenths / 10, tenths % 10) {
                (few, part) if few < 100 && part > 0 && unit > 1 => format!("{sign}{few}.{part}{name}"),
                _ => format!("{sign}{whole}{name}"),
            };
            if whole < 1_000 {
                break;
            }
        }
        if text == "-0" { "0".to_owned() } else { text }
    }
}

/// With two decimals: `-1200.50`.
impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = self.0.unsigned_abs();
        f.pad_integral(self.0 >= 0, "", &format!("{}.{:02}", amount / 100, amount % 100))
    }
}

impl Serialize for Cents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json_number().serialize(serializer)
    }
}

impl From<Money> for Cents {
    fn from(money: Money) -> Self {
        Self(money.0)
    }
}

impl From<Cents> for Decimal {
    fn from(cents: Cents) -> Self {
        Self::new(cents.0, 2)
    }
}

impl Add for Cents {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Cents {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Cents {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self(0), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts() {
        for (text, cents) in [
            ("0", 0),
            ("50000", 5_000_000),
            ("50000.5", 5_000_050),
            ("50000.50", 5_000_050),
            ("50000.500", 5_000_050),
            (" 12 ", 1_200),
            ("+12", 1_200),
            ("-0.00", 0),
            (".5", 50),
            ("5.", 500),
            ("0.01", 1),
            ("000000000000000012", 1_200),
            ("9999999999.99", 999_999_999_999),
            ("1.2E+9", 120_000_000_000),
            ("1E3", 100_000),
            ("1e3", 100_000),
            ("1234E-2", 1_234),
            ("1200E-4", 12),
            ("0.00012e6", 12_000),
            ("0e99999999999999999999999", 0),
            ("1.5e0", 150),
        ] {
            assert_eq!(Money::parse(text).map(Money::cents), Ok(cents), "{text}");
        }
    }

    #[test]
    fn refusals() {
        for (text, code) in [
            ("", "arr_number"),
            (".", "arr_number"),
            ("-", "arr_number"),
            ("e5", "arr_number"),
            ("1e", "arr_number"),
            ("1e5.0", "arr_number"),
            ("1,000", "arr_number"),
            ("1 000", "arr_number"),
            ("$5", "arr_number"),
            ("1.2.3", "arr_number"),
            ("--5", "arr_number"),
            ("NaN", "arr_number"),
            ("inf", "arr_number"),
            ("0x10", "arr_number"),
            ("٣", "arr_number"),
            ("-1", "arr_range"),
            ("10000000000", "arr_range"),
            ("1e10", "arr_range"),
            ("1e999999999999999999999", "arr_range"),
            ("0.001", "arr_decimals"),
            ("5.999", "arr_decimals"),
            ("1e-3", "arr_decimals"),
            ("1e-999999999999999999999", "arr_decimals"),
            ("99999999999999999999.999", "arr_range"),
        ] {
            assert_eq!(Money::parse(text).map_err(|e| e.code), Err(code), "{text}");
        }
    }

    #[test]
    fn json_numbers_are_exact_and_short() {
        for (cents, json) in
            [(5_000_000, "50000"), (5_000_050, "50000.5"), (5_000_005, "50000.05"), (0, "0"), (-5, "-0.05")]
        {
            assert_eq!(serde_json::to_string(&Cents(cents)).unwrap(), json);
        }
        assert_eq!(serde_json::to_string(&Money::MAX).unwrap(), "9999999999.99");
    }

    #[test]
    fn short_forms() {
        for (cents, short) in [
            (0, "0"),
            (-4, "0"),
            (8_549, "85"),
            (8_550, "86"),
            (99_949, "999"),
            (99_950, "1 k"),
            (100_000, "1 k"),
            (123_400, "1.2 k"),
            (9_994_999, "99.9 k"),
            (9_996_000, "100 k"),
            (91_200_000, "912 k"),
            (99_949_999, "999 k"),
            (99_950_000, "1 M"),
            (420_000_000, "4.2 M"),
            (-420_000_000, "-4.2 M"),
            (4_200_000_000_000, "42 B"),
            (i64::MAX, "92233720 B"),
        ] {
            assert_eq!(Cents(cents).short(), short, "{cents}");
        }
    }

    #[test]
    fn sums_and_padding() {
        assert_eq!([Money::MAX, Money::MAX].into_iter().map(Cents::from).sum::<Cents>(), Cents(1_999_999_999_998));
        assert_eq!(Cents(100) - Cents(250), -Cents(150));
        assert_eq!(format!("{:>8}|{}", Money(150), Cents(-5)), "    1.50|-0.05");
    }

    #[test]
    fn decimals_in_and_out() {
        assert_eq!(Money::try_from(Decimal::new(5_000_050, 2)), Ok(Money(5_000_050)));
        assert_eq!(Money::try_from(Decimal::new(1, 3)).unwrap_err().code, "arr_decimals");
        assert_eq!(Money::try_from(Decimal::new(-1, 0)).unwrap_err().code, "arr_range");
        assert_eq!(Decimal::from(Money(5_000_050)).to_string(), "50000.50");
    }

    proptest! {
        #[test]
        fn display_parses_as_itself(cents in 0..=Money::MAX.0) {
            let money = Money::from_cents(cents).unwrap();
            prop_assert_eq!(Money::parse(&money.to_string()), Ok(money));
            prop_assert_eq!(Money::parse(&money.to_json_number().to_string()), Ok(money));
            prop_assert_eq!(Money::try_from(Decimal::from(money)), Ok(money));
        }

        #[test]
        fn agrees_with_rust_decimal(mantissa in 0_i64..1_000_000_000_000_000, scale in 0_u32..12) {
            let amount = Decimal::new(mantissa, scale);
            let hundredfold = amount * Decimal::ONE_HUNDRED;
            let fits = hundredfold.is_integer() && hundredfold <= Decimal::from(Money::MAX.0);
            prop_assert_eq!(Money::parse(&amount.to_string()).is_ok(), fits);
            prop_assert_eq!(Money::parse(&format!("{mantissa}E-{scale}")), Money::parse(&amount.to_string()));
        }

        #[test]
        fn nothing_panics(text in "[-+0-9.eE]{0,20}") {
            let _ = Money::parse(&text);
        }
    }
}
