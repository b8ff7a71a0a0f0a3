//! The dated history of what is taken back: lines go with the change that they tell of, and stay with it.

use super::gather::KNOWN;
use super::{PUT, Undo, act, derived_kinds, place, reason};
use crate::model::account::ACCOUNT;
use crate::model::goal::GOAL;
use crate::model::noun::{Field, Noun, Value};
use crate::store::journal::Table;
use crate::store::{Scope, StoreResult, Tx};
use uuid::Uuid;

/// The nouns whose fields have a history.
const TRACKED: [&Noun; 2] = [&ACCOUNT, &GOAL];

/// The bit of a line's field, as SQL.
fn bit_of_line(noun: &Noun) -> String {
    let whens: String = noun
        .fields
        .iter()
        .enumerate()
        .filter(|(_, field)| field.tracked)
        .map(|(bit, field)| format!(" when '{}' then {}", field.name, 1_i64 << bit))
        .collect();
    format!("case c.field{whens} else 0 end")
}

/// A value that was overwritten although somebody had set it.
#[derive(Debug, Clone)]
pub struct OverriddenValue {
    pub noun: &'static Noun,
    pub record: Uuid,
    pub field: &'static Field,
    pub old: Value,
    pub new: Value,
}

impl Undo {
    pub(super) async fn gather_lines(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        for noun in TRACKED {
            let (Some(table), Some(history)) = (Table::find(noun.table), &noun.history) else { continue };
            let Some(lines) = Table::find(history.table) else { continue };
            let (at, record) = (place(table), history.record);
            let puts = format!("u.tbl = {at} and u.act = {}", act::PUT_BACK);
            if self.count(tx, &puts).await? == 0 {
                continue;
            }
            let sql = format!(
                "update undoing set reason = {} where tbl = {} and act = {} and reason is null and exists ( \
                   select 1 from {} c join undoing u on u.id = c.{record} and {puts} \
                   where c.organization_id = $1 and c.id = undoing.id and c.field = undoing.part \
                     and (u.reason is not null or ((u.conflict | u.blocked | u.forced) & {}) <> 0))",
                reason::KEPT,
                place(lines),
                act::REMOVE,
                history.table,
                bit_of_line(noun)
            );
            tx.of(scope, sql).execute().await?;
            if !self.derived {
                // What was computed of a value goes with it.
                let sql = format!(
                    "insert into undoing (tbl, id, part, act, changed, conflict, blocked, forced, version, moved, reason) \
                     select {at_lines}, c.id, c.field, {}, 0, 0, 0, 0, 0, 0, null from undoing u \
                     join {} c on c.organization_id = $1 and c.{record} = u.id \
                     join operations o on o.organization_id = $1 and o.id = c.created_by_operation and o.kind in ({}) \
                     join operations own on own.organization_id = $1 and own.id = $2 and c.created_at >= own.started_at \
                     where {puts} and u.reason is null and ({PUT} & {}) <> 0 {KNOWN}",
                    act::REMOVE,
                    history.table,
                    derived_kinds(),
                    bit_of_line(noun),
                    at_lines = place(lines),
                );
                tx.of(scope, sql).bind(self.operation).execute().await?;
            }
        }
        self.gather_followers(tx, scope).await
    }

    /// What is overwritten by force of the fields that have a history: to be told in it.
    pub async fn overridden_values(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<Vec<OverriddenValue>> {
        use futures_util::TryStreamExt as _;
        let mut all = Vec::new();
        if !self.force {
            return Ok(all);
        }
        for noun in TRACKED {
            let Some(table) = Table::find(noun.table) else { continue };
            for (bit, field) in noun.fields.iter().enumerate().filter(|(_, field)| field.tracked) {
                let storage = field.meaning.storage();
                let sql = format!(
                    "select a.id, a.{column}, b.{column} from undoing u \
                     join {name} a on a.organization_id = $1 and a.id = u.id \
                     join {name}_before b on b.organization_id = $1 and b.operation_id = $2 and b.id = u.id \
                     where u.tbl = {} and u.act = {} and u.reason is null and (u.forced & {PUT} & {}) <> 0 order by a.id",
                    place(table),
                    act::PUT_BACK,
                    1_i64 << bit,
                    column = field.column,
                    name = noun.table,
                );
                let storages = vec![crate::model::noun::Storage::Id, storage, storage];
                let mut rows = tx.of(scope, sql).bind(self.operation).fetch_values(storages)?;
                while let Some(mut row) = rows.try_next().await? {
                    let (new, old) = (row.pop().unwrap_or_default(), row.pop().unwrap_or_default());
                    if let Some(Value::Id(record)) = row.pop() {
                        all.push(OverriddenValue { noun, record, field, old, new });
                    }
                }
            }
        }
        Ok(all)
    }

    /// Marks the undo's own place in the journal: what it took back, and what that had taken back.
    pub async fn link(&self, tx: &mut Tx<'_>, scope: &Scope, by: Uuid) -> StoreResult<()> {
        let sql = "update operations set undone_by = $3 where organization_id = $1 and id = $2";
        tx.of(scope, sql).bind(self.operation).bind(by).execute().await?;
        // An undo that is taken back leaves what it undid in force, and so on down.
        let (mut at, mut in_force) = (self.operation, false);
        loop {
            let sql = "select o.undoes from operations o where o.organization_id = $1 and o.id = $2";
            let row: Option<(Option<Uuid>,)> = tx.of(scope, sql).bind(at).fetch_optional().await?;
            let Some((Some(undone),)) = row else { return Ok(()) };
            let by = in_force.then_some(at);
            let sql = "update operations set undone_by = $3 where organization_id = $1 and id = $2";
            tx.of(scope, sql).bind(undone).bind(by).execute().await?;
            (at, in_force) = (undone, !in_force);
        }
    }
}
