//! Input and timestamps.

mod names;
mod profile;
mod scan;
mod serial;
mod text;

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

use crate::error::Invalid;
use crate::import::format::number::latin;
use crate::model::TimeZone;

pub use names::{Language, Languages};
pub use profile::DateProfile;
use scan::{Fault, Named, Scanned, Shape, pivot};
pub use serial::DateSystem;

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
    /// Serial numbers of a spreadsheet, as Excel counts days: 45658 is 2025-01-01. What is no number is read as the column proves;
    /// so it is with the following.
    Excel,
    /// The same, as old Macs counted: 44196 is 2025-01-01.
    Excel1904,
    /// Seconds since 1970.
    Epoch,
    /// Milliseconds since 1970.
    EpochMillis,
}

impl DateFormat {
    pub const ALL: [Self; 9] = [
        Self::Auto,
        Self::Iso,
        Self::Dmy,
        Self::Mdy,
        Self::Ymd,
        Self::Excel,
        Self::Excel1904,
        Self::Epoch,
        Self::EpochMillis,
    ];

    /// What numbers are, where it says that.
    const fn numbers(self) -> Option<Numbers> {
        match self {
            Self::Excel => Some(Numbers::Serials(DateSystem::Since1900)),
            Self::Excel1904 => Some(Numbers::Serials(DateSystem::Since1904)),
            Self::Epoch => Some(Numbers::Seconds),
            Self::EpochMillis => Some(Numbers::Millis),
            Self::Auto | Self::Iso | Self::Dmy | Self::Mdy | Self::Ymd => None,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Iso => "iso",
            Self::Dmy => "dmy",
            Self::Mdy => "mdy",
            Self::Ymd => "ymd",
            Self::Excel => "excel",
            Self::Excel1904 => "excel-1904",
            Self::Epoch => "epoch",
            Self::EpochMillis => "epoch-ms",
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
        Self::ALL.into_iter().find(|format| format.as_str().eq_ignore_ascii_case(text.trim())).ok_or(Invalid::new(
            "date_format_option",
            "a date format is one of auto, iso, dmy, mdy, ymd, excel, excel-1904, epoch, epoch-ms",
        ))
    }
}

/// What mere numbers are among dates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Numbers {
    /// No dates.
    #[default]
    None,
    Serials(DateSystem),
    Seconds,
    Millis,
}

/// How the dates of one column are read. Years are 1000 to 9999; those of two digits 1969 to 2068.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateReading {
    /// For `/` and `-`: [`DateFormat::Dmy`] or [`DateFormat::Mdy`]; or a format that has neither.
    order: DateFormat,
    /// `31.01.2024` has the day first, unless somebody said `mdy`.
    dotted: DateFormat,
    numbers: Numbers,
    /// The languages of month names, beside English.
    languages: Languages,
    /// Numbers of seconds or milliseconds are not all midnights of UTC.
    within_days: bool,
    /// Some years have two digits.
    short: bool,
    proof: Option<u64>,
}

impl DateReading {
    /// `YYYY-MM-DD` and RFC 3339, for what programs write.
    pub const ISO: Self = Self::explicit(DateFormat::Iso);

    const fn explicit(format: DateFormat) -> Self {
        Self {
            order: format,
            dotted: format,
            numbers: Numbers::None,
            languages: Languages::ALL,
            within_days: false,
            short: false,
            proof: None,
        }
    }

    const fn guessed(order: DateFormat, proof: Option<u64>) -> Self {
        Self { order, dotted: DateFormat::Dmy, proof, ..Self::explicit(order) }
    }

    /// What numbers are in this column, else the order of day and month; `Auto` where no cell has both as numbers.
    pub const fn format(self) -> DateFormat {
        match self.numbers {
            Numbers::None => self.order,
            Numbers::Serials(DateSystem::Since1900) => DateFormat::Excel,
            Numbers::Serials(DateSystem::Since1904) => DateFormat::Excel1904,
            Numbers::Seconds => DateFormat::Epoch,
            Numbers::Millis => DateFormat::EpochMillis,
        }
    }

    /// Whether the day of a number depends on the zone.
    pub const fn within_days(self) -> bool {
        self.within_days && matches!(self.numbers, Numbers::Seconds | Numbers::Millis)
    }

    /// Whether some years have two digits.
    pub const fn has_short_years(self) -> bool {
        self.short
    }

    /// The row that proved it, where the column itself did.
    pub const fn proof(self) -> Option<u64> {
        self.proof
    }

