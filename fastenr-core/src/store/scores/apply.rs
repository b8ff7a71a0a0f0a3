//! Writing a run: what it found is staged in temporary tables, and a few statements put it in place.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::snapshots::{LIKELIHOOD, NUMBERS, Parts, SHOWN, Snapshot};
use crate::model::account::ACCOUNT;
use crate::model::noun::{Storage, Value};
use crate::store::{Conn, Scope, StoreResult, Tx};
use crate::store::{bulk, journal};

/// An account to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoredAccount {
    pub snapshot: Snapshot,
    /// Whether the day's snapshot is new or another.
    pub new_snapshot: bool,
    /// Whether the account's scores are to be set.
    pub new_scores: bool,
    /// The version that the account was scored at: a status is set only where it still stands.
    pub version: i64,
    /// The status it turns to, and what it turns from, with the id of the change.
    pub status: Option<(String, String, Uuid)>,
}

pub(in crate::store) fn columns() -> Vec<(&'static str, Storage)> {
    let mut columns = vec![
        ("account_id", Storage::Id),
        ("snapshot_date", Storage::Date),
        ("model", Storage::Text),
        ("band", Storage::Text),
        ("churn_band", Storage::Text),
    ];
    columns.extend(
        NUMBERS
            .iter()
            .chain(&["alert_levels"])
            .chain(&LIKELIHOOD)
            .chain(Parts::NAMES)
            .map(|name| (*name, Storage::Integer)),
    );
    columns.extend([
        ("new_snapshot", Storage::Boolean),
        ("new_scores", Storage::Boolean),
        ("version", Storage::Integer),
        ("old_status", Storage::Text),
        ("new_status", Storage::Text),
        ("change_id", Storage::Id),
    ]);
    columns
}

impl ScoredAccount {
    fn values(self) -> Vec<Value> {
        let Self { snapshot: day, new_snapshot, new_scores, version, status } = self;
        let integer = |value: Option<i64>| value.map_or(Value::Null, Value::Integer);
        let mut values = vec![
            Value::Id(day.account_id),
            Value::Date(day.snapshot_date),
            Value::Text(day.model),
            Value::Text(day.band),
            Value::Text(day.churn_band),
            Value::Integer(day.health_score),
            Value::Integer(day.churn_risk_score),
            Value::Integer(day.health_points),
            Value::Integer(day.health_drawn),
            Value::Integer(day.health_coverage),
            Value::Integer(day.churn_points),
            Value::Integer(day.churn_coverage),
            Value::Integer(day.alert_levels),
            integer(day.churn_times_usual),
            integer(day.churn_probability),
        ];
        values.extend(day.parts.values().map(integer));
        values.extend([Value::Boolean(new_snapshot), Value::Boolean(new_scores), Value::Integer(version)]);
        match status {
            Some((old, new, change)) => values.extend([Value::Text(old), Value::Text(new), Value::Id(change)]),
            None => values.extend([Value::Null, Value::Null, Value::Null]),
        }
        values
    }
}

/// What becomes of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertMove {
    /// The id of the alert that opens.
    pub id: Uuid,
    pub account_id: Uuid,
    pub rule: String,
    /// `open`, `raise`, `lower` or `clear`.
    pub kind: &'static str,
    pub level: i64,
    pub severity: String,
    pub message: String,
    /// Why it is held, or stays held, whatever the guard says.
    pub hold: Option<&'static str>,
}

pub(in crate::store) const MOVES: [(&str, Storage); 8] = [
    ("id", Storage::Id),
    ("account_id", Storage::Id),
    ("rule", Storage::Text),
    ("kind", Storage::Text),
    ("level", Storage::Integer),
    ("severity", Storage::Text),
    ("message", Storage::Text),
    ("hold", Storage::Text),
];

