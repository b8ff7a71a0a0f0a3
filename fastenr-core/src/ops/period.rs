//! Days and moments as callers give them: ISO 8601 and times ago for programs; for people, also what [`When`] reads.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::Context;
use crate::error::{Invalid, Result};
use crate::model::duration::{Span, duration};
use crate::model::when::{ResolvedWhen, Sense, Today, When};
use crate::model::{TimeZone, day};
use crate::money::Money;

/// How whoever calls may write days, moments and amounts.
#[derive(Debug, Clone, Default)]
pub enum Input {
    /// As the API documents it.
    #[default]
    Exact,
    /// As people type: also `friday`, and `100k`.
    Typed(Remarks),
}

impl Input {
    const fn is_typed(&self) -> bool {
        matches!(self, Self::Typed(_))
    }

    /// # Errors
    /// Those of [`Money::parse`].
    pub(super) fn money(&self, text: &str) -> Result<Money, Invalid> {
        if self.is_typed() { Money::typed(text) } else { Money::parse(text) }
    }
}

/// What is to be said about days and moments that were read: a time that the clocks leave out.
#[derive(Debug, Clone, Default)]
pub struct Remarks(Arc<Mutex<Vec<String>>>);

impl Remarks {
    /// What was said since it was last taken.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn say(&self, remark: String) {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A value that is read twice, to compare and to write, is one.
        if !said.contains(&remark) {
            said.push(remark);
        }
    }
}

/// The day that was meant, seen from the organization's today.
///
/// # Errors
/// `date`.
pub fn day_of(context: &Context, text: &str, sense: Sense) -> Result<NaiveDate, Invalid> {
    day_from(context, context.today(), text, sense)
}

/// The same, seen from another day.
///
/// # Errors
/// `date`.
pub fn day_from(context: &Context, base: NaiveDate, text: &str, sense: Sense) -> Result<NaiveDate, Invalid> {
    match &context.input {
        Input::Typed(_) => {
            let when = When::parse(text).and_then(|when| when.day(&Today { day: base, ..today(context)? }, sense));
            when.map_err(|invalid| with_examples(invalid, sense))
        }
        Input::Exact => {
            let span = |text: &str| Span::parse(text).ok();
            let found = match sense {
                Sense::Back | Sense::End => day::day(text).or_else(|| span(text)?.before(base)),
                Sense::Ahead => day::day(text).or_else(|| span(text)?.after(base)),
                Sense::Value => day::day(text),
            };
            found.ok_or_else(|| no_day(sense))
        }
    }
}

/// The moment from which on: of a day its beginning.
///
/// # Errors
/// `time`.
pub(super) fn since(context: &Context, text: &str) -> Result<DateTime<Utc>, Invalid> {
    match read(context, text, Sense::Back)? {
        ResolvedWhen::Moment(at, _) => Ok(at),
        ResolvedWhen::Day(day) => beginning(context, day),
    }
}

/// The moment before which: of a day the beginning of the next one.
///
/// # Errors
/// `time`.
pub(super) fn before(context: &Context, text: &str, sense: Sense) -> Result<DateTime<Utc>, Invalid> {
    let beyond = || Invalid::new("time", "there is no later time");
    match read(context, text, sense)? {
        ResolvedWhen::Moment(at, _) => at.checked_add_signed(TimeDelta::microseconds(1)).ok_or_else(beyond),
        ResolvedWhen::Day(day) => beginning(context, day.checked_add_days(Days::new(1)).ok_or_else(beyond)?),
    }
}

/// As [`since`], for a list whose range the API documents in days.
///
/// # Errors
/// `date`.
pub(super) fn first(context: &Context, text: &str) -> Result<DateTime<Utc>, Invalid> {
    match context.input {
        Input::Typed(_) => since(context, text),
        Input::Exact => beginning(context, day_of(context, text, Sense::Back)?),
    }
}

