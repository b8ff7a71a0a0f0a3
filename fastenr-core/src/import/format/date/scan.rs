//! The parts of a date as they stand in a cell, without knowing which is which.

use super::names::{Meanings, meanings};
use super::text::plain;
use crate::model::day;

/// How the parts are arranged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// `2024-01-31`: month, day.
    Iso,
    /// Year first in another way: month, day.
    YearFirst,
    /// Numbers with `/` or `-`: day and month, or month and day.
    Slashed,
    /// Numbers with `.` between them.
    Dotted,
    /// The month by name: day, month.
    Named,
    /// `31-Jan-24`: a month's name between two numbers of two digits, of which either may be the year: first, month, and the second
    /// as the year.
    NamedShort,
    /// Three numbers of which no one is a year of four digits: first, second, and the third as the year.
    Short,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct ScannedDate {
    pub(super) shape: Shape,
    pub(super) year: i32,
    pub(super) first: u32,
    pub(super) second: u32,
    /// Where the month is a word that is not English: what it means.
    pub(super) word: Option<&'static Meanings>,
    /// The year has two digits.
    pub(super) short: bool,
    /// None where there is a day alone.
    pub(super) clock: Option<Clock>,
}

/// A time of day; `east` is its zone in minutes east of UTC, where it says one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clock {
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
    pub(super) micros: u32,
    pub(super) east: Option<i64>,
}

impl ScannedDate {
    /// The month of a date that has it by name.
    pub(super) fn named(&self) -> MonthName {
        self.word.map_or(MonthName::English(self.second), MonthName::Word)
    }
}

/// A calendar whose years of these decades are no years that business is done in by the Gregorian one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Calendar {
    Buddhist,
    /// Of the sun, as in Iran, or of the moon.
    Hijri,
    Hebrew,
}

impl Calendar {
    /// The calendar that has about the year 2000 there.
    pub(super) const fn of(year: i32) -> Option<Self> {
        match year {
            2480..=2640 => Some(Self::Buddhist),
            1300..=1500 => Some(Self::Hijri),
            5700..=5860 => Some(Self::Hebrew),
            _ => None,
        }
    }
}

/// Why a cell is no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Format,
    Year,
    Serial,
    Order,
    Calendar,
    /// A year of another calendar than the Gregorian one.
    OtherCalendar,
    /// A year that is likely of another one.
    LikelyOther(Calendar),
    /// A word for a month that means two.
    Language,
    Time,
}

pub(super) fn scan(text: &str) -> Result<ScannedDate, Fault> {
    let trimmed = text.trim();
    if let Some(scanned) = iso(trimmed.as_bytes()) {
        return scanned;
    }
    let (text, western) = plain(trimmed);
    if (!text.is_ascii() || text.len() != trimmed.len())
        && let Some(scanned) = iso(text.as_bytes())
    {
        return in_calendar(scanned?, western);
    }
    let mut cells = Cursor(text.as_bytes());
    cells.weekday();
    let parts = match cells.0.first() {
        Some(b) if b.is_ascii_digit() => begins_with_number(&mut cells)?,
        Some(_) => begins_with_name(&mut cells)?,
        None => return Err(Fault::Format),
    };
    let Parts { year, first, second, shape, word, short } = parts;
    cells.behind_year();
    let clock = clock(cells.0)?;
    in_calendar(ScannedDate { shape, year, first, second, word, short, clock }, western)
}

/// Other digits often come with another calendar, in which it is 1404 or 1447.
fn in_calendar(scanned: ScannedDate, western: bool) -> Result<ScannedDate, Fault> {
    let is_other = !western && !scanned.short && !(1700..2400).contains(&scanned.year);
    if is_other { Err(Fault::OtherCalendar) } else { Ok(scanned) }
}

/// `YYYY-MM-DD`: most cells of most files, so it goes first and looks at fixed places.
fn iso(text: &[u8]) -> Option<Result<ScannedDate, Fault>> {
    let (date, rest) = text.split_first_chunk::<10>()?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *date else { return None };
    let two = |a: u8, b: u8| {
        (a.is_ascii_digit() && b.is_ascii_digit()).then(|| u32::from(a - b'0') * 10 + u32::from(b - b'0'))
    };
    let (century, year, first, second) = (two(y1, y2)?, two(y3, y4)?, two(m1, m2)?, two(d1, d2)?);
    if century < 10 {
        return Some(Err(Fault::Format));
    }
    let year = (century * 100 + year).cast_signed();
    let scanned = |clock| ScannedDate { shape: Shape::Iso, year, first, second, word: None, short: false, clock };
    Some(clock(rest).map(scanned))
}

