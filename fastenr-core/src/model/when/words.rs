//! What the words mean: no calendar here, and no clock.

use chrono::{NaiveDate, NaiveDateTime, Utc, Weekday};

use super::lengths::length;
use super::times::{is_like_a_time, time, zoned};
use super::{DayWord, Length, Unit, Way, What, Which, invalid};
use crate::error::Invalid;
use crate::model::day::{self, month};
use crate::model::duration::Span;

/// Nobody types more.
const MOST_BYTES: usize = 64;

/// Words that a slip of the finger is compared with.
const KNOWN: [&str; 31] = [
    "today",
    "yesterday",
    "tomorrow",
    "now",
    "next",
    "last",
    "week",
    "month",
    "quarter",
    "year",
    "ago",
    "noon",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

pub(super) fn parse(text: &str) -> Result<What, Invalid> {
    let text = text.trim();
    if text.is_empty() || text.len() > MOST_BYTES {
        return Err(invalid("not a date"));
    }
    if let Some(day) = day::day(text) {
        return Ok(What::Day(DayWord::Date(day), None));
    }
    if let Some(at) = day::moment(text) {
        return Ok(What::At(at));
    }
    let lower = text.to_lowercase();
    if let Some(iso) = iso(&lower) {
        return iso;
    }
    // `+3d` has a sign that belongs to it, `end-of-month` has hyphens for spaces.
    let (sign, lower) = match lower.strip_prefix(['+', '-']) {
        Some(rest) => (Some(if lower.starts_with('-') { Way::Ago } else { Way::Ahead }), rest),
        None => (None, lower.as_str()),
    };
    let filler = |word: &&str| !matches!(*word, "" | "at" | "on" | "the" | "by");
    let words: Vec<&str> = lower.split([' ', '\t', ',', '-', '_', '\u{a0}']).filter(filler).collect();
    let (words, clock) = split_time(&words);
    let found = match sign {
        Some(way) => length(&words).map(|length| away(way, length)),
        None => day_word(&words),
    };
    let word = match (found, clock) {
        (Some(What::Day(word, None)), clock) => return Ok(What::Day(word, clock)),
        // `14:00` is today's.
        (None, Some(clock)) if words.is_empty() && sign.is_none() => {
            return Ok(What::Day(DayWord::Days(0), Some(clock)));
        }
        (word, None) => word,
        (Some(_), Some(_)) => return Err(invalid("not a date: it has a time of the day and counts from now")),
        (None, Some(_)) => None,
    };
    word.ok_or_else(|| unread(text, &words))
}

/// `2026-12-10 14:00`, `2026-12-10T14:00`, with or without seconds and an offset. What begins with a day is meant as one.
fn iso(text: &str) -> Option<Result<What, Invalid>> {
    let day = day::day(text.get(..10)?)?;
    let rest = text.get(10..)?;
    let rest = rest.strip_prefix('t').or_else(|| rest.strip_prefix(' '))?.trim();
    let rest = rest.strip_prefix("at ").unwrap_or(rest);
    let joined: String = rest.split_whitespace().collect();
    let read = if let Some(clock) = time(&joined) {
        Some(What::Day(DayWord::Date(day), Some(clock)))
    } else {
        zoned(&joined).and_then(|(clock, offset)| {
            let at = NaiveDateTime::new(day, clock).and_local_timezone(offset).single()?;
            day::moment(&at.to_rfc3339()).map(|at| What::At(at.with_timezone(&Utc)))
        })
    };
    Some(read.ok_or_else(|| invalid(format!("{rest:?} is no time of the day: 00:00 to 23:59"))))
}

/// Words and, at their beginning or end, a time of the day.
fn split_time<'t>(words: &[&'t str]) -> (Vec<&'t str>, Option<chrono::NaiveTime>) {
    if let [rest @ .., hour, half @ ("am" | "pm")] = words
        && let Some(clock) = time(&format!("{hour}{half}"))
    {
        return (rest.to_vec(), Some(clock));
    }
    if let [hour, half @ ("am" | "pm"), rest @ ..] = words
        && let Some(clock) = time(&format!("{hour}{half}"))
    {
        return (rest.to_vec(), Some(clock));
    }
    match words {
        [rest @ .., last] if time(last).is_some() => (rest.to_vec(), time(last)),
        [first, rest @ ..] if time(first).is_some() => (rest.to_vec(), time(first)),
        _ => (words.to_vec(), None),
    }
}

fn away(way: Way, length: Length) -> What {
    match length.seconds {
        0 => What::Day(DayWord::Away(way, length.span), None),
        _ => What::Away(way, length),
    }
}

