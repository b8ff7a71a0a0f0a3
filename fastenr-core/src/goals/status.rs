//! Where a goal stands.

use chrono::NaiveDate;

use super::WHOLE;
use super::share::{Direction, reached, time_gone};
use crate::model::GoalStatus;

/// How far linear progress may be behind before a goal is at risk: 10 percentage points of the whole, in basis points.
pub const TOLERANCE: i64 = 1_000;

/// What the status of a goal follows from. Values are in hundredths of its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Where and when it began.
    pub start: i64,
    pub started_on: NaiveDate,
    pub current: i64,
    /// The day `current` was recorded for; `None` is today.
    pub progress_on: Option<NaiveDate>,
    pub target: Option<i64>,
    /// The last day to reach the target in time.
    pub target_date: Option<NaiveDate>,
    /// The day of completion so far; `None` unless it was achieved so far.
    pub completion_date: Option<NaiveDate>,
    /// The status that a person or an import set, if the last word was theirs.
    pub manual: Option<GoalStatus>,
    /// Whether progress changed since `manual` was set.
    pub progressed: bool,
}

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    pub status: GoalStatus,
    /// There exactly if the goal is achieved.
    pub completion_date: Option<NaiveDate>,
    /// Whether the rule said so; `false` where the manual status still stands.
    pub by_rule: bool,
}

/// The status of a goal on `today`:
///
/// 1. A status set by hand stands until progress changes, whatever day it is.
/// 2. `achieved`: the target is reached ([`reached`]), also if after its date.
/// 3. `missed`: the target date is over. The target date itself still counts.
/// 4. `at_risk`: the share of the way and [`TOLERANCE`] together are less than the share of the time:
///    `(current − start)/(target − start) + 0.10 < (today − started_on)/(target_date − started_on)`, compared exactly.
/// 5. Otherwise `on_track`. So is a goal without a target value, always; one without a target date, until achieved.
///
/// The completion date is the one there was, else the day of the progress but never after today, and today where the
/// status was set by hand. It is cleared when the goal is achieved no longer.
pub fn status(facts: &Facts, today: NaiveDate) -> Outcome {
    let manual = facts.manual.filter(|_| !facts.progressed);
    let status = manual.unwrap_or_else(|| by_rule(facts, today));
    let day = match manual {
        Some(_) => today,
        None => facts.progress_on.map_or(today, |day| day.min(today)),
    };
    let completion_date = (status == GoalStatus::Achieved).then(|| facts.completion_date.unwrap_or(day));
    Outcome { status, completion_date, by_rule: manual.is_none() }
}

fn by_rule(facts: &Facts, today: NaiveDate) -> GoalStatus {
    let Some(target) = facts.target else { return GoalStatus::OnTrack };
    if reached(facts.start, facts.current, target) {
        return GoalStatus::Achieved;
    }
    match facts.target_date {
        Some(date) if date < today => GoalStatus::Missed,
        Some(date) if is_behind(facts, target, date, today) => GoalStatus::AtRisk,
        _ => GoalStatus::OnTrack,
    }
}

