//! Nights that were missed: which they are, and what a run of one of them has to leave alone.

use chrono::{DateTime, NaiveDate, Utc};

use super::Request;
use crate::error::{Error, Result, Setting};
use crate::model::TimeZone;
use crate::ops::Context;
use crate::say;
use crate::store::Conn;
use crate::store::scores::{book, snapshots};

/// What a run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RunMode {
    /// It has consequences beyond the day's snapshots: scores of accounts, statuses, alerts.
    pub(super) live: bool,
    /// The moment at which it would have run, had it not been missed. What people did later stays.
    pub(super) made_up: Option<DateTime<Utc>>,
}

impl RunMode {
    pub(super) async fn of(context: &Context, conn: &mut Conn, request: &Request, date: NaiveDate) -> Result<Self> {
        let today = context.today();
        let mut tx = conn.read().await?;
        let last = book::last_night(&mut tx, &context.scope(), None).await?;
        tx.commit().await?;
        let live = match last {
            _ if request.snapshots_only => false,
            _ if date == today => last.is_none_or(|last| last <= date),
            // Before the first night none was missed; and one is missed by the whole book.
            Some(last) => date > last && request.accounts.is_empty(),
            None => false,
        };
        Ok(Self { live, made_up: (live && date < today).then(|| at_this_time(context, date)) })
    }
}

/// The moment of a day at which clocks show what they show now: a day is not always 24 hours long.
fn at_this_time(context: &Context, date: NaiveDate) -> DateTime<Utc> {
    let zone = TimeZone::parse(&context.organization.time_zone).unwrap_or(TimeZone::UTC);
    zone.instant(date.and_time(zone.local(context.clock.now()).time()))
}

/// The days from `since` to today that were not scored, ascending; today is always one of them. Those after the last night were
/// missed: run in this order they have the consequences that they would have had.
///
/// # Errors
/// `future_day` where `since` is after today; `long_catch_up` for more than 400 days.
pub async fn missed(context: &Context, since: NaiveDate) -> Result<Vec<NaiveDate>> {
    const MOST: i64 = 400;
    let today = context.today();
    if since > today {
        return Err(Error::invalid("future_day", format!("{since} is after today, {today}")));
    }
    if (today - since).num_days() > MOST {
        return Err(Error::invalid("long_catch_up", format!("{since} is more than {MOST} days ago"))
            .hint(say!("catch up in steps, or run single days with {}", Setting::AsOf)));
    }
    let mut tx = context.db.read().await?;
    let done = snapshots::days(&mut tx, &context.scope(), since, today).await?;
    Ok(since.iter_days().take_while(|day| *day <= today).filter(|day| *day == today || !done.contains(day)).collect())
}
