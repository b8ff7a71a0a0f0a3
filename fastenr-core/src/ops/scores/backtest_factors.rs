//! What the factors of a score say of a back-test: which of them were missing, and how good the order is without one.

use serde::Serialize;

use super::backtest::BacktestedScore;
use crate::proof::{Case, Figure, Ranking};
use crate::score::model::Models;
use crate::score::{
    Band, BasisPoints, CapRule, ChurnFactor, Component, FULL, Factor, Missing, Model, Reading, Scores, churn_shares,
    component_score, health_shares, is_weak,
};

/// How much of the book a factor could not be computed for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MissingFactor {
    pub factor: &'static str,
    /// Accounts for which it was missing at every cut-off.
    pub accounts: usize,
    /// Cases for which it was missing.
    pub cases: usize,
}

/// The factor without which the order would be worst.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct StrongestFactor {
    pub factor: &'static str,
    /// The AUC of the score without this factor.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub auc_without: Figure,
}

/// The scores of the factors of a case, and what else made its score.
#[derive(Debug, Clone, Copy)]
pub(super) struct CaseFactors {
    /// Basis points, in the order of the factors; [`NONE`]: missing.
    points: [i16; 17],
    /// The limit of what is no factor: of health the lowest cap but those of weak components, of churn risk the highest floor.
    limit: i16,
    /// The place of the model in their order.
    model: u8,
    onboarding: bool,
}

const NONE: i16 = -1;

impl CaseFactors {
    pub(super) fn of(scores: &Scores, judged: BacktestedScore, model: usize) -> Self {
        let small = |points: BasisPoints| i16::try_from(points).unwrap_or(NONE);
        let mut points = [NONE; 17];
        let read = |points: &mut [i16], readings: &[Result<Reading, Missing>]| {
            let readings = readings.iter().map(|reading| reading.map_or(NONE, |reading| small(reading.points)));
            points.iter_mut().zip(readings).for_each(|(points, reading)| *points = reading);
        };
        let limit = if judged == BacktestedScore::Churn {
            read(&mut points, &scores.churn.factors);
            scores.churn.floors.iter().map(|floor| floor.least).fold(0, i64::max)
        } else {
            read(&mut points, &scores.health.factors);
            let caps = scores.health.caps.iter().filter(|cap| !matches!(cap.rule, CapRule::WeakComponent { .. }));
            caps.map(|cap| cap.most).fold(FULL, i64::min)
        };
        let model = u8::try_from(model).unwrap_or(u8::MAX);
        let onboarding = scores.health.band == Band::Onboarding;
        Self { points, limit: small(limit.clamp(0, FULL)), model, onboarding }
    }

    fn get(&self, place: usize) -> Option<BasisPoints> {
        self.points.get(place).copied().filter(|points| *points != NONE).map(BasisPoints::from)
    }

    fn points<const N: usize>(&self) -> [Option<BasisPoints>; N] {
        std::array::from_fn(|place| self.get(place))
    }

    /// The risk of the case without a factor; in the middle where nothing else is known. Without any: the risk that was judged.
    pub(super) fn risk(&self, judged: BacktestedScore, models: &Models, without: Option<usize>) -> BasisPoints {
        let mut own = *self;
        if let Some(points) = without.and_then(|place| own.points.get_mut(place)) {
            *points = NONE;
        }
        let model = models.iter().nth(usize::from(self.model)).map_or_else(|| models.first(), |listed| &listed.model);
        match judged {
            BacktestedScore::Churn => own.churn(model, without),
            BacktestedScore::Health => FULL - own.health(model),
            BacktestedScore::ProductUsage => own.component_risk(model, Component::ProductUsage),
            BacktestedScore::Support => own.component_risk(model, Component::Support),
            BacktestedScore::Engagement => own.component_risk(model, Component::Engagement),
            BacktestedScore::Business => own.component_risk(model, Component::Business),
        }
    }

    fn churn(&self, model: &Model, without: Option<usize>) -> BasisPoints {
        let points = self.points();
        let raw = churn_shares(model, &points).mean(&points).unwrap_or(0);
        // What holds risk up is the renewal and the payment.
        let floored = without != Some(ChurnFactor::ContractPayment.place());
        if floored { raw.max(BasisPoints::from(self.limit)) } else { raw }
    }

    fn health(&self, model: &Model) -> BasisPoints {
        let points = self.points();
        let raw = health_shares(model, &points).mean(&points).unwrap_or(FULL / 2);
        let weak = Component::ALL.iter().filter(|_| !self.onboarding).any(|component| {
            let (score, covered) = component_score(model, *component, &points);
            score.is_some_and(|score| is_weak(model, score, covered))
        });
        let most = if weak { model.caps.weak_component.0 } else { FULL };
        raw.min(BasisPoints::from(self.limit)).min(most)
    }

    fn component_risk(&self, model: &Model, component: Component) -> BasisPoints {
        FULL - component_score(model, component, &self.points()).0.unwrap_or(FULL / 2)
    }
}

/// The factors that a score is made of, with their places.
fn factors(judged: BacktestedScore) -> Vec<(usize, &'static str)> {
    let component = match judged {
        BacktestedScore::Churn => {
            return ChurnFactor::ALL.iter().map(|factor| (factor.place(), factor.as_str())).collect();
        }
        BacktestedScore::Health => None,
        BacktestedScore::ProductUsage => Some(Component::ProductUsage),
        BacktestedScore::Support => Some(Component::Support),
        BacktestedScore::Engagement => Some(Component::Engagement),
        BacktestedScore::Business => Some(Component::Business),
    };
    let own = Factor::ALL.iter().filter(|factor| component.is_none_or(|component| factor.component() == component));
    own.map(|factor| (factor.place(), factor.as_str())).collect()
}

/// Each factor of the score that some case had not, in their order. `rows` are those of the cases.
pub(super) fn missing(judged: BacktestedScore, cases: &[Case], rows: &[CaseFactors]) -> Vec<MissingFactor> {
    let accounts = cases.iter().map(|case| case.account as usize + 1).max().unwrap_or(0);
    let of = |(place, factor): (usize, &'static str)| {
        // None: the account has no case.
        let mut had: Vec<Option<bool>> = vec![None; accounts];
        let mut lacking = 0;
        for (case, row) in cases.iter().zip(rows) {
            let has = row.get(place).is_some();
            lacking += usize::from(!has);
            if let Some(had) = had.get_mut(case.account as usize) {
                *had = Some(had.unwrap_or(false) || has);
            }
        }
        let never = had.iter().filter(|had| **had == Some(false)).count();
        MissingFactor { factor, accounts: never, cases: lacking }
    };
    factors(judged).into_iter().map(of).filter(|missing| missing.cases > 0).collect()
}

/// The factor without which the AUC would be lowest; none where the order can't be judged.
pub(super) fn strongest(
    judged: BacktestedScore,
    models: &Models,
    cases: &[Case],
    rows: &[CaseFactors],
) -> Option<StrongestFactor> {
    let present = |place: usize| rows.iter().any(|row| row.get(place).is_some());
    let without = factors(judged).into_iter().filter(|(place, _)| present(*place)).filter_map(|(place, factor)| {
        let risk = |row: &CaseFactors| row.risk(judged, models, Some(place));
        let cases: Vec<Case> = cases.iter().zip(rows).map(|(case, row)| Case { risk: risk(row), ..*case }).collect();
        Some(StrongestFactor { factor, auc_without: Ranking::of(&cases).auc()? })
    });
    without.min_by(|a, b| a.auc_without.value().total_cmp(&b.auc_without.value()))
}
