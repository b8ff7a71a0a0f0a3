//! What an undo does, and what it leaves alone, to be told.

use futures_util::TryStreamExt;
use uuid::Uuid;

use super::gather::same;
use super::judge::holding;
use super::{PUT, Undo, act, bits, derived_kinds, is, place, reason};
use crate::model::noun::{Field, Storage, Value};
use crate::store::journal::{Column, TABLES, Table};
use crate::store::{Scope, StoreResult, Tx};

/// The records of one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableCount {
    pub table: &'static str,
    /// Put back to what they were.
    pub put_back: u64,
    /// Made by the operation, and removed.
    pub removed: u64,
    /// Deleted by it, and brought back.
    pub brought_back: u64,
    /// Left alone, wholly or in some fields.
    pub left: u64,
}

/// Something that is left alone: a field of a record, or all of it.
#[derive(Debug, Clone)]
pub struct RawConflict {
    pub table: &'static str,
    pub id: Uuid,
    /// What the record is called.
    pub label: String,
    /// Of a whole record none.
    pub column: Option<Column>,
    /// The noun's field that the column holds, if it has a noun.
    pub field: Option<&'static Field>,
    /// `changed_since`, `in_use`, `gone`, `taken` or `missing`; `erased`, which is no conflict.
    pub code: &'static str,
    /// Before the operation; what it wrote; what is there now.
    pub before: Value,
    pub wrote: Value,
    pub now: Value,
    /// The operation that came later.
    pub by: Option<Uuid>,
    /// The table whose rows hang on it, and how many.
    pub used_by: Option<(&'static str, u64)>,
}

/// What a row `x` of a table is called, as SQL.
pub(super) fn label(table: &Table) -> String {
    let account = "coalesce((select n.name from accounts n where n.organization_id = $1 and n.id = x.account_id), '')";
    match table.name {
        "users" => "x.email".to_owned(),
        "segments" | "score_models" => "x.name".to_owned(),
        "account_aliases" => "x.external_id".to_owned(),
        "health_metrics" => format!("{account} || ', ' || cast(x.metric_date as text)"),
        "account_changes" => format!("{account} || ', ' || x.field || ', ' || cast(x.effective_on as text)"),
        "metric_events" => format!("{account} || ', ' || x.event_key || ', ' || cast(x.metric_date as text)"),
        "goal_changes" => "x.field || ', ' || cast(x.effective_on as text)".to_owned(),
        "health_adjustments" => format!("{account} || ', ' || x.reason"),
        _ => match table.noun() {
            Some(noun) if noun.field("name").is_some() => "x.name".to_owned(),
            Some(noun) if noun.field("title").is_some() => "x.title".to_owned(),
            _ => account.to_owned(),
        },
    }
}

impl Undo {
    /// What becomes of the records of each table that the operation wrote.
    pub async fn counts(&self, tx: &mut Tx<'_>) -> StoreResult<Vec<TableCount>> {
        let mut all = Vec::new();
        for table in self.touched(tx).await? {
            let of = |condition: String| format!("u.tbl = {} and {condition}", place(table));
            let left = match table.derived {
                true => "1 = 0".to_owned(),
                false => format!(
                    "((u.reason is not null and u.reason <> {}) or (u.conflict | u.blocked) <> 0)",
                    reason::KEPT
                ),
            };
            let count = TableCount {
                table: table.noun().map_or(table.name, |noun| {
                    // The undo is of the whole table, of which the noun is a part.
                    if noun.fixed.is_empty() { noun.many } else { table.name }
                }),
                put_back: self
                    .count(tx, &of(format!("u.act = {} and u.reason is null and {PUT} <> 0", act::PUT_BACK)))
                    .await?,
                removed: self.count(tx, &of(format!("u.act = {} and u.reason is null", act::REMOVE))).await?,
                brought_back: self.count(tx, &of(format!("u.act = {} and u.reason is null", act::BRING_BACK))).await?,
                left: self.count(tx, &of(left)).await?,
            };
            if [count.put_back, count.removed, count.brought_back, count.left].iter().any(|count| *count > 0) {
                all.push(count);
            }
        }
        Ok(all)
    }

    /// What is left alone and why, erased fields too, at most `most` of each kind.
    pub async fn conflicts(&self, tx: &mut Tx<'_>, scope: &Scope, most: u64) -> StoreResult<Vec<RawConflict>> {
        let mut all = Vec::new();
        for table in self.touched(tx).await?.into_iter().filter(|table| !table.derived) {
            self.erased_fields(tx, scope, table, most, &mut all).await?;
            let left =
                format!("u.tbl = {} and (u.conflict <> 0 or u.blocked <> 0 or u.reason is not null)", place(table));
            if self.count(tx, &left).await? == 0 {
                continue;
            }
            for (bit, columns) in bits(table) {
                let own = table.columns().into_iter().find(|column| columns.first() == Some(&column.name));
                if let Some(column) = own {
                    self.fields_left(tx, scope, table, (bit, column), most, &mut all).await?;
                }
            }
            for why in [reason::IN_USE, reason::GONE, reason::TAKEN, reason::MISSING] {
                self.records_left(tx, scope, table, why, most, &mut all).await?;
            }
        }
        Ok(all)
    }

