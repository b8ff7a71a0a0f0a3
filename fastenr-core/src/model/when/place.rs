//! From words to the calendar: what day, what moment, seen from a day and a zone.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, SubsecRound, TimeDelta, Utc, Weekday};

use super::{DayWord, Length, Sense, Unit, Way, What, When, Which, invalid};
use crate::error::Invalid;
use crate::model::day::YEARS;
use crate::model::time_zone::{ClockTimes, TimeZone};

/// From where words are read.
#[derive(Debug, Clone, Copy)]
pub struct Today {
    pub now: DateTime<Utc>,
    pub zone: TimeZone,
    /// Mostly the day it is in the zone.
    pub day: NaiveDate,
}

/// What was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolvedWhen {
    Day(NaiveDate),
    /// A moment, and what is to be said where the clocks of the place show it twice or never.
    Moment(DateTime<Utc>, Option<String>),
}

impl Today {
    pub fn new(now: DateTime<Utc>, zone: TimeZone) -> Self {
        Self { now, zone, day: zone.day(now) }
    }
}

impl When {
    /// # Errors
    /// `date` for a length that could be either way where that is not clear, a day that no year has, or one beyond the calendar.
    pub fn place(self, today: &Today, sense: Sense) -> Result<ResolvedWhen, Invalid> {
        let beyond = || invalid("a year has four digits");
        let placed = match self.0 {
            What::Now => ResolvedWhen::Moment(today.now.trunc_subsecs(0), None),
            What::At(at) => ResolvedWhen::Moment(at.trunc_subsecs(6), None),
            What::Day(word, None) => ResolvedWhen::Day(day_of(word, today, sense)?),
            What::Day(word, Some(time)) => moment(today, day_of(word, today, sense)?, time),
            What::Away(way, length) => ResolvedWhen::Moment(away(today, way, length).ok_or_else(beyond)?, None),
            What::Bare(length) => {
                let way = match sense {
                    Sense::Back | Sense::End => Way::Ago,
                    Sense::Ahead => Way::Ahead,
                    Sense::Value => {
                        return Err(invalid("a length without a sign could be either way: write +3d or -3d"));
                    }
                };
                match length.seconds {
                    0 => ResolvedWhen::Day(shifted(today.day, way, length).ok_or_else(beyond)?),
                    _ => ResolvedWhen::Moment(away(today, way, length).ok_or_else(beyond)?, None),
                }
            }
        };
        let year = match &placed {
            ResolvedWhen::Day(day) => day.year(),
            ResolvedWhen::Moment(at, _) => at.year(),
        };
        if YEARS.contains(&year) { Ok(placed) } else { Err(beyond()) }
    }

    /// The day alone.
    ///
    /// # Errors
    /// As [`When::place`]; `date` where a time of the day was typed, which would be lost.
    pub fn day(self, today: &Today, sense: Sense) -> Result<NaiveDate, Invalid> {
        match (self.0, self.place(today, sense)?) {
            (What::Now, _) => Ok(today.day),
            (_, ResolvedWhen::Day(day)) => Ok(day),
            (_, ResolvedWhen::Moment(at, _)) => {
                let day = today.zone.day(at);
                Err(invalid(format!("a day is wanted, without a time of the day: write {day}")))
            }
        }
    }
}

/// A local time as a moment, with a remark if the clocks change at that time.
fn moment(today: &Today, day: NaiveDate, time: NaiveTime) -> ResolvedWhen {
    let Today { zone, .. } = *today;
    let local = day.and_time(time);
    let at = zone.instant(local);
    let (name, meant) = (zone.as_str(), zone.local(at).format("%H:%M"));
    let said = local.format("%Y-%m-%d %H:%M");
    let remark = match zone.shown(local) {
        ClockTimes::Once => None,
        ClockTimes::Twice => {
            Some(format!("{said} occurs twice in {name}, because the clocks change: the first one is used"))
        }
        ClockTimes::Never => {
            Some(format!("{said} does not exist in {name}, because the clocks change: {meant} is used"))
        }
    };
    ResolvedWhen::Moment(at, remark)
}

