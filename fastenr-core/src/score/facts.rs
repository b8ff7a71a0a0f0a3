//! What scoring knows of an account as of a day: sums, counts, dates and cents. Gathered by `store`, made by hand in tests.
//!
//! Ages are days before [`Facts::as_of`]: 0 is the day itself. A window of `n` days holds the ages `0..n`. Percentages and
//! hours are in hundredths, money in cents. A fact that is not known is none: missing is not zero.

use chrono::NaiveDate;

use super::ranks::Ranks;
use super::survey::MeanCoverages;
use crate::model::{RenewalStage, Size, Status};

/// A sum over rows and how many there were, or their weight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    pub sum: i64,
    pub count: i64,
}

/// Everything about one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub as_of: NaiveDate,
    pub account: AccountFacts,
    pub usage: Usage,
    pub support: Tickets,
    pub touch: Touch,
    pub past: EarlierHealth,
    /// An override by a person that holds on the day.
    pub adjustment: Option<Adjustment>,
}

/// The account's own fields, as they were on the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountFacts {
    pub size: Option<Size>,
    pub status: Status,
    pub arr: Option<i64>,
    /// ARR twelve months ago, or on the first day of the account, if that is later; none where it is not known or null, or the
    /// account exists for less than three months.
    pub arr_before: Option<i64>,
    pub seats: Option<i64>,
    pub contract_start: Option<NaiveDate>,
    pub contract_end: Option<NaiveDate>,
    pub auto_renew: Option<bool>,
    pub renewal_stage: Option<RenewalStage>,
    pub past_due_since: Option<NaiveDate>,
    /// The day since which it exists: on which it was entered or its contract began, whichever is earlier.
    pub exists_since: NaiveDate,
}

/// Rows of product usage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// Age of the account's first row of usage ever.
    pub first_row: Option<i64>,
    /// Logins of 28 days, and the rows that tell them.
    pub logins: Sum,
    /// `feature_adoption_score` over 28 days, hundredths.
    pub adoption: Sum,
    /// `session_minutes` over 28 days, hundredths.
    pub session: Sum,
    /// The same over the 84 days before: ages 28 to 111.
    pub session_before: Sum,
    /// Age of the account's first row of session minutes within 112 days.
    pub session_first: Option<i64>,
    /// Latest `active_users` within 28 days.
    pub active_users: Option<i64>,
    /// Whether the account ever had a row of it.
    pub ever_active_users: bool,
    /// Latest `training_completion_rate` ever, hundredths.
    pub training: Option<i64>,
    /// Ages of the last day with a login, within 120 days.
    pub last_login: Option<i64>,
    /// Age of the last day with a login ever.
    pub last_login_ever: Option<i64>,
    /// Age of the last day with an active user ever.
    pub last_active: Option<i64>,
}

/// A day's urgent and escalated tickets: disjoint counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Severe {
    pub age: i64,
    pub urgent: i64,
    pub escalated: i64,
}

/// The color that the account's customer success manager gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sentiment {
    pub age: i64,
    pub red: bool,
    pub reasoned: bool,
}

/// Rows of support.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tickets {
    /// Age of the account's first row of tickets ever.
    pub first_row: Option<i64>,
    /// Tickets of 30 days, and the rows that tell them.
    pub tickets_30: Sum,
    /// The same of 90 days.
    pub tickets_90: Sum,
    /// Rows of 90 days that tell urgent or escalated tickets, zero or not.
    pub severity_rows: i64,
    /// The days of 90 with any, by age ascending.
    pub severe: Vec<Severe>,
    /// Hours to resolution of 90 days in hundredths, each times the tickets resolved (1 where these are not told); the weight
    /// beside it.
    pub resolution: Sum,
    /// Satisfied percent of 90 days in hundredths, each times its responses (1 where these are not told); the weight beside it.
    pub csat: Sum,
    /// `open_urgent_tickets` of the latest row within 30 days that tells it.
    pub open_urgent: Option<i64>,
    /// The latest within 120 days.
    pub sentiment: Option<Sentiment>,
}