    /// The date as written; a time and its zone do not move it. The day of a number of seconds that is no midnight of UTC is the
    /// one in `zone`.
    ///
    /// Codes `date_format`, `date_year` (two digits), `date_serial` (a spreadsheet's number), `date_order` (day and month the
    /// other way round than in the rest of the column), `date_calendar` (no such day), `date_language` (a month's name that means
    /// two), `date_time` (no such time).
    pub fn parse_date(self, text: &str, zone: TimeZone) -> Result<NaiveDate, Invalid> {
        let date = || match self.number(text)? {
            Some(Counted::Local(at)) => Ok(at.date()),
            Some(Counted::Instant(at)) if self.within_days => Ok(zone.local(at).date()),
            Some(Counted::Instant(at)) => Ok(at.date_naive()),
            None => self.date(&scan::scan(text)?),
        };
        date().map_err(|fault| self.invalid(fault))
    }

    /// The day of an event: that of its moment in `home`, where it has a time or is a number within a day; a time that says no zone is
    /// one of `zone`. And whether it was such a time. Codes as for [`Self::parse_date`].
    pub fn parse_day(self, text: &str, zone: TimeZone, home: TimeZone) -> Result<(NaiveDate, bool), Invalid> {
        let has_time = match self.number(text).map_err(|fault| self.invalid(fault))? {
            Some(Counted::Local(at)) => at.time() != NaiveTime::MIN,
            Some(Counted::Instant(_)) => self.within_days,
            None => scan::scan(text).map_err(|fault| self.invalid(fault))?.clock.is_some(),
        };
        if !has_time {
            return self.parse_date(text, zone).map(|day| (day, false));
        }
        self.parse_timestamp(text, zone).map(|(at, has_no_zone)| (home.day(at), has_no_zone))
    }

    /// A number as what numbers are here; none where it is no number, or numbers are no dates.
    fn number(self, text: &str) -> Result<Option<Counted>, Fault> {
        if self.numbers == Numbers::None {
            return Ok(None);
        }
        let text = latin(text.trim());
        let digits = text.strip_prefix('-').unwrap_or(&text);
        let is_number =
            digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') && digits.starts_with(|c: char| c.is_ascii_digit());
        // `20240131` is a day that everybody writes so, and `2024.01.31` is no number.
        if !is_number || (digits.len() == 8 && scan::scan(digits).is_ok()) || digits.matches('.').count() > 1 {
            return Ok(None);
        }
        let whole = || text.parse::<i64>().map_err(|_| Fault::Format);
        let instant = match self.numbers {
            Numbers::Serials(system) => {
                let serial = text.parse::<f64>().map_err(|_| Fault::Format)?;
                return system.moment(serial).map(|at| Some(Counted::Local(at))).ok_or(Fault::Calendar);
            }
            Numbers::Seconds => DateTime::from_timestamp(whole()?, 0),
            Numbers::Millis => DateTime::from_timestamp_millis(whole()?),
            Numbers::None => None,
        };
        instant
            .filter(|at| (1000..=9999).contains(&at.year()))
            .map(|at| Some(Counted::Instant(at)))
            .ok_or(Fault::Calendar)
    }

    /// The first day of a period: a day, or a month such as `2026-11`, `11/2026`, `Nov 2026`; and whether it was a month.
    ///
    /// Codes as for [`Self::parse_date`].
    pub fn parse_period(self, text: &str, zone: TimeZone) -> Result<(NaiveDate, bool), Invalid> {
        // `202611` may be a month or a number.
        let month = || scan::month(text, |named| self.month(named).ok());
        match if self.numbers == Numbers::None { month() } else { None } {
            Some((year, month)) => {
                let day = NaiveDate::from_ymd_opt(year, month, 1).ok_or(Fault::Calendar);
                day.map(|day| (day, true)).map_err(|fault| self.invalid(fault))
            }
            None => self.parse_date(text, zone).map(|day| (day, false)),
        }
    }

    /// An instant to the microsecond (what is finer is cut off), and whether it was read in `zone` because it says none itself
    /// (a time, not a mere day). Without a time it is midnight there. Codes as for [`Self::parse_date`].
    pub fn parse_timestamp(self, text: &str, zone: TimeZone) -> Result<(DateTime<Utc>, bool), Invalid> {
        let instant = || {
            match self.number(text)? {
                Some(Counted::Instant(at)) => return Ok((at, false)),
                Some(Counted::Local(local)) => {
                    let has_time = local.time() != NaiveTime::MIN;
                    return Ok((zone.instant(local), has_time));
                }
                None => {}
            }
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
            (Shape::Short, DateFormat::Ymd) => {
                let (year, month, day) = (pivot(first), second, scanned.year.unsigned_abs());
                return NaiveDate::from_ymd_opt(year, month, day).ok_or(Fault::Calendar);
            }
            (_, DateFormat::Ymd) => return Err(Fault::Format),
            (Shape::Named, _) => {
                let named = scanned.word.map_or(Named::English(second), Named::Word);
                (self.month(named)?, first)
            }
            (Shape::Short, order @ (DateFormat::Dmy | DateFormat::Mdy)) => in_order(order, first, second)?,
            (Shape::Short, _) => return Err(Fault::Year),
            (Shape::Slashed, order) => in_order(order, first, second)?,
            (Shape::Dotted, _) => in_order(self.dotted, first, second)?,
        };
        let year = if scanned.shape == Shape::Short { pivot(scanned.year.unsigned_abs()) } else { scanned.year };
        NaiveDate::from_ymd_opt(year, month, day).ok_or(Fault::Calendar)
    }

