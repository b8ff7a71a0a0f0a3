//! The scoring model: a TOML file with every number of `docs/scoring.md`.
//!
//! What a file leaves out, a whole section or one number, is the built-in model's: a file need not say more than what it
//! changes. A number more needs a line in `builtin.toml`, a field here and, where it is no score, a rule in `rule.rs`.
//!
//! Windows of days are no part of it: facts are gathered once for all models of an organization.

mod applies;
mod distribution;
mod lint;
mod probability;
mod read;
mod rule;
mod together;
mod weights;
mod write;

use serde::{Deserialize, Serialize};

pub use applies::{AppliesTo, FingerprintedModel, Models, Word};
pub use distribution::Distribution;
pub use lint::{Finding, Oddity};
pub use probability::Probability;
pub use read::Problem;

use super::curve::{Curve, Points, Ratio};
use crate::model::Band;

/// The model that scores every account for which an organization has no other.
pub const BUILTIN: &str = include_str!("builtin.toml");

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    pub name: String,
    /// Which accounts it scores; none: all. Read and written apart from the numbers.
    #[serde(skip)]
    pub applies_to: Option<AppliesTo>,
    /// How likely churn is by health; only a fitted model knows. Likewise apart.
    #[serde(skip)]
    pub probability: Option<Probability>,
    pub bands: Bands,
    pub churn_bands: ChurnBands,
    pub coverage: Coverage,
    pub onboarding: Onboarding,
    pub touch: Cadences,
    pub health: HealthModel,
    pub caps: Caps,
    pub churn: ChurnModel,
    pub floors: Floors,
    pub status: StatusRule,
    pub alerts: Alerts,
}

/// Lower edges, inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Bands {
    pub healthy: i64,
    pub moderate: i64,
    pub concern: i64,
}

