//! Laws of series: a time that is cut in two has the occurrences of the whole, and the clock of the zone is what is kept to.

use std::collections::BTreeSet;

use chrono::{Datelike as _, Days, NaiveDate, NaiveDateTime, TimeDelta};

use super::*;

/// A series of meetings at nine in Berlin, with what was said of single ones.
#[derive(Debug, Clone)]
struct TestSeries {
    first: NaiveDate,
    rule: String,
    /// Days after the first.
    added: Vec<u64>,
    excluded: Vec<u64>,
    /// Days after the first, hours by which it is moved, and whether it is cancelled.
    changed: Vec<(u64, i64, bool)>,
}

impl TestSeries {
    fn day(&self, after: u64) -> NaiveDate {
        self.first.checked_add_days(Days::new(after)).unwrap()
    }

    fn nine(&self, after: u64) -> NaiveDateTime {
        self.day(after).and_hms_opt(9, 0, 0).unwrap()
    }

    fn file(&self) -> String {
        let local = |at: NaiveDateTime| at.format("%Y%m%dT%H%M%S").to_string();
        let zoned = "TZID=Europe/Berlin";
        let mut event = format!("UID:a\nSUMMARY:Review\nDTSTART;{zoned}:{}\nDURATION:PT1H", local(self.nine(0)));
        if !self.rule.is_empty() {
            event.push_str(&format!("\nRRULE:{}", self.rule));
        }
        for (name, days) in [("RDATE", &self.added), ("EXDATE", &self.excluded)] {
            for after in days {
                event.push_str(&format!("\n{name};{zoned}:{}", local(self.nine(*after))));
            }
        }
        for (after, hours, cancelled) in &self.changed {
            let (was, is) = (self.nine(*after), self.nine(*after) + TimeDelta::hours(*hours));
            event.push_str(&format!(
                "\nEND:VEVENT\nBEGIN:VEVENT\nUID:a\nSUMMARY:Moved\nRECURRENCE-ID;{zoned}:{}\nDTSTART;{zoned}:{}\nDURATION:PT1H",
                local(was),
                local(is)
            ));
            if *cancelled {
                event.push_str("\nSTATUS:CANCELLED");
            }
        }
        calendar(&event)
    }
}

fn made() -> impl Strategy<Value = TestSeries> {
    let rule = prop_oneof![
        2 => (1..4_u32).prop_map(|n| format!("FREQ=DAILY;INTERVAL={n}")),
        2 => (1..3_u32).prop_map(|n| format!("FREQ=WEEKLY;INTERVAL={n};BYDAY=MO,TH")),
        2 => (1..3_u32).prop_map(|n| format!("FREQ=MONTHLY;INTERVAL={n};BYDAY=-1FR")),
        1 => Just("FREQ=MONTHLY;BYMONTHDAY=31".to_owned()),
        1 => Just("FREQ=YEARLY".to_owned()),
        1 => Just(String::new()),
    ];
    let end = prop_oneof![
        2 => Just(String::new()),
        1 => (1..60_u32).prop_map(|count| format!(";COUNT={count}")),
        1 => (0..500_u64).prop_map(|days| {
            let day = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap().checked_add_days(Days::new(days)).unwrap();
            format!(";UNTIL={}", day.format("%Y%m%d"))
        }),
    ];
    let days = || vec(0..400_u64, 0..4);
    (0..400_u64, rule, end, days(), days(), vec((0..60_u64, -30..30_i64, any::<bool>()), 0..3)).prop_map(
        |(first, rule, end, added, excluded, mut changed)| {
            let first = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap().checked_add_days(Days::new(first)).unwrap();
            // Said of one occurrence once.
            changed.sort_unstable();
            changed.dedup_by_key(|(after, ..)| *after);
            let rule = if rule.is_empty() { rule } else { rule + &end };
            // Without a rule and another day there is no series.
            let added = if rule.is_empty() && added.is_empty() { vec![7] } else { added };
            TestSeries { first, rule, added, excluded, changed }
        },
    )
}

/// Occurrences that were to begin within the time: what they are known by, when they begin, whether they are cancelled.
fn occurrences(file: &str, from: DateTime<Utc>, to: DateTime<Utc>) -> BTreeSet<(String, DateTime<Utc>, bool)> {
    let read = read_within(file.as_bytes(), berlin(), from..to).unwrap();
    assert_eq!(read.warnings, [], "{file}");
    let all = read.events.into_iter().map(|placed| placed.event);
    let first = file.lines().find_map(|line| line.strip_prefix("DTSTART;TZID=Europe/Berlin:")).unwrap().to_owned();
    let told = |event: Event| {
        let at = match event.uid.split_once('/') {
            Some((_, at)) => NaiveDateTime::parse_from_str(at, "%Y%m%dT%H%M%SZ").unwrap().and_utc(),
            None => berlin().instant(NaiveDateTime::parse_from_str(&first, "%Y%m%dT%H%M%S").unwrap()),
        };
        (from..to).contains(&at).then_some((event.uid, event.start, event.cancelled))
    };
    let found: Vec<_> = all.filter_map(told).collect();
    let different: BTreeSet<_> = found.iter().cloned().collect();
    assert_eq!(found.len(), different.len(), "an occurrence was read twice: {found:?}");
    different
}

fn day_of(days: u64) -> DateTime<Utc> {
    at("2025-01-01T00:00:00Z") + Days::new(days)
}

proptest! {
    #[test]
    fn a_time_cut_in_two_has_the_occurrences_of_the_whole(
        made in made(), from in 0..500_u64, middle in 0..300_u64, rest in 0..300_u64, hours in 0..24_i64,
    ) {
        let file = made.file();
        let cut = day_of(from + middle) + TimeDelta::hours(hours);
        let (from, to) = (day_of(from), day_of(from + middle + rest) + TimeDelta::hours(hours));
        let whole = occurrences(&file, from, to);
        let (first, second) = (occurrences(&file, from, cut), occurrences(&file, cut, to));
        prop_assert_eq!(whole.len(), first.len() + second.len(), "{}", file);
        prop_assert_eq!(whole, first.union(&second).cloned().collect::<BTreeSet<_>>(), "{}", file);
    }

    /// Counted by hand: every so many days at nine by the clock there, but for those that were taken out.
    #[test]
    fn daily_meetings_are_as_counted_by_hand(
        first in 0..400_u64, interval in 1..5_u64, count in 1..50_u64, excluded in vec(0..200_u64, 0..6), from in 0..500_u64, days in 1..200_u64,
    ) {
        let first = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap().checked_add_days(Days::new(first)).unwrap();
        let rule = format!("FREQ=DAILY;INTERVAL={interval};COUNT={count}");
        let made = TestSeries { first, rule, added: vec![], excluded: excluded.clone(), changed: vec![] };
        let (from, to) = (day_of(from), day_of(from + days));
        let expected: BTreeSet<_> = (0..count)
            .map(|nth| (berlin().instant(made.nine(nth * interval)), excluded.contains(&(nth * interval))))
            .filter(|(at, _)| (from..to).contains(at))
            .collect();
        let found: BTreeSet<_> = occurrences(&made.file(), from, to).into_iter().map(|(_, at, cancelled)| (at, cancelled)).collect();
        prop_assert_eq!(found, expected, "{}", made.file());
        prop_assert!(first.year() >= 2025);
    }
}
