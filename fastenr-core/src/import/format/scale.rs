//! What a column counts in: percentages in percent, shares of one or marks; an NPS in itself or in marks from 0 to 10.

use crate::error::{Setting, Text};
use crate::say;
use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;

use super::Ambiguous;
use crate::error::Invalid;

/// The ends of a scale, `1-5`: the lower is 0 %, the upper 100 %, and between them it is even.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scale {
    low: i16,
    high: i16,
}

impl Scale {
    pub const PERCENT: Self = Self { low: 0, high: 100 };
    /// An NPS as it is.
    pub const NPS: Self = Self { low: -100, high: 100 };
    /// The marks of which an NPS is made.
    pub const MARKS: Self = Self { low: 0, high: 10 };
    /// How far an end of a scale is from zero at most.
    pub const MOST: i16 = 1_000;

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
        let width = unit * (i128::from(self.high) - i128::from(self.low));
        let (whole, rest) = (above * 10_000 / width, above * 10_000 % width);
        let up = match (rest * 2).cmp(&width) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => whole % 2 == 1,
            std::cmp::Ordering::Greater => true,
        };
        Ok(Decimal::from_i128_with_scale(whole + i128::from(up), 2).normalize())
    }

    /// `value` as an NPS. On [`Scale::MARKS`] it is what one person answered: 100 for a promoter (9 and 10), -100 for a
    /// detractor (0 to 6), else 0. Code `scale_range`, also for a mean of marks, which tells no NPS.
    pub fn nps(self, value: Decimal) -> Result<Decimal, Invalid> {
        if self != Self::MARKS {
            return Ok(value);
        }
        let mark = Some(value.normalize()).filter(|value| value.scale() == 0).map(|value| value.mantissa());
        match mark {
            Some(9..=10) => Ok(Decimal::ONE_HUNDRED),
            Some(7..=8) => Ok(Decimal::ZERO),
            Some(0..=6) => Ok(-Decimal::ONE_HUNDRED),
            _ => Err(Invalid::new("scale_range", "on this scale a value is one answer, a whole number from 0 to 10")),
        }
    }
}

/// What columns that are not in percent count in.
const USUAL: [Scale; 4] =
    [Scale { low: 0, high: 1 }, Scale { low: 1, high: 5 }, Scale { low: 0, high: 5 }, Scale::MARKS];

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.low, self.high)
    }
}

/// Code `scale`.
impl FromStr for Scale {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let end = |number: &str| {
            let number = number.trim();
            let digits = number.strip_prefix('-').unwrap_or(number);
            digits.bytes().all(|b| b.is_ascii_digit()).then(|| number.parse().ok()).flatten()
        };
        // The first may be a sign.
        let between = text.char_indices().skip(1).find(|(_, c)| *c == '-').map(|(at, _)| at);
        between
            .and_then(|at| Some(Self { low: end(&text[..at])?, high: end(&text[at + 1..])? }))
            .filter(|scale| scale.low < scale.high && scale.low >= -Self::MOST && scale.high <= Self::MOST)
            .ok_or(Invalid::new("scale", "a scale is its lower and upper end, such as 0-1, 1-5, 0-10 or 0-100"))
    }
}

/// Watches the values of a column of percentages or of an NPS. Not for cells with a percent sign: those say what they are.
#[derive(Debug, Clone, Default)]
pub struct ScaleProfile {
    highest: Option<(Decimal, u64)>,
    lowest: Option<Decimal>,
}

impl ScaleProfile {
    pub fn see(&mut self, value: Decimal, row: u64) {
        if self.lowest.is_none_or(|lowest| value < lowest) {
            self.lowest = Some(value);
        }
        if self.highest.is_none_or(|(highest, _)| value > highest) {
            self.highest = Some((value, row));
        }
    }

    /// Percent, unless `explicit` says otherwise or the values, however few, end at 1, 5 or 10.
    /// A column of nothing but zeros passes: zero is zero on all of these. Code `scale_ambiguous`.
    pub fn settle(&self, explicit: Option<Scale>) -> Result<Scale, Ambiguous> {
        if let Some(scale) = explicit {
            return Ok(scale);
        }
        let Some((highest, row)) = self.highest.filter(|(highest, _)| *highest > Decimal::ZERO) else {
            return Ok(Scale::PERCENT);
        };
        let rule = match highest {
            h if h <= Decimal::ONE => "no percentage is above 1: they may be shares of 1",
            h if h <= Decimal::from(5) => "no percentage is above 5: they may be marks from 1 to 5",
            h if h <= Decimal::TEN => "no percentage is above 10: they may be marks from 0 to 10",
            _ => return Ok(Scale::PERCENT),
        };
        let others =
            USUAL.into_iter().filter(|scale| self.lowest >= Some(scale.low.into()) && highest <= scale.high.into());
        let others = Text::joined(others.map(|scale| Setting::Scale.of_column(scale)), " or ");
        let hint = say!(
            "choose the scale of the column: {} where it is percent, else {}; \
             a mapping file keeps the choice: formats.{}.scale = \"0-100\"",
            Setting::Scale.of_column(Scale::PERCENT),
            others,
            Text::header()
        );
        Err(Ambiguous::new("scale_ambiguous", rule, hint, [row]))
    }

