//! The feed.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::feed::settled;
use super::lists::{ListedRecord, typed};
use super::narrow::narrow;
use super::query::Query;
use super::{Engine, Scope, SortedRows, Statement, StoreResult, Tx};
use crate::model::activity::{ACTIVITY, Activity, Cursor, FeedItem};
use crate::model::noun::{Noun, Storage};
use crate::model::selection::Selection;

const INSERT: &str = "insert into activities (organization_id, xid, id, at, user_id, operation_id, kind, noun, record_id, \
    account_id, label, changes) values ($1, pg_current_xact_id(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

/// Writes one, in the transaction of what it tells. It comes last: what its operation made has lower ids, see [`operations::close`].
///
/// [`operations::close`]: super::operations::close
pub async fn insert(tx: &mut Tx<'_>, scope: &Scope, activity: &Activity) -> StoreResult<()> {
    // One writer at a time: the next number is the order of the commits. PostgreSQL has many, and its own way to tell.
    let sql = match tx.engine() {
        Engine::Sqlite => {
            "insert into activities (organization_id, seq, xid, id, at, user_id, operation_id, kind, noun, record_id, \
             account_id, label, changes) \
             select $1, coalesce((select max(seq) from activities where organization_id = $1), 0) + 1, 0, \
             $2, $3, $4, $5, $6, $7, $8, $9, $10, $11"
        }
        Engine::Postgres => {
            // Whoever listens hears of it with the commit: see `Signal`.
            "with told as (\
               insert into activities (organization_id, xid, id, at, user_id, operation_id, kind, noun, record_id, \
               account_id, label, changes) \
               values ($1, pg_current_xact_id(), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning organization_id) \
             select pg_notify('fastenr_feed', '') from told"
        }
    };
    // Its own statement on a cluster: told where the rows are, nobody would hear of it.
    let sql = if tx.is_distributed() { INSERT } else { sql };
    tx.of(scope, sql)
        .bind(activity.id)
        .bind(activity.at)
        .bind(activity.user)
        .bind(activity.operation)
        .bind(activity.kind.clone())
        .bind(activity.noun.clone())
        .bind(activity.record)
        .bind(activity.account)
        .bind(activity.label.clone())
        .bind(activity.changes.to_string())
        .execute()
        .await?;
    if tx.is_distributed() {
        tx.sql("select pg_notify('fastenr_feed', '')").execute().await?;
    }
    if let Some(operation) = activity.operation {
        super::operations::close(tx, scope, operation, activity.id).await?;
    }
    Ok(())
}

#[derive(sqlx_macros::FromRow)]
pub(super) struct Row {
    seq: i64,
    xid: i64,
    id: Uuid,
    at: DateTime<Utc>,
    user_id: Uuid,
    email: String,
    operation_id: Option<Uuid>,
    kind: String,
    noun: String,
    record_id: Option<Uuid>,
    account_id: Option<Uuid>,
    external_id: Option<String>,
    account_name: Option<String>,
    label: String,
    changes: String,
}

impl From<Row> for FeedItem {
    fn from(row: Row) -> Self {
        let called =
            |id: Uuid| (row.external_id.unwrap_or_else(|| id.to_string()), row.account_name.unwrap_or_default());
        Self {
            actor: row.email,
            account: row.account_id.map(called),
            // The epoch is told by whoever follows.
            cursor: Cursor { epoch: 0, xid: row.xid, seq: row.seq, last: Some(Cursor::tail(row.id)) },
            activity: Activity {
                id: row.id,
                at: row.at,
                user: row.user_id,
                operation: row.operation_id,
                kind: row.kind,
                noun: row.noun,
                record: row.record_id,
                account: row.account_id,
                label: row.label,
                changes: serde_json::from_str(&row.changes).unwrap_or_default(),
            },
        }
    }
}

const FROM: &str = " from activities a \
    join users u on u.organization_id = $1 and u.id = a.user_id \
    left join accounts acc on acc.organization_id = $1 and acc.id = a.account_id where a.organization_id = $1";

