//! Lengths of time on the calendar: days, weeks, months, years.

use chrono::{Days, Months, NaiveDate};

use crate::error::Invalid;

/// The longest time that any of them may be, in days: a century.
pub const LONGEST: u32 = 36_525;
/// The same in months.
const LONGEST_MONTHS: u32 = 1_200;

/// So many months, then so many days. The 31st and a month are the last day of a month that has no 31st.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    months: u32,
    days: u32,
}

impl Span {
    pub const DAYS_90: Self = Self { months: 0, days: 90 };

    /// None for more than a century.
    pub const fn new(months: u32, days: u32) -> Option<Self> {
        if months > LONGEST_MONTHS || days > LONGEST { None } else { Some(Self { months, days }) }
    }

    /// One number with a unit: `90d`, `2w`, `3m`, `1y`.
    ///
    /// # Errors
    /// `duration`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).ok_or_else(duration)?);
        let number: u32 = number.parse().map_err(|_| duration())?;
        let span = match unit {
            "d" | "D" => Self::new(0, number),
            "w" | "W" => number.checked_mul(7).and_then(|days| Self::new(0, days)),
            "m" | "M" => Self::new(number, 0),
            "y" | "Y" => number.checked_mul(12).and_then(|months| Self::new(months, 0)),
            _ => None,
        };
        span.ok_or_else(duration)
    }

    /// The day that is so long after `day`; none beyond the calendar.
    pub fn after(self, day: NaiveDate) -> Option<NaiveDate> {
        day.checked_add_months(Months::new(self.months))?.checked_add_days(Days::new(u64::from(self.days)))
    }

    /// The day that is so long before `day`; none beyond the calendar.
    pub fn before(self, day: NaiveDate) -> Option<NaiveDate> {
        day.checked_sub_months(Months::new(self.months))?.checked_sub_days(Days::new(u64::from(self.days)))
    }

    /// How many days it is, before `day`.
    pub fn days_before(self, day: NaiveDate) -> Option<u32> {
        u32::try_from((day - self.before(day)?).num_days()).ok()
    }
}

impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.months, self.days) {
            (0, days) => write!(f, "{days}d"),
            (months, 0) => write!(f, "{months}m"),
            (months, days) => write!(f, "{months}m{days}d"),
        }
    }
}

pub(crate) fn duration() -> Invalid {
    let rule = "a time is a number of days, weeks, months or years, such as 90d, 2w, 3m or 1y, and at most a century";
    Invalid::new("duration", rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times() {
        let day: NaiveDate = "2026-03-31".parse().unwrap();
        for (text, before, after) in [
            ("90d", "2025-12-31", "2026-06-29"),
            ("2w", "2026-03-17", "2026-04-14"),
            (" 0d ", "2026-03-31", "2026-03-31"),
            ("1W", "2026-03-24", "2026-04-07"),
            ("1m", "2026-02-28", "2026-04-30"),
            ("12M", "2025-03-31", "2027-03-31"),
            ("1y", "2025-03-31", "2027-03-31"),
            ("36525d", "1926-03-31", "2126-04-01"),
            ("100y", "1926-03-31", "2126-03-31"),
        ] {
            let span = Span::parse(text).unwrap();
            let found = (span.before(day).unwrap().to_string(), span.after(day).unwrap().to_string());
            assert_eq!((found.0.as_str(), found.1.as_str()), (before, after), "{text}");
        }
        for text in
            ["", "90", "d", "-1d", "1.5d", "90 d", "3q", "36526d", "1201m", "101y", "99999999999d", "700000000w", "９d"]
        {
            assert_eq!(Span::parse(text).unwrap_err().code, "duration", "{text}");
        }
        assert_eq!(Span::parse("1m").unwrap().days_before(day), Some(31));
        assert_eq!(Span::parse("1y").unwrap().days_before(day), Some(365));
    }
}
