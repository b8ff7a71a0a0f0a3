//! What is new for a user: computed from the feed, the records that its operations wrote, and who owns their accounts.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::feed::settled;
use super::journal::Table;
use super::query::Query;
use super::{Engine, Scope, StoreResult, Tx};
use crate::model::activity::Cursor;
use crate::model::noun::{Storage, Value};

/// How many of the newest activities are looked through.
const LOOKED_THROUGH: i64 = 10_000;
/// How many records of one operation and kind are named; the others are counted.
pub const NAMED: usize = 3;

/// How far a user has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadMark {
    /// None: it can't be read.
    pub place: Option<Cursor>,
    pub at: DateTime<Utc>,
}

/// What one operation wrote that a user should know of: a record of a kind, or the operation itself.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct NewsRow {
    pub operation_id: Uuid,
    /// The name of its kind, or [`WORK`].
    pub what: String,
    pub at: DateTime<Utc>,
    /// Who did it.
    pub actor: String,
    /// After the mark.
    pub unread: bool,
    pub kind: String,
    pub record_id: Option<Uuid>,
    pub title: String,
    pub account_id: Option<Uuid>,
    pub external_id: Option<String>,
    pub account_name: Option<String>,
    pub target_date: Option<NaiveDate>,
    pub completion_date: Option<NaiveDate>,
    /// Of the operation itself.
    pub started_at: Option<DateTime<Utc>>,
    /// How many records of this kind the operation wrote for the user.
    pub total: i64,
    /// Of how many accounts they are.
    pub accounts: i64,
}

/// # Errors
/// Those of reading.
pub async fn mark(tx: &mut Tx<'_>, scope: &Scope, user: Uuid) -> StoreResult<Option<ReadMark>> {
    let sql = "select m.place, m.read_at from notification_marks m where m.organization_id = $1 and m.user_id = $2";
    let row: Option<(String, DateTime<Utc>)> = tx.of(scope, sql).bind(user).fetch_optional().await?;
    Ok(row.map(|(place, at)| ReadMark { place: place.parse().ok(), at }))
}

/// # Errors
/// Those of writing.
pub async fn set_mark(
    tx: &mut Tx<'_>,
    scope: &Scope,
    user: Uuid,
    place: Cursor,
    at: DateTime<Utc>,
) -> StoreResult<u64> {
    let sql = "insert into notification_marks (organization_id, user_id, place, read_at) values ($1, $2, $3, $4) \
               on conflict (organization_id, user_id) do update set place = excluded.place, read_at = excluded.read_at";
    tx.of(scope, sql).bind(user).bind(place.to_string()).bind(at).execute().await
}

/// A kind of news: which records `x` an operation `d` wrote for the user `{me}`, and their accounts `c`.
struct Source {
    what: &'static str,
    /// Id and title.
    record: &'static str,
    /// Whether it has the days of a goal.
    is_goal: bool,
    from: &'static str,
}

const fn source(what: &'static str, record: &'static str, from: &'static str) -> Source {
    Source { what, record, is_goal: false, from }
}

/// Accounts of the user.
const MINE: &str = "join accounts c on c.organization_id = $1 and c.owner_id = {me} and c.merged_into is null and c.archived_at is null";

/// Ids that an operation made are between its own and that of its activity.
const SOURCES: [Source; 7] = [
    source(
        "alert",
        "x.id, x.message",
        "join alerts x on x.organization_id = $1 and x.id > d.operation_id and x.id < d.last_id \
           and x.created_by_operation = d.operation_id and x.resolved_at is null and x.acknowledged_at is null and not x.held \
         {mine} and c.id = x.account_id where d.kind = 'accounts.recompute'",
    ),
    source(
        "account",
        "c.id, c.name",
        "join accounts_before x on x.organization_id = $1 and x.operation_id = d.operation_id and (x.changed & {owner}) <> 0 \
           and (x.owner_id is null or x.owner_id <> {me}) \
         {mine} and c.id = x.id where d.user_id <> {me} and d.kind <> 'accounts.recompute'",
    ),
    source(
        "account",
        "c.id, c.name",
        "{mine} and c.id > d.operation_id and c.id < d.last_id and c.created_by_operation = d.operation_id \
         where d.user_id <> {me}",
    ),
    source(
        "task",
        "x.id, x.title",
        "join tasks_before b on b.organization_id = $1 and b.operation_id = d.operation_id and (b.changed & {task_owner}) <> 0 \
           and (b.owner_id is null or b.owner_id <> {me}) \
         join tasks x on x.organization_id = $1 and x.id = b.id and x.owner_id = {me} and x.done_at is null \
         join accounts c on c.organization_id = $1 and c.id = x.account_id where d.user_id <> {me}",
    ),
    source(
        "task",
        "x.id, x.title",
        "join tasks x on x.organization_id = $1 and x.id > d.operation_id and x.id < d.last_id \
           and x.created_by_operation = d.operation_id and x.owner_id = {me} and x.done_at is null \
         join accounts c on c.organization_id = $1 and c.id = x.account_id where d.user_id <> {me}",
    ),
    goal("goal_achieved"),
    goal("goal_missed"),
];

/// Goals that reached the status that the name ends with, unless the user set it by hand.
const fn goal(what: &'static str) -> Source {
    Source {
        what,
        record: "x.id, x.title",
        is_goal: true,
        from: "join goal_changes h on h.organization_id = $1 and h.created_by_operation = d.operation_id \
           and h.field = 'status' and h.new_value = '{status}' \
         join customer_goals x on x.organization_id = $1 and x.id = h.goal_id and x.status = h.new_value \
         {mine} and c.id = x.account_id where (d.user_id <> {me} or d.record_id is null)",
    }
}

