//! What a fit learns from: accounts as of past days, with the numbers that their factors read.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::score::term::{Observed, Term};

/// An account as of a cut-off. An account has at most one case a cut-off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    /// Any number that tells accounts apart.
    pub(crate) account: u32,
    pub(crate) cutoff: NaiveDate,
    /// It churned within the window of the cut-off.
    pub(crate) churned: bool,
    /// By the model in use: 10,000 less health in basis points.
    pub(crate) risk: i64,
    pub(crate) caps: HeldCaps,
}

/// The caps that hold, whatever they are worth in a model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HeldCaps {
    pub(crate) champion_left: bool,
    pub(crate) urgent_ticket: bool,
    pub(crate) sentiment_red: bool,
}

/// The cases, their numbers by term: a column is empty until its first number, and NaN is a missing one.
#[derive(Debug, Clone)]
pub(crate) struct Cases {
    pub(crate) rows: Vec<Row>,
    columns: Vec<Vec<f32>>,
}

impl Default for Cases {
    fn default() -> Self {
        Self { rows: Vec::new(), columns: vec![Vec::new(); Term::ALL.len()] }
    }
}

impl Cases {
    pub(crate) fn push(&mut self, row: Row, observed: &Observed) {
        let before = self.rows.len();
        for (term, number) in observed.iter().flatten() {
            let column = &mut self.columns[term.place()];
            column.resize(before, f32::NAN);
            column.push(*number);
        }
        self.rows.push(row);
    }

    /// The number of a case; none where it is missing.
    pub(super) fn number(&self, term: Term, case: usize) -> Option<f32> {
        self.columns[term.place()].get(case).copied().filter(|number| !number.is_nan())
    }

    /// In an order that neither the order nor the numbers of accounts that they came with can change: by account, and within one
    /// by cut-off. Accounts are numbered anew, from 0 on, by what their cases say.
    pub(crate) fn ordered(self) -> Self {
        let mut places: Vec<usize> = (0..self.rows.len()).collect();
        places.sort_unstable_by_key(|place| (self.rows[*place].account, self.rows[*place].cutoff));
        let mut accounts: Vec<&[usize]> =
            places.chunk_by(|a, b| self.rows[*a].account == self.rows[*b].account).collect();
        accounts.sort_by(|a, b| self.compare(a, b));
        let numbered = accounts.iter().zip(0..).flat_map(|(own, account)| own.iter().map(move |at| (*at, account)));
        let numbered: Vec<(usize, u32)> = numbered.collect();
        let rows = numbered.iter().map(|(at, account)| Row { account: *account, ..self.rows[*at] }).collect();
        let column = |old: &Vec<f32>| match old.is_empty() {
            true => Vec::new(),
            false => numbered.iter().map(|(at, _)| old.get(*at).copied().unwrap_or(f32::NAN)).collect(),
        };
        Self { rows, columns: self.columns.iter().map(column).collect() }
    }

    /// Accounts by the content of their cases; those of equal content are interchangeable.
    fn compare(&self, one: &[usize], other: &[usize]) -> Ordering {
        let row = |at: usize| {
            let row = &self.rows[at];
            (row.cutoff, row.churned, row.risk, row.caps)
        };
        let rows = one.iter().map(|at| row(*at)).cmp(other.iter().map(|at| row(*at)));
        let numbers = |own: &[usize]| -> Vec<u32> {
            let of = |at: &usize| Term::ALL.map(|term| self.number(term, *at).map_or(u32::MAX, f32::to_bits));
            own.iter().flat_map(of).collect()
        };
        rows.then_with(|| numbers(one).cmp(&numbers(other)))
    }

    /// The cut-offs that have cases, each once, the earliest first.
    pub(super) fn cutoffs(&self) -> Vec<NaiveDate> {
        let cutoffs: BTreeSet<NaiveDate> = self.rows.iter().map(|row| row.cutoff).collect();
        cutoffs.into_iter().collect()
    }

    /// The places of the cases of some cut-offs.
    pub(super) fn within(&self, cutoffs: &[NaiveDate]) -> Vec<usize> {
        let (Some(first), Some(last)) = (cutoffs.first(), cutoffs.last()) else { return Vec::new() };
        (0..self.rows.len()).filter(|at| (*first..=*last).contains(&self.rows[*at].cutoff)).collect()
    }

    /// Churned cases among some, and the accounts that have one.
    pub(super) fn churned(&self, cases: &[usize]) -> (usize, usize) {
        let churned = || cases.iter().map(|at| &self.rows[*at]).filter(|row| row.churned);
        (churned().count(), churned().map(|row| row.account).collect::<BTreeSet<_>>().len())
    }
}
