//! Numbers: money, counts and other decimals.

mod cell;
mod mark;
mod profile;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::error::Invalid;

use cell::Cell;
pub use mark::Mark;
pub use profile::NumberProfile;

/// What the option `--number-format` says, by the way it writes a number. Grouping is optional in each cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum NumberFormat {
    /// Let the column tell.
    #[default]
    Auto,
    /// `1234.56`
    Plain,
    /// `1,234.56`, also in Indian groups, `12,34,567.89`
    CommaPoint,
    /// `1.234,56`
    PointComma,
    /// `1 234,56`, the space of any width, breaking or not
    SpaceComma,
    /// `1 234.56`, likewise
    SpacePoint,
    /// `1'234.56`, also with ’
    ApostrophePoint,
}

impl NumberFormat {
    pub const ALL: [Self; 7] = [
        Self::Auto,
        Self::Plain,
        Self::CommaPoint,
        Self::PointComma,
        Self::SpaceComma,
        Self::SpacePoint,
        Self::ApostrophePoint,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Plain => "1234.56",
            Self::CommaPoint => "1,234.56",
            Self::PointComma => "1.234,56",
            Self::SpaceComma => "1 234,56",
            Self::SpacePoint => "1 234.56",
            Self::ApostrophePoint => "1'234.56",
        }
    }

    /// The mark before the decimals.
    pub(crate) const fn decimal(self) -> char {
        match self {
            Self::PointComma | Self::SpaceComma => ',',
            _ => '.',
        }
    }

    const fn groups_by(self, c: char) -> bool {
        match self {
            Self::Auto | Self::Plain => false,
            Self::CommaPoint => c == ',',
            Self::PointComma => c == '.',
            Self::SpaceComma | Self::SpacePoint => matches!(c, ' ' | '\u{A0}' | '\u{2009}' | '\u{202F}'),
            Self::ApostrophePoint => matches!(c, '\'' | '’'),
        }
    }
}

impl fmt::Display for NumberFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Code `number_format_option`.
impl FromStr for NumberFormat {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        Self::ALL.into_iter().find(|format| format.as_str().eq_ignore_ascii_case(text)).ok_or(Invalid::new(
            "number_format_option",
            "a number format is one of auto, 1234.56, 1,234.56, 1.234,56, 1 234,56, 1 234.56, 1'234.56",
        ))
    }
}

/// How the numbers of one column are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberReading {
    format: NumberFormat,
    mark: Option<Mark>,
    unmarked: Option<u64>,
    percent: bool,
    proof: Option<u64>,
}

impl NumberReading {
    /// `1234.56`, for what programs write.
    pub const PLAIN: Self =
        Self { format: NumberFormat::Plain, mark: None, unmarked: None, percent: false, proof: None };

    /// Never `Auto`.
    pub const fn format(self) -> NumberFormat {
        self.format
    }

    /// The row that proved the format, where it is not plain and the column itself did.
    pub const fn proof(self) -> Option<u64> {
        self.proof
    }

    /// The one currency sign or code of the column: the caller checks it with [`Mark::may_be`].
    pub const fn mark(self) -> Option<Mark> {
        self.mark
    }

    /// The first row without the column's currency sign, where other rows have it.
    pub const fn unmarked(self) -> Option<u64> {
        self.unmarked
    }

    /// Whether every cell has a percent sign: then the scale is 0-100, whatever the maximum.
    pub const fn percent(self) -> bool {
        self.percent
    }

