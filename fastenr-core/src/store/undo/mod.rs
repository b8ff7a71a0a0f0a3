//! Taking an operation back, set by set: what it did is gathered from the journal into one temporary table, judged, then written.
//!
//! A row of `undoing` is a record that the operation wrote, and what is to become of it: put back to its before-image, removed, or
//! brought back. `blocked` and `conflict` are the bits of what stays as it is, `reason` says why a whole record stays,
//! `erased` which fields were erased since. The steps are
//! in the order of [`Undo`]'s callers: `gather`, `judge`, `report`, `apply`; each is the same text on both databases.

mod apply;
mod erased;
mod events;
mod gather;
mod judge;
mod lines;
mod report;
mod scores;

pub use apply::UndoCounts;
pub use erased::ERASED;
pub use lines::OverriddenValue;
pub use report::{RawConflict, TableCount};
pub use scores::day_of;

use chrono::NaiveDate;
use uuid::Uuid;

use super::journal::{TABLES, Table};
use super::{Conn, Scope, StoreResult, Tx};
use crate::model::noun::Storage;
use crate::model::operation::DERIVED_KINDS;

/// What becomes of a record.
mod act {
    pub(super) const PUT_BACK: i64 = 1;
    pub(super) const REMOVE: i64 = 2;
    pub(super) const BRING_BACK: i64 = 3;
}

/// Why a record stays as it is.
mod reason {
    /// Somebody has changed what is to be removed.
    pub(super) const CHANGED: i64 = 1;
    /// Something hangs on what is to be removed.
    pub(super) const IN_USE: i64 = 2;
    /// What is to be put back is no longer there.
    pub(super) const GONE: i64 = 3;
    /// Another record has what must be unique.
    pub(super) const TAKEN: i64 = 4;
    /// What it points at is no longer there.
    pub(super) const MISSING: i64 = 5;
    /// Its field stays as it is, so its line in the history, or the event it is made of, does too; nothing to tell.
    pub(super) const KEPT: i64 = 6;
}

/// The operation that is taken back.
#[derive(Debug, Clone, Copy)]
pub struct Undo {
    pub operation: Uuid,
    /// Records that it made have ids up to this; none: nobody knows.
    pub last: Option<Uuid>,
    /// It computed: what stands in its way is left alone without a word.
    pub derived: bool,
    /// The day whose snapshots it made.
    pub day: Option<NaiveDate>,
    /// Later changes are overwritten.
    pub force: bool,
}

/// The bits that are really put back.
const PUT: &str = "(u.changed & ~(u.conflict | u.blocked))";

/// A table's place in [`TABLES`].
fn place(table: &Table) -> usize {
    TABLES.iter().position(|known| known.name == table.name).unwrap_or(TABLES.len())
}

/// The second part of a row's key, of the table `alias`.
fn part(table: &Table, alias: &str) -> String {
    table.key.get(1).map_or_else(|| "''".to_owned(), |(name, _)| format!("{alias}.{name}"))
}

/// That the row `alias` of the table is the one that `u` names.
fn is(table: &Table, alias: &str, u: &str) -> String {
    match table.key.get(1) {
        Some((name, _)) => format!("{alias}.id = {u}.id and {alias}.{name} = {u}.part"),
        None => format!("{alias}.id = {u}.id"),
    }
}

/// The kinds of operations that compute, for `in (…)`.
fn derived_kinds() -> String {
    DERIVED_KINDS.map(|kind| format!("'{kind}'")).join(", ")
}

/// The bits of a table's columns, and the columns of each.
fn bits(table: &Table) -> Vec<(i64, Vec<&'static str>)> {
    let columns = table.columns();
    (0..62)
        .map(|bit| 1_i64 << bit)
        .filter_map(|bit| {
            let of: Vec<&str> =
                columns.iter().filter(|column| column.mask & bit != 0).map(|column| column.name).collect();
            (!of.is_empty()).then_some((bit, of))
        })
        .collect()
}

impl Undo {
    /// Makes the temporary tables on a connection of its own.
    pub async fn create(conn: &mut Conn) -> StoreResult<()> {
        let mut tx = conn.read().await?;
        let engine = tx.engine();
        let of = |storage| engine.column_type(storage);
        let (integer, id, text) = (of(Storage::Integer), of(Storage::Id), of(Storage::Text));
        let sql = format!(
            "create temporary table undoing (tbl {integer} not null, id {id} not null, part {text} not null, \
             act {integer} not null, changed {integer} not null, conflict {integer} not null, blocked {integer} not null, \
             forced {integer} not null, version {integer} not null, moved {integer} not null, reason {integer}, \
             erased {integer} not null default 0, \
             primary key (tbl, id, part))"
        );
        tx.sql(sql).execute().await?;
        let sql = format!("create temporary table rescored (account_id {id} primary key, settled {integer} not null)");
        tx.sql(sql).execute().await?;
        tx.commit().await
    }

    /// The tables that `undoing` has rows of, those that others refer to first: of the rest nothing has to be asked.
    async fn touched(&self, tx: &mut Tx<'_>) -> StoreResult<Vec<&'static Table>> {
        let places: Vec<String> = (0..TABLES.len()).map(|place| format!("({place})")).collect();
        let sql = format!(
            "select cast(t.column1 as bigint) from (values {}) t where exists (select 1 from undoing u where u.tbl = t.column1) order by 1",
            places.join(", ")
        );
        let rows: Vec<(i64,)> = tx.sql(sql).fetch_all().await?;
        Ok(rows.into_iter().filter_map(|(place,)| TABLES.get(usize::try_from(place).ok()?)).collect())
    }

    /// How many rows a condition on `undoing u` holds for.
    async fn count(&self, tx: &mut Tx<'_>, condition: &str) -> StoreResult<u64> {
        let (count,): (i64,) = tx.sql(format!("select count(*) from undoing u where {condition}")).fetch_one().await?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// The bits that stand in a column of `undoing`, of one table's records that are put back.
    async fn any_bits(&self, tx: &mut Tx<'_>, table: &Table, bits: &str) -> StoreResult<i64> {
        let sql = format!(
            "select distinct {bits} from undoing u where u.tbl = {} and u.act = {} and u.reason is null",
            place(table),
            act::PUT_BACK
        );
        let masks: Vec<(i64,)> = tx.sql(sql).fetch_all().await?;
        Ok(masks.into_iter().fold(0, |all, (mask,)| all | mask))
    }

    /// Gathers what the operation did and judges what can be taken back. Nothing is written.
    pub async fn decide(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        self.gather(tx, scope).await?;
        self.spare_erased(tx, scope).await?;
        self.judge(tx, scope).await?;
        self.gather_lines(tx, scope).await?;
        self.gather_scores(tx, scope).await
    }
}
