//! Engagements: the list by day, and one of them.

use askama::Template;

use super::account::Detail;
use crate::form::{Choice, Filters};
use crate::format::{Day, Moment};
use crate::frame::Frame;
use crate::part::{BulkBar, Crumb, Empty, Export, Icon, Outcome, Pager};

/// An engagement of the list.
#[derive(Debug, Clone)]
pub struct EngagementRow {
    pub id: String,
    pub icon: Icon,
    pub kind: String,
    pub title: String,
    /// Id and name.
    pub account: (String, String),
    pub at: Moment,
    /// Planned and not done.
    pub open: bool,
    pub outcome: Outcome,
    /// As the form has it.
    pub outcome_value: String,
    pub by: Option<String>,
}

impl EngagementRow {
    fn is_overdue(&self) -> bool {
        self.open && self.at.is_past()
    }

    fn is(&self, choice: &Choice) -> bool {
        choice.value == self.outcome_value
    }
}

/// Those of a day.
#[derive(Debug, Clone)]
pub struct DayGroup {
    pub title: String,
    pub day: Option<Day>,
    pub rows: Vec<EngagementRow>,
}

#[derive(Debug, Clone, Template)]
#[template(path = "engagements/list.html", blocks = ["rows"])]
pub struct EngagementsPage {
    pub frame: Frame,
    pub filters: Filters,
    pub groups: Vec<DayGroup>,
    pub outcomes: Vec<Choice>,
    pub total: String,
    pub pager: Pager,
    pub empty: Option<Empty>,
    pub export: Export,
    pub bulk: Option<BulkBar>,
    /// All that are planned.
    pub planned: Option<String>,
    /// The same as a calendar file.
    pub calendar: Option<String>,
    pub may_write: bool,
    /// Where a row that was changed leads back to.
    pub back: String,
}

/// A file.
#[derive(Debug, Clone)]
pub struct AttachmentLine {
    pub href: String,
    pub name: String,
    pub size: String,
}

#[derive(Debug, Clone, Template)]
#[template(path = "engagements/show.html")]
pub struct EngagementPage {
    pub frame: Frame,
    pub crumbs: Vec<Crumb>,
    pub row: EngagementRow,
    pub outcomes: Vec<Choice>,
    pub details: Vec<Detail>,
    /// What was said.
    pub description: Option<String>,
    /// Attendees who are contacts, and their roles.
    pub contacts: Vec<(String, String)>,
    pub files: Vec<AttachmentLine>,
    /// Oddities, each in a sentence.
    pub notes: Vec<String>,
    pub may_write: bool,
    pub may_delete: bool,
    /// Bytes that a file may have, in words.
    pub largest: String,
}
