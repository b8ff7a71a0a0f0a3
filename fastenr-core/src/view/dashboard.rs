//! The figures of a dashboard.

use chrono::NaiveDate;
use serde::Serialize;

use super::Hundredths;
use super::health_summary::{AtRisk, BandCount, cents};
use crate::model::Status;
use crate::money::Cents;
use crate::ops::dashboard::{Dashboard, ENGAGEMENT_DAYS, RENEWAL_DAYS};
use crate::ops::scores::views::LeftOut;
use crate::score::alerts::Severity;

/// Figures of the accounts that match at one moment; archived accounts and their records only with a filter for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DashboardStats {
    /// The day of the latest run; null: no run yet.
    pub as_of: Option<NaiveDate>,
    /// The organization's currency.
    pub currency: String,
    /// Number of accounts, including churned ones.
    pub accounts: u64,
    /// Total ARR, without churned accounts.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub arr: Cents,
    /// One entry per status.
    pub statuses: Vec<StatusCount>,
    pub health: DashboardHealth,
    pub at_risk: AtRisk,
    pub renewals: DashboardRenewals,
    pub alerts: DashboardAlerts,
    pub engagements: DashboardEngagements,
    pub goals: DashboardGoals,
}

/// The accounts with a status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct StatusCount {
    /// `active`, `churned`, `at_risk` or `onboarding`.
    pub status: &'static str,
    pub accounts: u64,
    /// Their ARR.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub arr: Cents,
}

/// Distribution of health, by the scores that lists show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DashboardHealth {
    /// Number of accounts in the bands.
    pub accounts: u64,
    /// Mean of their scores, 0 to 100, all accounts weighted equally; null: no accounts.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub average: Option<Hundredths>,
    /// The best first: `healthy`, `moderate`, `concern`, `critical`.
    pub bands: Vec<BandCount>,
    pub left_out: LeftOut,
}

/// Accounts whose contract ends soon or has ended, without churned accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DashboardRenewals {
    /// Contracts end within this many days.
    pub days: u32,
    /// The last of these days.
    pub by: NaiveDate,
    pub accounts: u64,
    /// Their ARR.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub arr: Cents,
}

/// Open alerts: neither acknowledged, snoozed, held nor resolved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DashboardAlerts {
    pub open: u64,
    pub critical: u64,
    pub warning: u64,
    pub info: u64,
}

/// Recently completed engagements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DashboardEngagements {
    /// Completed in this many days until now.
    pub days: u32,
    pub completed: u64,
    /// One entry per type with completed engagements.
    pub types: Vec<TypeCount>,
}

/// Number of completed engagements of a type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TypeCount {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub completed: u64,
}

/// Open goals: neither achieved nor missed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct DashboardGoals {
    pub open: u64,
    pub on_track: u64,
    pub at_risk: u64,
}

impl From<&Dashboard> for DashboardStats {
    fn from(found: &Dashboard) -> Self {
        let at_risk = found.of(Status::AtRisk);
        let bands = found.bands.iter();
        let alerts = |severity: Severity| found.alerts.iter().filter(|(of, _)| *of == severity).map(|(_, n)| n).sum();
        let goals = |status: &str| found.goals.iter().filter(|(of, _)| of.as_str() == status).map(|(_, n)| n).sum();
        Self {
            as_of: found.day,
            currency: found.currency.clone(),
            accounts: found.accounts(),
            arr: cents(found.arr()),
            statuses: found
                .statuses
                .iter()
                .map(|(status, share)| StatusCount {
                    status: status.as_str(),
                    accounts: share.accounts,
                    arr: cents(share.arr),
                })
                .collect(),
            health: DashboardHealth {
                accounts: found.bands.iter().map(|(_, share)| share.accounts).sum(),
                average: found.mean_health.map(Hundredths),
                bands: bands
                    .map(|(band, share)| BandCount {
                        band: band.as_str(),
                        accounts: share.accounts,
                        arr: cents(share.arr),
                    })
                    .collect(),
                left_out: found.left_out,
            },
            at_risk: AtRisk { accounts: at_risk.accounts, arr: cents(at_risk.arr) },
            renewals: DashboardRenewals {
                days: RENEWAL_DAYS,
                by: found.renewals_by,
                accounts: u64::try_from(found.renewals.count).unwrap_or(0),
                arr: Cents(found.renewals.arr),
            },
            alerts: DashboardAlerts {
                open: found.alerts.iter().map(|(_, count)| count).sum(),
                critical: alerts(Severity::Critical),
                warning: alerts(Severity::Warning),
                info: alerts(Severity::Info),
            },
            engagements: DashboardEngagements {
                days: ENGAGEMENT_DAYS,
                completed: found.engagements.iter().map(|(_, count)| count).sum(),
                types: found
                    .engagements
                    .iter()
                    .map(|(kind, completed)| TypeCount { kind: kind.as_str(), completed: *completed })
                    .collect(),
            },
            goals: DashboardGoals {
                open: found.goals.iter().map(|(_, count)| count).sum(),
                on_track: goals("on_track"),
                at_risk: goals("at_risk"),
            },
        }
    }
}
