//! Adding up the accounts of a period, by group.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::facts::{Facts, cents};
use super::figures::{Figures, Sums};
use super::history::History;
use crate::error::{Invalid, Result};

/// Whole days, both ends included. The opening is the end of the day before, the closing the end of the last day, so that
/// a period that begins the day after another one ends opens with what that one closed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period {
    from: NaiveDate,
    to: NaiveDate,
}

impl Period {
    /// Code `period`: it ends before it begins.
    pub fn new(from: NaiveDate, to: NaiveDate) -> Result<Self, Invalid> {
        if from <= to {
            Ok(Self { from, to })
        } else {
            Err(Invalid::new("period", "a period ends on or after the day it begins"))
        }
    }

    pub const fn from(self) -> NaiveDate {
        self.from
    }

    pub const fn to(self) -> NaiveDate {
        self.to
    }

    /// How many days; at least 1.
    pub fn days(self) -> i64 {
        (self.to - self.from).num_days() + 1
    }
}

/// A period's figures while accounts are still being added, one by one and in any order.
///
/// It keeps the sums of each group and no account. `K` says what a group is: `Option<Size>`, an owner's id, `()` for none.
/// An account is in the group that the caller puts it in, at the opening as at the closing.
#[derive(Debug, Clone)]
pub struct Summary<K> {
    period: Period,
    groups: BTreeMap<K, Sums>,
    total: Sums,
}

/// A period's figures. The groups' figures add up to those of the total; the rates (NRR, GRR) don't, being rates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrSummary<K> {
    pub period: Period,
    /// In the order of the keys; every group that an account was added to, whether or not anything is in it.
    pub groups: Vec<(K, Figures)>,
    pub total: Figures,
}

impl<K: Ord> Summary<K> {
    pub fn new(period: Period) -> Self {
        Self { period, groups: BTreeMap::new(), total: Sums::default() }
    }

    /// One more account.
    pub fn add(&mut self, group: K, facts: &Facts) {
        let group = self.groups.entry(group).or_default();
        if facts.undated() {
            let arr = cents(facts.arr);
            group.add_undated(arr);
            self.total.add_undated(arr);
            return;
        }
        let history = History::of(facts);
        let (opening, closing) = (history.before(self.period.from), history.at(self.period.to));
        group.add(opening, closing, history.inconsistent());
        self.total.add(opening, closing, history.inconsistent());
    }

    /// Code `arr_sum`: a sum is beyond what [`crate::money::Cents`] holds.
    pub fn finish(self) -> Result<ArrSummary<K>> {
        let groups = self.groups.into_iter().map(|(group, sums)| Ok((group, sums.figures()?)));
        Ok(ArrSummary { period: self.period, groups: groups.collect::<Result<_>>()?, total: self.total.figures()? })
    }
}

#[cfg(test)]
mod tests {
    use super::super::facts::{ArrChange, ChangeKind};
    use super::*;
    use crate::money::Cents;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn period(from: &str, to: &str) -> Period {
        Period::new(day(from), day(to)).unwrap()
    }

    /// Since 2025, with what it pays now.
    fn account(arr: i64) -> Facts {
        Facts {
            created_on: day("2025-01-01"),
            contract_start: None,
            arr: Some(arr),
            churned: false,
            churned_on: None,
            changes: Vec::new(),
        }
    }

    fn churned(arr: i64, on: Option<&str>) -> Facts {
        Facts { churned: true, churned_on: on.map(day), ..account(arr) }
    }

    fn changed(on: &str, old: i64, new: i64) -> Facts {
        let change = ArrChange { effective_on: day(on), kind: ChangeKind::Change, old: Some(old), new: Some(new) };
        Facts { changes: vec![change], ..account(new) }
    }

    fn march(facts: &Facts) -> Figures {
        let mut summary = Summary::new(period("2026-03-01", "2026-03-31"));
        summary.add((), facts);
        summary.finish().unwrap().total
    }

    /// Opening, new, expansion, contraction, churn, closing of one account in March 2026.
    fn arr(facts: &Facts) -> [i64; 6] {
        let all = march(facts);
        let amounts = [all.opening, all.new, all.expansion, all.contraction, all.churn, all.closing];
        for amount in amounts {
            assert_eq!(amount.accounts, u64::from(amount.arr > Cents(0)), "{all:?}");
        }
        amounts.map(|amount| amount.arr.0)
    }