pub(super) fn select(engine: Engine) -> String {
    format!("select {}{FROM}", FeedItem::columns(&ACTIVITY, engine))
}

impl ListedRecord for FeedItem {
    fn columns(_: &'static Noun, engine: Engine) -> String {
        format!(
            "a.seq, {} as xid, a.id, a.at, a.user_id, u.email, a.operation_id, a.kind, a.noun, a.record_id, \
             a.account_id, acc.external_id, acc.name as account_name, a.label, a.changes",
            engine.feed_xid()
        )
    }

    fn source(_: &'static Noun) -> String {
        FROM.to_owned()
    }

    fn counted(_: &'static Noun) -> String {
        " from activities a where a.organization_id = $1".to_owned()
    }

    fn read<'t>(_: &'static Noun, statement: Statement<'t>, place: Vec<Storage>) -> StoreResult<SortedRows<'t, Self>> {
        typed(statement, place, |row: Row| Ok(Self::from(row)))
    }
}

/// What follows `cursor`, the oldest first, at most `limit`, and the cursor to go on from: nothing is left out or comes
/// twice, however many write at once. `tx` is one of [`super::Db::read`], which sees one state throughout; `end` is what
/// [`super::feed::read_feed`] tells in it.
///
/// On PostgreSQL a row may become visible after one that was written later. So rows are delivered by the number of their
/// transaction, and only below the oldest one that is still open: whatever comes later has a higher number.
pub async fn after(
    tx: &mut Tx<'_>,
    scope: &Scope,
    cursor: Cursor,
    end: Cursor,
    selection: &Selection,
    limit: u32,
) -> StoreResult<(Vec<FeedItem>, Cursor)> {
    let mut query = Query::new(select(tx.engine()));
    match tx.engine() {
        Engine::Sqlite => {
            let seq = query.integer(cursor.seq);
            query.and(&format!("a.seq > {seq}"));
        }
        Engine::Postgres => {
            let (xid, seq) = (query.text(cursor.xid.to_string()), query.integer(cursor.seq));
            let settled = query.text(end.xid.to_string());
            query.and(&format!("(a.xid, a.seq) > (cast({xid} as xid8), {seq}) and a.xid < cast({settled} as xid8)"));
        }
    }
    narrow(&mut query, tx.engine(), &ACTIVITY, selection);
    let most = query.integer(i64::from(limit));
    query.push(&format!(" order by a.xid, a.seq limit {most}"));
    let (text, values) = query.into_parts();
    let rows: Vec<Row> = Query::bind(values, tx.of(scope, text)).fetch_all().await?;
    let mut items: Vec<FeedItem> = rows.into_iter().map(FeedItem::from).collect();
    for item in &mut items {
        item.cursor.epoch = end.epoch;
    }
    let next = match items.last() {
        Some(last) if items.len() >= limit as usize => last.cursor,
        // What the filter left out need not be looked at again.
        _ if end.is_before(&cursor) => cursor,
        _ => end,
    };
    Ok((items, next))
}

/// What can be seen already and yet comes after the end: of transactions that overtook one that is still open.
pub async fn unsettled(tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<Vec<Uuid>> {
    if tx.engine() == Engine::Sqlite {
        return Ok(Vec::new());
    }
    let sql = format!("select a.id from activities a where a.organization_id = $1 and a.xid >= {}", settled(tx).await?);
    let rows: Vec<(Uuid,)> = tx.of(scope, sql).fetch_all().await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The noun and the record that an operation tells of; none where it told nothing. Of many records it names none.
pub async fn subject(tx: &mut Tx<'_>, scope: &Scope, operation: Uuid) -> StoreResult<Option<(String, Option<Uuid>)>> {
    let sql = "select a.noun, a.record_id from operations o join activities a \
               on a.organization_id = o.organization_id and a.id = o.last_id \
               where o.organization_id = $1 and o.id = $2";
    tx.of(scope, sql).bind(operation).fetch_optional().await
}
