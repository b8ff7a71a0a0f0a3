//! Input and timestamps.

mod profile;
mod scan;

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

use crate::error::Invalid;
use crate::model::TimeZone;

pub use profile::DateProfile;
use scan::{Fault, Scanned, Shape};

/// What the option `--date-format` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DateFormat {
    /// Let the column tell.
    #[default]
    Auto,
    /// Only `YYYY-MM-DD`, with or without a time.
    Iso,
    /// Day before month. Year-first dates and named months, which cannot be mistaken, are read as well.
    Dmy,
    /// Month before day, likewise.
    Mdy,
    /// Only year first: `2024-01-31`, `2024/1/31`, `20240131`.
    Ymd,
}

impl DateFormat {
    pub const ALL: [Self; 5] = [Self::Auto, Self::Iso, Self::Dmy, Self::Mdy, Self::Ymd];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Iso => "iso",
            Self::Dmy => "dmy",
            Self::Mdy => "mdy",
            Self::Ymd => "ymd",
        }
    }
}

impl fmt::Display for DateFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Code `date_format_option`.
impl FromStr for DateFormat {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str().eq_ignore_ascii_case(text.trim()))
            .ok_or(Invalid::new("date_format_option", "a date format is one of auto, iso, dmy, mdy, ymd"))
    }
}

/// How the dates of one column are read. Years have four digits, 1000 to 9999; month names are English.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateReading {
    /// For `/` and `-`: [`DateFormat::Dmy`] or [`DateFormat::Mdy`]; or a format that has neither.
    order: DateFormat,
    /// `31.01.2024` has the day first, unless somebody said `mdy`.
    dotted: DateFormat,
    proof: Option<u64>,
}

impl DateReading {
    /// `YYYY-MM-DD` and RFC 3339, for what programs write.
    pub const ISO: Self = Self::explicit(DateFormat::Iso);

    const fn explicit(format: DateFormat) -> Self {
        Self { order: format, dotted: format, proof: None }
    }

    const fn guessed(order: DateFormat, proof: Option<u64>) -> Self {
        Self { order, dotted: DateFormat::Dmy, proof }
    }

    /// The order of day and month in this column; `Auto` where no cell has both as numbers.
    pub const fn format(self) -> DateFormat {
        self.order
    }

    /// The row that proved it, where the column itself did.
    pub const fn proof(self) -> Option<u64> {
        self.proof
    }

    /// The date as written; a time and its zone do not move it.
    ///
    /// Codes `date_format`, `date_year` (two digits), `date_serial` (a spreadsheet's number), `date_order` (day and month the
    /// other way round than in the rest of the column), `date_calendar` (no such day), `date_time` (no such time).
    pub fn parse_date(self, text: &str) -> Result<NaiveDate, Invalid> {
        let scanned = scan::scan(text).map_err(|fault| self.invalid(fault))?;
        self.date(&scanned).map_err(|fault| self.invalid(fault))
    }

    /// The first day of a period: a day, or a month such as `2026-11`, `11/2026`, `Nov 2026`; and whether it was a month.
    ///
    /// Codes as for [`Self::parse_date`].
    pub fn parse_period(self, text: &str) -> Result<(NaiveDate, bool), Invalid> {
        match scan::month(text) {
            Some((year, month)) => {
                let day = NaiveDate::from_ymd_opt(year, month, 1).ok_or(Fault::Calendar);
                day.map(|day| (day, true)).map_err(|fault| self.invalid(fault))
            }
            None => self.parse_date(text).map(|day| (day, false)),
        }
    }

    /// An instant to the microsecond (what is finer is cut off), and whether it was read in `zone` because it says none itself
    /// (a time, not a mere day). Without a time it is midnight there. Codes as for [`Self::parse_date`].
    pub fn parse_timestamp(self, text: &str, zone: TimeZone) -> Result<(DateTime<Utc>, bool), Invalid> {
        let instant = || {
            let scanned = scan::scan(text)?;
            let date = self.date(&scanned)?;
            let clock = scanned.clock.unwrap_or_default();
            let local =
                date.and_hms_micro_opt(clock.hour, clock.minute, clock.second, clock.micros).ok_or(Fault::Time)?;
            let instant = match clock.east {
                Some(east) => local.checked_sub_signed(TimeDelta::minutes(east)).ok_or(Fault::Time)?.and_utc(),
                None => zone.instant(local),
            };
            let has_no_zone = scanned.clock.is_some() && clock.east.is_none();
            Some(instant)
                .filter(|instant| (1000..=9999).contains(&instant.year()))
                .map(|at| (at, has_no_zone))
                .ok_or(Fault::Time)
        };
        instant().map_err(|fault| self.invalid(fault))
    }

