//! What has to be known of an account to say what it paid on any day.

use chrono::NaiveDate;

/// One account, as stored. Days are the organization's; amounts are cents, from 0 to [`crate::money::Money::MAX`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Since when the account is known.
    pub created_on: NaiveDate,
    /// The first day under contract.
    pub contract_start: Option<NaiveDate>,
    /// What the account says now. A change dated in the future is already in it: the record takes a new value when it is
    /// written, whatever day it is written for.
    pub arr: Option<i64>,
    /// Whether the status is `churned`.
    pub churned: bool,
    /// The day the customer left; counts only if `churned`.
    pub churned_on: Option<NaiveDate>,
    /// By `effective_on`, those of one day in the order they were made.
    pub changes: Vec<ArrChange>,
}

/// One line of an account's dated history of ARR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArrChange {
    pub effective_on: NaiveDate,
    pub kind: ChangeKind,
    /// Cents; none: no ARR.
    pub old: Option<i64>,
    /// Cents; none: no ARR.
    pub new: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// The customer pays something else from the day on.
    Change,
    /// The value was wrong since it was set: nothing moved, the past was written down badly.
    Correction,
}

impl Facts {
    /// Churned, nobody knows when. No day can be given to the loss, so no figure counts the account at all.
    pub const fn undated(&self) -> bool {
        self.churned && self.churned_on.is_none()
    }

    /// The day from which the account counts: the earliest of its creation, its contract and its first change.
    pub fn start(&self) -> NaiveDate {
        let first_change = self.changes.iter().map(|change| change.effective_on).min();
        [self.contract_start, first_change].into_iter().flatten().fold(self.created_on, NaiveDate::min)
    }

    /// The day from which the account pays nothing any more.
    pub fn end(&self) -> Option<NaiveDate> {
        self.churned_on.filter(|_| self.churned)
    }
}

/// No ARR is 0. Below 0 nothing is stored; if something were, it would not be ARR.
pub(super) fn cents(arr: Option<i64>) -> i64 {
    arr.unwrap_or(0).max(0)
}
