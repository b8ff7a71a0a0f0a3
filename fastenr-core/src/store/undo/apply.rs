//! Taking back what can be: images of what is there are kept first, so that the undo can be undone.

use uuid::Uuid;

use super::{PUT, Undo, act, is, place};
use crate::model::noun::Value;
use crate::store::journal::{DELETED, RESTORED, TABLES, Table};
use crate::store::records::Stamp;
use crate::store::{Scope, StoreResult, Tx, bulk};

/// What an undo wrote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UndoCounts {
    pub put_back: u64,
    pub removed: u64,
    pub brought_back: u64,
}

impl Undo {
    /// Writes what was decided, as the operation of `stamp`.
    pub async fn apply(&self, tx: &mut Tx<'_>, scope: &Scope, stamp: Stamp) -> StoreResult<UndoCounts> {
        let mut written = UndoCounts::default();
        let touched = self.touched(tx).await?;
        for table in &touched {
            self.free_keys(tx, scope, table, stamp).await?;
        }
        for table in &touched {
            written.brought_back += self.bring_back(tx, scope, table, stamp).await?;
        }
        for table in &touched {
            written.put_back += self.put_back(tx, scope, table, stamp).await?;
        }
        self.apply_scores(tx, scope, stamp).await?;
        for table in touched.into_iter().rev() {
            written.removed += self.remove(tx, scope, table).await?;
        }
        Ok(written)
    }

    fn puts(table: &Table) -> String {
        format!("u.tbl = {} and u.act = {} and u.reason is null and {PUT} <> 0", place(table), act::PUT_BACK)
    }

    /// Keeps what is about to be put back or removed; and lets go of external ids and addresses that change hands within the undo.
    async fn free_keys(&self, tx: &mut Tx<'_>, scope: &Scope, table: &Table, stamp: Stamp) -> StoreResult<()> {
        let bits = self.any_bits(tx, table, PUT).await?;
        if bits != 0 {
            let rest = format!(
                "join undoing u on {} and {} where a.organization_id = $1",
                is(table, "a", "u"),
                Self::puts(table)
            );
            tx.of(scope, table.keep(PUT, &rest)).bind(stamp.operation).execute().await?;
        }
        let removes = format!("u.tbl = {} and u.act = {} and u.reason is null", place(table), act::REMOVE);
        if self.count(tx, &removes).await? > 0 {
            let rest = format!("join undoing u on {} and {removes} where a.organization_id = $1", is(table, "a", "u"));
            tx.of(scope, table.keep("$3", &rest)).bind(stamp.operation).bind(DELETED).execute().await?;
        }
        for column in ["external_key", "email"] {
            let Some(known) = table.columns().into_iter().find(|known| known.name == column) else { continue };
            // The address of a user is never empty.
            if bits & known.mask == 0 || table.name == "users" && column == "email" {
                continue;
            }
            let sql = format!(
                "update {name} as a set {column} = null where a.organization_id = $1 and a.id in ( \
                   select u.id from undoing u where {} and ({PUT} & {}) <> 0)",
                Self::puts(table),
                known.mask,
                name = table.name,
            );
            tx.of(scope, sql).execute().await?;
        }
        Ok(())
    }

    async fn bring_back(&self, tx: &mut Tx<'_>, scope: &Scope, table: &Table, stamp: Stamp) -> StoreResult<u64> {
        let brings = format!("u.tbl = {} and u.act = {} and u.reason is null", place(table), act::BRING_BACK);
        if self.count(tx, &brings).await? == 0 {
            return Ok(0);
        }
        // What is removed in the same undo may hold what must be unique: an external id that the operation gave away.
        self.step_aside(tx, scope, table).await?;
        let mut names = vec!["organization_id"];
        let mut values = vec!["b.organization_id".to_owned()];
        for name in table.key.iter().map(|(name, _)| *name).chain(table.columns().iter().map(|column| column.name)) {
            names.push(name);
            values.push(match name {
                "version" => "b.version + 1".to_owned(),
                "updated_at" => "$3".to_owned(),
                _ => format!("b.{name}"),
            });
        }
        let dated = values.iter().any(|value| value == "$3");
        let sql = format!(
            "insert into {name} ({}) select {} from {name}_before b join undoing u on {} and {brings} \
             where b.organization_id = $1 and b.operation_id = $2",
            names.join(", "),
            values.join(", "),
            is(table, "b", "u"),
            name = table.name,
        );
        let statement = tx.of(scope, sql).bind(self.operation);
        let count = if dated { statement.bind(stamp.now).execute().await? } else { statement.execute().await? };
        let rest = format!("join undoing u on {} and {brings} where a.organization_id = $1", is(table, "a", "u"));
        tx.of(scope, table.keep("$3", &rest)).bind(stamp.operation).bind(RESTORED).execute().await?;
        Ok(count)
    }