/// Year and month of `2026-11`, `11/2026`, `202611`, `Nov 2026`, `2026 Nov`; the month may be none of the calendar.
pub(super) fn month(text: &str, of: impl Fn(MonthName) -> Option<u32>) -> Option<(i32, u32)> {
    let (text, western) = plain(text);
    let mut cells = Cursor(text.as_bytes());
    let (year, month) = if let Some(month) = cells.named() {
        let month = of(month)?;
        cells.one_of(b".,");
        cells.one_of(b" -/");
        cells.connectors();
        (cells.number().filter(|(_, digits)| *digits == 4)?.0, month)
    } else {
        let (one, digits) = cells.number()?;
        match digits {
            6 if (1900..2200).contains(&(one / 100)) => (one / 100, one % 100),
            4 => {
                cells.one_of(b"-/. ")?;
                cells.spaces();
                let month = match cells.named() {
                    Some(named) => of(named),
                    None => cells.small(),
                };
                (one, month?)
            }
            1 | 2 => {
                cells.one_of(b"-/.")?;
                (cells.number().filter(|(_, digits)| *digits == 4)?.0, one)
            }
            _ => return None,
        }
    };
    let year = four_digit(year).ok().filter(|year| western || (1700..2400).contains(year))?;
    cells.behind_year();
    cells.0.is_empty().then_some((year, month))
}

/// A month by its name.
#[derive(Debug, Clone, Copy)]
pub(super) enum MonthName {
    English(u32),
    Word(&'static Meanings),
}

struct Parts {
    year: i32,
    first: u32,
    second: u32,
    shape: Shape,
    word: Option<&'static Meanings>,
    short: bool,
}

impl Parts {
    const fn of(year: i32, first: u32, second: u32, shape: Shape) -> Self {
        Self { year, first, second, shape, word: None, short: false }
    }

    fn named((year, short): (i32, bool), day: u32, month: MonthName) -> Self {
        let (second, word) = match month {
            MonthName::English(month) => (month, None),
            MonthName::Word(word) => (0, Some(word)),
        };
        Self { year, first: day, second, shape: Shape::Named, word, short }
    }
}

/// Years of two digits are those from 1969 to 2068, as POSIX has it.
pub(super) const fn pivot(year: u32) -> i32 {
    let century = if year < 69 { 2000 } else { 1900 };
    century + year.cast_signed()
}

fn begins_with_number(cells: &mut Cursor<'_>) -> Result<Parts, Fault> {
    let (one, digits) = cells.number().ok_or(Fault::Format)?;
    match digits {
        8 => {
            // The years of a business only, lest 01022024 be the year 102.
            let year = one / 10_000;
            return if (1900..2200).contains(&year)
                && cells.0.first().is_none_or(|b| matches!(b, b' ' | b'T' | b't' | b','))
            {
                Ok(Parts::of(year.cast_signed(), one / 100 % 100, one % 100, Shape::YearFirst))
            } else {
                Err(Fault::Format)
            };
        }
        5 if matches!(cells.0.first(), None | Some(b'.' | b',')) => return Err(Fault::Serial),
        1 | 2 | 4 => {}
        _ => return Err(Fault::Format),
    }
    if digits < 4 {
        cells.ordinal();
    }
    let separator = cells.one_of(b"-/. ").ok_or(Fault::Format)?;
    cells.spaces();
    if digits == 4 {
        cells.behind_year();
        if let Some(month) = cells.named() {
            cells.one_of(b".");
            cells.one_of(b"-/. ").ok_or(Fault::Format)?;
            cells.spaces();
            let day = cells.small().ok_or(Fault::Format)?;
            cells.one_of(b".");
            return Ok(Parts::named((four_digit(one)?, false), day, month));
        }
        let month = cells.small().ok_or(Fault::Format)?;
        cells.one_of(&[separator]).ok_or(Fault::Format)?;
        if separator == b'.' {
            cells.spaces();
        }
        let day = cells.small().ok_or(Fault::Format)?;
        if separator == b'.' {
            cells.one_of(b".");
        }
        return Ok(Parts::of(four_digit(one)?, month, day, Shape::YearFirst));
    }
    cells.connectors();
    if let Some(month) = cells.named() {
        cells.one_of(b".");
        cells.one_of(&[separator, b' ', b',']).ok_or(Fault::Format)?;
        cells.connectors();
        let parts = Parts::named(cells.year()?, one, month);
        let shape = if parts.short && digits == 2 { Shape::NamedShort } else { Shape::Named };
        return Ok(Parts { shape, ..parts });
    }
    let shape = match separator {
        b'.' => Shape::Dotted,
        b' ' => return Err(Fault::Format),
        _ => Shape::Slashed,
    };
    let second = cells.small().ok_or(Fault::Format)?;
    cells.one_of(&[separator]).ok_or(Fault::Format)?;
    if separator == b'.' {
        cells.spaces();
    }
    match cells.number() {
        Some((year, 4)) => Ok(Parts::of(four_digit(year)?, one, second, shape)),
        Some((third, 2)) => Ok(Parts { short: true, ..Parts::of(third.cast_signed(), one, second, Shape::Short) }),
        _ => Err(Fault::Format),
    }
}

fn begins_with_name(cells: &mut Cursor<'_>) -> Result<Parts, Fault> {
    let month = cells.named().ok_or(Fault::Format)?;
    cells.one_of(b".");
    cells.one_of(b" -/").ok_or(Fault::Format)?;
    cells.spaces();
    let day = cells.small().ok_or(Fault::Format)?;
    cells.ordinal();
    cells.one_of(b" ,-/").ok_or(Fault::Format)?;
    cells.spaces();
    Ok(Parts::named(cells.year()?, day, month))
}

fn four_digit(year: u32) -> Result<i32, Fault> {
    if (1000..=9999).contains(&year) { Ok(year.cast_signed()) } else { Err(Fault::Format) }
}

/// `T10:00`, ` 3:15:52 PM`, `T03:23:15.000Z`, ` 10:00 +02:00`, or nothing.
fn clock(text: &[u8]) -> Result<Option<Clock>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    let mut cells = Cursor(text);
    cells.one_of(b",");
    cells.one_of(b"Tt ").ok_or(Fault::Format)?;
    cells.spaces();
    let hour = cells.small().ok_or(Fault::Format)?;
    cells.one_of(b":").ok_or(Fault::Format)?;
    let minute = cells.pair().ok_or(Fault::Format)?;
    let mut clock = Clock { hour, minute, ..Clock::default() };
    if cells.one_of(b":").is_some() {
        clock.second = cells.pair().ok_or(Fault::Format)?;
        if cells.one_of(b".,").is_some() {
            clock.micros = cells.fraction().ok_or(Fault::Format)?;
        }
    }
    cells.spaces();
    if let Some(noon) = cells.half_of_day() {
        if !(1..=12).contains(&hour) {
            return Err(Fault::Time);
        }
        clock.hour = hour % 12 + noon;
        cells.spaces();
    }
    clock.east = zone(&mut cells)?;
    match clock {
        _ if !cells.0.is_empty() => Err(Fault::Format),
        Clock { hour: 0..24, minute: 0..60, second: 0..60, .. } => Ok(Some(clock)),
        _ => Err(Fault::Time),
    }
}

