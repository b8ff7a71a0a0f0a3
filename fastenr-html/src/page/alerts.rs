//! Alerts by account, and the ones that are held.

use askama::Template;

use super::account::AlertLine;
use crate::form::Filters;
use crate::format::Day;
use crate::frame::Frame;
use crate::part::{Elsewhere, Empty, Pager};

/// An alert of the list.
#[derive(Debug, Clone)]
pub struct AlertRow {
    pub line: AlertLine,
    pub rule: String,
    pub fired: Option<Day>,
    /// What was done about it, or why it is held; none: it is open.
    pub state: Option<String>,
    /// It can be acknowledged; snoozed and resolved.
    pub is_open: bool,
    pub is_settled: bool,
}

/// The alerts of an account, or those of the organization's data.
#[derive(Debug, Clone)]
pub struct AlertGroup {
    /// Id and name.
    pub account: Option<(String, String)>,
    /// Short, and exact.
    pub arr: Option<(String, String)>,
    /// E-mail address and name.
    pub owner: Option<(String, String)>,
    pub rows: Vec<AlertRow>,
    /// Ids of the open ones, separated by commas.
    pub open: String,
}

impl AlertGroup {
    fn several(&self) -> bool {
        self.open.contains(',')
    }

    fn name(&self) -> &str {
        self.account.as_ref().map_or("the data", |(_, name)| name.as_str())
    }
}

/// Alerts that were held back.
#[derive(Debug, Clone)]
pub struct HeldLine {
    pub text: String,
    /// None: the list is of them.
    pub href: Option<String>,
    /// Each rule: its code, its name and number.
    pub rules: Vec<(String, String)>,
}

#[derive(Debug, Clone, Template)]
#[template(path = "alerts/list.html", blocks = ["rows"])]
pub struct AlertsPage {
    pub frame: Frame,
    pub filters: Filters,
    pub groups: Vec<AlertGroup>,
    pub held: Option<HeldLine>,
    pub total: String,
    pub pager: Pager,
    pub empty: Option<Empty>,
    pub elsewhere: Elsewhere,
    pub may_write: bool,
    pub back: String,
}
