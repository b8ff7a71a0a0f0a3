//! Writing single records of any noun: what the table of its fields says, with the journal.
//!
//! Bulk writes of the same shape are in [`super::staging`].

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::journal::DELETED;
use super::query::Query;
use super::{Scope, StoreResult, Tx};
use crate::model::noun::{Dependent, Field, History, Noun, Storage, Value};

/// A field and what it is to hold.
pub type Assignment = (&'static Field, Value);

/// The columns an assignment writes: its own and those that follow it.
pub(super) fn columns(noun: &'static Noun, (field, value): &Assignment) -> Vec<(&'static str, Storage, Value)> {
    let mut columns = vec![(field.column, field.meaning.storage(), value.clone())];
    for derived in noun.derived_from(field.name) {
        let computed = match value {
            Value::Text(text) => Value::Text((derived.compute)(text)),
            _ => Value::Null,
        };
        columns.push((derived.column, Storage::Text, computed));
    }
    columns
}

/// Who did it, when.
#[derive(Debug, Clone, Copy)]
pub struct Stamp {
    pub operation: Uuid,
    pub now: DateTime<Utc>,
    /// The day from which tracked changes count.
    pub effective_on: NaiveDate,
    /// Who acts.
    pub user: Uuid,
}

/// What a new record has in this field where nothing is said: SQL, in which `$now`, `$today` and `$user` are bound.
pub(super) fn default_of(query: &mut Query, field: &Field, stamp: Stamp) -> Option<String> {
    Some(match field.default? {
        "$now" => query.value(Storage::Instant, Value::Instant(stamp.now)),
        "$today" => query.value(Storage::Date, Value::Date(stamp.effective_on)),
        "$user" => query.value(Storage::Id, Value::Id(stamp.user)),
        sql => sql.to_owned(),
    })
}

/// Which of these keys records of the noun bear in the column.
pub async fn borne(
    tx: &mut Tx<'_>,
    scope: &Scope,
    noun: &Noun,
    column: &str,
    keys: Vec<String>,
) -> StoreResult<Vec<String>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Query::new(format!("select distinct {column} from {} where organization_id = $1", noun.table));
    query.and_in(column, keys.into_iter().map(|key| (Storage::Text, Value::Text(key))));
    let (sql, values) = query.into_parts();
    let rows: Vec<(String,)> = Query::bind(values, tx.of(scope, sql)).fetch_all().await?;
    Ok(rows.into_iter().map(|(key,)| key).collect())
}

/// Makes a record. Fields left out take the column's default. Creation is not journaled: the row names its operation.
pub async fn insert(
    tx: &mut Tx<'_>,
    scope: &Scope,
    noun: &'static Noun,
    id: Uuid,
    values: &[Assignment],
    stamp: Stamp,
) -> StoreResult<()> {
    let mut query = Query::new(String::new());
    let mut names = vec!["organization_id", "id"];
    let mut places = vec!["$1".to_owned(), query.value(Storage::Id, Value::Id(id))];
    for assignment in values {
        for (column, storage, value) in columns(noun, assignment) {
            names.push(column);
            places.push(query.value(storage, value));
        }
    }
    let unsaid: Vec<&Field> = noun.fields.iter().filter(|field| !names.contains(&field.column)).collect();
    for field in unsaid {
        if let Some(default) = default_of(&mut query, field, stamp) {
            names.push(field.column);
            places.push(default);
        }
    }
    for (column, sql) in noun.fixed {
        names.push(column);
        places.push((*sql).to_owned());
    }
    names.extend(["created_by_operation", "updated_at"]);
    places.push(query.value(Storage::Id, Value::Id(stamp.operation)));
    places.push(query.value(Storage::Instant, Value::Instant(stamp.now)));
    let (_, values) = query.into_parts();
    let text = format!("insert into {} ({}) values ({})", noun.table, names.join(", "), places.join(", "));
    Query::bind(values, tx.of(scope, text)).execute().await?;
    Ok(())
}

/// Keeps the row as it is and the bits of what is about to change, for an undo.
pub async fn keep_before(
    tx: &mut Tx<'_>,
    scope: &Scope,
    noun: &'static Noun,
    id: Uuid,
    changed: i64,
    operation: Uuid,
) -> StoreResult<()> {
    let columns = before_columns(noun).join(", ");
    let table = noun.table;
    let sql = format!(
        "insert into {table}_before (organization_id, operation_id, id, changed, {columns}) \
         select organization_id, $2, id, $3, {columns} from {table} where organization_id = $1 and id = $4{}",
        noun.fixed_condition(table)
    );
    tx.of(scope, sql).bind(operation).bind(changed).bind(id).execute().await?;
    Ok(())
}

