//! Days and moments as people type them: `2026-12-10 14:00`, `tomorrow 14:00`, `friday`, `+3d`, `end of month`.
//!
//! Reading ([`When::parse`]) knows the words alone. Placing ([`When::place`]) finds the day or the moment, from what time it is
//! and where. To add a word: a line in `words.rs`, and one in the table of `tests.rs`.

mod lengths;
mod place;
#[cfg(test)]
mod tests;
mod times;
mod words;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc, Weekday};

pub use self::place::{ResolvedWhen, Today};
use super::duration::Span;
use crate::error::Invalid;

/// A day or a moment, read and not yet placed on a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When(What);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Now,
    /// With its offset from UTC: the same moment everywhere.
    At(DateTime<Utc>),
    Day(DayWord, Option<NaiveTime>),
    /// `3d` without a sign: which way it points, what is asked says.
    Bare(Length),
    /// `+3h`, `in 20 minutes`: from this moment.
    Away(Way, Length),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DayWord {
    Date(NaiveDate),
    /// `december 10`: the year is not said.
    OfYear {
        month: u32,
        day: u32,
    },
    /// So many days from today.
    Days(i32),
    /// `+2w`, `in 3 months`, `a year ago`.
    Away(Way, Span),
    Weekday(Which, Weekday),
    /// The first or last day of a period.
    Edge {
        end: bool,
        which: Which,
        unit: Unit,
    },
    /// The first or last day of a month: `end of march`.
    EdgeOfMonth {
        end: bool,
        month: u32,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Ago,
    Ahead,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Plain,
    This,
    Next,
    Last,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Week,
    Month,
    Quarter,
    Year,
}

/// Months, days and seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Length {
    span: Span,
    seconds: u32,
}

/// What a word means that could be before today or after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sense {
    /// What was: `friday` is the last one before today, `3d` is 3 days ago.
    Back,
    /// What is to be: `friday` is the next one after today, `3d` is in 3 days.
    Ahead,
    /// The end of a range: `friday` is the next one after today, `3d` is 3 days ago.
    End,
    /// A value of a record: `friday` is the next one after today; `3d` could be either, and is refused.
    Value,
}

impl Sense {
    /// Of a value that can't be in the future, or may be.
    pub const fn of_value(past: bool) -> Self {
        if past { Self::Back } else { Self::Value }
    }

    /// What to type instead of what nobody can read: each works as it stands.
    pub const fn examples(self) -> &'static str {
        match self {
            Self::Back => "2026-03-01, yesterday, monday, -2w or 'last friday'",
            Self::Ahead | Self::Value => "tomorrow, friday, +3d, 'in 2 weeks' or a date written YYYY-MM-DD",
            Self::End => "2026-03-01, today, friday, -2w or +3d",
        }
    }
}

impl When {
    /// Reads what was typed, whatever its case.
    ///
    /// # Errors
    /// `date`: what could not be read, and the nearest word there is.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        words::parse(text).map(Self)
    }

    /// A length without a sign, such as `30d`.
    pub const fn span(self) -> Option<Span> {
        match self.0 {
            What::Bare(Length { span, seconds: 0 }) => Some(span),
            _ => None,
        }
    }
}

fn invalid(rule: impl Into<std::borrow::Cow<'static, str>>) -> Invalid {
    Invalid::new("date", rule)
}