fn zone(cells: &mut Cursor<'_>) -> Result<Option<i64>, Fault> {
    match cells.0 {
        [] => return Ok(None),
        name if [b"Z".as_slice(), b"UTC", b"GMT"].iter().any(|utc| utc.eq_ignore_ascii_case(name)) => {
            cells.0 = &[];
            return Ok(Some(0));
        }
        _ => {}
    }
    let sign = cells.one_of(b"+-").ok_or(Fault::Format)?;
    let hours = cells.pair().ok_or(Fault::Format)?;
    let minutes =
        if cells.one_of(b":").is_some() || !cells.0.is_empty() { cells.pair().ok_or(Fault::Format)? } else { 0 };
    if hours > 23 || minutes > 59 {
        return Err(Fault::Time);
    }
    let east = i64::from(hours * 60 + minutes);
    Ok(Some(if sign == b'-' { -east } else { east }))
}

/// What of a cell is still to be read.
struct Cursor<'t>(&'t [u8]);

impl Cursor<'_> {
    /// A run of digits and how many they are.
    fn number(&mut self) -> Option<(u32, usize)> {
        let digits = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let (number, rest) = self.0.split_at(digits);
        self.0 = rest;
        let value = number.iter().fold(0_u32, |sum, b| sum.saturating_mul(10).saturating_add(u32::from(b - b'0')));
        (digits > 0).then_some((value, digits))
    }

    /// One or two digits.
    fn small(&mut self) -> Option<u32> {
        self.number().filter(|(_, digits)| *digits <= 2).map(|(value, _)| value)
    }

    /// Exactly two digits, whatever follows.
    fn pair(&mut self) -> Option<u32> {
        let (two, rest) = self.0.split_first_chunk::<2>()?;
        self.0 = rest;
        two.iter().try_fold(0, |sum, b| b.is_ascii_digit().then(|| sum * 10 + u32::from(b - b'0')))
    }

    /// One to nine digits behind a decimal point, in millionths; the last three are cut off.
    fn fraction(&mut self) -> Option<u32> {
        let digits = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let (fraction, rest) = self.0.split_at(digits);
        self.0 = rest;
        let six = fraction.iter().copied().chain(std::iter::repeat(b'0')).take(6);
        (1..=9).contains(&digits).then(|| six.fold(0, |sum, b| sum * 10 + u32::from(b - b'0')))
    }

    /// A year, and whether it has two digits.
    fn year(&mut self) -> Result<(i32, bool), Fault> {
        match self.number() {
            Some((year, 4)) => Ok((four_digit(year)?, false)),
            Some((year, 2)) => Ok((pivot(year), true)),
            _ => Err(Fault::Format),
        }
    }

    /// A month by its name in any language.
    fn named(&mut self) -> Option<MonthName> {
        if let Some(month) = self.month() {
            return Some(MonthName::English(month));
        }
        let letters = self.0.iter().take_while(|b| b.is_ascii_alphabetic() || !b.is_ascii()).count();
        if letters < 2 {
            return None;
        }
        let (name, rest) = self.0.split_at(letters);
        let name = std::str::from_utf8(name).ok()?;
        // Hebrew puts "in" before the name, as one word.
        let word = meanings(name).or_else(|| meanings(name.strip_prefix('ב')?))?;
        self.0 = rest;
        Some(MonthName::Word(word))
    }

    /// `Sat, ` or `Saturday `: what day of the week it is says nothing more.
    fn weekday(&mut self) {
        const DAYS: [&[u8]; 7] = [b"sunday", b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday"];
        let letters = self.0.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let (name, rest) = self.0.split_at(letters);
        let is = |day: &&[u8]| {
            name.eq_ignore_ascii_case(day)
                || ((3..=5).contains(&letters) && day[..letters.min(day.len())].eq_ignore_ascii_case(name))
        };
        if letters >= 3 && DAYS.iter().any(is) {
            let rest = rest.strip_prefix(b".").unwrap_or(rest);
            let rest = rest.strip_prefix(b",").unwrap_or(rest);
            if rest.first() == Some(&b' ') {
                self.0 = rest.trim_ascii_start();
            }
        }
    }

    /// `1st`, `2nd`, `3rd`, `4th`, `1er`.
    fn ordinal(&mut self) {
        let ends = [b"st".as_slice(), b"nd", b"rd", b"th", b"er", "º".as_bytes()];
        if let Some(end) =
            ends.iter().find(|end| self.0.len() >= end.len() && self.0[..end.len()].eq_ignore_ascii_case(end))
            && matches!(self.0.get(end.len()), Some(b' ' | b','))
        {
            self.0 = &self.0[end.len()..];
        }
    }

    /// Blanks, and `de`, `del`, `of` before a month or a year.
    fn connectors(&mut self) {
        self.spaces();
        for word in [b"de ".as_slice(), b"del ", b"of ", b"d'", b"di "] {
            if self.0.len() > word.len() && self.0[..word.len()].eq_ignore_ascii_case(word) {
                self.0 = self.0[word.len()..].trim_ascii_start();
                return;
            }
        }
    }

    /// What stands behind a year in some languages: `2026 г.`, `2026 m.`, `2026. gada`, `2026.`
    fn behind_year(&mut self) {
        let rest = self.0.trim_ascii_start();
        for word in ["г.", "г", "m.", "gada", "р.", "r.", "."] {
            if let Some(rest) = rest.strip_prefix(word.as_bytes())
                && rest.first().is_none_or(|b| matches!(b, b' ' | b','))
            {
                self.0 = rest.trim_ascii_start();
                return;
            }
        }
    }

    /// `AM`, `pm`, `p.m.`, `p. m.`: the hours that it adds.
    fn half_of_day(&mut self) -> Option<u32> {
        let mut half = Cursor(self.0);
        let noon = if half.one_of(b"AaPp")?.eq_ignore_ascii_case(&b'P') { 12 } else { 0 };
        if half.one_of(b".").is_some() {
            half.spaces();
        }
        half.one_of(b"Mm")?;
        half.one_of(b".");
        self.0 = half.0;
        Some(noon)
    }

    /// An English month.
    fn month(&mut self) -> Option<u32> {
        let letters = self.0.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let (name, rest) = self.0.split_at(letters);
        // `março` does not end with its `mar`.
        if rest.first().is_some_and(|b| !b.is_ascii()) {
            return None;
        }
        let month = day::month(std::str::from_utf8(name).ok()?)?;
        self.0 = rest;
        Some(month)
    }

    fn one_of(&mut self, choices: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        if !choices.contains(first) {
            return None;
        }
        self.0 = rest;
        Some(*first)
    }

    fn spaces(&mut self) {
        self.0 = self.0.trim_ascii_start();
    }
}
