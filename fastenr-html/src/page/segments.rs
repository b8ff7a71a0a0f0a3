//! Segments: filters with a name.

use askama::Template;

use crate::frame::Frame;
use crate::part::Empty;

#[derive(Debug, Clone)]
pub struct SegmentRow {
    pub name: String,
    /// The accounts in it.
    pub href: String,
    /// What it filters by, in words.
    pub filter: Vec<(String, String)>,
    pub accounts: Option<String>,
    pub arr: Option<String>,
    /// Why it can't be used.
    pub problem: Option<String>,
    pub id: String,
    pub by: String,
}

#[derive(Debug, Clone, Template)]
#[template(path = "segments.html")]
pub struct SegmentsPage {
    pub frame: Frame,
    pub rows: Vec<SegmentRow>,
    pub empty: Option<Empty>,
    pub may_delete: bool,
}
