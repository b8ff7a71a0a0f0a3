//! Days and times: ISO 8601, in the organization's time zone, and their distance from today.

use std::fmt;

use askama::filters::HtmlSafe;
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use fastenr_core::model::TimeZone;

/// When and where a page is drawn.
#[derive(Debug, Clone, Copy)]
pub struct RenderContext {
    pub now: DateTime<Utc>,
    pub today: NaiveDate,
    pub zone: TimeZone,
}

impl RenderContext {
    pub fn day(&self, day: NaiveDate) -> Day {
        Day { day, today: self.today }
    }

    pub fn moment(&self, at: DateTime<Utc>) -> Moment {
        Moment { at, here: *self }
    }

    /// The day of a moment.
    pub fn day_of(&self, at: DateTime<Utc>) -> Day {
        self.day(self.zone.day(at))
    }
}

/// `2026-12-31`, with the distance from today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    pub day: NaiveDate,
    today: NaiveDate,
}

impl Day {
    /// `today`, `in 41 d`, `94 d ago`; far away in months and years.
    pub fn away(&self) -> String {
        between(self.today, self.day)
    }

    pub fn is_past(&self) -> bool {
        self.day < self.today
    }

    /// Whether it is in the past, or within this number of days from today.
    pub fn is_within(&self, days: i64) -> bool {
        (self.day - self.today).num_days() <= days
    }
}

/// From one day to another: `in 41 d`, `3 mo ago`.
pub fn between(from: NaiveDate, to: NaiveDate) -> String {
    let days = (to - from).num_days();
    let count = days.unsigned_abs();
    let amount = match count {
        0 => return "today".to_owned(),
        1..=99 => format!("{count} d"),
        100..=729 => format!("{} mo", (count * 12 + 182) / 365),
        _ => format!("{} y", (count + 182) / 365),
    };
    if days > 0 { format!("in {amount}") } else { format!("{amount} ago") }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<time datetime=\"{0}\" title=\"{1}\">{0}</time>", self.day, self.away())
    }
}

impl HtmlSafe for Day {}

/// `2026-12-01 14:05` in the organization's time zone.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    at: DateTime<Utc>,
    here: RenderContext,
}

impl Moment {
    pub fn clock(&self) -> String {
        self.here.zone.local(self.at).format("%H:%M").to_string()
    }

    pub fn day(&self) -> Day {
        self.here.day_of(self.at)
    }

    /// `94 d ago`; of today the time.
    pub fn away(&self) -> String {
        let day = self.day();
        if day.day == self.here.today { self.clock() } else { day.away() }
    }

    pub fn is_past(&self) -> bool {
        self.at < self.here.now
    }

    /// As a control of a form has it.
    pub fn local(&self) -> String {
        self.here.zone.local(self.at).format("%Y-%m-%dT%H:%M").to_string()
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.here.zone.local(self.at).format("%Y-%m-%d %H:%M");
        let exact = self.at.to_rfc3339_opts(SecondsFormat::Secs, true);
        write!(f, "<time datetime=\"{exact}\" title=\"{}\">{local}</time>", self.away())
    }
}

impl HtmlSafe for Moment {}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap_or_default()
    }

    #[test]
    fn how_far_away() {
        let today = day("2026-12-01");
        for (text, away) in [
            ("2026-12-01", "today"),
            ("2026-12-02", "in 1 d"),
            ("2026-08-29", "94 d ago"),
            ("2027-05-01", "in 5 mo"),
            ("2024-12-01", "2 y ago"),
        ] {
            assert_eq!(between(today, day(text)), away, "{text}");
        }
    }

    #[test]
    fn moments_are_of_the_zone() {
        let now: DateTime<Utc> = "2026-12-01T23:30:00Z".parse().unwrap_or_default();
        let zone = TimeZone::parse("Europe/Berlin").unwrap_or(TimeZone::UTC);
        let here = RenderContext { now, today: zone.day(now), zone };
        let moment = here.moment(now);
        assert!(moment.to_string().contains(">2026-12-02 00:30<"), "{moment}");
        assert_eq!((moment.away(), moment.local()), ("00:30".to_owned(), "2026-12-02T00:30".to_owned()));
    }
}
