//! Days and moments that both databases keep.

use chrono::{DateTime, Datelike, Month, NaiveDate, Utc};

/// The years of any day or moment: those that have four digits.
pub const YEARS: std::ops::RangeInclusive<i32> = 1000..=9999;

/// A day written `2026-03-01`; none for anything else, or of a year beyond [`YEARS`].
pub fn day(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    // The parser takes `2026-3-1`, `2026-03- 1` and `+2026-03-01`, too.
    let is_canonical =
        text.len() == 10 && text.bytes().enumerate().all(|(at, byte)| matches!(at, 4 | 7) == !byte.is_ascii_digit());
    text.parse().ok().filter(|day: &NaiveDate| is_canonical && YEARS.contains(&day.year()))
}

/// An RFC 3339 time; none for anything else, or of a year beyond [`YEARS`].
pub fn moment(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    // The parser takes a space in the place of the T, too, and in the day.
    if !matches!(text.as_bytes().get(10), Some(b'T' | b't')) || text.get(..10).and_then(day).is_none() {
        return None;
    }
    let at = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc);
    YEARS.contains(&at.year()).then_some(at)
}

/// The number of a month by its English name: in full, its first three letters, or `Sept`, in any case.
pub fn month(word: &str) -> Option<u32> {
    let word = if word.eq_ignore_ascii_case("sept") { "sep" } else { word };
    word.parse().ok().map(|month: Month| month.number_from_month())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_by_name() {
        for (word, number) in [("january", Some(1)), ("MAY", Some(5)), ("Sept", Some(9)), ("Dec", Some(12))] {
            assert_eq!(month(word), number, "{word}");
        }
        for word in ["", "ma", "janu", "septe", "dec ", "5", "märz"] {
            assert_eq!(month(word), None, "{word}");
        }
    }

    #[test]
    fn years_have_four_digits() {
        for text in ["1000-01-01", " 2026-03-01 ", "9999-12-31"] {
            assert!(day(text).is_some() && moment(&format!("{}T00:00:00Z", text.trim())).is_some(), "{text}");
        }
        for text in [
            "-262143-01-01",
            "+262142-12-31",
            "0000-01-01",
            "0999-12-31",
            "10000-01-01",
            "",
            "1.3.2026",
            "2026-3-1",
            "2026-03- 1",
        ] {
            assert!(day(text).is_none() && moment(&format!("{text}T00:00:00Z")).is_none(), "{text}");
        }
        assert!(moment("2026-03-01 07:00:00Z").is_none());
        // In UTC it is the year 10000.
        assert!(moment("9999-12-31T23:00:00-05:00").is_none());
    }
}
