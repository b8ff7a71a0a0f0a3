//! What scoring reads and writes.
//!
//! [`gather`] sums the metrics of the whole book into a temporary table, in one pass over the rows; [`accounts`] and [`touch`] read
//! the rest for a range of accounts at a time, so that memory stays flat. [`snapshots`] has the scores of other days, [`book`]
//! what the organization tells as a whole, [`apply`] writes a run.

pub mod accounts;
pub mod apply;
pub mod book;
pub mod causes;
pub mod gather;
pub mod snapshots;
pub mod touch;
pub mod views;

use chrono::{Days, NaiveDate};
use uuid::Uuid;

/// Accounts by their ids: those above the first, up to the second, which is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub after: Uuid,
    pub to: Uuid,
}

impl Range {
    /// One account.
    pub fn one(account: Uuid) -> Self {
        Self { after: Uuid::from_u128(account.as_u128().saturating_sub(1)), to: account }
    }
}

/// The day so many days before.
pub(super) fn back(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN)
}

/// `(values ($2, 0), ($3, 1), …)`: days and their ages, to be bound in that order from the placeholder on.
pub(super) fn days_sql(first: usize, ages: impl Iterator<Item = u64>) -> String {
    let rows: Vec<String> = ages.enumerate().map(|(place, age)| format!("(${}, {age})", first + place)).collect();
    format!("days (day, age) as (values {})", rows.join(", "))
}
