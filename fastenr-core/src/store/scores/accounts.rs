//! Accounts with their sums, and the dated past of their fields.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::gather::latest;
use super::{Range, back};
use crate::score::{Sum, Tickets, Usage};
use crate::store::{Scope, StoreResult, Tx};

/// An account as it is today, with the sums of its metrics as of the day.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct AccountRow {
    pub id: Uuid,
    pub version: i64,
    pub industry: Option<String>,
    pub size: Option<String>,
    pub tags: String,
    pub custom_fields: String,
    pub status: String,
    pub status_source: String,
    pub status_until: Option<NaiveDate>,
    pub arr: Option<i64>,
    pub seats: Option<i64>,
    pub contract_start: Option<NaiveDate>,
    pub contract_end: Option<NaiveDate>,
    pub auto_renew: Option<bool>,
    pub renewal_stage: Option<String>,
    pub past_due_since: Option<NaiveDate>,
    pub churned_on: Option<NaiveDate>,
    pub created_at: DateTime<Utc>,
    pub health_score: Option<i64>,
    pub churn_risk_score: Option<i64>,
    pub provisional_health_score: Option<i64>,
    pub scored_at: Option<DateTime<Utc>>,
    pub band: Option<String>,
    pub health_coverage: Option<i64>,
    pub churn_coverage: Option<i64>,
    pub churn_times_usual: Option<i64>,
    pub churn_probability: Option<i64>,
    pub usage_first: Option<NaiveDate>,
    pub tickets_first: Option<NaiveDate>,
    pub ever_active_users: Option<i64>,
    pub training_ever: Option<i64>,
    /// The last day with a login, and with an active user, where the window has neither.
    pub login_before: Option<NaiveDate>,
    pub active_before: Option<NaiveDate>,
    #[sqlx(flatten)]
    pub sums: Sums,
}

/// As in the temporary table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct Sums {
    pub logins: Option<i64>,
    pub login_rows: Option<i64>,
    pub adoption: Option<i64>,
    pub adoption_rows: Option<i64>,
    pub session: Option<i64>,
    pub session_rows: Option<i64>,
    pub session_before: Option<i64>,
    pub session_before_rows: Option<i64>,
    pub session_first: Option<i64>,
    pub active_users: Option<i64>,
    pub training: Option<i64>,
    pub last_login: Option<i64>,
    pub last_active: Option<i64>,
    pub tickets_30: Option<i64>,
    pub ticket_rows_30: Option<i64>,
    pub tickets_90: Option<i64>,
    pub ticket_rows_90: Option<i64>,
    pub severity_rows: Option<i64>,
    pub resolution: Option<i64>,
    pub resolution_count: Option<i64>,
    pub csat: Option<i64>,
    pub csat_count: Option<i64>,
    pub open_urgent: Option<i64>,
}

const fn sum(sum: Option<i64>, count: Option<i64>) -> Sum {
    Sum {
        sum: match sum {
            Some(sum) => sum,
            None => 0,
        },
        count: match count {
            Some(count) => count,
            None => 0,
        },
    }
}

impl AccountRow {
    pub fn usage(&self, day: NaiveDate) -> Usage {
        let sums = &self.sums;
        let active_users = sums.active_users.map(latest);
        let age = |date: Option<NaiveDate>| date.map(|date| (day - date).num_days());
        Usage {
            first_row: self.usage_first.map(|first| (day - first).num_days()),
            logins: sum(sums.logins, sums.login_rows),
            adoption: sum(sums.adoption, sums.adoption_rows),
            session: sum(sums.session, sums.session_rows),
            session_before: sum(sums.session_before, sums.session_before_rows),
            session_first: sums.session_first,
            active_users,
            ever_active_users: active_users.is_some() || self.ever_active_users.is_some(),
            training: sums.training.map(latest).or(self.training_ever),
            last_login: sums.last_login,
            last_login_ever: sums.last_login.or(age(self.login_before)),
            last_active: sums.last_active.or(age(self.active_before)),
        }
    }

    /// Without the days of urgent tickets and the sentiment, which are read apart.
    pub fn tickets(&self, day: NaiveDate) -> Tickets {
        let sums = &self.sums;
        Tickets {
            first_row: self.tickets_first.map(|first| (day - first).num_days()),
            tickets_30: sum(sums.tickets_30, sums.ticket_rows_30),
            tickets_90: sum(sums.tickets_90, sums.ticket_rows_90),
            severity_rows: sums.severity_rows.unwrap_or(0),
            severe: Vec::new(),
            resolution: sum(sums.resolution, sums.resolution_count),
            csat: sum(sums.csat, sums.csat_count),
            open_urgent: sums.open_urgent.map(latest),
            sentiment: None,
        }
    }
}