fn day_word(words: &[&str]) -> Option<What> {
    let day = |word: DayWord| Some(What::Day(word, None));
    match words {
        ["now"] => Some(What::Now),
        ["today"] => day(DayWord::Days(0)),
        ["tomorrow" | "tmrw"] => day(DayWord::Days(1)),
        ["yesterday"] => day(DayWord::Days(-1)),
        ["day", "after", "tomorrow"] => day(DayWord::Days(2)),
        ["day", "before", "yesterday"] => day(DayWord::Days(-2)),
        ["eow"] => day(DayWord::Edge { end: true, which: Which::This, unit: Unit::Week }),
        ["eom"] => day(DayWord::Edge { end: true, which: Which::This, unit: Unit::Month }),
        ["eoq"] => day(DayWord::Edge { end: true, which: Which::This, unit: Unit::Quarter }),
        ["eoy"] => day(DayWord::Edge { end: true, which: Which::This, unit: Unit::Year }),
        [edge @ ("end" | "start" | "beginning"), "of", period @ ..] | [edge @ ("end" | "start"), period @ ..] => {
            edge_of(*edge == "end", period).and_then(day)
        }
        [edge @ ("last" | "first"), "day", "of", period @ ..] => edge_of(*edge == "last", period).and_then(day),
        ["in", rest @ ..] => length(rest).map(|length| away(Way::Ahead, length)),
        [rest @ .., "from", "now"] => length(rest).map(|length| away(Way::Ahead, length)),
        [rest @ .., "ago"] => length(rest).map(|length| away(Way::Ago, length)),
        [word] if weekday(word).is_some() => day(DayWord::Weekday(Which::Plain, weekday(word)?)),
        [which, word] if self::which(which).is_some() => {
            let which = self::which(which)?;
            match (weekday(word), unit(word)) {
                (Some(weekday), _) => day(DayWord::Weekday(which, weekday)),
                (None, Some(unit)) => day(of_unit(which, unit)?),
                _ => None,
            }
        }
        _ => match date(words) {
            Some(word) => day(word),
            None => length(words).map(What::Bare),
        },
    }
}

/// `next week` is the same day of the next week, `this month` is today.
fn of_unit(which: Which, unit: Unit) -> Option<DayWord> {
    let span = match unit {
        Unit::Week => Span::new(0, 7),
        Unit::Month => Span::new(1, 0),
        Unit::Quarter => Span::new(3, 0),
        Unit::Year => Span::new(12, 0),
    };
    match which {
        Which::Next => Some(DayWord::Away(Way::Ahead, span?)),
        Which::Last => Some(DayWord::Away(Way::Ago, span?)),
        Which::This | Which::Plain => None,
    }
}

fn edge_of(end: bool, period: &[&str]) -> Option<DayWord> {
    let (which, word) = match period {
        [word] => (Which::This, word),
        [which, word] => (self::which(which)?, word),
        _ => return None,
    };
    match (unit(word), month(word)) {
        (Some(unit), _) => Some(DayWord::Edge { end, which, unit }),
        (None, Some(month)) if which == Which::This => Some(DayWord::EdgeOfMonth { end, month }),
        _ => None,
    }
}

/// `december 10`, `10 dec`, with or without a year.
fn date(words: &[&str]) -> Option<DayWord> {
    let number = |word: &str| -> Option<u32> {
        let plain = ["st", "nd", "rd", "th", "."].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
        plain.parse().ok().filter(|_| plain.len() <= 2 && plain.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let (month, day, year) = match words {
        [a, b] | [a, b, _] => match (month(a), month(b)) {
            (Some(month), None) => (month, number(b)?, words.get(2)),
            (None, Some(month)) => (month, number(a)?, words.get(2)),
            _ => return None,
        },
        _ => return None,
    };
    match year {
        Some(year) => day::day(&format!("{year}-{month:02}-{day:02}")).filter(|_| year.len() == 4).map(DayWord::Date),
        // Of a leap year, so that February has all its days.
        None => NaiveDate::from_ymd_opt(2000, month, day).map(|_| DayWord::OfYear { month, day }),
    }
}

fn which(word: &str) -> Option<Which> {
    match word {
        "next" | "coming" => Some(Which::Next),
        "last" | "past" | "previous" => Some(Which::Last),
        "this" => Some(Which::This),
        _ => None,
    }
}

fn unit(word: &str) -> Option<Unit> {
    match word {
        "week" => Some(Unit::Week),
        "month" => Some(Unit::Month),
        "quarter" => Some(Unit::Quarter),
        "year" => Some(Unit::Year),
        _ => None,
    }
}

fn weekday(word: &str) -> Option<Weekday> {
    match word {
        "tues" => Some(Weekday::Tue),
        "thur" | "thurs" => Some(Weekday::Thu),
        _ => word.parse().ok(),
    }
}

/// What stands in the way, and the word that was meant.
fn unread(text: &str, words: &[&str]) -> Invalid {
    let is_iso = text.len() == 10 && text.split('-').map(str::len).eq([4, 2, 2]);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if is_iso && digits == 8 {
        return invalid("there is no such day");
    }
    if digits >= 3 && text.bytes().all(|byte| byte.is_ascii_digit() || b"./-".contains(&byte)) {
        return invalid("not a date: days are written YYYY-MM-DD, as others can be read in two ways");
    }
    if let Some(clock) = words.iter().find(|word| is_like_a_time(word) && time(word).is_none()) {
        return invalid(format!("{clock:?} is no time of the day: 00:00 to 23:59"));
    }
    let wrong = words.iter().find(|word| !KNOWN.contains(word) && word.len() > 2);
    let likeness = |known: &str| wrong.map_or(0.0, |wrong| strsim::jaro_winkler(wrong, known));
    let near =
        KNOWN.into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|known| likeness(known) > 0.8);
    match near {
        Some(meant) => invalid(format!("not a date: did you mean {meant}?")),
        None => invalid("not a date"),
    }
}
