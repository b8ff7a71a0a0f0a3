//! Numbers with a range of their own: metrics and the values of goals.

use std::borrow::Cow;

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Number;

use crate::error::Invalid;
use crate::money::Cents;

/// What a number may be. It is stored as a whole number of `1 / 10^decimals`.
#[derive(Debug, PartialEq, Eq)]
pub struct NumberRule {
    /// The code of the error where a text breaks the rule.
    pub code: &'static str,
    /// The rule in one sentence.
    pub rule: &'static str,
    /// 0 or 2.
    pub decimals: u32,
    /// Both ends included, as stored.
    pub least: i64,
    pub most: i64,
    /// An import rounds to the decimals, half to even: measurements, of which other systems keep more digits than they know.
    pub rounded: bool,
    /// A percentage, which other systems may count in shares of one or marks out of five.
    pub percent: bool,
}

/// Decimals that an event's number keeps where the field has some.
const EVENT_DECIMALS: u32 = 6;

/// How many of something: 0 to 2,147,483,647.
pub static COUNT: NumberRule = NumberRule {
    code: "count",
    rule: "a count is a whole number from 0 to 2147483647",
    decimals: 0,
    least: 0,
    most: i32::MAX as i64,
    rounded: false,
    percent: false,
};

/// 0 to 100 %, in hundredths of a percent.
pub static PERCENT: NumberRule = NumberRule {
    code: "percent",
    rule: "a percentage is from 0 to 100, with at most two decimals",
    decimals: 2,
    least: 0,
    most: 10_000,
    rounded: true,
    percent: true,
};

/// A multiple, in hundredths. It is computed: nobody gives one.
pub static TIMES: NumberRule = NumberRule {
    code: "percent",
    rule: "a multiple is from 0 to 10000, with at most two decimals",
    decimals: 2,
    least: 0,
    most: 1_000_000,
    rounded: true,
    percent: false,
};

/// Hours, in hundredths: 0 to 1,000,000.
pub static HOURS: NumberRule = NumberRule {
    code: "hours",
    rule: "hours are from 0 to 1000000, with at most two decimals",
    decimals: 2,
    least: 0,
    most: 100_000_000,
    rounded: true,
    percent: false,
};

/// Minutes, in hundredths: 0 to 1,000,000.
pub static MINUTES: NumberRule = NumberRule {
    code: "minutes",
    rule: "minutes are from 0 to 1000000, with at most two decimals",
    decimals: 2,
    least: 0,
    most: 100_000_000,
    rounded: true,
    percent: false,
};

/// The net promoter score: -100 to 100.
pub static NPS: NumberRule = NumberRule {
    code: "nps",
    rule: "an NPS is a whole number from -100 to 100",
    decimals: 0,
    least: -100,
    most: 100,
    rounded: false,
    percent: false,
};

/// The value of a goal, in hundredths: twelve digits, two of them decimals, on either side of zero.
pub static GOAL_VALUE: NumberRule = NumberRule {
    code: "goal_value",
    rule: "a goal's value is from -9999999999.99 to 9999999999.99, with at most two decimals",
    decimals: 2,
    least: -999_999_999_999,
    most: 999_999_999_999,
    rounded: false,
    percent: false,
};

/// The number without an exponent and without zeros that say nothing; none where it has more digits than any of ours.
pub fn plain(text: &str) -> Option<String> {
    let value = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok()?;
    Some(value.normalize().to_string())
}

impl NumberRule {
    /// A plain decimal, or one with an exponent, that is exact in the rule's decimals.
    pub fn parse(&self, text: &str) -> Result<i64, Invalid> {
        let text = text.trim();
        if let Some(short) = short_whole(text.as_bytes()) {
            return self.check(short * 10_i64.pow(self.decimals));
        }
        let value =
            Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).map_err(|_| self.invalid())?;
        self.scaled(value)
    }

    /// As [`Self::scaled`], of a measurement with as many digits as the file has.
    pub fn measured(&self, value: Decimal) -> Result<i64, Invalid> {
        let strategy = RoundingStrategy::MidpointNearestEven;
        self.scaled(if self.rounded { value.round_dp_with_strategy(self.decimals, strategy) } else { value })
    }

    /// How many parts an event's number has for each unit that is stored: what is rounded has six decimals, so that sums and means of
    /// it are rounded once.
    pub const fn parts(&self) -> i64 {
        if self.decimals == 0 { 1 } else { 10_i64.pow(EVENT_DECIMALS - self.decimals) }
    }

    /// As [`Self::measured`], of one event of many: in [`Self::parts`].
    ///
    /// # Errors
    /// Where it is out of range.
    pub fn of_event(&self, value: Decimal) -> Result<i64, Invalid> {
        if self.decimals == 0 {
            return self.measured(value);
        }
        let value = value.round_dp_with_strategy(EVENT_DECIMALS, RoundingStrategy::MidpointNearestEven).normalize();
        let units = value.mantissa().checked_mul(10_i128.pow(EVENT_DECIMALS - value.scale()));
        let units = units.and_then(|units| i64::try_from(units).ok()).ok_or_else(|| self.invalid())?;
        let range = self.least * self.parts()..=self.most * self.parts();
        if range.contains(&units) { Ok(units) } else { Err(self.invalid()) }
    }

    /// # Errors
    /// Where it is out of range or has more decimals than the rule.
    pub fn scaled(&self, value: Decimal) -> Result<i64, Invalid> {
        let value = value.normalize();
        if value.scale() > self.decimals {
            return Err(self.invalid());
        }
        let units = value.mantissa().checked_mul(10_i128.pow(self.decimals - value.scale()));
        self.check(units.and_then(|units| i64::try_from(units).ok()).ok_or_else(|| self.invalid())?)
    }

    fn check(&self, units: i64) -> Result<i64, Invalid> {
        if (self.least..=self.most).contains(&units) { Ok(units) } else { Err(self.invalid()) }
    }

    fn invalid(&self) -> Invalid {
        Invalid { code: self.code, rule: Cow::Borrowed(self.rule) }
    }

    /// Exact and short.
    pub fn json(&self, units: i64) -> Number {
        if self.decimals == 0 { Number::from(units) } else { Cents(units).to_json_number() }
    }

    /// As [`Self::parse`] reads it: `12`, `12.5`.
    pub fn text(&self, units: i64) -> String {
        self.json(units).to_string()
    }
}

