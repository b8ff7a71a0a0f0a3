//! What a page tells of a list beside its rows: how many there are, counted only so far, and how their health has changed.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use uuid::Uuid;

use super::Context;
use crate::error::Result;
use crate::model::entry::Entry;
use crate::model::noun::Noun;
use crate::model::selection::Selection;
use crate::money::Cents;
use crate::store;
use crate::store::scores::snapshots;

/// Beyond this nobody counts: `10,000+` says as much, and costs the same in any book.
pub const MOST: u64 = 10_000;

/// How many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    Exactly(u64),
    /// More than [`MOST`].
    Beyond,
}

impl Extent {
    fn of(count: i64) -> Self {
        match u64::try_from(count).unwrap_or(0) {
            count if count > MOST => Self::Beyond,
            count => Self::Exactly(count),
        }
    }
}

/// Accounts that pass, and their ARR together; none where they were not all counted.
pub async fn accounts(context: &Context, selection: &Selection) -> Result<(Extent, Option<Cents>)> {
    let mut tx = context.db.read().await?;
    let most = i64::try_from(MOST).unwrap_or(i64::MAX - 1);
    let counted = store::extent::accounts(&mut tx, &context.scope(), selection, most).await?;
    let extent = Extent::of(counted.count);
    Ok((extent, (extent != Extent::Beyond).then_some(Cents(counted.arr))))
}

/// Records that pass.
pub async fn records(context: &Context, noun: &'static Noun, selection: &Selection) -> Result<Extent> {
    let mut tx = context.db.read().await?;
    let most = i64::try_from(MOST).unwrap_or(i64::MAX - 1);
    Ok(Extent::of(store::lists::count_to::<Entry>(&mut tx, &context.scope(), noun, selection, most).await?))
}

/// Days between the two ends of a change.
const MONTH: u64 = 30;
/// Nights may be missing: the day may be so many days older.
const WEEK: u64 = 7;

/// The health that these accounts had a month before the last night, where it was judged then; and the day that is of.
pub async fn health_a_month_ago(context: &Context, ids: &[Uuid]) -> Result<(Option<NaiveDate>, HashMap<Uuid, i64>)> {
    let (scope, today) = (context.scope(), context.today());
    let back = |day: NaiveDate, days: u64| day.checked_sub_days(Days::new(days)).unwrap_or(day);
    let mut tx = context.db.read().await?;
    let last = snapshots::days(&mut tx, &scope, back(today, WEEK), today).await?.into_iter().max();
    let to = back(last.unwrap_or(today), MONTH);
    let Some(day) = snapshots::days(&mut tx, &scope, back(to, WEEK), to).await?.into_iter().max() else {
        return Ok((None, HashMap::new()));
    };
    Ok((Some(day), store::extent::health_on(&mut tx, &scope, day, ids).await?))
}
