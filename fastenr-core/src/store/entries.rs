//! Reading records of the nouns that belong to an account, as their tables of fields say.

use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use uuid::Uuid;

use super::lists::ListedRecord;
use super::narrow::{compare, escape_like, narrow};
use super::query::Query;
use super::{Engine, Scope, SortedRows, Statement, StoreResult, Tx};
use crate::model::entry::Entry;
use crate::model::noun::{Field, Meaning, Noun, Storage, Value};
use crate::model::selection::Selection;

/// The columns of a select; a field that names a record has a second one with its label, at the end.
fn columns(noun: &'static Noun, engine: Engine) -> Vec<String> {
    let own = noun.fields.iter().map(|field| match (field.name, field.sql) {
        (_, Some(sql)) => sql.to_owned(),
        ("account_name", None) => "acc.name".to_owned(),
        _ if field.meaning == Meaning::AccountValue => engine.account_value("a.field", &format!("a.{}", field.column)),
        _ => format!("a.{}", field.column),
    });
    let labels = noun.fields.iter().filter_map(|field| match field.meaning {
        Meaning::User | Meaning::Author => Some(format!("{}.email", joined(field))),
        Meaning::Account => Some("acc.external_id".to_owned()),
        _ => None,
    });
    own.chain(labels).collect()
}

/// How the columns of a select are read, and the places of the fields that have a label.
fn storages(noun: &'static Noun) -> (Vec<Storage>, Vec<usize>) {
    let labelled: Vec<usize> =
        noun.fields.iter().filter(|field| field.meaning.is_reference()).map(|field| field.place).collect();
    let own = noun.fields.iter().map(|field| field.meaning.storage());
    (own.chain(labelled.iter().map(|_| Storage::Text)).collect(), labelled)
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

impl ListedRecord for Entry {
    fn columns(noun: &'static Noun, engine: Engine) -> String {
        columns(noun, engine).join(", ")
    }

    fn source(noun: &'static Noun) -> String {
        from(noun)
    }

    fn read<'t>(
        noun: &'static Noun,
        statement: Statement<'t>,
        place: Vec<Storage>,
    ) -> StoreResult<SortedRows<'t, Self>> {
        let (mut storages, labelled) = storages(noun);
        let own = storages.len();
        storages.extend(place);
        let rows = statement.fetch_values(storages)?;
        let read = move |mut values: Vec<Value>| {
            let place = values.split_off(own);
            (entry(noun, &labelled, values), place)
        };
        Ok(rows.map_ok(read).boxed())
    }
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
    narrow(&mut query, tx.engine(), noun, selection);
    let (text, values) = query.into_parts();
    Query::bind(values, tx.of(scope, text)).fetch_values(columns.iter().map(|(_, storage)| *storage).collect())
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
    let mut query = Query::new(format!("select {}{}", Entry::columns(noun, tx.engine()), from(noun)));
    for (column, storage, value) in columns {
        compare(&mut query, column, "=", *storage, value);
    }
    let most = query.integer(most);
    query.push(&format!(" order by a.id limit {most}"));
    let (text, values) = query.into_parts();
    let rows = Entry::read(noun, Query::bind(values, tx.of(scope, text)), Vec::new())?;
    rows.map_ok(|(entry, _)| entry).try_collect().await
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
