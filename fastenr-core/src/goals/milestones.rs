//! Which milestones are reached, and which is next.

use chrono::NaiveDate;

use super::share::Direction;
use crate::model::{Milestone, Milestones};

/// Completes, on `day`, each open milestone whose value `current` has reached; the result is their number.
///
/// The direction is the goal's, from `start` to `target`; where the goal has no target value, it is each milestone's
/// own. A milestone without a value is for people to complete. One that is completed stays so and keeps its day, also
/// if the value goes back: it tells what was reached once, while the status tells what holds.
pub fn reach(milestones: &mut Milestones, start: i64, target: Option<i64>, current: i64, day: NaiveDate) -> usize {
    let is_reached = |milestone: &Milestone| {
        milestone.completed_on.is_none()
            && milestone
                .target_value
                .is_some_and(|value| Direction::of(start, target.unwrap_or(value)).has_reached(current, value))
    };
    milestones
        .iter_mut()
        .filter(|milestone| is_reached(milestone))
        .map(|milestone| milestone.completed_on = Some(day))
        .count()
}

/// The open milestone with the earliest target date; those without a date come last. Of equals it is the first in the list.
pub fn next_milestone(milestones: &Milestones) -> Option<&Milestone> {
    milestones
        .iter()
        .filter(|milestone| milestone.completed_on.is_none())
        .min_by_key(|milestone| milestone.target_date.unwrap_or(NaiveDate::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 1).unwrap()
    }

    fn done(milestones: &Milestones) -> Vec<&str> {
        milestones.iter().filter(|m| m.completed_on.is_some()).map(|m| m.title.as_str()).collect()
    }

    #[test]
    fn reached_in_the_direction_of_the_goal() {
        let list = r#"[{"title":"low","target_value":40},{"title":"high","target_value":60},{"title":"talk"}]"#;
        for (start, target, current, titles) in [
            (0, Some(10_000), 3_999, vec![]),
            (0, Some(10_000), 4_000, vec!["low"]),
            (0, Some(10_000), 9_000, vec!["low", "high"]),
            (10_000, Some(0), 6_001, vec![]),
            (10_000, Some(0), 6_000, vec!["high"]),
            (10_000, Some(0), i64::MIN, vec!["low", "high"]),
            // Beyond the start, against the way: reached as soon as anything is recorded.
            (5_000, Some(10_000), 5_000, vec!["low"]),
            // No target value: from the start to the milestone.
            (5_000, None, 4_500, vec![]),
            (5_000, None, 4_000, vec!["low"]),
            (5_000, None, 6_000, vec!["high"]),
        ] {
            let mut milestones = Milestones::parse(list).unwrap();
            assert_eq!(reach(&mut milestones, start, target, current, day()), titles.len());
            assert_eq!(done(&milestones), titles, "{start} {target:?} {current}");
        }
    }

    #[test]
    fn completed_stays_completed() {
        let mut milestones = Milestones::parse(r#"[{"title":"low","target_value":40}]"#).unwrap();
        assert_eq!(reach(&mut milestones, 0, Some(10_000), 5_000, day()), 1);
        let then = milestones.clone();
        assert_eq!(reach(&mut milestones, 0, Some(10_000), 0, day() + chrono::Days::new(1)), 0);
        assert_eq!(reach(&mut milestones, 0, Some(10_000), 5_000, day() + chrono::Days::new(2)), 0);
        assert_eq!(milestones, then);
    }

    #[test]
    fn next() {
        let list = r#"[{"title":"a"},{"title":"b","target_date":"2026-05-01"},{"title":"c","target_date":"2026-04-01"},
            {"title":"d","target_date":"2026-04-01"},{"title":"e","target_date":"2026-01-01","completed_on":"2026-01-01"}]"#;
        let mut milestones = Milestones::parse(list).unwrap();
        for expected in ["c", "d", "b", "a"] {
            assert_eq!(next_milestone(&milestones).unwrap().title.as_str(), expected);
            for milestone in milestones.iter_mut().filter(|m| m.title.as_str() == expected) {
                milestone.completed_on = Some(day());
            }
        }
        assert_eq!(next_milestone(&milestones), None);
    }
}
