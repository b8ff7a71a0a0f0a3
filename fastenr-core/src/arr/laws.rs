//! What holds of any facts.

use chrono::{NaiveDate, TimeDelta};
use proptest::prelude::*;

use super::*;
use crate::money::{Cents, Money};

/// Days are few and amounts small, so that they meet often; once in a while an amount is as large as can be.
const DAYS: i64 = 40;

fn day(number: i64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + TimeDelta::days(number)
}

fn days() -> impl Strategy<Value = NaiveDate> {
    (0..DAYS).prop_map(day)
}

fn amount() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![2 => Just(None), 2 => Just(Some(0)), 12 => (1_i64..6).prop_map(Some), 1 => Just(Some(Money::MAX.cents()))]
}

fn change() -> impl Strategy<Value = ArrChange> {
    let kind = prop_oneof![3 => Just(ChangeKind::Change), 1 => Just(ChangeKind::Correction)];
    (days(), kind, amount(), amount()).prop_map(|(effective_on, kind, old, new)| ArrChange {
        effective_on,
        kind,
        old,
        new,
    })
}

prop_compose! {
    /// Half of them with a history that fits together and the account; all in the order of days.
    fn facts()(
        created_on in days(),
        contract_start in proptest::option::of(days()),
        arr in amount(),
        churned in any::<bool>(),
        churned_on in proptest::option::weighted(0.8, days()),
        mut changes in prop::collection::vec(change(), 0..6),
        fits in any::<bool>(),
    ) -> Facts {
        changes.sort_by_key(|change| change.effective_on);
        let mut arr = arr;
        if fits {
            for change in changes.iter_mut().rev() {
                change.new = arr;
                arr = change.old;
            }
            arr = changes.last().map_or(arr, |change| change.new);
        }
        Facts { created_on, contract_start, arr, churned, churned_on, changes }
    }
}

fn book() -> impl Strategy<Value = Vec<(u8, Facts)>> {
    prop::collection::vec((0_u8..3, facts()), 0..12)
}

fn summary(book: &[(u8, Facts)], from: i64, to: i64) -> ArrSummary<u8> {
    let mut summary = Summary::new(Period::new(day(from), day(to)).unwrap());
    for (group, facts) in book {
        summary.add(*group, facts);
    }
    summary.finish().unwrap()
}

fn amounts(of: &Figures) -> [Amount; 7] {
    [of.opening, of.new, of.expansion, of.contraction, of.churn, of.closing, of.undated]
}

/// The definition of [`as_of`] once more, by looking each time instead of stepping through.
fn looked_up(facts: &Facts, on: NaiveDate) -> i64 {
    let lines = &facts.changes;
    let gone = facts.churned && facts.churned_on.is_none_or(|left| left <= on);
    let known = facts.created_on <= on
        || facts.contract_start.is_some_and(|start| start <= on)
        || lines.first().is_some_and(|first| first.effective_on <= on);
    if gone || !known {
        return 0;
    }
    // What stood on the day was set by line `set - 1`, and corrected by the corrections right after it.
    let set = lines
        .iter()
        .rposition(|line| line.kind == ChangeKind::Change && line.effective_on <= on)
        .map_or(0, |at| at + 1);
    let corrections = lines[set..].iter().take_while(|line| line.kind == ChangeKind::Correction).count();
    let value = match set + corrections {
        all if all == lines.len() => facts.arr,
        0 => lines[0].old,
        some => lines[some - 1].new,
    };
    value.unwrap_or(0)
}

