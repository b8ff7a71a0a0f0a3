//! Lists of any noun: a part of one, all of it as it comes, how many there are. What a noun adds is how its records are read.

use chrono::{DateTime, NaiveDate, Utc};
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};

use super::keyset::{Keyset, is_full};
use super::narrow::narrow;
use super::query::Query;
use super::{Engine, Record, Scope, SortedRows, Statement, StoreResult, Tx, selective};
use crate::model::cursor::Seek;
use crate::model::noun::{Noun, Storage, Value};
use crate::model::selection::{Order, Selection};

/// A record that lists are made of. SQL speaks of the record as `a`, of its account as `acc`, of the organization as `$1`.
pub trait ListedRecord: Sized + Send + 'static {
    /// The columns that a record is read from.
    fn columns(noun: &'static Noun, engine: Engine) -> String;

    /// `from … where` of the records that lists show.
    fn source(noun: &'static Noun) -> String;

    /// The same, with no more than filters speak of.
    fn counted(noun: &'static Noun) -> String {
        Self::source(noun)
    }

    /// As it stands at a moment, on this day where the organization is.
    #[must_use]
    fn at_moment(self, _now: DateTime<Utc>, _today: NaiveDate) -> Self {
        self
    }

    /// Reads rows of these columns, each followed by those of `place`.
    fn read<'t>(
        noun: &'static Noun,
        statement: Statement<'t>,
        place: Vec<Storage>,
    ) -> StoreResult<SortedRows<'t, Self>>;
}

/// What [`ListedRecord::read`] is for records that are made of a row.
pub(super) fn typed<'t, R, T>(
    statement: Statement<'t>,
    place: Vec<Storage>,
    of: impl Fn(R) -> StoreResult<T> + Send + 't,
) -> StoreResult<SortedRows<'t, T>>
where
    R: Record + 't,
    T: Send + 't,
{
    let rows = statement.fetch_placed::<R>(place)?;
    Ok(rows.map(move |row| row.and_then(|(row, place)| Ok((of(row)?, place)))).boxed())
}

/// A missing value sorts lowest; the id settles what is equal.
fn keyset(order: Order) -> Keyset {
    let terms = order.sort.terms().into_iter().map(|(sql, storage)| (sql.to_owned(), storage));
    Keyset { terms: terms.collect(), nullable: order.sort.nullable, descending: order.descending }
}

fn select<T: ListedRecord>(noun: &'static Noun, engine: Engine, places: &[&str]) -> Query {
    let places: String = places.iter().map(|sql| format!(", {sql}")).collect();
    Query::new(format!("select {}{places}{}", T::columns(noun, engine), T::source(noun)))
}

/// A part of the list, each record with the values that it is sorted by.
pub async fn part<T: ListedRecord>(
    tx: &mut Tx<'_>,
    scope: &Scope,
    noun: &'static Noun,
    selection: &Selection,
    order: Order,
    seek: impl Into<Seek>,
) -> StoreResult<Vec<(T, Vec<Value>)>> {
    let (keyset, seek) = (keyset(order), seek.into());
    let (places, storages): (Vec<&str>, Vec<Storage>) = order.sort.terms().into_iter().unzip();
    let few = selective::few::<T>(tx, scope, noun, selection).await?;
    let selection = few.as_ref().unwrap_or(selection);
    let mut found: Vec<(T, Vec<Value>)> = Vec::new();
    for range in keyset.ranges(&seek) {
        if is_full(&seek, found.len()) {
            break;
        }
        let mut query = select::<T>(noun, tx.engine(), &places);
        narrow(&mut query, tx.engine(), noun, selection);
        keyset.hold(&mut query, range);
        keyset.close(&mut query, &seek, found.len());
        let (text, values) = query.into_parts();
        let mut rows = T::read(noun, Query::bind(values, tx.of(scope, text)), storages.clone())?;
        while let Some(row) = rows.try_next().await? {
            found.push(row);
        }
    }
    Ok(found)
}

/// The same without those values.
pub async fn list<T: ListedRecord>(
    tx: &mut Tx<'_>,
    scope: &Scope,
    noun: &'static Noun,
    selection: &Selection,
    order: Order,
    seek: impl Into<Seek>,
) -> StoreResult<Vec<T>> {
    Ok(part(tx, scope, noun, selection, order, seek).await?.into_iter().map(|(record, _)| record).collect())
}

/// All of them, as they come, in flat memory.
pub fn stream<'t, T: ListedRecord>(
    tx: &'t mut Tx<'_>,
    scope: &Scope,
    noun: &'static Noun,
    selection: &Selection,
    order: Order,
) -> StoreResult<BoxStream<'t, StoreResult<T>>> {
    let mut query = select::<T>(noun, tx.engine(), &[]);
    narrow(&mut query, tx.engine(), noun, selection);
    query.push(&keyset(order).order());
    let (text, values) = query.into_parts();
    let rows = T::read(noun, Query::bind(values, tx.of(scope, text)), Vec::new())?;
    Ok(rows.map_ok(|(record, _)| record).boxed())
}

pub async fn count<T: ListedRecord>(
    tx: &mut Tx<'_>,
    scope: &Scope,
    noun: &'static Noun,
    selection: &Selection,
) -> StoreResult<u64> {
    let mut query = Query::new(format!("select count(*){}", T::counted(noun)));
    narrow(&mut query, tx.engine(), noun, selection);
    let (text, values) = query.into_parts();
    let (count,): (i64,) = Query::bind(values, tx.of(scope, text)).fetch_one().await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// How many there are, counted no further than one more than `most`.
pub async fn count_to<T: ListedRecord>(
    tx: &mut Tx<'_>,
    scope: &Scope,
    noun: &'static Noun,
    selection: &Selection,
    most: i64,
) -> StoreResult<i64> {
    let mut query = Query::new(format!("select count(*) from (select a.id{}", T::counted(noun)));
    narrow(&mut query, tx.engine(), noun, selection);
    let limit = query.integer(most.saturating_add(1));
    query.push(&format!(" limit {limit}) found"));
    let (text, values) = query.into_parts();
    let (count,): (i64,) = Query::bind(values, tx.of(scope, text)).fetch_one().await?;
    Ok(count)
}

/// Whether the noun has any record at all, archived or not.
pub async fn any(tx: &mut Tx<'_>, scope: &Scope, noun: &'static Noun) -> StoreResult<bool> {
    let fixed = noun.fixed_condition("a");
    let sql = format!("select a.organization_id from {} a where a.organization_id = $1{fixed} limit 1", noun.table);
    let row: Option<(uuid::Uuid,)> = tx.of(scope, sql).fetch_optional().await?;
    Ok(row.is_some())
}
