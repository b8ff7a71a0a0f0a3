//! What the edges say of a noun: the API shows most nouns by their tables alone.

/// How the API shows a noun of an account.
#[derive(Debug)]
pub struct Api {
    pub path: &'static str,
    /// The part of the document that it stands in, and what that is about where no other noun has said it.
    pub tag: &'static str,
    pub about: Option<&'static str>,
    /// The name of its schema.
    pub schema: &'static str,
    /// What an example of a new one has.
    pub example: &'static [&'static str],
    pub single: Single,
}

/// How single records are written over the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Single {
    /// Made, changed and deleted.
    Written,
    /// The same; a new one changes the record that its account has for the same day or user.
    Put,
    /// Only read: they come with other writes, or in files.
    Read,
    /// The same, and in lists alone: an id may be that of several.
    Listed,
}

/// What can be done to many records of a noun that belongs to an account.
pub const BULK: &[&str] = &["update", "delete"];
