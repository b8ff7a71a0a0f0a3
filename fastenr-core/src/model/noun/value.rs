//! Values of any field, and the text that the journal keeps of them.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use uuid::Uuid;

use super::Storage;

/// A value of any field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Value {
    #[default]
    Null,
    Text(String),
    Integer(i64),
    Boolean(bool),
    Date(NaiveDate),
    Instant(DateTime<Utc>),
    Id(Uuid),
}

impl Value {
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text that the journal keeps: cents, ISO dates, RFC 3339 instants, `true` and `false`.
    pub fn journal(&self) -> Cow<'_, str> {
        match self {
            Self::Null => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Integer(number) => Cow::Owned(number.to_string()),
            Self::Boolean(yes) => Cow::Borrowed(if *yes { "true" } else { "false" }),
            Self::Date(day) => Cow::Owned(day.to_string()),
            Self::Instant(at) => Cow::Owned(at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            Self::Id(id) => Cow::Owned(id.to_string()),
        }
    }

    /// Reads what [`Value::journal`] wrote of a value that is stored so.
    pub fn from_journal(text: Option<&str>, storage: Storage) -> Self {
        let Some(text) = text else { return Self::Null };
        let read = match storage {
            Storage::Text => Some(Self::Text(text.to_owned())),
            Storage::Integer => text.parse().ok().map(Self::Integer),
            Storage::Boolean => Some(Self::Boolean(text == "true")),
            Storage::Date => text.parse().ok().map(Self::Date),
            // PostgreSQL writes a space for the T and a short offset.
            Storage::Instant => DateTime::parse_from_rfc3339(text)
                .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z"))
                .ok()
                .map(|at| Self::Instant(at.with_timezone(&Utc))),
            Storage::Id => Uuid::parse_str(text).ok().map(Self::Id),
        };
        read.unwrap_or_else(|| Self::Text(text.to_owned()))
    }
}
