//! What an operation did, out of the journal.

use super::{Undo, act, bits, part, place, reason};
use crate::store::journal::{RESTORED, TABLES, Table};
use crate::store::{Engine, Scope, StoreResult, Tx};

pub(super) const COLUMNS: &str = "tbl, id, part, act, changed, conflict, blocked, forced, version, moved, reason";

/// What is decided stays. Not by a look into `undoing`: a statement that fills a table which it reads may read all of it for each row.
pub(super) const KNOWN: &str = "on conflict (tbl, id, part) do nothing";

impl Undo {
    pub(super) async fn gather(&self, tx: &mut Tx<'_>, scope: &Scope) -> StoreResult<()> {
        if tx.engine() == Engine::Postgres {
            // Whole tables are joined; with the default of 4 MB every join would go through files.
            tx.sql("set local work_mem = '64MB'").execute().await?;
        }
        for table in TABLES.iter() {
            self.created(tx, scope, table).await?;
            self.restored(tx, scope, table).await?;
            self.changed(tx, scope, table).await?;
            self.deleted(tx, scope, table).await?;
        }
        tx.analyze("undoing").await
    }

    /// Records that it made go. Their version is taken as 0, so that every image of them is a later one.
    async fn created(&self, tx: &mut Tx<'_>, scope: &Scope, table: &Table) -> StoreResult<()> {
        let range = if self.last.is_some() { " and a.id > $2 and a.id <= $3" } else { "" };
        let sql = format!(
            "insert into undoing ({COLUMNS}) \
             select {}, a.id, {}, {}, 0, 0, 0, 0, 0, case when a.version > 1 then 1 else 0 end, null from {} a \
             where a.organization_id = $1 and a.created_by_operation = $2{range}",
            place(table),
            part(table, "a"),
            act::REMOVE,
            table.name
        );
        let statement = tx.of(scope, sql).bind(self.operation);
        match self.last {
            Some(last) => statement.bind(last).execute().await?,
            None => statement.execute().await?,
        };
        Ok(())
    }

    /// What an undo brought back goes again.
    async fn restored(&self, tx: &mut Tx<'_>, scope: &Scope, table: &Table) -> StoreResult<()> {
        let sql = format!(
            "insert into undoing ({COLUMNS}) \
             select {place}, a.id, {part}, {}, 0, 0, 0, 0, b.version - 1, case when a.version <> b.version then 1 else 0 end, null \
             from {name}_before b join {name} a on a.organization_id = $1 and {same} \
             where b.organization_id = $1 and b.operation_id = $2 and b.changed > 0 and (b.changed & {RESTORED}) <> 0 \
             {KNOWN}",
            act::REMOVE,
            place = place(table),
            part = part(table, "a"),
            name = table.name,
            same = same(table, "a", "b"),
        );
        tx.of(scope, sql).bind(self.operation).execute().await?;
        Ok(())
    }

    /// What it changed and is not as it was before.
    async fn changed(&self, tx: &mut Tx<'_>, scope: &Scope, table: &Table) -> StoreResult<()> {
        let differing: Vec<String> = bits(table)
            .into_iter()
            .map(|(bit, columns)| {
                let distinct: Vec<String> =
                    columns.iter().map(|column| format!("a.{column} is distinct from b.{column}")).collect();
                format!("case when (b.changed & {bit}) <> 0 and ({}) then {bit} else 0 end", distinct.join(" or "))
            })
            .collect();
        let sql = format!(
            "insert into undoing ({COLUMNS}) \
             select {place}, d.id, d.part, {}, d.changed, 0, 0, 0, d.version, d.moved, d.reason from ( \
               select b.id as id, {part} as part, b.version as version, \
                      case when a.id is null then b.changed else {differing} end as changed, \
                      case when a.version <> b.version + 1 then 1 else 0 end as moved, \
                      case when a.id is null then {} end as reason \
               from {name}_before b left join {name} a on a.organization_id = $1 and {same} \
               where b.organization_id = $1 and b.operation_id = $2 and b.changed > 0 and (b.changed & {RESTORED}) = 0) d \
             where d.changed <> 0 {KNOWN}",
            act::PUT_BACK,
            reason::GONE,
            place = place(table),
            part = part(table, "b"),
            name = table.name,
            differing = differing.join(" + "),
            same = same(table, "a", "b"),
        );
        tx.of(scope, sql).bind(self.operation).execute().await?;
        Ok(())
    }

    /// What it deleted comes back, unless it is there.
    async fn deleted(&self, tx: &mut Tx<'_>, scope: &Scope, table: &Table) -> StoreResult<()> {
        let sql = format!(
            "insert into undoing ({COLUMNS}) \
             select {}, b.id, {}, {}, 0, 0, 0, 0, b.version, 0, null from {name}_before b \
             where b.organization_id = $1 and b.operation_id = $2 and b.changed < 0 \
               and not exists (select 1 from {name} a where a.organization_id = $1 and {})",
            place(table),
            part(table, "b"),
            act::BRING_BACK,
            same(table, "a", "b"),
            name = table.name,
        );
        tx.of(scope, sql).bind(self.operation).execute().await?;
        Ok(())
    }
}

/// That two rows of a table and its images are one record.
pub(super) fn same(table: &Table, one: &str, other: &str) -> String {
    let keys: Vec<String> = table.key.iter().map(|(name, _)| format!("{one}.{name} = {other}.{name}")).collect();
    keys.join(" and ")
}
