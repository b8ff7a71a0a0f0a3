//! Input, times, durations and the zones they are told in.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

use crate::error::Result;
use crate::model::TimeZone;

use super::line::Property;

const RULE: &str = "a date is a day of the calendar such as 20260131, 20260131T090000 or 20260131T090000Z";

/// An instant, with what is needed to count days from it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) at: DateTime<Utc>,
    /// It was a date without a time; `at` is the begin of that day.
    pub(super) all_day: bool,
    local: NaiveDateTime,
    zone: TimeZone,
}

impl Moment {
    /// As the clocks of its zone show it.
    pub(super) const fn local(&self) -> NaiveDateTime {
        self.local
    }

    pub(super) const fn zone(&self) -> TimeZone {
        self.zone
    }

    /// As the end of what starts at `start`. Clocks put forward can turn the two around: 02:30 becomes 03:30, and 03:00 stays.
    pub(super) fn as_end_of(&self, start: &Self) -> DateTime<Utc> {
        let in_order = self.zone == start.zone && self.local >= start.local;
        if in_order { self.at.max(start.at) } else { self.at }
    }

    /// Days and seconds later. A day is one of the calendar there, which may have 23 or 25 hours (RFC 5545).
    pub(super) fn plus(&self, (days, seconds): (i64, i64)) -> Option<DateTime<Utc>> {
        let count = Days::new(days.unsigned_abs());
        let local = if days < 0 { self.local.checked_sub_days(count) } else { self.local.checked_add_days(count) }
            .filter(fits)?;
        let at = self.zone.instant(local).checked_add_signed(TimeDelta::try_seconds(seconds)?)?;
        Some(at).filter(|at| fits(&at.naive_utc()))
    }
}

/// The moment of a property with one value.
pub(super) fn moment(property: &Property, zone: TimeZone) -> Result<Moment> {
    one(property, &property.value, zone)
}

/// The moments of a property with several.
pub(super) fn moments(property: &Property, zone: TimeZone) -> Result<Vec<Moment>> {
    property.value.split(',').map(|value| one(property, value, zone)).collect()
}

/// `zone` is where a time without a zone, and a date, are told.
fn one(property: &Property, value: &str, zone: TimeZone) -> Result<Moment> {
    let value = value.trim();
    let (told, utc) = value.strip_suffix('Z').map_or((value, false), |told| (told, true));
    let wrong = || property.breaks("calendar_date", RULE);
    // Whether it is a date or a time is told by its form: VALUE=DATE is forgotten by some.
    let (local, all_day) = parse(told).filter(|(_, all_day)| !(utc && *all_day)).ok_or_else(wrong)?;
    let zone = match property.parameter("TZID") {
        _ if utc => TimeZone::UTC,
        Some(name) if !all_day => named(name).ok_or_else(|| {
            let rule = format!("the time zone {name:?} is not known");
            let hint = "a zone is an IANA name such as Europe/Berlin or a Windows name such as W. Europe Standard Time; \
                        rules of a file's own (VTIMEZONE) are not read";
            property.breaks("calendar_zone", rule).hint(hint)
        })?,
        _ => zone,
    };
    let at = zone.instant(local);
    if fits(&at.naive_utc()) { Ok(Moment { at, all_day, local, zone }) } else { Err(wrong()) }
}

/// Whether it can be written: years have four digits.
pub(super) fn fits(at: &NaiveDateTime) -> bool {
    (1..=9999).contains(&at.year())
}

fn parse(told: &str) -> Option<(NaiveDateTime, bool)> {
    let (day, time) = told.split_once('T').map_or((told, None), |(day, time)| (day, Some(time)));
    let [century, year, month, day] = pairs(day)?;
    let day = NaiveDate::from_ymd_opt(i32::try_from(century * 100 + year).ok()?, month, day)?;
    let Some(time) = time else { return Some((day.and_time(NaiveTime::MIN), true)) };
    let [hour, minute, second] = pairs(time)?;
    // A leap second is the one before, as RFC 5545 has it for systems without.
    let second = if second == 60 { 59 } else { second };
    Some((day.and_time(NaiveTime::from_hms_opt(hour, minute, second)?), false))
}

/// Numbers of two digits, and nothing else.
fn pairs<const N: usize>(digits: &str) -> Option<[u32; N]> {
    if digits.len() != 2 * N || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut numbers = [0; N];
    for (number, pair) in numbers.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        *number = pair.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    }
    Some(numbers)
}

/// Days and seconds of e.g. `P1DT2H30M`.
pub(super) fn duration(property: &Property) -> Result<(i64, i64)> {
    parse_duration(property.value.trim())
        .ok_or_else(|| property.breaks("calendar_date", "a duration is for instance PT1H30M, P2D or P1W"))
}

