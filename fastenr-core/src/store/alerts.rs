//! Alerts, as a run looks at them and as people deal with them.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::scores::Range;
use super::scores::apply::AlertNight;
use super::{Scope, StoreResult, Tx, journal};

/// An alert of an account that is not resolved.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct OpenAlert {
    pub account_id: Uuid,
    pub rule: String,
    pub level: i64,
    pub held: bool,
    pub held_by: Option<String>,
    /// Opened, or resolved by a person, after the night that is made up for.
    pub settled: bool,
}

/// Those of a range of accounts, by account and rule. Of a night that is made up for, its day and its moment, also those that a
/// person resolved after it.
pub async fn open(
    tx: &mut Tx<'_>,
    scope: &Scope,
    range: Range,
    made_up: Option<(NaiveDate, DateTime<Utc>)>,
) -> StoreResult<Vec<OpenAlert>> {
    let (settled, standing) = match made_up {
        None => ("1 = 0", "l.resolved_at is null"),
        Some(_) => (
            "l.opened_on > $4 or l.resolved_at is not null",
            "(l.resolved_at is null or (l.resolved_by is not null and l.resolved_at > $5))",
        ),
    };
    let sql = format!(
        "select l.account_id, l.rule, l.level, l.held, l.held_by, ({settled}) as settled from alerts l \
         where l.organization_id = $1 and l.account_id > $2 and l.account_id <= $3 and {standing} \
         order by l.account_id, l.rule, l.id"
    );
    let statement = tx.of(scope, sql).bind(range.after).bind(range.to);
    match made_up {
        None => statement.fetch_all().await,
        Some((day, moment)) => statement.bind(day).bind(moment).fetch_all().await,
    }
}

/// Those that were open or held at the end of a day, with the level that they have now.
pub async fn open_on(
    tx: &mut Tx<'_>,
    scope: &Scope,
    (day, end): (NaiveDate, DateTime<Utc>),
) -> StoreResult<Vec<OpenAlert>> {
    let sql = "select l.account_id, l.rule, l.level, l.held, l.held_by, (1 = 0) as settled from alerts l \
               where l.organization_id = $1 and l.account_id is not null and l.opened_on <= $2 \
                 and (l.resolved_at is null or l.resolved_at >= $3) order by l.account_id, l.rule, l.id";
    tx.of(scope, sql).bind(day).bind(end).fetch_all().await
}

/// What is open about the organization's data: the topics.
pub async fn topics(tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<Vec<String>> {
    let sql = "select l.topic from alerts l \
               where l.organization_id = $1 and l.account_id is null and l.resolved_at is null order by l.topic";
    let rows: Vec<(String,)> = tx.of(scope, sql).fetch_all().await?;
    Ok(rows.into_iter().map(|(topic,)| topic).collect())
}

/// An alert about the organization's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicAlert {
    pub id: Uuid,
    pub topic: String,
    pub message: String,
}

/// Opens one; nothing where it is open.
pub async fn open_topic(tx: &mut Tx<'_>, scope: &Scope, alert: &TopicAlert, night: AlertNight) -> StoreResult<u64> {
    let sql = "insert into alerts (organization_id, id, account_id, rule, topic, severity, level, message, held, opened_on, \
                 opened_at, fired_on, created_by_operation, updated_at) \
               select $1, $2, null, 'data_quality', $3, 'critical', 1, $4, 1 = 0, $5, $7, $5, $6, $8 \
               where not exists (select 1 from alerts l where l.organization_id = $1 and l.account_id is null \
                 and l.topic = $3 and l.resolved_at is null)";
    tx.of(scope, sql)
        .bind(alert.id)
        .bind(alert.topic.clone())
        .bind(alert.message.clone())
        .bind(night.day)
        .bind(night.operation)
        .bind(night.at)
        .bind(night.now)
        .execute()
        .await
}

/// SQL that keeps the alerts `a` which are open and pass a condition, for an undo, with the bits of the columns that are to be
/// set. `$1` is the organization, `$2` the operation.
pub(super) fn keep_sql(sets: &[&str], condition: &str) -> String {
    let rest = format!("where a.organization_id = $1 and a.resolved_at is null and {condition}");
    journal::keep("alerts", |alerts| alerts.mask(sets).to_string(), &rest)
}

/// Keeps the alerts about a topic that are to be settled.
pub(super) async fn keep_topic(
    tx: &mut Tx<'_>,
    scope: &Scope,
    topic: &str,
    sets: &[&str],
    operation: Uuid,
) -> StoreResult<u64> {
    let sql = keep_sql(sets, "a.account_id is null and a.topic = $3");
    tx.of(scope, sql).bind(operation).bind(topic.to_owned()).execute().await
}

/// Clears one that is over; it is kept as it was.
pub async fn clear_topic(tx: &mut Tx<'_>, scope: &Scope, topic: &str, night: AlertNight) -> StoreResult<u64> {
    keep_topic(tx, scope, topic, &["resolved_at", "resolved_reason"], night.operation).await?;
    let sql = "update alerts set resolved_at = $3, resolved_reason = 'cleared', updated_at = $4, version = version + 1 \
               where organization_id = $1 and account_id is null and topic = $2 and resolved_at is null";
    tx.of(scope, sql).bind(topic.to_owned()).bind(night.at).bind(night.now).execute().await
}

/// Topics that a person resolved, each with the moment of the last time.
pub async fn accepted(tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<Vec<(String, DateTime<Utc>)>> {
    let sql = "select l.topic, max(l.resolved_at) from alerts l \
               where l.organization_id = $1 and l.account_id is null and l.resolved_by is not null \
               group by l.topic order by l.topic";
    tx.of(scope, sql).fetch_all().await
}
