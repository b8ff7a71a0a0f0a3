//! Engagements, contacts and goals of accounts, as scoring and its alerts look at them.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::Range;
use crate::store::{Scope, StoreResult, Tx};

/// A completed engagement.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct CompletedEngagement {
    pub account_id: Uuid,
    pub kind: String,
    pub completed_at: DateTime<Utc>,
    pub outcome: Option<String>,
    pub direction: Option<String>,
    pub responded_at: Option<DateTime<Utc>>,
    pub competitor_stage: Option<String>,
    pub attendees: String,
}

/// Those completed from `since` on and before `end`, and earlier ones that tell of a competitor; by account, the latest first.
pub async fn completed(
    tx: &mut Tx<'_>,
    scope: &Scope,
    range: Range,
    since: DateTime<Utc>,
    end: DateTime<Utc>,
) -> StoreResult<Vec<CompletedEngagement>> {
    let sql = "select e.account_id, e.type as kind, e.completed_at, e.outcome, e.direction, e.responded_at, \
                 e.competitor_stage, e.attendees \
               from engagements e where e.organization_id = $1 and e.account_id > $2 and e.account_id <= $3 \
                 and e.completed_at < $5 and (e.completed_at >= $4 or e.competitor_stage is not null) \
               order by e.account_id, e.completed_at desc, e.id";
    tx.of(scope, sql).bind(range.after).bind(range.to).bind(since).bind(end).fetch_all().await
}

/// Whether an account has any completed engagement, and its last touch: meeting, call, demo or training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct LastTouch {
    pub account_id: Uuid,
    pub last: Option<DateTime<Utc>>,
}

/// One line for each account with a completed engagement.
pub async fn last(tx: &mut Tx<'_>, scope: &Scope, range: Range, end: DateTime<Utc>) -> StoreResult<Vec<LastTouch>> {
    let sql = "select e.account_id, \
                 max(case when e.type in ('meeting', 'call', 'demo', 'training') then e.completed_at end) as last \
               from engagements e where e.organization_id = $1 and e.account_id > $2 and e.account_id <= $3 \
                 and e.completed_at < $4 \
               group by e.account_id order by e.account_id";
    tx.of(scope, sql).bind(range.after).bind(range.to).bind(end).fetch_all().await
}

/// A contact with a role.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct ContactRole {
    pub account_id: Uuid,
    /// In lower case.
    pub email: Option<String>,
    pub role: String,
    pub left_on: Option<NaiveDate>,
}

/// Those that were known before `end`.
pub async fn roles(tx: &mut Tx<'_>, scope: &Scope, range: Range, end: DateTime<Utc>) -> StoreResult<Vec<ContactRole>> {
    let sql = "select c.account_id, c.email, c.role, c.left_on from contacts c \
               where c.organization_id = $1 and c.account_id > $2 and c.account_id <= $3 \
                 and c.role is not null and c.created_at < $4 \
               order by c.account_id, c.id";
    tx.of(scope, sql).bind(range.after).bind(range.to).bind(end).fetch_all().await
}

/// How many goals of an account stand at risk or were missed; and how many of them came to it lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct GoalCounts {
    pub account_id: Uuid,
    pub at_risk: i64,
    pub at_risk_turned: i64,
    pub missed: i64,
    pub missed_turned: i64,
}

/// Days that goals are looked at on, each with the moment it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GoalDays {
    /// What turned or was made after it is new.
    pub since: (NaiveDate, DateTime<Utc>),
    /// What turned or was made after it is not known yet; none: all is.
    pub until: Option<(NaiveDate, DateTime<Utc>)>,
}

pub async fn goals(tx: &mut Tx<'_>, scope: &Scope, range: Range, days: GoalDays) -> StoreResult<Vec<GoalCounts>> {
    // On an earlier day a goal stood as the first change after it tells.
    let (status, known, turned) = match days.until {
        None => ("g.status", "g.status in ('at_risk', 'missed')", ""),
        Some(_) => (
            "coalesce((select h.old_value from goal_changes h where h.organization_id = $1 and h.goal_id = g.id \
               and h.field = 'status' and h.effective_on > $6 order by h.effective_on, h.created_at, h.id limit 1), g.status)",
            "g.created_at < $7",
            " and h.effective_on <= $6",
        ),
    };
    let sql = format!(
        "select n.account_id, count(case when n.status = 'at_risk' then 1 end) as at_risk, \
           count(case when n.status = 'at_risk' and n.turned then 1 end) as at_risk_turned, \
           count(case when n.status = 'missed' then 1 end) as missed, \
           count(case when n.status = 'missed' and n.turned then 1 end) as missed_turned \
         from (select s.account_id, s.status, s.created_at >= $5 or exists (select 1 from goal_changes h \
               where h.organization_id = $1 and h.goal_id = s.id and h.field = 'status' and h.new_value = s.status \
                 and h.effective_on > $4{turned}) as turned \
             from (select g.id, g.account_id, g.created_at, {status} as status from customer_goals g \
                 where g.organization_id = $1 and g.account_id > $2 and g.account_id <= $3 and {known}) s \
             where s.status in ('at_risk', 'missed')) n \
         group by n.account_id order by n.account_id"
    );
    let (since, over) = days.since;
    let statement = tx.of(scope, sql).bind(range.after).bind(range.to).bind(since).bind(over);
    match days.until {
        None => statement.fetch_all().await,
        Some((day, end)) => statement.bind(day).bind(end).fetch_all().await,
    }
}

/// A health score that a person set, with the address of who did.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct AdjustmentRow {
    pub account_id: Uuid,
    pub score: i64,
    pub reason: String,
    pub until_date: NaiveDate,
    pub by: String,
}

/// Those that hold on `day`, by account, the latest first: it is the one that counts.
pub async fn adjustments(
    tx: &mut Tx<'_>,
    scope: &Scope,
    range: Range,
    day: NaiveDate,
) -> StoreResult<Vec<AdjustmentRow>> {
    let sql = "select h.account_id, h.score, h.reason, h.until_date, u.email as by \
               from health_adjustments h join users u on u.organization_id = $1 and u.id = h.created_by \
               where h.organization_id = $1 and h.account_id > $2 and h.account_id <= $3 \
                 and h.from_date <= $4 and h.until_date >= $4 \
               order by h.account_id, h.created_at desc, h.id desc";
    tx.of(scope, sql).bind(range.after).bind(range.to).bind(day).fetch_all().await
}