    fn date(self, scanned: &Scanned) -> Result<NaiveDate, Fault> {
        let (first, second) = (scanned.first, scanned.second);
        let (month, day) = match (scanned.shape, self.order) {
            (Shape::Iso, _) => (first, second),
            (_, DateFormat::Iso) => return Err(Fault::Format),
            (Shape::YearFirst, _) => (first, second),
            (_, DateFormat::Ymd) => return Err(Fault::Format),
            (Shape::Named, _) => (second, first),
            (Shape::Slashed, order) => in_order(order, first, second)?,
            (Shape::Dotted, _) => in_order(self.dotted, first, second)?,
        };
        NaiveDate::from_ymd_opt(scanned.year, month, day).ok_or(Fault::Calendar)
    }

    fn invalid(self, fault: Fault) -> Invalid {
        let (code, rule) = match (fault, self.order) {
            (Fault::Format, DateFormat::Iso) => ("date_format", "a date is written YYYY-MM-DD, with or without a time"),
            (Fault::Format, DateFormat::Ymd) => {
                ("date_format", "a date is written year first: 2024-01-31, 2024/01/31 or 20240131")
            }
            (Fault::Format, _) => (
                "date_format",
                "a date is written like 2024-01-31, 2024/01/31, 20240131, 31/01/2024, 31.01.2024, 31-Jan-2024 or Jan 31, 2024",
            ),
            (Fault::Year, _) => ("date_year", "a date has a year of four digits"),
            (Fault::Serial, _) => (
                "date_serial",
                "a spreadsheet's serial number is no date: format the column as a date, YYYY-MM-DD, and export it again",
            ),
            (Fault::Order, DateFormat::Mdy) => ("date_order", "the dates of this column are month/day/year"),
            (Fault::Order, _) => ("date_order", "the dates of this column are day/month/year"),
            (Fault::Calendar, _) => ("date_calendar", "a date is a day of the calendar"),
            (Fault::Time, _) => ("date_time", "a time of day is from 00:00:00 to 23:59:59, its zone Z or +HH:MM"),
        };
        Invalid::new(code, rule)
    }
}

