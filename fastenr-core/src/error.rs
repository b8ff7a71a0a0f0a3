//! What can go wrong, in the terms of the person who asked.
//!
//! An [`Error`] names the thing, the rule and the way out. Its [`Kind`] is what an edge translates, once:
//! an exit code in the CLI, a status in the HTTP API. Its `code` is stable and fit for a program; [`codes`] has the table
//! of all. Its ways out are data: each edge writes them as what its callers can do ([`Edge`]).

pub mod codes;
#[cfg(test)]
mod tests;
mod text;
mod ways;

use std::borrow::Cow;
use std::fmt;

pub use text::{Edge, Hints, Note, Plain, Text, places};
pub use ways::{Call, GivenSetting, Setting, SettingValue, Verb};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What an edge has to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The request breaks a rule; the same request will always break it.
    Invalid,
    /// No such record, or several that fit.
    NotFound,
    /// A guard said no: the state of the data forbids it.
    Refused,
    /// Who asks is not known.
    Unauthenticated,
    /// Who asks may not do this; somebody else may.
    Forbidden,
    /// Somebody else holds the lock; the same request may pass later.
    Busy,
    /// Stopped by a signal; the unit in progress was rolled back.
    Interrupted,
    /// A file could not be read or written.
    Io,
    /// The database failed or holds something it should not.
    Storage,
}

#[derive(Debug)]
pub struct Error {
    pub kind: Kind,
    /// Stable, `snake_case`.
    pub code: &'static str,
    /// The thing and the rule, one sentence without a full stop.
    pub message: String,
    /// The ways out, where there are any.
    pub hints: Hints,
    /// The field, column or setting that is at fault, where it is a single one.
    pub field: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub fn new(kind: Kind, code: &'static str, message: impl Into<String>) -> Self {
        Self { kind, code, message: message.into(), hints: Hints::default(), field: None, source: None }
    }

    pub fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, code, message)
    }

    pub fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, code, message)
    }

    pub fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Kind::Refused, code, message)
    }

    pub fn unauthenticated(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Kind::Unauthenticated, code, message)
    }

    pub fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Kind::Forbidden, code, message)
    }

    /// An I/O error and the thing it happened to, e.g. `reading accounts.csv`. What the disk is to blame for has the codes
    /// `disk_full` and `read_only`, everything else `io`.
    pub fn io(doing: impl fmt::Display, error: std::io::Error) -> Self {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        let (code, told) = match error.kind() {
            StorageFull => ("disk_full", "the disk is full"),
            QuotaExceeded => ("disk_full", "the quota of the disk is used up"),
            FileTooLarge => ("disk_full", "no larger file may be made there; see `ulimit -f`"),
            ReadOnlyFilesystem => ("read_only", "the file system is read-only"),
            _ => return Self::new(Kind::Io, "io", format!("{doing}: {error}")).because(error),
        };
        Self::new(Kind::Io, code, format!("{doing}: {told}")).because(error)
    }

    /// Adds a way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Text>) -> Self {
        self.hints.push(hint);
        self
    }

    /// Says which file or place it is about.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// Says which field is at fault.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>) -> Self {
        self.field = Some(name.into());
        self
    }

    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|s| &**s as &(dyn std::error::Error + 'static))
    }
}

/// A value that breaks the rule of its type: what every parsing constructor of [`crate::model`] returns.
///
/// It does not repeat the value; whoever holds the value (a cell, an argument, a member of a JSON body) adds where it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// Stable, `snake_case`, e.g. `arr_decimals`.
    pub code: &'static str,
    /// The rule, e.g. `ARR has at most two decimals`.
    pub rule: Cow<'static, str>,
}

impl Invalid {
    pub fn new(code: &'static str, rule: impl Into<Cow<'static, str>>) -> Self {
        Self { code, rule: rule.into() }
    }

    /// As an error about `field`, which held `value`.
    pub fn of(&self, field: &str, value: &str) -> Error {
        Error::invalid(self.code, format!("{field} {value:?}: {}", self.rule)).field(field)
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rule)
    }
}

impl std::error::Error for Invalid {}