fn away(today: &Today, way: Way, length: Length) -> Option<DateTime<Utc>> {
    let seconds = TimeDelta::seconds(i64::from(length.seconds));
    let local = today.zone.local(today.now);
    let day = shifted(local.date(), way, length)?;
    let from = if day == local.date() { today.now } else { today.zone.instant(day.and_time(local.time())) };
    let at = match way {
        Way::Ago => from.checked_sub_signed(seconds),
        Way::Ahead => from.checked_add_signed(seconds),
    };
    at.map(|at| at.trunc_subsecs(0))
}

fn shifted(day: NaiveDate, way: Way, length: Length) -> Option<NaiveDate> {
    match way {
        Way::Ago => length.span.before(day),
        Way::Ahead => length.span.after(day),
    }
}

fn day_of(word: DayWord, today: &Today, sense: Sense) -> Result<NaiveDate, Invalid> {
    let back = sense == Sense::Back;
    let today = today.day;
    let found = match word {
        DayWord::Date(day) => Some(day),
        DayWord::Days(days) => today.checked_add_signed(TimeDelta::days(i64::from(days))),
        DayWord::Away(Way::Ago, span) => span.before(today),
        DayWord::Away(Way::Ahead, span) => span.after(today),
        DayWord::Weekday(which, weekday) => weekday_of(today, which, weekday, back),
        DayWord::Edge { end, which, unit } => edge(today, end, which, unit),
        DayWord::OfYear { month, day } => {
            let of = |year| NaiveDate::from_ymd_opt(year, month, day);
            nearest_year(today, back, of).filter(|day| of(day.year()).is_some())
        }
        DayWord::EdgeOfMonth { end, month } => nearest_year(today, back, |year| {
            let first = NaiveDate::from_ymd_opt(year, month, 1)?;
            if end { first.checked_add_months(Months::new(1))?.pred_opt() } else { Some(first) }
        }),
    };
    found.ok_or_else(|| invalid("there is no such day"))
}

/// Of this year or the next one, or of this one or the last: of the years around those that have the day.
fn nearest_year(today: NaiveDate, back: bool, of: impl Fn(i32) -> Option<NaiveDate>) -> Option<NaiveDate> {
    // February 29th may be eight years away.
    (0..=8).find_map(|years| {
        let day = of(if back { today.year() - years } else { today.year() + years })?;
        (if back { day <= today } else { day >= today }).then_some(day)
    })
}

fn weekday_of(today: NaiveDate, which: Which, weekday: Weekday, back: bool) -> Option<NaiveDate> {
    let (now, then) = (u64::from(today.weekday().num_days_from_monday()), u64::from(weekday.num_days_from_monday()));
    // One to seven days away: never today.
    let next = || today.checked_add_days(Days::new((then + 6 - now) % 7 + 1));
    let last = || today.checked_sub_days(Days::new((now + 6 - then) % 7 + 1));
    match which {
        Which::This => today.checked_sub_days(Days::new(now))?.checked_add_days(Days::new(then)),
        Which::Last => last(),
        Which::Plain if back => last(),
        Which::Next | Which::Plain => next(),
    }
}

/// The first or last day of this, the next or the last week (from Monday), month, quarter or year.
fn edge(today: NaiveDate, end: bool, which: Which, unit: Unit) -> Option<NaiveDate> {
    let months = match unit {
        Unit::Week => {
            let monday = today.checked_sub_days(Days::new(u64::from(today.weekday().num_days_from_monday())))?;
            let first = match which {
                Which::Next => monday.checked_add_days(Days::new(7))?,
                Which::Last => monday.checked_sub_days(Days::new(7))?,
                _ => monday,
            };
            return if end { first.checked_add_days(Days::new(6)) } else { Some(first) };
        }
        Unit::Month => 1,
        Unit::Quarter => 3,
        Unit::Year => 12,
    };
    let first = NaiveDate::from_ymd_opt(today.year(), today.month0() / months * months + 1, 1)?;
    let first = match which {
        Which::Next => first.checked_add_months(Months::new(months))?,
        Which::Last => first.checked_sub_months(Months::new(months))?,
        _ => first,
    };
    if end { first.checked_add_months(Months::new(months))?.pred_opt() } else { Some(first) }
}
