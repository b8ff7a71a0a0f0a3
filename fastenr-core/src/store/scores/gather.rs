//! Metrics, summed by account as of a day: one pass over the rows, into a temporary table that the batches read.

use chrono::NaiveDate;
use uuid::Uuid;

use super::back;
use crate::model::noun::{Storage, Value};
use crate::store::bulk;
use crate::store::{Conn, Engine, Scope, StoreResult, Tx};

/// No window of metrics is longer, in days; what has no expiry is looked up beyond.
pub const WINDOW: u64 = 120;

/// A value with its age, so that the largest is the latest: see [`latest`].
const AGES: i64 = 1 << 10;
const VALUES: i64 = 1 << 32;

/// Columns of the temporary table, and the sums that fill them.
const SUMS: [(&str, &str); 23] = [
    ("logins", "sum(case when d.age < 28 then m.login_frequency end)"),
    ("login_rows", "count(case when d.age < 28 then m.login_frequency end)"),
    ("adoption", "sum(case when d.age < 28 then m.feature_adoption_score end)"),
    ("adoption_rows", "count(case when d.age < 28 then m.feature_adoption_score end)"),
    ("session", "sum(case when d.age < 28 then m.session_minutes end)"),
    ("session_rows", "count(case when d.age < 28 then m.session_minutes end)"),
    ("session_before", "sum(case when d.age between 28 and 111 then m.session_minutes end)"),
    ("session_before_rows", "count(case when d.age between 28 and 111 then m.session_minutes end)"),
    ("session_first", "max(case when d.age < 112 and m.session_minutes is not null then d.age end)"),
    ("active_users", "max(case when d.age < 28 and m.active_users is not null then LATEST + m.active_users end)"),
    ("training", "max(case when m.training_completion_rate is not null then LATEST + m.training_completion_rate end)"),
    ("last_login", "min(case when m.login_frequency > 0 then d.age end)"),
    ("last_active", "min(case when m.active_users > 0 then d.age end)"),
    ("tickets_30", "sum(case when d.age < 30 then m.support_tickets end)"),
    ("ticket_rows_30", "count(case when d.age < 30 then m.support_tickets end)"),
    ("tickets_90", "sum(case when d.age < 90 then m.support_tickets end)"),
    ("ticket_rows_90", "count(case when d.age < 90 then m.support_tickets end)"),
    ("severity_rows", "count(case when d.age < 90 then coalesce(m.urgent_tickets, m.escalated_tickets) end)"),
    ("resolution", "sum(case when d.age < 90 then m.resolution_hours * coalesce(m.tickets_resolved, 1) end)"),
    (
        "resolution_count",
        "sum(case when d.age < 90 and m.resolution_hours is not null then coalesce(m.tickets_resolved, 1) end)",
    ),
    ("csat", "sum(case when d.age < 90 then m.csat * coalesce(m.csat_responses, 1) end)"),
    ("csat_count", "sum(case when d.age < 90 and m.csat is not null then coalesce(m.csat_responses, 1) end)"),
    (
        "open_urgent",
        "max(case when d.age < 30 and m.open_urgent_tickets is not null then LATEST + m.open_urgent_tickets end)",
    ),
];

/// The value of a latest.
pub(super) const fn latest(packed: i64) -> i64 {
    packed % VALUES
}

/// The columns of the temporary table that has the sums.
pub(in crate::store) fn working_columns() -> Vec<(&'static str, Storage)> {
    let account = ("account_id", Storage::Id);
    std::iter::once(account).chain(SUMS.iter().map(|(name, _)| (*name, Storage::Integer))).collect()
}

/// Makes the temporary table on a connection of its own.
pub async fn create(conn: &mut Conn) -> StoreResult<()> {
    let mut tx = conn.read().await?;
    let engine = tx.engine();
    let columns: String =
        SUMS.iter().map(|(name, _)| format!(", {name} {}", engine.column_type(Storage::Integer))).collect();
    let sql = format!(
        "create temporary table score_sums (account_id {} primary key{columns})",
        engine.column_type(Storage::Id)
    );
    tx.sql(sql).execute().await?;
    // A list of values would be searched from its beginning for every row of metrics; a key is looked up.
    let rowid = if engine == Engine::Sqlite { " without rowid" } else { "" };
    let (date, integer) = (engine.column_type(Storage::Date), engine.column_type(Storage::Integer));
    tx.sql(format!("create temporary table score_days (day {date} primary key, age {integer} not null){rowid}"))
        .execute()
        .await?;
    tx.commit().await
}

/// Sums the metrics as of `day`, of those up to `seen`: of one account, or of all.
pub async fn fill(
    tx: &mut Tx<'_>,
    scope: &Scope,
    (day, seen): (NaiveDate, NaiveDate),
    account: Option<Uuid>,
) -> StoreResult<()> {
    tx.sql("delete from score_sums").execute().await?;
    tx.sql("delete from score_days").execute().await?;
    // A day that is not known yet is no day.
    let ages = u64::try_from((day - seen).num_days()).unwrap_or(0)..WINDOW;
    let days = ages.map(|age| vec![Value::Date(back(day, age)), Value::Integer(i64::try_from(age).unwrap_or(0))]);
    bulk::load(tx, "score_days", &[("day", Storage::Date), ("age", Storage::Integer)], days.collect()).await?;
    let names: Vec<&str> = SUMS.iter().map(|(name, _)| *name).collect();
    let newest = format!("({AGES} - d.age) * {VALUES}");
    let sums: Vec<String> =
        SUMS.iter().map(|(_, sum)| format!("cast({} as bigint)", sum.replace("LATEST", &newest))).collect();
    let of_account = if account.is_some() { " and m.account_id = $2" } else { "" };
    let sql = format!(
        "insert into score_sums (account_id, {}) select m.account_id, {} from health_metrics m \
         cross join score_days d where m.organization_id = $1 and d.day = m.metric_date{of_account} group by m.account_id",
        names.join(", "),
        sums.join(", "),
    );
    let statement = tx.of(scope, sql);
    match account {
        Some(account) => statement.bind(account).execute().await?,
        None => statement.execute().await?,
    };
    tx.analyze("score_sums").await
}