/// Month and day of a numeric date.
fn in_order(order: DateFormat, first: u32, second: u32) -> Result<(u32, u32), Fault> {
    let (month, day) = if order == DateFormat::Mdy { (first, second) } else { (second, first) };
    if month > 12 && day <= 12 { Err(Fault::Order) } else { Ok((month, day)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reading(format: DateFormat) -> DateReading {
        DateProfile::default().settle(Some(format)).unwrap()
    }

    #[test]
    fn dates() {
        let auto = reading(DateFormat::Auto);
        for text in [
            "2024-01-31",
            " 2024-01-31 ",
            "\u{a0}2024-01-31",
            "2024/01/31",
            "2024.01.31",
            "2024-1-31",
            "20240131",
            "31.01.2024",
            "31.1.2024",
            "31. 1. 2024",
            "31-Jan-2024",
            "31 January 2024",
            "31/JAN/2024",
            "Jan 31, 2024",
            "January 31 2024",
            "Jan. 31, 2024",
            "2024-Jan-31",
            "2024-01-31 20:35:26",
            "2024-01-31T03:23:15.000Z",
            "2024-01-31T23:59:59-08:00",
            "20240131 10:00",
            "31 Jan 2024 3:15 PM",
        ] {
            assert_eq!(auto.parse_date(text).map(|d| d.to_string()).as_deref(), Ok("2024-01-31"), "{text}");
        }
        for (text, code) in [
            ("", "date_format"),
            ("soon", "date_format"),
            ("31/01", "date_format"),
            ("31/01-2024", "date_format"),
            ("2024-01", "date_format"),
            ("2024-01-31x", "date_format"),
            ("2024-01-31T", "date_format"),
            ("2024-013-1", "date_format"),
            ("0999-01-01", "date_format"),
            ("01022024", "date_format"),
            ("1704067200000", "date_format"),
            ("31 Janvier 2024", "date_format"),
            ("２０２４-01-31", "date_format"),
            ("31/01/24", "date_year"),
            ("31-Jan-24", "date_year"),
            ("Jan 31, 24", "date_year"),
            ("24-01-31", "date_year"),
            ("45292", "date_serial"),
            ("45292.5", "date_serial"),
            ("2023-02-29", "date_calendar"),
            ("2024-00-10", "date_calendar"),
            ("2024-13-01", "date_calendar"),
            ("00.01.2024", "date_calendar"),
            ("2024-01-31 24:00", "date_time"),
            ("2024-01-31 10:60", "date_time"),
            ("2024-01-31 13:00 PM", "date_time"),
            ("2024-01-31 10:00 CEST", "date_format"),
        ] {
            assert_eq!(auto.parse_date(text).map_err(|e| e.code), Err(code), "{text}");
        }
    }

    #[test]
    fn explicit_formats() {
        for (format, text, date) in [
            (DateFormat::Dmy, "01/02/2024", Ok("2024-02-01")),
            (DateFormat::Mdy, "01/02/2024", Ok("2024-01-02")),
            (DateFormat::Mdy, "01.02.2024", Ok("2024-01-02")),
            (DateFormat::Dmy, "02/13/2024", Err("date_order")),
            (DateFormat::Mdy, "13/02/2024", Err("date_order")),
            (DateFormat::Mdy, "13/13/2024", Err("date_calendar")),
            (DateFormat::Dmy, "2024-02-01", Ok("2024-02-01")),
            (DateFormat::Dmy, "1-Feb-2024", Ok("2024-02-01")),
            (DateFormat::Ymd, "2024/2/1", Ok("2024-02-01")),
            (DateFormat::Ymd, "01/02/2024", Err("date_format")),
            (DateFormat::Ymd, "1-Feb-2024", Err("date_format")),
            (DateFormat::Iso, "2024-02-01", Ok("2024-02-01")),
            (DateFormat::Iso, "2024/02/01", Err("date_format")),
            (DateFormat::Iso, "20240201", Err("date_format")),
            (DateFormat::Iso, "2024-2-1", Err("date_format")),
        ] {
            let read = reading(format).parse_date(text).map(|d| d.to_string()).map_err(|e| e.code);
            assert_eq!(read.as_deref().map_err(|c| *c), date, "{text} as {format}");
        }
        for format in DateFormat::ALL {
            assert_eq!(format.to_string().to_uppercase().parse(), Ok(format));
        }
        assert_eq!("european".parse::<DateFormat>().unwrap_err().code, "date_format_option");
    }

    #[test]
    fn timestamps() {
        for (text, instant) in [
            ("2019-07-05 20:35:26", "2019-07-05T20:35:26Z"),
            ("2020-12-30 3:15:52", "2020-12-30T03:15:52Z"),
            ("2006-04-15T03:23:15.000Z", "2006-04-15T03:23:15Z"),
            ("2023-06-08 23:22:38.270000", "2023-06-08T23:22:38.270Z"),
            ("2024-01-31T23:59:59.123456789Z", "2024-01-31T23:59:59.123456Z"),
            ("2024-01-31T10:00:00,5Z", "2024-01-31T10:00:00.500Z"),
            ("2024-01-31t10:00:00z", "2024-01-31T10:00:00Z"),
            ("2024-01-31 10:00:00 UTC", "2024-01-31T10:00:00Z"),
            ("2024-01-31T10:00:00+02:00", "2024-01-31T08:00:00Z"),
            ("2024-01-31T10:00:00-0830", "2024-01-31T18:30:00Z"),
            ("2024-01-31 10:00 +02", "2024-01-31T08:00:00Z"),
            ("2024-01-31", "2024-01-31T00:00:00Z"),
            ("31.01.2024, 10:00", "2024-01-31T10:00:00Z"),
            ("2024-01-31 10:00 GMT", "2024-01-31T10:00:00Z"),
            ("Jan 31, 2024 12:05 AM", "2024-01-31T00:05:00Z"),
            ("Jan 31, 2024 12:05pm", "2024-01-31T12:05:00Z"),
        ] {
            let read = reading(DateFormat::Auto).parse_timestamp(text, TimeZone::UTC).map_err(|e| e.code);
            assert_eq!(read.map(|(at, _)| at), Ok(instant.parse().unwrap()), "{text}");
        }
        for (text, code) in [
            ("2024-01-31T10", "date_format"),
            ("2024-01-31T10:00:00.Z", "date_format"),
            ("2024-01-31T10:00:00.1234567891Z", "date_format"),
            ("2024-01-31T10:00:60Z", "date_time"),
            ("2024-01-31T10:00:00+25:00", "date_time"),
            ("9999-12-31T23:59:59-01:00", "date_time"),
        ] {
            let read = reading(DateFormat::Auto).parse_timestamp(text, TimeZone::UTC);
            assert_eq!(read.map_err(|e| e.code), Err(code), "{text}");
        }
    }

    #[test]
    fn times_without_a_zone() {
        let berlin = TimeZone::parse("Europe/Berlin").unwrap();
        for (text, instant, has_no_zone) in [
            ("2025-01-31 23:30", "2025-01-31T22:30:00Z", true),
            ("31.01.2025 08:00", "2025-01-31T07:00:00Z", true),
            ("2025-07-31T23:30:00", "2025-07-31T21:30:00Z", true),
            ("2025-01-31", "2025-01-30T23:00:00Z", false),
            ("2025-01-31T23:30:00Z", "2025-01-31T23:30:00Z", false),
            ("2025-01-31 23:30 GMT", "2025-01-31T23:30:00Z", false),
            ("2025-01-31 23:30 -08:00", "2025-02-01T07:30:00Z", false),
            // Twice and never, as of the clocks.
            ("2025-10-26 02:30", "2025-10-26T00:30:00Z", true),
            ("2025-03-30 02:30", "2025-03-30T01:30:00Z", true),
        ] {
            let read = reading(DateFormat::Auto).parse_timestamp(text, berlin);
            assert_eq!(read, Ok((instant.parse().unwrap(), has_no_zone)), "{text}");
        }
        // Before the first year there is.
        assert_eq!(reading(DateFormat::Iso).parse_timestamp("1000-01-01", berlin).unwrap_err().code, "date_time");
    }

    #[test]
    fn months() {
        let auto = reading(DateFormat::Auto);
        for text in [
            "2026-11",
            "2026/11",
            "2026.11",
            "202611",
            "11/2026",
            "11.2026",
            "11-2026",
            "Nov 2026",
            "november 2026",
            "2026 Nov",
            "Nov-2026",
            "2026-Nov",
            "Nov. 2026",
            "Nov, 2026",
            " 2026-11 ",
        ] {
            assert_eq!(auto.parse_period(text), Ok((NaiveDate::from_ymd_opt(2026, 11, 1).unwrap(), true)), "{text}");
        }
        for (text, day) in [("2026-11-15", "2026-11-15"), ("20261115", "2026-11-15"), ("15-Nov-2026", "2026-11-15")] {
            assert_eq!(auto.parse_period(text), Ok((day.parse().unwrap(), false)), "{text}");
        }
        for text in ["2026-13", "2026-00", "13/2026"] {
            assert_eq!(auto.parse_period(text).unwrap_err().code, "date_calendar", "{text}");
        }
        for text in ["Nov 26", "11/26", "2026", "2026-11-", "112026", "Nov", "2026-11 10:00"] {
            assert!(auto.parse_period(text).is_err(), "{text}");
        }
    }

    fn any_date() -> impl Strategy<Value = NaiveDate> {
        (1000..=9999, 1_u32..=366)
            .prop_filter_map("a day of that year", |(year, day)| NaiveDate::from_yo_opt(year, day))
    }

    proptest! {
        #[test]
        fn what_is_formatted_is_read(date in any_date()) {
            for (format, style) in [
                (DateFormat::Auto, "%Y-%m-%d"), (DateFormat::Auto, "%Y/%m/%d"), (DateFormat::Auto, "%d.%m.%Y"),
                (DateFormat::Auto, "%d-%b-%Y"), (DateFormat::Auto, "%B %-d, %Y"), (DateFormat::Iso, "%Y-%m-%d"),
                (DateFormat::Ymd, "%Y-%-m-%-d"), (DateFormat::Dmy, "%d/%m/%Y"), (DateFormat::Dmy, "%-d-%-m-%Y"),
                (DateFormat::Mdy, "%m/%d/%Y"), (DateFormat::Mdy, "%-m.%-d.%Y"),
            ] {
                let text = date.format(style).to_string();
                prop_assert_eq!(reading(format).parse_date(&text), Ok(date), "{}", text);
            }
            let mut profile = DateProfile::default();
            profile.see(&date.format("%m/%d/%Y").to_string(), 2);
            if date.day() > 12 {
                prop_assert_eq!(profile.settle(None).map(DateReading::format), Ok(DateFormat::Mdy));
            } else {
                prop_assert_eq!(profile.settle(None).is_err(), date.day() != date.month());
            }
        }

        #[test]
        fn rfc_3339_is_read(seconds in -30_000_000_000_i64..250_000_000_000, micros in 0_u32..1_000_000) {
            let instant = DateTime::from_timestamp(seconds, micros * 1_000).unwrap();
            prop_assert_eq!(DateReading::ISO.parse_timestamp(&instant.to_rfc3339(), TimeZone::UTC), Ok((instant, false)));
        }

        #[test]
        fn nothing_panics(text in "\\PC{0,24}", close in "[0-9./: TJanZ+-]{0,28}") {
            let mut profile = DateProfile::default();
            for text in [&text, &close] {
                profile.see(text, 1);
                let _ = reading(DateFormat::Dmy).parse_timestamp(text, TimeZone::UTC);
                let _ = reading(DateFormat::Dmy).parse_period(text);
            }
        }
    }
}
