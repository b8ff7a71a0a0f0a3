//! The cases in an order of their own.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::case::Case;
use crate::model::Band;

/// Every case, in an order that neither the order nor the numbers they came with can change.
#[derive(Debug, Clone)]
pub(super) struct Book {
    /// By account, and within one by cut-off. Accounts are numbered anew, from 0 on.
    pub(super) cases: Vec<Case>,
    pub(super) accounts: u32,
    /// Each once, the earliest first.
    pub(super) cutoffs: Vec<NaiveDate>,
}

impl Book {
    pub(super) fn of(cases: &[Case]) -> Self {
        let mut cases = cases.to_vec();
        cases.sort_unstable_by_key(|case| (case.account, content(case)));

        // Accounts of equal content are interchangeable, so ordering them by it leaves nothing to chance.
        let mut accounts: Vec<&[Case]> = cases.chunk_by(|a, b| a.account == b.account).collect();
        accounts.sort_by(|a, b| a.iter().map(content).cmp(b.iter().map(content)));

        let numbered: Vec<Case> = (0..)
            .zip(&accounts)
            .flat_map(|(account, cases)| cases.iter().map(move |case| Case { account, ..*case }))
            .collect();
        let count = numbered.last().map_or(0, |case| case.account + 1);
        let cutoffs: BTreeSet<_> = numbered.iter().map(|case| case.cutoff).collect();
        Self { cases: numbered, accounts: count, cutoffs: cutoffs.into_iter().collect() }
    }

    /// Cases of which the label is churn.
    pub(super) fn churned(&self) -> usize {
        self.cases.iter().filter(|case| case.churned).count()
    }

    /// Accounts with such a case: churns as people count them, each of which several cut-offs look forward to.
    pub(super) fn events(&self) -> usize {
        self.cases.chunk_by(|a, b| a.account == b.account).filter(|own| own.iter().any(|case| case.churned)).count()
    }
}

/// All there is to a case but the number of its account. The risk stands after what a monotone transform leaves alone.
fn content(case: &Case) -> (NaiveDate, bool, i64, Option<Band>) {
    (case.cutoff, case.churned, case.risk, case.band)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_numbered_by_what_they_are() {
        let day = |number| NaiveDate::from_ymd_opt(2026, number, 28).unwrap();
        let case = |account, month, risk, churned| Case { account, cutoff: day(month), risk, churned, band: None };
        let book = Book::of(&[case(9, 2, 50, true), case(4, 1, 30, false), case(9, 1, 20, false), case(7, 2, 1, true)]);
        let order: Vec<_> = book.cases.iter().map(|case| (case.account, case.cutoff, case.risk)).collect();
        assert_eq!(order, [(0, day(1), 20), (0, day(2), 50), (1, day(1), 30), (2, day(2), 1)]);
        assert_eq!((book.accounts, book.cutoffs.len(), book.churned(), book.events()), (3, 2, 2, 2));
    }

    #[test]
    fn a_churn_that_two_cutoffs_see_is_one() {
        let day = |number| NaiveDate::from_ymd_opt(2026, number, 28).unwrap();
        let case = |month| Case { account: 1, cutoff: day(month), risk: 1, churned: true, band: None };
        let book = Book::of(&[case(1), case(2)]);
        assert_eq!((book.accounts, book.churned(), book.events()), (1, 2, 1));
    }

    #[test]
    fn nothing() {
        let book = Book::of(&[]);
        assert_eq!((book.accounts, book.cutoffs.len(), book.churned(), book.events()), (0, 0, 0, 0));
    }
}
