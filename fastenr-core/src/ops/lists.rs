//! Lists of any noun: a part by page or cursor, all of it as it comes, and how many there are.

use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};

use super::{Context, remembered};
use crate::error::Result;
use crate::model::cursor::{ListOrder, ListRequest, Part};
use crate::model::filter::{Found, Page};
use crate::model::noun::Noun;
use crate::model::selection::{Order, Selection};
use crate::store::lists::{self, ListedRecord};
use crate::store::{StoreResult, Tx};

/// A page of records, and how many there are in all.
pub async fn list<T: ListedRecord>(
    context: &Context,
    noun: &'static Noun,
    selection: &Selection,
    order: Order,
    page: Page,
) -> Result<Found<T>> {
    let mut tx = context.db.read().await?;
    let scope = context.scope();
    let rows = lists::list::<T>(&mut tx, &scope, noun, selection, order, page).await?;
    let rows = rows.into_iter().map(as_it_is(context)).collect();
    let total = remembered::count::<T>(&mut tx, context, noun, selection).await?;
    Ok(Found { rows, total, page })
}

/// A record says of itself what holds now.
fn as_it_is<T: ListedRecord>(context: &Context) -> impl Fn(T) -> T + Send + use<T> {
    let (now, today) = (context.clock.now(), context.today());
    move |record: T| record.at_moment(now, today)
}

/// The order of a list, as a cursor holds it.
pub fn list_order(noun: &'static Noun, order: Order) -> ListOrder {
    let storages = order.sort.terms().into_iter().map(|(_, storage)| storage).collect();
    ListOrder { list: noun.many, sort: order.sort.name, descending: order.descending, storages }
}

/// A part of the list, by page or by cursor.
///
/// # Errors
/// `cursor` for one of another list, sort or filter.
pub async fn part<T: ListedRecord>(
    context: &Context,
    noun: &'static Noun,
    selection: &Selection,
    order: Order,
    ask: &ListRequest,
) -> Result<Part<T>> {
    part_within(&mut context.db.read().await?, context, noun, selection, order, ask).await
}

/// The same in a transaction that goes on.
pub(super) async fn part_within<T: ListedRecord>(
    tx: &mut Tx<'_>,
    context: &Context,
    noun: &'static Noun,
    selection: &Selection,
    order: Order,
    ask: &ListRequest,
) -> Result<Part<T>> {
    let (listed, scope) = (list_order(noun, order), context.scope());
    let seek = ask.seek(&listed)?.and_one();
    let rows = lists::part(tx, &scope, noun, selection, order, seek).await?;
    let total = remembered::extent::<T>(tx, context, noun, selection, ask.total).await?;
    Ok(ask.part(rows, total, &listed, |(_, place)| place.clone()).map(|(record, _)| record).map(as_it_is(context)))
}

/// All that pass the filter, in flat memory, from one consistent state: `tx` comes from [`crate::store::Db::read`].
pub fn stream<'t, T: ListedRecord>(
    tx: &'t mut Tx<'_>,
    context: &Context,
    noun: &'static Noun,
    selection: &Selection,
    order: Order,
) -> Result<BoxStream<'t, StoreResult<T>>> {
    Ok(lists::stream::<T>(tx, &context.scope(), noun, selection, order)?.map_ok(as_it_is(context)).boxed())
}

/// The same at once, of what fits in memory.
pub async fn all<T: ListedRecord>(
    context: &Context,
    noun: &'static Noun,
    selection: &Selection,
    order: Order,
) -> Result<Vec<T>> {
    let mut tx = context.db.read().await?;
    stream(&mut tx, context, noun, selection, order)?.try_collect().await
}

/// How many pass the filter.
pub async fn count<T: ListedRecord>(context: &Context, noun: &'static Noun, selection: &Selection) -> Result<u64> {
    remembered::count::<T>(&mut context.db.read().await?, context, noun, selection).await
}

/// Whether there is any record at all: what tells an empty book from a filter that matches nothing.
pub async fn any(context: &Context, noun: &'static Noun) -> Result<bool> {
    lists::any(&mut context.db.read().await?, &context.scope(), noun).await
}