    /// The month that a name means here.
    fn month(self, named: Named) -> Result<u32, Fault> {
        match named {
            Named::English(month) => Ok(month),
            Named::Word(word) => match names::month(word, self.languages) {
                Some(month) => Ok(month),
                None if word.iter().any(|(of, _)| !of.and(self.languages).is_empty()) => Err(Fault::Language),
                None => Err(Fault::Format),
            },
        }
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
            (Fault::Year, _) => (
                "date_year",
                "a date has a year of four digits, or it is said in which order its numbers stand (dmy, mdy or ymd)",
            ),
            (Fault::Serial, _) => {
                ("date_serial", "this may be a spreadsheet's serial number: a column of them has the date format excel")
            }
            (Fault::OtherCalendar, _) => {
                ("date_calendar", "this year is none of the Gregorian calendar's: convert the date to it")
            }
            (Fault::Language, _) => {
                ("date_language", "the name of the month means two months in different languages: say its language")
            }
            (Fault::Order, DateFormat::Mdy) => ("date_order", "the dates of this column are month/day/year"),
            (Fault::Order, _) => ("date_order", "the dates of this column are day/month/year"),
            (Fault::Calendar, _) => ("date_calendar", "a date is a day of the calendar"),
            (Fault::Time, _) => ("date_time", "a time of day is from 00:00:00 to 23:59:59, its zone Z or +HH:MM"),
        };
        Invalid::new(code, rule)
    }
}

