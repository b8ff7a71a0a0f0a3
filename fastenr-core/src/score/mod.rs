//! Health and churn risk: pure functions of facts, a model and a day.
//!
//! No I/O, no clock. [`Facts`] are what is known of an account, [`Book`] what its organization tells, [`Model`] every number
//! that may be changed. [`Scores`] are what they come to.

pub mod alerts;
mod churn;
mod curve;
mod decay;
#[cfg(test)]
mod examples;
mod explain;
mod factor;
mod factors;
mod facts;
mod health;
pub mod impact;
#[cfg(test)]
mod laws;
pub mod likelihood;
pub mod model;
pub mod ranks;
mod reach;
mod reading;
mod reference;
mod scores;
mod status;
mod survey;
pub(crate) mod term;
#[cfg(test)]
pub(crate) mod testing;
mod weigh;

pub use curve::{BasisPoints, Curve, FULL, ONE, Points, Ratio};
pub use explain::{
    Amount, CapLine, ChurnExplanation, ComponentLine, Delta, Explanation, FactorLine, Line, difference, explain,
};
pub use factor::{Band, ChurnBand, ChurnFactor, Component, Factor};
pub use facts::{
    AccountFacts, Adjustment, Book, Connected, EarlierHealth, Facts, Outcome, Sentiment, Severe, Stage, Sum, Tickets,
    Touch, Usage,
};
pub(crate) use health::is_weak;
pub use likelihood::{CheckVerdict, Likelihood, ProbabilityCheck};
pub use model::Model;
pub use reach::{NextBand, reach};
pub use reading::{Fact, Missing, Reading};
pub use reference::reference;
pub use scores::{Cap, CapRule, Churn, Floor, FloorRule, Health, Scores};
pub use status::status;
pub use survey::{LITTLE, MeanCoverages, Survey};
pub use weigh::Contributions;
pub(crate) use weigh::{churn_shares, component as component_score, health_shares, points};

/// Health and churn risk of one account as of [`Facts::as_of`].
pub fn score(facts: &Facts, book: &Book, model: &Model) -> Scores {
    let health = health::health(facts, book, model);
    let churn = churn::churn(facts, book, model, &health);
    Scores { health, churn }
}
