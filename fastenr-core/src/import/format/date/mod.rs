//! Dates and times as they stand in cells.

mod format;
mod names;
mod profile;
mod scan;
mod serial;
#[cfg(test)]
mod tests;
mod text;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

use crate::error::Invalid;
use crate::import::format::number::latin;
use crate::model::TimeZone;

pub use format::DateFormat;
pub use names::{Language, Languages};
pub use profile::DateProfile;
use scan::{Calendar, Fault, MonthName, ScannedDate, Shape, pivot};
pub use serial::DateSystem;

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
    /// Of `24-Jan-31` the year is the first number.
    year_first: bool,
    /// Years that are likely of another calendar are taken as they stand.
    any_year: bool,
    proof: Option<u64>,
}

impl DateReading {
    /// `YYYY-MM-DD` and RFC 3339, for what programs write.
    pub const ISO: Self = Self::explicit(DateFormat::Iso).of_any_year();

    const fn explicit(format: DateFormat) -> Self {
        Self {
            order: format,
            dotted: format,
            numbers: Numbers::None,
            languages: Languages::ALL,
            within_days: false,
            short: false,
            year_first: matches!(format, DateFormat::Ymd),
            any_year: false,
            proof: None,
        }
    }

    const fn guessed(order: DateFormat, dotted: DateFormat, proof: Option<u64>) -> Self {
        Self { order, dotted, proof, year_first: false, ..Self::explicit(order) }
    }

    /// The same for dates that are known to be Gregorian.
    pub(crate) const fn of_any_year(self) -> Self {
        Self { any_year: true, ..self }
    }

    /// What numbers are in this column, else the order of day and month; `Auto` where no cell has both as numbers.
    pub const fn format(self) -> DateFormat {
        match self.numbers {
            Numbers::None if self.year_first && matches!(self.order, DateFormat::Auto) => DateFormat::Ymd,
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
            Some(SerialTime::Local(at)) => Ok(at.date()),
            Some(SerialTime::Instant(at)) if self.within_days => Ok(zone.local(at).date()),
            Some(SerialTime::Instant(at)) => Ok(at.date_naive()),
            None => self.date(&scan::scan(text)?),
        };
        date().map_err(|fault| self.invalid(fault))
    }

    /// The day of an event: that of its moment in `home`, where it has a time or is a number within a day; a time that says no zone is
    /// one of `zone`. And whether it was such a time. Codes as for [`Self::parse_date`].
    pub fn parse_day(self, text: &str, zone: TimeZone, home: TimeZone) -> Result<(NaiveDate, bool), Invalid> {
        let has_time = match self.number(text).map_err(|fault| self.invalid(fault))? {
            Some(SerialTime::Local(at)) => at.time() != NaiveTime::MIN,
            Some(SerialTime::Instant(_)) => self.within_days,
            None => scan::scan(text).map_err(|fault| self.invalid(fault))?.clock.is_some(),
        };
        if !has_time {
            return self.parse_date(text, zone).map(|day| (day, false));
        }
        self.parse_timestamp(text, zone).map(|(at, has_no_zone)| (home.day(at), has_no_zone))
    }

