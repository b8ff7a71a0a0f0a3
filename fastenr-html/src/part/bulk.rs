//! Below a list: what can be done to many of its records.

use askama::Template;

use super::parts;

/// The way from the ticked rows of a list, and from all that match its filter, to the change of many.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/bulk.html")]
pub struct BulkBar {
    /// The page of the change.
    pub path: String,
    /// Filters that go along with ticked rows.
    pub kept: Vec<(String, String)>,
    /// `accounts`.
    pub plural: &'static str,
    /// The change of all that match.
    pub all: String,
    /// `1,240 accounts`.
    pub total: String,
}

parts!(BulkBar);
