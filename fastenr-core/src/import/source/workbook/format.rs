//! What a number format says of the numbers that bear it, and how such a number is written as text.

use crate::import::format::{DateSystem, Mark};
use crate::import::source::record::Kind;

/// The kinds of formats that make a number mean something else, or show other digits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum NumberFormat {
    #[default]
    Plain,
    Percent,
    /// An amount, with the sign or the code of its currency.
    Currency(String),
    /// A day or a time of day; whether the format shows the time.
    Moment {
        time: bool,
    },
    /// A time that goes on beyond 24 hours.
    Elapsed,
    /// Digits in a pattern such as `00000` or `000-00-0000`.
    Pattern(Vec<Piece>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// A digit that is shown even where it is zero.
    Zero,
    /// A digit that is left out where there is none.
    Digit,
    Literal(char),
}

/// Bytes of a code; programs have no longer ones.
const MAX_CODE: usize = 2_048;

impl NumberFormat {
    /// Of a format that every workbook has without telling it.
    pub(super) fn built_in(id: u32) -> Self {
        match id {
            9 | 10 => Self::Percent,
            14..=17 | 27..=31 | 36 | 50..=54 | 57 | 58 => Self::Moment { time: false },
            18..=22 | 32..=35 | 45 | 47 | 55 | 56 => Self::Moment { time: true },
            46 => Self::Elapsed,
            _ => Self::Plain,
        }
    }

    /// Of a code such as `0.00%`, `yyyy-mm-dd`, `[$€-407] #,##0.00`, `00000`. Only its first part counts: that of numbers above
    /// zero.
    pub(super) fn of_code(code: &str) -> Self {
        if code.len() > MAX_CODE {
            return Self::Plain;
        }
        let Section { mut pieces, literals, date, time, elapsed, percent, other, bracket } = Section::scan(code);
        let digits = pieces.iter().filter(|piece| !matches!(piece, Piece::Literal(_))).count();
        if elapsed {
            return Self::Elapsed;
        }
        if (date || time) && (digits == 0 || !other) {
            return Self::Moment { time };
        }
        if percent {
            return Self::Percent;
        }
        let mark = bracket.into_iter().chain(literals).find_map(|text| Mark::of_currency(&text));
        if let Some(mark) = mark {
            return Self::Currency(mark.as_str().to_owned());
        }
        while matches!(pieces.last(), Some(Piece::Literal(' '))) {
            pieces.pop();
        }
        let is_digit = |piece: &&Piece| !matches!(piece, Piece::Literal(_));
        let zeros = pieces.iter().filter(|piece| **piece == Piece::Zero).count();
        let first = pieces.iter().position(|piece| is_digit(&piece)).unwrap_or(pieces.len());
        let last = pieces.iter().rposition(|piece| is_digit(&piece)).map_or(0, |last| last + 1);
        // What stands behind the digits alone is a unit, which is no part of the number.
        let shaped = zeros > 1
            || pieces.get(first..last).is_some_and(|inner| inner.iter().any(|piece| !is_digit(&piece)))
            || pieces[..first].iter().any(|piece| matches!(piece, Piece::Literal(c) if c.is_alphanumeric()));
        if other || digits == 0 || !shaped { Self::Plain } else { Self::Pattern(pieces) }
    }

    /// Appends a number as text, and says what kind of text it is.
    pub(super) fn write(&self, number: f64, system: DateSystem, out: &mut String) -> Kind {
        match self {
            Self::Plain => write_number(number, 0, out),
            Self::Percent => {
                write_number(number, 2, out);
                out.push('%');
            }
            Self::Currency(mark) => {
                write_number(number, 0, out);
                out.push(' ');
                out.push_str(mark);
            }
            Self::Moment { time } => {
                write_moment(number, *time, system, out);
                return Kind::Date;
            }
            Self::Elapsed => {
                write_elapsed(number, out);
                return Kind::Text;
            }
            Self::Pattern(pieces) => match whole(number) {
                Some(whole) => {
                    write_pattern(pieces, whole, out);
                    let plain = pieces.iter().all(|piece| !matches!(piece, Piece::Literal(_)));
                    return if plain { Kind::Number } else { Kind::Text };
                }
                None => write_number(number, 0, out),
            },
        }
        Kind::Number
    }
}

