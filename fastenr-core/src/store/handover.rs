//! What a user leaves to others: accounts, scheduled engagements, alerts that are not settled, open tasks. Who gets which account is
//! staged in the temporary table `moves`; a few statements put it in place.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::journal::Table;
use super::records::Stamp;
use super::{Conn, Scope, StoreResult, Tx, bulk};
use crate::error::{Error, Kind};
use crate::model::Status;
use crate::model::noun::{Storage, Value};

/// An account that the user owns, archived or not.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct OwnedAccount {
    pub id: Uuid,
    pub external_id: Option<String>,
    pub external_key: Option<String>,
    pub name: String,
    /// In cents.
    pub arr: Option<i64>,
    pub status: String,
    pub archived_at: Option<DateTime<Utc>>,
}

impl OwnedAccount {
    /// What counts in a sum: neither archived nor churned accounts pay anything.
    pub fn counted_arr(&self) -> i64 {
        let counts = self.archived_at.is_none() && self.status != Status::Churned.as_str();
        self.arr.filter(|_| counts).unwrap_or(0)
    }
}

/// All of them, in the order they came.
pub async fn owned(tx: &mut Tx<'_>, scope: &Scope, user: Uuid) -> StoreResult<Vec<OwnedAccount>> {
    let sql = "select a.id, a.external_id, a.external_key, a.name, a.arr, a.status, a.archived_at from accounts a \
               where a.organization_id = $1 and a.owner_id = $2 order by a.id";
    tx.of(scope, sql).bind(user).fetch_all().await
}

/// An account and who gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reassignment {
    pub account: Uuid,
    pub owner: Uuid,
    /// The id of the line of the dated history that tells it.
    pub change: Uuid,
}

pub(super) const MOVES: [(&str, Storage); 3] =
    [("account_id", Storage::Id), ("owner_id", Storage::Id), ("change_id", Storage::Id)];

/// Makes the temporary table on a connection of its own.
pub async fn create(conn: &mut Conn) -> StoreResult<()> {
    let mut tx = conn.read().await?;
    let id = tx.engine().column_type(Storage::Id);
    let sql = format!("create temporary table moves (account_id {id} primary key, owner_id {id}, change_id {id})");
    tx.sql(sql).execute().await?;
    tx.commit().await
}

/// Stages who gets which account.
pub async fn stage(tx: &mut Tx<'_>, moves: &[Reassignment]) -> StoreResult<()> {
    let row = |to: &Reassignment| vec![Value::Id(to.account), Value::Id(to.owner), Value::Id(to.change)];
    bulk::load(tx, "moves", &MOVES, moves.iter().map(row).collect()).await
}

/// Who leaves, and who gets what is on no account that moves; without one it stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeavingUser {
    pub user: Uuid,
    pub rest: Option<Uuid>,
}

/// Whose a record of an account becomes; null: it stays.
fn target(rest: &str) -> String {
    format!("coalesce((select m.owner_id from moves m where m.account_id = a.account_id), {rest})")
}

/// Scheduled engagements of a user that were not completed.
fn scheduled(user: &str) -> String {
    format!(
        "a.organization_id = $1 and a.created_by = {user} and a.scheduled_at is not null and a.completed_at is null"
    )
}

/// Alerts that a user has taken on and that are not settled.
fn taken_on(user: &str) -> String {
    format!(
        "a.organization_id = $1 and a.resolved_at is null and (a.acknowledged_by = {user} or a.snoozed_by = {user})"
    )
}

/// Tasks of a user that are not done.
fn to_do(user: &str) -> String {
    format!("a.organization_id = $1 and a.owner_id = {user} and a.done_at is null")
}

/// How many open tasks go to whom; `None`: they stay.
pub async fn tasks(tx: &mut Tx<'_>, scope: &Scope, from: LeavingUser) -> StoreResult<Vec<(Option<Uuid>, i64)>> {
    let sql = format!("select {}, count(*) from tasks a where {} group by 1", target("$3"), to_do("$2"));
    tx.of(scope, sql).bind(from.user).bind(from.rest).fetch_all().await
}

/// How many scheduled engagements go to whom; `None`: they stay.
pub async fn engagements(tx: &mut Tx<'_>, scope: &Scope, from: LeavingUser) -> StoreResult<Vec<(Option<Uuid>, i64)>> {
    let sql = format!("select {}, count(*) from engagements a where {} group by 1", target("$3"), scheduled("$2"));
    tx.of(scope, sql).bind(from.user).bind(from.rest).fetch_all().await
}

