//! One cell of a number column, taken apart without knowing which mark is the decimal one.

use super::NumberFormat;
use super::mark::Mark;

#[derive(Debug, Clone, Copy)]
pub(super) struct Cell<'c> {
    negative: bool,
    /// Digits and what stands between them; begins with a digit or a decimal mark, ends with a digit.
    body: &'c str,
    exponent: Option<i32>,
    pub(super) mark: Option<Mark>,
    pub(super) percent: bool,
}

/// Exponents beyond this are nobody's revenue.
const FARTHEST: i32 = 30;

/// `-?digits`, or with `decimals` also `-?digits.digits`: needs nothing done to it.
pub(super) fn is_plain(cell: &[u8], decimals: bool) -> bool {
    let digits = cell.strip_prefix(b"-").unwrap_or(cell);
    let whole = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    match &digits[whole..] {
        [] => whole > 0,
        [b'.', fraction @ ..] => {
            decimals && whole > 0 && !fraction.is_empty() && fraction.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
}

impl<'c> Cell<'c> {
    /// `None` where no format makes a number of it. The cell is in [`super::script::latin`] script.
    pub(super) fn dissect(cell: &'c str) -> Option<Self> {
        let bytes = cell.as_bytes();
        let Some(mut start) = bytes.iter().position(u8::is_ascii_digit) else { return Self::dash(cell) };
        let end = bytes.iter().rposition(u8::is_ascii_digit)? + 1;
        if start > 0 && matches!(bytes[start - 1], b'.' | b',') {
            start -= 1;
        }
        let (body, exponent) = match cell[start..end].split_once(['e', 'E']) {
            Some((body, exponent)) => (body, Some(read_exponent(exponent)?)),
            None => (&cell[start..end], None),
        };
        let before = before(&cell[..start])?;
        let after = after(&cell[end..])?;
        let one_mark = before.mark.is_none() || after.mark.is_none();
        let one_sign = !before.signed || !after.signed;
        // `(-5)` is nothing, and a bracket that opens closes.
        let bracket = before.bracket;
        let mark = before.mark.or(after.mark);
        if bracket != after.bracket
            || (bracket && (before.minus || after.signed))
            || !one_mark
            || !one_sign
            || (after.percent && mark.is_some())
        {
            return None;
        }
        let negative = before.minus || after.minus || bracket;
        Some(Self { negative, body, exponent, mark, percent: after.percent })
    }

    /// How accountants write zero: `$ -`, `- €`, `—`.
    fn dash(cell: &'c str) -> Option<Self> {
        let dashes = |c: char| matches!(c, '-' | '—');
        let rest = cell.trim();
        let (mark, rest) = match (rest.trim_end_matches(dashes), rest.trim_start_matches(dashes)) {
            (mark, _) if mark.len() < rest.len() => (mark, &rest[mark.len()..]),
            (_, mark) if mark.len() < rest.len() => (mark, &rest[..rest.len() - mark.len()]),
            _ => return None,
        };
        let mark = match mark.trim() {
            "" => None,
            mark => Some(Mark::parse(mark)?),
        };
        (rest.chars().count() <= 3).then_some(Self { negative: false, body: "0", exponent: None, mark, percent: false })
    }

    pub(super) fn fits(&self, format: NumberFormat) -> bool {
        let (whole, fraction) = match self.body.rsplit_once(format.decimal()) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (self.body, None),
        };
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if fraction.is_some_and(|fraction| fraction.is_empty() || !digits(fraction)) {
            return false;
        }
        if digits(whole) {
            return !whole.is_empty() || fraction.is_some();
        }
        // Nobody groups the digits of 1.2E+9.
        self.exponent.is_none() && are_groups(whole, format)
    }

    /// Whether the body has a mark that is a decimal one in some format and a grouping one in another.
    pub(super) fn has_point_or_comma(&self) -> bool {
        self.body.contains(['.', ','])
    }

    /// As `-?digits[.digits]`, for a cell that fits `format`; `None` where the exponent is too far off.
    pub(super) fn plain(&self, format: NumberFormat) -> Option<String> {
        let (whole, fraction) = self.body.rsplit_once(format.decimal()).unwrap_or((self.body, ""));
        let mut digits: String = whole.chars().filter(char::is_ascii_digit).collect();
        // Where the point stands, counted from the first digit.
        let exponent = self.exponent.unwrap_or(0);
        if exponent.abs() > FARTHEST {
            return None;
        }
        let shift = usize::try_from(exponent.unsigned_abs()).ok()?;
        let mut point = digits.len();
        digits.push_str(fraction);
        if exponent < 0 {
            let missing = (shift + 1).saturating_sub(point);
            digits.insert_str(0, &"0".repeat(missing));
            point = point + missing - shift;
        } else {
            point += shift;
            let missing = point.saturating_sub(digits.len());
            digits.extend(std::iter::repeat_n('0', missing));
        }
        if point == 0 {
            digits.insert(0, '0');
            point = 1;
        }
        if point < digits.len() {
            digits.insert(point, '.');
        }
        if self.negative {
            digits.insert(0, '-');
        }
        Some(digits)
    }
}

/// Groups of three after a first of one to three that does not begin with 0; or, with commas, Indian ones: of two, the last of three.
fn are_groups(whole: &str, format: NumberFormat) -> bool {
    let mut groups = whole.split(|c| format.groups_by(c));
    let Some(first) = groups.next() else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (mut rest, mut threes, mut twos, mut last) = (0, 0, 0, 0);
    for group in groups {
        if !digits(group) {
            return false;
        }
        rest += 1;
        threes += usize::from(group.len() == 3);
        twos += usize::from(group.len() == 2);
        last = group.len();
    }
    let western = first.len() <= 3 && threes == rest;
    let indian = format == NumberFormat::CommaPoint && first.len() <= 2 && last == 3 && twos + 1 == rest;
    rest > 0 && digits(first) && !first.starts_with('0') && (western || indian)
}

fn read_exponent(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse().unwrap_or(i32::MAX);
    Some(if text.starts_with('-') { -size } else { size })
}

/// What stands on one side of the digits.
#[derive(Default)]
struct Side {
    bracket: bool,
    /// Has a sign, of which minus is one.
    signed: bool,
    minus: bool,
    percent: bool,
    mark: Option<Mark>,
}

/// Takes a sign off either end of `text`.
fn sign(text: &str) -> (Option<char>, &str) {
    let signs = ['-', '+'];
    if let Some(rest) = text.strip_prefix(signs) {
        return (text.chars().next(), rest.trim_start());
    }
    match text.strip_suffix(signs) {
        Some(rest) => (text.chars().next_back(), rest.trim_end()),
        None => (None, text),
    }
}

/// Bracket, sign and currency before the digits, the last two in any order.
fn before(text: &str) -> Option<Side> {
    let text = text.trim();
    let (bracket, text) = match (text.strip_prefix('('), text.strip_suffix('(')) {
        (Some(rest), _) => (true, rest.trim_start()),
        (None, Some(rest)) => (true, rest.trim_end()), // `$ (5)`
        (None, None) => (false, text),
    };
    let (sign, text) = sign(text);
    let mark = if text.is_empty() { None } else { Some(Mark::parse(text)?) };
    Some(Side { bracket, signed: sign.is_some(), minus: sign == Some('-'), percent: false, mark })
}

/// Bracket, minus, percent sign or currency behind the digits: `5-`, `5 EUR-`, `5-%`.
fn after(text: &str) -> Option<Side> {
    let text = text.trim();
    let (bracket, text) = text.strip_suffix(')').map_or((false, text), |rest| (true, rest.trim_end()));
    let (bracket, text) = match text.strip_prefix(')') {
        Some(rest) if !bracket => (true, rest.trim_start()), // `(5) EUR`
        _ => (bracket, text),
    };
    let (sign, text) = sign(text);
    let signed = sign.is_some();
    // Nobody writes a plus behind a number.
    if sign == Some('+') {
        return None;
    }
    let side = Side { bracket, signed, minus: signed, ..Side::default() };
    match text {
        "" => Some(side),
        "%" => Some(Side { percent: true, ..side }),
        mark => Some(Side { mark: Some(Mark::parse(mark)?), ..side }),
    }
}
