//! Reading records of the nouns that belong to an account, as their tables of fields say.

use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use uuid::Uuid;

use super::keyset::{Keyset, is_full};
use super::query::Query;
use super::{Engine, Scope, StoreResult, Tx};
use crate::model::cursor::Seek;
use crate::model::entry::Entry;
use crate::model::filter::Archived;
use crate::model::name_key;
use crate::model::noun::{Field, Meaning, Noun, Storage, Value};
use crate::model::selection::{Condition, Order, Selection};

/// The columns of a select, and how each is read; a field that names a record has a second one with its label.
struct Columns {
    sql: Vec<String>,
    storages: Vec<Storage>,
    labelled: Vec<usize>,
}

fn columns(noun: &'static Noun) -> Columns {
    let mut columns = Columns { sql: Vec::new(), storages: Vec::new(), labelled: Vec::new() };
    for field in noun.fields {
        columns.sql.push(match (field.name, field.sql) {
            (_, Some(sql)) => sql.to_owned(),
            ("account_name", None) => "acc.name".to_owned(),
            _ => format!("a.{}", field.column),
        });
        columns.storages.push(field.meaning.storage());
    }
    for (place, field) in noun.fields.iter().enumerate() {
        match field.meaning {
            Meaning::User | Meaning::Author => columns.sql.push(format!("{}.email", joined(field))),
            Meaning::Account => columns.sql.push("acc.external_id".to_owned()),
            _ => continue,
        }
        columns.storages.push(Storage::Text);
        columns.labelled.push(place);
    }
    columns
}

/// What the user of a field is called in the select.
fn joined(field: &Field) -> String {
    format!("u_{}", field.name)
}

/// `from … where` of a noun: its rows, their accounts and their users, all of one organization.
pub(super) fn from(noun: &'static Noun) -> String {
    let mut sql =
        format!(" from {} a join accounts acc on acc.organization_id = $1 and acc.id = a.account_id", noun.table);
    for field in noun.fields {
        if matches!(field.meaning, Meaning::User | Meaning::Author) {
            let user = joined(field);
            sql.push_str(&format!(
                " left join users {user} on {user}.organization_id = $1 and {user}.id = a.{}",
                field.column
            ));
        }
    }
    sql.push_str(" where a.organization_id = $1");
    sql.push_str(&noun.fixed_condition("a"));
    sql
}

fn select(noun: &'static Noun) -> (String, Columns) {
    let columns = columns(noun);
    (format!("select {}{}", columns.sql.join(", "), from(noun)), columns)
}

fn entry(noun: &'static Noun, labelled: &[usize], mut values: Vec<Value>) -> Entry {
    let labels = values.split_off(noun.fields.len());
    let labels = labelled.iter().zip(labels).filter_map(|(place, label)| {
        let label = match (label, &values[*place]) {
            (Value::Text(label), _) => label,
            // An account without an external id is called by its id.
            (_, Value::Id(id)) => id.to_string(),
            _ => return None,
        };
        Some((*place, label))
    });
    let labels = labels.collect();
    Entry::new(noun, values, labels)
}