/// What of the metrics is worth looking up beyond the window: what no account has need not be looked for in each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Feeds {
    pub usage: bool,
    pub tickets: bool,
    pub training: bool,
    pub logins: bool,
    pub active_users: bool,
}

/// SQL that holds for an account `a` that was there on the day bound to `day`, which was over at `end`, and not archived: it was
/// known, or under contract.
pub(super) fn existed_sql(day: &str, end: &str) -> String {
    format!("(a.created_at < {end} or a.contract_start <= {day}) and (a.archived_at is null or a.archived_at >= {end})")
}

/// The accounts that were there on `day` and not archived, by id, after `after`, at most `most`. `end` is the moment the day
/// is over.
pub async fn batch(
    tx: &mut Tx<'_>,
    scope: &Scope,
    (day, end): (NaiveDate, DateTime<Utc>),
    feeds: Feeds,
    (after, to): (Uuid, Option<Uuid>),
    most: i64,
) -> StoreResult<Vec<AccountRow>> {
    const USAGE: &str = "(m.login_frequency is not null or m.feature_adoption_score is not null \
        or m.session_minutes is not null or m.active_users is not null)";
    let found = |wanted: bool, what: &str, condition: &str, order: &str| match wanted {
        true => format!(
            "(select {what} from health_metrics m where m.organization_id = $1 and m.account_id = a.id \
             and m.metric_date <= $2 and {condition} order by m.metric_date {order} limit 1)"
        ),
        // A value that both databases give the column's type.
        false if what == "m.metric_date" => "nullif(a.contract_start, a.contract_start)".to_owned(),
        false => "cast(null as bigint)".to_owned(),
    };
    let sql = format!(
        "select a.id, a.version, a.industry, a.size, a.tags, a.custom_fields, a.status, a.status_source, a.status_until, a.arr, a.seats, \
           a.contract_start, a.contract_end, a.auto_renew, a.renewal_stage, a.past_due_since, a.churned_on, a.created_at, \
           a.health_score, a.churn_risk_score, a.provisional_health_score, a.scored_at, a.band, a.health_coverage, a.churn_coverage, \
           a.churn_times_usual, a.churn_probability, \
           {usage_first} as usage_first, {tickets_first} as tickets_first, \
           case when s.active_users is null then {ever_active} end as ever_active_users, \
           case when s.training is null then {training} end as training_ever, \
           case when s.last_login is null then {login} end as login_before, \
           case when s.last_login is null and s.last_active is null then {active} end as active_before, \
           s.logins, s.login_rows, s.adoption, s.adoption_rows, s.session, s.session_rows, s.session_before, \
           s.session_before_rows, s.session_first, s.active_users, s.training, s.last_login, s.last_active, s.tickets_30, s.ticket_rows_30, \
           s.tickets_90, s.ticket_rows_90, s.severity_rows, s.resolution, s.resolution_count, s.csat, s.csat_count, \
           s.open_urgent \
         from accounts a left join score_sums s on s.account_id = a.id \
         where a.organization_id = $1 and a.id > $3 and {there}{to} order by a.id limit {most}",
        usage_first = found(feeds.usage, "m.metric_date", USAGE, "asc"),
        tickets_first = found(feeds.tickets, "m.metric_date", "m.support_tickets is not null", "asc"),
        ever_active = found(feeds.usage, "m.active_users", "m.active_users is not null", "desc"),
        training =
            found(feeds.training, "m.training_completion_rate", "m.training_completion_rate is not null", "desc"),
        login = found(feeds.logins, "m.metric_date", "m.login_frequency > 0", "desc"),
        active = found(feeds.active_users, "m.metric_date", "m.active_users > 0", "desc"),
        there = existed_sql("$2", "$4"),
        to = if to.is_some() { " and a.id <= $5" } else { "" },
    );
    let statement = tx.of(scope, sql).bind(day).bind(after).bind(end);
    match to {
        Some(to) => statement.bind(to).fetch_all().await,
        None => statement.fetch_all().await,
    }
}

/// What a field of an account was before it changed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct FieldBefore {
    pub account_id: Uuid,
    pub field: String,
    pub effective_on: NaiveDate,
    /// As the journal has it.
    pub old_value: Option<String>,
}

