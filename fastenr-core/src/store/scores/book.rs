//! What the organization tells as a whole.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::accounts::existed_sql;
use super::{back, days_sql};
use crate::score::alerts::{FieldCounts, USAGE_FIELDS};
use crate::score::{BasisPoints, Connected, Factor, MeanCoverages, Sum};
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

/// The days of ages 0 to `most`; by the rows that had come at a moment, if one is given.
pub async fn feed_days(
    tx: &mut Tx<'_>,
    scope: &Scope,
    day: NaiveDate,
    most: u64,
    at: Option<DateTime<Utc>>,
) -> StoreResult<Vec<FeedDay>> {
    let had_come = at.map_or_else(String::new, |_| format!(" and m.created_at <= ${}", most + 3));
    let exists = |condition: &str| {
        format!(
            "exists (select 1 from health_metrics m where m.organization_id = $1 and m.metric_date = d.day \
             and {condition}{had_come})"
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
    if let Some(at) = at {
        statement = statement.bind(at);
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

/// Whether a row of tickets for anyone is dated on `day` or before.
pub async fn any_tickets(tx: &mut Tx<'_>, scope: &Scope, day: NaiveDate) -> StoreResult<bool> {
    let sql = "select exists (select 1 from health_metrics m where m.organization_id = $1 and m.metric_date <= $2 \
               and m.support_tickets is not null)";
    let (any,): (bool,) = tx.of(scope, sql).bind(day).fetch_one().await?;
    Ok(any)
}

/// The factors of usage and tickets that a row tells of anyone within their windows, by the temporary table.
pub async fn connected(tx: &mut Tx<'_>) -> StoreResult<Connected> {
    const TOLD: [(Factor, &str); 6] = [
        (Factor::LoginFrequency, "login_rows > 0"),
        (Factor::FeatureAdoption, "adoption_rows > 0"),
        (Factor::SessionDuration, "session_rows > 0"),
        (Factor::UserActivity, "active_users is not null"),
        (Factor::TicketVolume, "ticket_rows_30 > 0"),
        (Factor::TicketSeverity, "severity_rows > 0"),
    ];
    let counts = TOLD.map(|(_, told)| format!("max(case when {told} then 1 else 0 end)"));
    let columns = counts.map(|count| format!("cast(coalesce({count}, 0) as bigint)")).join(", ");
    let told: (i64, i64, i64, i64, i64, i64) = tx.sql(format!("select {columns} from score_sums")).fetch_one().await?;
    let told = [told.0, told.1, told.2, told.3, told.4, told.5];
    let bits = TOLD.iter().zip(told).filter(|(_, told)| *told > 0);
    Ok(Connected(bits.fold(0, |bits, ((factor, _), _)| bits | 1 << factor.place())))
}

/// Whether any account has, or had, a payment past due on or before `day`.
pub async fn any_past_due(tx: &mut Tx<'_>, scope: &Scope, day: NaiveDate) -> StoreResult<bool> {
    let sql = "select exists (select 1 from accounts a where a.organization_id = $1 and a.past_due_since <= $2) \
                 or exists (select 1 from account_changes c where c.organization_id = $1 and c.field = 'past_due_since' \
                   and c.old_value <= $3)";
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
pub struct RankedAccount {
    pub id: Uuid,
    pub size: Option<String>,
    pub arr: Option<i64>,
    pub status: String,
    pub churned_on: Option<NaiveDate>,
}

/// Those that were there on `day` and unarchived, in flat memory, or the one of them; `end` is the moment the day is over.
pub fn ranked<'t>(
    tx: &'t mut Tx<'_>,
    scope: &Scope,
    (day, end): (NaiveDate, DateTime<Utc>),
    one: Option<Uuid>,
) -> StoreResult<futures_util::stream::BoxStream<'t, StoreResult<RankedAccount>>> {
    let sql = format!(
        "select a.id, a.size, a.arr, a.status, a.churned_on from accounts a where a.organization_id = $1 and {}{}",
        existed_sql("$2", "$3"),
        if one.is_some() { " and a.id = $4" } else { "" }
    );
    let statement = tx.of(scope, sql).bind(day).bind(end);
    match one {
        Some(one) => statement.bind(one).fetch(),
        None => statement.fetch(),
    }
}

/// A day's book as a run left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct BookRow {
    pub connected: i64,
    pub csat_sum: i64,
    pub csat_count: i64,
    /// Accounts.
    pub scored: i64,
    /// Mean coverages in basis points; none: a fastenr that did not count them wrote the row.
    pub health_known: Option<BasisPoints>,
    pub churn_known: Option<BasisPoints>,
}

impl BookRow {
    pub fn known(&self) -> Option<MeanCoverages> {
        Some(MeanCoverages { health: self.health_known?, churn: self.churn_known? })
    }
}

/// Columns of the book of the day `$2`, or of the last one after `$3`.
macro_rules! last_book {
    ($columns:literal) => {
        concat!(
            "select ",
            $columns,
            " from score_books b where b.organization_id = $1 and b.snapshot_date <= $2 and b.snapshot_date > $3 \
             order by b.snapshot_date desc limit 1"
        )
    };
}

/// Of the day, or of the last one in the month before it.
pub async fn stored(tx: &mut Tx<'_>, scope: &Scope, day: NaiveDate) -> StoreResult<Option<BookRow>> {
    let sql = last_book!("b.connected, b.csat_sum, b.csat_count, b.scored, b.health_known, b.churn_known");
    tx.of(scope, sql).bind(day).bind(back(day, 31)).fetch_optional().await
}

/// The ARR by size that the run left whose book is [`stored`], and the day it is of.
pub async fn stored_ranks(
    tx: &mut Tx<'_>,
    scope: &Scope,
    day: NaiveDate,
) -> StoreResult<Option<(NaiveDate, Option<Vec<u8>>)>> {
    let sql = last_book!("b.snapshot_date, b.arr_ranks");
    tx.of(scope, sql).bind(day).bind(back(day, 31)).fetch_optional().await
}

/// Of the day itself.
pub async fn of_day(tx: &mut Tx<'_>, scope: &Scope, day: NaiveDate) -> StoreResult<Option<BookRow>> {
    let sql = "select b.connected, b.csat_sum, b.csat_count, b.scored, b.health_known, b.churn_known from score_books b \
               where b.organization_id = $1 and b.snapshot_date = $2";
    tx.of(scope, sql).bind(day).fetch_optional().await
}

/// What a run of the whole book was.
#[derive(Debug, Clone, Default, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct BookRun {
    /// It had consequences, and was not only the scores of a past day.
    pub live: bool,
    /// The fingerprints that scored it, separated by commas.
    pub models: String,
    /// The rules that were enabled, as [`crate::score::alerts::PastRuns::rules_of`] tells them.
    pub rules: i64,
}

/// The columns of a [`BookRow`], of a [`BookRun`], and the ranks.
pub(in crate::store) const COLUMNS: [&str; 10] = [
    "connected",
    "csat_sum",
    "csat_count",
    "scored",
    "health_known",
    "churn_known",
    "live",
    "models",
    "rules",
    "arr_ranks",
];

/// Sets a day's book, `ranks` as [`crate::score::ranks::encode`] makes them; what stood there is kept for an undo. Nothing is written
/// where it says the same already.
pub async fn keep(
    tx: &mut Tx<'_>,
    scope: &Scope,
    day: NaiveDate,
    (book, night, ranks): (BookRow, BookRun, &[u8]),
    operation: Uuid,
) -> StoreResult<()> {
    let names = COLUMNS.join(", ");
    let numbers = [book.connected, book.csat_sum, book.csat_count, book.scored].map(Some);
    let numbers = numbers.into_iter().chain([book.health_known, book.churn_known]);
    let places: Vec<String> = (4..).take(COLUMNS.len()).map(|place| format!("${place}")).collect();
    let other = |table: &str, values: &[String]| {
        let differs =
            COLUMNS.iter().zip(values).map(|(name, value)| format!("{table}.{name} is distinct from {value}"));
        differs.collect::<Vec<_>>().join(" or ")
    };
    let sql = format!(
        "insert into score_books_before (organization_id, operation_id, snapshot_date, changed, {names}, created_by_operation) \
         select b.organization_id, $2, b.snapshot_date, 1, {}, b.created_by_operation \
         from score_books b where b.organization_id = $1 and b.snapshot_date = $3 and ({})",
        COLUMNS.map(|name| format!("b.{name}")).join(", "),
        other("b", &places)
    );
    let statement = tx.of(scope, sql).bind(operation).bind(day);
    let statement = numbers.clone().fold(statement, |statement, number| statement.bind(number));
    statement.bind(night.live).bind(night.models.clone()).bind(night.rules).bind(ranks.to_vec()).execute().await?;
    let excluded = COLUMNS.map(|name| format!("excluded.{name}"));
    let sets = COLUMNS.iter().zip(&excluded).map(|(name, value)| format!("{name} = {value}"));
    let sql = format!(
        "insert into score_books (organization_id, created_by_operation, snapshot_date, {names}) \
         values ($1, $2, $3, {}) on conflict (organization_id, snapshot_date) do update set {}, \
           created_by_operation = excluded.created_by_operation where {}",
        places.join(", "),
        sets.collect::<Vec<_>>().join(", "),
        other("score_books", &excluded)
    );
    let statement = tx.of(scope, sql).bind(operation).bind(day);
    let statement = numbers.fold(statement, |statement, number| statement.bind(number));
    statement.bind(night.live).bind(night.models).bind(night.rules).bind(ranks.to_vec()).execute().await?;
    Ok(())
}

/// What the run of a day was.
pub async fn night(tx: &mut Tx<'_>, scope: &Scope, day: NaiveDate) -> StoreResult<Option<BookRun>> {
    let sql =
        "select b.live, b.models, b.rules from score_books b where b.organization_id = $1 and b.snapshot_date = $2";
    tx.of(scope, sql).bind(day).fetch_optional().await
}

/// What the nights up to a day have judged, each kind once: rules and models.
pub async fn judged(tx: &mut Tx<'_>, scope: &Scope, day: NaiveDate) -> StoreResult<Vec<(i64, String)>> {
    let sql = "select distinct b.rules, b.models from score_books b \
               where b.organization_id = $1 and b.live and b.snapshot_date <= $2";
    tx.of(scope, sql).bind(day).fetch_all().await
}

/// The nights from a day on, each with the moment of its run.
pub async fn moments(tx: &mut Tx<'_>, scope: &Scope, since: NaiveDate) -> StoreResult<Vec<(NaiveDate, DateTime<Utc>)>> {
    let sql = "select b.snapshot_date, o.finished_at from score_books b \
               join operations o on o.organization_id = $1 and o.id = b.created_by_operation \
               where b.organization_id = $1 and b.live and b.snapshot_date >= $2 and o.finished_at is not null \
               order by b.snapshot_date";
    tx.of(scope, sql).bind(since).fetch_all().await
}

/// The first night.
pub async fn first_night(tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<Option<NaiveDate>> {
    let sql = "select min(b.snapshot_date) from score_books b where b.organization_id = $1 and b.live";
    let (day,): (Option<NaiveDate>,) = tx.of(scope, sql).fetch_one().await?;
    Ok(day)
}

/// The last night up to a day; without one, at all.
pub async fn last_night(tx: &mut Tx<'_>, scope: &Scope, day: Option<NaiveDate>) -> StoreResult<Option<NaiveDate>> {
    let sql = format!(
        "select max(b.snapshot_date) from score_books b where b.organization_id = $1 and b.live{}",
        if day.is_some() { " and b.snapshot_date <= $2" } else { "" }
    );
    let statement = tx.of(scope, sql);
    let (last,): (Option<NaiveDate>,) = match day {
        Some(day) => statement.bind(day).fetch_one().await?,
        None => statement.fetch_one().await?,
    };
    Ok(last)
}

/// The usage feed by day, from `from` to `to`, ascending: of each field of [`USAGE_FIELDS`] the accounts that have it, and those
/// that have more than 0.
pub async fn usage_told(
    tx: &mut Tx<'_>,
    scope: &Scope,
    (from, to): (NaiveDate, NaiveDate),
) -> StoreResult<Vec<(NaiveDate, [FieldCounts; USAGE_FIELDS.len()])>> {
    #[derive(sqlx_macros::FromRow)]
    struct Row {
        metric_date: NaiveDate,
        rows_0: i64,
        rows_1: i64,
        rows_2: i64,
        rows_3: i64,
        positive_0: i64,
        positive_1: i64,
        positive_2: i64,
        positive_3: i64,
    }
    let counts: Vec<String> = USAGE_FIELDS
        .iter()
        .enumerate()
        .map(|(n, name)| {
            format!("count(m.{name}) as rows_{n}, count(case when m.{name} > 0 then 1 end) as positive_{n}")
        })
        .collect();
    let sql = format!(
        "select m.metric_date, {} from health_metrics m \
         where m.organization_id = $1 and m.metric_date >= $2 and m.metric_date <= $3 group by m.metric_date \
         order by m.metric_date",
        counts.join(", ")
    );
    let rows: Vec<Row> = tx.of(scope, sql).bind(from).bind(to).fetch_all().await?;
    let told = |rows, positive| FieldCounts { rows, positive };
    Ok(rows
        .into_iter()
        .map(|row| {
            let fields = [
                told(row.rows_0, row.positive_0),
                told(row.rows_1, row.positive_1),
                told(row.rows_2, row.positive_2),
                told(row.rows_3, row.positive_3),
            ];
            (row.metric_date, fields)
        })
        .collect())
}

/// How many accounts there are, without archived and churned ones.
pub async fn accounts(tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<i64> {
    let sql = "select count(*) from accounts a \
               where a.organization_id = $1 and a.archived_at is null and a.status <> 'churned'";
    let (count,): (i64,) = tx.of(scope, sql).fetch_one().await?;
    Ok(count)
}
