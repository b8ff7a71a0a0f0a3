//! What the organization tells as a whole.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{back, days_sql};
use crate::score::Sum;
use crate::store::{Scope, StoreResult, Tx};

const USAGE: &str = "(m.login_frequency is not null or m.feature_adoption_score is not null \
    or m.session_minutes is not null or m.active_users is not null)";

/// On which of the last days a feed had a row for anyone, by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct FeedDay {
    pub age: i64,
    pub usage: bool,
    pub tickets: bool,
}

/// The days of ages 0 to `most`.
pub async fn feed_days(tx: &mut Tx<'_>, scope: &Scope, day: NaiveDate, most: u64) -> StoreResult<Vec<FeedDay>> {
    let exists = |condition: &str| {
        format!(
            "exists (select 1 from health_metrics m where m.organization_id = $1 and m.metric_date = d.day and {condition})"
        )
    };
    let sql = format!(
        "with {} select cast(d.age as bigint) as age, {} as usage, {} as tickets from days d order by d.age",
        days_sql(tx.engine(), 2, 0..=most),
        exists(USAGE),
        exists("m.support_tickets is not null"),
    );
    let mut statement = tx.of(scope, sql);
    for age in 0..=most {
        statement = statement.bind(back(day, age));
    }
    statement.fetch_all().await
}

/// Whether any account ever had a training rate up to `day`, where the window holds none.
pub async fn any_training(tx: &mut Tx<'_>, scope: &Scope, day: NaiveDate) -> StoreResult<bool> {
    let sql = "select exists (select 1 from health_metrics m where m.organization_id = $1 and m.metric_date <= $2 \
               and m.training_completion_rate is not null)";
    let (any,): (bool,) = tx.of(scope, sql).bind(day).fetch_one().await?;
    Ok(any)
}

/// Whether any account has, or had, a payment past due on or before `day`.
pub async fn any_past_due(tx: &mut Tx<'_>, scope: &Scope, day: NaiveDate) -> StoreResult<bool> {
    let sql = "select exists (select 1 from accounts a where a.organization_id = $1 and a.past_due_since <= $2) \
                 or exists (select 1 from account_changes c where c.organization_id = $1 and c.field = 'past_due_since' \
                   and coalesce(c.old_value, '9999') <= $3)";
    let (any,): (bool,) = tx.of(scope, sql).bind(day).bind(day.to_string()).fetch_one().await?;
    Ok(any)
}

/// Satisfaction over the temporary table.
pub async fn csat(tx: &mut Tx<'_>) -> StoreResult<Sum> {
    let sql =
        "select cast(coalesce(sum(csat), 0) as bigint), cast(coalesce(sum(csat_count), 0) as bigint) from score_sums";
    let (sum, count): (i64, i64) = tx.sql(sql).fetch_one().await?;
    Ok(Sum { sum, count })
}

/// An account among those that ARR is ranked in.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct Ranked {
    pub id: Uuid,
    pub size: Option<String>,
    pub arr: Option<i64>,
    pub status: String,
    pub churned_on: Option<NaiveDate>,
}

/// Those that were there and unarchived before `end`, in flat memory.
pub fn ranked<'t>(
    tx: &'t mut Tx<'_>,
    scope: &Scope,
    end: DateTime<Utc>,
) -> StoreResult<futures_util::stream::BoxStream<'t, StoreResult<Ranked>>> {
    let sql = "select a.id, a.size, a.arr, a.status, a.churned_on from accounts a \
               where a.organization_id = $1 and a.created_at < $2 and (a.archived_at is null or a.archived_at >= $2)";
    tx.of(scope, sql).bind(end).fetch()
}

/// A day's book as a run left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct BookRow {
    pub connected: i64,
    pub csat_sum: i64,
    pub csat_count: i64,
    /// Accounts.
    pub scored: i64,
}

/// Of the day, or of the last one in the month before it.
pub async fn stored(tx: &mut Tx<'_>, scope: &Scope, day: NaiveDate) -> StoreResult<Option<BookRow>> {
    let sql = "select b.connected, b.csat_sum, b.csat_count, b.scored from score_books b \
               where b.organization_id = $1 and b.snapshot_date <= $2 and b.snapshot_date > $3 \
               order by b.snapshot_date desc limit 1";
    tx.of(scope, sql).bind(day).bind(back(day, 31)).fetch_optional().await
}

/// Sets a day's book; what stood there is kept for an undo. Nothing is written where it says the same already.
pub async fn keep(tx: &mut Tx<'_>, scope: &Scope, day: NaiveDate, book: BookRow, operation: Uuid) -> StoreResult<()> {
    let other = "(b.connected <> $4 or b.csat_sum <> $5 or b.csat_count <> $6 or b.scored <> $7)";
    let sql = format!(
        "insert into score_books_before (organization_id, operation_id, snapshot_date, changed, connected, csat_sum, \
           csat_count, scored, created_by_operation) \
         select b.organization_id, $2, b.snapshot_date, 1, b.connected, b.csat_sum, b.csat_count, b.scored, \
           b.created_by_operation \
         from score_books b where b.organization_id = $1 and b.snapshot_date = $3 and {other}"
    );
    tx.of(scope, sql)
        .bind(operation)
        .bind(day)
        .bind(book.connected)
        .bind(book.csat_sum)
        .bind(book.csat_count)
        .bind(book.scored)
        .execute()
        .await?;
    let sql = "insert into score_books (organization_id, snapshot_date, connected, csat_sum, csat_count, scored, \
                 created_by_operation) values ($1, $2, $3, $4, $5, $6, $7) \
               on conflict (organization_id, snapshot_date) do update set connected = excluded.connected, \
                 csat_sum = excluded.csat_sum, csat_count = excluded.csat_count, scored = excluded.scored, \
                 created_by_operation = excluded.created_by_operation \
               where score_books.connected <> excluded.connected or score_books.csat_sum <> excluded.csat_sum \
                 or score_books.csat_count <> excluded.csat_count or score_books.scored <> excluded.scored";
    tx.of(scope, sql)
        .bind(day)
        .bind(book.connected)
        .bind(book.csat_sum)
        .bind(book.csat_count)
        .bind(book.scored)
        .bind(operation)
        .execute()
        .await?;
    Ok(())
}