/// One to nine digits and nothing else: nearly every cell.
fn short_whole(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 9 {
        return None;
    }
    text.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0')))
}

/// Digits in groups of three, for sentences: `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 row`, `1,200 rows`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers() {
        for (rule, text, units) in [
            (&COUNT, "0", 0),
            (&COUNT, " 25.00 ", 25),
            (&COUNT, "2147483647", i64::from(i32::MAX)),
            (&COUNT, "1e3", 1_000),
            (&PERCENT, "100", 10_000),
            (&PERCENT, "33.33", 3_333),
            (&PERCENT, "0.5", 50),
            (&HOURS, "66.00", 6_600),
            (&NPS, "-100", -100),
            (&GOAL_VALUE, "-9999999999.99", -999_999_999_999),
            (&GOAL_VALUE, "-0.00", 0),
            (&GOAL_VALUE, "+0.01", 1),
            (&GOAL_VALUE, "12.500", 1_250),
            (&GOAL_VALUE, ".5", 50),
            (&GOAL_VALUE, "5.", 500),
            (&GOAL_VALUE, "1.2E+3", 120_000),
            (&GOAL_VALUE, "1200e-4", 12),
        ] {
            assert_eq!(rule.parse(text), Ok(units), "{text}");
        }
        for (rule, text) in [
            (&COUNT, "-1"),
            (&COUNT, "1.5"),
            (&COUNT, "2147483648"),
            (&COUNT, ""),
            (&COUNT, "many"),
            (&COUNT, "1,000"),
            (&PERCENT, "100.01"),
            (&PERCENT, "0.005"),
            (&PERCENT, "-0.01"),
            (&NPS, "101"),
            (&NPS, "1e999999999999"),
            (&GOAL_VALUE, "10000000000"),
            (&GOAL_VALUE, "0.00000000000000000000000000001"),
            (&GOAL_VALUE, "--1"),
            (&GOAL_VALUE, "."),
            (&GOAL_VALUE, "1e"),
            (&GOAL_VALUE, "NaN"),
            (&GOAL_VALUE, "٣"),
        ] {
            let invalid = rule.parse(text).unwrap_err();
            assert_eq!((invalid.code, &*invalid.rule), (rule.code, rule.rule), "{text}");
        }
    }

    #[test]
    fn numbers_of_events() {
        for (rule, text, parts) in [
            (&COUNT, "3", Some(3)),
            (&COUNT, "3.5", None),
            (&NPS, "-100", Some(-100)),
            (&PERCENT, "75", Some(75_000_000)),
            (&PERCENT, "33.3333335", Some(33_333_334)),
            (&PERCENT, "33.3333345", Some(33_333_334)),
            (&PERCENT, "100.000001", None),
            (&HOURS, "0.0166667", Some(16_667)),
            (&HOURS, "1000000", Some(1_000_000_000_000)),
            (&HOURS, "-1", None),
        ] {
            assert_eq!(rule.of_event(text.parse().unwrap()).ok(), parts, "{text}");
        }
        assert_eq!((COUNT.parts(), HOURS.parts()), (1, 10_000));
    }

    proptest! {
        #[test]
        fn text_comes_back(units in GOAL_VALUE.least..=GOAL_VALUE.most) {
            prop_assert_eq!(GOAL_VALUE.parse(&GOAL_VALUE.text(units)), Ok(units));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,40}") {
            let _ = GOAL_VALUE.parse(&text);
        }
    }
}
