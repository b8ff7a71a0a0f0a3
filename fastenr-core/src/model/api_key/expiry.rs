//! Until when a key works.

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::error::Invalid;
use crate::model::TimeZone;
use crate::model::duration::{LONGEST, Span};

/// How long a key is to work: `90d`, `12w`, a last day, or `never` an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// So long from now.
    In(Span),
    /// Through this day.
    On(NaiveDate),
    Never,
}

impl Default for Expiry {
    /// 90 days.
    fn default() -> Self {
        Self::In(Span::DAYS_90)
    }
}

impl Expiry {
    /// Code `expires`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("never") {
            return Ok(Self::Never);
        }
        let day = || crate::model::day::day(text).map(Self::On);
        Span::parse(text).ok().map(Self::In).or_else(day).ok_or_else(|| {
            Invalid::new(
                "expires",
                "a key expires after a time such as 90d, 12w or 3m, on a day such as 2026-12-31, or never",
            )
        })
    }

    /// The moment from which on the key is refused; none: it never is. A day is one of `zone`.
    ///
    /// # Errors
    /// `expires` where that is not after `now`, or more than a century from it.
    pub fn from(self, now: DateTime<Utc>, zone: TimeZone) -> Result<Option<DateTime<Utc>>, Invalid> {
        let rule = || Invalid::new("expires", "a key expires after now, and within a century");
        let at = match self {
            Self::Never => return Ok(None),
            Self::In(span) => span.after(now.date_naive()).map(|day| day.and_time(now.time()).and_utc()),
            Self::On(day) => day.succ_opt().map(|next| zone.beginning(next)),
        };
        let latest = now.checked_add_days(Days::new(u64::from(LONGEST)));
        at.filter(|at| *at > now && latest.is_some_and(|latest| *at <= latest)).map(Some).ok_or_else(rule)
    }
}

impl std::str::FromStr for Expiry {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until(text: &str, zone: &str) -> Result<String, Invalid> {
        let now = "2026-03-01T07:00:00Z".parse().unwrap();
        let at = Expiry::parse(text)?.from(now, TimeZone::parse(zone)?)?;
        Ok(at.map_or_else(|| "never".to_owned(), |at| at.to_rfc3339()))
    }

    #[test]
    fn times_and_days() {
        for (text, zone, expected) in [
            ("90d", "UTC", "2026-05-30T07:00:00+00:00"),
            (" 2W ", "UTC", "2026-03-15T07:00:00+00:00"),
            ("2026-03-01", "UTC", "2026-03-02T00:00:00+00:00"),
            ("2026-12-31", "Europe/Berlin", "2026-12-31T23:00:00+00:00"),
            ("Never", "UTC", "never"),
        ] {
            assert_eq!(until(text, zone).as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(Expiry::default(), Expiry::parse("90d").unwrap());
        for text in
            ["", "d", "90", "-1d", "0d", "soon", "2026-02-28", "2026-02-30", "9999-12-31", "40000d", "+262142-12-31"]
        {
            assert_eq!(until(text, "UTC").unwrap_err().code, "expires", "{text}");
        }
    }
}
