//! Pages, and whether archived records are meant: plain values that every list shares.

use crate::error::Invalid;

/// Whether archived records are meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Archived {
    #[default]
    Without,
    Only,
    With,
}

/// Which slice of a list: `limit` rows after the first `(number - 1) * limit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub number: u64,
    /// From 1 to [`Page::MOST`].
    pub limit: u64,
}

impl Page {
    pub const MOST: u64 = 1_000;

    /// # Errors
    /// `page`, `limit` for a number outside its range.
    pub fn new(number: u64, limit: u64) -> Result<Self, Invalid> {
        if number == 0 || number > 1_000_000_000 {
            return Err(Invalid::new("page", "pages are numbered from 1"));
        }
        if limit == 0 || limit > Self::MOST {
            return Err(Invalid::new("limit", format!("a page has 1 to {} rows", Self::MOST)));
        }
        Ok(Self { number, limit })
    }

    pub const fn offset(self) -> u64 {
        (self.number - 1) * self.limit
    }
}

impl Default for Page {
    fn default() -> Self {
        Self { number: 1, limit: 25 }
    }
}

/// What was found: one page of it, and the size of the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    pub rows: Vec<T>,
    pub total: u64,
    pub page: Page,
}

impl<T> Found<T> {
    pub fn has_more(&self) -> bool {
        self.page.offset() + (self.rows.len() as u64) < self.total
    }
}
