//! Times of the day: `14:00`, `9:30:15`, `2pm`, `noon`; and offsets from UTC.

use chrono::{FixedOffset, NaiveTime};

/// `14:00`, `9:30`, `9:30:15`, `2pm`, `2:30pm`, `noon`, `midnight`; none for what is no time of the day.
pub(super) fn time(word: &str) -> Option<NaiveTime> {
    match word {
        "noon" | "midday" => return NaiveTime::from_hms_opt(12, 0, 0),
        "midnight" => return NaiveTime::from_hms_opt(0, 0, 0),
        _ => {}
    }
    let (clock, half) = match (word.strip_suffix("am"), word.strip_suffix("pm")) {
        (Some(clock), _) => (clock, Some(0)),
        (_, Some(clock)) => (clock, Some(12)),
        _ => (word, None),
    };
    let mut parts = clock.split(':');
    let number = |part: Option<&str>, digits: std::ops::RangeInclusive<usize>| -> Option<u32> {
        let part = part?;
        let is_plain = digits.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|_| is_plain)
    };
    let hour = number(parts.next(), 1..=2)?;
    let (minute, second) = match (parts.next(), parts.next(), parts.next()) {
        (None, None, None) if half.is_some() => (0, 0),
        (minute, None, None) => (number(minute, 2..=2)?, 0),
        (minute, second, None) => (number(minute, 2..=2)?, number(second, 2..=2)?),
        _ => return None,
    };
    let hour = match half {
        None => hour,
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
    };
    NaiveTime::from_hms_opt(hour, minute, second)
}

/// Whether a word is meant as a time of the day, though there may be no such time.
pub(super) fn is_like_a_time(word: &str) -> bool {
    word.contains(':') && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b':')
}

/// A time and an offset from UTC: `14:00Z`, `14:00+02:00`, `14:00:30-0500`.
pub(super) fn zoned(word: &str) -> Option<(NaiveTime, FixedOffset)> {
    if let Some(clock) = word.strip_suffix('z') {
        return Some((time(clock)?, FixedOffset::east_opt(0)?));
    }
    let at = word.find(['+', '-'])?;
    let (clock, offset) = word.split_at(at);
    let digits: String = offset[1..].chars().filter(|c| *c != ':').collect();
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (digits[..2].parse().ok()?, digits[2..].parse().ok()?);
    let seconds = (hours * 60 + minutes) * 60;
    let offset = if offset.starts_with('-') { -seconds } else { seconds };
    Some((time(clock)?, FixedOffset::east_opt(offset).filter(|_| minutes < 60)?))
}