/// The columns of a before-image, beyond its key and mask.
pub(super) fn before_columns(noun: &'static Noun) -> Vec<&'static str> {
    let fields = noun.fields.iter().filter(|field| field.writable()).map(|field| field.column);
    let derived = noun.derived.iter().map(|derived| derived.column);
    let fixed = noun.fixed.iter().map(|(column, _)| *column);
    fields.chain(derived).chain(fixed).chain(noun.kept.iter().copied()).collect()
}

/// Removes a record that stands at `version`; 0 rows when it has moved on. Its before-image must be kept before.
pub async fn delete(tx: &mut Tx<'_>, scope: &Scope, noun: &'static Noun, id: Uuid, version: i64) -> StoreResult<u64> {
    let sql = format!(
        "delete from {table} where organization_id = $1 and id = $2 and version = $3{}",
        noun.fixed_condition(noun.table),
        table = noun.table
    );
    tx.of(scope, sql).bind(id).bind(version).execute().await
}

/// Removes what hangs on a record, with before-images: how many records went.
pub async fn delete_dependents(
    tx: &mut Tx<'_>,
    scope: &Scope,
    dependent: &Dependent,
    id: Uuid,
    operation: Uuid,
) -> StoreResult<u64> {
    let Dependent { noun, column } = dependent;
    let (table, columns) = (noun.table, before_columns(noun).join(", "));
    let sql = format!(
        "insert into {table}_before (organization_id, operation_id, id, changed, {columns}) \
         select organization_id, $2, id, $3, {columns} from {table} where organization_id = $1 and {column} = $4"
    );
    tx.of(scope, sql).bind(operation).bind(DELETED).bind(id).execute().await?;
    let sql = format!("delete from {table} where organization_id = $1 and {column} = $2");
    tx.of(scope, sql).bind(id).execute().await
}

/// Changes a record that stands at `version`; 0 rows when it has moved on.
pub async fn update(
    tx: &mut Tx<'_>,
    scope: &Scope,
    noun: &'static Noun,
    id: Uuid,
    version: i64,
    values: &[Assignment],
    now: DateTime<Utc>,
) -> StoreResult<u64> {
    let mut query = Query::new(format!("update {} set version = version + 1", noun.table));
    for assignment in values {
        for (column, storage, value) in columns(noun, assignment) {
            let place = query.value(storage, value);
            query.push(&format!(", {column} = {place}"));
        }
    }
    let at = query.value(Storage::Instant, Value::Instant(now));
    let id = query.value(Storage::Id, Value::Id(id));
    let version = query.integer(version);
    let fixed = noun.fixed_condition(noun.table);
    query.push(&format!(", updated_at = {at} where organization_id = $1 and id = {id} and version = {version}{fixed}"));
    let (text, values) = query.into_parts();
    Query::bind(values, tx.of(scope, text)).execute().await
}

/// One line of the dated history of a record, under an id of its own.
pub async fn track(
    tx: &mut Tx<'_>,
    scope: &Scope,
    history: &History,
    (id, record): (Uuid, Uuid),
    field: &Field,
    (old, new): (&Value, &Value),
    stamp: Stamp,
) -> StoreResult<()> {
    let text = |value: &Value| (!value.is_null()).then(|| value.journal().into_owned());
    let sql = format!(
        "insert into {} (organization_id, id, {}, field, effective_on, created_by_operation, kind, old_value, new_value, \
         created_at, updated_at) values ($1, $2, $3, $4, $5, $6, 'change', $7, $8, $9, $9)",
        history.table, history.record
    );
    tx.of(scope, sql)
        .bind(id)
        .bind(record)
        .bind(field.name.to_owned())
        .bind(stamp.effective_on)
        .bind(stamp.operation)
        .bind(text(old))
        .bind(text(new))
        .bind(stamp.now)
        .execute()
        .await?;
    Ok(())
}

/// Says of a line of the history that it puts right what stood before it.
pub async fn mark_correction(tx: &mut Tx<'_>, scope: &Scope, history: &History, id: Uuid) -> StoreResult<u64> {
    let sql = format!("update {} set kind = 'correction' where organization_id = $1 and id = $2", history.table);
    tx.of(scope, sql).bind(id).execute().await
}

/// Who set a record's status: a person, an import, the model or a rule.
pub async fn set_status_source(
    tx: &mut Tx<'_>,
    scope: &Scope,
    noun: &'static Noun,
    id: Uuid,
    source: &str,
) -> StoreResult<u64> {
    let sql = format!("update {} set status_source = $3 where organization_id = $1 and id = $2", noun.table);
    tx.of(scope, sql).bind(id).bind(source.to_owned()).execute().await
}
