//! What a back-test has to know.

use chrono::NaiveDate;

use crate::model::Band;

/// One account as of one cut-off. An account has at most one case a cut-off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case {
    /// Any number that tells accounts apart.
    pub account: u32,
    /// The day as of which it was scored.
    pub cutoff: NaiveDate,
    /// Basis points, 0..=10,000, higher is worse. Of a score of which more is better the caller passes 10,000 less the score.
    pub risk: i64,
    /// It churned within the window: after `cutoff + lead`, at the latest on `cutoff + lead + horizon`.
    pub churned: bool,
    /// The band of health on the cut-off, by the edges of the model that scored it. None: it had no health.
    pub band: Option<Band>,
}

/// The health of an account on the days before it churned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    /// Numbered as in [`Case`]; it needs no case. Several trails of one account are one.
    pub account: u32,
    /// In any order, from any day; empty if it was never scored.
    pub readings: Vec<Reading>,
}

/// A health score on a day before a churn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Whole days from the reading to `churned_on`.
    pub days_before: i64,
    /// Basis points, 0..=10,000.
    pub health: i64,
    /// The lower edge of green in whole points, by the model that scored it.
    pub green: i64,
}

/// How the cases were made, and how to resample them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Days between the cut-off and the window. Repeated in the proof; the labels hold it already.
    pub lead: u32,
    /// Days that the window has. Repeated in the proof; the labels hold it already.
    pub horizon: u32,
    /// How often the accounts are resampled for the interval. Fewer than 39 make none.
    pub repeats: u32,
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { lead: 30, horizon: 90, repeats: super::bootstrap::REPEATS, seed: 0 }
    }
}
