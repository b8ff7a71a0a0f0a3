//! The scores of other days.

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::TryStreamExt;
use futures_util::stream::{BoxStream, StreamExt};
use uuid::Uuid;

use super::{Range, back, days_sql};
use crate::model::{Band, ChurnBand};
use crate::score::Sum;
use crate::store::{Scope, StoreResult, Tx};

/// One account on one day, as [`crate::score::Scores`] has it; points and coverages in basis points.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct Snapshot {
    pub account_id: Uuid,
    pub snapshot_date: NaiveDate,
    /// The fingerprint of the model.
    pub model: String,
    /// As drawn where the band is `insufficient_data`; [`Self::health`] is what is shown.
    pub health_score: i64,
    /// Likewise; [`Self::churn_risk`].
    pub churn_risk_score: i64,
    pub band: String,
    pub churn_band: String,
    pub health_points: i64,
    /// Before caps and adjustment.
    pub health_drawn: i64,
    pub health_coverage: i64,
    pub churn_points: i64,
    pub churn_coverage: i64,
    pub alert_levels: i64,
    /// As a run with consequences shows them: hundredths of the usual, and of a percent.
    pub churn_times_usual: Option<i64>,
    pub churn_probability: Option<i64>,
    #[sqlx(flatten)]
    pub parts: Parts,
}

impl Snapshot {
    /// Health as it is shown: none where too little is known.
    pub fn health(&self) -> Option<i64> {
        (self.band != Band::InsufficientData.as_str()).then_some(self.health_score)
    }

    /// What health comes to where too little is known to show it.
    pub fn provisional_health(&self) -> Option<i64> {
        self.health().is_none().then_some(self.health_score)
    }

    /// Churn risk as it is shown, likewise.
    pub fn churn_risk(&self) -> Option<i64> {
        (self.churn_band != ChurnBand::InsufficientData.as_str()).then_some(self.churn_risk_score)
    }
}

/// SQL that sets the scores of an account to those that its snapshot `s` shows: as [`Snapshot::health`],
/// [`Snapshot::provisional_health`] and [`Snapshot::churn_risk`].
pub(in crate::store) const SHOWN: &str = "\
    health_score = case when s.band = 'insufficient_data' then null else s.health_score end, \
    provisional_health_score = case when s.band = 'insufficient_data' then s.health_score end, \
    churn_risk_score = case when s.churn_band = 'insufficient_data' then null else s.churn_risk_score end, \
    band = s.band, health_coverage = s.health_coverage, churn_coverage = s.churn_coverage, \
    churn_times_usual = s.churn_times_usual, churn_probability = s.churn_probability";

macro_rules! parts {
    ($($name:ident),* $(,)?) => {
        /// Components, factors and churn factors; none is missing.
        #[derive(Debug, Clone, Default, PartialEq, Eq, sqlx_macros::FromRow)]
        pub struct Parts {
            $(pub $name: Option<i64>),*
        }

        impl Parts {
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// In the order of [`Self::NAMES`].
            pub fn values(&self) -> impl Iterator<Item = Option<i64>> {
                [$(self.$name),*].into_iter()
            }

            /// From values in the order of [`Self::NAMES`]; none after the last one given.
            pub fn of(values: impl IntoIterator<Item = Option<i64>>) -> Self {
                let mut values = values.into_iter();
                $(let $name = values.next().flatten();)*
                Self { $($name),* }
            }
        }
    };
}

parts!(
    product_usage,
    support,
    engagement,
    business,
    login_frequency,
    feature_adoption,
    session_duration,
    user_activity,
    training,
    ticket_volume,
    ticket_severity,
    resolution_time,
    csat,
    meeting_frequency,
    response_rate,
    outcomes,
    stakeholders,
    contract_value,
    payment,
    expansion,
    renewal,
    declining_health,
    reduced_engagement,
    support_escalations,
    contract_payment,
    competitive,
);

/// The numbers that every snapshot has.
pub(super) const NUMBERS: [&str; 7] = [
    "health_score",
    "churn_risk_score",
    "health_points",
    "health_drawn",
    "health_coverage",
    "churn_points",
    "churn_coverage",
];

/// The numbers of a probability, which only some models have.
pub(super) const LIKELIHOOD: [&str; 2] = ["churn_times_usual", "churn_probability"];

/// The columns of a [`Snapshot`], read as the numbers it has.
pub(super) fn columns() -> String {
    let mut columns = "s.account_id, s.snapshot_date, s.model, s.band, s.churn_band, s.alert_levels".to_owned();
    for name in NUMBERS.iter().chain(&LIKELIHOOD).chain(Parts::NAMES) {
        columns.push_str(&format!(", cast(s.{name} as bigint) as {name}"));
    }
    columns
}