/// How an engagement came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Positive,
    Neutral,
    ActionRequired,
    Negative,
}

/// How far a competitor has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Mention,
    Evaluation,
    Pilot,
    Decision,
}

/// What people did together. Only completed engagements count; a touch is a meeting, call, demo or training.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touch {
    /// Whether any engagement was ever completed.
    pub any: bool,
    /// Age of the last touch ever.
    pub last: Option<i64>,
    /// Touches of 90 days, and of the 90 before.
    pub recent: i64,
    pub before: i64,
    /// Outbound e-mails completed 67 to 7 days ago, and those of them answered within 7 days.
    pub outbound: i64,
    pub answered: i64,
    /// Age and outcome of the engagements of 180 days that have one, by age ascending, then outcome.
    pub outcomes: Vec<(i64, Outcome)>,
    /// Age and stage of every sign of a competitor, likewise.
    pub signals: Vec<(i64, Stage)>,
    /// Engagements of 90 days.
    pub engagements: i64,
    /// Distinct people of the customer who attended them.
    pub people: i64,
    /// Whether a champion, and a decision maker, was among them.
    pub champion_attended: bool,
    pub decision_maker_attended: bool,
    /// Whether any contact of the account has a role.
    pub roles: bool,
    /// Age of the latest leaving of a champion, within 180 days.
    pub champion_left: Option<i64>,
    /// Whether a champion is there.
    pub champion: bool,
}

/// What earlier snapshots of the same model say, in basis points.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EarlierHealth {
    /// Health of the snapshots at ages 1 to 13; those of insufficient data are left out.
    pub recent: Sum,
    /// Likewise at ages 60 to 90.
    pub older: Sum,
}

/// A health score that a person set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    /// 0 to 100.
    pub score: i64,
    pub reason: String,
    /// The last day on which it holds.
    pub until: NaiveDate,
    /// Who set it.
    pub by: String,
}

/// What the whole organization tells, as of the same day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book {
    /// Whether a row of usage came for anyone within 60 days.
    pub usage_live: bool,
    /// Whether a row of tickets came for anyone within 30 days.
    pub support_live: bool,
    /// Whether the first row of tickets for anyone is at least 30 days old: who has none then has no ticket.
    pub support_settled: bool,
    /// Age of the last day with a row of usage for anyone, within 63 days.
    pub usage_last: Option<i64>,
    /// Satisfaction of 90 days over all accounts, weighted as [`Tickets::csat`].
    pub csat: Sum,
    /// Whether any account has, or had, a payment past due.
    pub payments: bool,
    /// ARR in cents of the unarchived accounts that have not churned, ascending, by size; the last is for those without one.
    pub arr: Ranks,
    /// The factors of usage and tickets that the feeds tell of anyone within their windows: silence is held against an account
    /// only for what the feed tells of another one.
    pub connected: Connected,
    /// How much is known of an account on average.
    pub known: MeanCoverages,
}

/// A bit for each factor of health, then for each of churn risk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Connected(pub u32);

impl Connected {
    /// Every factor: of a feed that tells all.
    pub const ALL: Self = Self((1 << 22) - 1);

    /// Whether the factor at the place is in it.
    pub const fn has(self, place: usize) -> bool {
        self.0 >> place & 1 == 1
    }

    /// One flag a place, from the first.
    pub fn of(present: impl Iterator<Item = bool>) -> Self {
        Self(present.enumerate().map(|(place, present)| u32::from(present) << place).sum())
    }
}

impl Book {
    /// The ARR among which an account of the size is ranked.
    pub fn arr_of(&self, size: Option<Size>) -> &[i64] {
        let place = size.map_or(5, |size| size as usize);
        self.arr.get(place).map_or(&[], Vec::as_slice)
    }
}
