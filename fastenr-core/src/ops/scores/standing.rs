//! Whether an organization is looked after: what was scored last, how old its data is, what is at work.

use chrono::{Days, NaiveDate};
use uuid::Uuid;

use super::book::{FEED_DAYS, with_rows};
use super::models;
use crate::error::Result;
use crate::ops::Context;
use crate::score::alerts::{self, DaysWithRows, Feed, Silence, Topic};
use crate::store;
use crate::store::scores::book;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The last night; none before the first.
    pub night: Option<NaiveDate>,
    /// The last day with usage; none within 63 days.
    pub usage: Option<NaiveDate>,
    /// The last day with a number of tickets; none within 63 days.
    pub tickets: Option<NaiveDate>,
    /// The first of the days before today that had no night; today, where there is data and was no night at all.
    pub unscored: Option<NaiveDate>,
    /// Feeds that came daily and come no more, by the rule `data_quality` of the first model.
    pub silences: Vec<Silence>,
    /// Operations at work.
    pub running: Vec<Uuid>,
    /// Operations whose process died: they wrote nothing.
    pub interrupted: Vec<Uuid>,
}

/// How the organization stands at this moment.
///
/// # Errors
/// Those of reading its models.
pub async fn standing(context: &Context) -> Result<Standing> {
    let (scope, today) = (context.scope(), context.today());
    let mut tx = context.db.read().await?;
    let (usage, tickets) = with_rows(&book::feed_days(&mut tx, &scope, today, FEED_DAYS, None).await?);
    let last = |rows: DaysWithRows| today.checked_sub_days(Days::new(rows.last()?.into()));
    let night = book::last_night(&mut tx, &scope, None).await?;
    let unscored = match night {
        Some(night) => night.succ_opt().filter(|next| *next < today),
        None => (last(usage).is_some() || last(tickets).is_some()).then_some(today),
    };
    let open = store::alerts::topics(&mut tx, &scope).await?;
    let known: Vec<Topic> = open.iter().filter_map(|key| Topic::parse(key).ok()).collect();
    let models = models::active(&mut tx, &scope).await?;
    let rows = [(Feed::Usage, usage), (Feed::Support, tickets)];
    let silences = alerts::feeds(&rows, &models.first().alerts.data_quality, &known);
    let (mut running, mut interrupted) = (Vec::new(), Vec::new());
    for id in store::operations::running(&mut tx, &scope).await? {
        let is_alive = context.db.is_alive(&mut tx, id).await?;
        if is_alive { &mut running } else { &mut interrupted }.push(id);
    }
    Ok(Standing { night, usage: last(usage), tickets: last(tickets), unscored, silences, running, interrupted })
}
