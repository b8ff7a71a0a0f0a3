//! What holds for any goal.

use chrono::{NaiveDate, TimeDelta};
use proptest::prelude::*;

use super::*;
use crate::model::{GoalStatus, Milestone, MilestoneTitle, Milestones};

/// Any value, extremes and near neighbours more often.
fn value() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), -300..300_i64, Just(i64::MIN), Just(i64::MAX), -1_000_000..1_000_000_i64]
}

fn date() -> impl Strategy<Value = NaiveDate> {
    let near = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap_or_default();
    let far = (NaiveDate::MAX - NaiveDate::MIN).num_days();
    prop_oneof![
        4 => (-60..60_i64).prop_map(move |n| near + TimeDelta::days(n)),
        1 => (0..=far).prop_map(|n| NaiveDate::MIN + TimeDelta::days(n)),
        1 => Just(NaiveDate::MIN),
        1 => Just(NaiveDate::MAX),
    ]
}

fn facts() -> impl Strategy<Value = Facts> {
    let values = (value(), value(), prop::option::of(value()));
    let dates = (date(), prop::option::of(date()), prop::option::of(date()), prop::option::of(date()));
    let manual = prop::option::of(prop::sample::select(GoalStatus::ALL));
    (values, dates, manual, any::<bool>()).prop_map(
        |((start, current, target), (started_on, target_date, progress_on, completion_date), manual, progressed)| {
            Facts { start, started_on, current, progress_on, target, target_date, completion_date, manual, progressed }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn achieved_has_a_completion_date_and_nothing_else_has(facts in facts(), today in date()) {
        let outcome = status(&facts, today);
        prop_assert_eq!(outcome.status == GoalStatus::Achieved, outcome.completion_date.is_some());
        prop_assert_eq!(outcome.by_rule, facts.manual.is_none() || facts.progressed);
        if !outcome.by_rule {
            prop_assert_eq!(Some(outcome.status), facts.manual);
        }
        // What was decided stands when it is asked again.
        let again = Facts { completion_date: outcome.completion_date, ..facts };
        prop_assert_eq!(status(&again, today), outcome);
    }

    #[test]
    fn by_rule_achieved_is_reached_and_missed_is_over(facts in facts(), today in date()) {
        let facts = Facts { manual: None, ..facts };
        let by_rule = status(&facts, today).status;
        let is_reached = facts.target.is_some_and(|target| reached(facts.start, facts.current, target));
        prop_assert_eq!(by_rule == GoalStatus::Achieved, is_reached);
        let is_over = facts.target.is_some() && facts.target_date.is_some_and(|date| date < today);
        prop_assert_eq!(by_rule == GoalStatus::Missed, is_over && !is_reached);
    }

    #[test]
    fn more_progress_is_never_worse(facts in facts(), target in value(), more in value(), today in date()) {
        let up = Direction::of(facts.start, target) == Direction::Up;
        let better = if up { facts.current.max(more) } else { facts.current.min(more) };
        let facts = Facts { manual: None, target: Some(target), ..facts };
        let rank = |facts: &Facts| match status(facts, today).status {
            GoalStatus::Missed => 0,
            GoalStatus::AtRisk => 1,
            GoalStatus::OnTrack => 2,
            GoalStatus::Achieved => 3,
        };
        let improved = Facts { current: better, ..facts };
        prop_assert!(rank(&facts) <= rank(&improved));
        prop_assert!(raw_share(facts.start, facts.current, target) <= raw_share(facts.start, better, target));
    }

    #[test]
    fn the_whole_share_is_reached(start in value(), current in value(), target in value()) {
        let raw = raw_share(start, current, target);
        prop_assert_eq!(raw >= WHOLE, reached(start, current, target));
        prop_assert_eq!(i64::from(progress_share(start, current, target)), raw.clamp(0, WHOLE));
    }

    #[test]
    fn the_expected_share_grows(started in date(), target in date(), a in date(), b in date()) {
        let share = |today| expected_share(started, target, today);
        prop_assert!(share(a.min(b)) <= share(a.max(b)) && share(a) <= 10_000);
    }

    #[test]
    fn milestones_are_reached_once(
        values in prop::collection::vec(value(), 0..5),
        start in value(),
        target in prop::option::of(value()),
        current in value(),
    ) {
        let milestone = |value: &i64| Milestone {
            title: MilestoneTitle::parse("m").unwrap(),
            target_value: Some(*value),
            target_date: None,
            completed_on: None,
        };
        let mut milestones = Milestones::new(values.iter().map(milestone).collect()).unwrap();
        let day = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        let completed = reach(&mut milestones, start, target, current, day);
        prop_assert_eq!(milestones.iter().filter(|m| m.completed_on == Some(day)).count(), completed);
        prop_assert_eq!(reach(&mut milestones, start, target, current, day), 0);
        prop_assert_eq!(next_milestone(&milestones).is_some(), completed < values.len());
    }

    #[test]
    fn a_projection_is_in_order_and_ahead(
        points in prop::collection::vec((date(), value()), 0..12),
        start in value(),
        started_on in date(),
        target in value(),
        today in date(),
    ) {
        if let Some(projection) = project(&points, start, started_on, target, today) {
            prop_assert!(projection.finish >= today && (projection.finish - today).num_days() <= 3_653);
            prop_assert!(projection.earliest.is_none_or(|day| today <= day && day <= projection.finish));
            prop_assert!(projection.latest.is_none_or(|day| day >= projection.finish));
            prop_assert!(projection.points >= 2 && projection.points <= points.len() + 1);
            prop_assert_eq!(projection.earliest.is_some(), projection.points > 2);
        }
    }

    #[test]
    fn the_order_of_days_does_not_matter(
        values in prop::collection::vec(-500..2_000_i64, 2..12),
        today in 20..60_i64,
        turn in 0..12_usize,
    ) {
        let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        let day = |n: usize| first + TimeDelta::days(i64::try_from(n).unwrap() + 1);
        let points: Vec<_> = values.iter().enumerate().map(|(n, v)| (day(n), *v)).collect();
        let mut turned = points.clone();
        turned.rotate_left(turn % values.len());
        let today = first + TimeDelta::days(today);
        prop_assert_eq!(project(&points, 0, first, 5_000, today), project(&turned, 0, first, 5_000, today));
    }

    /// `slope` a day for `observed` days, `all` days in all: the finish is that day.
    #[test]
    fn a_straight_line_meets_its_target(
        start in -1_000_000_000_000..1_000_000_000_000_i64,
        slope in prop_oneof![1..1_000_i64, -1_000..-1_i64, Just(1_000_000_007)],
        observed in 1..40_i64,
        rest in 1..2_000_i64,
    ) {
        let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        let on = |n: i64| first + TimeDelta::days(n);
        let points: Vec<_> = (1..=observed).map(|n| (on(n), start + slope * n)).collect();
        let target = start + slope * (observed + rest);
        let projection = project(&points, start, first, target, on(observed)).unwrap();
        let off = (projection.finish - on(observed + rest)).num_days().abs();
        prop_assert!(off <= 1, "{} days off", off);
        if observed > 1 {
            prop_assert!((projection.latest.unwrap() - projection.earliest.unwrap()).num_days() <= 2);
        }
    }
}
