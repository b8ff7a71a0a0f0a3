//! Snapshots as people look at them: one beside its peers, a day beside earlier ones over the whole book; and what a person sets.

use chrono::NaiveDate;
use futures_util::stream::{BoxStream, StreamExt};
use uuid::Uuid;

use crate::model::account::ACCOUNT;
use crate::model::noun::{Storage, Value};
use crate::model::selection::Selection;
use crate::store::narrow::narrow;
use crate::store::query::Query;
use crate::store::records::Stamp;
use crate::store::{Scope, StoreResult, Tx, journal};

/// How many of some snapshots have a lower score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct LowerCount {
    pub lower: i64,
    #[sqlx(rename = "all_of_them")]
    pub all: i64,
}

/// Of the other unarchived accounts of a size, or of those without one, that the day judged.
pub async fn peers(
    tx: &mut Tx<'_>,
    scope: &Scope,
    (account, day): (Uuid, NaiveDate),
    size: Option<&str>,
    score: i64,
) -> StoreResult<LowerCount> {
    let alike = if size.is_some() { "a.size = $5" } else { "a.size is null" };
    let sql = format!(
        "select count(*) as all_of_them, count(case when s.health_score < $4 then 1 end) as lower \
         from score_snapshots s join accounts a on a.organization_id = $1 and a.id = s.account_id \
         where s.organization_id = $1 and s.snapshot_date = $2 and s.account_id <> $3 \
           and s.band not in ('insufficient_data', 'onboarding') and a.archived_at is null and {alike}"
    );
    let statement = tx.of(scope, sql).bind(day).bind(account).bind(score);
    match size {
        Some(size) => statement.bind(size.to_owned()).fetch_one().await,
        None => statement.fetch_one().await,
    }
}

/// Accounts of insufficient data on a day that have nothing of product usage, of support and of engagement.
pub async fn missing(tx: &mut Tx<'_>, scope: &Scope, day: NaiveDate) -> StoreResult<[i64; 3]> {
    let sql = "select count(*) - count(s.product_usage), count(*) - count(s.support), count(*) - count(s.engagement) \
               from score_snapshots s \
               where s.organization_id = $1 and s.snapshot_date = $2 and s.band = 'insufficient_data'";
    let (usage, support, engagement): (i64, i64, i64) = tx.of(scope, sql).bind(day).fetch_one().await?;
    Ok([usage, support, engagement])
}

/// What a day said of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayScore {
    pub band: String,
    pub health: i64,
    pub churn_band: String,
    pub churn: i64,
}

/// An account as it is, with its scores on up to three days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub account: Uuid,
    pub external_id: Option<String>,
    pub name: String,
    pub owner: Option<String>,
    pub size: Option<String>,
    pub industry: Option<String>,
    pub status: String,
    /// In cents.
    pub arr: Option<i64>,
    /// Whether a person's score holds on the first of the days.
    pub adjusted: bool,
    /// None where the day has no snapshot of it.
    pub days: [Option<DayScore>; 3],
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    account: Uuid,
    external_id: Option<String>,
    name: String,
    owner: Option<String>,
    size: Option<String>,
    industry: Option<String>,
    status: String,
    arr: Option<i64>,
    adjusted: bool,
    band_0: Option<String>,
    health_0: Option<i64>,
    churn_band_0: Option<String>,
    churn_0: Option<i64>,
    band_1: Option<String>,
    health_1: Option<i64>,
    churn_band_1: Option<String>,
    churn_1: Option<i64>,
    band_2: Option<String>,
    health_2: Option<i64>,
    churn_band_2: Option<String>,
    churn_2: Option<i64>,
}

impl From<Row> for Line {
    fn from(row: Row) -> Self {
        let day = |band: Option<String>, health: Option<i64>, churn_band: Option<String>, churn: Option<i64>| {
            Some(DayScore { band: band?, health: health?, churn_band: churn_band?, churn: churn? })
        };
        Self {
            account: row.account,
            external_id: row.external_id,
            name: row.name,
            owner: row.owner,
            size: row.size,
            industry: row.industry,
            status: row.status,
            arr: row.arr,
            adjusted: row.adjusted,
            days: [
                day(row.band_0, row.health_0, row.churn_band_0, row.churn_0),
                day(row.band_1, row.health_1, row.churn_band_1, row.churn_1),
                day(row.band_2, row.health_2, row.churn_band_2, row.churn_2),
            ],
        }
    }
}

