//! What a model says that can't matter, and what it can't say: found from its numbers alone.

use super::{Curve, Model, Points};
use crate::model::picklist::picklist;
use crate::rounding::half_to_even;
use crate::score::curve::{BasisPoints, FULL};
use crate::score::factor::{Band, ChurnBand, ChurnFactor, Component, Factor};

picklist! {
    /// What is odd about a model.
    Oddity, "oddity", "oddity" {
        DeadInput = "dead_input",
        UnreachableBand = "unreachable_band",
        Constant = "constant",
        SeldomKnown = "seldom_known",
        OneDecides = "one_decides",
    }
}

/// A warning about a model; a model with findings is still valid.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = ModelFinding))]
pub struct Finding {
    pub oddity: Oddity,
    /// The key or section.
    pub key: String,
    /// One sentence without a full stop.
    pub message: String,
}

impl Finding {
    pub(super) fn new(oddity: Oddity, key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { oddity, key: key.into(), message: message.into() }
    }
}

/// The lowest and the highest score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScoreRange {
    pub(super) low: BasisPoints,
    pub(super) high: BasisPoints,
}

/// A factor that can move the score by less than this moves nothing that is shown.
const SHOWN: BasisPoints = 100;

impl ScoreRange {
    fn of(scores: impl IntoIterator<Item = Points>) -> Self {
        let all = Self { low: FULL, high: 0 };
        scores
            .into_iter()
            .fold(all, |reach, Points(score)| Self { low: reach.low.min(score), high: reach.high.max(score) })
    }

    fn curves<'c>(curves: impl IntoIterator<Item = &'c Curve>) -> Self {
        Self::of(curves.into_iter().flat_map(|curve| curve.0.iter().map(|(_, score)| *score)))
    }

    /// Of the larger of two.
    fn or(self, other: Self) -> Self {
        Self { low: self.low.max(other.low), high: self.high.max(other.high) }
    }

    /// Of the weighted mean.
    fn mean(parts: &[(Points, Self)]) -> Self {
        let weight: i128 = parts.iter().map(|(weight, _)| i128::from(weight.0)).sum();
        let of = |score: fn(&Self) -> BasisPoints| {
            let sum: i128 = parts.iter().map(|(weight, reach)| i128::from(weight.0) * i128::from(score(reach))).sum();
            half_to_even(sum, weight).unwrap_or(0)
        };
        Self { low: of(|reach| reach.low), high: of(|reach| reach.high) }
    }

    fn whole(score: BasisPoints) -> i64 {
        half_to_even(i128::from(score), 100).unwrap_or(0)
    }

    fn told(self) -> String {
        format!("{} to {}", Self::whole(self.low), Self::whole(self.high))
    }
}

