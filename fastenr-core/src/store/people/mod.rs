//! Where a person stands: rows of any table whose texts may name them, and writing those texts anew, in before-images too.

mod columns;

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use uuid::Uuid;

pub use columns::{Holds, OWN_COLUMNS, TEXT_COLUMNS, TextColumns};

use super::journal::Table;
use super::query::Query;
use super::{Scope, StoreResult, Tx};
use crate::model::noun::{Storage, Value};

/// A table that is searched, or its before-images.
#[derive(Clone)]
pub struct SearchedTable {
    /// As the database calls it.
    pub name: String,
    /// Of before-images the table that they are of.
    pub of: &'static TextColumns,
    pub images: bool,
    pub key: Vec<(&'static str, Storage)>,
    /// Those that are searched.
    pub columns: Vec<(&'static str, Holds)>,
}

/// A row, as [`SearchedTable`] names its columns.
#[derive(Debug, Clone)]
pub struct SearchedRow {
    pub key: Vec<Value>,
    pub account: Option<Uuid>,
    /// The contact or user that it is about.
    pub subject: Option<Uuid>,
    pub texts: Vec<Option<String>>,
}

/// A contact or a user, as it is or as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    pub id: Uuid,
    pub email: Option<String>,
    pub name: String,
    pub phone: Option<String>,
    pub account: Option<Uuid>,
    /// It is a user of today who can act.
    pub active: bool,
}

/// All tables that are searched, each followed by its before-images.
pub fn searched_tables() -> Vec<SearchedTable> {
    let mut all = Vec::new();
    for of in TEXT_COLUMNS {
        let columns: Vec<(&'static str, Holds)> =
            of.columns.iter().copied().filter(|(_, holds)| holds.is_searched()).collect();
        if columns.is_empty() {
            continue;
        }
        let journaled = Table::find(of.table);
        let key: Vec<(&'static str, Storage)> = match journaled {
            Some(table) => table.key.to_vec(),
            None => of
                .key
                .iter()
                .map(|name| (*name, if *name == "idempotency_key" { Storage::Text } else { Storage::Id }))
                .collect(),
        };
        let live = SearchedTable { name: of.table.to_owned(), of, images: false, key, columns };
        if journaled.is_some() {
            let mut images = SearchedTable { name: format!("{}_before", of.table), images: true, ..live.clone() };
            images.key.insert(0, ("operation_id", Storage::Id));
            all.extend([live, images]);
        } else {
            all.push(live);
        }
    }
    all
}

impl SearchedTable {
    pub fn is_journaled(&self) -> bool {
        Table::find(self.of.table).is_some()
    }

    /// The record that a row is of.
    pub fn record(&self, row: &SearchedRow) -> Uuid {
        match row.key.get(usize::from(self.images)) {
            Some(Value::Id(id)) => *id,
            _ => Uuid::nil(),
        }
    }

    /// The second part of its key, where there is one.
    pub fn part(&self, row: &SearchedRow) -> String {
        match row.key.get(usize::from(self.images) + 1) {
            Some(Value::Text(part)) => part.clone(),
            _ => String::new(),
        }
    }

    pub fn place_of(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|(name, _)| *name == column)
    }
}

/// The rows that have one of `fragments`, in ASCII letters of any case, in a searched column, or are about one of `subjects`; of
/// these the ones that `keep` wants. Without fragments every row is asked about.
pub async fn search(
    tx: &mut Tx<'_>,
    scope: &Scope,
    table: &SearchedTable,
    fragments: Option<&[&str]>,
    subjects: &[Uuid],
    keep: impl Fn(&SearchedRow) -> bool + Send,
) -> StoreResult<Vec<SearchedRow>> {
    let engine = tx.engine();
    let account = if table.of.account.is_empty() { "null" } else { table.of.account };
    let subject = if table.of.subject.is_empty() { "null" } else { table.of.subject };
    let id = |sql: &str| {
        if sql == "null" { format!("cast(null as {})", engine.column_type(Storage::Id)) } else { sql.to_owned() }
    };
    let keys = table.key.iter().map(|(name, _)| format!("a.{name}"));
    let selected: Vec<String> = keys
        .chain([id(account), id(subject)])
        .chain(table.columns.iter().map(|(name, _)| format!("a.{name}")))
        .collect();
    let mut query =
        Query::new(format!("select {} from {} a where a.organization_id = $1", selected.join(", "), table.name));
    if let Some(fragments) = fragments {
        let mut ways: Vec<String> = Vec::new();
        for fragment in fragments {
            let place = query.text(format!("%{fragment}%"));
            ways.extend(
                table
                    .columns
                    .iter()
                    .map(|(name, _)| format!("{} like {place}", engine.ascii_lower(&format!("a.{name}")))),
            );
        }
        if !table.of.subject.is_empty() {
            for subject in subjects {
                let place = query.value(Storage::Id, Value::Id(*subject));
                ways.push(format!("{} = {place}", table.of.subject));
            }
        }
        let any = if ways.is_empty() { "1 = 0".to_owned() } else { ways.join(" or ") };
        query.and(&format!("({any})"));
    }
    let (sql, values) = query.into_parts();
    let storages: Vec<Storage> = table
        .key
        .iter()
        .map(|(_, storage)| *storage)
        .chain([Storage::Id, Storage::Id])
        .chain(table.columns.iter().map(|_| Storage::Text))
        .collect();
    let mut rows = Query::bind(values, tx.of(scope, sql)).fetch_values(storages)?;
    let mut found = Vec::new();
    while let Some(mut row) = rows.try_next().await? {
        let texts = row.split_off(table.key.len() + 2);
        let (subject, account) = (uuid(row.pop()), uuid(row.pop()));
        let row = SearchedRow { key: row, account, subject, texts: texts.into_iter().map(text).collect() };
        if keep(&row) {
            found.push(row);
        }
    }
    Ok(found)
}

fn uuid(value: Option<Value>) -> Option<Uuid> {
    match value {
        Some(Value::Id(id)) => Some(id),
        _ => None,
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// The contacts, or else the users, with one of these addresses, in lower case, or these ids: as they are and as they were.
pub async fn people(
    tx: &mut Tx<'_>,
    scope: &Scope,
    contacts: bool,
    addresses: &[String],
    ids: &[Uuid],
) -> StoreResult<Vec<PersonRow>> {
    let mut all = Vec::new();
    if addresses.is_empty() && ids.is_empty() {
        return Ok(all);
    }
    let (name, own, storages) = match contacts {
        true => ("contacts", "a.phone, a.account_id", [Storage::Text, Storage::Id]),
        false => ("users", "a.role, a.deactivated_at", [Storage::Text, Storage::Instant]),
    };
    for (table, live) in [(name.to_owned(), true), (format!("{name}_before"), false)] {
        let mut query = Query::new(format!(
            "select a.id, a.email, a.name, {own} from {table} a where a.organization_id = $1 and ("
        ));
        let mut ways: Vec<String> = Vec::new();
        for address in addresses {
            ways.push(format!("a.email = {}", query.text(address.clone())));
        }
        for id in ids {
            ways.push(format!("a.id = {}", query.value(Storage::Id, Value::Id(*id))));
        }
        query.push(&ways.join(" or "));
        query.push(") order by a.id");
        let (sql, values) = query.into_parts();
        let storages = [&[Storage::Id, Storage::Text, Storage::Text][..], &storages].concat();
        let mut rows = Query::bind(values, tx.of(scope, sql)).fetch_values(storages)?;
        while let Some(row) = rows.try_next().await? {
            let Ok([Value::Id(id), email, name, phone, last]) = <[Value; 5]>::try_from(row) else { continue };
            all.push(PersonRow {
                id,
                email: text(email),
                name: text(name).unwrap_or_default(),
                phone: text(phone).filter(|_| contacts),
                account: uuid(Some(last.clone())),
                active: !contacts && live && last.is_null(),
            });
        }
    }
    Ok(all)
}

/// Writes some texts of a row anew. A record becomes a later version.
pub async fn rewrite(
    tx: &mut Tx<'_>,
    scope: &Scope,
    table: &SearchedTable,
    row: &SearchedRow,
    texts: &[(&'static str, Option<String>)],
    now: DateTime<Utc>,
) -> StoreResult<u64> {
    let mut query = Query::new(String::new());
    let mut sets: Vec<String> = Vec::new();
    for (column, text) in texts {
        let value = text.clone().map_or(Value::Null, Value::Text);
        sets.push(format!("{column} = {}", query.value(Storage::Text, value)));
    }
    if let Some(journaled) = Table::find(table.of.table).filter(|_| !table.images) {
        sets.push("version = version + 1".to_owned());
        if journaled.columns().iter().any(|column| column.name == "updated_at") {
            sets.push(format!("updated_at = {}", query.value(Storage::Instant, Value::Instant(now))));
        }
    }
    let mut sql = format!("update {} set {} where organization_id = $1", table.name, sets.join(", "));
    held(&mut query, &mut sql, table, row);
    let (_, values) = query.into_parts();
    Query::bind(values, tx.of(scope, sql)).execute().await
}

/// Lets a row go.
pub async fn delete(tx: &mut Tx<'_>, scope: &Scope, table: &SearchedTable, row: &SearchedRow) -> StoreResult<u64> {
    let mut query = Query::new(String::new());
    let mut sql = format!("delete from {} where organization_id = $1", table.name);
    held(&mut query, &mut sql, table, row);
    let (_, values) = query.into_parts();
    Query::bind(values, tx.of(scope, sql)).execute().await
}

fn held(query: &mut Query, sql: &mut String, table: &SearchedTable, row: &SearchedRow) {
    for ((name, storage), value) in table.key.iter().zip(&row.key) {
        let _ = write!(sql, " and {name} = {}", query.value(*storage, value.clone()));
    }
}

/// Fields of a record that were erased, as bits of the journal's masks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErasedRecord {
    pub table: &'static str,
    pub id: Uuid,
    /// The second part of its key, or nothing.
    pub part: String,
}

/// Notes which fields of a record were erased, for undos to come.
pub async fn mark(
    tx: &mut Tx<'_>,
    scope: &Scope,
    operation: Uuid,
    record: &ErasedRecord,
    fields: i64,
) -> StoreResult<u64> {
    let sql = "insert into erased_fields (organization_id, operation_id, noun, id, part, fields) values ($1, $2, $3, $4, $5, $6)";
    let statement = tx.of(scope, sql).bind(operation).bind(record.table.to_owned()).bind(record.id);
    statement.bind(record.part.clone()).bind(fields).execute().await
}

/// The bits of a journaled table's columns.
pub fn mask(table: &str, columns: &[&str]) -> i64 {
    Table::find(table).map_or(0, |table| table.mask(columns))
}
