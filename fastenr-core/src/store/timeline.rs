//! What happened around one account, source by source, the newest first. Sources are read in slices: see [`Window`].

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use uuid::Uuid;

use super::activities::Row as ActivityRow;
use super::query::Query;
use super::{Scope, StoreResult, Tx};
use crate::model::account::ACCOUNT;
use crate::model::activity::FeedItem;
use crate::model::engagement::AT;
use crate::model::event::Place;
use crate::model::noun::{Field, Meaning, Storage, Value};

/// Which part of a timeline.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    pub from: Option<DateTime<Utc>>,
    /// This place is left out.
    pub before: Place,
    pub limit: i64,
}

impl Window {
    pub fn holds(&self, place: Place) -> bool {
        place < self.before && self.from.is_none_or(|from| place.at >= from)
    }

    fn slice(&self, query: &mut Query, at: &str) {
        if let Some(from) = self.from {
            let from = query.value(Storage::Instant, Value::Instant(from));
            query.and(&format!("{at} >= {from}"));
        }
        let before = query.value(Storage::Instant, Value::Instant(self.before.at));
        let id = query.value(Storage::Id, Value::Id(self.before.id));
        query.and(&format!("({at} < {before} or ({at} = {before} and a.id < {id}))"));
        let limit = query.integer(self.limit);
        query.push(&format!(" order by {at} desc, a.id desc limit {limit}"));
    }
}

#[derive(Debug, Clone, sqlx_macros::FromRow)]
pub struct Touchpoint {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    #[sqlx(rename = "type")]
    pub kind: String,
    pub title: String,
    pub outcome: Option<String>,
    pub scheduled_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    pub email: String,
    pub created_by_operation: Option<Uuid>,
}

pub async fn touchpoints(
    tx: &mut Tx<'_>,
    scope: &Scope,
    account: Uuid,
    window: &Window,
) -> StoreResult<Vec<Touchpoint>> {
    let mut query = Query::new(format!(
        "select a.id, {AT} as at, a.type, a.title, a.outcome, a.scheduled_at, a.completed_at, u.email, a.created_by_operation \
         from engagements a join users u on u.organization_id = $1 and u.id = a.created_by where a.organization_id = $1"
    ));
    query.and_in("a.account_id", [(Storage::Id, Value::Id(account))]);
    window.slice(&mut query, AT);
    let (text, values) = query.into_parts();
    Query::bind(values, tx.of(scope, text)).fetch_all().await
}

/// Single writes, but for the making of what a source of its own tells: engagements and goals that are still there.
/// `nouns` are the only ones where there are any; `not_nouns` are left out.
pub async fn single_writes(
    tx: &mut Tx<'_>,
    scope: &Scope,
    account: Uuid,
    (nouns, not_nouns): (&[&str], &[&str]),
    window: &Window,
) -> StoreResult<Vec<FeedItem>> {
    let mut query = Query::new(super::activities::select(tx.engine()));
    let text = |noun: &&str| (Storage::Text, Value::Text((*noun).to_owned()));
    query.and_in("a.account_id", [(Storage::Id, Value::Id(account))]);
    query.and_in("a.noun", nouns.iter().map(text));
    for noun in not_nouns {
        let place = query.text(*noun);
        query.and(&format!("a.noun <> {place}"));
    }
    for (kind, table) in [("engagements.create", "engagements"), ("goals.create", "customer_goals")] {
        query.and(&format!(
            "not (a.kind = '{kind}' and exists (select 1 from {table} e where e.organization_id = $1 \
             and e.id = a.record_id and e.account_id = a.account_id))"
        ));
    }
    window.slice(&mut query, "a.at");
    let (text, values) = query.into_parts();
    let rows: Vec<ActivityRow> = Query::bind(values, tx.of(scope, text)).fetch_all().await?;
    Ok(rows.into_iter().map(FeedItem::from).collect())
}

/// The account as it was before a bulk write changed it.
#[derive(Debug, Clone)]
pub struct Image {
    pub place: Place,
    pub kind: String,
    pub email: String,
    pub operation: Uuid,
    pub source_name: Option<String>,
    /// The bits of the fields that changed.
    pub changed: i64,
    pub version: i64,
    pub values: Values,
}

