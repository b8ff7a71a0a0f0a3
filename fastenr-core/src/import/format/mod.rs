//! How the cells of a column are written: dates, numbers, percentages, yes and no.
//!
//! A format is decided over a whole column. A *profile* is shown every cell that is not empty; it then *settles* on a
//! *reading*, or says that it cannot and which option would tell it. A reading turns one cell into a value.
//!
//! One rule for all of them: **nothing is decided by majority.** A cell that only one format explains proves it for the
//! column; a column that proves nothing, or two things, is refused until an option says what it is. Cells that no
//! format explains prove nothing: they are bad cells, which the reading reports one by one.

pub mod date;
pub mod number;
mod scale;

use std::borrow::Cow;

use crate::error::Error;
use crate::model::shell::shell_word;

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
    /// The option that settles it and its choices.
    pub hint: Cow<'static, str>,
    /// Rows that show it: one, or two that contradict each other.
    pub rows: Vec<u64>,
}

impl Ambiguous {
    fn new(
        code: &'static str,
        rule: &'static str,
        hint: impl Into<Cow<'static, str>>,
        rows: impl IntoIterator<Item = u64>,
    ) -> Self {
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

    /// The hint with the column's name where `COLUMN=0-1` and `HEADER` stand: what is pasted has to work.
    pub(crate) fn way_out(&self, column: &str) -> String {
        let mut out = String::new();
        let mut rest: &str = &self.hint;
        while let Some(at) = rest.find("COLUMN=") {
            let value = &rest[at + "COLUMN=".len()..];
            let end = value.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(value.len());
            out.push_str(&rest[..at]);
            out.push_str(&shell_word(&format!("{column}={}", &value[..end])));
            rest = &value[end..];
        }
        out.push_str(rest);
        out.replace("\"HEADER\"", &toml::Value::String(column.to_owned()).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ambiguous_column_as_an_error() {
        let error = Ambiguous::new("x", "the rule", "say --x", [3, 9]).of("Start");
        assert_eq!(error.to_string(), r#"column "Start": the rule (rows 3 and 9)"#);
        assert_eq!((error.code, error.hint.as_deref()), ("x", Some("say --x")));
    }

    #[test]
    fn a_way_out_can_be_pasted() {
        let hint = "say --scale COLUMN=0-1, or --scale COLUMN=-100-100; formats.\"HEADER\".scale = \"0-1\"";
        let ambiguous = Ambiguous::new("x", "the rule", hint, []);
        for (column, told) in [
            ("csat", "say --scale csat=0-1, or --scale csat=-100-100; formats.\"csat\".scale = \"0-1\""),
            (
                "My score",
                "say --scale 'My score=0-1', or --scale 'My score=-100-100'; formats.\"My score\".scale = \"0-1\"",
            ),
            ("Jo's", r#"say --scale 'Jo'\''s=0-1', or --scale 'Jo'\''s=-100-100'; formats."Jo's".scale = "0-1""#),
        ] {
            assert_eq!(ambiguous.of(column).hint.as_deref(), Some(told));
        }
    }
}
