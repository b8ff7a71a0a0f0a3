//! What scoring gives: exact, and with everything that an explanation needs.

use super::curve::BasisPoints;
use super::factor::{Band, ChurnBand};
use super::facts::{Adjustment, Connected};
use super::reading::{Missing, Reading};
use super::survey::is_little;

/// One account as of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scores {
    pub health: Health,
    pub churn: Churn,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// In the order of [`super::Factor::ALL`].
    pub factors: [Result<Reading, Missing>; 17],
    /// In the order of [`super::Component::ALL`]; none where all of its factors are missing.
    pub components: [Option<BasisPoints>; 4],
    /// The weighted mean, before anything below; 5,000 without any data.
    pub raw: BasisPoints,
    /// Weight of the factors present, of all.
    pub coverage: BasisPoints,
    /// Whether a factor of usage, support or engagement rests on a row or record of the account's own: without one there is no
    /// band.
    pub own: bool,
    /// Coverage below it is insufficient.
    pub floor: BasisPoints,
    /// After the draw toward 50; [`Self::raw`] where the data suffice.
    pub drawn: BasisPoints,
    /// Those that hold, the lowest last; a cap may hold without lowering anything.
    pub caps: Vec<Cap>,
    pub adjustment: Option<Adjustment>,
    /// After caps and adjustment.
    pub points: BasisPoints,
    /// The whole number that is shown: 0 to 100.
    pub score: i64,
    pub band: Band,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CapRule {
    ChampionLeft {
        age: i64,
    },
    UrgentTicket {
        open: i64,
    },
    /// A component at or below the model's limit.
    WeakComponent {
        component: super::Component,
        points: BasisPoints,
    },
    SentimentRed {
        age: i64,
    },
}

/// At most so much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cap {
    pub rule: CapRule,
    pub most: BasisPoints,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Churn {
    /// In the order of [`super::ChurnFactor::ALL`].
    pub factors: [Result<Reading, Missing>; 5],
    pub raw: BasisPoints,
    pub coverage: BasisPoints,
    /// Coverage below it is insufficient; the risk is then drawn toward 0.
    pub floor: BasisPoints,
    pub drawn: BasisPoints,
    /// Those that hold, the highest last.
    pub floors: Vec<Floor>,
    pub points: BasisPoints,
    /// 0 to 100, 100 is worst.
    pub score: i64,
    pub band: ChurnBand,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FloorRule {
    WillChurn,
    PastDue { days: i64 },
    AtRisk,
    ChampionLeft { age: i64, renewal_in: i64 },
}

/// At least so much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Floor {
    pub rule: FloorRule,
    pub least: BasisPoints,
}

impl Health {
    /// Whether there is too little to know for a band; a person's score and onboarding have one all the same.
    pub fn is_insufficient(&self) -> bool {
        !self.own || is_little(self.coverage, self.floor)
    }
}

impl Scores {
    /// The factors that this account has.
    pub fn present(&self) -> Connected {
        let health = self.health.factors.iter().map(Result::is_ok);
        let churn = self.churn.factors.iter().map(Result::is_ok);
        Connected::of(health.chain(churn))
    }
}
