//! A fitted model in the form of every model.

use super::design::Piece;
use super::scale::{Losses, Scale};
use crate::score::model::{Model, Probability};
use crate::score::term::{Shape, Term};
use crate::score::{Component, Curve, FULL, Factor, Points, Ratio};

/// The name of every fitted model: the next fit is its next revision.
pub const NAME: &str = "fitted";

/// The model that a fit begins with: what the model in use says, with the factors of the built-in one. Settings of factors that are
/// no scores stay.
pub(crate) fn base(in_use: &Model) -> Model {
    let mut model = in_use.clone();
    model.name = NAME.to_owned();
    (model.applies_to, model.probability) = (None, None);
    let (old, health) = (&in_use.health, &mut model.health);
    health.clone_from(&Model::builtin().health);
    health.support.seats = old.support.seats;
    health.support.ticket_severity.half_life = old.support.ticket_severity.half_life;
    health.support.resolution_time.target_hours = old.support.resolution_time.target_hours;
    health.support.resolution_time.least = old.support.resolution_time.least;
    health.support.csat.prior = old.support.csat.prior;
    health.engagement.response_rate.least = old.engagement.response_rate.least;
    health.engagement.outcomes.half_life = old.engagement.outcomes.half_life;
    health.business.contract_value.least = old.business.contract_value.least;
    health.business.renewal.overdue_days = old.business.renewal.overdue_days;
    // Growth alone is learned from.
    health.business.expansion.bonus = Points(0);
    health.business.expansion.malus = Points(0);
    model
}

/// A number that a model writes with two decimals.
fn hundredths(number: f64) -> Points {
    Points((number * 100.0).round() as i64)
}

/// Weights, curves, bands and what goes with them. `window` has the days of lead and of horizon.
pub(super) fn model(base: &Model, pieces: &[Piece], losses: &Losses<'_>, scale: &Scale, window: (u32, u32)) -> Model {
    let mut model = base.clone();
    for component in Component::ALL {
        let own = || Factor::ALL.iter().filter(|factor| factor.component() == *component);
        let all: f64 = own().map(|factor| losses.part(*factor)).sum();
        *model.component_weight_mut(*component) = hundredths(100.0 * all);
        for factor in own() {
            // The form wants no component without a weight, whatever the component's own is.
            let weight = if all > 0.0 { 100.0 * losses.part(*factor) } else { 1.0 };
            *model.weight_mut(*factor) = hundredths(weight);
        }
    }
    for term in Term::ALL.into_iter().filter(|term| losses.part(term.factor()) > 0.0) {
        let score = |number: f64| Points(losses.loss(term, number).map_or(FULL, |loss| scale.score(loss)));
        match term.shape() {
            Shape::Curve => {
                let anchor = |at: &f64| (Ratio((at * 10_000.0).round() as i64), score(*at));
                let piece = pieces.iter().find(|piece| piece.term == term);
                // Without anchors of its own it is level: the mean of the factor's other number.
                let anchors = piece.map_or(&[0.0, 1.0][..], |piece| &piece.anchors);
                if let Some(curve) = model.curve_mut(term) {
                    *curve = Curve(anchors.iter().map(anchor).collect());
                }
            }
            Shape::Steps => model.health.engagement.meeting_frequency.steps = [0.0, 1.0, 2.0, 3.0].map(score),
            Shape::Constants => constants(&mut model, term, |old| score(old.0 as f64 / FULL as f64)),
        }
    }
    bands(&mut model, scale.edges);
    let anchor =
        |points: i64| (Ratio(points * 10_000), Points((scale.probability(points * 100) * 1_000.0).round() as i64 * 10));
    let curve = Curve((0..=10).map(|tenth| anchor(tenth * 10)).collect());
    model.probability =
        Some(Probability { lead: window.0, horizon: window.1, base_rate: Some(scale.base_rate()), curve });
    model
}

/// Scores that are constants: each becomes the score of its number.
fn constants(model: &mut Model, term: Term, score: impl Fn(Points) -> Points) {
    let health = &mut model.health;
    let all: Vec<&mut Points> = match term {
        Term::Outcomes => {
            let outcomes = &mut health.engagement.outcomes;
            vec![&mut outcomes.positive, &mut outcomes.neutral, &mut outcomes.action_required, &mut outcomes.negative]
        }
        Term::Stakeholders => {
            let people = &mut health.engagement.stakeholders;
            vec![
                &mut people.single_key,
                &mut people.single,
                &mut people.no_key,
                &mut people.one_key,
                &mut people.both_keys,
            ]
        }
        Term::RenewalStage => {
            let renewal = &mut health.business.renewal;
            vec![
                &mut renewal.committed,
                &mut renewal.likely,
                &mut renewal.at_risk,
                &mut renewal.will_churn,
                &mut renewal.auto_renewing,
                &mut renewal.overdue,
            ]
        }
        Term::Rank => {
            let value = &mut health.business.contract_value;
            let (base, top) = (score(Points(0)), score(Points(FULL)));
            (value.base, value.span) = (base, Points(top.0 - base.0));
            return;
        }
        Term::Severity => {
            // 100 less the penalties is the score: they shrink as the whole range does.
            let severity = &mut health.support.ticket_severity;
            let range = i128::from(score(Points(FULL)).0 - score(Points(0)).0);
            for penalty in [&mut severity.urgent, &mut severity.escalated] {
                let part = i128::from(penalty.0) * range;
                penalty.0 = crate::rounding::half_to_even(part, i128::from(FULL)).unwrap_or(penalty.0);
            }
            return;
        }
        _ => return,
    };
    all.into_iter().for_each(|points| *points = score(*points));
}

/// The edges of health, and every number that goes with them.
fn bands(model: &mut Model, [healthy, moderate, concern]: [i64; 3]) {
    (model.bands.healthy, model.bands.moderate, model.bands.concern) = (healthy, moderate, concern);
    let churn = &mut model.churn_bands;
    (churn.medium, churn.high, churn.severe) = (100 - healthy, 100 - moderate, 100 - concern);
    let below = |edge: i64| Points((edge - 1) * 100);
    model.caps.champion_left = below(healthy);
    model.caps.urgent_ticket = below(healthy);
    model.caps.sentiment_red = below(concern);
    // The components of a fitted model are no judgements of their own.
    model.caps.weak_component = Points(FULL);
    model.caps.weak_from = Points(0);
    let status = &mut model.status;
    (status.at_risk_health, status.back_health) = (concern, concern + 5);
    (status.at_risk_churn, status.back_churn) = (100 - concern, 100 - moderate);
    let alerts = &mut model.alerts;
    (alerts.health_below.warning, alerts.health_below.critical) = (moderate, concern);
    alerts.churn_rise.level = 100 - concern;
    alerts.hysteresis = alerts.hysteresis.min(100 - moderate).min(99 - concern);
}
