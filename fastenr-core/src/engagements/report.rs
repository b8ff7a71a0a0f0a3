//! How often customers are met, with which outcome, and how fast they answer.
//!
//! [`Report`] takes engagements one by one and keeps, for each group, counts, gaps and response times. Medians are exact:
//! every gap and response time is kept until the end, 8 bytes each in its group and in the total; nothing is sampled or
//! rounded. To add a figure: a member of [`Statistics`] and of `Tally`, a line in `Tally::add`, a law in `laws.rs`.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

pub use super::median::Median;
pub use super::statistics::{Engagement, EngagementReport, Gaps, Outcomes, Responses, Statistics};
use crate::arr::Period;
use crate::model::TimeZone;
use crate::model::engagement::{Direction, Outcome};
use crate::rounding::half_to_even;

/// A report while engagements are still being added.
///
/// They come by account and, within one, by `completed_at`, earliest first; those not completed come anywhere among them.
/// Engagements from before the period are welcome: without them the first of the period follows nothing.
#[derive(Debug, Clone)]
pub struct Report<K> {
    frame: Frame,
    groups: BTreeMap<K, Tally>,
    total: Tally,
}

impl<K: Ord> Report<K> {
    /// `today` is the organization's day, which `zone` tells for the engagements.
    pub fn new(period: Period, today: NaiveDate, zone: TimeZone) -> Self {
        Self { frame: Frame { period, today, zone }, groups: BTreeMap::new(), total: Tally::default() }
    }

    /// One more engagement.
    pub fn add(&mut self, engagement: Engagement<K>) {
        let Engagement { account, group, email, direction, outcome, scheduled_at, completed_at, responded_at } =
            engagement;
        let expected = responded_at.is_some() || (email && direction == Some(Direction::Outbound));
        let seen = ReportedEngagement { account, outcome, expected, scheduled_at, completed_at, responded_at };
        self.groups.entry(group).or_default().add(&self.frame, &seen);
        self.total.add(&self.frame, &seen);
    }

    pub fn finish(self) -> EngagementReport<K> {
        let frame = self.frame;
        let groups = self.groups.into_iter().map(|(group, tally)| (group, tally.statistics(&frame)));
        EngagementReport { groups: groups.collect(), total: self.total.statistics(&frame) }
    }
}

#[derive(Debug, Clone, Copy)]
struct Frame {
    period: Period,
    today: NaiveDate,
    zone: TimeZone,
}

impl Frame {
    fn covers(&self, day: NaiveDate) -> bool {
        self.period.from() <= day && day <= self.period.to()
    }

    fn since(&self, day: NaiveDate) -> i64 {
        (self.today - day).num_days()
    }
}

/// An engagement without its group.
struct ReportedEngagement {
    account: Uuid,
    outcome: Option<Outcome>,
    expected: bool,
    scheduled_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
    responded_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Default)]
struct Tally {
    completed: u64,
    not_completed: u64,
    outcomes: Outcomes,
    expected: u64,
    /// In seconds.
    responses: Vec<i64>,
    /// In days.
    gaps: Vec<i64>,
    /// The account at hand and the day of its latest completed engagement.
    account: Option<(Uuid, NaiveDate)>,
    /// The day of its latest one that isn't after today.
    until_today: Option<NaiveDate>,
    /// Over the accounts before it: the last days of the one met most recently and of the one met longest ago.
    met: Option<(NaiveDate, NaiveDate)>,
}

impl Tally {
    fn add(&mut self, frame: &Frame, seen: &ReportedEngagement) {
        let Some(completed_at) = seen.completed_at else {
            let scheduled = seen.scheduled_at.map(|at| frame.zone.day(at));
            self.not_completed += u64::from(scheduled.is_some_and(|day| frame.covers(day)));
            return;
        };
        let day = frame.zone.day(completed_at);
        let previous = self.follow(frame, seen.account, day);
        if !frame.covers(day) {
            return;
        }
        self.completed += 1;
        *match seen.outcome {
            Some(Outcome::Positive) => &mut self.outcomes.positive,
            Some(Outcome::Neutral) => &mut self.outcomes.neutral,
            Some(Outcome::Negative) => &mut self.outcomes.negative,
            Some(Outcome::ActionRequired) => &mut self.outcomes.action_required,
            None => &mut self.outcomes.none,
        } += 1;
        self.gaps.extend(previous.map(|previous| (day - previous).num_days().max(0)));
        self.expected += u64::from(seen.expected);
        self.responses.extend(seen.responded_at.map(|at| (at - completed_at).num_seconds().max(0)));
    }

    /// Moves on to an account's engagement completed on `day`; the day of the one before it.
    fn follow(&mut self, frame: &Frame, account: Uuid, day: NaiveDate) -> Option<NaiveDate> {
        let previous = self.account.filter(|(same, _)| *same == account).map(|(_, day)| day);
        if previous.is_none() {
            self.leave();
        }
        self.account = Some((account, day));
        if day <= frame.today {
            self.until_today = Some(day);
        }
        previous
    }

    /// The account at hand is over.
    fn leave(&mut self) {
        if let Some(last) = self.until_today.take() {
            let (newest, oldest) = self.met.unwrap_or((last, last));
            self.met = Some((newest.max(last), oldest.min(last)));
        }
    }

    fn statistics(mut self, frame: &Frame) -> Statistics {
        self.leave();
        let scaled = i128::from(self.completed) * 3_000;
        Statistics {
            completed: self.completed,
            not_completed: self.not_completed,
            outcomes: self.outcomes,
            per_30_days_hundredths: half_to_even(scaled, i128::from(frame.period.days())).unwrap_or(0),
            gaps: Gaps {
                count: self.gaps.len() as u64,
                longest_days: self.gaps.iter().copied().max(),
                median_days: Median::of(&mut self.gaps),
                since_last_days: self.met.map(|(newest, _)| frame.since(newest)),
                longest_since_last_days: self.met.map(|(_, oldest)| frame.since(oldest)),
            },
            responses: Responses {
                expected: self.expected,
                answered: self.responses.len() as u64,
                median_seconds: Median::of(&mut self.responses),
            },
        }
    }
}
