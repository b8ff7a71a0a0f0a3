//! What the organization tells as a whole, as of a day.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use uuid::Uuid;

use super::day::Day;
use crate::error::Result;
use crate::model::Size;
use crate::score::alerts::DaysWithRows;
use crate::score::{Book, Connected};
use crate::store::scores::accounts::{Before, Feeds};
use crate::store::scores::{accounts, book};
use crate::store::{Scope, Tx};

/// Days that the feeds are looked at for.
const FEED_DAYS: u64 = 63;

/// The book with what was found on the way.
#[derive(Debug, Clone)]
pub(in crate::ops) struct Whole {
    pub(super) book: Book,
    pub(super) feeds: Feeds,
    pub(super) usage_days: DaysWithRows,
    pub(super) ticket_days: DaysWithRows,
}

/// Reads it; the metrics are summed already. Of a single account, `stored` is the book that a run left: what all accounts have
/// together is taken from it.
pub(super) async fn read(tx: &mut Tx<'_>, scope: &Scope, day: &Day, stored: Option<book::BookRow>) -> Result<Whole> {
    let feed_days = book::feed_days(tx, scope, day.date, FEED_DAYS).await?;
    let within = |days: i64, has: fn(&book::FeedDay) -> bool| feed_days.iter().any(|at| at.age < days && has(at));
    let (usage_live, support_live) = (within(60, |at| at.usage), within(30, |at| at.tickets));
    let csat = match stored {
        Some(stored) => crate::score::Sum { sum: stored.csat_sum, count: stored.csat_count },
        None => book::csat(tx).await?,
    };
    let feeds =
        Feeds { usage: usage_live, tickets: support_live, training: book::any_training(tx, scope, day.date).await? };
    let book = Book {
        usage_live,
        support_live,
        csat,
        payments: book::any_past_due(tx, scope, day.date).await?,
        arr: ranks(tx, scope, day).await?,
        connected: Connected(stored.map_or(0, |stored| u32::try_from(stored.connected).unwrap_or(0))),
    };
    let days = |has: fn(&book::FeedDay) -> bool| feed_days.iter().filter(|at| has(at)).map(|at| at.age).collect();
    Ok(Whole { book, feeds, usage_days: days(|at| at.usage), ticket_days: days(|at| at.tickets) })
}

/// ARR by size, ascending, of those that had it on the day and had not churned.
async fn ranks(tx: &mut Tx<'_>, scope: &Scope, day: &Day) -> Result<[Vec<i64>; 6]> {
    let mut before: HashMap<Uuid, Vec<Before>> = HashMap::new();
    for change in accounts::changes_after(tx, scope, None, day.seen, day.seen).await? {
        if matches!(change.field.as_str(), "arr" | "size" | "status") {
            before.entry(change.account_id).or_default().push(change);
        }
    }
    let mut arr: [Vec<i64>; 6] = Default::default();
    let mut rows = book::ranked(tx, scope, day.end)?;
    while let Some(mut row) = rows.try_next().await? {
        // The first change after the day of each field tells what it was.
        for change in before.get(&row.id).into_iter().flatten().rev() {
            let old = change.old_value.clone();
            match change.field.as_str() {
                "arr" => row.arr = old.and_then(|text| text.parse().ok()),
                "size" => row.size = old,
                _ => row.status = old.unwrap_or_default(),
            }
        }
        let churned = row.churned_on.map_or(row.status == "churned", |on| on <= day.date);
        if let Some(cents) = row.arr.filter(|_| !churned) {
            let size = row.size.as_deref().and_then(|text| Size::parse(text).ok());
            arr[size.map_or(5, |size| size as usize)].push(cents);
        }
    }
    for list in &mut arr {
        list.sort_unstable();
    }
    Ok(arr)
}