proptest! {
    #[test]
    fn history_is_what_can_be_looked_up(facts in facts(), on in -2..DAYS + 2) {
        prop_assert_eq!(as_of(&facts, day(on)), looked_up(&facts, day(on)));
        prop_assert_eq!(History::of(&facts).before(day(on + 1)), as_of(&facts, day(on)));
    }

    #[test]
    fn steps_are_steps(facts in facts()) {
        let history = History::of(&facts);
        let mut stood = (NaiveDate::MIN, 0);
        for step in history.steps() {
            prop_assert!(step.0 > stood.0 && step.1 != stood.1, "{:?}", history.steps());
            prop_assert!(step.0 >= facts.start());
            stood = *step;
        }
    }

    #[test]
    fn in_the_end_the_account_is_right(facts in facts()) {
        let expected = if facts.churned { 0 } else { facts.arr.unwrap_or(0) };
        prop_assert_eq!(as_of(&facts, day(DAYS)), expected);
    }

    #[test]
    fn movements_make_the_closing(book in book(), from in -2..DAYS, length in 0..DAYS) {
        let summary = summary(&book, from, from + length);
        for of in summary.groups.iter().map(|(_, figures)| figures).chain([&summary.total]) {
            let moved = of.opening.arr + of.new.arr + of.expansion.arr - of.contraction.arr - of.churn.arr;
            prop_assert_eq!(moved, of.closing.arr);
            prop_assert_eq!(of.opening.accounts + of.new.accounts - of.churn.accounts, of.closing.accounts);
            prop_assert!(amounts(of).iter().all(|amount| amount.arr >= Cents(0)));
            prop_assert!(of.contraction.arr + of.churn.arr <= of.opening.arr);
            prop_assert!(of.expansion.accounts + of.contraction.accounts + of.churn.accounts <= of.opening.accounts);
        }
    }

    #[test]
    fn ends_are_the_sums_of_days(book in book(), from in -2..DAYS, length in 0..DAYS) {
        let total = summary(&book, from, from + length).total;
        let on = |number| Cents(book.iter().map(|(_, facts)| as_of(facts, day(number))).sum());
        prop_assert_eq!(total.opening.arr, on(from - 1));
        prop_assert_eq!(total.closing.arr, on(from + length));
    }

    #[test]
    fn groups_make_the_total(book in book(), from in -2..DAYS, length in 0..DAYS) {
        let summary = summary(&book, from, from + length);
        let mut sums = [Amount::default(); 7];
        let mut inconsistent = 0;
        for (_, of) in &summary.groups {
            for (sum, amount) in sums.iter_mut().zip(amounts(of)) {
                *sum = Amount { accounts: sum.accounts + amount.accounts, arr: sum.arr + amount.arr };
            }
            inconsistent += of.inconsistent;
        }
        prop_assert_eq!(sums, amounts(&summary.total));
        prop_assert_eq!(inconsistent, summary.total.inconsistent);
    }

    #[test]
    fn periods_chain(book in book(), from in -2..DAYS, first in 0..DAYS, second in 0..DAYS) {
        let (middle, to) = (from + first, from + first + 1 + second);
        let (before, after, whole) = (summary(&book, from, middle), summary(&book, middle + 1, to), summary(&book, from, to));
        prop_assert_eq!(before.groups.len(), after.groups.len());
        for ((group, before), (same, after)) in before.groups.iter().zip(&after.groups) {
            prop_assert_eq!((group, before.closing), (same, after.opening));
        }
        prop_assert_eq!(before.total.opening, whole.total.opening);
        prop_assert_eq!(after.total.closing, whole.total.closing);
        prop_assert_eq!(before.total.undated, after.total.undated);
        prop_assert_eq!(before.total.inconsistent, after.total.inconsistent);
    }

    #[test]
    fn order_of_accounts_is_nothing(book in book(), from in -2..DAYS, length in 0..DAYS) {
        let backwards: Vec<_> = book.iter().rev().cloned().collect();
        prop_assert_eq!(summary(&book, from, from + length), summary(&backwards, from, from + length));
    }

    #[test]
    fn retention_keeps_its_bounds(book in book(), from in -2..DAYS, length in 0..DAYS) {
        let total = summary(&book, from, from + length).total;
        prop_assert_eq!(total.nrr().is_some(), total.opening.arr > Cents(0));
        prop_assert_eq!(total.grr().is_some(), total.nrr().is_some());
        if let (Some(net), Some(gross)) = (total.nrr(), total.grr()) {
            prop_assert!((0..=10_000).contains(&gross) && gross <= net);
            // Half a basis point at most: |net × opening − kept × 10,000| ≤ opening / 2.
            let kept = total.opening.arr + total.expansion.arr - total.contraction.arr - total.churn.arr;
            let opening = i128::from(total.opening.arr.0);
            let off = i128::from(net) * opening - i128::from(kept.0) * 10_000;
            prop_assert!(off.abs() * 2 <= opening);
        }
    }

    #[test]
    fn a_correction_moves_nothing(facts in facts(), to in amount(), from in -2..DAYS, length in 0..DAYS) {
        // Whatever moved before the line that it corrects, moved as before.
        let mut corrected = facts.clone();
        corrected.changes.push(ArrChange { effective_on: day(DAYS), kind: ChangeKind::Correction, old: facts.arr, new: to });
        corrected.arr = to;
        let changes = |facts: &Facts| facts.changes.iter().any(|change| change.kind == ChangeKind::Change);
        if !changes(&corrected) {
            let history = History::of(&corrected);
            prop_assert!(history.steps().iter().filter(|(_, arr)| *arr != 0).count() <= 1);
        }
        prop_assert!(!History::of(&corrected).inconsistent());
        let last = facts.changes.iter().rev().find(|change| change.kind == ChangeKind::Change).map(|change| change.effective_on);
        if let Some(last) = last && day(from + length) < last {
            let figures = |facts: &Facts| summary(&[(0, facts.clone())], from, from + length).total;
            let (before, after) = (figures(&facts), figures(&corrected));
            prop_assert_eq!(amounts(&before)[..6].to_vec(), amounts(&after)[..6].to_vec());
        }
    }
}
