//! The second time over the accounts: how far each is from its cell, and what it all comes to.

use std::collections::HashMap;

use super::account::{Account, Cell, Side};
use super::{ImpactFigures, LEAST_ACCOUNTS, LEAST_PAIRS, Row, Study, Sums};
use crate::rounding::half_to_even;
use crate::score::BasisPoints;

/// Parts of a basis point that means are rounded to.
const PARTS: i128 = 1_000_000;

/// A cell with both sides.
#[derive(Debug, Clone, Copy)]
struct MatchedCell {
    pairs: i128,
    others: i128,
    /// Mean change of the others, in parts.
    mean: i128,
}

/// Of one kind.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    pairs: u64,
    /// Basis points.
    sum: i128,
    /// What the pairs would have come to at the means of their cells, in parts.
    compared: i128,
    accounts: u64,
    comparison_accounts: u64,
    /// Of the influences, in parts, times pairs.
    squares: i128,
}

impl Tally {
    fn pairs(&self) -> i128 {
        i128::from(self.pairs.max(1))
    }

    /// In parts.
    fn difference(&self) -> i128 {
        half_to_even(self.sum * PARTS - self.compared, self.pairs()).map_or(0, i128::from)
    }

    /// Normal, 95 %, with the usual correction for few clusters.
    fn interval(&self) -> Option<(BasisPoints, BasisPoints)> {
        if self.accounts.min(self.comparison_accounts) < LEAST_ACCOUNTS {
            return None;
        }
        let accounts = i128::from(self.accounts);
        let error = (self.squares / (accounts - 1)).saturating_mul(accounts).isqrt();
        let half = i128::from(half_to_even(error * 196, 100 * self.pairs())?);
        let difference = self.difference();
        Some((half_to_even(difference - half, PARTS)?, half_to_even(difference + half, PARTS)?))
    }

    fn found(&self) -> Option<ImpactFigures> {
        if self.pairs < LEAST_PAIRS {
            return None;
        }
        let change = half_to_even(self.sum, self.pairs())?;
        let comparison_change = half_to_even(self.compared, self.pairs() * PARTS)?;
        Some(ImpactFigures {
            change,
            comparison_change,
            difference: change - comparison_change,
            interval: self.interval(),
        })
    }
}

/// What one account adds to a kind.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    pairs: u64,
    others: u64,
    influence: i128,
}

/// Takes the accounts that [`super::Cells`] took.
#[derive(Debug)]
pub struct Spread<'s> {
    study: &'s Study,
    cells: HashMap<Cell, MatchedCell>,
    tallies: Vec<Tally>,
    differences: Vec<i128>,
    /// Of the account at hand, by kind.
    parts: Vec<Part>,
}

impl<'s> Spread<'s> {
    pub(super) fn new(study: &'s Study, sums: HashMap<Cell, Sums>) -> Self {
        let kinds = study.events.len();
        let mut tallies = vec![Tally::default(); kinds];
        let mut cells = HashMap::new();
        for (cell, sums) in sums {
            let mean = half_to_even(sums.others_sum * PARTS, i128::from(sums.others));
            let (Some(mean), true, Some(tally)) = (mean, sums.pairs > 0, tallies.get_mut(cell.kind)) else { continue };
            let matched =
                MatchedCell { pairs: i128::from(sums.pairs), others: i128::from(sums.others), mean: i128::from(mean) };
            tally.pairs += sums.pairs;
            tally.sum += sums.pairs_sum;
            tally.compared += matched.pairs * matched.mean;
            cells.insert(cell, matched);
        }
        let differences = tallies.iter().map(Tally::difference).collect();
        Self { study, cells, tallies, differences, parts: vec![Part::default(); kinds] }
    }

    /// Each account once, in any order.
    pub fn add(&mut self, account: &Account<'_>) {
        let Self { study, cells, tallies, differences, parts } = self;
        account.visit(study, |cell, side, change| {
            let (Some(matched), Some(part)) = (cells.get(&cell), parts.get_mut(cell.kind)) else { return };
            let from_mean = i128::from(change) * PARTS - matched.mean;
            match side {
                Side::Pair => {
                    part.pairs += 1;
                    part.influence += from_mean - differences.get(cell.kind).copied().unwrap_or(0);
                }
                Side::Other => {
                    part.others += 1;
                    part.influence -= matched.pairs * from_mean / matched.others;
                }
            }
        });
        for (tally, part) in tallies.iter_mut().zip(parts) {
            tally.accounts += u64::from(part.pairs > 0);
            tally.comparison_accounts += u64::from(part.others > 0);
            tally.squares = tally.squares.saturating_add(part.influence.saturating_mul(part.influence));
            *part = Part::default();
        }
    }

    /// A row for each kind, by its name.
    pub fn finish(self) -> Vec<Row> {
        let rows = self.study.kinds.iter().filter_map(|(kind, &number)| {
            let (tally, events) = (self.tallies.get(number)?, *self.study.events.get(number)?);
            Some(Row {
                kind: kind.clone(),
                events,
                pairs: tally.pairs,
                accounts: tally.accounts,
                comparison_accounts: tally.comparison_accounts,
                found: tally.found(),
            })
        });
        rows.collect()
    }
}