/// Of a day, in a range of accounts, by account.
pub async fn of_day(tx: &mut Tx<'_>, scope: &Scope, day: NaiveDate, range: Range) -> StoreResult<Vec<Snapshot>> {
    let sql = format!(
        "select {} from score_snapshots s where s.organization_id = $1 and s.snapshot_date = $2 \
         and s.account_id > $3 and s.account_id <= $4 order by s.account_id",
        columns()
    );
    tx.of(scope, sql).bind(day).bind(range.after).bind(range.to).fetch_all().await
}

/// Of a whole day, by account, in flat memory.
pub fn stream_day<'t>(
    tx: &'t mut Tx<'_>,
    scope: &Scope,
    day: NaiveDate,
) -> StoreResult<BoxStream<'t, StoreResult<Snapshot>>> {
    let sql = format!(
        "select {} from score_snapshots s where s.organization_id = $1 and s.snapshot_date = $2 order by s.account_id",
        columns()
    );
    tx.of(scope, sql).bind(day).fetch()
}

/// What rules and trends read of a whole day, by account, in flat memory: with the points of health and the levels.
pub fn stream_points<'t>(
    tx: &'t mut Tx<'_>,
    scope: &Scope,
    day: NaiveDate,
) -> StoreResult<BoxStream<'t, StoreResult<(Milestone, i64, i64)>>> {
    #[derive(sqlx_macros::FromRow)]
    struct Row {
        #[sqlx(flatten)]
        milestone: Milestone,
        health_points: i64,
        alert_levels: i64,
    }
    let sql = "select s.account_id, cast(0 as bigint) as age, s.model, s.band, s.churn_band, s.alert_levels, \
                 cast(s.health_score as bigint) as health_score, cast(s.health_drawn as bigint) as health_drawn, \
                 cast(s.churn_risk_score as bigint) as churn_risk_score, cast(s.health_points as bigint) as health_points \
               from score_snapshots s where s.organization_id = $1 and s.snapshot_date = $2 order by s.account_id";
    let rows = tx.of(scope, sql).bind(day).fetch::<Row>()?;
    Ok(rows.map_ok(|row| (row.milestone, row.health_points, row.alert_levels)).boxed())
}

/// The first snapshot from `since` on of each account that was entered at `end` or later.
pub async fn first_seen(
    tx: &mut Tx<'_>,
    scope: &Scope,
    since: NaiveDate,
    end: DateTime<Utc>,
) -> StoreResult<Vec<(Uuid, NaiveDate)>> {
    let sql = "select s.account_id, min(s.snapshot_date) from score_snapshots s \
               join accounts a on a.organization_id = $1 and a.id = s.account_id \
               where s.organization_id = $1 and s.snapshot_date >= $2 and a.created_at >= $3 group by s.account_id";
    tx.of(scope, sql).bind(since).bind(end).fetch_all().await
}

/// Of one account on these days, in their order.
pub async fn of_account(
    tx: &mut Tx<'_>,
    scope: &Scope,
    account: Uuid,
    days: &[NaiveDate],
) -> StoreResult<Vec<Snapshot>> {
    let mut found = Vec::new();
    // Each day is one look into the key; some hundred are one statement.
    for some in days.chunks(400) {
        let places: Vec<String> = (0..some.len()).map(|place| format!("${}", place + 3)).collect();
        let sql = format!(
            "select {} from score_snapshots s where s.organization_id = $1 and s.account_id = $2 \
             and s.snapshot_date in ({}) order by s.snapshot_date",
            columns(),
            places.join(", ")
        );
        let mut statement = tx.of(scope, sql).bind(account);
        for day in some {
            statement = statement.bind(*day);
        }
        found.extend(statement.fetch_all::<Snapshot>().await?);
    }
    Ok(found)
}

/// The columns of a snapshot beside the account and the day.
pub(in crate::store) fn kept_columns() -> Vec<&'static str> {
    let words = ["model", "band", "churn_band", "alert_levels"];
    let numbers = NUMBERS.into_iter().chain(LIKELIHOOD).chain(Parts::NAMES.iter().copied());
    words.into_iter().chain(numbers).chain(["created_by_operation"]).collect()
}