/// Makes the temporary tables on a connection of its own.
pub async fn create(conn: &mut Conn) -> StoreResult<()> {
    let mut tx = conn.read().await?;
    let engine = tx.engine();
    let typed = |columns: &[(&str, Storage)]| {
        columns
            .iter()
            .map(|(name, storage)| format!("{name} {}", engine.column_type(*storage)))
            .collect::<Vec<_>>()
            .join(", ")
    };
    tx.sql(format!("create temporary table scored ({}, primary key (account_id))", typed(&columns())))
        .execute()
        .await?;
    tx.sql(format!("create temporary table alert_moves ({})", typed(&MOVES))).execute().await?;
    tx.commit().await
}

/// Empties them.
pub async fn clear(tx: &mut Tx<'_>) -> StoreResult<()> {
    tx.sql("delete from scored").execute().await?;
    tx.sql("delete from alert_moves").execute().await?;
    Ok(())
}

/// Stages some.
pub async fn stage(tx: &mut Tx<'_>, scored: Vec<ScoredAccount>, moves: Vec<AlertMove>) -> StoreResult<()> {
    bulk::load(tx, "scored", &columns(), scored.into_iter().map(ScoredAccount::values).collect()).await?;
    let rows = moves.into_iter().map(|to| {
        vec![
            Value::Id(to.id),
            Value::Id(to.account_id),
            Value::Text(to.rule),
            Value::Text(to.kind.to_owned()),
            Value::Integer(to.level),
            Value::Text(to.severity),
            Value::Text(to.message),
            to.hold.map_or(Value::Null, |hold| Value::Text(hold.to_owned())),
        ]
    });
    bulk::load(tx, "alert_moves", &MOVES, rows.collect()).await
}

/// What a snapshot says, beyond whose it is and by whom it was written.
fn said() -> Vec<&'static str> {
    let texts = ["model", "band", "churn_band", "alert_levels"];
    texts.into_iter().chain(NUMBERS).chain(LIKELIHOOD).chain(Parts::NAMES.iter().copied()).collect()
}

/// Keeps the snapshots of the day that are about to be overwritten: how many. A day that none was written for has none.
pub async fn keep_snapshots(tx: &mut Tx<'_>, scope: &Scope, day: NaiveDate, operation: Uuid) -> StoreResult<u64> {
    tx.analyze("scored").await?;
    // One look spares the first run of a day a look for each account.
    let sql = "select exists (select 1 from score_snapshots a where a.organization_id = $1 and a.snapshot_date = $2)";
    let (any,): (bool,) = tx.of(scope, sql).bind(day).fetch_one().await?;
    if !any {
        return Ok(0);
    }
    let said = said();
    let sql = format!(
        "insert into score_snapshots_before (organization_id, operation_id, account_id, snapshot_date, changed, \
           created_by_operation, {names}) \
         select a.organization_id, $2, a.account_id, a.snapshot_date, 1, a.created_by_operation, {values} \
         from score_snapshots a join scored s on s.account_id = a.account_id \
         where a.organization_id = $1 and a.snapshot_date = $3 and s.new_snapshot",
        names = said.join(", "),
        values = said.iter().map(|name| format!("a.{name}")).collect::<Vec<_>>().join(", "),
    );
    tx.of(scope, sql).bind(operation).bind(day).execute().await
}

/// Puts the snapshots in place: how many. What they overwrite is kept before.
pub async fn snapshots(tx: &mut Tx<'_>, scope: &Scope, operation: Uuid) -> StoreResult<u64> {
    let mut said = said();
    let values = said.iter().map(|name| format!("s.{name}")).collect::<Vec<_>>().join(", ");
    said.push("created_by_operation");
    let sql = format!(
        "insert into score_snapshots (organization_id, snapshot_date, account_id, {names}) \
         select $1, s.snapshot_date, s.account_id, {values}, $2 from scored s where s.new_snapshot \
         order by s.account_id \
         on conflict (organization_id, snapshot_date, account_id) do update set {sets}",
        names = said.join(", "),
        sets = said.iter().map(|name| format!("{name} = excluded.{name}")).collect::<Vec<_>>().join(", "),
    );
    tx.of(scope, sql).bind(operation).execute().await
}

