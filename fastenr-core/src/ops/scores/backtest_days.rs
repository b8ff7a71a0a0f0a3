//! The days of a back-test: month ends to score as of, and the Sundays before them.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

use crate::error::{Error, Result, Setting};
use crate::say;

/// Cut-offs of a back-test where nobody says how many.
pub(super) const MONTHS: u32 = 12;
/// More than that is a slip of the pen: ten years.
const MOST: usize = 120;
/// The longest lead and horizon, in days.
const LONGEST: u32 = 3_650;

/// Ages, before a cut-off, of the snapshots that churn risk reads as the latest ones.
const RECENT: std::ops::RangeInclusive<u64> = 1..=13;
/// Ages of those that it compares them with; before a churn, the days in which health should have foretold it.
pub(super) const BEFORE: std::ops::RangeInclusive<u64> = 60..=90;

/// How far a back-test looks ahead of a cut-off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) lead: u32,
    pub(super) horizon: u32,
}

impl Window {
    /// # Errors
    /// `lead`, `horizon`.
    pub(super) fn checked(self) -> Result<Self> {
        for (code, days, least) in [("lead", self.lead, 0), ("horizon", self.horizon, 1)] {
            if !(least..=LONGEST).contains(&days) {
                let message = format!("{code}: {days} is out of range: it is {least} to {LONGEST} days");
                return Err(Error::invalid(code, message));
            }
        }
        Ok(self)
    }

    /// The day after which a churn is one to foretell.
    pub(super) fn opens(self, cutoff: NaiveDate) -> NaiveDate {
        after(cutoff, self.lead)
    }

    /// The last day on which it is.
    pub(super) fn ends(self, cutoff: NaiveDate) -> NaiveDate {
        after(cutoff, self.lead + self.horizon)
    }
}

fn after(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_add_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MAX)
}

fn before(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN)
}

/// The last day of the month that is so many months from the day's.
fn month_end(day: NaiveDate, months: i32) -> Option<NaiveDate> {
    let first = day.with_day(1)?;
    let count = Months::new((months + 1).unsigned_abs());
    let next = if months + 1 < 0 { first.checked_sub_months(count) } else { first.checked_add_months(count) };
    next?.pred_opt()
}

/// The month ends from `from` to `to`, ascending. Without `to`: up to the last one whose window is over before `today`;
/// without `from`: the last `months` of them.
///
/// # Errors
/// `window_not_over` where the last window reaches today or beyond; `no_cutoff`; `too_many_cutoffs`.
pub(super) fn cutoffs(
    window: Window,
    (from, to): (Option<NaiveDate>, Option<NaiveDate>),
    today: NaiveDate,
    months: u32,
) -> Result<Vec<NaiveDate>> {
    let out_of_range = || Error::invalid("no_cutoff", "there is no month end in that range of days");
    // The last day whose window is over.
    let over = before(today, u64::from(window.lead) + u64::from(window.horizon) + 1);
    let floor = |day: NaiveDate| match month_end(day, 0) {
        Some(end) if end == day => Some(end),
        _ => month_end(day, -1),
    };
    let known = floor(over).ok_or_else(out_of_range)?;
    let last = match to {
        Some(to) => floor(to).ok_or_else(out_of_range)?,
        None => known,
    };
    if last > known {
        let ends = window.ends(last);
        let message = format!("who churned by {ends}, the end of the window of {last}, is not known yet on {today}");
        return Err(Error::invalid("window_not_over", message)
            .hint(say!("end with {}", Setting::To.is(known)))
            .hint(say!("or shorten {} or {}", Setting::Lead, Setting::Horizon)));
    }
    let first = match from {
        Some(from) => from,
        None => month_end(last, 1 - months.cast_signed()).ok_or_else(out_of_range)?,
    };
    let mut found = Vec::new();
    let mut next = month_end(first, 0);
    while let Some(end) = next.filter(|end| *end <= last) {
        if found.len() == MOST {
            let message = format!("there are more than {MOST} month ends from {first} to {last}");
            return Err(Error::invalid("too_many_cutoffs", message).hint(say!("choose a later {}", Setting::From)));
        }
        found.push(end);
        next = month_end(end, 1);
    }
    if found.is_empty() {
        let message = format!("no month ends from {first} to {}", to.unwrap_or(last));
        return Err(Error::invalid("no_cutoff", message)
            .hint(format!("cut-offs are the ends of months; the last one whose window is over is {known}")));
    }
    Ok(found)
}

