//! The scores of an account day by day.

use serde::Serialize;

use super::health::part;
use super::record::{optional_number, text};
use super::{Members, record};
use crate::model::noun::{Field, Meaning, Value};
use crate::model::number::{HOURS, PERCENT};
use crate::store::scores::snapshots::Snapshot;

const fn score(name: &'static str) -> Field {
    Field::new(name, Meaning::Number(&HOURS), "0 to 100, with two decimals; null: no data")
}

/// The snapshot of a day. Components and factors are scores of 0 to 100: for health 100 is best, for churn risk worst.
pub static SNAPSHOT_FIELDS: &[Field] = &[
    Field::new("as_of", Meaning::Date, "day of the snapshot").required(),
    Field::new("health_score", Meaning::Score, "0 to 100, 100 is best; null: insufficient data"),
    Field::new("band", Meaning::Line, "healthy, moderate, concern, critical, insufficient_data or onboarding")
        .required(),
    Field::new("churn_risk_score", Meaning::Score, "0 to 100, 100 is worst; null: insufficient data"),
    Field::new("churn_band", Meaning::Line, "low, medium, high, severe or insufficient_data").required(),
    Field::new(
        "health_coverage",
        Meaning::Number(&PERCENT),
        "share of the health model for which there is data, in percent",
    )
    .required(),
    Field::new(
        "churn_coverage",
        Meaning::Number(&PERCENT),
        "share of the churn model for which there is data, in percent",
    )
    .required(),
    Field::new("uncapped_score", Meaning::Number(&HOURS), "health score before caps and adjustment").required(),
    score("product_usage"),
    score("support"),
    score("engagement"),
    score("business"),
    score("login_frequency"),
    score("feature_adoption"),
    score("session_duration"),
    score("user_activity"),
    score("training"),
    score("ticket_volume"),
    score("ticket_severity"),
    score("resolution_time"),
    score("csat"),
    score("meeting_frequency"),
    score("response_rate"),
    score("outcomes"),
    score("stakeholders"),
    score("contract_value"),
    score("payment"),
    score("expansion"),
    score("renewal"),
    score("declining_health"),
    score("reduced_engagement"),
    score("support_escalations"),
    score("contract_payment"),
    score("competitive"),
    Field::new("model", Meaning::Line, "fingerprint of the model").required(),
    Field::new(
        "provisional_health_score",
        Meaning::Score,
        "score from insufficient data, pulled toward 50; null: there is a health score",
    ),
];

/// The value of a field of [`SNAPSHOT_FIELDS`].
pub fn value(day: &Snapshot, field: &Field) -> Value {
    match field.name {
        "as_of" => Value::Date(day.snapshot_date),
        "health_score" => optional_number(day.health()),
        "band" => text(&day.band),
        "churn_risk_score" => optional_number(day.churn_risk()),
        "provisional_health_score" => optional_number(day.provisional_health()),
        "churn_band" => text(&day.churn_band),
        "health_coverage" => Value::Integer(day.health_coverage),
        "churn_coverage" => Value::Integer(day.churn_coverage),
        "uncapped_score" => Value::Integer(day.health_drawn),
        "model" => text(&day.model),
        name => optional_number(part(day, name)),
    }
}

/// The days of an account, the oldest first.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HealthHistory {
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::days))]
    pub data: Vec<Members>,
    /// Number of days.
    pub total: u64,
}

impl From<&[Snapshot]> for HealthHistory {
    fn from(days: &[Snapshot]) -> Self {
        let data = days.iter().map(|day| record(SNAPSHOT_FIELDS, |field| value(day, field)));
        Self { data: data.collect(), total: days.len() as u64 }
    }
}

#[cfg(feature = "schema")]
mod schemas {
    use utoipa::openapi::{RefOr, Schema};

    pub(super) fn days() -> RefOr<Schema> {
        super::super::schema::records(super::SNAPSHOT_FIELDS, "one day per run, the oldest first")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::scores::snapshots::Parts;

    #[test]
    fn has_every_part() {
        let parts: Vec<&str> = SNAPSHOT_FIELDS.iter().map(|field| field.name).collect();
        assert_eq!(parts[8..parts.len() - 2], *Parts::NAMES);
    }
}
