//! Alerts as people list them and deal with them. What a run does with them is in [`super::alerts`].

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::alerts::{keep_sql, keep_topic};
use super::lists::{ListedRecord, typed};
use super::narrow::narrow;
use super::query::Query;
use super::{Engine, Scope, SortedRows, Statement, StoreResult, Tx};
use crate::model::alert::{ALERT, Alert, AlertAccount, AlertState, STATE, Word};
use crate::model::noun::{Noun, Storage, Value};
use crate::model::selection::Selection;
use crate::score::alerts::{HeldBy, Rule, Severity};

#[derive(sqlx_macros::FromRow)]
struct Row {
    id: Uuid,
    severity: String,
    rule: String,
    level: i64,
    account_id: Option<Uuid>,
    external_id: Option<String>,
    account_name: Option<String>,
    arr: Option<i64>,
    owner_email: Option<String>,
    owner_name: Option<String>,
    topic: String,
    message: String,
    opened_on: NaiveDate,
    opened_at: DateTime<Utc>,
    fired_on: NaiveDate,
    acknowledged_at: Option<DateTime<Utc>>,
    acknowledger: Option<String>,
    acknowledged_reason: Option<String>,
    snoozed_until: Option<NaiveDate>,
    snoozer: Option<String>,
    snoozed_reason: Option<String>,
    resolved_at: Option<DateTime<Utc>>,
    resolver: Option<String>,
    resolved_reason: Option<String>,
    sent_at: Option<DateTime<Utc>>,
    held: bool,
    held_by: Option<String>,
}

impl From<Row> for Alert {
    fn from(row: Row) -> Self {
        let owner = row.owner_email.zip(row.owner_name);
        let account = row.account_id.map(|id| AlertAccount {
            id,
            external_id: row.external_id,
            name: row.account_name.unwrap_or_default(),
            arr: row.arr,
            owner,
        });
        let word = |at: Option<DateTime<Utc>>, by, reason| at.map(|at| Word { at, by, reason });
        Self {
            id: row.id,
            // Whatever the day: see `at_moment`.
            state: match (row.resolved_at, row.held, row.acknowledged_at) {
                (Some(_), ..) => AlertState::Resolved,
                (None, true, _) => AlertState::Held,
                (None, false, Some(_)) => AlertState::Acknowledged,
                (None, false, None) => AlertState::Open,
            },
            // The columns hold nothing but these texts.
            severity: Severity::parse(&row.severity).unwrap_or(Severity::Critical),
            rule: Rule::parse(&row.rule).unwrap_or(Rule::DataQuality),
            level: row.level,
            account,
            topic: row.topic,
            message: row.message,
            opened_on: row.opened_on,
            opened_at: row.opened_at,
            fired_on: row.fired_on,
            acknowledged: word(row.acknowledged_at, row.acknowledger, row.acknowledged_reason),
            snoozed: row.snoozed_until.map(|until| (until, row.snoozer, row.snoozed_reason)),
            resolved: word(row.resolved_at, row.resolver, row.resolved_reason),
            sent_at: row.sent_at,
            held_by: row.held_by.filter(|_| row.held).and_then(|text| HeldBy::parse(&text).ok()),
        }
    }
}

const COLUMNS: &str = "a.id, a.severity, a.rule, a.level, a.account_id, acc.external_id, acc.name as account_name, acc.arr, \
    o.email as owner_email, o.name as owner_name, a.topic, a.message, a.opened_on, a.opened_at, a.fired_on, \
    a.acknowledged_at, ua.email as acknowledger, a.acknowledged_reason, a.snoozed_until, us.email as snoozer, \
    a.snoozed_reason, a.resolved_at, ur.email as resolver, a.resolved_reason, a.sent_at, a.held, a.held_by";

const ACCOUNTS: &str = " from alerts a left join accounts acc on acc.organization_id = $1 and acc.id = a.account_id";
const USERS: &str = " left join users o on o.organization_id = $1 and o.id = acc.owner_id \
    left join users ua on ua.organization_id = $1 and ua.id = a.acknowledged_by \
    left join users us on us.organization_id = $1 and us.id = a.snoozed_by \
    left join users ur on ur.organization_id = $1 and ur.id = a.resolved_by";
const OWN: &str = " where a.organization_id = $1";

impl ListedRecord for Alert {
    fn columns(_: &'static Noun, _: Engine) -> String {
        COLUMNS.to_owned()
    }

    fn source(_: &'static Noun) -> String {
        format!("{ACCOUNTS}{USERS}{OWN}")
    }