/// The changes after `day`, and those of ARR after `arr_since` if that is earlier, by account and field as they came.
/// Corrections are no changes: what they say held before, too.
pub async fn changes_after(
    tx: &mut Tx<'_>,
    scope: &Scope,
    range: Option<Range>,
    day: NaiveDate,
    arr_since: NaiveDate,
) -> StoreResult<Vec<FieldBefore>> {
    let sql = format!(
        "select c.account_id, c.field, c.effective_on, c.old_value from account_changes c \
         where c.organization_id = $1 and c.kind = 'change' and (c.effective_on > $2 or c.field = 'arr' and c.effective_on > $3){} \
         order by c.account_id, c.field, c.effective_on, c.created_at, c.id",
        if range.is_some() { " and c.account_id > $4 and c.account_id <= $5" } else { "" }
    );
    let statement = tx.of(scope, sql).bind(day).bind(arr_since);
    match range {
        Some(range) => statement.bind(range.after).bind(range.to).fetch_all().await,
        None => statement.fetch_all().await,
    }
}

/// How many accounts that were there on `day` had no value then in one of these fields that they got later.
pub async fn unknown(
    tx: &mut Tx<'_>,
    scope: &Scope,
    (day, end): (NaiveDate, DateTime<Utc>),
    fields: &[&str],
) -> StoreResult<i64> {
    // The names of fields are this program's own.
    let names = fields.iter().map(|field| format!("'{field}'")).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "select count(distinct c.account_id) from account_changes c \
         join accounts a on a.organization_id = $1 and a.id = c.account_id \
         where c.organization_id = $1 and c.kind = 'change' and c.field in ({names}) and c.effective_on > $2 \
           and c.old_value is null and {there} \
           and not exists (select 1 from account_changes e where e.organization_id = $1 and e.account_id = c.account_id \
             and e.field = c.field and e.kind = 'change' and e.effective_on > $2 and (e.effective_on < c.effective_on \
               or e.effective_on = c.effective_on and (e.created_at < c.created_at \
                 or e.created_at = c.created_at and e.id < c.id)))",
        there = existed_sql("$2", "$3"),
    );
    let (count,): (i64,) = tx.of(scope, sql).bind(day).bind(end).fetch_one().await?;
    Ok(count)
}

/// A day with urgent or escalated tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct SevereDay {
    pub account_id: Uuid,
    pub metric_date: NaiveDate,
    pub urgent: i64,
    pub escalated: i64,
}

/// Those of the 90 days up to `day` that are not after `seen`, by account, the latest first.
pub async fn severe(
    tx: &mut Tx<'_>,
    scope: &Scope,
    range: Range,
    (day, seen): (NaiveDate, NaiveDate),
) -> StoreResult<Vec<SevereDay>> {
    let sql = "select m.account_id, m.metric_date, coalesce(m.urgent_tickets, 0) as urgent, \
                 coalesce(m.escalated_tickets, 0) as escalated \
               from health_metrics m where m.organization_id = $1 and m.account_id > $2 and m.account_id <= $3 \
                 and m.metric_date > $4 and m.metric_date <= $5 and (m.urgent_tickets > 0 or m.escalated_tickets > 0) \
               order by m.account_id, m.metric_date desc";
    tx.of(scope, sql).bind(range.after).bind(range.to).bind(back(day, 90)).bind(seen).fetch_all().await
}

/// What a customer success manager felt.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct SentimentDay {
    pub account_id: Uuid,
    pub metric_date: NaiveDate,
    pub sentiment: String,
    pub reason: Option<String>,
}

/// Those of the 120 days up to `day` that are not after `seen`, by account, the latest first.
pub async fn sentiments(
    tx: &mut Tx<'_>,
    scope: &Scope,
    range: Range,
    (day, seen): (NaiveDate, NaiveDate),
) -> StoreResult<Vec<SentimentDay>> {
    let sql = "select m.account_id, m.metric_date, m.sentiment, m.sentiment_reason as reason \
               from health_metrics m where m.organization_id = $1 and m.account_id > $2 and m.account_id <= $3 \
                 and m.metric_date >= $4 and m.metric_date <= $5 and m.sentiment is not null \
               order by m.account_id, m.metric_date desc";
    tx.of(scope, sql).bind(range.after).bind(range.to).bind(back(day, 120)).bind(seen).fetch_all().await
}
