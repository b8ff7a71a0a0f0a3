//! Counts and sums of lists, remembered for as long as nothing is written to the organization.

use super::Context;
use crate::error::Result;
use crate::model::cursor::{Extent, Total};
use crate::model::noun::Noun;
use crate::model::selection::Selection;
use crate::store::accounts::Totals;
use crate::store::extent::Counted;
use crate::store::lists::Listed;
use crate::store::{self, Recalled, StoreResult, Tx, journal};

/// How many accounts pass, and their ARR together; `tx` reads one state.
pub(super) async fn totals(tx: &mut Tx<'_>, context: &Context, selection: &Selection) -> Result<Totals> {
    let scope = context.scope();
    match recall(tx, context, format!("totals {selection:?}")).await? {
        Recalled::Known(totals) => Ok(totals),
        Recalled::Unknown(place) => {
            let totals = store::accounts::totals(tx, &scope, selection).await?;
            context.db.memory().keep(place, totals, size_of::<Totals>());
            Ok(totals)
        }
    }
}

/// How many records pass; `tx` reads one state.
pub(super) async fn count<T: Listed>(
    tx: &mut Tx<'_>,
    context: &Context,
    noun: &'static Noun,
    selection: &Selection,
) -> Result<u64> {
    let scope = context.scope();
    if !is_journaled(noun) {
        return store::lists::count::<T>(tx, &scope, noun, selection).await;
    }
    match recall(tx, context, format!("count {} {selection:?}", noun.many)).await? {
        Recalled::Known(count) => Ok(count),
        Recalled::Unknown(place) => {
            let count = store::lists::count::<T>(tx, &scope, noun, selection).await?;
            context.db.memory().keep(place, count, size_of::<u64>());
            Ok(count)
        }
    }
}

/// How many records pass, as far as it is wanted; `tx` reads one state.
pub(super) async fn extent<T: Listed>(
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
    let scope = context.scope();
    let to = i64::try_from(most).unwrap_or(i64::MAX - 1);
    let counted = |count: i64| total.of(u64::try_from(count).unwrap_or(0));
    if !is_journaled(noun) {
        return Ok(counted(store::lists::count_to::<T>(tx, &scope, noun, selection, to).await?));
    }
    match recall(tx, context, format!("count {} to {most} {selection:?}", noun.many)).await? {
        Recalled::Known(count) => Ok(counted(count)),
        Recalled::Unknown(place) => {
            let count = store::lists::count_to::<T>(tx, &scope, noun, selection, to).await?;
            context.db.memory().keep(place, count, size_of::<i64>());
            Ok(counted(count))
        }
    }
}

/// Accounts that pass, counted up to one more than `most`, and the ARR of those; `tx` reads one state.
pub(super) async fn totals_to(tx: &mut Tx<'_>, context: &Context, selection: &Selection, most: u64) -> Result<Counted> {
    let scope = context.scope();
    match recall(tx, context, format!("totals to {most} {selection:?}")).await? {
        Recalled::Known(counted) => Ok(counted),
        Recalled::Unknown(place) => {
            let most = i64::try_from(most).unwrap_or(i64::MAX - 1);
            let counted = store::extent::accounts(tx, &scope, selection, most).await?;
            context.db.memory().keep(place, counted, size_of::<Counted>());
            Ok(counted)
        }
    }
}

/// Of what is not journaled nobody tells that it was written.
fn is_journaled(noun: &Noun) -> bool {
    journal::TABLES.iter().any(|table| table.name == noun.table)
}

/// What is known under a key; it says all that the result depends on beside the records of the organization.
pub(super) async fn recall<T: Clone + Send + Sync + 'static>(
    tx: &mut Tx<'_>,
    context: &Context,
    key: String,
) -> StoreResult<Recalled<T>> {
    context.db.memory().recall(tx, &context.scope(), key).await
}