    fn counted(_: &'static Noun) -> String {
        format!("{ACCOUNTS}{OWN}")
    }

    /// It rests until its snooze ends.
    fn at_moment(mut self, _: DateTime<Utc>, today: NaiveDate) -> Self {
        let rests = self.snoozed.as_ref().is_some_and(|(until, ..)| *until > today);
        if rests && matches!(self.state, AlertState::Open | AlertState::Acknowledged) {
            self.state = AlertState::Snoozed;
        }
        self
    }

    fn read<'t>(_: &'static Noun, statement: Statement<'t>, place: Vec<Storage>) -> StoreResult<SortedRows<'t, Self>> {
        typed(statement, place, |row: Row| Ok(Self::from(row)))
    }
}

/// How many pass, by state on the day and severity.
pub async fn counts(
    tx: &mut Tx<'_>,
    scope: &Scope,
    selection: &Selection,
    today: NaiveDate,
) -> StoreResult<Vec<(String, String, i64)>> {
    let mut query = Query::new("");
    let state = STATE.replace("{}", &query.value(Storage::Date, Value::Date(today)));
    query.push(&format!("select {state} as state, a.severity, count(*){}", Alert::counted(&ALERT)));
    narrow(&mut query, tx.engine(), &ALERT, selection);
    query.push(" group by 1, 2 order by 1, 2");
    let (text, values) = query.into_parts();
    Query::bind(values, tx.of(scope, text)).fetch_all().await
}

/// A person's part in an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub user: Uuid,
    pub reason: Option<String>,
    pub operation: Uuid,
    pub now: DateTime<Utc>,
}

/// Sets one as seen to.
pub async fn acknowledge(tx: &mut Tx<'_>, scope: &Scope, id: Uuid, hand: &Actor) -> StoreResult<u64> {
    keep(tx, scope, id, &["acknowledged_at", "acknowledged_by", "acknowledged_reason"], hand.operation).await?;
    let sql = "update alerts set acknowledged_at = $3, acknowledged_by = $4, acknowledged_reason = $5, updated_at = $3, \
                 version = version + 1 where organization_id = $1 and id = $2 and resolved_at is null";
    by(tx, scope, sql, id, hand).execute().await
}

/// Lets one rest until a day.
pub async fn snooze(tx: &mut Tx<'_>, scope: &Scope, id: Uuid, until: NaiveDate, hand: &Actor) -> StoreResult<u64> {
    keep(tx, scope, id, &["snoozed_until", "snoozed_by", "snoozed_reason"], hand.operation).await?;
    let sql = "update alerts set snoozed_until = $6, snoozed_by = $4, snoozed_reason = $5, updated_at = $3, \
                 version = version + 1 where organization_id = $1 and id = $2 and resolved_at is null";
    by(tx, scope, sql, id, hand).bind(until).execute().await
}

/// Settles one.
pub async fn resolve(tx: &mut Tx<'_>, scope: &Scope, id: Uuid, hand: &Actor) -> StoreResult<u64> {
    keep(tx, scope, id, &RESOLVED, hand.operation).await?;
    let sql = "update alerts set resolved_at = $3, resolved_by = $4, resolved_reason = $5, updated_at = $3, \
                 version = version + 1 where organization_id = $1 and id = $2 and resolved_at is null";
    by(tx, scope, sql, id, hand).execute().await
}

const RESOLVED: [&str; 3] = ["resolved_at", "resolved_by", "resolved_reason"];

/// Keeps an open one as it is, with the bits of the columns that are to be set.
async fn keep(tx: &mut Tx<'_>, scope: &Scope, id: Uuid, sets: &[&str], operation: Uuid) -> StoreResult<u64> {
    tx.of(scope, keep_sql(sets, "a.id = $3")).bind(operation).bind(id).execute().await
}

fn by<'t>(tx: &'t mut Tx<'_>, scope: &Scope, sql: &'static str, id: Uuid, hand: &Actor) -> Statement<'t> {
    tx.of(scope, sql).bind(id).bind(hand.now).bind(hand.user).bind(hand.reason.clone())
}

/// Of the alerts `a`.
const HELD: &str = "a.held and a.resolved_at is null";

/// How many are held that pass, by reason and rule.
pub async fn held(tx: &mut Tx<'_>, scope: &Scope, selection: &Selection) -> StoreResult<Vec<(String, String, i64)>> {
    let counted = Alert::counted(&ALERT);
    let mut query = Query::new(format!("select coalesce(a.held_by, 'guard'), a.rule, count(*){counted} and {HELD}"));
    narrow(&mut query, tx.engine(), &ALERT, selection);
    query.push(" group by 1, 2 order by 1, 2");
    let (text, values) = query.into_parts();
    Query::bind(values, tx.of(scope, text)).fetch_all().await
}