fn parse_duration(text: &str) -> Option<(i64, i64)> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text).strip_prefix('P')?;
    let (mut days, mut seconds, mut parts, mut in_time) = (0_i64, 0_i64, 0, false);
    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix('T').filter(|_| !in_time) {
            (rest, in_time, parts) = (time, true, 0);
            continue;
        }
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest[..end].parse().ok()?;
        let (sum, unit) = match (rest.as_bytes().get(end)?, in_time) {
            (b'W', false) => (&mut days, 7),
            (b'D', false) => (&mut days, 1),
            (b'H', true) => (&mut seconds, 3600),
            (b'M', true) => (&mut seconds, 60),
            (b'S', true) => (&mut seconds, 1),
            _ => return None,
        };
        *sum = sum.checked_add(number.checked_mul(unit)?)?;
        // The unit is one byte of ASCII.
        (rest, parts) = (&rest[end + 1..], parts + 1);
    }
    (parts > 0).then_some((sign * days, sign * seconds))
}

/// A zone by its IANA name, its Windows name, or an IANA name behind a prefix such as `/mozilla.org/20050126_1/`.
fn named(name: &str) -> Option<TimeZone> {
    let name = name.trim();
    let known = |name: &str| TimeZone::parse(name).ok();
    // 001 is the world: the zone that the name itself means, not one country's.
    let windows = || localzone::win_zone_to_iana(name, Some("001")).and_then(known);
    let behind_prefix = || {
        let rest = name.strip_prefix('/')?;
        rest.match_indices('/').find_map(|(at, _)| known(&rest[at + 1..]))
    };
    // What Exchange calls UTC in invitations.
    let exchange = || name.eq_ignore_ascii_case("tzone://Microsoft/Utc").then_some(TimeZone::UTC);
    known(name).or_else(windows).or_else(behind_prefix).or_else(exchange)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str) -> Result<Moment> {
        let property = Property::parse((4, line.as_bytes().to_vec()))?;
        moment(&property, TimeZone::parse("America/New_York").unwrap())
    }

    #[test]
    fn moments_in_their_zones() {
        for (line, expected) in [
            ("DTSTART:20260131T090000Z", "2026-01-31T09:00:00Z"),
            ("DTSTART:20260131T090000", "2026-01-31T14:00:00Z"),
            ("DTSTART;VALUE=DATE:20260131", "2026-01-31T05:00:00Z"),
            ("DTSTART;TZID=Europe/Berlin;VALUE=DATE:20260131", "2026-01-31T05:00:00Z"),
            ("DTSTART:20260131", "2026-01-31T05:00:00Z"),
            ("DTSTART;TZID=europe/berlin:20260731T090000", "2026-07-31T07:00:00Z"),
            ("DTSTART;TZID=\"W. Europe Standard Time\":20260131T090000", "2026-01-31T08:00:00Z"),
            ("DTSTART;TZID=Pacific Standard Time:20260131T090000", "2026-01-31T17:00:00Z"),
            ("DTSTART;TZID=/mozilla.org/20050126_1/Asia/Tokyo:20260131T090000", "2026-01-31T00:00:00Z"),
            ("DTSTART;TZID=\"tzone://Microsoft/Utc\":20260131T090000", "2026-01-31T09:00:00Z"),
            ("DTSTART:20161231T235960Z", "2016-12-31T23:59:59Z"),
        ] {
            assert_eq!(told(line).unwrap().at, expected.parse::<DateTime<Utc>>().unwrap(), "{line}");
        }
    }

    #[test]
    fn what_is_no_moment() {
        for value in ["", "20260230", "20260131Z", "2026-01-31", "20260131T09", "20260131T240000", "20260131T0900000"] {
            let error = told(&format!("DTSTART:{value}")).unwrap_err();
            assert_eq!(error.code, "calendar_date");
            assert!(error.message.starts_with(&format!("line 4, DTSTART {value:?}: a date is")), "{error}");
        }
        assert_eq!(told("DTSTART:99991231T235959").unwrap_err().code, "calendar_date");
        let error = told("DTSTART;TZID=Customized Time Zone:20260131T090000").unwrap_err();
        assert_eq!(error.code, "calendar_zone");
        assert!(error.message.contains("\"Customized Time Zone\""), "{error}");
    }

    #[test]
    fn durations() {
        for (text, expected) in [
            ("PT1H30M", Some((0, 5400))),
            ("P15DT5H0M20S", Some((15, 18020))),
            ("P7W", Some((49, 0))),
            ("-PT15M", Some((0, -900))),
            ("PT0S", Some((0, 0))),
            ("P", None),
            ("PT", None),
            ("P1DT", None),
            ("P1H", None),
            ("PT1D", None),
            ("1H", None),
            ("PTH", None),
            ("PT5", None),
            ("P99999999999999999999D", None),
            ("P9223372036854775807W", None),
        ] {
            assert_eq!(parse_duration(text), expected, "{text}");
        }
    }

    #[test]
    fn a_day_may_have_23_hours() {
        let start = told("DTSTART;TZID=Europe/Berlin:20260328T090000").unwrap();
        assert_eq!(start.plus((1, 0)).unwrap() - start.at, TimeDelta::hours(23));
        assert_eq!(start.plus((0, 86400)).unwrap() - start.at, TimeDelta::hours(24));
        assert_eq!(start.plus((i64::MAX, 0)), None);
        assert_eq!(start.plus((0, i64::MAX)), None);
    }
}
