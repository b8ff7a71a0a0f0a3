//! Time zones, by their IANA names.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::error::Invalid;

/// A time zone such as `Europe/Berlin`; its midnight begins an organization's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeZone(Tz);

impl TimeZone {
    /// Code `time_zone`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let parsed = Tz::from_str_insensitive(text.trim());
        parsed
            .map(Self)
            .map_err(|_| Invalid::new("time_zone", "a time zone is an IANA name such as Europe/Berlin or UTC"))
    }

    pub fn as_str(self) -> &'static str {
        self.0.name()
    }

    /// The day it is there at `at`.
    pub fn day(self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.0).date_naive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_the_one_of_the_place() {
        let at = "2026-03-01T23:30:00Z".parse().unwrap();
        let day = |zone: &str| TimeZone::parse(zone).unwrap().day(at).to_string();
        assert_eq!(day("utc"), "2026-03-01");
        assert_eq!(day("Europe/Berlin"), "2026-03-02");
        assert_eq!(TimeZone::parse("Europe/Atlantis").unwrap_err().code, "time_zone");
    }
}