/// As [`before`], for such a list.
///
/// # Errors
/// `date`.
pub(super) fn last(context: &Context, text: &str, sense: Sense) -> Result<DateTime<Utc>, Invalid> {
    match context.input {
        Input::Typed(_) => before(context, text, sense),
        Input::Exact => {
            let next = day_of(context, text, sense)?.succ_opt().ok_or_else(|| no_day(sense))?;
            beginning(context, next)
        }
    }
}

/// A moment that people type for a value: of a day its beginning. None where the caller is no person, whose values are ISO.
///
/// # Errors
/// `date`.
pub(super) fn typed_moment(context: &Context, text: &str, sense: Sense) -> Option<Result<DateTime<Utc>, Invalid>> {
    context.input.is_typed().then(|| moment_of(context, text, sense))
}

/// The moment that a person means: of a day its beginning.
///
/// # Errors
/// `date`.
pub fn moment_of(context: &Context, text: &str, sense: Sense) -> Result<DateTime<Utc>, Invalid> {
    match read(context, text, sense)? {
        ResolvedWhen::Moment(at, _) => Ok(at),
        ResolvedWhen::Day(day) => beginning(context, day),
    }
}

/// A day that people type for a value.
///
/// # Errors
/// `date`.
pub(super) fn typed_day(context: &Context, text: &str, sense: Sense) -> Option<Result<NaiveDate, Invalid>> {
    context.input.is_typed().then(|| day_of(context, text, sense))
}

/// How many days it is from so long ago, or from a day, until `base`.
///
/// # Errors
/// `duration`, `date`.
pub fn days_since(context: &Context, base: NaiveDate, text: &str) -> Result<u32, Invalid> {
    if let Input::Exact = context.input {
        return Span::parse(text)?.days_before(base).ok_or_else(duration);
    }
    let day = day_from(context, base, text, Sense::Back)?;
    u32::try_from((base - day).num_days())
        .map_err(|_| Invalid::new("date", format!("{day} is after {base}: a time ago is wanted, or a day before it")))
}

/// The moment that a day of the organization begins.
pub(super) fn beginning(context: &Context, day: NaiveDate) -> Result<DateTime<Utc>, Invalid> {
    Ok(zone(context)?.beginning(day))
}

fn read(context: &Context, text: &str, sense: Sense) -> Result<ResolvedWhen, Invalid> {
    match &context.input {
        Input::Typed(remarks) => {
            let placed = When::parse(text).and_then(|when| when.place(&today(context)?, sense));
            let placed = placed.map_err(|invalid| with_examples(invalid, sense))?;
            if let ResolvedWhen::Moment(_, Some(remark)) = &placed {
                remarks.say(remark.clone());
            }
            Ok(placed)
        }
        Input::Exact => match day::moment(text) {
            Some(at) => Ok(ResolvedWhen::Moment(at, None)),
            None => day_of(context, text, sense).map(ResolvedWhen::Day).map_err(|_| no_time()),
        },
    }
}

fn zone(context: &Context) -> Result<TimeZone, Invalid> {
    TimeZone::parse(&context.organization.time_zone)
}

fn today(context: &Context) -> Result<Today, Invalid> {
    Ok(Today::new(context.clock.now(), zone(context)?))
}

/// The rule, and what can be typed instead.
pub fn with_examples(invalid: Invalid, sense: Sense) -> Invalid {
    let rule = invalid.rule;
    let mark = if rule.ends_with('?') { "" } else { "." };
    Invalid::new(invalid.code, format!("{rule}{mark} Examples: {}", sense.examples()))
}

fn no_day(sense: Sense) -> Invalid {
    Invalid::new(
        "date",
        match sense {
            Sense::Ahead => "a day written YYYY-MM-DD, or in how long: 14d, 2w or 3m",
            _ => "a day written YYYY-MM-DD, or a time ago such as 30d, 4w or 3m",
        },
    )
}

fn no_time() -> Invalid {
    let rule = "a day written YYYY-MM-DD, a time ago such as 7d, 2w or 3m, or a time like 2026-03-01T07:00:00Z";
    Invalid::new("time", rule)
}
