//! Lengths of time, in days.

use crate::error::Invalid;

/// The longest time that any of them may be: a century.
pub const LONGEST: u32 = 36_525;

/// A number of days or weeks: `90d`, `2w`.
///
/// # Errors
/// `duration`.
pub fn days(text: &str) -> Result<u32, Invalid> {
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).ok_or_else(duration)?);
    let number: u32 = number.parse().map_err(|_| duration())?;
    let days = match unit {
        "d" | "D" => Some(number),
        "w" | "W" => number.checked_mul(7),
        _ => None,
    };
    days.filter(|days| *days <= LONGEST).ok_or_else(duration)
}

pub(crate) fn duration() -> Invalid {
    Invalid::new("duration", "a time is a number of days or weeks, such as 90d or 2w, and at most a century")
}