    /// An NPS as it is, unless `explicit` says otherwise or all values are from 0 to 10, as answers are, and one is above 0.
    /// Codes `scale` (an NPS counts in nothing else), `scale_ambiguous`.
    pub fn settle_nps(&self, explicit: Option<Scale>) -> Result<Scale, Ambiguous> {
        match explicit {
            Some(Scale::NPS | Scale::MARKS) => return Ok(explicit.unwrap_or(Scale::NPS)),
            Some(_) => {
                let [nps, answers] = [Scale::NPS, Scale::MARKS].map(|scale| Setting::Scale.of_column(scale));
                let hint = say!("choose {}, or {} where each row is one answer", nps, answers);
                return Err(Ambiguous::new("scale", "an NPS is on the scale -100-100 or 0-10", hint, []));
            }
            None => {}
        }
        let marks = |(highest, _): &(Decimal, u64)| {
            self.lowest >= Some(Decimal::ZERO) && *highest > Decimal::ZERO && *highest <= Decimal::TEN
        };
        let Some((_, row)) = self.highest.filter(marks) else { return Ok(Scale::NPS) };
        let rule = "every NPS is from 0 to 10: they may be answers, of which an NPS is made";
        let [nps, answers] = [Scale::NPS, Scale::MARKS].map(|scale| Setting::Scale.of_column(scale));
        let hint = say!(
            "choose the scale of the column: {} where it is an NPS, or {} where each row is one answer (9 and 10 count 100, \
             7 and 8 count 0, less counts -100); a mapping file keeps the choice: formats.{}.scale = \"-100-100\"",
            nps,
            answers,
            Text::header()
        );
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
        assert_eq!(scale("-100-100"), Scale::NPS);
        assert_eq!(scale("-2-2").apply(decimal("1")), Ok(decimal("75")));
        for text in ["", "5", "5-1", "1-1", "a-b", "-1001-5", "0-1001", "0-99999999", "+0-1", "-", "--1", "1--", "é-1"]
        {
            assert_eq!(text.parse::<Scale>().unwrap_err().code, "scale", "{text}");
        }
    }

    fn column(values: &[&str]) -> ScaleProfile {
        let mut profile = ScaleProfile::default();
        values.iter().zip(1..).for_each(|(value, row)| profile.see(decimal(value), row));
        profile
    }

    /// However few the rows are.
    #[test]
    fn suspicious_columns() {
        for (values, row) in [
            (&["1"][..], Some(1)),
            (&["0", "0.9"], Some(2)),
            (&["0.45"; 19], Some(1)),
            (&["3", "5", "4.2"], Some(2)),
            (&["0", "10", "9"], Some(2)),
            (&["0", "10.1"], None),
            (&["45"], None),
            (&["0", "0"], None),
            (&[], None),
        ] {
            let profile = column(values);
            let settled = profile.settle(None).map_err(|a| (a.code, a.rows));
            assert_eq!(
                settled,
                row.map_or(Ok(Scale::PERCENT), |row| Err(("scale_ambiguous", vec![row]))),
                "{values:?}"
            );
            assert_eq!(profile.settle(Some(scale("0-10"))), Ok(scale("0-10")));
        }
    }

    #[test]
    fn an_nps_or_answers() {
        for (values, row) in [
            (&["9"][..], Some(1)),
            (&["0", "7", "10"], Some(3)),
            (&["7.5"], Some(1)),
            (&["0", "-1", "10"], None),
            (&["11", "9"], None),
            (&["0", "0"], None),
            (&[], None),
        ] {
            let profile = column(values);
            let settled = profile.settle_nps(None).map_err(|a| (a.code, a.rows));
            assert_eq!(settled, row.map_or(Ok(Scale::NPS), |row| Err(("scale_ambiguous", vec![row]))), "{values:?}");
            for told in [Scale::NPS, Scale::MARKS] {
                assert_eq!(profile.settle_nps(Some(told)), Ok(told));
            }
            assert_eq!(profile.settle_nps(Some(scale("1-5"))).unwrap_err().code, "scale");
        }
        for (mark, nps) in [("0", "-100"), ("6", "-100"), ("7", "0"), ("8.0", "0"), ("9", "100"), ("10", "100")] {
            assert_eq!(Scale::MARKS.nps(decimal(mark)), Ok(decimal(nps)), "{mark}");
        }
        for mark in ["-1", "11", "8.5"] {
            assert_eq!(Scale::MARKS.nps(decimal(mark)).unwrap_err().code, "scale_range", "{mark}");
        }
        assert_eq!(Scale::NPS.nps(decimal("7.5")), Ok(decimal("7.5")));
    }

    proptest! {
        #[test]
        fn within_half_a_hundredth(low in -999_i16..999, width in 1_i16..999, part in 0_u32..=1_000_000) {
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
