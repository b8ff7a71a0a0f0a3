//! What is said of a column's dates.

use std::fmt;
use std::str::FromStr;

use super::{DateSystem, Numbers};
use crate::error::Invalid;

/// What the option `--date-format` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DateFormat {
    /// Let the column tell.
    #[default]
    Auto,
    /// Only `YYYY-MM-DD`, with or without a time.
    Iso,
    /// Day before month. Year-first dates and named months, which cannot be mistaken, are read as well.
    Dmy,
    /// Month before day, likewise.
    Mdy,
    /// Only year first: `2024-01-31`, `2024/1/31`, `20240131`.
    Ymd,
    /// Serial numbers of a spreadsheet, as Excel counts days: 45658 is 2025-01-01. What is no number is read as the column proves;
    /// so it is with the following.
    Excel,
    /// The same, as old Macs counted: 44196 is 2025-01-01.
    Excel1904,
    /// Seconds since 1970.
    Epoch,
    /// Milliseconds since 1970.
    EpochMillis,
}

impl DateFormat {
    pub const ALL: [Self; 9] = [
        Self::Auto,
        Self::Iso,
        Self::Dmy,
        Self::Mdy,
        Self::Ymd,
        Self::Excel,
        Self::Excel1904,
        Self::Epoch,
        Self::EpochMillis,
    ];

    /// What numbers are, where it says that.
    pub(super) const fn numbers(self) -> Option<Numbers> {
        match self {
            Self::Excel => Some(Numbers::Serials(DateSystem::Since1900)),
            Self::Excel1904 => Some(Numbers::Serials(DateSystem::Since1904)),
            Self::Epoch => Some(Numbers::Seconds),
            Self::EpochMillis => Some(Numbers::Millis),
            Self::Auto | Self::Iso | Self::Dmy | Self::Mdy | Self::Ymd => None,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Iso => "iso",
            Self::Dmy => "dmy",
            Self::Mdy => "mdy",
            Self::Ymd => "ymd",
            Self::Excel => "excel",
            Self::Excel1904 => "excel-1904",
            Self::Epoch => "epoch",
            Self::EpochMillis => "epoch-ms",
        }
    }
}

impl fmt::Display for DateFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Code `date_format_option`.
impl FromStr for DateFormat {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|format| format.as_str().eq_ignore_ascii_case(text.trim())).ok_or(Invalid::new(
            "date_format_option",
            "a date format is one of auto, iso, dmy, mdy, ymd, excel, excel-1904, epoch, epoch-ms",
        ))
    }
}
