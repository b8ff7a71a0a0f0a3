//! The choices of an import, and the words for them.

use crate::error::{Invalid, Result};
use crate::model::noun::Key;

/// Which rows are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    #[default]
    Upsert,
    /// Rows that match a record are skipped.
    Create,
    /// Rows that match none are skipped.
    Update,
}

/// What becomes of records that the file does not have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Missing {
    #[default]
    Keep,
    Archive,
}

/// What one bad row does to the rest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnError {
    /// All rows are checked, nothing is written if one is bad.
    #[default]
    Stop,
    /// Good rows are written, bad ones go to the rejects file.
    Skip,
}

/// What an empty cell says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Empty {
    /// Nothing: the value stays.
    #[default]
    Keep,
    /// That there is no value.
    Clear,
}

/// What becomes of rows whose key stands in the file more than once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// All of them are rejected: which one is meant, nobody knows.
    #[default]
    Reject,
    /// The first one counts, the others are skipped.
    First,
    /// The last one counts, the others are skipped.
    Last,
}

/// What a bad cell does to its row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BadCells {
    /// The row is rejected.
    #[default]
    Reject,
    /// Where the field may be absent, the row is written as if it did not have the cell.
    Keep,
}

/// How external ids are taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Ids {
    /// A new one is refused where it looks like what a spreadsheet leaves of an id, or differs from one that there is only in
    /// leading zeros or letter case.
    #[default]
    Checked,
    AsWritten,
}

/// How many records may be archived because the file does not have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaxMissing {
    Count(u64),
    /// Of those that bear the key by which rows are matched, in hundredths of a percent.
    Share(u64),
}

impl MaxMissing {
    /// Whether `missing` of `all` records are more than that.
    pub fn is_less_than(self, missing: u64, all: u64) -> bool {
        match self {
            Self::Count(most) => missing > most,
            Self::Share(most) => u128::from(missing) * 10_000 > u128::from(all) * u128::from(most),
        }
    }
}

impl Default for MaxMissing {
    fn default() -> Self {
        Self::Share(10_00)
    }
}

/// `250`, `10%`, `2.5 %`.
impl std::str::FromStr for MaxMissing {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let rule = || Invalid::new("max_missing", "a number of records from 0, or a percentage from 0% to 100%");
        let Some(percent) = text.trim().strip_suffix('%') else {
            return text.trim().parse().map(Self::Count).map_err(|_| rule());
        };
        let (whole, rest) = percent.trim().split_once('.').unwrap_or((percent.trim(), ""));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || whole.len() > 3 || rest.len() > 2 || !is_number(whole) || !is_number(rest) {
            return Err(rule());
        }
        let hundredths: u64 = format!("{whole}{rest:0<2}").parse().map_err(|_| rule())?;
        if hundredths > 10_000 { Err(rule()) } else { Ok(Self::Share(hundredths)) }
    }
}

impl std::fmt::Display for MaxMissing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Count(most) => write!(f, "{most}"),
            Self::Share(most) if most % 100 == 0 => write!(f, "{} %", most / 100),
            Self::Share(most) => write!(f, "{}.{:02} %", most / 100, most % 100),
        }
    }
}

macro_rules! choices {
    ($type:ident, $code:literal, $($variant:ident $name:literal),+) => {
        impl std::str::FromStr for $type {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                match text.trim().to_ascii_lowercase().as_str() {
                    $($name => Ok(Self::$variant),)+
                    _ => Err(Invalid::new($code, concat!("one of", $(" ", $name),+))),
                }
            }
        }
    };
}

choices!(Key, "key", Id "id", ExternalId "external_id", Name "name", Domain "domain", Email "email", Account "account");
choices!(Mode, "mode", Upsert "upsert", Create "create", Update "update");
choices!(Missing, "missing", Keep "keep", Archive "archive");
choices!(OnError, "on_error", Stop "stop", Skip "skip");
choices!(Empty, "empty", Keep "keep", Clear "clear");
choices!(Duplicates, "duplicates", Reject "reject", First "first", Last "last");
choices!(BadCells, "bad_cells", Reject "reject", Keep "keep");
choices!(Ids, "ids", Checked "checked", AsWritten "as-written");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_that_may_be_missing() {
        for (text, read, told) in [
            ("0", MaxMissing::Count(0), "0"),
            (" 250 ", MaxMissing::Count(250), "250"),
            ("10%", MaxMissing::Share(1_000), "10 %"),
            ("2.5 %", MaxMissing::Share(250), "2.50 %"),
            ("100%", MaxMissing::Share(10_000), "100 %"),
        ] {
            let parsed: MaxMissing = text.parse().unwrap();
            assert_eq!((parsed, parsed.to_string().as_str()), (read, told), "{text}");
        }
        for text in ["", "%", "-1", "100.01%", "1e2%", "2.555%", "101%", "ten"] {
            assert_eq!(text.parse::<MaxMissing>().unwrap_err().code, "max_missing", "{text}");
        }
        let share: MaxMissing = "10%".parse().unwrap();
        for (missing, all, more) in
            [(0, 0, false), (1, 10, false), (2, 10, true), (1, 9, true), (100_001, 1_000_000, true)]
        {
            assert_eq!(share.is_less_than(missing, all), more, "{missing} of {all}");
        }
        assert!(MaxMissing::Count(3).is_less_than(4, 1_000) && !MaxMissing::Count(3).is_less_than(3, 3));
    }
}
