//! Moments as people give them: a time ago, a day of the organization, or an RFC 3339 time.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::Context;
use super::filters::days;
use crate::error::Invalid;
use crate::model::TimeZone;

/// The moment from which on: of a day its beginning.
///
/// # Errors
/// `time`.
pub(super) fn since(context: &Context, text: &str) -> Result<DateTime<Utc>, Invalid> {
    match instant(text) {
        Some(at) => Ok(at),
        None => edge(context, text, 0),
    }
}

/// The moment before which: of a day the beginning of the next one.
///
/// # Errors
/// `time`.
pub(super) fn before(context: &Context, text: &str) -> Result<DateTime<Utc>, Invalid> {
    match instant(text) {
        Some(at) => at.checked_add_signed(TimeDelta::microseconds(1)).ok_or_else(rule),
        None => edge(context, text, 1),
    }
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text.trim()).ok().map(|at| at.with_timezone(&Utc))
}

/// The beginning of the `later`th day after the one that is meant.
fn edge(context: &Context, text: &str, later: u64) -> Result<DateTime<Utc>, Invalid> {
    let day = match text.trim().parse::<NaiveDate>() {
        Ok(day) => Some(day),
        Err(_) => context.today().checked_sub_days(Days::new(u64::from(days(text).map_err(|_| rule())?))),
    };
    let day = day.and_then(|day| day.checked_add_days(Days::new(later))).ok_or_else(rule)?;
    Ok(TimeZone::parse(&context.organization.time_zone)?.beginning(day))
}

fn rule() -> Invalid {
    Invalid::new("time", "a day written YYYY-MM-DD, a time ago such as 7d or 2w, or a time like 2026-03-01T07:00:00Z")
}
