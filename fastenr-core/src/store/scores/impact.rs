//! Events and snapshots of a range of accounts, for how scores moved after engagements and achieved goals.

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::TryStreamExt;
use futures_util::stream::{BoxStream, StreamExt};
use uuid::Uuid;

use super::{Range, days_sql};
use crate::model::engagement::ENGAGEMENT;
use crate::model::goal::GOAL;
use crate::model::noun::{Noun, Storage, Value};
use crate::model::selection::Selection;
use crate::store::narrow::narrow;
use crate::store::query::Query;
use crate::store::{Scope, StoreResult, Tx};

/// What is an event; the times are when it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Events {
    /// Completed from the first moment on, before the second.
    Engagements(DateTime<Utc>, DateTime<Utc>),
    /// Achieved on one of the days, ends included; without days on any.
    Goals(Option<(NaiveDate, NaiveDate)>),
}

/// The day that a goal has, the moment that an engagement has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    At(DateTime<Utc>),
    On(NaiveDate),
}

/// An engagement by its type, a goal by its metric type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    pub account_id: Uuid,
    pub kind: String,
    pub when: When,
}

/// Those that pass the filter, or all, of archived accounts too; of a range of accounts, or of all. By account; in flat memory.
pub fn events<'t>(
    tx: &'t mut Tx<'_>,
    scope: &Scope,
    events: Events,
    chosen: Option<&Selection>,
    range: Option<Range>,
) -> StoreResult<BoxStream<'t, StoreResult<EventRow>>> {
    let (kind, when, noun, storage, between): (_, _, &Noun, _, _) = match events {
        Events::Engagements(since, end) => {
            let between = Some((Value::Instant(since), "<", Value::Instant(end)));
            ("a.type", "a.completed_at", &ENGAGEMENT, Storage::Instant, between)
        }
        Events::Goals(days) => {
            let between = days.map(|(from, to)| (Value::Date(from), "<=", Value::Date(to)));
            ("a.metric_type", "a.completion_date", &GOAL, Storage::Date, between)
        }
    };
    let mut query = Query::new(format!(
        "select a.account_id, {kind}, {when} from {} a join accounts acc on acc.organization_id = $1 \
         and acc.id = a.account_id where a.organization_id = $1 and {when} is not null",
        noun.table
    ));
    if matches!(events, Events::Goals(_)) {
        query.and("a.status = 'achieved'");
    }
    if let Some((from, until, to)) = between {
        let (from, to) = (query.value(storage, from), query.value(storage, to));
        query.and(&format!("{when} >= {from} and {when} {until} {to}"));
    }
    if let Some(Range { after, to }) = range {
        let (after, to) = (query.value(Storage::Id, Value::Id(after)), query.value(Storage::Id, Value::Id(to)));
        query.and(&format!("a.account_id > {after} and a.account_id <= {to}"));
    }
    if let Some(chosen) = chosen {
        narrow(&mut query, tx.engine(), noun, chosen);
    }
    query.push(" order by a.account_id");
    let (text, values) = query.into_parts();
    let rows = Query::bind(values, tx.of(scope, text)).fetch_values(vec![Storage::Id, Storage::Text, storage])?;
    Ok(rows.try_filter_map(|row| async move { Ok(event(row)) }).boxed())
}

fn event(row: Vec<Value>) -> Option<EventRow> {
    let mut row = row.into_iter();
    let (Some(Value::Id(account_id)), Some(Value::Text(kind))) = (row.next(), row.next()) else { return None };
    let when = match row.next()? {
        Value::Instant(at) => When::At(at),
        Value::Date(day) => When::On(day),
        _ => return None,
    };
    Some(EventRow { account_id, kind, when })
}

/// The next accounts, archived ones too, up to so many: the last of them, if there are any.
pub async fn next_accounts(tx: &mut Tx<'_>, scope: &Scope, after: Uuid, most: i64) -> StoreResult<Option<Uuid>> {
    let sql = "select n.id from (select a.id from accounts a where a.organization_id = $1 and a.id > $2 \
               order by a.id limit $3) n order by n.id desc limit 1";
    let last: Option<(Uuid,)> = tx.of(scope, sql).bind(after).bind(most).fetch_optional().await?;
    Ok(last.map(|(id,)| id))
}

/// The health of an account on a day, in basis points.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct HealthRow {
    pub account_id: Uuid,
    pub snapshot_date: NaiveDate,
    pub model: String,
    pub health_points: i64,
    /// Neither short of data nor onboarding.
    pub sufficient: bool,
}

/// Days that one statement asks for.
const AT_ONCE: usize = 400;

/// Of a range of accounts on these days, which ascend: by account, then day.
pub async fn health_on(
    tx: &mut Tx<'_>,
    scope: &Scope,
    range: Range,
    days: &[NaiveDate],
) -> StoreResult<Vec<HealthRow>> {
    let mut found = Vec::new();
    for some in days.chunks(AT_ONCE) {
        let sql = format!(
            "with {} select s.account_id, s.snapshot_date, s.model, cast(s.health_points as bigint) as health_points, \
               s.band not in ('insufficient_data', 'onboarding') as sufficient \
             from days d cross join score_snapshots s \
             where s.organization_id = $1 and s.snapshot_date = d.day and s.account_id > $2 and s.account_id <= $3",
            days_sql(tx.engine(), 4, (0..some.len()).map(|_| 0)),
        );
        let mut statement = tx.of(scope, sql).bind(range.after).bind(range.to);
        for day in some {
            statement = statement.bind(*day);
        }
        found.extend(statement.fetch_all::<HealthRow>().await?);
    }
    found.sort_unstable_by_key(|row: &HealthRow| (row.account_id, row.snapshot_date));
    Ok(found)
}