pub(super) fn narrow(query: &mut Query, engine: Engine, selection: &Selection) {
    match selection.archived {
        Archived::Without => query.and("acc.archived_at is null"),
        Archived::Only => query.and("acc.archived_at is not null"),
        Archived::With => {}
    }
    for condition in &selection.conditions {
        match condition {
            Condition::In(sql, storage, values) => {
                query.and_in(sql, values.iter().map(|value| (*storage, value.clone())));
            }
            Condition::AtLeast(sql, storage, value) => compare(query, sql, ">=", *storage, value),
            Condition::Below(sql, storage, value) => compare(query, sql, "<", *storage, value),
            Condition::AtMost(sql, storage, value) => compare(query, sql, "<=", *storage, value),
            Condition::Is(sql) => query.and(&format!("({sql})")),
            Condition::With(sql, storage, value) => {
                let place = query.value(*storage, value.clone());
                query.and(&format!("({})", sql.replace("{}", &place)));
            }
            Condition::Member(key, text) => {
                let key = query.text(key);
                let place = query.text(text);
                query.and(&format!("{} = {place}", engine.json_member("a.custom_fields", &key)));
            }
            Condition::Accounts(filter) => super::accounts::and_of(query, engine, "a.account_id", filter),
            Condition::Tag(tag) => {
                let quoted = serde_json::Value::String(tag.to_ascii_lowercase()).to_string();
                let place = query.text(format!("%{}%", escape_like(&quoted)));
                query.and(&format!("lower(a.tags) like {place} escape '\\'"));
            }
            Condition::Words(columns, text) => {
                for word in text.split_whitespace() {
                    let place = query.text(format!("%{}%", escape_like(&name_key(word))));
                    let any: Vec<String> =
                        columns.iter().map(|column| format!("{column} like {place} escape '\\'")).collect();
                    query.and(&format!("({})", any.join(" or ")));
                }
            }
        }
    }
}

fn compare(query: &mut Query, sql: &str, operator: &str, storage: Storage, value: &Value) {
    let place = query.value(storage, value.clone());
    query.and(&format!("{sql} {operator} {place}"));
}

pub(super) fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// A missing value sorts lowest; the id settles what is equal.
fn keyset(order: Order) -> Keyset {
    let Order { sort, descending } = order;
    Keyset::new(sort.sql, sort.storage, sort.nullable, "a.id", descending)
}

/// One part of the list.
pub async fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    noun: &'static Noun,
    selection: &Selection,
    sort: Order,
    seek: impl Into<Seek>,
) -> StoreResult<Vec<Entry>> {
    Ok(list_placed(tx, scope, noun, selection, sort, seek).await?.into_iter().map(|(entry, _)| entry).collect())
}

/// The same, each with the value it is sorted by.
pub async fn list_placed(
    tx: &mut Tx<'_>,
    scope: &Scope,
    noun: &'static Noun,
    selection: &Selection,
    sort: Order,
    seek: impl Into<Seek>,
) -> StoreResult<Vec<(Entry, Value)>> {
    let (keyset, seek) = (keyset(sort), seek.into());
    let mut rows: Vec<(Entry, Value)> = Vec::new();
    for range in keyset.ranges(&seek) {
        if is_full(&seek, rows.len()) {
            break;
        }
        let Columns { sql, mut storages, labelled } = columns(noun);
        storages.push(sort.sort.storage);
        let mut query = Query::new(format!("select {}, {}{}", sql.join(", "), sort.sort.sql, from(noun)));
        narrow(&mut query, tx.engine(), selection);
        keyset.hold(&mut query, range);
        keyset.close(&mut query, &seek, rows.len());
        let (text, values) = query.into_parts();
        let mut found = Query::bind(values, tx.of(scope, text)).fetch_values(storages)?;
        while let Some(mut values) = found.try_next().await? {
            let place = values.pop().unwrap_or_default();
            rows.push((entry(noun, &labelled, values), place));
        }
    }
    Ok(rows)
}

/// All of them, as they come, in flat memory.
pub fn stream<'t>(
    tx: &'t mut Tx<'_>,
    scope: &Scope,
    noun: &'static Noun,
    selection: &Selection,
    sort: Order,
) -> StoreResult<BoxStream<'t, StoreResult<Entry>>> {
    let (text, columns) = select(noun);
    let mut query = Query::new(text);
    narrow(&mut query, tx.engine(), selection);
    query.push(&keyset(sort).order());
    read(tx, scope, noun, query, columns)
}

