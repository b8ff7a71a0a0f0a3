//! What a few accounts come to, worked out by hand, and what holds of any.

use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use super::*;

fn day(number: i64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + chrono::TimeDelta::days(number)
}

/// An account with its snapshots (day, health), all by one model, and its events (kind, day).
#[derive(Debug, Clone)]
struct Case {
    past: Vec<PastSnapshot>,
    events: Vec<(&'static str, i64)>,
    /// Of no interest to the report.
    aside: Vec<(&'static str, i64)>,
}

fn case(past: &[(i64, i64)], events: &[(&'static str, i64)]) -> Case {
    let past =
        past.iter().map(|&(at, health)| PastSnapshot { day: day(at), model: 0, health, sufficient: true }).collect();
    Case { past, events: events.to_vec(), aside: Vec::new() }
}

/// Met on day 0, from 55 points.
fn met(change: i64) -> Case {
    case(&[(0, 5_500), (30, 5_500 + change)], &[("call", 0)])
}

/// Never met.
fn other(change: i64) -> Case {
    case(&[(0, 5_400), (30, 5_400 + change)], &[])
}

fn study(cases: &[Case], apart: Exclusion) -> Vec<Row> {
    let mut study = Study::new(apart);
    for (kind, at) in cases.iter().flat_map(|case| &case.events) {
        study.add(kind, day(*at));
    }
    let of = |events: &[(&str, i64)]| -> Vec<Event> {
        events.iter().filter_map(|(kind, at)| study.event(kind, day(*at))).collect()
    };
    let events: Vec<(Vec<Event>, Vec<Event>)> =
        cases.iter().map(|case| (of(&case.events), of(&[&case.events[..], &case.aside].concat()))).collect();
    let accounts = || {
        let each = cases.iter().zip(&events);
        each.map(|(case, (events, all))| Account { past: &case.past, events, all })
    };
    let mut cells = Cells::new(&study);
    accounts().for_each(|account| cells.add(&account));
    let mut spread = cells.settle();
    accounts().for_each(|account| spread.add(&account));
    spread.finish()
}

/// The row of calls.
fn calls(cases: &[Case]) -> Row {
    study(cases, Exclusion::Kind).into_iter().find(|row| row.kind == "call").unwrap()
}

/// Ten met, whose scores rose by 4 or 6 points, and ten others, by 1 or 3.
fn book() -> Vec<Case> {
    let mut cases: Vec<Case> = (0..10).map(|n| met(400 + n % 2 * 200)).collect();
    cases.extend((0..10).map(|n| other(100 + n % 2 * 200)));
    cases
}

#[test]
fn by_hand() {
    let row = calls(&book());
    // Each mean has the variance 10 · 100² / 10²; together 2,000, times 10 / 9 for the few accounts; 1.96 · 47.14 = 92.4.
    let found = ImpactFigures { change: 500, comparison_change: 200, difference: 300, interval: Some((208, 392)) };
    assert_eq!(
        row,
        Row { kind: "call".into(), events: 10, pairs: 10, accounts: 10, comparison_accounts: 10, found: Some(found) }
    );
    assert_eq!(row.note(), "an association, not an effect");
}

#[test]
fn cells_weigh_by_their_pairs() {
    let mut cases = book();
    // Two more start at 91 and 100, beside one that starts at 95; all others are out of their reach.
    let high =
        |start: i64, change: i64, events: &[(&'static str, i64)]| case(&[(0, start), (30, start + change)], events);
    cases.extend([high(9_100, -100, &[("call", 0)]), high(10_000, -500, &[("call", 0)]), high(9_500, -900, &[])]);
    let found = calls(&cases).found.unwrap();
    // (10 · 500 − 600) / 12 and (10 · 200 − 2 · 900) / 12, to the nearest.
    assert_eq!((found.change, found.comparison_change, found.difference), (367, 17, 350));
}

#[test]
fn what_is_a_pair() {
    let changed = |change: &dyn Fn(&mut Case)| {
        let mut cases = book();
        let mut one = met(700);
        change(&mut one);
        cases.push(one);
        calls(&cases).pairs - 10
    };
    assert_eq!(changed(&|_| ()), 1);
    // The same two snapshots are asked of whoever it is compared with, so it brings along one.
    let moved = |from: i64, to: i64| {
        let mut cases = book();
        cases.push(case(&[(from, 5_500), (to, 5_900)], &[("call", 0)]));
        cases.push(case(&[(from, 5_500), (to, 5_500)], &[]));
        calls(&cases).pairs - 10
    };
    for (from, to, pairs) in [(-7, 23, 1), (-8, 23, 0), (-7, 22, 0), (0, 31, 0), (1, 30, 0), (-1, 29, 1)] {
        assert_eq!(moved(from, to), pairs, "{from} to {to}");
    }
    assert_eq!(changed(&|case| case.past[0].sufficient = false), 0);
    assert_eq!(changed(&|case| case.past[1].sufficient = false), 0);
    assert_eq!(changed(&|case| case.past[1].model = 1), 0);
    // Of another model throughout: nobody to compare with.
    assert_eq!(changed(&|case| case.past.iter_mut().for_each(|past| past.model = 1)), 0);
    assert_eq!(changed(&|case| case.past[0].health = 6_000), 0);
    assert_eq!(changed(&|case| case.past[0].health = 5_999), 1);
}

#[test]
fn several_of_a_day_are_one_pair() {
    let mut cases = book();
    cases[0].events.push(("call", 0));
    let row = calls(&cases);
    assert_eq!((row.events, row.pairs), (11, 10));
}

#[test]
fn who_is_compared_with() {
    let against = |kind: &'static str, at: i64, apart: Exclusion| {
        let mut cases = book();
        let mut one = other(9_000 - 5_400);
        one.aside.push((kind, at));
        cases.push(one);
        study(&cases, apart)[0].comparison_accounts
    };
    for (at, accounts) in [(-31, 11), (-30, 10), (0, 10), (30, 10), (31, 11)] {
        assert_eq!(against("call", at, Exclusion::Kind), accounts, "{at}");
        assert_eq!(against("call", at, Exclusion::Any), accounts, "{at}");
        assert_eq!(against("demo", at, Exclusion::Kind), 11, "{at}");
        assert_eq!(against("demo", at, Exclusion::Any), accounts, "{at}");
    }
}

#[test]
fn too_few() {
    let row = calls(&book()[1..]);
    assert_eq!((row.pairs, row.found, row.note().as_str()), (9, None, "too few: 9 pairs, 10 are needed"));
    let row = calls(&book()[..19]);
    assert_eq!(row.found.map(|found| found.interval), Some(None));
    let note = "an association, not an effect; no interval: 10 accounts against 9, 10 are needed on both sides";
    assert_eq!(row.note(), note);
    // Without anyone to compare with, there are no pairs.
    let row = calls(&book()[..10]);
    assert_eq!((row.events, row.pairs, row.comparison_accounts), (10, 0, 0));
    assert_eq!(study(&[other(1)], Exclusion::Kind), []);
}

#[test]
fn the_days_asked_for() {
    let mut study = Study::new(Exclusion::Kind);
    study.add("call", day(0));
    study.add("demo", day(1));
    let days = study.snapshot_days();
    let expected: Vec<NaiveDate> = (-7..=1).chain(23..=31).map(day).collect();
    assert_eq!(days, expected);
    assert_eq!(study.span(), Some((day(0), day(1))));
    study.add("call", NaiveDate::MAX);
    study.add("call", NaiveDate::MIN);
    assert!(study.snapshot_days().contains(&NaiveDate::MAX.checked_sub_days(Days::new(7)).unwrap()));
}

fn cases() -> impl Strategy<Value = Vec<Case>> {
    let events = proptest::collection::vec((prop_oneof![Just("call"), Just("demo")], 0..6_i64), 0..3);
    let one = (proptest::collection::vec(4_800..5_300_i64, 40), events)
        .prop_map(|(health, events)| case(&(-3..37).zip(health).collect::<Vec<_>>(), &events));
    proptest::collection::vec(one, 0..60)
}

proptest! {
    #[test]
    fn in_any_order(cases in cases()) {
        let rows = study(&cases, Exclusion::Kind);
        let back: Vec<Case> = cases.into_iter().rev().collect();
        prop_assert_eq!(rows, study(&back, Exclusion::Kind));
    }

    #[test]
    fn numbers_fit_together(cases in cases()) {
        for row in study(&cases, Exclusion::Kind) {
            prop_assert!(row.accounts <= row.pairs && row.pairs <= row.events);
            prop_assert_eq!(row.found.is_some(), row.pairs >= LEAST_PAIRS);
            if let Some(found) = row.found {
                prop_assert_eq!(found.difference, found.change - found.comparison_change);
                if let Some((low, high)) = found.interval {
                    prop_assert!(low <= found.difference + 1 && found.difference - 1 <= high);
                }
            }
        }
    }

    /// What moves every score alike between the two days is no difference.
    #[test]
    fn a_common_drift_is_no_difference(cases in cases(), drift in -200..200_i64) {
        let drifted: Vec<Case> = cases.iter().cloned().map(|mut case| {
            case.past.iter_mut().filter(|past| past.day >= day(10)).for_each(|past| past.health += drift);
            case
        }).collect();
        let found = |cases: &[Case]| study(cases, Exclusion::Kind).into_iter().map(|row| row.found).collect::<Vec<_>>();
        for (before, after) in found(&cases).into_iter().zip(found(&drifted)) {
            prop_assert_eq!(before.is_some(), after.is_some());
            let (Some(before), Some(after)) = (before, after) else { continue };
            prop_assert!((before.difference - after.difference).abs() <= 2);
            // Halves may go to another even number.
            prop_assert!((before.change + drift - after.change).abs() <= 1);
        }
    }
}
