//! Time zones, by their IANA names.

use chrono::{DateTime, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

use crate::error::Invalid;

/// A time zone such as `Europe/Berlin`; its midnight begins an organization's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeZone(Tz);

/// How often clocks show a time on a day: they are put forward and back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockTimes {
    Once,
    Twice,
    Never,
}

impl TimeZone {
    pub const UTC: Self = Self(Tz::UTC);

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

    /// The instant at which clocks there show `local`.
    ///
    /// Where clocks are put back they show it twice: the first time is meant. Where they are put forward they never show
    /// it: it is told by the offset before the change, so 02:30 is the instant that is called 03:30. Both as in RFC 5545.
    pub fn instant(self, local: NaiveDateTime) -> DateTime<Utc> {
        // No change of clocks has left out more than a day.
        let before = || (1..=48).find_map(|hours| self.0.offset_from_local_datetime(&earlier(local, hours)).latest());
        let offset = self.0.offset_from_local_datetime(&local).earliest().or_else(before);
        let offset = offset.map_or_else(|| self.0.offset_from_utc_datetime(&local).fix(), |offset| offset.fix());
        // It does not fit only at the ends of the calendar, 260,000 years away.
        local.checked_sub_offset(offset).unwrap_or(local).and_utc()
    }

    /// How often clocks there show `local`.
    pub fn shown(self, local: NaiveDateTime) -> ClockTimes {
        match self.0.offset_from_local_datetime(&local) {
            MappedLocalTime::Single(_) => ClockTimes::Once,
            MappedLocalTime::Ambiguous(..) => ClockTimes::Twice,
            MappedLocalTime::None => ClockTimes::Never,
        }
    }

    /// The day it is there at `at`.
    pub fn day(self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.0).date_naive()
    }

    /// What clocks show there at `at`.
    pub fn local(self, at: DateTime<Utc>) -> NaiveDateTime {
        at.with_timezone(&self.0).naive_local()
    }

    /// The moment a day begins there: midnight, or where a change of the clocks leaves it out, the first moment after.
    pub fn beginning(self, day: NaiveDate) -> DateTime<Utc> {
        self.instant(day.and_time(NaiveTime::MIN))
    }
}

fn earlier(local: NaiveDateTime, hours: i64) -> NaiveDateTime {
    local.checked_sub_signed(TimeDelta::hours(hours)).unwrap_or(local)
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
        let beginning =
            |zone: &str, day: &str| TimeZone::parse(zone).unwrap().beginning(day.parse().unwrap()).to_rfc3339();
        assert_eq!(beginning("Europe/Berlin", "2026-03-01"), "2026-02-28T23:00:00+00:00");
        // The clocks of Beirut go from midnight to one o'clock.
        assert_eq!(beginning("Asia/Beirut", "2026-03-29"), "2026-03-28T22:00:00+00:00");
        assert_eq!(TimeZone::parse("Europe/Atlantis").unwrap_err().code, "time_zone");
    }

    #[test]
    fn clocks_put_back_or_forward() {
        let instant = |zone: &str, local: &str| {
            TimeZone::parse(zone).unwrap().instant(local.parse().unwrap()).format("%FT%TZ").to_string()
        };
        for (zone, local, expected) in [
            ("Europe/Berlin", "2026-07-01T09:00:00", "2026-07-01T07:00:00Z"),
            ("Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
            ("Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T01:30:00Z"),
            // Midnight left out: the day begins at one.
            ("America/Sao_Paulo", "2018-11-04T00:00:00", "2018-11-04T03:00:00Z"),
            // A whole day left out.
            ("Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T22:00:00Z"),
        ] {
            assert_eq!(instant(zone, local), expected, "{zone} {local}");
        }
    }
}