/// The days with snapshots from `from` to `to`, ascending.
pub async fn days(tx: &mut Tx<'_>, scope: &Scope, from: NaiveDate, to: NaiveDate) -> StoreResult<Vec<NaiveDate>> {
    let sql = "select b.snapshot_date from score_books b where b.organization_id = $1 and b.snapshot_date >= $2 \
               and b.snapshot_date <= $3 order by b.snapshot_date";
    let rows: Vec<(NaiveDate,)> = tx.of(scope, sql).bind(from).bind(to).fetch_all().await?;
    Ok(rows.into_iter().map(|(day,)| day).collect())
}

/// The last day of a run before `day`; of any run, without it.
pub async fn last_day(tx: &mut Tx<'_>, scope: &Scope, before: Option<NaiveDate>) -> StoreResult<Option<NaiveDate>> {
    let sql = format!(
        "select max(b.snapshot_date) from score_books b where b.organization_id = $1{}",
        if before.is_some() { " and b.snapshot_date < $2" } else { "" }
    );
    let statement = tx.of(scope, sql);
    let (day,): (Option<NaiveDate>,) = match before {
        Some(before) => statement.bind(before).fetch_one().await?,
        None => statement.fetch_one().await?,
    };
    Ok(day)
}

#[derive(sqlx_macros::FromRow)]
struct PastRow {
    account_id: Uuid,
    model: String,
    recent: i64,
    recent_count: i64,
    older: i64,
    older_count: i64,
}

/// What earlier snapshots of one model say about an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierScores {
    pub account_id: Uuid,
    pub model: String,
    pub recent: Sum,
    pub older: Sum,
}

const WEEK: std::ops::Range<u64> = 7..10;
const MONTH: std::ops::Range<u64> = 30..35;

/// Ages of the snapshots that are looked at.
fn ages() -> impl Iterator<Item = u64> {
    (1..14).chain(60..91)
}

/// Of the days before `day`, by account and model. Health counts where it was sufficient.
pub async fn earlier(tx: &mut Tx<'_>, scope: &Scope, range: Range, day: NaiveDate) -> StoreResult<Vec<EarlierScores>> {
    let sufficient = "s.band <> 'insufficient_data'";
    let of = |what: &str, ages: &str| format!("{what}(case when {ages} and {sufficient} then s.health_points end)");
    let sql = format!(
        "with {} select s.account_id, s.model, cast(coalesce({}, 0) as bigint) as recent, {} as recent_count, \
           cast(coalesce({}, 0) as bigint) as older, {} as older_count \
         from days d cross join score_snapshots s \
         where s.organization_id = $1 and s.snapshot_date = d.day and s.account_id > $2 and s.account_id <= $3 \
         group by s.account_id, s.model order by s.account_id, s.model",
        days_sql(tx.engine(), 4, ages()),
        of("sum", "d.age < 14"),
        of("count", "d.age < 14"),
        of("sum", "d.age >= 60"),
        of("count", "d.age >= 60"),
    );
    let mut statement = tx.of(scope, sql).bind(range.after).bind(range.to);
    for age in ages() {
        statement = statement.bind(back(day, age));
    }
    let rows: Vec<PastRow> = statement.fetch_all().await?;
    Ok(rows
        .into_iter()
        .map(|row| EarlierScores {
            account_id: row.account_id,
            model: row.model,
            recent: Sum { sum: row.recent, count: row.recent_count },
            older: Sum { sum: row.older, count: row.older_count },
        })
        .collect())
}

/// What an alert compares today with.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct Milestone {
    pub account_id: Uuid,
    pub age: i64,
    pub model: String,
    pub band: String,
    pub churn_band: String,
    pub health_score: i64,
    pub health_drawn: i64,
    pub churn_risk_score: i64,
}

/// The snapshots 7 to 9 and 30 to 34 days before `day`, by account, the youngest first.
pub async fn milestones(tx: &mut Tx<'_>, scope: &Scope, range: Range, day: NaiveDate) -> StoreResult<Vec<Milestone>> {
    let sql = format!(
        "with {} select s.account_id, cast(d.age as bigint) as age, s.model, s.band, s.churn_band, \
           cast(s.health_score as bigint) as health_score, cast(s.health_drawn as bigint) as health_drawn, \
           cast(s.churn_risk_score as bigint) as churn_risk_score \
         from days d cross join score_snapshots s \
         where s.organization_id = $1 and s.snapshot_date = d.day and s.account_id > $2 and s.account_id <= $3 \
         order by s.account_id, d.age",
        days_sql(tx.engine(), 4, WEEK.chain(MONTH)),
    );
    let mut statement = tx.of(scope, sql).bind(range.after).bind(range.to);
    for age in WEEK.chain(MONTH) {
        statement = statement.bind(back(day, age));
    }
    statement.fetch_all().await
}