/// What a user's own operations on many records are called.
pub const WORK: &str = "work";

/// What the settled operations since `since` wrote for a user, the newest first; with `unread_only`, after the mark. Of each operation
/// and kind up to [`NAMED`] records are there.
///
/// # Errors
/// Those of reading.
pub async fn news(
    tx: &mut Tx<'_>,
    scope: &Scope,
    user: Uuid,
    (mark, epoch): (Option<ReadMark>, u64),
    since: DateTime<Utc>,
    unread_only: bool,
) -> StoreResult<Vec<NewsRow>> {
    let engine = tx.engine();
    let mut query = Query::new("");
    let me = query.value(Storage::Id, Value::Id(user));
    let since = query.value(Storage::Instant, Value::Instant(since));
    let unread = unread(&mut query, engine, mark, epoch);
    let settled = match engine {
        Engine::Sqlite => String::new(),
        Engine::Postgres => format!(" and a.xid < {}", settled(tx).await?),
    };
    let bit = |table, column| Table::find(table).map_or(0, |table| table.mask(&[column])).to_string();
    let (owner, task_owner) = (bit("accounts", "owner_id"), bit("tasks", "owner_id"));
    // A position ends the search early, a time has no index.
    let (before, only) = match (unread_only, mark.and_then(|mark| mark.place)) {
        (true, Some(place)) if place.epoch == epoch => (format!(" and {unread}"), ""),
        (true, _) => (String::new(), " and a.unread"),
        (false, _) => (String::new(), ""),
    };
    query.push(&format!(
        "with done as (\
         select a.seq, a.at, a.kind, a.user_id, a.operation_id, a.record_id, a.id as last_id, a.label, a.unread, \
           o.started_at, u.email \
         from (select a.organization_id, a.seq, a.at, a.kind, a.user_id, a.operation_id, a.record_id, a.id, a.label, \
             {unread} as unread from activities a where a.organization_id = $1{settled}{before} \
             order by a.xid desc, a.seq desc limit {LOOKED_THROUGH}) a \
         join operations o on o.organization_id = $1 and o.id = a.operation_id and o.last_id = a.id and o.undone_by is null \
         join users u on u.organization_id = $1 and u.id = a.user_id \
         where a.at >= {since}{only}) \
         select z.operation_id, z.what, z.at, z.actor, z.unread, z.kind, z.record_id, z.title, z.account_id, z.external_id, \
           z.account_name, z.target_date, z.completion_date, z.started_at, z.total, z.accounts \
         from (select n.*, count(*) over (partition by n.operation_id, n.what) as total, \
           count(case when n.nth = 1 then 1 end) over (partition by n.operation_id, n.what) as accounts, \
           row_number() over (partition by n.operation_id, n.what order by n.nth, n.account_name, n.record_id) as place \
         from (select s.*, \
           row_number() over (partition by s.operation_id, s.what, s.account_id order by s.record_id) as nth from ("
    ));
    let of_operation = |what: &str| {
        format!("select d.operation_id, '{what}' as what, d.at, d.email as actor, d.unread, d.kind, d.seq")
    };
    let none = |storage| format!("cast(null as {})", engine.column_type(storage));
    let (no_day, no_time) = (none(Storage::Date), none(Storage::Instant));
    // A null of the same collation as the names below.
    let no_name = "nullif(d.label, d.label)";
    query.push(&format!(
        "{}, d.record_id, d.label as title, d.record_id as account_id, {no_name} as external_id, {no_name} as account_name, \
         {no_day} as target_date, {no_day} as completion_date, d.started_at from done d \
         where d.user_id = {me} and d.record_id is null",
        of_operation(WORK),
    ));
    for Source { what, record, is_goal, from } in SOURCES {
        let days = if is_goal { "x.target_date, x.completion_date".to_owned() } else { format!("{no_day}, {no_day}") };
        let from = from
            .replace("{mine}", MINE)
            .replace("{me}", &me)
            .replace("{owner}", &owner)
            .replace("{task_owner}", &task_owner)
            .replace("{status}", what.trim_start_matches("goal_"));
        query.push(&format!(
            " union all {}, {record}, c.id, c.external_id, c.name, {days}, {no_time} from done d {from}",
            of_operation(what)
        ));
    }
    query.push(&format!(") s) n) z where z.place <= {NAMED} order by z.at desc, z.seq desc, z.what, z.place"));
    let (text, values) = query.into_parts();
    Query::bind(values, tx.of(scope, text)).fetch_all().await
}

/// Whether an activity `a` comes after the mark; where the database was moved or copied since, by its time.
fn unread(query: &mut Query, engine: Engine, mark: Option<ReadMark>, epoch: u64) -> String {
    let Some(mark) = mark else { return "true".to_owned() };
    match (mark.place.filter(|place| place.epoch == epoch), engine) {
        (None, _) => format!("(a.at > {})", query.value(Storage::Instant, Value::Instant(mark.at))),
        (Some(place), Engine::Sqlite) => format!("(a.seq > {})", query.integer(place.seq)),
        (Some(place), Engine::Postgres) => {
            let (xid, seq) = (query.text(place.xid.to_string()), query.integer(place.seq));
            format!("((a.xid, a.seq) > (cast({xid} as xid8), {seq}))")
        }
    }
}
