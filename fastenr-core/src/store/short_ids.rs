//! Records by a part of their id.

use uuid::Uuid;

use super::{Engine, Scope, StoreResult, Tx};
use crate::model::short_id::ShortId;

/// The ids in a column of a table that begin, or else end, with the digits: at most `most`, ascending. `fixed` narrows the
/// table `a`.
pub async fn matching(
    tx: &mut Tx<'_>,
    scope: &Scope,
    (table, id, fixed): (&str, &str, &str),
    short: &ShortId,
    most: i64,
) -> StoreResult<Vec<Uuid>> {
    let (from, to) = short.range();
    let sql = format!(
        "select distinct a.{id} from {table} a \
         where a.organization_id = $1 and a.{id} >= $2 and a.{id} <= $3{fixed} order by a.{id} limit {most}"
    );
    let rows: Vec<(Uuid,)> = tx.of(scope, sql).bind(from).bind(to).fetch_all().await?;
    if !rows.is_empty() {
        return Ok(rows.into_iter().map(|(id,)| id).collect());
    }
    let length = short.digits().len();
    let end = match tx.engine() {
        Engine::Sqlite => format!("lower(substr(hex(a.{id}), -{length}))"),
        Engine::Postgres => format!("right(replace(cast(a.{id} as text), '-', ''), {length})"),
    };
    let sql = format!(
        "select distinct a.{id} from {table} a where a.organization_id = $1 and {end} = $2{fixed} order by a.{id} limit {most}"
    );
    let rows: Vec<(Uuid,)> = tx.of(scope, sql).bind(short.digits().to_owned()).fetch_all().await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
