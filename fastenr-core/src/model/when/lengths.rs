//! Lengths in words: `3d`, `2 weeks`, `1y 6m`, `an hour and 30 minutes`.

use super::Length;
use crate::model::duration::{LONGEST, Span};

/// A day in seconds.
const DAY: u32 = 86_400;

/// Reads numbers with their units, one after the other; none for anything else.
pub(super) fn length(words: &[&str]) -> Option<Length> {
    let ends_in_digit = |word: &str| word.bytes().last().is_some_and(|byte| byte.is_ascii_digit());
    let begins_with_digit = |word: &str| word.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    if words.windows(2).any(|pair| ends_in_digit(pair[0]) && begins_with_digit(pair[1])) {
        return None;
    }
    let joined: String = words
        .iter()
        .map(|word| match *word {
            "a" | "an" | "one" => "1",
            "and" => "",
            word => word,
        })
        .collect();
    let mut rest = joined.as_str();
    let (mut months, mut days, mut seconds) = (0_u32, 0_u32, 0_u32);
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let (unit, after) = after.split_at(after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len()));
        let number: u32 = number.parse().ok()?;
        let (sum, each) = match unit {
            "min" | "mins" | "minute" | "minutes" => (&mut seconds, 60),
            "h" | "hr" | "hrs" | "hour" | "hours" => (&mut seconds, 3_600),
            "d" | "day" | "days" => (&mut days, 1),
            "w" | "wk" | "wks" | "week" | "weeks" => (&mut days, 7),
            "m" | "mo" | "month" | "months" => (&mut months, 1),
            "q" | "quarter" | "quarters" => (&mut months, 3),
            "y" | "yr" | "yrs" | "year" | "years" => (&mut months, 12),
            _ => return None,
        };
        *sum = sum.checked_add(number.checked_mul(each)?)?;
        rest = after;
    }
    // No more seconds than fit a century, as of everything else.
    let fits = seconds / DAY <= LONGEST;
    Some(Length { span: Span::new(months, days)?, seconds }).filter(|_| fits)
}