/// The Sundays up to the last cut-off on which health has to be known: 60 to 90 days before a churn, and, where `past`
/// is asked for, those that churn risk looks back to from a cut-off.
pub(super) fn grid(cutoffs: &[NaiveDate], churns: &BTreeSet<NaiveDate>, past: bool) -> BTreeSet<NaiveDate> {
    let (Some(first), Some(last)) = (cutoffs.first(), cutoffs.last()) else { return BTreeSet::new() };
    let earliest = churns.first().map_or(*first, |churn| *churn.min(first));
    let begins = before(earliest, *BEFORE.end());
    let sundays = begins.iter_days().take_while(|day| day <= last).filter(|day| day.weekday() == Weekday::Sun);
    let within = |of: NaiveDate, day: NaiveDate, ages: &std::ops::RangeInclusive<u64>| {
        u64::try_from((of - day).num_days()).is_ok_and(|age| ages.contains(&age))
    };
    let looked_at = |day: &NaiveDate| {
        let past = past && cutoffs.iter().any(|of| within(*of, *day, &RECENT) || within(*of, *day, &BEFORE));
        past || churns.iter().any(|of| within(*of, *day, &BEFORE))
    };
    sundays.filter(looked_at).collect()
}

/// Whether a snapshot so many days old is one of the latest, or one of those that these are compared with.
pub(super) fn place(age: i64) -> Option<Place> {
    let age = u64::try_from(age).ok()?;
    match age {
        _ if RECENT.contains(&age) => Some(Place::Recent),
        _ if BEFORE.contains(&age) => Some(Place::Older),
        _ => None,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Recent,
    Older,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    const WINDOW: Window = Window { lead: 30, horizon: 90 };

    fn found(from: Option<&str>, to: Option<&str>, today: &str) -> Result<Vec<String>, &'static str> {
        let days = cutoffs(WINDOW, (from.map(day), to.map(day)), day(today), MONTHS);
        days.map(|days| days.iter().map(NaiveDate::to_string).collect()).map_err(|error| error.code)
    }

    #[test]
    fn twelve_months_whose_windows_are_over() {
        let days = found(None, None, "2026-05-31").unwrap();
        assert_eq!((days.len(), days[0].as_str(), days[11].as_str()), (12, "2025-01-31", "2025-12-31"));
        // 120 days after 31 January is 31 May, which has to be over.
        assert_eq!(found(None, None, "2026-06-01").unwrap()[11], "2026-01-31");
        assert_eq!(found(None, Some("2024-03-15"), "2026-06-01").unwrap()[11], "2024-02-29");
    }

    #[test]
    fn from_and_to_are_days() {
        let days = found(Some("2025-01-31"), Some("2025-03-31"), "2026-06-01");
        assert_eq!(days.unwrap(), ["2025-01-31", "2025-02-28", "2025-03-31"]);
        assert_eq!(found(Some("2025-02-01"), Some("2025-03-30"), "2026-06-01").unwrap(), ["2025-02-28"]);
        assert_eq!(found(Some("2025-12-02"), None, "2026-06-01").unwrap(), ["2025-12-31", "2026-01-31"]);
    }

    #[test]
    fn what_is_refused() {
        assert_eq!(found(Some("2025-02-01"), Some("2025-02-27"), "2026-06-01"), Err("no_cutoff"));
        assert_eq!(found(Some("2026-02-01"), None, "2026-06-01"), Err("no_cutoff"));
        assert_eq!(found(None, Some("2026-02-28"), "2026-06-01"), Err("window_not_over"));
        assert_eq!(found(Some("1990-01-01"), None, "2026-06-01"), Err("too_many_cutoffs"));
        for window in [Window { lead: 3_651, ..WINDOW }, Window { horizon: 0, ..WINDOW }] {
            assert!(window.checked().is_err(), "{window:?}");
        }
    }

    #[test]
    fn sundays_that_are_looked_at() {
        let grid = |churns: &[&str], past| -> Vec<String> {
            let churns = churns.iter().copied().map(day).collect();
            grid(&[day("2026-05-31")], &churns, past).iter().map(NaiveDate::to_string).collect()
        };
        assert!(grid(&[], false).is_empty());
        let older = ["2026-03-08", "2026-03-15", "2026-03-22", "2026-03-29"];
        // 2026-05-31 is a Sunday: its own age is 0, and 14 is too old.
        assert_eq!(grid(&[], true), [&older[..], &["2026-05-24"]].concat());
        // 60 to 90 days before 1 August: no day after the cut-off is looked at.
        assert_eq!(
            grid(&["2026-08-01"], false),
            ["2026-05-03", "2026-05-10", "2026-05-17", "2026-05-24", "2026-05-31"]
        );
        assert_eq!(grid(&["2026-08-30"], false), Vec::<String>::new());
    }

    #[test]
    fn places() {
        let of = |ages: std::ops::RangeInclusive<i64>, wanted| ages.into_iter().all(|age| place(age) == wanted);
        assert!(of(-5..=0, None) && of(1..=13, Some(Place::Recent)) && of(14..=59, None));
        assert!(of(60..=90, Some(Place::Older)) && of(91..=120, None));
    }
}
