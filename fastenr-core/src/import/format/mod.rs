//! How the cells of a column are written: dates, numbers, percentages, yes and no.
//!
//! A format is decided over a whole column. A *profile* is shown every cell that is not empty; it then *settles* on a
//! *reading*, or says that it cannot and which option would tell it. A reading turns one cell into a value.
//!
//! One rule for all of them: **nothing is decided by majority.** A cell that only one format explains proves it for the
//! column; a column that proves nothing, or two things, is refused until a setting says what it is. Cells that no
//! format explains prove nothing: they are bad cells, which the reading reports one by one.

pub mod date;
pub mod number;
mod scale;

use std::borrow::Cow;

use crate::error::{Error, Text};

pub use date::{DateFormat, DateProfile, DateReading, DateSystem, Language};
pub(crate) use number::latin;
pub use number::{Mark, Number, NumberFormat, NumberProfile, NumberReading};
pub use scale::{Scale, ScaleProfile};

/// A column whose format its cells do not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ambiguous {
    /// Stable, `snake_case`, e.g. `date_ambiguous`.
    pub code: &'static str,
    /// What is the matter with the column, without a full stop.
    pub rule: Cow<'static, str>,
    /// The setting that settles it and its choices.
    pub hint: Text,
    /// Rows that show it: one, or two that contradict each other.
    pub rows: Vec<u64>,
}

impl Ambiguous {
    fn new(code: &'static str, rule: &'static str, hint: impl Into<Text>, rows: impl IntoIterator<Item = u64>) -> Self {
        Self { code, rule: rule.into(), hint: hint.into(), rows: rows.into_iter().collect() }
    }

    /// As an error about `column`.
    pub fn of(&self, column: &str) -> Error {
        let rows = match self.rows.as_slice() {
            [] => String::new(),
            [row] => format!(" (row {row})"),
            [first, rest @ ..] => {
                let rest: Vec<_> = rest.iter().map(u64::to_string).collect();
                format!(" (rows {first} and {})", rest.join(", "))
            }
        };
        Error::invalid(self.code, format!("column {column:?}: {}{rows}", self.rule)).hint(self.way_out(column))
    }

    /// The hint with the column's name: what is pasted has to work.
    pub(crate) fn way_out(&self, column: &str) -> Text {
        self.hint.about_column(column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Setting;

    #[test]
    fn an_ambiguous_column_as_an_error() {
        let hint = Setting::Scale.of_column("-100-100");
        let error = Ambiguous::new("x", "the rule", hint, [3, 9]).of("My score");
        assert_eq!(error.to_string(), r#"column "My score": the rule (rows 3 and 9)"#);
        assert_eq!((error.code, error.hints.to_string().as_str()), ("x", "scale=My score=-100-100"));
    }
}
