//! Where an account stands: its scores, and what they are made of.

use chrono::NaiveDate;
use serde::Serialize;

use super::account::AccountName;
use super::likelihood::ChurnLikelihood;
use super::{Hundredths, Members, Named, named, record};
use crate::model::account::{ACCOUNT, Account};
use crate::model::entry::Entry;
use crate::model::metric::METRIC;
use crate::ops::scores::Outcome;
use crate::ops::scores::views::{EarlierScore, RecordingOutcome, Share, ShownScores};
use crate::score::{ChurnFactor, Component, Factor};
use crate::store::scores::snapshots::{Parts, Snapshot};
use crate::store::scores::touch::AdjustmentRow;

/// Fields of an account with an adjustment.
pub const ADJUSTED_BRIEF: [&str; 8] =
    ["id", "external_id", "name", "status", "health_score", "band", "churn_risk_score", "scored_at"];

/// The scores of an account from its last snapshot. Without a snapshot, its members are null.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HealthShown {
    pub account: AccountName,
    /// `active`, `churned`, `at_risk` or `onboarding`.
    pub status: &'static str,
    /// Source of the status: `person`, `import` or `model`.
    pub status_source: &'static str,
    /// The day of the snapshot.
    pub as_of: Option<NaiveDate>,
    /// The fingerprint of the model.
    pub model: Option<String>,
    /// 0 to 100, 100 is best; null: insufficient data.
    pub health_score: Option<i64>,
    /// Score from insufficient data, pulled toward 50; null: there is a health score.
    pub provisional_health_score: Option<i64>,
    /// `healthy`, `moderate`, `concern`, `critical`, `insufficient_data` or `onboarding`; `churned`: the scores are those of the
    /// last day as a customer.
    pub band: Option<String>,
    /// Share of the health model for which there is data, 0 to 100 %.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub health_coverage: Option<Hundredths>,
    /// Health score before caps and adjustment, 0 to 100.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub uncapped_score: Option<Hundredths>,
    /// The cap that lowers the score, in words.
    pub cap: Option<String>,
    pub adjustment: Option<HealthAdjustment>,
    /// 0 to 100, 100 is worst; null: insufficient data.
    pub churn_risk_score: Option<i64>,
    /// `low`, `medium`, `high`, `severe` or `insufficient_data`.
    pub churn_band: Option<String>,
    /// Share of the churn model for which there is data, 0 to 100 %.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub churn_coverage: Option<Hundredths>,
    /// The scores of the components, 0 to 100; null: no data.
    #[cfg_attr(feature = "schema", schema(value_type = Option<std::collections::BTreeMap<String, Option<f64>>>))]
    pub components: Option<Named<Option<Hundredths>>>,
    /// The scores of the factors of health, 0 to 100; null: no data.
    #[cfg_attr(feature = "schema", schema(value_type = Option<std::collections::BTreeMap<String, Option<f64>>>))]
    pub factors: Option<Named<Option<Hundredths>>>,
    /// The scores of the factors of churn risk, 0 to 100; null: no data.
    #[cfg_attr(feature = "schema", schema(value_type = Option<std::collections::BTreeMap<String, Option<f64>>>))]
    pub churn_factors: Option<Named<Option<Hundredths>>>,
    /// Changes since 7, 30 and 90 days ago.
    pub changes: Vec<HealthChange>,
    /// Place among the unarchived accounts of its size, scored on the same day with sufficient data.
    pub percentile: Option<HealthPlace>,
    /// Place among its own days of the last year.
    pub own_past: Option<HealthPlace>,
    /// Null: the model does not know it, there is no health score, or a user set it.
    pub churn_likelihood: Option<ChurnLikelihood>,
    /// Scores of the last 90 days, the oldest first, without days with insufficient data.
    pub recent: Vec<HealthDay>,
}

/// An adjustment: a score set by a user, which replaces that of the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HealthAdjustment {
    /// 0 to 100.
    pub score: i64,
    pub reason: String,
    /// Last day of the adjustment.
    pub until: NaiveDate,
    /// User who set it: e-mail address.
    pub by: String,
}

/// The score this many days ago.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HealthChange {
    pub days: u32,
    /// The day of the snapshot, up to a week older; null: no snapshot.
    pub as_of: Option<NaiveDate>,
    /// Null: insufficient data.
    pub health_score: Option<i64>,
    /// Score now minus score then; null: insufficient data on one of the two days.
    pub change: Option<i64>,
}

/// The number of lower scores among others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HealthPlace {
    pub lower: u64,
    pub of: u64,
    /// Share of lower scores, 0 to 100 %; null: no others.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub percent: Option<Hundredths>,
}

