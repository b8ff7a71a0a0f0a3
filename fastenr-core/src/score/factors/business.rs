//! Business: what the contract is worth, paid, growing, and to be renewed.

use super::{active_users, reading, seats};
use crate::model::{RenewalStage, Status};
use crate::rounding::half_to_even;
use crate::score::curve::{FULL, ONE};
use crate::score::facts::{Book, Facts};
use crate::score::model::Model;
use crate::score::reading::{Fact, Missing, Reading};

/// The rank of its ARR among the accounts of its size.
pub(super) fn contract_value(facts: &Facts, book: &Book, model: &Model) -> Result<Reading, Missing> {
    let numbers = &model.health.business.contract_value;
    let arr = facts.account.arr.ok_or(Missing::NoArr)?;
    if facts.account.status == Status::Churned {
        return Err(Missing::Churned);
    }
    let others = book.arr_of(facts.account.size);
    let count = i64::try_from(others.len()).unwrap_or(i64::MAX);
    if count < numbers.least.max(2) {
        return Err(Missing::TooFew { what: "accounts of its size", count, least: numbers.least });
    }
    let less = others.partition_point(|other| *other < arr);
    let equal = others.partition_point(|other| *other <= arr).saturating_sub(less + 1);
    let whole = 2 * (i128::from(count) - 1);
    let above = i128::try_from(2 * less + equal).unwrap_or(whole).min(whole);
    let (base, span) = (i128::from(numbers.base.0), i128::from(numbers.span.0));
    let points = half_to_even(base * whole + span * above, whole).unwrap_or(0);
    let rank = half_to_even(above * i128::from(FULL), whole).unwrap_or(0);
    reading(points.clamp(0, FULL), Fact::Rank { rank, accounts: count })
}

/// Days past due; 0 where nothing is and the organization would say so.
pub(in crate::score) fn days_past_due(facts: &Facts, book: &Book) -> Result<i64, Missing> {
    match facts.account.past_due_since {
        Some(since) => Ok((facts.as_of - since).num_days().max(0)),
        None if book.payments => Ok(0),
        None => Err(Missing::NoPayments),
    }
}

pub(super) fn payment(facts: &Facts, book: &Book, model: &Model) -> Result<Reading, Missing> {
    let days = days_past_due(facts, book)?;
    reading(model.health.business.payment.curve.at(i128::from(days), 1), Fact::PastDue { days })
}

/// Growth of ARR in twelve months; whether the seats are used foretells the next.
pub(super) fn expansion(facts: &Facts, book: &Book, model: &Model) -> Result<Reading, Missing> {
    let numbers = &model.health.business.expansion;
    let arr = facts.account.arr.filter(|arr| *arr > 0).ok_or(Missing::NoArr)?;
    let before = facts.account.arr_before.filter(|arr| *arr > 0).ok_or(Missing::NoEarlierArr)?;
    let (grown, whole) = (i128::from(arr) - i128::from(before), i128::from(before));
    let points = numbers.curve.at(grown, whole);
    let growth = half_to_even(grown * i128::from(ONE), whole).unwrap_or(0);
    // users / seats >= limit  <=>  users * ONE >= limit * seats
    let used = seats(facts).zip(active_users(facts, book).ok());
    let used = used.map(|(seats, users)| (i128::from(users) * i128::from(ONE), i128::from(seats)));
    let extra = match used {
        Some((users, seats)) if users >= i128::from(numbers.bonus_from.0) * seats => numbers.bonus.0,
        Some((users, seats)) if users < i128::from(numbers.malus_below.0) * seats => -numbers.malus.0,
        _ => 0,
    };
    reading((points + extra).clamp(0, FULL), Fact::Growth { growth, extra })
}

/// Days to the end of the contract; below 0 where it is past, none where that is so long ago that the date is stale.
pub(in crate::score) fn renewal_in(facts: &Facts, overdue_days: i64) -> Result<i64, Missing> {
    let end = facts.account.contract_end.ok_or(Missing::NoContractEnd)?;
    let days = (end - facts.as_of).num_days();
    if days < -overdue_days { Err(Missing::StaleContractEnd { days: -days }) } else { Ok(days) }
}

/// What the owner foresees; else whether it renews by itself, else how far it is.
pub(super) fn renewal(facts: &Facts, model: &Model) -> Result<Reading, Missing> {
    let numbers = &model.health.business.renewal;
    let foreseen = match facts.account.renewal_stage {
        Some(RenewalStage::Committed) => Some(numbers.committed),
        Some(RenewalStage::Likely) => Some(numbers.likely),
        Some(RenewalStage::AtRisk) => Some(numbers.at_risk),
        Some(RenewalStage::WillChurn) => Some(numbers.will_churn),
        Some(RenewalStage::Unknown) | None => None,
    };
    if let (Some(points), Some(stage)) = (foreseen, facts.account.renewal_stage) {
        return reading(points.0, Fact::Stage { stage });
    }
    if facts.account.auto_renew == Some(true) {
        return reading(numbers.auto_renewing.0, Fact::AutoRenews);
    }
    let days = renewal_in(facts, numbers.overdue_days)?;
    let points = if days < 0 { numbers.overdue.0 } else { numbers.days.at(i128::from(days), 1) };
    reading(points, Fact::RenewalIn { days })
}
