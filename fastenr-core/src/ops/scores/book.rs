//! What the organization tells as a whole, as of a day.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use uuid::Uuid;

use super::day::Day;
use crate::error::Result;
use crate::model::Size;
use crate::score::alerts::DaysWithRows;
use crate::score::ranks::{self, Ranks};
use crate::score::{Book, Connected, Factor};
use crate::store::scores::accounts::{Feeds, FieldBefore};
use crate::store::scores::fold::Fold;
use crate::store::scores::{Range, accounts, book};
use crate::store::{Scope, Tx};

/// Days that the feeds are looked at for.
pub(super) const FEED_DAYS: u64 = 63;
/// Days after which a feed of tickets covers its window: who has no row then has no ticket.
const SETTLED: u64 = 30;

/// The book with what was found on the way.
#[derive(Debug, Clone)]
pub(in crate::ops) struct BookWithFeeds {
    pub(super) book: Book,
    pub(super) feeds: Feeds,
    pub(super) usage_days: DaysWithRows,
    pub(super) ticket_days: DaysWithRows,
}

/// Reads it; the metrics are summed already. Of a single account, `stored` has the book that a run left: what all accounts have
/// together is taken from it. A `fold` has the metrics, where many days are read in a row.
pub(super) async fn read(
    tx: &mut Tx<'_>,
    scope: &Scope,
    day: &Day,
    stored: Option<(Uuid, book::BookRow)>,
    fold: Option<&Fold>,
) -> Result<BookWithFeeds> {
    let (one, stored) = stored.unzip();
    let feed_days = match fold {
        Some(fold) => fold.feed_days(FEED_DAYS),
        None => book::feed_days(tx, scope, day.date, FEED_DAYS, None).await?,
    };
    let within = |days: i64, has: fn(&book::FeedDay) -> bool| feed_days.iter().any(|at| at.age < days && has(at));
    let (usage_live, support_live) = (within(60, |at| at.usage), within(30, |at| at.tickets));
    let csat = match (stored, fold) {
        (Some(stored), _) => crate::score::Sum { sum: stored.csat_sum, count: stored.csat_count },
        (None, Some(fold)) => fold.csat(),
        (None, None) => book::csat(tx).await?,
    };
    let training = match fold {
        Some(fold) => fold.any_training(),
        None => book::any_training(tx, scope, day.date).await?,
    };
    let connected = match (stored, fold) {
        (Some(stored), _) => Connected(u32::try_from(stored.connected).unwrap_or(0)),
        (None, Some(fold)) => fold.connected(),
        (None, None) => book::connected(tx).await?,
    };
    let month_ago = day.back(SETTLED);
    let old = feed_days.iter().any(|at| at.tickets && u64::try_from(at.age).is_ok_and(|age| age >= SETTLED));
    let support_settled = match (support_live && !old, fold) {
        (false, _) => old,
        (true, Some(fold)) => fold.any_tickets(month_ago),
        (true, None) => book::any_tickets(tx, scope, month_ago).await?,
    };
    let told = |factor: Factor| usage_live && connected.has(factor.place());
    let feeds = Feeds {
        usage: usage_live,
        tickets: support_live,
        training,
        logins: told(Factor::LoginFrequency),
        active_users: told(Factor::UserActivity),
    };
    let (usage_days, ticket_days) = with_rows(&feed_days);
    let book = Book {
        usage_live,
        support_live,
        support_settled,
        usage_last: usage_days.last().map(i64::from),
        csat,
        payments: book::any_past_due(tx, scope, day.date).await?,
        arr: match one {
            Some(account) => ranks_around(tx, scope, day, account).await?,
            None => ranks(tx, scope, day, None).await?,
        },
        connected,
        known: stored.and_then(|stored| stored.known()).unwrap_or_default(),
    };
    Ok(BookWithFeeds { book, feeds, usage_days, ticket_days })
}

/// Days with rows of usage, and of tickets.
pub(super) fn with_rows(feed_days: &[book::FeedDay]) -> (DaysWithRows, DaysWithRows) {
    let days = |has: fn(&book::FeedDay) -> bool| feed_days.iter().filter(|at| has(at)).map(|at| at.age).collect();
    (days(|at| at.usage), days(|at| at.tickets))
}

/// The same as a moment saw them: rows that came later are not among them.
pub(super) async fn seen_at(
    tx: &mut Tx<'_>,
    scope: &Scope,
    day: &Day,
    at: DateTime<Utc>,
) -> Result<(DaysWithRows, DaysWithRows)> {
    Ok(with_rows(&book::feed_days(tx, scope, day.date, FEED_DAYS, Some(at)).await?))
}

/// As the last run of the day or before it left them, with the account's own ARR as it was on the day.
async fn ranks_around(tx: &mut Tx<'_>, scope: &Scope, day: &Day, account: Uuid) -> Result<Ranks> {
    let stored = book::stored_ranks(tx, scope, day.date).await?;
    let stored = stored.and_then(|(of, bytes)| Some((of, ranks::decode(&bytes?)?)));
    // A version that did not keep them wrote the book.
    let Some((of, mut all)) = stored else { return ranks(tx, scope, day, None).await };
    let own = |ranks: Ranks| (0..).zip(ranks).find_map(|(size, list)| Some((size, *list.first()?)));
    let then = own(ranks(tx, scope, &day.other(of), Some(account)).await?);
    let now = own(ranks(tx, scope, day, Some(account)).await?);
    ranks::replace(&mut all, then, now);
    Ok(all)
}

/// ARR by size, ascending, of those that had it on the day and had not churned; or of one account.
async fn ranks(tx: &mut Tx<'_>, scope: &Scope, day: &Day, one: Option<Uuid>) -> Result<Ranks> {
    let mut before: HashMap<Uuid, Vec<FieldBefore>> = HashMap::new();
    for change in accounts::changes_after(tx, scope, one.map(Range::one), day.seen, day.seen).await? {
        if matches!(change.field.as_str(), "arr" | "size" | "status") {
            before.entry(change.account_id).or_default().push(change);
        }
    }
    let mut arr = Ranks::default();
    let mut rows = book::ranked(tx, scope, (day.seen, day.end), one)?;
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
