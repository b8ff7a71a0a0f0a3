//! Whether an organization is looked after: what was scored last, how old its data is, what is at work.

use chrono::NaiveDate;
use uuid::Uuid;

use super::Context;
use crate::error::Result;
use crate::store;
use crate::store::scores::book;

/// Days that are looked at for data.
pub const FEED_DAYS: u64 = 63;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The last night; none before the first.
    pub night: Option<NaiveDate>,
    /// The last day with usage; none within [`FEED_DAYS`].
    pub usage: Option<NaiveDate>,
    /// The last day with a number of tickets; none within [`FEED_DAYS`].
    pub tickets: Option<NaiveDate>,
    /// Operations at work.
    pub running: Vec<Uuid>,
    /// Operations whose process died: they wrote nothing.
    pub interrupted: Vec<Uuid>,
}

/// How the organization stands at this moment.
pub async fn standing(context: &Context) -> Result<Standing> {
    let (scope, today) = (context.scope(), context.today());
    let mut tx = context.db.read().await?;
    let days = book::feed_days(&mut tx, &scope, today, FEED_DAYS, None).await?;
    let last = |has: fn(&book::FeedDay) -> bool| {
        let age = days.iter().find(|day| has(day)).and_then(|day| u64::try_from(day.age).ok())?;
        today.checked_sub_days(chrono::Days::new(age))
    };
    let mut standing = Standing {
        night: book::last_night(&mut tx, &scope, None).await?,
        usage: last(|day| day.usage),
        tickets: last(|day| day.tickets),
        ..Standing::default()
    };
    for id in store::operations::running(&mut tx, &scope).await? {
        match context.db.is_alive(&mut tx, id).await? {
            true => standing.running.push(id),
            false => standing.interrupted.push(id),
        }
    }
    Ok(standing)
}
