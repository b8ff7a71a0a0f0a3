//! The occurrences of a recurring event.

use std::collections::HashSet;
use std::ops::Range;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use rrule::{RRule, RRuleSet, Tz, Unvalidated};

use super::line::Property;
use super::time::{Moment, moments};
use crate::error::Result;
use crate::model::TimeZone;

/// More of one event are no meetings.
const MOST: u16 = 5_000;

/// What an event says of when it comes again.
#[derive(Debug, Clone)]
pub(super) struct Series {
    /// Of the first of its properties.
    pub(super) line: usize,
    start: Moment,
    rules: Vec<String>,
    /// Beside those of the rules.
    dates: Vec<DateTime<Utc>>,
    excluded: HashSet<DateTime<Utc>>,
    /// Days without a time, on which nothing is held.
    excluded_days: HashSet<NaiveDate>,
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Occurrence {
    pub(super) at: DateTime<Utc>,
    /// It was taken out.
    pub(super) excluded: bool,
}

impl Series {
    /// The properties `RRULE`, `RDATE` and `EXDATE` of an event that begins at `start`; none where it does not recur.
    pub(super) fn of(properties: &[Property], start: Moment, zone: TimeZone) -> Result<Option<Self>> {
        let named = |name: &'static str| properties.iter().filter(move |property| property.name == name);
        let Some(first) = named("RRULE").chain(named("RDATE")).next() else { return Ok(None) };
        let mut series = Self {
            line: first.line,
            start,
            rules: named("RRULE").map(|property| property.value.trim().to_owned()).collect(),
            dates: Vec::new(),
            excluded: HashSet::new(),
            excluded_days: HashSet::new(),
        };
        for property in named("RDATE") {
            // A period begins with its start.
            let starts: Vec<&str> =
                property.value.split(',').map(|value| value.split('/').next().unwrap_or(value)).collect();
            let mut only = property.clone();
            only.value = starts.join(",");
            let starts = moments(&only, zone)?;
            let dates: Vec<_> = starts.iter().map(|moment| series.same_time(moment)).collect();
            series.dates.extend(dates);
        }
        for property in named("EXDATE") {
            for moment in moments(property, zone)? {
                if moment.all_day {
                    series.excluded_days.insert(moment.local().date());
                }
                series.excluded.insert(moment.at);
            }
        }
        Ok(Some(series))
    }

    /// A day alone means the time of day at which the others begin.
    fn same_time(&self, moment: &Moment) -> DateTime<Utc> {
        if moment.all_day && !self.start.all_day {
            self.start.zone().instant(moment.local().date().and_time(self.start.local().time()))
        } else {
            moment.at
        }
    }

    pub(super) const fn first(&self) -> DateTime<Utc> {
        self.start.at
    }

    /// The occurrences within a time, and the first one after it; the clock of their zone counts, whatever it does meanwhile.
    ///
    /// # Errors
    /// Why they can't be told, as a predicate.
    pub(super) fn within(&self, time: &Range<DateTime<Utc>>) -> Result<Vec<Occurrence>, String> {
        let zone = self.start.zone();
        let mut all: Vec<DateTime<Utc>> = vec![self.start.at];
        all.extend(&self.dates);
        for rule in &self.rules {
            all.extend(self.of_rule(rule, time)?.into_iter().map(|local| zone.instant(local)));
        }
        all.sort_unstable();
        all.dedup();
        let next = all.iter().copied().find(|at| *at >= time.end && !self.is_excluded(*at));
        let within = all.into_iter().filter(|at| time.contains(at) || Some(*at) == next);
        Ok(within.map(|at| Occurrence { at, excluded: self.is_excluded(at) }).collect())
    }

    fn is_excluded(&self, at: DateTime<Utc>) -> bool {
        self.excluded.contains(&at) || self.excluded_days.contains(&self.start.zone().local(at).date())
    }

    /// By the clock of its zone: the rule knows nothing of zones then, and no hour is left out or comes twice.
    fn of_rule(&self, rule: &str, time: &Range<DateTime<Utc>>) -> Result<Vec<NaiveDateTime>, String> {
        let zone = self.start.zone();
        let clock = |at: DateTime<Utc>| zone.local(at).and_utc().with_timezone(&Tz::UTC);
        let upper = rule.to_ascii_uppercase();
        if ["SECONDLY", "MINUTELY", "HOURLY"].iter().any(|often| upper.contains(often)) {
            return Err("recurs more often than daily".to_owned());
        }
        if upper.split(';').any(|part| part.trim() == "INTERVAL=0") {
            return Err("recurs by a rule that can't be read (INTERVAL=0)".to_owned());
        }
        let (rule, until) = without_until(&upper);
        let until = match until {
            Some(until) => {
                Some(self.until(until).ok_or_else(|| format!("recurs until {until:?}, which is not a date"))?)
            }
            None => None,
        };
        let unreadable = || format!("recurs by a rule that can't be read ({rule})");
        let parsed: RRule<Unvalidated> = rule.parse().map_err(|_| unreadable())?;
        let start = self.start.local().and_utc().with_timezone(&Tz::UTC);
        let set: RRuleSet = parsed.build(start).map_err(|_| unreadable())?;
        // The next one may be far off.
        let end = time.end + chrono::TimeDelta::days(400);
        let found = set.after(clock(time.start)).before(clock(end)).all(MOST);
        if found.limited {
            return Err(format!("recurs more than {MOST} times"));
        }
        let locals = found.dates.into_iter().map(|at| at.naive_utc());
        Ok(locals.filter(|local| until.is_none_or(|until| *local <= until)).collect())
    }

    /// The last moment of a rule by the clock of its zone: a day alone is that whole day.
    fn until(&self, text: &str) -> Option<NaiveDateTime> {
        let (digits, utc) = text.strip_suffix('Z').map_or((text, false), |digits| (digits, true));
        if let Ok(day) = NaiveDate::parse_from_str(digits, "%Y%m%d") {
            return day.and_hms_opt(23, 59, 59);
        }
        let local = NaiveDateTime::parse_from_str(digits, "%Y%m%dT%H%M%S").ok()?;
        Some(if utc { self.start.zone().local(local.and_utc()) } else { local })
    }
}

/// The rule without its end, and the end: programs write it as a day or as a time, of UTC or not, whatever the start is.
fn without_until(rule: &str) -> (String, Option<&str>) {
    let mut until = None;
    let parts = rule.split(';').filter(|part| match part.trim().strip_prefix("UNTIL=") {
        Some(end) => {
            until = Some(end.trim());
            false
        }
        None => !part.trim().is_empty(),
    });
    let kept: Vec<&str> = parts.collect();
    (kept.join(";"), until)
}