/// Adds that the alert `a` is held and passes.
fn hold_to(query: &mut Query, engine: Engine, selection: &Selection) {
    query.push(&format!("a.id in (select a.id{} and {HELD}", Alert::counted(&ALERT)));
    narrow(query, engine, &ALERT, selection);
    query.push(")");
}

/// Lets the held ones that pass through, as if they opened now: how many.
pub async fn release(
    tx: &mut Tx<'_>,
    scope: &Scope,
    selection: &Selection,
    today: NaiveDate,
    (operation, now): (Uuid, DateTime<Utc>),
) -> StoreResult<u64> {
    let mut query = Query::new("");
    query.value(Storage::Id, Value::Id(operation));
    hold_to(&mut query, tx.engine(), selection);
    let (condition, values) = query.into_parts();
    let sql = keep_sql(&["held", "held_by", "opened_on", "fired_on", "opened_at"], &condition);
    Query::bind(values, tx.of(scope, sql)).execute().await?;
    let mut query = Query::new("");
    let (day, at) =
        (query.value(Storage::Date, Value::Date(today)), query.value(Storage::Instant, Value::Instant(now)));
    query.push(&format!(
        "update alerts as a set held = (1 = 0), held_by = null, opened_on = {day}, fired_on = {day}, opened_at = {at}, \
           updated_at = {at}, version = a.version + 1 where a.organization_id = $1 and "
    ));
    hold_to(&mut query, tx.engine(), selection);
    let (text, values) = query.into_parts();
    Query::bind(values, tx.of(scope, text)).execute().await
}

/// Settles what is open about a topic.
pub async fn resolve_topic(tx: &mut Tx<'_>, scope: &Scope, topic: &str, hand: &Actor) -> StoreResult<u64> {
    keep_topic(tx, scope, topic, &RESOLVED, hand.operation).await?;
    let sql = "update alerts set resolved_at = $3, resolved_by = $4, resolved_reason = $5, updated_at = $3, \
                 version = version + 1 where organization_id = $1 and topic = $2 and account_id is null and resolved_at is null";
    tx.of(scope, sql).bind(topic.to_owned()).bind(hand.now).bind(hand.user).bind(hand.reason.clone()).execute().await
}

/// Notes that one was sent as it stood on the day it last got worse.
pub async fn mark_sent(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: Uuid,
    fired_on: NaiveDate,
    now: DateTime<Utc>,
) -> StoreResult<u64> {
    let sql = "update alerts set sent_at = $4, updated_at = $4 \
               where organization_id = $1 and id = $2 and fired_on = $3 and sent_at is null";
    tx.of(scope, sql).bind(id).bind(fired_on).bind(now).execute().await
}

/// What accounts are called: id, external id, name. By id.
pub async fn names(
    tx: &mut Tx<'_>,
    scope: &Scope,
    accounts: &[Uuid],
) -> StoreResult<Vec<(Uuid, Option<String>, String)>> {
    let mut found = Vec::new();
    for some in accounts.chunks(400) {
        let mut query = Query::new("select a.id, a.external_id, a.name from accounts a where a.organization_id = $1");
        query.and_in("a.id", some.iter().map(|id| (Storage::Id, Value::Id(*id))));
        let (text, values) = query.into_parts();
        found.extend(Query::bind(values, tx.of(scope, text)).fetch_all::<(Uuid, Option<String>, String)>().await?);
    }
    found.sort_unstable_by_key(|(id, ..)| *id);
    Ok(found)
}

/// A goal as it stands, and one change of its status, if there was any.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct GoalTurn {
    pub account_id: Uuid,
    pub id: Uuid,
    pub status: String,
    pub created_at: DateTime<Utc>,
    pub effective_on: Option<NaiveDate>,
    pub old_value: Option<String>,
    pub new_value: Option<String>,
}

/// Every goal with the changes of its status, by account and goal; these in their order.
pub async fn goal_turns(tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<Vec<GoalTurn>> {
    let sql = "select g.account_id, g.id, g.status, g.created_at, h.effective_on, h.old_value, h.new_value \
               from customer_goals g left join goal_changes h \
                 on h.organization_id = $1 and h.goal_id = g.id and h.field = 'status' \
               where g.organization_id = $1 order by g.account_id, g.id, h.effective_on, h.created_at, h.id";
    tx.of(scope, sql).fetch_all().await
}