/// Sets the scores of the accounts, and the statuses that turn: how many accounts.
pub async fn accounts(tx: &mut Tx<'_>, scope: &Scope, now: DateTime<Utc>) -> StoreResult<u64> {
    let turns = "s.new_status is not null and accounts.version = s.version and accounts.status = s.old_status";
    let sql = format!(
        "update accounts set {SHOWN}, scored_at = $2, \
           status = case when {turns} then s.new_status else accounts.status end, \
           status_source = case when {turns} then 'model' else accounts.status_source end, \
           status_until = case when {turns} then null else accounts.status_until end \
         from scored s where accounts.organization_id = $1 and accounts.id = s.account_id and s.new_scores"
    );
    tx.of(scope, sql).bind(now).execute().await
}

/// Keeps the accounts whose statuses are about to turn: how many.
pub async fn keep_turning(tx: &mut Tx<'_>, scope: &Scope, operation: Uuid) -> StoreResult<u64> {
    let status = ACCOUNT.mask(&["status"]);
    let sql = journal::keep(
        ACCOUNT.table,
        |_| status.to_string(),
        "join scored s on s.account_id = a.id where a.organization_id = $1 and s.new_status is not null \
           and a.version = s.version and a.status = s.old_status",
    );
    tx.of(scope, sql).bind(operation).execute().await
}

/// Keeps the history of the statuses that are about to turn: how many.
pub async fn track(
    tx: &mut Tx<'_>,
    scope: &Scope,
    day: NaiveDate,
    operation: Uuid,
    now: DateTime<Utc>,
) -> StoreResult<u64> {
    let sql = "insert into account_changes (organization_id, id, account_id, field, effective_on, kind, old_value, new_value, \
                 created_by_operation, created_at, updated_at) \
               select $1, s.change_id, s.account_id, 'status', $2, 'change', s.old_status, s.new_status, $3, $4, $4 \
               from scored s join accounts a on a.organization_id = $1 and a.id = s.account_id \
               where s.new_status is not null and a.version = s.version and a.status = s.old_status";
    tx.of(scope, sql).bind(day).bind(operation).bind(now).execute().await
}

/// What a run did to the alerts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AlertCounts {
    /// New ones, and held ones that got worse.
    pub opened: u64,
    pub raised: u64,
    pub cleared: u64,
    pub held: u64,
}

/// What a raise, a lowering and a clearing set, version and time aside; and what else a raise sets of one that is held.
const RAISED: [&str; 8] = [
    "level",
    "severity",
    "message",
    "fired_on",
    "sent_at",
    "acknowledged_at",
    "acknowledged_by",
    "acknowledged_reason",
];
const LET_THROUGH: [&str; 4] = ["held", "held_by", "opened_on", "opened_at"];
const LOWERED: [&str; 3] = ["level", "severity", "message"];
const CLEARED: [&str; 2] = ["resolved_at", "resolved_reason"];

/// Keeps the alerts that are about to be raised, lowered or cleared: how many.
async fn keep_alerts(tx: &mut Tx<'_>, scope: &Scope, operation: Uuid) -> StoreResult<u64> {
    let changed = |alerts: &journal::Table| {
        let [raised, lowered, cleared, through] =
            [&RAISED[..], &LOWERED[..], &CLEARED[..], &LET_THROUGH[..]].map(|names| alerts.mask(names));
        format!(
            "case t.kind when 'raise' then case when a.held then {} else {raised} end \
             when 'lower' then {lowered} else {cleared} end",
            raised | through
        )
    };
    let sql = journal::keep(
        "alerts",
        changed,
        "join alert_moves t on t.account_id = a.account_id and t.rule = a.rule \
         where a.organization_id = $1 and a.resolved_at is null and t.kind in ('raise', 'lower', 'clear')",
    );
    tx.of(scope, sql).bind(operation).execute().await
}

/// The night whose alerts are written.
#[derive(Debug, Clone, Copy)]
pub struct AlertNight {
    pub day: NaiveDate,
    /// When it was, or would have been: what a person did later stays. Alerts open and clear then.
    pub at: DateTime<Utc>,
    pub now: DateTime<Utc>,
    pub operation: Uuid,
}