/// These columns of all of them, in no order: what a report counts. SQL speaks of the record as `a`, of its account as
/// `acc`.
pub fn facts<'t>(
    tx: &'t mut Tx<'_>,
    scope: &Scope,
    noun: &'static Noun,
    selection: &Selection,
    columns: &[(&'static str, Storage)],
) -> StoreResult<BoxStream<'t, StoreResult<Vec<Value>>>> {
    let sql: Vec<&str> = columns.iter().map(|(sql, _)| *sql).collect();
    let mut query = Query::new(format!("select {}{}", sql.join(", "), from(noun)));
    narrow(&mut query, tx.engine(), selection);
    let (text, values) = query.into_parts();
    Query::bind(values, tx.of(scope, text)).fetch_values(columns.iter().map(|(_, storage)| *storage).collect())
}

fn read<'t>(
    tx: &'t mut Tx<'_>,
    scope: &Scope,
    noun: &'static Noun,
    query: Query,
    columns: Columns,
) -> StoreResult<BoxStream<'t, StoreResult<Entry>>> {
    let (text, values) = query.into_parts();
    let Columns { storages, labelled, .. } = columns;
    let rows = Query::bind(values, tx.of(scope, text)).fetch_values(storages)?;
    Ok(rows.map_ok(move |values| entry(noun, &labelled, values)).boxed())
}

pub async fn count(tx: &mut Tx<'_>, scope: &Scope, noun: &'static Noun, selection: &Selection) -> StoreResult<u64> {
    let mut query = Query::new(format!("select count(*){}", from(noun)));
    narrow(&mut query, tx.engine(), selection);
    let (text, values) = query.into_parts();
    let (count,): (i64,) = Query::bind(values, tx.of(scope, text)).fetch_one().await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Whether there is any at all, of archived accounts too.
pub async fn any(tx: &mut Tx<'_>, scope: &Scope, noun: &'static Noun) -> StoreResult<bool> {
    let sql = format!(
        "select a.version from {} a where a.organization_id = $1{} limit 1",
        noun.table,
        noun.fixed_condition("a")
    );
    let row: Option<(i64,)> = tx.of(scope, sql).fetch_optional().await?;
    Ok(row.is_some())
}

pub async fn get(tx: &mut Tx<'_>, scope: &Scope, noun: &'static Noun, id: Uuid) -> StoreResult<Option<Entry>> {
    let found = matching(tx, scope, noun, &[("a.id", Storage::Id, Value::Id(id))], 1).await?;
    Ok(found.into_iter().next())
}

/// By columns that equal these values, at most `most`, of archived accounts too.
pub async fn matching(
    tx: &mut Tx<'_>,
    scope: &Scope,
    noun: &'static Noun,
    columns: &[(&str, Storage, Value)],
    most: i64,
) -> StoreResult<Vec<Entry>> {
    let (text, read_as) = select(noun);
    let mut query = Query::new(text);
    for (column, storage, value) in columns {
        compare(&mut query, column, "=", *storage, value);
    }
    let most = query.integer(most);
    query.push(&format!(" order by a.id limit {most}"));
    read(tx, scope, noun, query, read_as)?.try_collect().await
}

/// Names or titles that begin alike, for an error that offers the nearest; none for a noun without them.
pub async fn titles_like(
    tx: &mut Tx<'_>,
    scope: &Scope,
    noun: &'static Noun,
    text: &str,
    most: i64,
) -> StoreResult<Vec<String>> {
    let Some(column) = ["name", "title"]
        .into_iter()
        .find(|name| noun.field(name).is_some_and(|(_, field)| field.meaning == Meaning::Title))
    else {
        return Ok(Vec::new());
    };
    let start: String = text.chars().take(2).collect::<String>().to_ascii_lowercase();
    let sql = format!(
        "select a.{column} from {} a where a.organization_id = $1 and lower(a.{column}) like $2 escape '\\' \
         order by a.id desc limit $3",
        noun.table
    );
    let pattern = format!("{}%", escape_like(&start));
    let rows: Vec<(String,)> = tx.of(scope, sql).bind(pattern).bind(most).fetch_all().await?;
    Ok(rows.into_iter().map(|(title,)| title).collect())
}
