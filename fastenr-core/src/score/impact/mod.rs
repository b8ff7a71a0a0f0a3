//! How scores moved after engagements or achieved goals, against accounts that had none: an association, not an effect.
//!
//! A pair is an account and a day of an event. Its change is the health of the last snapshot up to [`AFTER`] days later, less
//! that of the last one at or before the day, each at most [`WITHIN`] days older than asked for. Both must have sufficient data
//! and one model. It is compared with the mean change between the same two snapshots of the accounts without such an event in
//! [`APART`] days before and after, that began in the same ten points, by the same model: exact matching in cells. The
//! difference is standardised to the pairs (weights as for the effect on the treated); its variance is the sum of the squared
//! influences of the accounts, as in a cluster-robust variance (Liang and Zeger 1986), whichever side they are on.
//!
//! An account goes in twice: [`Cells`] sums, [`Spread`] asks how far each is from its cell. Nothing is kept of an account, so
//! memory is flat; sums are whole numbers, so their order does not matter.

mod account;
mod spread;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use chrono::{Days, NaiveDate};

use super::BasisPoints;
pub use account::{Account, Event, PastSnapshot};
use account::{Cell, Side};
pub use spread::Spread;

/// Days from an event to the second score.
pub const AFTER: u64 = 30;
/// Days that a snapshot may be older than the day it is asked for.
pub const WITHIN: u64 = 7;
/// Days before and after, in which an account to compare with has no such event.
pub const APART: u64 = 30;
/// Fewer pairs give no number.
pub const LEAST_PAIRS: u64 = 10;
/// Fewer accounts on either side give no interval.
pub const LEAST_ACCOUNTS: u64 = 10;

/// What rules an account out as one to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exclusion {
    /// An event of the same kind.
    Kind,
    /// Any event.
    Any,
}

/// The events that a report is about: how many of each kind, and their days.
#[derive(Debug, Clone)]
pub struct Study {
    apart: Exclusion,
    kinds: BTreeMap<String, usize>,
    events: Vec<u64>,
    /// Kinds by day, ascending.
    days: BTreeMap<NaiveDate, Vec<usize>>,
}

impl Study {
    pub const fn new(apart: Exclusion) -> Self {
        Self { apart, kinds: BTreeMap::new(), events: Vec::new(), days: BTreeMap::new() }
    }

    /// One more event.
    pub fn add(&mut self, kind: &str, day: NaiveDate) {
        let kind = self.number(kind);
        if let Some(count) = self.events.get_mut(kind) {
            *count += 1;
        }
        let kinds = self.days.entry(day).or_default();
        if let Err(place) = kinds.binary_search(&kind) {
            kinds.insert(place, kind);
        }
    }

    fn number(&mut self, kind: &str) -> usize {
        if let Some(number) = self.kinds.get(kind) {
            return *number;
        }
        self.events.push(0);
        self.kinds.insert(kind.to_owned(), self.events.len() - 1);
        self.events.len() - 1
    }

    /// An event as an [`Account`] has it; none where its kind was never added and rules nothing out.
    pub fn event(&self, kind: &str, day: NaiveDate) -> Option<Event> {
        let other = Some(usize::MAX).filter(|_| self.apart == Exclusion::Any);
        self.kinds.get(kind).copied().or(other).map(|kind| Event { kind, day })
    }

    /// The first and the last day of an event.
    pub fn span(&self) -> Option<(NaiveDate, NaiveDate)> {
        Some((*self.days.first_key_value()?.0, *self.days.last_key_value()?.0))
    }

    /// The days whose snapshots are asked for, ascending.
    pub fn snapshot_days(&self) -> Vec<NaiveDate> {
        let around = |day: &NaiveDate| [Some(*day), day.checked_add_days(Days::new(AFTER))];
        let ends = self.days.keys().flat_map(around).flatten();
        let mut days: Vec<NaiveDate> =
            ends.flat_map(|end| (0..=WITHIN).filter_map(move |age| end.checked_sub_days(Days::new(age)))).collect();
        days.sort_unstable();
        days.dedup();
        days
    }
}

/// Sums of a cell.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    pairs: u64,
    pairs_sum: i128,
    others: u64,
    others_sum: i128,
}

/// The first time over the accounts.
#[derive(Debug)]
pub struct Cells<'s> {
    study: &'s Study,
    cells: HashMap<Cell, Sums>,
}

impl<'s> Cells<'s> {
    pub fn new(study: &'s Study) -> Self {
        Self { study, cells: HashMap::new() }
    }

    /// Each account once, in any order.
    pub fn add(&mut self, account: &Account<'_>) {
        account.visit(self.study, |cell, side, change| {
            let sums = self.cells.entry(cell).or_default();
            match side {
                Side::Pair => {
                    sums.pairs += 1;
                    sums.pairs_sum += i128::from(change);
                }
                Side::Other => {
                    sums.others += 1;
                    sums.others_sum += i128::from(change);
                }
            }
        });
    }

    /// To go over the same accounts again.
    pub fn settle(self) -> Spread<'s> {
        Spread::new(self.study, self.cells)
    }
}

/// What is found of one kind; points are basis points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub kind: String,
    /// All of them, also those without scores at both ends.
    pub events: u64,
    /// Accounts and days with both scores and accounts to compare with; several events of a day are one.
    pub pairs: u64,
    /// Different accounts among the pairs.
    pub accounts: u64,
    /// Different accounts they were compared with.
    pub comparison_accounts: u64,
    /// None where there are fewer than [`LEAST_PAIRS`].
    pub found: Option<ImpactFigures>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImpactFigures {
    /// Mean change of the pairs, to the nearest basis point, half to even, as all of these.
    pub change: BasisPoints,
    /// Of the accounts they are compared with, each cell weighted by its pairs.
    pub comparison_change: BasisPoints,
    /// The first less the second, as they are written.
    pub difference: BasisPoints,
    /// Of the difference, 95 %; none where either side has fewer than [`LEAST_ACCOUNTS`].
    pub interval: Option<(BasisPoints, BasisPoints)>,
}

impl Row {
    /// What is to be known when reading the numbers, or why there are none.
    pub fn note(&self) -> String {
        match &self.found {
            None => format!("too few: {} pairs, {LEAST_PAIRS} are needed", self.pairs),
            Some(ImpactFigures { interval: None, .. }) => format!(
                "an association, not an effect; no interval: {} accounts against {}, {LEAST_ACCOUNTS} are needed on both sides",
                self.accounts, self.comparison_accounts
            ),
            Some(_) => "an association, not an effect".to_owned(),
        }
    }
}