impl Bands {
    /// The band of a score of 0 to 100.
    pub const fn of(&self, score: i64) -> Band {
        match score {
            _ if score >= self.healthy => Band::Healthy,
            _ if score >= self.moderate => Band::Moderate,
            _ if score >= self.concern => Band::Concern,
            _ => Band::Critical,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ChurnBands {
    pub medium: i64,
    pub high: i64,
    pub severe: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Percent: the floor is half of the book's mean coverage, held between these.
    pub floor_min: Points,
    pub floor_max: Points,
    /// Percent: what has insufficient data is drawn toward the middle by its coverage of this.
    pub draw_below: Points,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Onboarding {
    pub days: i64,
}

/// Days without a touch at the cadence, at its second and at its third step; empty: no cadence.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Cadences {
    pub startup: Vec<i64>,
    pub small: Vec<i64>,
    pub medium: Vec<i64>,
    pub large: Vec<i64>,
    pub enterprise: Vec<i64>,
    pub unknown: Vec<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HealthModel {
    pub product_usage: ProductUsage,
    pub support: Support,
    pub engagement: Engagement,
    pub business: Business,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ProductUsage {
    pub weight: Points,
    pub login_frequency: LoginFrequency,
    pub feature_adoption: Plain,
    pub session_duration: SessionDuration,
    pub user_activity: Plain,
    pub training: Plain,
}

/// A factor with a weight and a curve.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Plain {
    pub weight: Points,
    pub curve: Curve,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LoginFrequency {
    pub weight: Points,
    pub per_seat: Curve,
    pub absolute: Curve,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SessionDuration {
    pub weight: Points,
    pub ratio: Curve,
    pub minutes: Curve,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Support {
    pub weight: Points,
    /// Seats for one unit of tolerance.
    pub seats: i64,
    pub ticket_volume: Plain,
    pub ticket_severity: TicketSeverity,
    pub resolution_time: ResolutionTime,
    pub csat: Csat,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TicketSeverity {
    pub weight: Points,
    pub urgent: Points,
    pub escalated: Points,
    /// Days.
    pub half_life: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ResolutionTime {
    pub weight: Points,
    pub target_hours: Ratio,
    pub least: i64,
    pub curve: Curve,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Csat {
    pub weight: Points,
    pub prior: i64,
    pub curve: Curve,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Engagement {
    pub weight: Points,
    pub meeting_frequency: MeetingFrequency,
    pub response_rate: ResponseRate,
    pub outcomes: Outcomes,
    pub stakeholders: Stakeholders,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MeetingFrequency {
    pub weight: Points,
    /// At 0 days and at the three steps of the cadence.
    pub steps: [Points; 4],
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ResponseRate {
    pub weight: Points,
    pub least: i64,
    pub curve: Curve,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Outcomes {
    pub weight: Points,
    pub half_life: i64,
    pub positive: Points,
    pub neutral: Points,
    pub action_required: Points,
    pub negative: Points,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Stakeholders {
    pub weight: Points,
    pub single_key: Points,
    pub single: Points,
    pub no_key: Points,
    pub one_key: Points,
    pub both_keys: Points,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Business {
    pub weight: Points,
    pub contract_value: ContractValue,
    pub payment: Plain,
    pub expansion: Expansion,
    pub renewal: Renewal,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ContractValue {
    pub weight: Points,
    pub base: Points,
    pub span: Points,
    pub least: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Expansion {
    pub weight: Points,
    pub curve: Curve,
    pub bonus: Points,
    pub bonus_from: Ratio,
    pub malus: Points,
    pub malus_below: Ratio,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    pub weight: Points,
    pub committed: Points,
    pub likely: Points,
    pub at_risk: Points,
    pub will_churn: Points,
    pub auto_renewing: Points,
    pub days: Curve,
    pub overdue: Points,
    pub overdue_days: i64,
}

/// Scores at most, by reason.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Caps {
    pub champion_left: Points,
    pub urgent_ticket: Points,
    pub weak_component: Points,
    pub weak_from: Points,
    pub sentiment_red: Points,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ChurnModel {
    pub declining_health: DecliningHealth,
    pub reduced_engagement: ReducedEngagement,
    pub support_escalations: SupportEscalations,
    pub contract_payment: ContractPayment,
    pub competitive: Competitive,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DecliningHealth {
    pub weight: Points,
    pub trend: Curve,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ReducedEngagement {
    pub weight: Points,
    pub fall: Curve,
    pub least: i64,
    pub steps: [Points; 4],
    /// By days without use, after so many days of it.
    pub stopped: Curve,
    pub stopped_after: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SupportEscalations {
    pub weight: Points,
    pub share: Curve,
    pub least: i64,
    pub within_7_days: Points,
    pub within_30_days: Points,
    pub within_90_days: Points,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ContractPayment {
    pub weight: Points,
    pub renewal: Curve,
    pub overdue: Points,
    pub overdue_days: i64,
    pub past_due: Curve,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Competitive {
    pub weight: Points,
    pub half_life: i64,
    pub mention: Ratio,
    pub evaluation: Ratio,
    pub pilot: Ratio,
    pub decision: Ratio,
}

/// Churn risks at least, by reason.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Floors {
    pub will_churn: Points,
    pub past_due: Points,
    pub past_due_days: i64,
    pub at_risk: Points,
    pub champion_left: Points,
    pub renewal_days: i64,
}

/// When a run turns `active` into `at_risk`, and back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StatusRule {
    pub enabled: bool,
    pub at_risk_health: i64,
    pub at_risk_churn: i64,
    pub back_health: i64,
    pub back_churn: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Alerts {
    /// Percent of the book.
    pub guard: i64,
    pub guard_from: i64,
    /// Points.
    pub hysteresis: i64,
    pub health_below: HealthBelow,
    pub health_drop: HealthDrop,
    pub churn_rise: ChurnRise,
    pub engagement_gap: Switch,
    pub support_escalation: SupportEscalation,
    pub renewal_window: RenewalWindow,
    pub usage_stop: UsageStop,
    pub goal_at_risk: Switch,
    pub goal_missed: Switch,
    pub data_quality: DataQuality,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    pub enabled: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HealthBelow {
    pub enabled: bool,
    pub warning: i64,
    pub critical: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HealthDrop {
    pub enabled: bool,
    /// Points lost in 7 days, and in 30.
    pub week: i64,
    pub month: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ChurnRise {
    pub enabled: bool,
    pub level: i64,
    /// Points gained in 30 days.
    pub month: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SupportEscalation {
    pub enabled: bool,
    /// So many in 30 days, per unit of tolerance, are critical.
    pub critical: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RenewalWindow {
    pub enabled: bool,
    /// Days to contract_end, descending.
    pub days: [i64; 3],
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct UsageStop {
    pub enabled: bool,
    /// Days without a login.
    pub days: i64,
    /// Days of use before.
    pub after: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DataQuality {
    pub enabled: bool,
    /// Days without a row of a feed that came daily.
    pub days: i64,
}

#[cfg(test)]
mod tests;
