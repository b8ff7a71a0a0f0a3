//! The health of the book: how many accounts are in which band, who moved, how groups compare, and who is left out.

use askama::Template;

use super::today::Figure;
use crate::chart::{Histogram, ShareBar};
use crate::form::Filters;
use crate::format::Day;
use crate::frame::Frame;
use crate::part::{Change, Elsewhere, Empty, Movers, Tabs};

/// A band: its accounts and their ARR, each with a bar.
#[derive(Debug, Clone)]
pub struct BandRow {
    pub figure: Figure,
    pub accounts: ShareBar,
    pub arr: ShareBar,
}

/// Averages of a score.
#[derive(Debug, Clone)]
pub struct AverageRow {
    pub label: &'static str,
    pub average: String,
    pub by_arr: String,
    pub p10: String,
    pub median: String,
    pub p90: String,
    /// 30 and 90 days ago: the average then, and how much it has changed in whole points.
    pub ago: Vec<(String, Change)>,
}

/// Accounts in no band, and what would bring them in.
#[derive(Debug, Clone)]
pub struct LeftOutRow {
    pub label: &'static str,
    pub accounts: String,
    /// None: no filter finds them.
    pub href: Option<String>,
    pub why: String,
    pub command: Option<&'static str>,
}

/// A group that is compared with others.
#[derive(Debug, Clone)]
pub struct GroupRow {
    pub name: String,
    /// None: no filter finds them.
    pub href: Option<String>,
    pub accounts: String,
    pub arr: String,
    pub average: String,
    pub bar: ShareBar,
    pub by_arr: String,
    pub median: String,
    pub risk: String,
    /// Number and ARR of its accounts at risk.
    pub at_risk: (String, String),
}

#[derive(Debug, Clone, Template)]
#[template(path = "health/show.html", blocks = ["rows"])]
pub struct HealthPage {
    pub frame: Frame,
    pub filters: Filters,
    /// None: no run yet.
    pub as_of: Option<Day>,
    /// `285 of 300 accounts`.
    pub scored: String,
    pub arr: String,
    /// Number, ARR and address of the accounts at risk.
    pub at_risk: (String, String, String),
    pub adjusted: Option<String>,
    pub bands: Vec<BandRow>,
    pub churn_bands: Vec<BandRow>,
    /// The accounts by their churn risk.
    pub riskiest: String,
    /// Accounts with a health score and too little data for a churn risk.
    pub churn_unknown: Option<String>,
    pub histogram: Histogram,
    pub averages: Vec<AverageRow>,
    pub left_out: Vec<LeftOutRow>,
    /// Mean share of the model for which there is data.
    pub coverage: Option<String>,
    pub by: Tabs,
    pub group: &'static str,
    pub groups: Vec<GroupRow>,
    pub since: Tabs,
    pub movers: Movers,
    pub empty: Option<Empty>,
    pub elsewhere: Elsewhere,
}
