//! The page of an account: key figures first, then the explanation of the score, tasks, goals, timeline, people and details.

use askama::Template;

use super::goals::Bar;
use super::tasks::{LaterDay, TaskRow};
use crate::chart::Spark;
use crate::form::Choice;
use crate::format::{Day, Moment};
use crate::frame::Frame;
use crate::part::{Change, Health, Icon, Outcome, Status, Value};

/// An open alert.
#[derive(Debug, Clone)]
pub struct AlertLine {
    pub id: String,
    pub severity: String,
    pub message: String,
    pub opened: Day,
}

impl NextStep {
    fn is_none(&self) -> bool {
        self.task.is_none() && self.next.is_none()
    }

    fn is_late(&self, due: &Day) -> bool {
        due.is_within(0)
    }
}

impl AlertLine {
    pub(crate) fn is_critical(&self) -> bool {
        self.severity == "critical"
    }
}

/// The renewal: date, stage, auto-renewal.
#[derive(Debug, Clone)]
pub struct Renewal {
    pub day: Option<Day>,
    pub automatic: Option<bool>,
    pub stages: Vec<Choice>,
    pub stage: String,
}

impl Renewal {
    fn is(&self, choice: &Choice) -> bool {
        choice.value == self.stage
    }

    fn is_soon(&self) -> bool {
        self.day.is_some_and(|day| day.is_within(90))
    }
}

/// The task that is due first, the last engagement and the next one: each with its page and its title.
#[derive(Debug, Clone, Default)]
pub struct NextStep {
    pub task: Option<(String, String, Option<Day>)>,
    pub last: Option<(String, String, Outcome, Option<Moment>)>,
    pub next: Option<(String, String, Option<Moment>)>,
}

/// One of the timeline.
#[derive(Debug, Clone)]
pub struct TimelineItem {
    pub icon: Icon,
    pub at: Moment,
    pub title: String,
    pub detail: Option<String>,
    pub outcome: Outcome,
    pub actor: Option<String>,
    pub href: Option<String>,
    pub open: bool,
}

/// The form that logs an engagement in one line.
#[derive(Debug, Clone)]
pub struct QuickLog {
    pub account: String,
    pub types: Vec<Choice>,
    pub outcomes: Vec<Choice>,
    /// Whether it can create the task that comes next.
    pub next: bool,
    pub key: String,
}

#[derive(Debug, Clone)]
pub struct Contact {
    pub id: String,
    pub name: String,
    pub title: Option<String>,
    pub role: Option<String>,
    pub email: Option<String>,
    pub left: Option<Day>,
}

#[derive(Debug, Clone)]
pub struct Team {
    pub user: String,
    pub role: String,
}

#[derive(Debug, Clone)]
pub struct GoalLine {
    pub id: String,
    pub title: String,
    pub status: Status,
    pub bar: Option<Bar>,
    pub due: Option<Day>,
    pub values: String,
}

#[derive(Debug, Clone)]
pub struct MetricLine {
    pub label: String,
    pub value: String,
    pub day: Day,
}

#[derive(Debug, Clone)]
pub struct Detail {
    pub label: String,
    pub value: Value,
}

#[derive(Debug, Clone, Default)]
pub struct Children {
    pub total: String,
    /// Ids, names, ARR.
    pub first: Vec<(String, String, String)>,
}

#[derive(Debug, Clone, Template)]
#[template(path = "accounts/show.html", blocks = ["timeline"])]
pub struct AccountPage {
    pub frame: Frame,
    pub id: String,
    pub name: String,
    pub domain: Option<String>,
    pub external_id: Option<String>,
    pub status: Status,
    /// Who set the status, and until when.
    pub status_note: Option<String>,
    pub archived: bool,
    pub alerts: Vec<AlertLine>,
    pub more_alerts: u64,
    pub health: Health,
    pub change: Option<Change>,
    pub spark: Option<Spark>,
    /// Notes on the score: cap, adjustment, comparison.
    pub health_notes: Vec<String>,
    pub as_of: Option<Day>,
    /// Score and band.
    pub risk: Option<(i64, String)>,
    /// Exact and short, with the currency.
    pub arr: Option<(String, String)>,
    pub renewal: Renewal,
    pub step: NextStep,
    pub owner: Option<(String, String)>,
    pub parent: Option<(String, String)>,
    pub children: Option<Children>,
    pub timeline: Option<Vec<TimelineItem>>,
    /// More of it.
    pub older: Option<String>,
    pub quick: Option<QuickLog>,
    pub team: Vec<Team>,
    /// None: the session may not read them.
    pub contacts: Option<Vec<Contact>>,
    pub goals: Option<Vec<GoalLine>>,
    /// Open ones, those that are due first; and whether there are more.
    pub tasks: Option<(Vec<TaskRow>, bool)>,
    /// Days that a task can be moved to.
    pub later: Vec<LaterDay>,
    pub metrics: Option<Vec<MetricLine>>,
    pub details: Vec<Detail>,
    /// Names of fields without a value.
    pub blank: Vec<String>,
    pub version: i64,
    pub may_write: bool,
    pub may_archive: bool,
    pub may_alert: bool,
    pub may_log: bool,
    pub may_goal: bool,
    pub may_task: bool,
    pub may_contact: bool,
    pub reads_health: bool,
}

impl AccountPage {
    /// The page to return to after a task was marked as done.
    fn here(&self) -> String {
        format!("/dashboard/accounts/{}#tasks", self.id)
    }

    fn may_do_tasks(&self) -> bool {
        self.may_task && !self.archived
    }
}
