//! The parts of a date as they stand in a cell, without knowing which is which.

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
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Scanned {
    pub(super) shape: Shape,
    pub(super) year: i32,
    pub(super) first: u32,
    pub(super) second: u32,
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

/// Why a cell is no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Format,
    Year,
    Serial,
    Order,
    Calendar,
    Time,
}

pub(super) fn scan(text: &str) -> Result<Scanned, Fault> {
    let text = text.trim().as_bytes();
    if let Some(scanned) = iso(text) {
        return scanned;
    }
    let mut cells = Cursor(text);
    let (year, first, second, shape) = match text.first() {
        Some(b) if b.is_ascii_digit() => begins_with_number(&mut cells)?,
        Some(b) if b.is_ascii_alphabetic() => begins_with_name(&mut cells)?,
        _ => return Err(Fault::Format),
    };
    Ok(Scanned { shape, year, first, second, clock: clock(cells.0)? })
}

/// `YYYY-MM-DD`: most cells of most files, so it goes first and looks at fixed places.
fn iso(text: &[u8]) -> Option<Result<Scanned, Fault>> {
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
    let scanned = |clock| Scanned { shape: Shape::Iso, year, first, second, clock };
    Some(clock(rest).map(scanned))
}

/// Year and month of `2026-11`, `11/2026`, `202611`, `Nov 2026`, `2026 Nov`; the month may be none of the calendar.
pub(super) fn month(text: &str) -> Option<(i32, u32)> {
    let mut cells = Cursor(text.trim().as_bytes());
    let (year, month) = if let Some(month) = cells.month() {
        cells.one_of(b".,");
        cells.one_of(b" -/");
        cells.spaces();
        (cells.number().filter(|(_, digits)| *digits == 4)?.0, month)
    } else {
        let (one, digits) = cells.number()?;
        match digits {
            6 if (1900..2200).contains(&(one / 100)) => (one / 100, one % 100),
            4 => {
                cells.one_of(b"-/. ")?;
                (one, cells.month().or_else(|| cells.small())?)
            }
            1 | 2 => {
                cells.one_of(b"-/.")?;
                (cells.number().filter(|(_, digits)| *digits == 4)?.0, one)
            }
            _ => return None,
        }
    };
    let year = four_digit(year).ok()?;
    cells.0.is_empty().then_some((year, month))
}

type Parts = (i32, u32, u32, Shape);

fn begins_with_number(cells: &mut Cursor<'_>) -> Result<Parts, Fault> {
    let (one, digits) = cells.number().ok_or(Fault::Format)?;
    match digits {
        8 => {
            // The years of a business only, lest 01022024 be the year 102.
            let year = one / 10_000;
            return if (1900..2200).contains(&year)
                && cells.0.first().is_none_or(|b| matches!(b, b' ' | b'T' | b't' | b','))
            {
                Ok((year.cast_signed(), one / 100 % 100, one % 100, Shape::YearFirst))
            } else {
                Err(Fault::Format)
            };
        }
        5 if matches!(cells.0.first(), None | Some(b'.' | b',')) => return Err(Fault::Serial),
        1 | 2 | 4 => {}
        _ => return Err(Fault::Format),
    }
    let separator = cells.one_of(b"-/. ").ok_or(Fault::Format)?;
    cells.spaces();
    if digits == 4 {
        let month = cells.month().or_else(|| cells.small()).ok_or(Fault::Format)?;
        cells.one_of(&[separator]).ok_or(Fault::Format)?;
        let day = cells.small().ok_or(Fault::Format)?;
        return Ok((four_digit(one)?, month, day, Shape::YearFirst));
    }
    if let Some(month) = cells.month() {
        cells.one_of(b".");
        cells.one_of(&[separator, b' ', b',']).ok_or(Fault::Format)?;
        cells.spaces();
        return Ok((cells.year()?, one, month, Shape::Named));
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
    Ok((cells.year()?, one, second, shape))
}

fn begins_with_name(cells: &mut Cursor<'_>) -> Result<Parts, Fault> {
    let month = cells.month().ok_or(Fault::Format)?;
    cells.one_of(b".");
    cells.one_of(b" -/").ok_or(Fault::Format)?;
    cells.spaces();
    let day = cells.small().ok_or(Fault::Format)?;
    cells.one_of(b" ,-/").ok_or(Fault::Format)?;
    cells.spaces();
    Ok((cells.year()?, day, month, Shape::Named))
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
    if let [half @ (b'A' | b'a' | b'P' | b'p'), b'M' | b'm', rest @ ..] = cells.0 {
        let noon = if half.eq_ignore_ascii_case(&b'P') { 12 } else { 0 };
        if !(1..=12).contains(&hour) {
            return Err(Fault::Time);
        }
        clock.hour = hour % 12 + noon;
        cells.0 = rest;
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

    fn year(&mut self) -> Result<i32, Fault> {
        match self.number() {
            Some((year, 4)) => four_digit(year),
            Some((_, 2)) => Err(Fault::Year),
            _ => Err(Fault::Format),
        }
    }

    /// An English month, in full or its first three letters (or `Sept`), in any case.
    fn month(&mut self) -> Option<u32> {
        const MONTHS: [&str; 12] = [
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
        let letters = self.0.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let (name, rest) = self.0.split_at(letters);
        let is = |month: &str| {
            let month = month.as_bytes();
            let short = letters == 3 || (letters == 4 && month == b"september");
            month.eq_ignore_ascii_case(name) || (short && month[..letters].eq_ignore_ascii_case(name))
        };
        let place = if letters < 3 { None } else { MONTHS.iter().position(|month| is(month)) }?;
        self.0 = rest;
        u32::try_from(place + 1).ok()
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