/// What stands in the first part of a format's code.
#[derive(Default)]
struct Section {
    pieces: Vec<Piece>,
    literals: Vec<String>,
    /// What stands in `[$€-407]` before the dash.
    bracket: Option<String>,
    date: bool,
    time: bool,
    elapsed: bool,
    percent: bool,
    /// A point, a comma, an exponent, a fraction: the digits follow no mere pattern.
    other: bool,
}

impl Section {
    fn scan(code: &str) -> Self {
        let mut section = Self::default();
        let mut literal = String::new();
        let mut chars = code.chars().peekable();
        while let Some(c) = chars.next() {
            let mut said = None;
            match c {
                ';' => break,
                '"' => chars.by_ref().take_while(|c| *c != '"').for_each(|c| section.say(c, &mut literal)),
                '\\' => said = chars.next(),
                // A blank as wide as the next character; a character that fills the cell.
                '_' => {
                    chars.next();
                    said = Some(' ');
                }
                '*' => {
                    chars.next();
                }
                '[' => {
                    let inner: String = chars.by_ref().take_while(|c| *c != ']').collect();
                    section.bracketed(&inner);
                }
                '0' | '#' | '?' => {
                    section.pieces.push(if c == '0' { Piece::Zero } else { Piece::Digit });
                    section.end(&mut literal);
                }
                '%' => section.percent = true,
                '.' if section.time => {
                    // Parts of a second.
                    while chars.next_if_eq(&'0').is_some() {}
                }
                'E' | 'e' if chars.peek().is_some_and(|next| matches!(next, '+' | '-')) => section.other = true,
                'A' | 'a' if chars.peek().is_some_and(|next| matches!(next, 'M' | 'm' | '/')) => {
                    section.time = true;
                    while chars.next_if(|next| matches!(next, 'M' | 'm' | '/' | 'P' | 'p')).is_some() {}
                }
                'G' if code.contains("General") => while chars.next_if(|next| next.is_ascii_alphabetic()).is_some() {},
                'y' | 'Y' | 'd' | 'D' | 'b' | 'B' | 'e' | 'g' | 'r' => section.date = true,
                'm' | 'M' => section.date |= !section.time,
                'h' | 'H' | 's' | 'S' => section.time = true,
                '.' | ',' | '/' | '@' => section.other = true,
                c => said = Some(c),
            }
            if let Some(c) = said {
                section.say(c, &mut literal);
            }
        }
        section.end(&mut literal);
        // `mm:ss` is no month.
        if section.time && !code.contains(['y', 'Y', 'd', 'D', 'e', 'g']) {
            section.date = false;
        }
        section
    }

    fn say(&mut self, c: char, literal: &mut String) {
        self.pieces.push(Piece::Literal(c));
        literal.push(c);
    }

    fn end(&mut self, literal: &mut String) {
        let text = std::mem::take(literal);
        if !text.trim().is_empty() {
            self.literals.push(text.trim().to_owned());
        }
    }

    fn bracketed(&mut self, inner: &str) {
        let is_time = |c: char| matches!(c, 'h' | 'H' | 'm' | 'M' | 's' | 'S');
        match inner.strip_prefix('$') {
            Some(rest) => {
                self.bracket = rest.split('-').next().filter(|mark| !mark.trim().is_empty()).map(str::to_owned);
            }
            None => self.elapsed |= !inner.is_empty() && inner.chars().all(is_time),
        }
    }
}

