//! Filters that few records pass, in large tables.
//!
//! A planner does not know how many records pass a range, or two filters together. Where it guesses too many it walks the order of the
//! list and looks at every record on the way: seconds for a page with a few rows. So in a large table the records are looked for without
//! the order first; where they are few, the list is made of them alone.

use uuid::Uuid;

use super::lists::ListedRecord;
use super::narrow::narrow;
use super::query::Query;
use super::{Engine, Scope, StoreResult, Tx};
use crate::model::filter::Archived;
use crate::model::noun::{Noun, Storage, Value};
use crate::model::selection::{Condition, Selection};

/// With more records than this the order is walked: it meets a page of them soon.
const FEW: usize = 1_000;

/// Bytes of a record, about.
const ROW: u64 = 400;

/// The same records by their ids, where the table is large and no more than [`FEW`] of them pass.
pub(super) async fn few<T: ListedRecord>(
    tx: &mut Tx<'_>,
    scope: &Scope,
    noun: &'static Noun,
    selection: &Selection,
) -> StoreResult<Option<Selection>> {
    let by_id = |condition: &Condition| matches!(condition, Condition::In(sql, Storage::Id, _) if sql == "a.id");
    let filters = !selection.conditions.is_empty() || selection.archived == Archived::Only;
    if !filters || selection.conditions.iter().any(by_id) || !is_large(tx, noun).await? {
        return Ok(None);
    }
    let mut query = Query::new(format!("select a.id{}", T::counted(noun)));
    narrow(&mut query, tx.engine(), noun, selection);
    let limit = query.integer(i64::try_from(FEW).unwrap_or(i64::MAX) + 1);
    query.push(&format!(" limit {limit}"));
    let (text, values) = query.into_parts();
    let rows: Vec<(Uuid,)> = Query::bind(values, tx.of(scope, text)).fetch_all().await?;
    if rows.len() > FEW {
        return Ok(None);
    }
    let mut ids: Vec<Uuid> = rows.into_iter().map(|(id,)| id).collect();
    if let Some(last) = ids.last().copied() {
        // A statement for each number of ids would crowd out the others that are prepared.
        ids.resize(ids.len().next_power_of_two(), last);
    } else {
        // No record has it: an empty list would not filter.
        ids.push(Uuid::nil());
    }
    let values = ids.into_iter().map(Value::Id).collect();
    let conditions = vec![Condition::In("a.id".into(), Storage::Id, values)];
    Ok(Some(Selection { conditions, archived: Archived::With, ..Selection::default() }))
}

/// Whether walking all of the table takes long; told at the price of one look.
async fn is_large(tx: &mut Tx<'_>, noun: &Noun) -> StoreResult<bool> {
    let least = tx.large().saturating_mul(ROW);
    let (bytes,): (i64,) = match tx.engine() {
        // SQLite knows how large the file is, which no table in it exceeds.
        Engine::Sqlite => {
            let sql = "select p.page_count * s.page_size from pragma_page_count() p, pragma_page_size() s";
            tx.sql(sql).fetch_one().await?
        }
        Engine::Postgres => {
            let sql = "select pg_relation_size(cast(cast($1 as text) as regclass))";
            tx.sql(sql).bind(noun.table.to_owned()).fetch_one().await?
        }
    };
    Ok(u64::try_from(bytes).unwrap_or(0) >= least)
}