/// The day itself, and two earlier ones to compare it with.
pub type Days = [Option<NaiveDate>; 3];

/// All accounts that pass the filter and are not merged into another, in no order, in flat memory. A day that is none has no
/// scores.
pub fn lines<'t>(
    tx: &'t mut Tx<'_>,
    scope: &Scope,
    selection: &Selection,
    days: Days,
) -> StoreResult<BoxStream<'t, StoreResult<Line>>> {
    let mut columns = String::new();
    let mut joins = String::new();
    let mut query = Query::new("");
    let mut adjusted = "1 = 0".to_owned();
    for (n, day) in days.into_iter().enumerate() {
        let Some(day) = day else {
            columns.push_str(&format!(
                ", cast(null as text) as band_{n}, cast(null as bigint) as health_{n}, \
                   cast(null as text) as churn_band_{n}, cast(null as bigint) as churn_{n}"
            ));
            continue;
        };
        let place = query.value(Storage::Date, Value::Date(day));
        if n == 0 {
            adjusted = format!(
                "exists (select 1 from health_adjustments h where h.organization_id = $1 and h.account_id = a.id \
                   and h.from_date <= {place} and h.until_date >= {place})"
            );
        }
        columns.push_str(&format!(
            ", s{n}.band as band_{n}, cast(s{n}.health_score as bigint) as health_{n}, \
               s{n}.churn_band as churn_band_{n}, cast(s{n}.churn_risk_score as bigint) as churn_{n}"
        ));
        joins.push_str(&format!(
            " left join score_snapshots s{n} on s{n}.organization_id = $1 and s{n}.snapshot_date = {place} \
               and s{n}.account_id = a.id"
        ));
    }
    query.push(&format!(
        "select a.id as account, a.external_id, a.name, u.email as owner, a.size, a.industry, a.status, a.arr, \
           {adjusted} as adjusted{columns} \
         from accounts a left join users u on u.organization_id = $1 and u.id = a.owner_id{joins} \
         where a.organization_id = $1 and a.merged_into is null"
    ));
    narrow(&mut query, tx.engine(), &ACCOUNT, selection);
    let (text, values) = query.into_parts();
    let rows = Query::bind(values, tx.of(scope, text)).fetch::<Row>()?;
    Ok(rows.map(|row| row.map(Line::from)).boxed())
}

/// A health score that a person sets, from one day to another, both in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAdjustment {
    pub id: Uuid,
    pub account: Uuid,
    pub score: i64,
    pub reason: String,
    pub from: NaiveDate,
    pub until: NaiveDate,
}

pub async fn adjust(tx: &mut Tx<'_>, scope: &Scope, new: &NewAdjustment, stamp: Stamp) -> StoreResult<()> {
    let sql = "insert into health_adjustments (organization_id, id, account_id, score, reason, from_date, until_date, \
                 created_by, created_by_operation, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    tx.of(scope, sql)
        .bind(new.id)
        .bind(new.account)
        .bind(new.score)
        .bind(new.reason.clone())
        .bind(new.from)
        .bind(new.until)
        .bind(stamp.user)
        .bind(stamp.operation)
        .bind(stamp.now)
        .execute()
        .await?;
    Ok(())
}

/// Lets those that hold on `day` or later end with the day before it: how many. The rows stay, so that days past keep them;
/// they are kept as they were.
pub async fn end_adjustments(
    tx: &mut Tx<'_>,
    scope: &Scope,
    account: Uuid,
    day: NaiveDate,
    operation: Uuid,
) -> StoreResult<u64> {
    let sql = journal::keep(
        "health_adjustments",
        |adjustments| adjustments.mask(&["until_date"]).to_string(),
        "where a.organization_id = $1 and a.account_id = $3 and a.until_date >= $4",
    );
    tx.of(scope, sql).bind(operation).bind(account).bind(day).execute().await?;
    let sql = "update health_adjustments set until_date = $4, version = version + 1 \
               where organization_id = $1 and account_id = $2 and until_date >= $3";
    tx.of(scope, sql).bind(account).bind(day).bind(super::back(day, 1)).execute().await
}