/// The values of [`kept_fields`], as people see them.
#[derive(Debug, Clone, Default)]
pub struct Values(Vec<(&'static Field, Value)>);

impl Values {
    pub fn of(&self, field: &Field) -> Value {
        self.0.iter().find(|(known, _)| known.name == field.name).map_or(Value::Null, |(_, value)| value.clone())
    }
}

/// What a before-image of an account tells: what can be set, whose word the status is, and whether it was archived.
pub fn kept_fields() -> impl Iterator<Item = &'static Field> {
    const READ: [&str; 3] = ["archived_at", "status_source", "imported_status"];
    ACCOUNT.fields.iter().filter(|field| field.writable() || READ.contains(&field.name))
}

const BULK: &str = " from activities a \
    join accounts_before b on b.organization_id = $1 and b.operation_id = a.operation_id and b.id = $2 \
    join operations o on o.organization_id = $1 and o.id = a.operation_id \
    join users u on u.organization_id = $1 and u.id = a.user_id \
    left join users ow on ow.organization_id = $1 and ow.id = b.owner_id \
    left join accounts pa on pa.organization_id = $1 and pa.id = b.parent_id \
    where a.organization_id = $1 and a.noun = 'accounts'";

/// The columns of [`Image`], how each is read, and the query that begins with them; `$2` is the account.
fn images(account: Uuid) -> (Query, Vec<Storage>) {
    let mut storages = vec![
        Storage::Id,
        Storage::Instant,
        Storage::Text,
        Storage::Text,
        Storage::Id,
        Storage::Text,
        Storage::Integer,
        Storage::Integer,
        Storage::Text,
        Storage::Text,
    ];
    let mut sql =
        "select a.id, a.at, a.kind, u.email, a.operation_id, o.source_name, b.changed, b.version, ow.email, pa.external_id"
            .to_owned();
    for field in kept_fields() {
        sql.push_str(&format!(", b.{}", field.column));
        storages.push(field.meaning.storage());
    }
    let mut query = Query::new(sql + BULK);
    query.value(Storage::Id, Value::Id(account));
    (query, storages)
}

async fn read_images(
    tx: &mut Tx<'_>,
    scope: &Scope,
    (query, storages): (Query, Vec<Storage>),
) -> StoreResult<Vec<Image>> {
    let (text, values) = query.into_parts();
    let rows: Vec<Vec<Value>> = Query::bind(values, tx.of(scope, text)).fetch_values(storages)?.try_collect().await?;
    Ok(rows.into_iter().filter_map(image).collect())
}

fn image(row: Vec<Value>) -> Option<Image> {
    let mut row = row.into_iter();
    let mut next = || row.next().unwrap_or_default();
    let text = |value: Value| if let Value::Text(text) = value { Some(text) } else { None };
    let (Value::Id(id), Value::Instant(at)) = (next(), next()) else { return None };
    let (kind, email) = (text(next())?, text(next())?);
    let Value::Id(operation) = next() else { return None };
    let source_name = text(next());
    let (Value::Integer(changed), Value::Integer(version)) = (next(), next()) else { return None };
    let (owner, parent) = (next(), next());
    let seen = kept_fields().map(|field| {
        let value = next();
        let label = match field.meaning {
            Meaning::User => &owner,
            Meaning::Account => &parent,
            _ => &Value::Null,
        };
        (field, if label.is_null() || value.is_null() { value } else { label.clone() })
    });
    let values = Values(seen.collect());
    Some(Image { place: Place { at, id }, kind, email, operation, source_name, changed, version, values })
}

/// What bulk writes changed of the account.
pub async fn bulk_writes(tx: &mut Tx<'_>, scope: &Scope, account: Uuid, window: &Window) -> StoreResult<Vec<Image>> {
    let (mut query, storages) = images(account);
    query.and("a.record_id is null");
    window.slice(&mut query, "a.at");
    read_images(tx, scope, (query, storages)).await
}

/// The account's before-images of these versions, by whatever write.
pub async fn versions(tx: &mut Tx<'_>, scope: &Scope, account: Uuid, versions: &[i64]) -> StoreResult<Vec<Image>> {
    let mut found = Vec::new();
    if versions.is_empty() {
        return Ok(found);
    }
    for written in ["a.record_id is null", "a.record_id = $2"] {
        let (mut query, storages) = images(account);
        query.and(written);
        query.and_in("b.version", versions.iter().map(|version| (Storage::Integer, Value::Integer(*version))));
        found.extend(read_images(tx, scope, (query, storages)).await?);
    }
    Ok(found)
}

/// The operation that made the account, where it was a bulk one.
#[derive(Debug, Clone, sqlx_macros::FromRow)]
pub struct Creation {
    pub operation: Uuid,
    pub kind: String,
    pub source_name: Option<String>,
    pub at: DateTime<Utc>,
    pub email: String,
}

pub async fn creation(tx: &mut Tx<'_>, scope: &Scope, account: Uuid) -> StoreResult<Option<Creation>> {
    let sql = "select o.id as operation, o.kind, o.source_name, coalesce(o.finished_at, o.started_at) as at, u.email \
               from accounts a \
               join operations o on o.organization_id = $1 and o.id = a.created_by_operation \
               join users u on u.organization_id = $1 and u.id = o.user_id \
               left join activities t on t.organization_id = $1 and t.record_id = a.id and t.operation_id = o.id \
               where a.organization_id = $1 and a.id = $2 and t.id is null";
    tx.of(scope, sql).bind(account).fetch_optional().await
}

/// A goal's status was changed.
#[derive(Debug, Clone, sqlx_macros::FromRow)]
pub struct StatusChange {
    pub id: Uuid,
    pub goal_id: Uuid,
    pub title: String,
    pub old_value: Option<String>,
    pub new_value: Option<String>,
    pub at: DateTime<Utc>,
    pub operation: Option<Uuid>,
    pub email: Option<String>,
    /// The activity that tells of it already.
    pub told: Option<Uuid>,
}

pub async fn status_changes(tx: &mut Tx<'_>, scope: &Scope, account: Uuid) -> StoreResult<Vec<StatusChange>> {
    let sql = "select c.id, c.goal_id, g.title, c.old_value, c.new_value, c.created_at as at, \
               c.created_by_operation as operation, u.email, t.id as told \
               from customer_goals g \
               join goal_changes c on c.organization_id = $1 and c.goal_id = g.id and c.field = 'status' \
               left join operations o on o.organization_id = $1 and o.id = c.created_by_operation \
               left join users u on u.organization_id = $1 and u.id = o.user_id \
               left join activities t on t.organization_id = $1 and t.record_id = c.goal_id \
                 and t.operation_id = c.created_by_operation \
               where g.organization_id = $1 and g.account_id = $2 order by c.created_at, c.id";
    tx.of(scope, sql).bind(account).fetch_all().await
}
