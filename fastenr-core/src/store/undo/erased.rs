//! Fields that were erased since: what was in them is not restored, and they are no conflict.

use uuid::Uuid;

use super::gather::{COLUMNS, KNOWN, same};
use super::report::{RawConflict, label};
use super::{Undo, act, bits, is, part, place};
use crate::model::noun::Value;
use crate::store::journal::{RESTORED, TABLES, Table};
use crate::store::{Scope, StoreResult, Tx};

impl Undo {
    /// Leaves fields as they are that were erased after the operation.
    pub(super) async fn spare_erased(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        let sql = "select distinct e.noun from erased_fields e where e.organization_id = $1 and e.operation_id > $2";
        let names: Vec<(String,)> = tx.of(scope, sql).bind(self.operation).fetch_all().await?;
        let concerned = |table: &&Table| names.iter().any(|(name,)| name == table.name);
        for table in TABLES.iter().filter(concerned) {
            // Before and after the operation the same pseudonym: nothing to restore, but to tell.
            let sql = format!(
                "insert into undoing ({COLUMNS}) \
                 select {}, b.id, {}, {}, 0, 0, 0, 0, b.version, 0, null from {name}_before b \
                 join {name} a on a.organization_id = $1 and {} \
                 where b.organization_id = $1 and b.operation_id = $2 and b.changed > 0 and (b.changed & {RESTORED}) = 0 \
                   and exists (select 1 from erased_fields e where e.organization_id = $1 and e.noun = $3 and e.id = b.id \
                     and (e.fields & b.changed) <> 0) {KNOWN}",
                place(table),
                part(table, "b"),
                act::PUT_BACK,
                same(table, "a", "b"),
                name = table.name,
            );
            tx.of(scope, sql).bind(self.operation).bind(table.name.to_owned()).execute().await?;
            // One that ended later may have written the person once more.
            let sql = format!(
                "select e.id, e.part, e.fields from erased_fields e \
                 join operations p on p.organization_id = $1 and p.id = e.operation_id \
                 join operations o on o.organization_id = $1 and o.id = $2 \
                 join undoing u on u.id = e.id and u.part = e.part and u.tbl = {} and u.act in ({}, {}, {}) \
                 where e.organization_id = $1 and e.noun = $3 and e.operation_id > $2 and o.finished_at <= p.finished_at",
                place(table),
                act::PUT_BACK,
                act::BRING_BACK,
                act::REMOVE,
            );
            let statement = tx.of(scope, sql).bind(self.operation).bind(table.name.to_owned());
            let erased: Vec<(Uuid, String, i64)> = statement.fetch_all().await?;
            for (id, part, fields) in erased {
                let sql = format!(
                    "update undoing set erased = erased | $1, changed = changed & ~($1) \
                     where tbl = {} and id = $2 and part = $3",
                    place(table)
                );
                tx.sql(sql).bind(fields).bind(id).bind(part).execute().await?;
            }
        }
        // Of what the operation changed nothing else: a field that it did not touch is nothing to tell.
        for table in TABLES.iter().filter(concerned) {
            let sql = format!(
                "update undoing set erased = erased & (select b.changed from {}_before b \
                   where b.organization_id = $1 and b.operation_id = $2 and {}) \
                 where tbl = {} and act = {} and erased <> 0",
                table.name,
                is(table, "b", "undoing"),
                place(table),
                act::PUT_BACK,
            );
            tx.of(scope, sql).bind(self.operation).execute().await?;
        }
        Ok(())
    }

    /// How many records have fields that were erased.
    pub async fn erased(&self, tx: &mut Tx<'_>) -> StoreResult<u64> {
        self.count(tx, &format!("u.erased <> 0 and u.act <> {} and u.reason is null", act::REMOVE)).await
    }

    /// These fields, at most `most` of each kind.
    pub(super) async fn erased_fields(
        &self,
        tx: &mut Tx<'_>,
        scope: &Scope,
        table: &'static Table,
        most: u64,
        all: &mut Vec<RawConflict>,
    ) -> StoreResult<()> {
        for (act, from) in [
            (act::PUT_BACK, format!("{} x on x.organization_id = $1", table.name)),
            (act::BRING_BACK, format!("{}_before x on x.organization_id = $1 and x.operation_id = $2", table.name)),
        ] {
            let sql = format!(
                "select u.id, {}, u.erased from undoing u join {from} and {} \
                 where u.tbl = {} and u.act = {act} and u.erased <> 0 and u.reason is null order by u.id limit {most}",
                label(table),
                is(table, "x", "u"),
                place(table),
            );
            let statement = tx.of(scope, sql);
            let statement = if act == act::BRING_BACK { statement.bind(self.operation) } else { statement };
            let rows: Vec<(Uuid, String, i64)> = statement.fetch_all().await?;
            for (id, label, erased) in rows {
                for (bit, columns) in bits(table).into_iter().filter(|(bit, _)| erased & bit != 0) {
                    let column = table.columns().into_iter().find(|column| columns.first() == Some(&column.name));
                    all.push(RawConflict {
                        table: table.name,
                        id,
                        label: label.clone(),
                        column,
                        field: table.noun().and_then(|noun| noun.fields.get(bit.trailing_zeros() as usize)),
                        code: ERASED,
                        before: Value::Null,
                        wrote: Value::Null,
                        now: Value::Null,
                        by: None,
                        used_by: None,
                    });
                }
            }
        }
        Ok(())
    }
}

/// The code of a field that an erasure of a person replaced.
pub const ERASED: &str = "erased";