impl Model {
    /// What its numbers alone tell, by key: inputs that can't move the score by a point, and bands that no account reaches with
    /// every factor known (a person's adjustment apart).
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.dead_inputs(&mut findings);
        self.bands_out_of_reach(&mut findings);
        findings.sort_by(|a, b| a.key.cmp(&b.key));
        findings
    }

    /// What a factor of health can come to.
    pub(super) fn reach(&self, factor: Factor) -> ScoreRange {
        let (usage, support) = (&self.health.product_usage, &self.health.support);
        let (engagement, business) = (&self.health.engagement, &self.health.business);
        match factor {
            Factor::LoginFrequency => {
                ScoreRange::curves([&usage.login_frequency.per_seat, &usage.login_frequency.absolute])
            }
            Factor::FeatureAdoption => ScoreRange::curves([&usage.feature_adoption.curve]),
            Factor::SessionDuration => {
                ScoreRange::curves([&usage.session_duration.ratio, &usage.session_duration.minutes])
            }
            Factor::UserActivity => ScoreRange::curves([&usage.user_activity.curve]),
            Factor::Training => ScoreRange::curves([&usage.training.curve]),
            Factor::TicketVolume => ScoreRange::curves([&support.ticket_volume.curve]),
            Factor::TicketSeverity => {
                let severity = &support.ticket_severity;
                let any = severity.urgent.max(severity.escalated) > Points(0);
                ScoreRange { low: if any { 0 } else { FULL }, high: FULL }
            }
            Factor::ResolutionTime => ScoreRange::curves([&support.resolution_time.curve]),
            Factor::Csat => ScoreRange::curves([&support.csat.curve]),
            Factor::MeetingFrequency => ScoreRange::of(engagement.meeting_frequency.steps),
            Factor::ResponseRate => ScoreRange::curves([&engagement.response_rate.curve]),
            Factor::Outcomes => {
                let outcomes = &engagement.outcomes;
                ScoreRange::of([outcomes.positive, outcomes.neutral, outcomes.action_required, outcomes.negative])
            }
            Factor::Stakeholders => {
                let people = &engagement.stakeholders;
                ScoreRange::of([people.single_key, people.single, people.no_key, people.one_key, people.both_keys])
            }
            Factor::ContractValue => {
                let value = &business.contract_value;
                ScoreRange::of([value.base, Points(value.base.0 + value.span.0)])
            }
            Factor::Payment => ScoreRange::curves([&business.payment.curve]),
            Factor::Expansion => {
                let expansion = &business.expansion;
                let ScoreRange { low, high } = ScoreRange::curves([&expansion.curve]);
                ScoreRange { low: (low - expansion.malus.0).max(0), high: (high + expansion.bonus.0).min(FULL) }
            }
            Factor::Renewal => {
                let renewal = &business.renewal;
                let stages = [renewal.committed, renewal.likely, renewal.at_risk, renewal.will_churn];
                let days = renewal.days.0.iter().map(|(_, score)| *score);
                ScoreRange::of(stages.into_iter().chain(days).chain([renewal.auto_renewing, renewal.overdue]))
            }
        }
    }

    /// What a factor of churn risk can come to, where health can come to `health`.
    fn churn_reach(&self, factor: ChurnFactor, health: ScoreRange) -> ScoreRange {
        let churn = &self.churn;
        match factor {
            ChurnFactor::DecliningHealth => ScoreRange { low: FULL - health.high, high: FULL - health.low }
                .or(ScoreRange::curves([&churn.declining_health.trend])),
            ChurnFactor::ReducedEngagement => {
                let reduced = &churn.reduced_engagement;
                ScoreRange::curves([&reduced.fall])
                    .or(ScoreRange::of(reduced.steps))
                    .or(ScoreRange::curves([&reduced.stopped]))
            }
            ChurnFactor::SupportEscalations => {
                let escalations = &churn.support_escalations;
                let recent = [escalations.within_7_days, escalations.within_30_days, escalations.within_90_days];
                ScoreRange::curves([&escalations.share]).or(ScoreRange::of(recent.into_iter().chain([Points(0)])))
            }
            ChurnFactor::ContractPayment => {
                let contract = &churn.contract_payment;
                let days = contract.renewal.0.iter().map(|(_, score)| *score);
                ScoreRange::of(days.chain([contract.overdue])).or(ScoreRange::curves([&contract.past_due]))
            }
            ChurnFactor::Competitive => {
                let stages = &churn.competitive;
                let any = [stages.mention, stages.evaluation, stages.pilot, stages.decision].iter().any(|at| at.0 > 0);
                // Signals add up toward all there is, and fade.
                ScoreRange { low: 0, high: if any { FULL } else { 0 } }
            }
        }
    }

    /// Of a component with all of its factors known.
    fn component_reach(&self, component: Component) -> ScoreRange {
        let factors = Factor::ALL.iter().filter(|factor| factor.component() == component);
        ScoreRange::mean(&factors.map(|factor| (self.weight(*factor), self.reach(*factor))).collect::<Vec<_>>())
    }

    /// Of health with everything known, caps included.
    fn health_reach(&self) -> ScoreRange {
        let of = |component: &Component| (self.component_weight(*component), self.component_reach(*component));
        let parts: Vec<_> = Component::ALL.iter().map(of).collect();
        let ScoreRange { low, mut high } = ScoreRange::mean(&parts);
        let caps = &self.caps;
        let counted = || parts.iter().filter(|(weight, _)| *weight > Points(0)).map(|(_, reach)| reach);
        if counted().any(|reach| reach.high <= caps.weak_from.0) {
            high = high.min(caps.weak_component.0);
        }
        let weak = counted().any(|reach| reach.low <= caps.weak_from.0).then_some(caps.weak_component);
        let capped = [caps.champion_left, caps.urgent_ticket, caps.sentiment_red].into_iter().chain(weak);
        ScoreRange { low: capped.fold(low, |low, cap| low.min(cap.0)), high }
    }

    fn dead_inputs(&self, findings: &mut Vec<Finding>) {
        let mut dead = |key: String, message: String| findings.push(Finding::new(Oddity::DeadInput, key, message));
        let health: i128 = Component::ALL.iter().map(|part| i128::from(self.component_weight(*part).0)).sum();
        for component in Component::ALL {
            let factors = || Factor::ALL.iter().filter(|factor| factor.component() == *component);
            let weight = self.component_weight(*component).0;
            if weight == 0 {
                dead(format!("health.{component}.weight"), format!("is 0: {component} does not count for health"));
                continue;
            }
            let all: i128 = factors().map(|factor| i128::from(self.weight(*factor).0)).sum();
            for factor in factors() {
                let key = format!("health.{component}.{factor}");
                let share = (i128::from(weight) * i128::from(self.weight(*factor).0), health * all);
                counts(&mut dead, &key, share, self.reach(*factor));
            }
        }
        let (all, reach) = (ChurnFactor::ALL, self.health_reach());
        let churn: i128 = all.iter().map(|factor| i128::from(self.churn_weight(*factor).0)).sum();
        for factor in all {
            let share = (i128::from(self.churn_weight(*factor).0), churn);
            counts(&mut dead, &format!("churn.{factor}"), share, self.churn_reach(*factor, reach));
        }
        let touch = &self.touch;
        let cadences = [&touch.startup, &touch.small, &touch.medium, &touch.large, &touch.enterprise, &touch.unknown];
        if cadences.iter().all(|days| days.is_empty()) {
            dead("touch".into(), "has no cadence for any size: meeting_frequency is always missing".into());
        }
        let caps = &self.caps;
        let named = [
            ("champion_left", caps.champion_left),
            ("urgent_ticket", caps.urgent_ticket),
            ("weak_component", caps.weak_component),
            ("sentiment_red", caps.sentiment_red),
        ];
        for (name, cap) in named {
            if cap.0 >= FULL {
                dead(format!("caps.{name}"), "is 100: it lowers nothing".into());
            }
        }
        let floors = &self.floors;
        let named = [
            ("will_churn", floors.will_churn),
            ("past_due", floors.past_due),
            ("at_risk", floors.at_risk),
            ("champion_left", floors.champion_left),
        ];
        for (name, floor) in named {
            if floor.0 == 0 {
                dead(format!("floors.{name}"), "is 0: it raises nothing".into());
            }
        }
    }

    fn bands_out_of_reach(&self, findings: &mut Vec<Finding>) {
        let reach = self.health_reach();
        let bands = &self.bands;
        let edges = [
            (Band::Healthy.as_str(), bands.healthy, 101),
            (Band::Moderate.as_str(), bands.moderate, bands.healthy),
            (Band::Concern.as_str(), bands.concern, bands.moderate),
            (Band::Critical.as_str(), 0, bands.concern),
        ];
        unreached("bands", "health", reach, &edges, findings);
        let parts =
            ChurnFactor::ALL.iter().map(|factor| (self.churn_weight(*factor), self.churn_reach(*factor, reach)));
        let ScoreRange { low, high } = ScoreRange::mean(&parts.collect::<Vec<_>>());
        let floors = &self.floors;
        let floors = [floors.will_churn, floors.past_due, floors.at_risk, floors.champion_left];
        let risk = ScoreRange { low, high: floors.iter().fold(high, |high, floor| high.max(floor.0)) };
        let bands = &self.churn_bands;
        let edges = [
            (ChurnBand::Severe.as_str(), bands.severe, 101),
            (ChurnBand::High.as_str(), bands.high, bands.severe),
            (ChurnBand::Medium.as_str(), bands.medium, bands.high),
            (ChurnBand::Low.as_str(), 0, bands.medium),
        ];
        unreached("churn_bands", "churn risk", risk, &edges, findings);
    }
}

/// What keeps a factor with this share of the score from moving it.
fn counts(dead: &mut impl FnMut(String, String), key: &str, (part, whole): (i128, i128), reach: ScoreRange) {
    let span = reach.high - reach.low;
    if part == 0 {
        dead(format!("{key}.weight"), "is 0: it never counts".into());
    } else if span <= 0 {
        dead(key.to_owned(), format!("is always {}, whatever the data", ScoreRange::whole(reach.high)));
    } else if let Some(moved) = half_to_even(part * i128::from(span), whole).filter(|moved| *moved < SHOWN) {
        dead(key.to_owned(), format!("moves the score by at most {}.{:02} points", moved / 100, moved % 100));
    }
}

/// Bands, each with its lower edge and the next one's, that lie outside of `reach`.
fn unreached(section: &str, what: &str, reach: ScoreRange, bands: &[(&str, i64, i64)], findings: &mut Vec<Finding>) {
    for (band, from, below) in bands {
        if ScoreRange::whole(reach.high) < *from || ScoreRange::whole(reach.low) >= *below {
            let message = format!("{what} is {} if every factor has data: no account can be {band}", reach.told());
            findings.push(Finding::new(Oddity::UnreachableBand, format!("{section}.{band}"), message));
        }
    }
}
