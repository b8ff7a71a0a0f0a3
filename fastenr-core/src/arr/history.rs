//! One account's ARR as a step function of the day.

use chrono::NaiveDate;

use super::facts::{ArrChange, ChangeKind, Facts, cents};

/// What an account paid, day by day: 0, and from the day of each step on its amount.
///
/// - It begins at [`Facts::start`], with the old value of the first change; with what the account says if there is none.
/// - A change steps to its new value on its day. Of several on one day the last counts: a day's value is the one at its end.
/// - A correction takes the place of what the latest change before it set, from that change's day on; of the first
///   value if there was no change yet. It is no step of its own, so it shows as no movement.
/// - The new value counts. An old value that isn't the new one of the line before is not looked at, after the first line.
/// - If the last new value isn't what the account says, the account is right, and it is as if a correction to what it
///   says had followed: see [`History::inconsistent`].
/// - A churned account pays nothing from its day on, whatever is dated later. With no such day the history is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    steps: Vec<(NaiveDate, i64)>,
    inconsistent: bool,
}

impl History {
    pub fn of(facts: &Facts) -> Self {
        if facts.undated() {
            return Self { steps: Vec::new(), inconsistent: false };
        }
        let mut changes: Vec<&ArrChange> = facts.changes.iter().collect();
        changes.sort_by_key(|change| change.effective_on); // stable, and next to nothing where they are in order

        let now = cents(facts.arr);
        let first = changes.first().map_or(now, |change| cents(change.old));
        let mut last = (facts.start(), first);
        let mut set = Vec::with_capacity(changes.len() + 2);
        for change in &changes {
            if change.kind == ChangeKind::Change {
                set.push(last);
                last.0 = change.effective_on;
            }
            last.1 = cents(change.new);
        }
        let inconsistent = last.1 != now;
        last.1 = now;
        set.push(last);
        if let Some(end) = facts.end() {
            set.retain(|(day, _)| *day < end);
            set.push((end, 0));
        }
        Self { steps: steps(set), inconsistent }
    }

    /// Cents at the end of `day`.
    pub fn at(&self, day: NaiveDate) -> i64 {
        self.after(self.steps.partition_point(|(from, _)| *from <= day))
    }

    /// Cents at the end of the day before `day`.
    pub fn before(&self, day: NaiveDate) -> i64 {
        self.after(self.steps.partition_point(|(from, _)| *from < day))
    }

    /// The days on which the amount became another, in order, with the cents from that day on. Before the first: 0.
    pub fn steps(&self) -> &[(NaiveDate, i64)] {
        &self.steps
    }

    /// Whether the last change said something else than the account: a value was written past the history, or changes were
    /// not dated in the order they were made.
    pub const fn inconsistent(&self) -> bool {
        self.inconsistent
    }

    fn after(&self, steps: usize) -> i64 {
        steps.checked_sub(1).and_then(|last| self.steps.get(last)).map_or(0, |(_, arr)| *arr)
    }
}

/// The last of each day, and of those only what differs from what stood.
fn steps(set: Vec<(NaiveDate, i64)>) -> Vec<(NaiveDate, i64)> {
    let mut steps: Vec<(NaiveDate, i64)> = Vec::with_capacity(set.len());
    for (at, (day, arr)) in set.iter().enumerate() {
        let ends_its_day = set.get(at + 1).is_none_or(|(next, _)| next != day);
        let stood = steps.last().map_or(0, |(_, arr)| *arr);
        if ends_its_day && *arr != stood {
            steps.push((*day, *arr));
        }
    }
    steps
}