/// How many alerts go to whom; `None`: they stay.
pub async fn alerts(tx: &mut Tx<'_>, scope: &Scope, from: LeavingUser) -> StoreResult<Vec<(Option<Uuid>, i64)>> {
    let sql = format!("select {}, count(*) from alerts a where {} group by 1", target("$3"), taken_on("$2"));
    tx.of(scope, sql).bind(from.user).bind(from.rest).fetch_all().await
}

fn table(name: &str) -> StoreResult<&'static Table> {
    let missing = || Error::new(Kind::Storage, "database", format!("{name} are not in the journal's tables"));
    Table::find(name).ok_or_else(missing)
}

/// Gives the staged accounts to their new owners, with before-images and the dated history: how many.
pub async fn move_accounts(tx: &mut Tx<'_>, scope: &Scope, stamp: Stamp) -> StoreResult<u64> {
    let table = table("accounts")?;
    let staged = "join moves m on m.account_id = a.id where a.organization_id = $1";
    let keep = table.keep(&table.mask(&["owner_id"]).to_string(), staged);
    tx.of(scope, keep).bind(stamp.operation).execute().await?;
    let engine = tx.engine();
    let sql = format!(
        "insert into account_changes (organization_id, id, account_id, field, effective_on, created_by_operation, kind,
                                      old_value, new_value, created_at, updated_at)
         select a.organization_id, m.change_id, a.id, 'owner', $2, $3, 'change', {}, {}, $4, $4
         from accounts a join moves m on m.account_id = a.id where a.organization_id = $1",
        engine.journal_text("a.owner_id", Storage::Id),
        engine.journal_text("m.owner_id", Storage::Id),
    );
    tx.of(scope, sql).bind(stamp.effective_on).bind(stamp.operation).bind(stamp.now).execute().await?;
    let sql = "update accounts as a set owner_id = m.owner_id, version = a.version + 1, updated_at = $2 from moves m \
               where m.account_id = a.id and a.organization_id = $1";
    tx.of(scope, sql).bind(stamp.now).execute().await
}

/// Gives the scheduled engagements to those who get their accounts, with before-images: how many.
pub async fn move_engagements(tx: &mut Tx<'_>, scope: &Scope, from: LeavingUser, stamp: Stamp) -> StoreResult<u64> {
    let table = table("engagements")?;
    let moving = format!("where {} and {} is not null", scheduled("$3"), target("$4"));
    let keep = table.keep(&table.mask(&["created_by"]).to_string(), &moving);
    tx.of(scope, keep).bind(stamp.operation).bind(from.user).bind(from.rest).execute().await?;
    let sql = format!(
        "update engagements as a set created_by = {}, version = a.version + 1, updated_at = $2 {moving}",
        target("$4")
    );
    tx.of(scope, sql).bind(stamp.now).bind(from.user).bind(from.rest).execute().await
}

/// Gives the open tasks to those who get their accounts, with before-images: how many.
pub async fn move_tasks(tx: &mut Tx<'_>, scope: &Scope, from: LeavingUser, stamp: Stamp) -> StoreResult<u64> {
    let table = table("tasks")?;
    let moving = format!("where {} and {} is not null", to_do("$3"), target("$4"));
    let keep = table.keep(&table.mask(&["owner_id"]).to_string(), &moving);
    tx.of(scope, keep).bind(stamp.operation).bind(from.user).bind(from.rest).execute().await?;
    let sql =
        format!("update tasks as a set owner_id = {}, version = a.version + 1, updated_at = $2 {moving}", target("$4"));
    tx.of(scope, sql).bind(stamp.now).bind(from.user).bind(from.rest).execute().await
}

/// Gives the alerts that are not settled to those who get their accounts, with before-images: how many.
pub async fn move_alerts(tx: &mut Tx<'_>, scope: &Scope, from: LeavingUser, stamp: Stamp) -> StoreResult<u64> {
    let table = table("alerts")?;
    let moving = format!("where {} and {} is not null", taken_on("$3"), target("$4"));
    let bit = |column| format!("case when a.{column} = $3 then {} else 0 end", table.mask(&[column]));
    let keep = table.keep(&format!("{} + {}", bit("acknowledged_by"), bit("snoozed_by")), &moving);
    tx.of(scope, keep).bind(stamp.operation).bind(from.user).bind(from.rest).execute().await?;
    let to = |column| format!("{column} = case when a.{column} = $3 then {} else a.{column} end", target("$4"));
    let sql = format!(
        "update alerts as a set {}, {}, version = a.version + 1, updated_at = $2 {moving}",
        to("acknowledged_by"),
        to("snoozed_by")
    );
    tx.of(scope, sql).bind(stamp.now).bind(from.user).bind(from.rest).execute().await
}