    async fn fields_left(
        &self,
        tx: &mut Tx<'_>,
        scope: &Scope,
        table: &'static Table,
        (bit, column): (i64, Column),
        most: u64,
        all: &mut Vec<RawConflict>,
    ) -> StoreResult<()> {
        let name = table.name;
        let later = format!(
            "l.organization_id = $1 and {} and l.version > u.version and l.operation_id <> $2 and l.changed > 0 \
             and (l.changed & {bit}) <> 0",
            is(table, "l", "u")
        );
        let sql = format!(
            "select u.id, {label}, b.{column}, \
               case when exists (select 1 from {name}_before l where {later}) \
                 then (select l.{column} from {name}_before l where {later} order by l.version, l.operation_id limit 1) \
                 else x.{column} end, \
               x.{column}, u.conflict & {bit}, \
               (select l.operation_id from {name}_before l \
                join operations o on o.organization_id = $1 and o.id = l.operation_id and o.kind not in ({derived}) \
                where {later} order by l.version desc, l.operation_id desc limit 1) \
             from undoing u join {name} x on x.organization_id = $1 and {is} \
             left join {name}_before b on b.organization_id = $1 and b.operation_id = $2 and {same} and u.act = {put} \
             where u.tbl = {place} and ((u.conflict | u.blocked) & {bit}) <> 0 \
               and (u.reason is null or u.reason = {changed}) order by u.id limit {most}",
            label = label(table),
            column = column.name,
            derived = derived_kinds(),
            is = is(table, "x", "u"),
            same = same(table, "b", "x"),
            put = act::PUT_BACK,
            place = place(table),
            changed = reason::CHANGED,
        );
        let storages = vec![
            Storage::Id,
            Storage::Text,
            column.storage,
            column.storage,
            column.storage,
            Storage::Integer,
            Storage::Id,
        ];
        let field = table.noun().and_then(|noun| noun.fields.get(bit.trailing_zeros() as usize));
        let mut rows = tx.of(scope, sql).bind(self.operation).fetch_values(storages)?;
        while let Some(row) = rows.try_next().await? {
            let Ok([Value::Id(id), label, before, wrote, now, conflict, by]) = <[Value; 7]>::try_from(row) else {
                continue;
            };
            all.push(RawConflict {
                table: name,
                id,
                label: text(label),
                column: Some(column),
                field,
                code: if conflict == Value::Integer(0) { "taken" } else { "changed_since" },
                before,
                wrote,
                now,
                by: match by {
                    Value::Id(by) => Some(by),
                    _ => None,
                },
                used_by: None,
            });
        }
        Ok(())
    }

    async fn records_left(
        &self,
        tx: &mut Tx<'_>,
        scope: &Scope,
        table: &'static Table,
        why: i64,
        most: u64,
        all: &mut Vec<RawConflict>,
    ) -> StoreResult<()> {
        let name = table.name;
        // What is there has a name of its own; of the rest the image tells it.
        let from = match why {
            reason::IN_USE => format!("{name} x on x.organization_id = $1"),
            _ => format!("{name}_before x on x.organization_id = $1 and x.operation_id = $2"),
        };
        let sql = format!(
            "select u.id, {} from undoing u join {from} and {} where u.tbl = {} and u.reason = {why} order by u.id limit {most}",
            label(table),
            is(table, "x", "u"),
            place(table),
        );
        let statement = tx.of(scope, sql);
        let statement = if why == reason::IN_USE { statement } else { statement.bind(self.operation) };
        let rows: Vec<(Uuid, String)> = statement.fetch_all().await?;
        for (id, label) in rows {
            let used_by = if why == reason::IN_USE { self.used_by(tx, scope, table, id).await? } else { None };
            all.push(RawConflict {
                table: name,
                id,
                label,
                column: None,
                field: None,
                code: match why {
                    reason::IN_USE => "in_use",
                    reason::GONE => "gone",
                    reason::TAKEN => "taken",
                    _ => "missing",
                },
                before: Value::Null,
                wrote: Value::Null,
                now: Value::Null,
                by: used_by.and_then(|(_, _, by)| by),
                used_by: used_by.map(|(table, count, _)| (table, count)),
            });
        }
        Ok(())
    }

    /// The first table whose rows hang on a record, how many of them there are, and the latest operation that made one.
    async fn used_by(
        &self,
        tx: &mut Tx<'_>,
        scope: &Scope,
        table: &Table,
        id: Uuid,
    ) -> StoreResult<Option<(&'static str, u64, Option<Uuid>)>> {
        for child in TABLES.iter() {
            for reference in child.references.iter().filter(|reference| reference.to == table.name) {
                let Some(which) = holding(child, reference) else { continue };
                let leaving = format!(
                    "not exists (select 1 from undoing u where u.tbl = {} and {} and u.act = {} and u.reason is null)",
                    place(child),
                    is(child, "c", "u"),
                    act::REMOVE
                );
                let rows = format!(
                    "from {} c where c.organization_id = $1 and c.{} = $2{which} and {leaving}",
                    child.name, reference.column
                );
                let sql = format!(
                    "select count(*), (select c.created_by_operation {rows} and c.created_by_operation is not null \
                       order by c.id desc limit 1) {rows}"
                );
                let (count, by): (i64, Option<Uuid>) = tx.of(scope, sql).bind(id).fetch_one().await?;
                if count > 0 {
                    return Ok(Some((child.name, u64::try_from(count).unwrap_or(0), by)));
                }
            }
        }
        Ok(None)
    }
}

fn text(value: Value) -> String {
    match value {
        Value::Text(text) => text,
        _ => String::new(),
    }
}