/// What a number of a column of dates means.
enum Counted {
    /// Day and time as clocks show them.
    Local(NaiveDateTime),
    Instant(DateTime<Utc>),
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
    fn days_of_events() {
        let (berlin, home) = (TimeZone::parse("Europe/Berlin").unwrap(), TimeZone::parse("America/New_York").unwrap());
        let auto = reading(DateFormat::Auto);
        for (text, day, zoneless) in [
            ("2024-01-31", "2024-01-31", false),
            ("31.01.2024", "2024-01-31", false),
            ("2024-01-31T04:59:00Z", "2024-01-30", false),
            ("2024-01-31T05:00:00Z", "2024-01-31", false),
            ("2024-01-31 05:59", "2024-01-30", true),
            ("2024-01-31 06:00", "2024-01-31", true),
        ] {
            let read = auto.parse_day(text, berlin, home).map(|(day, zoneless)| (day.to_string(), zoneless));
            assert_eq!(read, Ok((day.to_owned(), zoneless)), "{text}");
        }
        let mut midnights = DateProfile::default();
        midnights.see("1769817600", 1);
        let day = midnights.settle(None).unwrap().parse_day("1769817600", berlin, home).unwrap().0;
        assert_eq!(day.to_string(), "2026-01-31", "midnights of UTC are days");
        midnights.see("1769821200", 2);
        let day = midnights.settle(None).unwrap().parse_day("1769821200", berlin, home).unwrap().0;
        assert_eq!(day.to_string(), "2026-01-30");
        assert_eq!(auto.parse_day("soon", berlin, home).unwrap_err().code, "date_format");
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
            "31-Jan-24",
            "Jan 31, 24",
            "31 Janvier 2024",
            "31 janv. 2024",
            "31. Januar 2024",
            "31 de enero de 2024",
            "31 января 2024 г.",
            "2024. január 31.",
            "2024. 1. 31.",
            "2024年1月31日",
            "令和6年1月31日",
            "２０２４-01-31",
            "٢٠٢٤/٠١/٣١",
            "\u{200E}31.01.2024\u{200E}",
            "Wed, 31 Jan 2024 10:00:00 +0000",
            "Wednesday, January 31st, 2024",
            "January 31, 2024, 10:00\u{202F}AM",
        ] {
            assert_eq!(
                auto.parse_date(text, TimeZone::UTC).map(|d| d.to_string()).as_deref(),
                Ok("2024-01-31"),
                "{text}"
            );
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
            ("۱۴۰۴/۱۱/۱۱", "date_calendar"),
            ("5 listopada 2024", "date_language"),
            ("31/01/24", "date_year"),
            ("31.01.24", "date_year"),
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
            assert_eq!(auto.parse_date(text, TimeZone::UTC).map_err(|e| e.code), Err(code), "{text}");
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
            (DateFormat::Dmy, "31/12/25", Ok("2025-12-31")),
            (DateFormat::Dmy, "01.02.68", Ok("2068-02-01")),
            (DateFormat::Mdy, "12-31-69", Ok("1969-12-31")),
            (DateFormat::Ymd, "25-12-31", Ok("2025-12-31")),
            (DateFormat::Dmy, "12/31/25", Err("date_order")),
            (DateFormat::Mdy, "31/12/25", Err("date_order")),
            (DateFormat::Excel, "45658", Ok("2025-01-01")),
            (DateFormat::Excel, "45658.75", Ok("2025-01-01")),
            (DateFormat::Excel, "2025-01-01", Ok("2025-01-01")),
            (DateFormat::Excel, "20250101", Ok("2025-01-01")),
            (DateFormat::Excel, "60", Err("date_calendar")),
            (DateFormat::Excel1904, "44196", Ok("2025-01-01")),
            (DateFormat::Epoch, "1735689600", Ok("2025-01-01")),
            (DateFormat::EpochMillis, "1735689600000", Ok("2025-01-01")),
            (DateFormat::EpochMillis, "-1", Ok("1969-12-31")),
            (DateFormat::EpochMillis, "99999999999999999999", Err("date_format")),
            (DateFormat::EpochMillis, "9999999999999999", Err("date_calendar")),
        ] {
            let read = reading(format).parse_date(text, TimeZone::UTC).map(|d| d.to_string()).map_err(|e| e.code);
            assert_eq!(read.as_deref().map_err(|c| *c), date, "{text} as {format}");
        }
        for format in DateFormat::ALL {
            assert_eq!(format.to_string().to_uppercase().parse(), Ok(format));
        }
        assert_eq!("european".parse::<DateFormat>().unwrap_err().code, "date_format_option");
    }

    #[test]
    fn numbers_as_days() {
        let berlin = TimeZone::parse("Europe/Berlin").unwrap();
        let settled = |cells: &[&str]| {
            let mut profile = DateProfile::default();
            cells.iter().zip(1..).for_each(|(cell, row)| profile.see(cell, row));
            profile.settle(None).unwrap()
        };
        // All of them midnights of UTC: days as they stand there. Else days of the zone.
        let days = settled(&["1769817600000", "1772323200000"]);
        assert_eq!(days.parse_date("1769817600000", berlin).unwrap().to_string(), "2026-01-31");
        let times = settled(&["1769814000000", "1772323200000"]);
        assert_eq!(times.parse_date("1769814000000", berlin).unwrap().to_string(), "2026-01-31");
        assert_eq!(times.parse_date("1769814000000", TimeZone::UTC).unwrap().to_string(), "2026-01-30");
        let at = |text| times.parse_timestamp(text, berlin).unwrap().0.to_string();
        assert_eq!(at("1769814000123"), "2026-01-30 23:00:00.123 UTC");
        let serial = reading(DateFormat::Excel).parse_timestamp("46053.5", berlin).unwrap();
        assert_eq!((serial.0.to_string().as_str(), serial.1), ("2026-01-31 11:00:00 UTC", true));
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
            "nov. 2026",
            "ноябрь 2026",
            "2026年11月",
            "noviembre de 2026",
            "２０２６-11",
        ] {
            assert_eq!(
                auto.parse_period(text, TimeZone::UTC),
                Ok((NaiveDate::from_ymd_opt(2026, 11, 1).unwrap(), true)),
                "{text}"
            );
        }
        for (text, day) in [("2026-11-15", "2026-11-15"), ("20261115", "2026-11-15"), ("15-Nov-2026", "2026-11-15")] {
            assert_eq!(auto.parse_period(text, TimeZone::UTC), Ok((day.parse().unwrap(), false)), "{text}");
        }
        for text in ["2026-13", "2026-00", "13/2026"] {
            assert_eq!(auto.parse_period(text, TimeZone::UTC).unwrap_err().code, "date_calendar", "{text}");
        }
        for text in ["Nov 26", "11/26", "2026", "2026-11-", "112026", "Nov", "2026-11 10:00"] {
            assert!(auto.parse_period(text, TimeZone::UTC).is_err(), "{text}");
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
                prop_assert_eq!(reading(format).parse_date(&text, TimeZone::UTC), Ok(date), "{}", text);
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
                let _ = reading(DateFormat::Dmy).parse_period(text, TimeZone::UTC);
            }
        }
    }
}
