//! What goes into a report on engagements and what comes out of it.

use crate::model::engagement::{Direction, Outcome};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::median::Median;
use crate::rounding::half_to_even;

/// What a report has to know of an engagement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engagement<K> {
    pub account: Uuid,
    /// What the figures are for: a type, an account, an owner.
    pub group: K,
    /// An e-mail that went out waits for an answer; anything else only if one is written down.
    pub email: bool,
    pub direction: Option<Direction>,
    pub outcome: Option<Outcome>,
    pub scheduled_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    /// When the customer answered.
    pub responded_at: Option<DateTime<Utc>>,
}

/// How many completed engagements ended in what; together all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcomes {
    pub positive: u64,
    pub neutral: u64,
    pub negative: u64,
    pub action_required: u64,
    /// None was written down.
    pub none: u64,
}

/// From completion to the customer's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Responses {
    /// Completed engagements that an answer is looked for: outbound e-mails, and whatever has an answer.
    pub expected: u64,
    /// Those that have one.
    pub answered: u64,
    /// Of the answered ones, in seconds; an answer from before the completion took 0. None without answers.
    pub median_seconds: Option<Median>,
}

impl Responses {
    /// `answered / expected` in basis points, 0 to 10,000, half to even. None if nothing was expected.
    pub fn answered_share(&self) -> Option<i64> {
        half_to_even(i128::from(self.answered) * 10_000, i128::from(self.expected))
    }

    /// The median in hundredths of an hour, half to even.
    pub fn median_hours_hundredths(&self) -> Option<i64> {
        self.median_seconds.and_then(|median| half_to_even(i128::from(median.halves()), 2 * 36))
    }
}

/// Days of the organization between completed engagements; two on one day are 0 apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gaps {
    /// How many gaps: completed engagements of the group that follow another one of it with the same account. A gap is of
    /// the period that it ends in, wherever it began.
    pub count: u64,
    pub median_days: Option<Median>,
    pub longest_days: Option<i64>,
    /// From the last completed engagement of the group, up to today, until today. Not bound to the period.
    pub since_last_days: Option<i64>,
    /// The same of the account for which it is longest ago. For a group of one account it is `since_last_days`.
    pub longest_since_last_days: Option<i64>,
}

/// A group's figures. An engagement belongs to the period that it was completed in, by the organization's days.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Statistics {
    pub completed: u64,
    /// Scheduled for a day of the period and not completed, then or later.
    pub not_completed: u64,
    pub outcomes: Outcomes,
    /// Completed engagements in 30 days, in hundredths: `completed × 30 × 100 / days of the period`, half to even.
    pub per_30_days_hundredths: i64,
    pub gaps: Gaps,
    pub responses: Responses,
}

/// What was found. Counts of the groups add up to the total's; gaps don't, since the total's are those between any two
/// engagements with an account, of whatever groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngagementReport<K> {
    /// In the order of the keys.
    pub groups: Vec<(K, Statistics)>,
    pub total: Statistics,
}
