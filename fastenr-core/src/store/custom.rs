//! The custom fields that records of a noun have.

use super::{Scope, StoreResult, Tx};
use crate::model::noun::Noun;

/// The keys of all custom fields, sorted.
pub async fn keys(tx: &mut Tx<'_>, scope: &Scope, noun: &Noun) -> StoreResult<Vec<String>> {
    let sql = format!(
        "select distinct k.key from {} a, {} where a.organization_id = $1 and a.custom_fields <> '{{}}'",
        noun.table,
        tx.engine().json_keys("a.custom_fields", "k"),
    );
    let keys: Vec<(String,)> = tx.of(scope, sql).fetch_all().await?;
    let mut keys: Vec<String> = keys.into_iter().map(|(key,)| key).collect();
    keys.sort();
    Ok(keys)
}
