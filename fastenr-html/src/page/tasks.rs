//! Tasks: the list by how soon they are due, and one of them.

use askama::Template;

use super::account::Detail;
use crate::form::Filters;
use crate::format::{Day, Moment};
use crate::frame::Frame;
use crate::part::{BulkBar, Crumb, Empty, Export, Pager, Tabs};

/// A task of the list.
#[derive(Debug, Clone)]
pub struct TaskRow {
    pub id: String,
    pub title: String,
    /// Id and name.
    pub account: (String, String),
    pub due: Option<Day>,
    /// What its owner is called by, and the e-mail address.
    pub owner: Option<(String, String)>,
    pub done: Option<Moment>,
}

impl TaskRow {
    pub(crate) fn is_overdue(&self) -> bool {
        self.done.is_none() && self.due.is_some_and(|due| due.is_past())
    }

    /// Due today or before.
    pub(crate) fn is_pressing(&self) -> bool {
        self.done.is_none() && self.due.is_some_and(|due| due.is_within(0))
    }
}

/// Those that are due at about the same time.
#[derive(Debug, Clone)]
pub struct TaskGroup {
    /// Blank where the list is in another order.
    pub title: &'static str,
    pub rows: Vec<TaskRow>,
}

/// Another day that a task can be moved to: a word, and the day as fields hold it.
pub type LaterDay = (&'static str, String);

#[derive(Debug, Clone, Template)]
#[template(path = "tasks/list.html", blocks = ["rows"])]
pub struct TasksPage {
    pub frame: Frame,
    pub filters: Filters,
    /// Whose, and which.
    pub tabs: Vec<Tabs>,
    pub groups: Vec<TaskGroup>,
    /// Tasks without a day that the page leaves out: how many, and where they are.
    pub undated: Option<(String, String)>,
    pub total: String,
    pub pager: Pager,
    pub empty: Option<Empty>,
    pub export: Export,
    pub bulk: Option<BulkBar>,
    pub later: Vec<LaterDay>,
    pub names_owner: bool,
    pub may_write: bool,
    pub back: String,
}

#[derive(Debug, Clone, Template)]
#[template(path = "tasks/show.html")]
pub struct TaskPage {
    pub frame: Frame,
    pub crumbs: Vec<Crumb>,
    pub row: TaskRow,
    /// What it comes from: a word, and the page of that where there is one.
    pub source: Option<(String, Option<String>)>,
    pub notes: Option<String>,
    pub details: Vec<Detail>,
    pub later: Vec<LaterDay>,
    pub may_write: bool,
    pub may_delete: bool,
}