    /// Lets go of the external ids of what is about to be removed.
    async fn step_aside(&self, tx: &mut Tx<'_>, scope: &Scope, table: &Table) -> StoreResult<()> {
        if !table.columns().iter().any(|column| column.name == "external_key") || table.name == "account_aliases" {
            return Ok(());
        }
        let sql = format!(
            "update {name} as a set external_key = null where a.organization_id = $1 and a.external_key is not null \
             and a.id in (select u.id from undoing u where u.tbl = {} and u.act = {} and u.reason is null)",
            place(table),
            act::REMOVE,
            name = table.name,
        );
        tx.of(scope, sql).execute().await?;
        Ok(())
    }

    async fn put_back(&self, tx: &mut Tx<'_>, scope: &Scope, table: &Table, stamp: Stamp) -> StoreResult<u64> {
        let bits = self.any_bits(tx, table, PUT).await?;
        if bits == 0 {
            return Ok(0);
        }
        let columns = table.columns();
        let mut sets = vec!["version = a.version + 1".to_owned()];
        let dated = columns.iter().any(|column| column.name == "updated_at");
        if dated {
            sets.push("updated_at = $3".to_owned());
        }
        for column in columns.iter().filter(|column| column.mask & bits != 0) {
            // An emptied key is not what it was: what stays is in the image that was just kept.
            sets.push(format!(
                "{name} = case when ({PUT} & {mask}) <> 0 then b.{name} else a.{name} end",
                name = column.name,
                mask = column.mask
            ));
        }
        let sql = format!(
            "update {name} as a set {} from undoing u, {name}_before b \
             where a.organization_id = $1 and {} and b.organization_id = $1 and b.operation_id = $2 and {} and {}",
            sets.join(", "),
            is(table, "a", "u"),
            is(table, "b", "u"),
            Self::puts(table),
            name = table.name,
        );
        let statement = tx.of(scope, sql).bind(self.operation);
        if dated { statement.bind(stamp.now).execute().await } else { statement.execute().await }
    }

    async fn remove(&self, tx: &mut Tx<'_>, scope: &Scope, table: &Table) -> StoreResult<u64> {
        let removes = format!("u.tbl = {} and u.act = {} and u.reason is null", place(table), act::REMOVE);
        let rows = self.count(tx, &removes).await?;
        if rows == 0 {
            return Ok(0);
        }
        // Those that foreign keys, or what must be unique, are looked up by stay.
        let needed: Vec<String> = TABLES
            .iter()
            .flat_map(|child| child.references)
            .map(|reference| format!("(organization_id, {}", reference.column))
            .collect();
        let spares = |create: &str| {
            !create.starts_with("create unique") && !needed.iter().any(|columns| create.contains(columns.as_str()))
        };
        let set_aside = match table.key.get(1) {
            None => bulk::set_indexes_aside(tx, table.name, (rows, rows.saturating_mul(2)), spares).await?,
            Some(_) => Vec::new(),
        };
        let which = match table.key.get(1) {
            None => format!("id in (select u.id from undoing u where {removes})"),
            Some((name, _)) => format!(
                "exists (select 1 from undoing u where {removes} and u.id = {table}.id and u.part = {table}.{name})",
                table = table.name
            ),
        };
        let sql = format!("delete from {} where organization_id = $1 and {which}", table.name);
        let removed = tx.of(scope, sql).execute().await?;
        for create_index in set_aside {
            tx.sql(create_index).execute().await?;
        }
        Ok(removed)
    }

    /// The records that an undo left a trace of by force get a line in their history.
    pub async fn record_overridden(
        &self,
        tx: &mut Tx<'_>,
        scope: &Scope,
        forced: Vec<super::lines::OverriddenValue>,
        ids: impl Fn() -> Uuid + Send,
        stamp: Stamp,
    ) -> StoreResult<()> {
        for one in forced {
            if let Some(history) = &one.noun.history {
                let values: (&Value, &Value) = (&one.old, &one.new);
                crate::store::records::track(tx, scope, history, (ids(), one.record), one.field, values, stamp).await?;
            }
        }
        Ok(())
    }
}
