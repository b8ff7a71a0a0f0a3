//! The list of accounts, as rows or as cards.

use askama::Template;

use crate::form::Filters;
use crate::format::Day;
use crate::frame::Frame;
use crate::part::{BulkBar, Change, Empty, Export, Health, Pager, Status};

/// The head of a column.
#[derive(Debug, Clone)]
pub struct ColumnHead {
    pub text: &'static str,
    /// The list by this column; none where it can't be sorted.
    pub href: Option<String>,
    /// `ascending`, `descending` or nothing.
    pub sorted: &'static str,
    pub number: bool,
}

impl ColumnHead {
    fn is_up(&self) -> bool {
        self.sorted == "ascending"
    }
}

/// An account of the list.
#[derive(Debug, Clone)]
pub struct AccountRow {
    pub id: String,
    pub name: String,
    pub domain: Option<String>,
    pub status: Status,
    pub health: Health,
    pub change: Change,
    /// When its last engagement was completed.
    pub last: Option<Day>,
    pub renews: Option<Day>,
    /// Short, and exact.
    pub arr: Option<(String, String)>,
    /// E-mail address.
    pub owner: Option<String>,
    pub archived: bool,
    /// It renews no more.
    pub churned: bool,
}

impl AccountRow {
    fn href(&self) -> String {
        format!("/dashboard/accounts/{}", self.id)
    }

    /// What a person is called by.
    fn owner_short(&self) -> Option<&str> {
        self.owner.as_deref().map(|owner| owner.split('@').next().unwrap_or(owner))
    }

    fn renews_soon(&self, day: &Day) -> bool {
        !self.churned && day.is_within(30)
    }

    fn is_quiet(&self, day: &Day) -> bool {
        day.is_within(-60)
    }
}

/// Keeping the filter under a name.
#[derive(Debug, Clone)]
pub struct SaveSegment {
    pub pairs: Vec<(String, String)>,
}

#[derive(Debug, Clone, Template)]
#[template(path = "accounts/list.html", blocks = ["rows"])]
pub struct AccountsPage {
    pub frame: Frame,
    pub filters: Filters,
    pub heads: Vec<ColumnHead>,
    pub rows: Vec<AccountRow>,
    pub cards: bool,
    /// The same list as rows, and as cards.
    pub as_rows: String,
    pub as_cards: String,
    /// `1,240 accounts`, `10,000+ accounts`; and their ARR, where all were counted.
    pub total: String,
    pub arr: Option<String>,
    pub pager: Pager,
    pub empty: Option<Empty>,
    pub export: Export,
    pub bulk: Option<BulkBar>,
    pub segment: Option<SaveSegment>,
    pub may_write: bool,
    pub may_log: bool,
}
