//! Numbers: money, counts and other decimals.

mod cell;
mod mark;
mod profile;
mod script;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::error::Invalid;

use cell::Cell;
pub use mark::Mark;
pub use profile::NumberProfile;
pub(crate) use script::latin;

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
    /// Each cell says its own currency.
    several: bool,
    percent: bool,
    /// A percent sign is possible at all.
    percents: bool,
    proof: Option<u64>,
}

/// A number as [`NumberReading::read`] finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number<'c> {
    /// `-?digits[.digits]`
    pub plain: Cow<'c, str>,
    /// What the cell itself says of its currency.
    pub mark: Option<Mark>,
}

impl NumberReading {
    /// `1234.56`, for what programs write.
    pub const PLAIN: Self =
        Self { format: NumberFormat::Plain, mark: None, several: false, percent: false, percents: true, proof: None };

    /// The same for a number that a program tells as one: its decimal mark is a point.
    #[must_use]
    pub const fn exact(self) -> Self {
        Self { format: NumberFormat::Plain, ..self }
    }

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

    /// Whether the cells of the column are in several currencies: each says its own then.
    pub const fn several(self) -> bool {
        self.several
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
        self.read(cell).map(|number| number.plain)
    }

    /// As [`Self::parse`], with the currency beside the number.
    pub fn read<'c>(&self, cell: &'c str) -> Result<Number<'c>, Invalid> {
        let cell = cell.trim();
        if cell::is_plain(cell.as_bytes(), self.format.decimal() == '.') && !self.percent {
            return Ok(Number { plain: Cow::Borrowed(cell), mark: None });
        }
        let latin = latin(cell);
        let parts = Cell::dissect(latin.trim()).filter(|parts| parts.fits(self.format)).ok_or_else(|| {
            Invalid::new("number_format", format!("a number in this column is written like {}", self.format))
        })?;
        if parts.mark.is_some() && parts.mark != self.mark && !self.several {
            return Err(Invalid::new("number_currency", "the amounts of a column are in one currency"));
        }
        if parts.percent && !self.percents {
            return Err(Invalid::new(
                "number_percent",
                "a number with a percent sign is a percentage, which this field is not",
            ));
        }
        if parts.percent != self.percent {
            return Err(Invalid::new("number_percent", "either all numbers of a column have a percent sign or none"));
        }
        let plain = parts.plain(self.format).ok_or(Invalid::new("number_exponent", "an exponent is from -30 to 30"))?;
        Ok(Number { plain: Cow::Owned(plain), mark: parts.mark })
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
            (F::Plain, "٣", Ok("3")),
            (F::Plain, "１２３４．５", Ok("1234.5")),
            (F::CommaPoint, "١٬٢٣٤٫٥٠", Ok("1234.50")),
            (F::PointComma, "١٬٢٣٤٫٥٠", Err("number_format")),
            (F::Plain, "1234.50-", Ok("-1234.50")),
            (F::CommaPoint, "1,234.50 -", Ok("-1234.50")),
            (F::PointComma, "1.234,50-", Ok("-1234.50")),
            (F::Plain, "–5", Ok("-5")),
            (F::Plain, "-5-", Err("number_format")),
            (F::Plain, "+5-", Err("number_format")),
            (F::Plain, "(5-)", Err("number_format")),
            (F::Plain, "5+", Err("number_format")),
            (F::Plain, "1-5", Err("number_format")),
            (F::Plain, "5²", Err("number_format")),
            (F::Plain, " -   ", Ok("0")),
            (F::Plain, "—", Ok("0")),
            (F::Plain, "--", Ok("0")),
            (F::PointComma, "-", Ok("0")),
            (F::Plain, "----", Err("number_format")),
            (F::Plain, "x-", Err("number_format")),
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
        fn nothing_panics(text in "\\PC{0,16}", close in "[-+0-9.,' eE()%$€RUSDkr−–—０-９٠-٩٫٬％]{0,20}") {
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
