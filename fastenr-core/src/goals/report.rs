//! What came of many goals.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::WHOLE;
use crate::model::GoalStatus;

/// A goal, as far as the report looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedGoal<K> {
    /// The group it counts in, e.g. its metric type or the size of its account.
    pub group: K,
    pub status: GoalStatus,
    pub started_on: NaiveDate,
    pub completion_date: Option<NaiveDate>,
}

/// The goals of one group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// All: achieved, missed and open.
    pub goals: u64,
    pub achieved: u64,
    pub missed: u64,
    pub on_track: u64,
    pub at_risk: u64,
    /// `achieved / (achieved + missed)` in basis points, to the nearest; `None` while neither has happened.
    pub completion_rate: Option<u16>,
    /// `None` without an achieved goal that has a completion date.
    pub time_to_achieve: Option<CompletionTimes>,
}

impl Group {
    /// On track or at risk: not decided.
    pub const fn open(&self) -> u64 {
        self.on_track + self.at_risk
    }
}

/// Days from the start of a goal to its completion, in hundredths of a day: two and a half days are 250.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompletionTimes {
    /// The achieved goals with a completion date.
    pub count: u64,
    /// The middle one, or half way between the two in the middle. Exact.
    pub median: i64,
    /// To the nearest hundredth, a half up.
    pub mean: i64,
}

/// All groups in the order of their keys, and all goals together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report<K> {
    pub groups: BTreeMap<K, Group>,
    pub total: Group,
}

/// Counts goals by group. A goal that was completed before the day it began (its baseline was set later) took no days.
pub fn report<K: Ord>(goals: impl IntoIterator<Item = ReportedGoal<K>>) -> Report<K> {
    let mut groups: BTreeMap<K, Tally> = BTreeMap::new();
    let mut total = Tally::default();
    for goal in goals {
        let days = goal.completion_date.map(|day| (day - goal.started_on).num_days().max(0));
        total.add(goal.status, days);
        groups.entry(goal.group).or_default().add(goal.status, days);
    }
    Report { groups: groups.into_iter().map(|(key, tally)| (key, tally.sum_up())).collect(), total: total.sum_up() }
}

#[derive(Default)]
struct Tally {
    group: Group,
    days: Vec<i64>,
}

impl Tally {
    fn add(&mut self, status: GoalStatus, days: Option<i64>) {
        let group = &mut self.group;
        group.goals += 1;
        match status {
            GoalStatus::OnTrack => group.on_track += 1,
            GoalStatus::AtRisk => group.at_risk += 1,
            GoalStatus::Missed => group.missed += 1,
            GoalStatus::Achieved => {
                group.achieved += 1;
                self.days.extend(days);
            }
        }
    }

    fn sum_up(mut self) -> Group {
        let decided = self.group.achieved + self.group.missed;
        self.group.completion_rate = rate(self.group.achieved, decided);
        self.days.sort_unstable();
        self.group.time_to_achieve = times(&self.days);
        self.group
    }
}

fn rate(part: u64, all: u64) -> Option<u16> {
    let twice = 2 * u128::from(part) * u128::from(WHOLE.unsigned_abs()) + u128::from(all);
    u16::try_from(twice.checked_div(2 * u128::from(all))?).ok()
}

/// Of sorted days.
fn times(days: &[i64]) -> Option<CompletionTimes> {
    let upper = *days.get(days.len() / 2)?;
    let lower = *days.get((days.len() - 1) / 2)?;
    let count = u64::try_from(days.len()).ok()?;
    let sum: i128 = days.iter().copied().map(i128::from).sum();
    let mean = (200 * sum + i128::from(count)) / (2 * i128::from(count));
    Some(CompletionTimes { count, median: (lower + upper) * 50, mean: i64::try_from(mean).ok()? })
}

#[cfg(test)]
mod tests {
    use GoalStatus::{Achieved, AtRisk, Missed, OnTrack};

    use super::*;

    fn goal(group: &str, status: GoalStatus, days: Option<i64>) -> ReportedGoal<&str> {
        let started_on = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
        ReportedGoal {
            group,
            status,
            started_on,
            completion_date: days.map(|n| started_on + chrono::TimeDelta::days(n)),
        }
    }

    #[test]
    fn counts_rates_and_times() {
        let report = report([
            goal("nps", Achieved, Some(10)),
            goal("arr", Missed, None),
            goal("nps", Achieved, Some(13)),
            goal("nps", Missed, None),
            goal("nps", OnTrack, None),
            goal("nps", AtRisk, Some(99)), // no completion, whatever the date says
            goal("seats", AtRisk, None),
            goal("late", Achieved, Some(-4)),
            goal("late", Achieved, None),
        ]);
        assert_eq!(report.groups.keys().copied().collect::<Vec<_>>(), ["arr", "late", "nps", "seats"]);
        let nps = &report.groups["nps"];
        assert_eq!((nps.goals, nps.achieved, nps.missed, nps.open()), (5, 2, 1, 2));
        assert_eq!(nps.completion_rate, Some(6_667));
        assert_eq!(nps.time_to_achieve, Some(CompletionTimes { count: 2, median: 1_150, mean: 1_150 }));
        assert_eq!(report.groups["arr"].completion_rate, Some(0));
        assert_eq!(report.groups["arr"].time_to_achieve, None);
        assert_eq!(report.groups["seats"].completion_rate, None);
        assert_eq!(report.groups["late"].time_to_achieve, Some(CompletionTimes { count: 1, median: 0, mean: 0 }));
        assert_eq!(report.total.goals, 9);
        assert_eq!(report.total.time_to_achieve, Some(CompletionTimes { count: 3, median: 1_000, mean: 767 }));
    }

    #[test]
    fn of_nothing() {
        let report = report::<u8>([]);
        assert!(report.groups.is_empty());
        assert_eq!(report.total, Group::default());
    }

    #[test]
    fn of_the_longest_times() {
        let ages = || ReportedGoal {
            group: (),
            status: Achieved,
            started_on: NaiveDate::MIN,
            completion_date: Some(NaiveDate::MAX),
        };
        let days = (NaiveDate::MAX - NaiveDate::MIN).num_days() * 100;
        let times = report([ages(), ages()]).total.time_to_achieve;
        assert_eq!(times, Some(CompletionTimes { count: 2, median: days, mean: days }));
    }
}
