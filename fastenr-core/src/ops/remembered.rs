//! Counts and sums of lists, remembered for as long as nothing is written to the organization.

use super::Context;
use crate::error::Result;
use crate::model::cursor::{Extent, Total};
use crate::model::noun::Noun;
use crate::model::selection::Selection;
use crate::store::accounts::Totals;
use crate::store::extent::Counted;
use crate::store::lists::ListedRecord;
use crate::store::{self, Recalled, Tx, journal};

/// What is known under a key, else what `work` finds, which is kept; `tx` reads one state. The key says all that the result depends on
/// beside the records of the organization; `bytes` is about what the result takes beside its own size.
pub(super) async fn remembered<'c, T: Clone + Send + Sync + 'static>(
    tx: &mut Tx<'c>,
    context: &Context,
    key: String,
    bytes: impl FnOnce(&T) -> usize,
    work: impl AsyncFnOnce(&mut Tx<'c>) -> Result<T>,
) -> Result<T> {
    let place = match context.db.memory().recall(tx, &context.scope(), key).await? {
        Recalled::Known(known) => return Ok(known),
        Recalled::Unknown(place) => place,
    };
    let found = work(tx).await?;
    context.db.memory().keep(place, found.clone(), size_of::<T>() + bytes(&found));
    Ok(found)
}

/// Of a result that takes no more than its own size.
pub(super) fn nothing<T>(_: &T) -> usize {
    0
}

/// How many accounts pass, and their ARR together; `tx` reads one state.
pub(super) async fn totals(tx: &mut Tx<'_>, context: &Context, selection: &Selection) -> Result<Totals> {
    let work = async |tx: &mut Tx<'_>| store::accounts::totals(tx, &context.scope(), selection).await;
    remembered(tx, context, format!("totals {selection:?}"), nothing, work).await
}

/// How many records pass; `tx` reads one state.
pub(super) async fn count<T: ListedRecord>(
    tx: &mut Tx<'_>,
    context: &Context,
    noun: &'static Noun,
    selection: &Selection,
) -> Result<u64> {
    let work = async |tx: &mut Tx<'_>| store::lists::count::<T>(tx, &context.scope(), noun, selection).await;
    match is_journaled(noun) {
        true => remembered(tx, context, format!("count {} {selection:?}", noun.many), nothing, work).await,
        false => work(tx).await,
    }
}

/// How many records pass, as far as it is wanted; `tx` reads one state.
pub(super) async fn extent<T: ListedRecord>(
    tx: &mut Tx<'_>,
    context: &Context,
    noun: &'static Noun,
    selection: &Selection,
    total: Total,
) -> Result<Option<Extent>> {
    let most = match total {
        Total::None => return Ok(None),
        Total::Exact => return Ok(total.of(count::<T>(tx, context, noun, selection).await?)),
        Total::UpTo(most) => most,
    };
    let to = i64::try_from(most).unwrap_or(i64::MAX - 1);
    let work = async |tx: &mut Tx<'_>| store::lists::count_to::<T>(tx, &context.scope(), noun, selection, to).await;
    let counted = match is_journaled(noun) {
        true => remembered(tx, context, format!("count {} to {most} {selection:?}", noun.many), nothing, work).await?,
        false => work(tx).await?,
    };
    Ok(total.of(u64::try_from(counted).unwrap_or(0)))
}

/// Accounts that pass, counted up to one more than `most`, and the ARR of those; `tx` reads one state.
pub(super) async fn totals_to(tx: &mut Tx<'_>, context: &Context, selection: &Selection, most: u64) -> Result<Counted> {
    let to = i64::try_from(most).unwrap_or(i64::MAX - 1);
    let work = async |tx: &mut Tx<'_>| store::extent::accounts(tx, &context.scope(), selection, to).await;
    remembered(tx, context, format!("totals to {most} {selection:?}"), nothing, work).await
}

/// Of what is not journaled nobody tells that it was written.
fn is_journaled(noun: &Noun) -> bool {
    journal::TABLES.iter().any(|table| table.name == noun.table)
}