/// Cents that an account paid at the end of `day`, as [`History`] defines it. 0 for one that churned nobody knows when.
pub fn as_of(facts: &Facts, day: NaiveDate) -> i64 {
    History::of(facts).at(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A day of March 2026; those of February are below 1.
    fn day(of_march: i64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 1).unwrap() + chrono::TimeDelta::days(of_march - 1)
    }

    /// Created on 1 March, still there.
    fn account(arr: Option<i64>, changes: &[(i64, ChangeKind, Option<i64>, Option<i64>)]) -> Facts {
        let changes = changes.iter();
        let line = |&(on, kind, old, new)| ArrChange { effective_on: day(on), kind, old, new };
        Facts {
            created_on: day(1),
            contract_start: None,
            arr,
            churned: false,
            churned_on: None,
            changes: changes.map(line).collect(),
        }
    }

    fn steps_of(facts: &Facts) -> Vec<(i64, i64)> {
        let number = |of: NaiveDate| (of - day(1)).num_days() + 1;
        History::of(facts).steps().iter().map(|(from, arr)| (number(*from), *arr)).collect()
    }

    #[test]
    fn changes_and_corrections() {
        use ChangeKind::{Change, Correction};
        type Line = (i64, ChangeKind, Option<i64>, Option<i64>);
        type Case = (&'static str, Option<i64>, &'static [Line], &'static [(i64, i64)]);
        let cases: &[Case] = &[
            ("no change", Some(5), &[], &[(1, 5)]),
            ("no ARR", None, &[], &[]),
            ("one change", Some(8), &[(10, Change, Some(5), Some(8))], &[(1, 5), (10, 8)]),
            ("from none", Some(8), &[(10, Change, None, Some(8))], &[(10, 8)]),
            ("to none", None, &[(10, Change, Some(5), None)], &[(1, 5), (10, 0)]),
            ("to none, which is 0", Some(0), &[(10, Change, Some(5), None)], &[(1, 5), (10, 0)]),
            ("correction first", Some(8), &[(10, Correction, Some(5), Some(8))], &[(1, 8)]),
            (
                "correction first, then a change",
                Some(9),
                &[(10, Correction, Some(5), Some(8)), (12, Change, Some(8), Some(9))],
                &[(1, 8), (12, 9)],
            ),
            (
                "correction after a change",
                Some(7),
                &[(10, Change, Some(5), Some(8)), (20, Correction, Some(8), Some(7))],
                &[(1, 5), (10, 7)],
            ),
            (
                "correction that undoes a change",
                Some(5),
                &[(10, Change, Some(5), Some(8)), (20, Correction, Some(8), Some(5))],
                &[(1, 5)],
            ),
            (
                "correction between changes",
                Some(9),
                &[
                    (10, Change, Some(5), Some(8)),
                    (12, Correction, Some(8), Some(6)),
                    (14, Correction, Some(6), Some(7)),
                    (16, Change, Some(7), Some(9)),
                ],
                &[(1, 5), (10, 7), (16, 9)],
            ),
            (
                "several on one day",
                Some(6),
                &[(10, Change, Some(5), Some(8)), (10, Change, Some(8), Some(6))],
                &[(1, 5), (10, 6)],
            ),
            (
                "there and back on one day",
                Some(5),
                &[(10, Change, Some(5), Some(8)), (10, Change, Some(8), Some(5))],
                &[(1, 5)],
            ),
            ("on its first day", Some(8), &[(1, Change, Some(5), Some(8))], &[(1, 8)]),
            ("before it was created", Some(8), &[(-9, Change, Some(5), Some(8))], &[(-9, 8)]),
            ("corrected before it was created", Some(8), &[(-9, Correction, Some(5), Some(8))], &[(-9, 8)]),
            ("the account says something else", Some(9), &[(10, Change, Some(5), Some(8))], &[(1, 5), (10, 9)]),
            ("and it was only corrected", Some(9), &[(10, Correction, Some(5), Some(8))], &[(1, 9)]),
            (
                "not in order",
                Some(9),
                &[(20, Change, Some(8), Some(9)), (10, Change, Some(5), Some(8))],
                &[(1, 5), (10, 8), (20, 9)],
            ),
        ];
        for (name, arr, changes, steps) in cases {
            assert_eq!(steps_of(&account(*arr, changes)), *steps, "{name}");
        }
    }

    #[test]
    fn beginning_and_end() {
        let change = (10, ChangeKind::Change, Some(5), Some(8));
        let kept = account(Some(8), &[change]);
        let contract = |start| Facts { contract_start: Some(day(start)), ..kept.clone() };
        assert_eq!(steps_of(&contract(-20)), [(-20, 5), (10, 8)]);
        assert_eq!(steps_of(&contract(30)), [(1, 5), (10, 8)]);

        let left = |churned, on: Option<i64>| Facts { churned, churned_on: on.map(day), ..kept.clone() };
        assert_eq!(steps_of(&left(true, Some(20))), [(1, 5), (10, 8), (20, 0)]);
        assert_eq!(steps_of(&left(true, Some(10))), [(1, 5), (10, 0)]);
        assert_eq!(steps_of(&left(true, Some(6))), [(1, 5), (6, 0)]);
        assert_eq!(steps_of(&left(true, Some(1))), []);
        assert_eq!(steps_of(&left(true, Some(-6))), []);
        assert_eq!(steps_of(&left(true, None)), []);
        assert_eq!(steps_of(&left(false, Some(6))), [(1, 5), (10, 8)]);
    }

    #[test]
    fn days_end() {
        let facts = account(Some(8), &[(10, ChangeKind::Change, Some(5), Some(8))]);
        for (on, arr) in [(0, 0), (1, 5), (9, 5), (10, 8), (400, 8)] {
            assert_eq!(as_of(&facts, day(on)), arr, "{on}");
            assert_eq!(History::of(&facts).before(day(on + 1)), arr, "{on}");
        }
    }

    #[test]
    fn disagreement_is_told() {
        let change = [(10, ChangeKind::Change, Some(5), None)];
        for (arr, inconsistent) in [(None, false), (Some(0), false), (Some(5), true)] {
            assert_eq!(History::of(&account(arr, &change)).inconsistent(), inconsistent, "{arr:?}");
            assert!(!History::of(&account(arr, &[])).inconsistent(), "{arr:?}");
        }
    }
}
