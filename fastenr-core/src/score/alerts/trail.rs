//! What an account was a while ago.

use crate::rounding::half_to_even;
use crate::score::{Band, ChurnBand, Scores};

/// Scores of an earlier day, in whole points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Days before the day of the facts.
    pub age: i64,
    /// The health that was shown.
    pub health: i64,
    /// Health before caps and adjustment, [`crate::score::Health::drawn`] rounded half to even.
    pub drawn: i64,
    /// None where the coverage of churn risk was insufficient.
    pub churn: Option<i64>,
}

impl Point {
    /// None where health is `insufficient_data` or `onboarding`: such scores are compared with nothing.
    pub fn of(age: i64, scores: &Scores) -> Option<Self> {
        let health = &scores.health;
        if matches!(health.band, Band::InsufficientData | Band::Onboarding) {
            return None;
        }
        let churn = (scores.churn.band != ChurnBand::InsufficientData).then_some(scores.churn.score);
        let drawn = half_to_even(i128::from(health.drawn), 100).unwrap_or(health.score);
        Some(Self { age, health: health.score, drawn, churn })
    }
}

/// Goals of an account in one status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Goals {
    /// How many stand so as of the day.
    pub standing: i64,
    /// How many of them did not when the account's latest snapshot was written, today's own included; new ones count.
    pub turned: i64,
}

/// What the rules need beyond facts and scores. Points are of snapshots with the fingerprint of today's model only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Trail {
    /// The youngest snapshot at ages 7 to 9.
    pub week: Option<Point>,
    /// The youngest snapshot at ages 30 to 34.
    pub month: Option<Point>,
    pub at_risk: Goals,
    pub missed: Goals,
}