/// The fractions brought to one denominator: at most 2^64 × 10^4 × 2^28, far within `i128`.
fn is_behind(facts: &Facts, target: i64, target_date: NaiveDate, today: NaiveDate) -> bool {
    let direction = Direction::of(facts.start, target);
    let (done, need) = match direction.way(facts.start, target) {
        0 => (0, 1), // not reached, with nothing to go: no share of the way
        need => (direction.way(facts.start, facts.current), need),
    };
    let (gone, all) = time_gone(facts.started_on, target_date, today);
    (done * i128::from(WHOLE) + need * i128::from(TOLERANCE)) * i128::from(all)
        < i128::from(gone) * i128::from(WHOLE) * need
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::number::GOAL_VALUE;
    use GoalStatus::{Achieved, AtRisk, Missed, OnTrack};

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, day).unwrap()
    }

    /// From 0 on 1 January to 100 by 11 January.
    const PLAIN: Facts = Facts {
        start: 0,
        started_on: NaiveDate::from_ymd_opt(2026, 1, 1).unwrap(),
        current: 0,
        progress_on: None,
        target: Some(10_000),
        target_date: NaiveDate::from_ymd_opt(2026, 1, 11),
        completion_date: None,
        manual: None,
        progressed: false,
    };

    /// The table of the document, line by line.
    #[test]
    fn the_document_is_right() {
        let document = include_str!("../../../docs/goals.md");
        let rows: Vec<Vec<&str>> = document
            .lines()
            .skip_while(|line| !line.starts_with("| start | began |"))
            .skip(2)
            .take_while(|line| line.starts_with('|'))
            .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
            .collect();
        assert!(rows.len() >= 10, "{} rows", rows.len());
        for row in rows {
            let value = |n: usize| GOAL_VALUE.parse(row[n]);
            let date = |n: usize| row[n].parse::<NaiveDate>();
            let facts = Facts {
                start: value(0).unwrap(),
                started_on: date(1).unwrap(),
                current: value(2).unwrap(),
                target: value(3).ok(),
                target_date: date(4).ok(),
                ..PLAIN
            };
            assert_eq!(status(&facts, date(5).unwrap()).status.as_str(), row[6], "{row:?}");
        }
    }

    #[test]
    fn at_the_edges() {
        let fall = Facts { start: 10_000, target: Some(2_000), ..PLAIN };
        let flat = Facts { start: 5_000, target: Some(5_000), ..PLAIN };
        let point = Facts { target_date: Some(day(1)), ..PLAIN };
        for (facts, current, today, expected) in [
            (PLAIN, 0, 1, OnTrack),
            (PLAIN, 0, 2, OnTrack), // 10 points behind, which is the tolerance
            (PLAIN, -1, 2, AtRisk),
            (PLAIN, 4_000, 6, OnTrack),
            (PLAIN, 3_999, 6, AtRisk),
            (PLAIN, 9_000, 11, OnTrack), // the target date itself
            (PLAIN, 8_999, 11, AtRisk),
            (PLAIN, 9_999, 12, Missed),
            (PLAIN, 10_000, 12, Achieved), // late, but reached
            (PLAIN, 20_000, 1, Achieved),
            (fall, 6_800, 6, OnTrack),
            (fall, 6_801, 6, AtRisk),
            (fall, 2_000, 6, Achieved),
            (fall, -500, 6, Achieved),
            (fall, 2_001, 12, Missed),
            (flat, 5_000, 1, Achieved),
            (flat, 4_999, 2, OnTrack),
            (flat, 4_999, 3, AtRisk),
            (point, 0, 1, AtRisk),
            (point, 9_000, 1, OnTrack),
            (point, 0, 2, Missed),
            (Facts { target: None, ..PLAIN }, 0, 31, OnTrack),
            (Facts { target_date: None, ..PLAIN }, -9_999, 31, OnTrack),
            (Facts { target_date: None, ..PLAIN }, 10_000, 31, Achieved),
        ] {
            let facts = Facts { current, ..facts };
            assert_eq!(status(&facts, day(today)).status, expected, "{facts:?} on {today}");
        }
    }

    #[test]
    fn completion() {
        let there = Facts { current: 10_000, ..PLAIN };
        for (facts, expected) in [
            (there, Some(day(9))),
            (Facts { progress_on: Some(day(7)), ..there }, Some(day(7))),
            (Facts { progress_on: Some(day(30)), ..there }, Some(day(9))),
            (Facts { completion_date: Some(day(5)), progress_on: Some(day(7)), ..there }, Some(day(5))),
            // It fell below the target again.
            (Facts { completion_date: Some(day(5)), ..PLAIN }, None),
        ] {
            assert_eq!(status(&facts, day(9)).completion_date, expected, "{facts:?}");
        }
    }

    #[test]
    fn by_hand() {
        let by_hand = |manual| Facts { manual: Some(manual), progress_on: Some(day(3)), ..PLAIN };
        let outcome = |status, completion_date, by_rule| Outcome { status, completion_date, by_rule };
        for (facts, expected) in [
            (by_hand(Achieved), outcome(Achieved, Some(day(9)), false)),
            (Facts { completion_date: Some(day(5)), ..by_hand(Achieved) }, outcome(Achieved, Some(day(5)), false)),
            (Facts { completion_date: Some(day(5)), ..by_hand(OnTrack) }, outcome(OnTrack, None, false)),
            // Even where the rule says otherwise,
            (Facts { current: 10_000, ..by_hand(AtRisk) }, outcome(AtRisk, None, false)),
            (Facts { target_date: Some(day(2)), ..by_hand(OnTrack) }, outcome(OnTrack, None, false)),
            (Facts { target: None, ..by_hand(Missed) }, outcome(Missed, None, false)),
            // until there is progress.
            (Facts { progressed: true, current: 10_000, ..by_hand(AtRisk) }, outcome(Achieved, Some(day(3)), true)),
            (Facts { progressed: true, ..by_hand(Achieved) }, outcome(AtRisk, None, true)),
        ] {
            assert_eq!(status(&facts, day(9)), expected, "{facts:?}");
        }
    }
}
