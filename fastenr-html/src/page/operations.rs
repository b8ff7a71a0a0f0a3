//! Operations: what was done, by whom, and its undo.

use askama::Template;

use super::account::Detail;
use crate::form::Filters;
use crate::format::Moment;
use crate::frame::Frame;
use crate::part::{Crumb, Elsewhere, Empty, Pager};

/// An operation of the list.
#[derive(Debug, Clone)]
pub struct OperationRow {
    pub id: String,
    /// `imported accounts`.
    pub what: String,
    /// The name of the imported file.
    pub file: Option<String>,
    /// Name and e-mail address.
    pub who: (String, String),
    pub started: Moment,
    /// The counts in words, or why there are none.
    pub summary: String,
    pub status: String,
}

impl OperationRow {
    fn is_bad(&self) -> bool {
        matches!(self.status.as_str(), "failed" | "interrupted")
    }
}

#[derive(Debug, Clone, Template)]
#[template(path = "operations/list.html", blocks = ["rows"])]
pub struct OperationsPage {
    pub frame: Frame,
    pub filters: Filters,
    pub rows: Vec<OperationRow>,
    pub total: String,
    pub pager: Pager,
    pub empty: Option<Empty>,
    pub elsewhere: Elsewhere,
}

#[derive(Debug, Clone, Template)]
#[template(path = "operations/show.html")]
pub struct OperationPage {
    pub frame: Frame,
    pub crumbs: Vec<Crumb>,
    pub row: OperationRow,
    pub details: Vec<Detail>,
    /// The operation that this one undid, and the one that undid this one.
    pub undoes: Option<String>,
    pub undone_by: Option<String>,
    /// Count by count.
    pub ledger: Vec<(&'static str, String)>,
    /// Why it failed.
    pub message: Option<String>,
    pub is_running: bool,
    pub may_undo: bool,
}

/// The records of one table.
#[derive(Debug, Clone)]
pub struct UndoTableRow {
    pub records: String,
    pub restored: String,
    pub removed: String,
    pub recreated: String,
    pub unchanged: String,
}

/// A field or a record that the undo does not change.
#[derive(Debug, Clone)]
pub struct UndoLeftRow {
    pub record: String,
    pub field: String,
    pub why: String,
    pub before: String,
    pub wrote: String,
    pub now: String,
    /// The later operation: its id, and what it is called.
    pub by: Option<(String, String)>,
}

/// The preview of an undo.
#[derive(Debug, Clone, Template)]
#[template(path = "operations/undo.html")]
pub struct UndoPage {
    pub frame: Frame,
    pub crumbs: Vec<Crumb>,
    pub row: OperationRow,
    /// Why it can't be undone.
    pub refusal: Option<String>,
    pub tables: Vec<UndoTableRow>,
    /// Accounts whose scores are again those of an earlier run.
    pub rescored: Option<String>,
    pub left: Vec<UndoLeftRow>,
    /// How many more there are.
    pub more: Option<String>,
    /// Later changes are overwritten.
    pub force: bool,
    /// There are later changes, which could be overwritten.
    pub has_later_changes: bool,
    /// Whether anything would change.
    pub changes: bool,
}