/// A whole number from 0 that a spreadsheet shows digit by digit.
fn whole(number: f64) -> Option<u64> {
    let fits = number.fract() == 0.0 && (0.0..1e15).contains(&number);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within the range above")]
    fits.then_some(number as u64)
}

fn write_pattern(pieces: &[Piece], number: u64, out: &mut String) {
    let mut rest: Vec<char> = if number == 0 { Vec::new() } else { number.to_string().chars().collect() };
    let first = pieces.iter().position(|piece| !matches!(piece, Piece::Literal(_))).unwrap_or(0);
    let mut shown = Vec::new();
    for (at, piece) in pieces.iter().enumerate().rev() {
        match piece {
            Piece::Literal(c) => shown.push(*c),
            // All digits that are left stand at the first place.
            _ if at == first => {
                let fill = if *piece == Piece::Zero && rest.is_empty() { vec!['0'] } else { std::mem::take(&mut rest) };
                shown.extend(fill.iter().rev());
            }
            Piece::Zero => shown.push(rest.pop().unwrap_or('0')),
            Piece::Digit => shown.extend(rest.pop()),
        }
    }
    out.extend(shown.iter().rev());
}

/// A number with the 15 digits that spreadsheets keep, its point moved to the right by `shift`; beyond them with an exponent.
pub(super) fn write_number(number: f64, shift: i32, out: &mut String) {
    if number == 0.0 || !number.is_finite() {
        out.push('0');
        return;
    }
    let scientific = format!("{number:.14e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent = exponent.parse::<i32>().unwrap_or(0) + shift;
    let negative = mantissa.starts_with('-');
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    if negative {
        out.push('-');
    }
    let length = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    match exponent {
        15.. | ..=-16 => {
            let (first, others) = digits.split_at(1);
            out.push_str(first);
            if !others.is_empty() {
                out.push('.');
                out.push_str(others);
            }
            out.push_str(&format!("E{exponent:+03}"));
        }
        0.. if length <= exponent + 1 => {
            out.push_str(digits);
            (length..=exponent).for_each(|_| out.push('0'));
        }
        0.. => {
            let (whole, fraction) = digits.split_at(usize::try_from(exponent + 1).unwrap_or(0));
            out.push_str(whole);
            out.push('.');
            out.push_str(fraction);
        }
        _ => {
            out.push_str("0.");
            (exponent + 1..0).for_each(|_| out.push('0'));
            out.push_str(digits);
        }
    }
}

/// What spreadsheets show for a day that there is not.
const NO_DAY: &str = "########";

fn write_moment(serial: f64, shows_time: bool, system: DateSystem, out: &mut String) {
    let Some(at) = system.moment(serial) else { return out.push_str(NO_DAY) };
    let has_time = serial.fract() != 0.0 && at.time() != chrono::NaiveTime::MIN;
    let only_time = shows_time && serial < 1.0;
    let (day, time) = (at.format("%Y-%m-%d"), at.format("%H:%M:%S%.f"));
    out.push_str(&match (only_time, has_time || shows_time) {
        (true, _) => time.to_string(),
        (false, true) => format!("{day} {time}"),
        (false, false) => day.to_string(),
    });
}

fn write_elapsed(days: f64, out: &mut String) {
    let seconds = (days.abs() * 86_400.0).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float turned whole saturates")]
    let seconds = seconds as u64;
    let sign = if days < 0.0 { "-" } else { "" };
    out.push_str(&format!("{sign}{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(code: &str, number: f64) -> (String, Kind) {
        let mut out = String::new();
        let kind = NumberFormat::of_code(code).write(number, DateSystem::Since1900, &mut out);
        (out, kind)
    }

    #[test]
    fn numbers_as_their_formats_mean_them() {
        for (code, number, text) in [
            ("General", 123.0, "123"),
            ("General", 0.1 + 0.2, "0.3"),
            ("General", 1_234.5, "1234.5"),
            ("General", -0.05, "-0.05"),
            ("General", 123_456_789_012_345.0, "123456789012345"),
            ("General", 12_345_678_901_234_567.0, "1.23456789012346E+16"),
            ("General", 1e21, "1E+21"),
            ("General", 1e-20, "1E-20"),
            ("General", 0.000_01, "0.00001"),
            ("0.00", 1.2, "1.2"),
            ("#,##0", 1_234_567.0, "1234567"),
            ("#,##0.00_);(#,##0.00)", -5.0, "-5"),
            ("0.00E+00", 1_500.0, "1500"),
            ("# ?/?", 0.5, "0.5"),
            ("@", 5.0, "5"),
            ("0%", 0.45, "45%"),
            ("0.00%", 0.285, "28.5%"),
            ("0\"%\"", 45.0, "45"),
            ("\"$\"#,##0.00", 12.5, "12.5 $"),
            ("$#,##0.00", 12.5, "12.5 $"),
            ("#,##0.00\\ \"€\"", 12.5, "12.5 €"),
            ("[$€-407]\\ #,##0.00", 12.5, "12.5 €"),
            ("[$EUR] #,##0", 12.0, "12 EUR"),
            ("_-* #,##0.00\\ \"zł\"_-;\\-* #,##0.00\\ \"zł\"_-", 12.0, "12 zł"),
            ("[$-409]#,##0", 12.0, "12"),
            ("00000", 123.0, "00123"),
            ("00000", 1_234_567.0, "1234567"),
            ("00000", 0.0, "00000"),
            ("00000", 1.5, "1.5"),
            ("000-00-0000", 123_456_789.0, "123-45-6789"),
            ("000-00-0000", 1.0, "000-00-0001"),
            ("\"ACC-\"0000", 42.0, "ACC-0042"),
            ("\"ACC-\"0", 42.0, "ACC-42"),
            ("(###) ###-####", 5_551_234_567.0, "(555) 123-4567"),
            ("0 \"kg\"", 5.0, "5"),
            ("[Red]0", 5.0, "5"),
            ("0;-0;\"zero\"", 0.0, "0"),
            ("yyyy-mm-dd", 45_658.0, "2025-01-01"),
            ("dd/mm/yy", 45_658.25, "2025-01-01 06:00:00"),
            ("m/d/yy h:mm", 45_658.0, "2025-01-01 00:00:00"),
            ("[$-407]d. mmmm yyyy;@", 45_658.0, "2025-01-01"),
            ("mmm\\-yy", 45_658.0, "2025-01-01"),
            ("yyyy\"年\"m\"月\"d\"日\"", 45_658.0, "2025-01-01"),
            ("dd/mm/yyyy", -3.0, NO_DAY),
            ("dd/mm/yyyy", 60.0, NO_DAY),
            ("h:mm AM/PM", 0.5, "12:00:00"),
            ("mm:ss.0", 0.5, "12:00:00"),
            ("[h]:mm", 1.5, "36:00:00"),
        ] {
            assert_eq!(shown(code, number).0, text, "{code} {number}");
        }
    }

    #[test]
    fn what_is_a_number_and_what_a_day() {
        for (code, number, kind) in [
            ("General", 1.0, Kind::Number),
            ("0%", 0.5, Kind::Number),
            ("00000", 5.0, Kind::Number),
            ("000-00", 5.0, Kind::Text),
            ("yyyy-mm-dd", 45_658.0, Kind::Date),
            ("[h]:mm", 1.5, Kind::Text),
        ] {
            assert_eq!(shown(code, number).1, kind, "{code}");
        }
        assert_eq!(NumberFormat::of_code(&"0".repeat(3_000)), NumberFormat::Plain);
        assert_eq!(NumberFormat::built_in(14), NumberFormat::Moment { time: false });
        assert_eq!(NumberFormat::built_in(10), NumberFormat::Percent);
        assert_eq!(NumberFormat::built_in(44), NumberFormat::Plain);
    }
}
