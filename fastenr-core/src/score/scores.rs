//! What scoring gives: exact, and with everything that an explanation needs.

use super::curve::BasisPoints;
use super::factor::{Band, ChurnBand, Factor};
use super::facts::{Adjustment, Connected, Facts};
use super::reading::{Missing, Reading};

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
    /// Weight of the factors that any account has, of all.
    pub connected: BasisPoints,
    /// Coverage below it is insufficient.
    pub floor: BasisPoints,
    /// After the draw toward 50; [`Self::raw`] where coverage suffices.
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
    pub connected: BasisPoints,
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

impl Scores {
    /// The factors that this account has from rows that are there: not those that silence counts as zero.
    pub fn told(&self, facts: &Facts) -> Connected {
        let (usage, support) = (&facts.usage, &facts.support);
        let silent = [
            (Factor::LoginFrequency, usage.logins.count == 0),
            (Factor::FeatureAdoption, usage.adoption.count == 0),
            (Factor::SessionDuration, usage.session.count == 0),
            (Factor::UserActivity, usage.active_users.is_none()),
            (Factor::TicketVolume, support.tickets_30.count == 0),
            (Factor::TicketSeverity, support.severity_rows == 0),
        ];
        let silent =
            silent.iter().filter(|(_, silent)| *silent).fold(0, |mask, (factor, _)| mask | 1 << factor.place());
        Connected(self.present().0 & !silent)
    }

    /// The factors that this account has.
    pub fn present(&self) -> Connected {
        let health = self.health.factors.iter().map(Result::is_ok);
        let churn = self.churn.factors.iter().map(Result::is_ok);
        Connected::of(health.chain(churn))
    }
}
