//! What goals need beyond their table of fields: values from the data, the dated history, and what a refresh looks at.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::{Scope, StoreResult, Tx};

/// SQL for the value, in hundredths, that the data of an account have for a metric type; null where they have none.
///
/// `metric` and `today` are SQL; the account is called `acc`. `custom` and `renewals` are for people to count.
pub(super) fn measured_sql(metric: &str, today: &str) -> String {
    let latest = |column: &str| {
        format!(
            "(select m.{column} from health_metrics m where m.organization_id = $1 and m.account_id = acc.id
              and m.{column} is not null and m.metric_date <= {today} order by m.metric_date desc limit 1)"
        )
    };
    format!(
        "cast(case {metric}
           when 'arr' then acc.arr
           when 'health_score' then acc.health_score * 100
           when 'seat_count' then acc.seats * 100
           when 'adoption' then {}
           when 'nps' then {} * 100
           when 'accounts' then 100 + 100 * (select count(*) from accounts c where c.organization_id = $1
             and c.parent_id = acc.id and c.archived_at is null and c.status <> 'churned')
         end as bigint)",
        latest("feature_adoption_score"),
        latest("nps"),
    )
}

/// Today's value of a metric type, in hundredths, as the data of the account have it.
pub async fn measured(
    tx: &mut Tx<'_>,
    scope: &Scope,
    account: Uuid,
    metric: &str,
    today: NaiveDate,
) -> StoreResult<Option<i64>> {
    let sql = format!(
        "select {} from accounts acc where acc.organization_id = $1 and acc.id = $2",
        measured_sql("cast($3 as text)", "$4")
    );
    let row: Option<(Option<i64>,)> =
        tx.of(scope, sql).bind(account).bind(metric.to_owned()).bind(today).fetch_optional().await?;
    Ok(row.and_then(|(value,)| value))
}

/// The recorded values of a goal, in hundredths, by day; of one day in the order they were recorded.
pub async fn recorded(tx: &mut Tx<'_>, scope: &Scope, goal: Uuid) -> StoreResult<Vec<(NaiveDate, i64)>> {
    let sql = "select h.effective_on, h.new_value from goal_changes h \
               where h.organization_id = $1 and h.goal_id = $2 and h.field = 'current_value' \
               order by h.effective_on, h.created_at, h.id";
    let rows: Vec<(NaiveDate, Option<String>)> = tx.of(scope, sql).bind(goal).fetch_all().await?;
    Ok(rows.into_iter().filter_map(|(on, value)| Some((on, value?.parse().ok()?))).collect())
}

/// When a goal was made, and the value it was made with; none where its making is not known. The first change that took the
/// place of a value tells it.
pub async fn made(tx: &mut Tx<'_>, scope: &Scope, goal: Uuid) -> StoreResult<Option<(DateTime<Utc>, i64)>> {
    let sql = "select o.started_at, a.current_value,
                 (select h.old_value from goal_changes h where h.organization_id = $1 and h.goal_id = a.id
                   and h.field = 'current_value' and h.old_value is not null
                   order by h.created_at, h.effective_on, h.id limit 1) as first_value
               from customer_goals a
               join operations o on o.organization_id = $1 and o.id = a.created_by_operation
               where a.organization_id = $1 and a.id = $2";
    let row: Option<(DateTime<Utc>, i64, Option<String>)> = tx.of(scope, sql).bind(goal).fetch_optional().await?;
    Ok(row.map(|(at, current, first)| (at, first.and_then(|first| first.parse().ok()).unwrap_or(current))))
}

/// A goal as a refresh looks at it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct GoalToRefresh {
    pub id: Uuid,
    pub start_value: i64,
    pub started_on: NaiveDate,
    pub current_value: i64,
    pub target_value: Option<i64>,
    pub target_date: Option<NaiveDate>,
    pub milestones: String,
    pub status: String,
    pub status_source: String,
    pub completion_date: Option<NaiveDate>,
    /// What the data have for its metric type.
    pub measured: Option<i64>,
}

/// The goals that the day or the data may move, in the order of their ids: those that are open, and of the others those
/// whose target date is not over. Those of archived accounts rest. Of a night that is made up for, its moment, without
/// those that somebody has made or changed since: what was done counts from its own moment.
pub async fn due(
    tx: &mut Tx<'_>,
    scope: &Scope,
    account: Option<Uuid>,
    after: Uuid,
    (today, moment): (NaiveDate, Option<DateTime<Utc>>),
    most: i64,
) -> StoreResult<Vec<GoalToRefresh>> {
    let own = match (account, moment) {
        (None, None) => String::new(),
        (Some(_), None) => " and a.account_id = $5".to_owned(),
        (_, Some(_)) => {
            let later = "o.organization_id = $1 and o.kind <> 'goals.refresh' and o.started_at > $5";
            format!(
                " and not exists (select 1 from operations o where o.id = a.created_by_operation and {later}) \
                 and not exists (select 1 from customer_goals_before b join operations o on o.id = b.operation_id \
                   where b.organization_id = $1 and b.id = a.id and {later})"
            )
        }
    };
    let sql = format!(
        "select a.id, a.start_value, a.started_on, a.current_value, a.target_value, a.target_date, a.milestones, a.status,
                a.status_source, a.completion_date, {} as measured
         from customer_goals a
         join accounts acc on acc.organization_id = $1 and acc.id = a.account_id
         where a.organization_id = $1 and a.id > $2 and acc.archived_at is null
           and (a.status in ('on_track', 'at_risk') or a.target_date >= $3){own}
         order by a.id limit $4",
        measured_sql("a.metric_type", "$3"),
    );
    let statement = tx.of(scope, sql).bind(after).bind(today).bind(most);
    match (account, moment) {
        (None, None) => statement.fetch_all().await,
        (Some(account), None) => statement.bind(account).fetch_all().await,
        (_, Some(moment)) => statement.bind(moment).fetch_all().await,
    }
}
