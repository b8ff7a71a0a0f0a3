//! The dated ARR that an account without one takes over with the amount.
//!
//! A merge moves no money. What the duplicate paid on any day, the kept account paid: so the sums of the book stay what they
//! were, on every day before and after. Where the kept account has an ARR of its own, that counts and the duplicate's leaves
//! the book, on every day as well: the customer was never there twice, so nothing was lost either.

use chrono::NaiveDate;

use crate::error::Result;
use crate::model::TimeZone;
use crate::model::account::Account;
use crate::model::arr_change::ArrChangeKind;
use crate::ops::Context;
use crate::store::merge::{ArrLine, Merge};
use crate::store::{self, Tx};

/// Copies the history of a duplicate's ARR to the kept account, unless that has a past of its own: whether it did.
pub(super) async fn carry(tx: &mut Tx<'_>, context: &Context, merge: &Merge<'_>, from: &Account) -> Result<bool> {
    let scope = context.scope();
    if !store::merge::arr_lines(tx, &scope, merge.keep).await?.is_empty() {
        return Ok(false);
    }
    let zone = TimeZone::parse(&context.organization.time_zone).unwrap_or(TimeZone::UTC);
    let lines = store::merge::arr_lines(tx, &scope, from.id).await?;
    for line in past(from, zone.day(from.created_at), lines) {
        store::merge::add_arr_line(tx, &scope, merge, context.ids.next(), &line).await?;
    }
    Ok(true)
}

/// The lines of an account that make another one's history what its own is: before them one that says when and with what it
/// began, as the other may have begun on another day.
fn past(account: &Account, created_on: NaiveDate, lines: Vec<ArrLine>) -> Vec<ArrLine> {
    let first_change = lines.iter().map(|line| line.effective_on).min();
    let start = [account.contract_start, first_change].into_iter().flatten().fold(created_on, NaiveDate::min);
    let first = match lines.first() {
        Some(line) => line.old_value.clone(),
        None => account.arr.map(|arr| arr.cents().to_string()),
    };
    let began = ArrLine {
        effective_on: start,
        kind: ArrChangeKind::Change.as_str().to_owned(),
        old_value: None,
        new_value: first,
    };
    let told = began.new_value.is_some();
    told.then_some(began).into_iter().chain(lines).collect()
}