    #[test]
    fn one_account_in_march() {
        let created = |on: &str| Facts { created_on: day(on), ..account(5) };
        let corrected = |on: &str, old, new| {
            let mut facts = changed(on, old, new);
            facts.changes[0].kind = ChangeKind::Correction;
            facts
        };
        for (name, facts, expected) in [
            ("kept", account(5), [5, 0, 0, 0, 0, 5]),
            ("without ARR", account(0), [0; 6]),
            ("grown", changed("2026-03-15", 5, 8), [5, 0, 3, 0, 0, 8]),
            ("shrunk", changed("2026-03-15", 8, 5), [8, 0, 0, 3, 0, 5]),
            ("grown on the first day", changed("2026-03-01", 5, 8), [5, 0, 3, 0, 0, 8]),
            ("grown the day before", changed("2026-02-28", 5, 8), [8, 0, 0, 0, 0, 8]),
            ("grown on the last day", changed("2026-03-31", 5, 8), [5, 0, 3, 0, 0, 8]),
            ("to grow the day after", changed("2026-04-01", 5, 8), [5, 0, 0, 0, 0, 5]),
            ("to shrink to nothing", changed("2027-01-01", 5, 0), [5, 0, 0, 0, 0, 5]),
            ("shrunk to nothing", changed("2026-03-15", 5, 0), [5, 0, 0, 0, 5, 0]),
            ("from nothing", changed("2026-03-15", 0, 5), [0, 5, 0, 0, 0, 5]),
            ("corrected", corrected("2026-03-15", 5, 8), [8, 0, 0, 0, 0, 8]),
            ("churned on the first day", churned(5, Some("2026-03-01")), [5, 0, 0, 0, 5, 0]),
            ("churned the day before", churned(5, Some("2026-02-28")), [0; 6]),
            ("churned on the last day", churned(5, Some("2026-03-31")), [5, 0, 0, 0, 5, 0]),
            ("churns the day after", churned(5, Some("2026-04-01")), [5, 0, 0, 0, 0, 5]),
            ("churned, not known when", churned(5, None), [0; 6]),
            ("back from churn", Facts { churned: false, ..churned(5, Some("2026-03-15")) }, [5, 0, 0, 0, 0, 5]),
            ("created on the first day", created("2026-03-01"), [0, 5, 0, 0, 0, 5]),
            ("created the day before", created("2026-02-28"), [5, 0, 0, 0, 0, 5]),
            ("created on the last day", created("2026-03-31"), [0, 5, 0, 0, 0, 5]),
            ("created the day after", created("2026-04-01"), [0; 6]),
            ("created and churned", Facts { created_on: day("2026-03-05"), ..churned(5, Some("2026-03-20")) }, [0; 6]),
            (
                "under contract before it was created",
                Facts { contract_start: Some(day("2026-02-01")), ..created("2026-03-05") },
                [5, 0, 0, 0, 0, 5],
            ),
        ] {
            assert_eq!(arr(&facts), expected, "{name}");
        }
    }

    #[test]
    fn what_is_told_apart() {
        let undated = march(&churned(5, None));
        assert_eq!((undated.undated.accounts, undated.undated.arr, undated.inconsistent), (1, Cents(5), 0));
        assert_eq!(march(&churned(0, None)).undated.accounts, 1);
        let inconsistent = march(&Facts { arr: Some(9), ..changed("2026-03-15", 5, 8) });
        assert_eq!((inconsistent.inconsistent, inconsistent.expansion.arr), (1, Cents(4)));
    }

    #[test]
    fn groups_are_in_order_and_kept_when_empty() {
        let mut summary = Summary::new(period("2026-03-01", "2026-03-31"));
        for (group, facts) in [(Some("b"), account(0)), (None, account(5)), (Some("a"), churned(5, None))] {
            summary.add(group, &facts);
        }
        let groups: Vec<_> = summary.finish().unwrap().groups.into_iter().map(|(group, _)| group).collect();
        assert_eq!(groups, [None, Some("a"), Some("b")]);
    }

    #[test]
    fn periods() {
        assert_eq!(period("2026-03-01", "2026-03-01").days(), 1);
        assert_eq!(period("2026-03-01", "2026-03-31").days(), 31);
        assert_eq!(Period::new(day("2026-03-02"), day("2026-03-01")).unwrap_err().code, "period");
    }
}
