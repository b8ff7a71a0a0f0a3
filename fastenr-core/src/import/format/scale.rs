//! What a percentage column counts in: percent, shares of one, stars out of five.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;

use super::Ambiguous;
use crate::error::Invalid;

/// The ends of a scale, `1-5`: the lower is 0 %, the upper 100 %, and between them it is even.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scale {
    low: u16,
    high: u16,
}

impl Scale {
    pub const PERCENT: Self = Self { low: 0, high: 100 };
    /// The highest end of a scale.
    pub const MOST: u16 = 1_000;

    /// `value` in percent, 0 to 100, exact but for one rounding to two decimals, half to even.
    /// On the scale 0-100 the value is returned as it is. Code `scale_range`.
    pub fn apply(self, value: Decimal) -> Result<Decimal, Invalid> {
        if value < Decimal::from(self.low) || value > Decimal::from(self.high) {
            return Err(Invalid::new(
                "scale_range",
                format!("on this scale a value is from {} to {}", self.low, self.high),
            ));
        }
        if self == Self::PERCENT {
            return Ok(value);
        }
        // value = mantissa / unit with unit <= 10^28 and value <= 1000, so that nothing below exceeds 10^35.
        let unit = 10_i128.pow(value.scale());
        let above = value.mantissa() - i128::from(self.low) * unit;
        let width = unit * i128::from(self.high - self.low);
        let (whole, rest) = (above * 10_000 / width, above * 10_000 % width);
        let up = match (rest * 2).cmp(&width) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => whole % 2 == 1,
            std::cmp::Ordering::Greater => true,
        };
        Ok(Decimal::from_i128_with_scale(whole + i128::from(up), 2).normalize())
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.low, self.high)
    }
}

/// Code `scale`.
impl FromStr for Scale {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let end = |digits: &str| {
            let digits = digits.trim();
            digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
        };
        text.split_once('-')
            .and_then(|(low, high)| Some(Self { low: end(low)?, high: end(high)? }))
            .filter(|scale| scale.low < scale.high && scale.high <= Self::MOST)
            .ok_or(Invalid::new("scale", "a scale is its lower and upper end, such as 0-1, 1-5, 0-10 or 0-100"))
    }
}

/// Watches the values of a percentage column. Not for cells with a percent sign: those say what they are.
#[derive(Debug, Clone, Default)]
pub struct ScaleProfile {
    values: u64,
    highest: Option<(Decimal, u64)>,
}

impl ScaleProfile {
    /// From so many values on, a low maximum is suspicious.
    pub const ENOUGH: u64 = 20;

    pub fn see(&mut self, value: Decimal, row: u64) {
        self.values += 1;
        if self.highest.is_none_or(|(highest, _)| value > highest) {
            self.highest = Some((value, row));
        }
    }

    /// Percent, unless `explicit` says otherwise or [`Self::ENOUGH`] values end at 1, 5 or 10.
    /// A column of nothing but zeros passes: zero is zero on all of these. Code `scale_ambiguous`.
    pub fn settle(&self, explicit: Option<Scale>) -> Result<Scale, Ambiguous> {
        if let Some(scale) = explicit {
            return Ok(scale);
        }
        let Some((highest, row)) =
            self.highest.filter(|(highest, _)| self.values >= Self::ENOUGH && *highest > Decimal::ZERO)
        else {
            return Ok(Scale::PERCENT);
        };
        let rule = match highest {
            h if h <= Decimal::ONE => "20 or more percentages, none above 1: they may be shares of 1",
            h if h <= Decimal::from(5) => "20 or more percentages, none above 5: they may be marks from 1 to 5",
            h if h <= Decimal::TEN => "20 or more percentages, none above 10: they may be marks from 0 to 10",
            _ => return Ok(Scale::PERCENT),
        };
        let hint = "say what the column counts in: --scale COLUMN=0-1, 1-5, 0-5, 0-10, or 0-100 where it is percent";
        Err(Ambiguous::new("scale_ambiguous", rule, hint, [row]))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scale(text: &str) -> Scale {
        text.parse().unwrap()
    }

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn scales() {
        for (text, value, percent) in [
            ("1-5", "1", "0"),
            ("1-5", "5", "100"),
            ("1-5", "3.5", "62.5"),
            ("0-1", "0.333", "33.3"),
            ("0-1", "0.00005", "0"),    // half of 0.01, to the even 0.00
            ("0-1", "0.00015", "0.02"), // half, to the even 0.02
            ("0-1", "0.000150000000000000000001", "0.02"),
            ("0-3", "1", "33.33"),
            ("0-3", "2", "66.67"),
            ("0-10", "9", "90"),
            ("0-100", "12.3456", "12.3456"),
            ("0-1000", "0.0000000000000000000000000001", "0"),
        ] {
            assert_eq!(scale(text).apply(decimal(value)), Ok(decimal(percent)), "{value} on {text}");
        }
        for (text, value) in [("1-5", "0"), ("1-5", "5.0001"), ("0-1", "-0.1"), ("0-100", "100.01")] {
            assert_eq!(scale(text).apply(decimal(value)).unwrap_err().code, "scale_range");
        }
        assert_eq!(scale(" 1 - 5 ").to_string(), "1-5");
        for text in ["", "5", "5-1", "1-1", "a-b", "-1-5", "0-1001", "0-99999999", "+0-1", "-"] {
            assert_eq!(text.parse::<Scale>().unwrap_err().code, "scale", "{text}");
        }
    }

    #[test]
    fn suspicious_columns() {
        let column = |rows: u64, highest: &str| {
            let mut profile = ScaleProfile::default();
            (1..rows).for_each(|row| profile.see(Decimal::ZERO, row));
            profile.see(decimal(highest), rows);
            profile
        };
        for (rows, highest, suspicious) in [
            (20, "1", true),
            (20, "0.9", true),
            (20, "5", true),
            (20, "10", true),
            (20, "10.1", false),
            (19, "1", false),
            (20, "0", false),
        ] {
            let profile = column(rows, highest);
            assert_eq!(
                profile.settle(None).map_err(|a| (a.code, a.rows)),
                if suspicious { Err(("scale_ambiguous", vec![rows])) } else { Ok(Scale::PERCENT) }
            );
            assert_eq!(profile.settle(Some(scale("0-10"))), Ok(scale("0-10")));
        }
    }

    proptest! {
        #[test]
        fn within_half_a_hundredth(low in 0_u16..999, width in 1_u16..999, part in 0_u32..=1_000_000) {
            let scale = Scale { low, high: (low + width).min(Scale::MOST) };
            let width = Decimal::from(scale.high - low);
            let value = Decimal::from(low) + width * Decimal::new(part.into(), 6);
            let percent = scale.apply(value).unwrap();
            let exact = Decimal::new(part.into(), 4);
            if scale == Scale::PERCENT {
                prop_assert_eq!(percent, value);
            } else {
                prop_assert!((percent - exact).abs() <= Decimal::new(5, 3));
            }
        }
    }
}