    /// The number as plain decimal text, `-?digits[.digits]`: digit for digit what the cell says, without grouping, marks
    /// and exponent. The type of the value judges it.
    ///
    /// Codes `number_format`, `number_exponent` (beyond ±30), `number_currency` and `number_percent` (not as in the column).
    pub fn parse<'c>(&self, cell: &'c str) -> Result<Cow<'c, str>, Invalid> {
        let cell = cell.trim();
        if cell::is_plain(cell.as_bytes(), self.format.decimal() == '.') && !self.percent {
            return Ok(Cow::Borrowed(cell));
        }
        let parts = Cell::dissect(cell).filter(|parts| parts.fits(self.format)).ok_or_else(|| {
            Invalid::new("number_format", format!("a number in this column is written like {}", self.format))
        })?;
        if parts.mark.is_some() && parts.mark != self.mark {
            return Err(Invalid::new("number_currency", "the amounts of a column are in one currency"));
        }
        if parts.percent != self.percent {
            return Err(Invalid::new("number_percent", "either all numbers of a column have a percent sign or none"));
        }
        parts.plain(self.format).map(Cow::Owned).ok_or(Invalid::new("number_exponent", "an exponent is from -30 to 30"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reading(format: NumberFormat) -> NumberReading {
        NumberReading { format, ..NumberReading::PLAIN }
    }

    #[test]
    fn cells() {
        use NumberFormat as F;
        for (format, cell, plain) in [
            (F::Plain, "0", Ok("0")),
            (F::Plain, " 1234.56 ", Ok("1234.56")),
            (F::Plain, "007", Ok("007")),
            (F::Plain, "-5", Ok("-5")),
            (F::Plain, "−5", Ok("-5")),
            (F::Plain, "+5", Ok("5")),
            (F::Plain, ".5", Ok("0.5")),
            (F::Plain, "-.5", Ok("-0.5")),
            (F::Plain, "(123)", Ok("-123")),
            (F::Plain, "( 123.50 )", Ok("-123.50")),
            (F::Plain, "1.2E+9", Ok("1200000000")),
            (F::Plain, "8.48E10", Ok("84800000000")),
            (F::Plain, "1e3", Ok("1000")),
            (F::Plain, "1.5e-3", Ok("0.0015")),
            (F::Plain, "-12.34e1", Ok("-123.4")),
            (F::Plain, "1.50e1", Ok("15.0")),
            (F::Plain, "1e31", Err("number_exponent")),
            (F::Plain, "1e-99999999999999999999", Err("number_exponent")),
            (F::Plain, "1,234", Err("number_format")),
            (F::Plain, "", Err("number_format")),
            (F::Plain, "-", Err("number_format")),
            (F::Plain, "n/a", Err("number_format")),
            (F::Plain, "5.", Err("number_format")),
            (F::Plain, "1.2.3", Err("number_format")),
            (F::Plain, "--5", Err("number_format")),
            (F::Plain, "(-5)", Err("number_format")),
            (F::Plain, "(5", Err("number_format")),
            (F::Plain, "5)", Err("number_format")),
            (F::Plain, "1e", Err("number_format")),
            (F::Plain, "1e5e5", Err("number_format")),
            (F::Plain, "5 apples", Err("number_format")),
            (F::Plain, "٣", Err("number_format")),
            (F::Plain, "45%", Err("number_percent")),
            (F::Plain, "$5", Err("number_currency")),
            (F::CommaPoint, "1,234,567.89", Ok("1234567.89")),
            (F::CommaPoint, "12,34,567.89", Ok("1234567.89")),
            (F::CommaPoint, "1234.5", Ok("1234.5")),
            (F::CommaPoint, "1,234", Ok("1234")),
            (F::CommaPoint, "1,23", Err("number_format")),
            (F::CommaPoint, "1,2345", Err("number_format")),
            (F::CommaPoint, "0,123", Err("number_format")),
            (F::CommaPoint, "1234,567", Err("number_format")),
            (F::CommaPoint, ",123", Err("number_format")),
            (F::CommaPoint, "1,,234", Err("number_format")),
            (F::CommaPoint, "1.234,5", Err("number_format")),
            (F::CommaPoint, "1,234e2", Err("number_format")),
            (F::PointComma, "1.234,56", Ok("1234.56")),
            (F::PointComma, "1.234", Ok("1234")),
            (F::PointComma, "1234,5", Ok("1234.5")),
            (F::PointComma, "12.5", Err("number_format")),
            (F::PointComma, "1,2E+3", Ok("1200")),
            (F::SpaceComma, "1 234,56", Ok("1234.56")),
            (F::SpaceComma, "1\u{a0}234\u{202f}567,8", Ok("1234567.8")),
            (F::SpacePoint, "-1 234.5", Ok("-1234.5")),
            (F::SpaceComma, "1  234", Err("number_format")),
            (F::ApostrophePoint, "1'234.56", Ok("1234.56")),
            (F::ApostrophePoint, "1’234’567", Ok("1234567")),
        ] {
            let read = reading(format).parse(cell).map_err(|e| e.code);
            assert_eq!(read.as_deref().map_err(|c| *c), plain, "{cell} as {format}");
        }
    }

    #[test]
    fn plain_numbers_are_not_copied() {
        for (format, cell) in
            [(NumberFormat::Plain, "-12.50"), (NumberFormat::CommaPoint, "12.5"), (NumberFormat::PointComma, "12")]
        {
            assert!(matches!(reading(format).parse(cell), Ok(Cow::Borrowed(_))), "{cell}");
        }
    }

    #[test]
    fn options() {
        for format in NumberFormat::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        assert_eq!("1234,56".parse::<NumberFormat>().unwrap_err().code, "number_format_option");
    }

    /// `digits` in groups of three.
    fn grouped(digits: &str, by: &str) -> String {
        let mut text = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push_str(by);
            }
            text.push(digit);
        }
        text
    }

    proptest! {
        #[test]
        fn what_is_formatted_is_read(whole in 0_u64..1_000_000_000_000, cents in 0_u64..100) {
            let plain = format!("{whole}.{cents:02}");
            for (format, by, point) in [
                (NumberFormat::Plain, "", "."), (NumberFormat::CommaPoint, ",", "."), (NumberFormat::PointComma, ".", ","),
                (NumberFormat::SpaceComma, "\u{202f}", ","), (NumberFormat::SpacePoint, " ", "."), (NumberFormat::ApostrophePoint, "'", "."),
            ] {
                let cell = format!("{}{point}{cents:02}", grouped(&whole.to_string(), by));
                prop_assert_eq!(reading(format).parse(&cell), Ok(Cow::Borrowed(plain.as_str())));
                // Two decimals tell which of the marks is the decimal one.
                let mut profile = NumberProfile::default();
                profile.see(&cell, 1);
                prop_assert_eq!(profile.settle(None).unwrap().parse(&cell), Ok(Cow::Borrowed(plain.as_str())));
            }
        }

        #[test]
        fn nothing_panics(text in "\\PC{0,16}", close in "[-+0-9.,' eE()%$€RUSDkr]{0,20}") {
            let mut profile = NumberProfile::default();
            for text in [&text, &close] {
                profile.see(text, 1);
                for format in NumberFormat::ALL {
                    let _ = reading(format).parse(text);
                }
            }
            let _ = profile.settle(None);
        }

        #[test]
        fn plain_text_reads_as_itself(text in "-?(0|[1-9][0-9]{0,9})(\\.[0-9]{1,4})?") {
            prop_assert_eq!(NumberReading::PLAIN.parse(&text), Ok(Cow::Borrowed(text.as_str())));
        }
    }
}
