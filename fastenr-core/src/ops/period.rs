//! Days and moments as people give them: a time ago, a day of the organization, or an RFC 3339 time.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::Context;
use super::filters::days;
use crate::error::Invalid;
use crate::model::{TimeZone, day};

/// The moment from which on: of a day its beginning.
///
/// # Errors
/// `time`.
pub(super) fn since(context: &Context, text: &str) -> Result<DateTime<Utc>, Invalid> {
    match instant(text) {
        Some(at) => Ok(at),
        None => beginning(context, read(context, text, 0).ok_or_else(no_time)?),
    }
}

/// The moment before which: of a day the beginning of the next one.
///
/// # Errors
/// `time`.
pub(super) fn before(context: &Context, text: &str) -> Result<DateTime<Utc>, Invalid> {
    match instant(text) {
        Some(at) => at.checked_add_signed(TimeDelta::microseconds(1)).ok_or_else(no_time),
        None => beginning(context, read(context, text, 1).ok_or_else(no_time)?),
    }
}

/// The `later`th day after one written `2026-03-01`, or so long ago as `30d` says.
///
/// # Errors
/// `date`.
pub(super) fn day(context: &Context, text: &str, later: u64) -> Result<NaiveDate, Invalid> {
    read(context, text, later).ok_or_else(no_day)
}

/// The moment that a day of the organization begins.
pub(super) fn beginning(context: &Context, day: NaiveDate) -> Result<DateTime<Utc>, Invalid> {
    Ok(TimeZone::parse(&context.organization.time_zone)?.beginning(day))
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    day::moment(text)
}

fn read(context: &Context, text: &str, later: u64) -> Option<NaiveDate> {
    let day = match day::day(text) {
        Some(day) => day,
        None => context.today().checked_sub_days(Days::new(u64::from(days(text).ok()?)))?,
    };
    day.checked_add_days(Days::new(later))
}

fn no_day() -> Invalid {
    Invalid::new("date", "a day written YYYY-MM-DD, or a time ago such as 30d or 4w")
}

fn no_time() -> Invalid {
    Invalid::new("time", "a day written YYYY-MM-DD, a time ago such as 7d or 2w, or a time like 2026-03-01T07:00:00Z")
}