/// Opens, raises and clears; what it changes is kept. Those of the rules in `held` wait for their release.
pub async fn alerts(tx: &mut Tx<'_>, scope: &Scope, night: AlertNight, held: &[&str]) -> StoreResult<AlertCounts> {
    let AlertNight { day, at, now, operation } = night;
    tx.analyze("alert_moves").await?;
    keep_alerts(tx, scope, operation).await?;
    // The names of rules are this program's own.
    let list = held.iter().map(|rule| format!("'{rule}'")).collect::<Vec<_>>().join(", ");
    let hold = match held {
        [] => "t.hold".to_owned(),
        _ => format!("coalesce(t.hold, case when t.rule in ({list}) then 'guard' end)"),
    };
    let opens = format!(
        "select count(case when {hold} is null then 1 end), count({hold}) from alert_moves t where t.kind = 'open'"
    );
    let (opened, waiting): (i64, i64) = tx.sql(opens).fetch_one().await?;
    let reopened = format!(
        "select count(*) from alert_moves t join alerts l on l.account_id = t.account_id and l.rule = t.rule \
         where l.organization_id = $1 and l.resolved_at is null and l.held and t.kind = 'raise' and {hold} is null"
    );
    let (reopened,): (i64,) = tx.of(scope, reopened).fetch_one().await?;
    // Somebody who has dealt with a warning has not dealt with what it became; who did after the night has. A held one opens
    // where nothing holds what it became.
    let since = |column: &str| format!("{column} = case when alerts.acknowledged_at > $4 then alerts.{column} end");
    let through = format!("alerts.held and {hold} is null");
    let sql = format!(
        "update alerts set level = t.level, severity = t.severity, message = t.message, fired_on = $2, updated_at = $3, \
           version = version + 1, sent_at = null, {}, {}, {}, held = (alerts.held and {hold} is not null), \
           held_by = case when alerts.held then {hold} end, \
           opened_on = case when {through} then $2 else alerts.opened_on end, \
           opened_at = case when {through} then $4 else alerts.opened_at end \
         from alert_moves t where alerts.organization_id = $1 and alerts.account_id = t.account_id \
           and alerts.rule = t.rule and alerts.resolved_at is null and t.kind = 'raise'",
        since("acknowledged_by"),
        since("acknowledged_reason"),
        since("acknowledged_at"),
    );
    let raised = tx.of(scope, sql).bind(day).bind(now).bind(at).execute().await?;
    let sql = "update alerts set level = t.level, severity = t.severity, message = t.message, updated_at = $2, \
                 version = version + 1 \
               from alert_moves t where alerts.organization_id = $1 and alerts.account_id = t.account_id \
                 and alerts.rule = t.rule and alerts.resolved_at is null and t.kind = 'lower'";
    tx.of(scope, sql).bind(now).execute().await?;
    let sql = "update alerts set resolved_at = $2, resolved_reason = 'cleared', updated_at = $3, version = version + 1 \
               from alert_moves t where alerts.organization_id = $1 and alerts.account_id = t.account_id \
                 and alerts.rule = t.rule and alerts.resolved_at is null and t.kind = 'clear'";
    let cleared = tx.of(scope, sql).bind(at).bind(now).execute().await?;
    // Last: the planner knows nothing of what this transaction has put into the table.
    let sql = format!(
        "insert into alerts (organization_id, id, account_id, rule, topic, severity, level, message, held, held_by, opened_on, \
           opened_at, fired_on, created_by_operation, updated_at) \
         select $1, t.id, t.account_id, t.rule, '', t.severity, t.level, t.message, {hold} is not null, {hold}, $2, $5, $2, $4, $3 \
         from alert_moves t where t.kind = 'open' order by t.account_id, t.rule"
    );
    tx.of(scope, sql).bind(day).bind(now).bind(operation).bind(at).execute().await?;
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    Ok(AlertCounts { opened: count(opened) + count(reopened), raised, cleared, held: count(waiting) })
}