/// The health score of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HealthDay {
    pub as_of: NaiveDate,
    pub health_score: i64,
}

/// A part of a snapshot by its name, in basis points; none where it is missing.
pub fn part(snapshot: &Snapshot, name: &str) -> Option<i64> {
    let found = Parts::NAMES.iter().zip(snapshot.parts.values()).find(|(known, _)| **known == name);
    found.and_then(|(_, points)| points)
}

impl From<&ShownScores> for HealthShown {
    fn from(shown: &ShownScores) -> Self {
        let (account, day) = (&shown.account, shown.snapshot.as_ref());
        let parts = |names: &[&'static str]| -> Option<Named<Option<Hundredths>>> {
            let of = |day: &Snapshot, name: &str| (name.to_owned(), part(day, name).map(Hundredths));
            day.map(|day| names.iter().map(|name| of(day, name)).collect())
        };
        Self {
            account: AccountName::from(account),
            status: account.status.as_str(),
            status_source: account.status_source.as_str(),
            as_of: day.map(|day| day.snapshot_date),
            model: day.map(|day| day.model.clone()),
            health_score: day.and_then(Snapshot::health),
            provisional_health_score: day.and_then(Snapshot::provisional_health),
            band: shown.band().map(str::to_owned),
            health_coverage: day.map(|day| Hundredths(day.health_coverage)),
            uncapped_score: day.map(|day| Hundredths(day.health_drawn)),
            cap: shown.cap.clone(),
            adjustment: shown.adjustment.as_ref().map(HealthAdjustment::from),
            churn_risk_score: day.and_then(Snapshot::churn_risk),
            churn_band: day.map(|day| day.churn_band.clone()),
            churn_coverage: day.map(|day| Hundredths(day.churn_coverage)),
            components: parts(Component::TEXTS),
            factors: parts(Factor::TEXTS),
            churn_factors: parts(ChurnFactor::TEXTS),
            changes: shown.ago.iter().map(HealthChange::from).collect(),
            percentile: shown.peers.map(HealthPlace::from),
            own_past: shown.past.map(HealthPlace::from),
            churn_likelihood: shown.likelihood.as_ref().map(ChurnLikelihood::from),
            recent: shown
                .recent
                .iter()
                .map(|(as_of, health)| HealthDay { as_of: *as_of, health_score: *health })
                .collect(),
        }
    }
}

impl From<&AdjustmentRow> for HealthAdjustment {
    fn from(row: &AdjustmentRow) -> Self {
        Self { score: row.score, reason: row.reason.clone(), until: row.until_date, by: row.by.clone() }
    }
}

impl From<&EarlierScore> for HealthChange {
    fn from(ago: &EarlierScore) -> Self {
        let day = ago.snapshot.as_ref();
        Self {
            days: ago.days,
            as_of: day.map(|day| day.snapshot_date),
            health_score: day.and_then(Snapshot::health),
            change: ago.change,
        }
    }
}

impl From<Share> for HealthPlace {
    fn from(share: Share) -> Self {
        Self { lower: share.lower, of: share.of, percent: share.percent().map(Hundredths) }
    }
}

/// The result of recording metrics and a score.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HealthRecorded {
    /// The account after the change.
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::account))]
    pub account: Members,
    /// The metrics of the day; null: none were given.
    #[cfg_attr(feature = "schema", schema(schema_with = schemas::metrics))]
    pub metrics: Option<Members>,
}

impl From<&RecordingOutcome> for HealthRecorded {
    fn from(recorded: &RecordingOutcome) -> Self {
        let metrics = |row: &Entry| record(METRIC.fields, |field| row.value(field));
        Self { account: adjusted(&recorded.account), metrics: recorded.metrics.as_ref().map(metrics) }
    }
}

/// An account with an adjustment: the fields of [`ADJUSTED_BRIEF`].
pub fn adjusted(account: &Account) -> Members {
    record(named(&ACCOUNT, &ADJUSTED_BRIEF), |field| account.value(field))
}

/// The result of scoring a day.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Recomputed {
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The slug of the organization, if the result is for several days or organizations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
}

#[cfg(feature = "schema")]
mod schemas {
    use utoipa::openapi::{RefOr, Schema};

    use super::super::schema::{maybe, record};
    use super::{ACCOUNT, ADJUSTED_BRIEF, METRIC, named};

    pub(super) fn account() -> RefOr<Schema> {
        record(named(&ACCOUNT, &ADJUSTED_BRIEF)).description(Some("the account after the change")).into()
    }

    pub(super) fn metrics() -> RefOr<Schema> {
        maybe(METRIC.fields, "the metrics of the day; null: none were given")
    }
}
