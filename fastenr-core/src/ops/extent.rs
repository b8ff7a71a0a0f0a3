//! What a page tells of a list beside its rows: how many there are, counted only so far, and how their health has changed.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use uuid::Uuid;

use super::{Context, remembered};
use crate::error::Result;
pub use crate::model::cursor::Extent;
use crate::model::cursor::Total;
use crate::model::entry::Entry;
use crate::model::noun::Noun;
use crate::model::selection::Selection;
use crate::money::Cents;
use crate::store::scores::snapshots;
use crate::store::{self, Tx};

/// Beyond this nobody counts: `10,000+` says as much, and costs the same in any book.
pub const MOST: u64 = 10_000;

/// Accounts that pass, and their ARR together; none where they were not all counted.
pub async fn accounts(context: &Context, selection: &Selection) -> Result<(Extent, Option<Cents>)> {
    totals_to(&mut context.db.read().await?, context, selection, MOST).await
}

/// The same counted up to `most`; `tx` reads one state.
pub(super) async fn totals_to(
    tx: &mut Tx<'_>,
    context: &Context,
    selection: &Selection,
    most: u64,
) -> Result<(Extent, Option<Cents>)> {
    let counted = remembered::totals_to(tx, context, selection, most).await?;
    let count = u64::try_from(counted.count).unwrap_or(0);
    Ok(match count > most {
        true => (Extent::Beyond(most), None),
        false => (Extent::Exactly(count), Some(Cents(counted.arr))),
    })
}

/// Records that pass.
pub async fn records(context: &Context, noun: &'static Noun, selection: &Selection) -> Result<Extent> {
    let mut tx = context.db.read().await?;
    let extent = remembered::extent::<Entry>(&mut tx, context, noun, selection, Total::UpTo(MOST)).await?;
    Ok(extent.unwrap_or(Extent::Exactly(0)))
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
