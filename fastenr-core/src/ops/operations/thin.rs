//! Which days keep their snapshots, as they grow old.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::store::prune::SnapshotDay;

/// The oldest age in days, seen from the latest day, at which each day is kept: what looks back over a quarter finds all of it.
pub const DAILY: u64 = 90;

/// For so many months one day of each ISO week is kept.
pub const WEEKLY_MONTHS: u32 = 24;

/// The days, of those up to `today` that have snapshots, ascending, whose snapshots go.
///
/// Kept are: the 90 days before the latest one, and that; the last day of each ISO week for 24 months; the last day of each month for good. The last day of
/// a month is kept from the start, so that it makes no difference how often this is done. Of a week or a month that is the last
/// one on which the whole organization was scored, or, where it never was, the last one at all.
pub fn thinned(days: &[SnapshotDay], today: NaiveDate) -> Vec<NaiveDate> {
    // Trends look back from the latest run, which may be some days old.
    let latest = days.last().map_or(today, |last| last.day);
    let daily = latest.checked_sub_days(Days::new(DAILY)).unwrap_or(NaiveDate::MIN);
    let weekly = today.checked_sub_months(Months::new(WEEKLY_MONTHS)).unwrap_or(NaiveDate::MIN);
    let (mut weeks, mut months) = (BTreeMap::new(), BTreeMap::new());
    let week = |day: NaiveDate| (day.iso_week().year(), day.iso_week().week());
    let month = |day: NaiveDate| (day.year(), day.month());
    for day in days {
        let rank = (day.whole, day.day);
        let last = weeks.entry(week(day.day)).or_insert(rank);
        *last = rank.max(*last);
        let last = months.entry(month(day.day)).or_insert(rank);
        *last = rank.max(*last);
    }
    let is_last = |last: Option<&(bool, NaiveDate)>, day: NaiveDate| last.is_some_and(|(_, last)| *last == day);
    let kept = |day: NaiveDate| {
        day >= daily || (day >= weekly && is_last(weeks.get(&week(day)), day)) || is_last(months.get(&month(day)), day)
    };
    days.iter().map(|day| day.day).filter(|day| !kept(*day)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn all(from: &str, to: &str) -> Vec<SnapshotDay> {
        let to = day(to);
        day(from).iter_days().take_while(|day| *day <= to).map(|day| SnapshotDay { day, whole: true }).collect()
    }

    fn kept(days: &[SnapshotDay], today: NaiveDate) -> Vec<NaiveDate> {
        let gone = thinned(days, today);
        days.iter().map(|day| day.day).filter(|day| !gone.contains(day)).collect()
    }

    fn texts(days: &[NaiveDate], from: &str, to: &str) -> Vec<String> {
        days.iter().filter(|at| (day(from)..=day(to)).contains(at)).map(ToString::to_string).collect()
    }

    #[test]
    fn boundaries() {
        // 90 days before are 2026-03-02, a Monday; 24 months before, 2024-05-31, a Friday.
        let today = day("2026-05-31");
        let kept = kept(&all("2023-12-01", "2026-05-31"), today);
        assert_eq!(texts(&kept, "2026-03-02", "2026-05-31").len(), 91);
        // Sundays, and the month's end; the turn of the year is one week.
        assert_eq!(
            texts(&kept, "2025-12-20", "2026-03-01"),
            [
                "2025-12-21",
                "2025-12-28",
                "2025-12-31",
                "2026-01-04",
                "2026-01-11",
                "2026-01-18",
                "2026-01-25",
                "2026-01-31",
                "2026-02-01",
                "2026-02-08",
                "2026-02-15",
                "2026-02-22",
                "2026-02-28",
                "2026-03-01"
            ]
        );
        // Sunday the 2nd of June is within 24 months, Sunday the 26th of May is not.
        assert_eq!(
            texts(&kept, "2023-12-01", "2024-06-09"),
            [
                "2023-12-31",
                "2024-01-31",
                "2024-02-29",
                "2024-03-31",
                "2024-04-30",
                "2024-05-31",
                "2024-06-02",
                "2024-06-09"
            ]
        );
    }

    #[test]
    fn a_week_across_the_boundary_ends_in_the_days() {
        // 90 days before are 2026-02-26, a Thursday: Monday to Wednesday go, for Sunday is to stay.
        let kept = kept(&all("2026-02-16", "2026-05-27"), day("2026-05-27"));
        assert_eq!(texts(&kept, "2026-02-16", "2026-02-27"), ["2026-02-22", "2026-02-26", "2026-02-27"]);
    }

    #[test]
    fn whole_runs_come_first() {
        let mut days = all("2025-01-06", "2025-01-12");
        days.extend(all("2026-01-01", "2026-01-01"));
        days[5].whole = false;
        days[6].whole = false;
        assert_eq!(texts(&kept(&days, day("2026-01-01")), "2025-01-01", "2025-01-31"), ["2025-01-10"]);
        days.iter_mut().take(7).for_each(|day| day.whole = false);
        assert_eq!(texts(&kept(&days, day("2026-01-01")), "2025-01-01", "2025-01-31"), ["2025-01-12"]);
    }

    proptest! {
        /// However often it is done on the way, the same days are left; and a second time changes nothing.
        #[test]
        fn once_is_as_good_as_often(
            ages in prop::collection::btree_set(0_u64..1_100, 0..300), partial in 0_u64..40,
            stops in prop::collection::btree_set(0_u64..1_100, 0..6),
        ) {
            let today = day("2026-05-31");
            let back = |age: u64| today - Days::new(age);
            let whole = |age: u64| partial == 0 || age % 41 != partial;
            let days: Vec<SnapshotDay> =
                ages.iter().rev().map(|age| SnapshotDay { day: back(*age), whole: whole(*age) }).collect();
            let once = kept(&days, today);
            let mut left = days.clone();
            for stop in stops.iter().rev().copied().chain([0, 0]) {
                let gone: Vec<NaiveDate> = {
                    let then: Vec<SnapshotDay> = left.iter().copied().filter(|day| day.day <= back(stop)).collect();
                    thinned(&then, back(stop))
                };
                left.retain(|day| !gone.contains(&day.day));
            }
            let left: Vec<NaiveDate> = left.iter().map(|day| day.day).collect();
            prop_assert_eq!(&left, &once);
            prop_assert!(days.last().is_none_or(|last| once.contains(&last.day)));
        }
    }
}
