//! Today: the accounts that need something, and beside them renewals, movers, the book and tasks.

use askama::Template;

use super::account::QuickLog;
use super::goals::Achieved;
use super::tasks::{LaterDay, TaskRow};
use crate::chart::{Stack, StackPart};
use crate::form::Filter;
use crate::format::Day;
use crate::frame::Frame;
use crate::part::{Change, Chip, Elsewhere, Empty, Health};

/// How urgent a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Urgency(pub &'static str);

impl Urgency {
    fn class(self) -> &'static str {
        match self.0 {
            "critical" => "critical",
            "warning" => "concern",
            _ => "none",
        }
    }

    fn shape(self) -> crate::part::Icon {
        crate::part::Icon::of("b-", self.class())
    }
}

/// An account that needs something.
#[derive(Debug, Clone)]
pub struct NeedRow {
    pub id: String,
    pub name: String,
    pub urgency: Urgency,
    pub reason: String,
    /// Other alerts and due tasks: `and 2 more`.
    pub more: Option<String>,
    /// Ids of its open alerts, separated by commas; empty: it has none.
    pub alerts: String,
    /// The task that is due first: id and title.
    pub task: Option<(String, String)>,
    pub health: Health,
    /// Since the run before the latest.
    pub change: Change,
    /// Short, and exact.
    pub arr: Option<(String, String)>,
    pub renews: Option<Day>,
    pub last: Option<Day>,
    /// What its owner is called by, and the e-mail address.
    pub owner: Option<(String, String)>,
    /// Page, title, day.
    pub next: Option<(String, String, Option<Day>)>,
    /// What changed since yesterday, in words.
    pub changed: Vec<String>,
    pub quick: Option<QuickLog>,
}

impl NeedRow {
    fn href(&self) -> String {
        format!("/dashboard/accounts/{}", self.id)
    }

    fn renews_soon(&self, day: &Day) -> bool {
        day.is_within(30)
    }

    fn is_late(&self, day: &Day) -> bool {
        day.is_within(0)
    }
}

/// An account that renews soon, or should have.
#[derive(Debug, Clone)]
pub struct RenewalRow {
    pub id: String,
    pub name: String,
    pub day: Day,
    pub health: Health,
    pub stage: Option<String>,
    pub arr: Option<(String, String)>,
}

/// A number of accounts and their ARR, and where they are listed.
#[derive(Debug, Clone)]
pub struct Figure {
    pub label: String,
    /// The class of its colour.
    pub class: &'static str,
    pub accounts: String,
    pub arr: Option<String>,
    /// None: no filter finds them.
    pub href: Option<String>,
}

/// A goal that was achieved.
#[derive(Debug, Clone)]
pub struct FeatRow {
    pub id: String,
    pub title: String,
    /// Id and name.
    pub account: (String, String),
    pub achieved: Achieved,
}

/// The accounts of the filter in figures.
#[derive(Debug, Clone)]
pub struct Book {
    pub title: &'static str,
    pub total: String,
    pub arr: String,
    pub href: String,
    pub stack: Stack,
    pub figures: Vec<Figure>,
}

#[derive(Debug, Clone, Template)]
#[template(path = "today/show.html")]
pub struct TodayPage {
    pub frame: Frame,
    pub day: Day,
    /// The latest run.
    pub scored: Option<Day>,
    /// Hidden fields of the filters.
    pub kept: Vec<(String, String)>,
    pub filters: Vec<Filter>,
    pub chips: Vec<Chip>,
    /// The user has no accounts, and sees everybody's.
    pub owns_none: bool,
    /// The same rows without a filter, where the page has begun with the user's own.
    pub everybody: Option<String>,
    pub rows: Vec<NeedRow>,
    pub total: String,
    pub critical: Option<String>,
    /// How many are not listed, and the address with more of them.
    pub rest: Option<(String, String)>,
    pub empty: Option<Empty>,
    pub renewals: Vec<RenewalRow>,
    pub renewals_total: String,
    pub renewals_href: String,
    /// The page of health, which also has the movers as a block.
    pub movers_href: String,
    pub book: Option<Book>,
    /// Goals that were achieved in the last days, and how many more.
    pub feats: Vec<FeatRow>,
    pub more_feats: Option<String>,
    pub tasks: Vec<TaskRow>,
    pub tasks_total: String,
    pub tasks_href: String,
    pub later: Vec<LaterDay>,
    pub elsewhere: Elsewhere,
    pub back: String,
    pub may_alert: bool,
    pub may_write: bool,
}

impl Book {
    /// The bar of all bands.
    pub fn stack(parts: &[(&'static str, &str, u64)]) -> Stack {
        let part = |(class, label, count): &(&'static str, &str, u64)| StackPart {
            class,
            label: (*label).to_owned(),
            count: *count,
        };
        Stack { what: "Accounts by health band", parts: parts.iter().map(part).collect() }
    }
}
