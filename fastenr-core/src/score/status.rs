//! What a run may make of an account's status.

use super::factor::{Band, ChurnBand};
use super::model::StatusRule;
use super::scores::Scores;
use crate::model::{Status, StatusSource};

/// The status that the scores turn `current` into; none: it stays.
///
/// Active becomes at risk where health is low or churn risk high. At risk comes back where both are well again and the model itself
/// had said it: an import's at_risk stands until the import says otherwise. What a person said stays, and so do onboarding and
/// churned. Without sufficient data on health nothing turns; a churn risk of
/// insufficient data turns nothing either, but one that a floor holds up keeps an account at risk.
pub fn status(current: Status, source: StatusSource, scores: &Scores, rule: &StatusRule) -> Option<Status> {
    let unjudged = matches!(scores.health.band, Band::InsufficientData | Band::Onboarding);
    if !rule.enabled || unjudged || source == StatusSource::Person {
        return None;
    }
    let (health, risk) = (scores.health.score, scores.churn.score);
    let known = scores.churn.band != ChurnBand::InsufficientData;
    match current {
        Status::Active if health < rule.at_risk_health || (known && risk >= rule.at_risk_churn) => Some(Status::AtRisk),
        Status::AtRisk if source == StatusSource::Model && health >= rule.back_health && risk < rule.back_churn => {
            Some(Status::Active)
        }
        _ => None,
    }
}
