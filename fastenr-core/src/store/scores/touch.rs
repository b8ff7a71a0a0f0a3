//! Engagements, contacts and goals of accounts, as scoring and its alerts look at them.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::Range;
use crate::store::{Scope, StoreResult, Tx};

/// A completed engagement.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Completed {
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
) -> StoreResult<Vec<Completed>> {
    let sql = "select e.account_id, e.type as kind, e.completed_at, e.outcome, e.direction, e.responded_at, \
                 e.competitor_stage, e.attendees \
               from engagements e where e.organization_id = $1 and e.account_id > $2 and e.account_id <= $3 \
                 and e.completed_at < $5 and (e.completed_at >= $4 or e.competitor_stage is not null) \
               order by e.account_id, e.completed_at desc, e.id";
    tx.of(scope, sql).bind(range.after).bind(range.to).bind(since).bind(end).fetch_all().await
}

/// Whether an account has any completed engagement, and its last touch: meeting, call, demo or training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
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
               group by e.account_id";
    tx.of(scope, sql).bind(range.after).bind(range.to).bind(end).fetch_all().await
}

/// A contact with a role.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RoleOf {
    pub account_id: Uuid,
    /// In lower case.
    pub email: Option<String>,
    pub role: String,
    pub left_on: Option<NaiveDate>,
}

/// Those that were known before `end`.
pub async fn roles(tx: &mut Tx<'_>, scope: &Scope, range: Range, end: DateTime<Utc>) -> StoreResult<Vec<RoleOf>> {
    let sql = "select c.account_id, c.email, c.role, c.left_on from contacts c \
               where c.organization_id = $1 and c.account_id > $2 and c.account_id <= $3 \
                 and c.role is not null and c.created_at < $4 \
               order by c.account_id, c.id";
    tx.of(scope, sql).bind(range.after).bind(range.to).bind(end).fetch_all().await
}

/// How many goals of an account stand at risk or were missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct GoalCounts {
    pub account_id: Uuid,
    pub at_risk: i64,
    pub missed: i64,
}

pub async fn goals(tx: &mut Tx<'_>, scope: &Scope, range: Range) -> StoreResult<Vec<GoalCounts>> {
    let sql = "select g.account_id, count(case when g.status = 'at_risk' then 1 end) as at_risk, \
                 count(case when g.status = 'missed' then 1 end) as missed \
               from customer_goals g where g.organization_id = $1 and g.account_id > $2 and g.account_id <= $3 \
                 and g.status in ('at_risk', 'missed') \
               group by g.account_id";
    tx.of(scope, sql).bind(range.after).bind(range.to).fetch_all().await
}
