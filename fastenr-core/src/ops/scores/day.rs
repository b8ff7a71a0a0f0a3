//! A day of an organization, in its own time zone.

use chrono::{DateTime, Days, Months, NaiveDate, Utc};

use crate::model::TimeZone;
use crate::ops::Context;

/// The day as of which accounts are scored.
#[derive(Debug, Clone, Copy)]
pub(in crate::ops) struct Day {
    pub(in crate::ops) date: NaiveDate,
    /// The last day of which anything is known: the same day, but where an explanation asks what time alone did.
    pub(in crate::ops) seen: NaiveDate,
    /// The moment the last day that is known is over.
    pub(in crate::ops) end: DateTime<Utc>,
    zone: TimeZone,
}

impl Day {
    pub(in crate::ops) fn of(context: &Context, date: NaiveDate, seen: NaiveDate) -> Self {
        let zone = TimeZone::parse(&context.organization.time_zone).unwrap_or(TimeZone::UTC);
        let seen = seen.min(date);
        let next = seen.checked_add_days(Days::new(1)).unwrap_or(seen);
        Self { date, seen, end: zone.beginning(next), zone }
    }

    /// Another day, with what is known up to it.
    pub(super) fn other(&self, date: NaiveDate) -> Self {
        Self { date, seen: date, end: self.end_of(date), zone: self.zone }
    }

    /// Days from the day of `at` to this one.
    pub(super) fn age(&self, at: DateTime<Utc>) -> i64 {
        self.age_of(self.zone.day(at))
    }

    pub(super) fn age_of(&self, date: NaiveDate) -> i64 {
        (self.date - date).num_days()
    }

    pub(super) fn date_of(&self, at: DateTime<Utc>) -> NaiveDate {
        self.zone.day(at)
    }

    /// The moment at which the window of so many days begins.
    pub(super) fn window(&self, days: u64) -> DateTime<Utc> {
        self.zone.beginning(self.back(days.saturating_sub(1)))
    }

    pub(super) fn back(&self, days: u64) -> NaiveDate {
        self.date.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN)
    }

    pub(super) fn months_back(&self, months: u32) -> NaiveDate {
        self.date.checked_sub_months(Months::new(months)).unwrap_or(NaiveDate::MIN)
    }

    /// The moment another day is over.
    pub(super) fn end_of(&self, date: NaiveDate) -> DateTime<Utc> {
        self.zone.beginning(date.checked_add_days(Days::new(1)).unwrap_or(date))
    }
}
