//! Goals: the list, and one of them.

use askama::Template;

use super::account::Detail;
use crate::form::Filters;
use crate::format::Day;
use crate::frame::Frame;
use crate::part::{BulkBar, Crumb, Empty, Export, Pager, Status, parts};

/// How far a goal is, and how far it would be on a straight line.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/bar.html")]
pub struct Bar {
    /// 0 to 100.
    pub share: u16,
    pub expected: Option<u16>,
    /// Whether it is behind, reached or on its way.
    pub class: &'static str,
}

parts!(Bar);

/// When a goal was achieved.
#[derive(Debug, Clone)]
pub struct Achieved {
    pub on: Day,
    /// `12 days early`; none without a due date.
    pub early: Option<String>,
    /// Not after the due date.
    pub in_time: bool,
}

/// A goal of the list.
#[derive(Debug, Clone)]
pub struct GoalRow {
    pub id: String,
    pub title: String,
    /// Id and name.
    pub account: (String, String),
    pub status: Status,
    pub bar: Option<Bar>,
    /// `800 of 1,000 seats`.
    pub values: String,
    pub due: Option<Day>,
    pub open: bool,
    pub current: String,
}

impl GoalRow {
    fn is_late(&self, due: &Day) -> bool {
        self.open && due.is_within(14)
    }
}

#[derive(Debug, Clone, Template)]
#[template(path = "goals/list.html", blocks = ["rows"])]
pub struct GoalsPage {
    pub frame: Frame,
    pub filters: Filters,
    pub rows: Vec<GoalRow>,
    pub total: String,
    pub pager: Pager,
    pub empty: Option<Empty>,
    pub export: Export,
    pub bulk: Option<BulkBar>,
    pub may_write: bool,
    pub back: String,
}

/// A step on the way.
#[derive(Debug, Clone)]
pub struct Milestone {
    pub title: String,
    pub value: String,
    pub due: Option<Day>,
    pub done: Option<Day>,
}

#[derive(Debug, Clone, Template)]
#[template(path = "goals/show.html")]
pub struct GoalPage {
    pub frame: Frame,
    pub crumbs: Vec<Crumb>,
    pub row: GoalRow,
    /// How it goes, each in a sentence.
    pub pace: Vec<String>,
    pub milestones: Vec<Milestone>,
    pub details: Vec<Detail>,
    pub description: Option<String>,
    pub achieved: Option<Achieved>,
    pub may_write: bool,
    pub may_delete: bool,
}
