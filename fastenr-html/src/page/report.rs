//! Reports: figures, charts beside their tables, and the lists behind them.

use askama::Template;

use crate::chart::{Columns, ShareBar, Stack};
use crate::form::Filters;
use crate::frame::Frame;
use crate::part::{Crumb, Elsewhere, Empty, Tabs};

/// A figure of the whole.
#[derive(Debug, Clone)]
pub struct ReportTile {
    pub label: &'static str,
    pub value: String,
    pub note: String,
}

/// A number of a table, the list behind it, and a bar as long as it.
#[derive(Debug, Clone, Default)]
pub struct ReportCell {
    pub text: String,
    pub href: Option<String>,
    pub bar: Option<ShareBar>,
}

#[derive(Debug, Clone)]
pub struct ReportRow {
    pub name: String,
    pub href: Option<String>,
    /// The colour in the chart.
    pub key: Option<&'static str>,
    pub cells: Vec<ReportCell>,
}

#[derive(Debug, Clone)]
pub enum ReportChart {
    Stack(Stack),
    Columns(Columns),
}

#[derive(Debug, Clone)]
pub struct ReportTable {
    pub id: &'static str,
    pub title: &'static str,
    /// Other groupings.
    pub tabs: Option<Tabs>,
    pub chart: Option<ReportChart>,
    /// Heads of the columns, the first of the rows' names.
    pub heads: Vec<String>,
    pub rows: Vec<ReportRow>,
    pub total: Option<ReportRow>,
    pub note: Option<String>,
}

#[derive(Debug, Clone, Template)]
#[template(path = "report.html", blocks = ["rows"])]
pub struct ReportPage {
    pub frame: Frame,
    pub crumbs: Vec<Crumb>,
    pub filters: Filters,
    /// What it is of, such as its days.
    pub of: String,
    /// Usual periods.
    pub periods: Option<Tabs>,
    pub tiles: Vec<ReportTile>,
    pub tables: Vec<ReportTable>,
    pub notes: Vec<String>,
    /// The same with how scores changed afterwards.
    pub impact: Option<String>,
    pub empty: Option<Empty>,
    pub elsewhere: Elsewhere,
}

impl ReportCell {
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}