    /// A number as what numbers are here; none where it is no number, or numbers are no dates.
    fn number(self, text: &str) -> Result<Option<SerialTime>, Fault> {
        if self.numbers == Numbers::None {
            return Ok(None);
        }
        let text = latin(text.trim());
        let digits = text.strip_prefix('-').unwrap_or(&text);
        let is_number = digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
            && digits.starts_with(|c: char| c.is_ascii_digit());
        // `20240131` is a day that everybody writes so, and `2024.01.31` is no number.
        if !is_number || (digits.len() == 8 && scan::scan(digits).is_ok()) || digits.matches(['.', ',']).count() > 1 {
            return Ok(None);
        }
        let whole = || text.parse::<i64>().map_err(|_| Fault::Format);
        let instant = match self.numbers {
            Numbers::Serials(system) => {
                let serial = text.replace(',', ".").parse::<f64>().map_err(|_| Fault::Format)?;
                return system.moment(serial).map(|at| Some(SerialTime::Local(at))).ok_or(Fault::Calendar);
            }
            Numbers::Seconds => DateTime::from_timestamp(whole()?, 0),
            Numbers::Millis => DateTime::from_timestamp_millis(whole()?),
            Numbers::None => None,
        };
        instant
            .filter(|at| (1000..=9999).contains(&at.year()))
            .map(|at| Some(SerialTime::Instant(at)))
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
                let day = self
                    .gregorian(year)
                    .and_then(|year| NaiveDate::from_ymd_opt(year, month, 1).ok_or(Fault::Calendar));
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
                Some(SerialTime::Instant(at)) => return Ok((at, false)),
                Some(SerialTime::Local(local)) => {
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

    fn date(self, scanned: &ScannedDate) -> Result<NaiveDate, Fault> {
        let (first, second) = (scanned.first, scanned.second);
        let (month, day) = match (scanned.shape, self.order) {
            (Shape::Iso, _) => (first, second),
            (_, DateFormat::Iso) => return Err(Fault::Format),
            (Shape::YearFirst, _) => (first, second),
            (Shape::Short, DateFormat::Ymd) => {
                let (year, month, day) = (pivot(first), second, scanned.year.unsigned_abs());
                return NaiveDate::from_ymd_opt(year, month, day).ok_or(Fault::Calendar);
            }
            (Shape::NamedShort, _) if self.year_first => {
                let (year, day) = (pivot(first), scanned.year.unsigned_abs() % 100);
                return NaiveDate::from_ymd_opt(year, self.month(scanned.named())?, day).ok_or(Fault::Calendar);
            }
            (_, DateFormat::Ymd) => return Err(Fault::Format),
            (Shape::Named | Shape::NamedShort, _) => (self.month(scanned.named())?, first),
            (Shape::Short, order @ (DateFormat::Dmy | DateFormat::Mdy)) => in_order(order, first, second)?,
            (Shape::Short, _) => return Err(Fault::Year),
            (Shape::Slashed, order) => in_order(order, first, second)?,
            (Shape::Dotted, _) => in_order(self.dotted, first, second)?,
        };
        let year = if scanned.shape == Shape::Short { pivot(scanned.year.unsigned_abs()) } else { scanned.year };
        NaiveDate::from_ymd_opt(self.gregorian(year)?, month, day).ok_or(Fault::Calendar)
    }

    /// The year, unless it is likely of another calendar: nobody means the years 1403 and 2567 of ours.
    const fn gregorian(self, year: i32) -> Result<i32, Fault> {
        match Calendar::of(year) {
            Some(calendar) if !self.any_year => Err(Fault::LikelyOther(calendar)),
            _ => Ok(year),
        }
    }

    /// The month that a name means here.
    fn month(self, named: MonthName) -> Result<u32, Fault> {
        match named {
            MonthName::English(month) => Ok(month),
            MonthName::Word(word) => match names::month(word, self.languages) {
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
                "a date has a year of four digits, or the order of its numbers is given (dmy, mdy or ymd)",
            ),
            (Fault::Serial, _) => {
                ("date_serial", "this may be a spreadsheet's serial number: a column of them has the date format excel")
            }
            (Fault::OtherCalendar, _) => {
                ("date_calendar", "this year is none of the Gregorian calendar's: convert the date to it")
            }
            (Fault::LikelyOther(Calendar::Buddhist), _) => (
                "date_calendar",
                "this looks like a year of the Buddhist calendar, in which 2024 is 2567: convert the dates to the Gregorian calendar",
            ),
            (Fault::LikelyOther(Calendar::Hijri), _) => (
                "date_calendar",
                "this looks like a year of the Persian or Islamic calendar, in which 2024 is 1403 or 1446: convert the dates to the \
                 Gregorian calendar",
            ),
            (Fault::LikelyOther(Calendar::Hebrew), _) => (
                "date_calendar",
                "this looks like a year of the Hebrew calendar, in which 2024 is 5785: convert the dates to the Gregorian calendar",
            ),
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
enum SerialTime {
    /// Day and time as clocks show them.
    Local(NaiveDateTime),
    Instant(DateTime<Utc>),
}

/// Month and day of a numeric date.
fn in_order(order: DateFormat, first: u32, second: u32) -> Result<(u32, u32), Fault> {
    let (month, day) = if order == DateFormat::Mdy { (first, second) } else { (second, first) };
    if month > 12 && day <= 12 { Err(Fault::Order) } else { Ok((month, day)) }
}
