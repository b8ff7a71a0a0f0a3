//! Where the book stands on the day of the latest run.

use chrono::NaiveDate;
use serde::Serialize;

use super::Hundredths;
use crate::money::Cents;
use crate::ops::scores::views::tally::Tally;
use crate::ops::scores::views::{By, GroupLine, LeftOut, Summary, Trend};
use crate::score::Component;

/// Health and churn risk of the accounts that match the filter now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HealthSummary {
    /// The day of the latest run; null: no run yet.
    pub as_of: Option<NaiveDate>,
    /// The organization's currency.
    pub currency: String,
    /// Number of accounts that match the filter.
    pub accounts: u64,
    /// Their total ARR; churned accounts count only if `status` or `band` names them.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub arr: Cents,
    pub health: HealthDistribution,
    pub churn_risk: ChurnDistribution,
    pub at_risk: AtRisk,
    /// Number of accounts with an adjustment.
    pub adjusted: u64,
    pub left_out: LeftOut,
    /// Mean share of the health model for which there is data, in percent: of all accounts, whatever the filter; null: the run
    /// did not count it.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub mean_coverage: Option<Hundredths>,
    /// The component without data for most accounts with insufficient data: `product_usage`, `support` or `engagement`.
    pub most_missing: Option<&'static str>,
    /// Grouping: `industry`, `size` or `owner`; null: not grouped.
    pub by: Option<&'static str>,
    /// By name, sizes from small to large, accounts without a value last.
    pub groups: Vec<HealthGroup>,
    /// Averages 30 and 90 days ago, weighted with today's ARR.
    pub trend: Vec<HealthTrend>,
}

/// Averages of whole scores, 0 to 100.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ScoreAverages {
    /// Number of accounts.
    pub accounts: u64,
    /// Average with equal weights; null: no accounts.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub average: Option<Hundredths>,
    /// Average weighted by ARR; null: no account has an ARR.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub average_by_arr: Option<Hundredths>,
    /// The lowest score that 10 % of the accounts do not exceed.
    pub p10: Option<i64>,
    /// The same for 50 %.
    pub median: Option<i64>,
    /// The same for 90 %.
    pub p90: Option<i64>,
}

/// Distribution of health; 100 is best.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HealthDistribution {
    #[serde(flatten)]
    pub averages: ScoreAverages,
    /// The best first: `healthy`, `moderate`, `concern`, `critical`.
    pub bands: Vec<BandCount>,
    /// Number of accounts with a score of 0 to 9, 10 to 19, … 90 to 100.
    pub histogram: [u64; 10],
}

/// Distribution of churn risk; 100 is worst.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChurnDistribution {
    #[serde(flatten)]
    pub averages: ScoreAverages,
    /// The best first: `low`, `medium`, `high`, `severe`.
    pub bands: Vec<BandCount>,
    /// Accounts with a health score and insufficient data for a churn risk.
    pub insufficient_data: u64,
}

/// Number of accounts in a band, and their ARR.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct BandCount {
    pub band: &'static str,
    pub accounts: u64,
    /// Their total ARR.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub arr: Cents,
}

/// The unarchived accounts with status at_risk, with or without a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AtRisk {
    pub accounts: u64,
    /// Their total ARR.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub arr: Cents,
}

/// A group of accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HealthGroup {
    /// Value of the grouping; null: accounts without a value.
    pub group: Option<String>,
    pub accounts: u64,
    /// Their total ARR; churned accounts count only if `status` or `band` names them.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub arr: Cents,
    pub health: ScoreAverages,
    pub churn_risk: ScoreAverages,
    pub at_risk: AtRisk,
}

/// The averages of an earlier run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HealthTrend {
    pub days: u32,
    /// The last run at least this many days before the latest; null: no such run.
    pub as_of: Option<NaiveDate>,
    pub health: ScoreAverages,
    pub churn_risk: ScoreAverages,
}

/// Cents that may be more than one account has.
pub fn cents(arr: i128) -> Cents {
    Cents(i64::try_from(arr).unwrap_or(i64::MAX))
}

impl From<&Summary> for HealthSummary {
    fn from(found: &Summary) -> Self {
        let total = &found.total;
        let band = |band: &'static str, accounts: u64, arr: i128| BandCount { band, accounts, arr: cents(arr) };
        let bands = found.bands.iter().map(|line| band(line.band.as_str(), line.accounts, line.arr));
        let churn_bands = found.churn_bands.iter().map(|line| band(line.band.as_str(), line.accounts, line.arr));
        Self {
            as_of: found.day,
            currency: found.currency.clone(),
            accounts: total.accounts,
            arr: cents(total.arr),
            health: HealthDistribution {
                averages: ScoreAverages::from(&total.health),
                bands: bands.collect(),
                histogram: total.health.histogram(),
            },
            churn_risk: ChurnDistribution {
                averages: ScoreAverages::from(&total.churn),
                bands: churn_bands.collect(),
                insufficient_data: found.churn_insufficient,
            },
            at_risk: AtRisk::from(total),
            adjusted: found.adjusted,
            left_out: found.left_out,
            mean_coverage: found.mean_coverage.map(Hundredths),
            most_missing: found.most_missing.map(Component::as_str),
            by: found.by.map(By::as_str),
            groups: found.groups.iter().map(HealthGroup::from).collect(),
            trend: found.trend.iter().map(HealthTrend::from).collect(),
        }
    }
}

impl From<&Tally> for ScoreAverages {
    fn from(tally: &Tally) -> Self {
        Self {
            accounts: tally.count(),
            average: tally.mean().map(Hundredths),
            average_by_arr: tally.weighted_mean().map(Hundredths),
            p10: tally.percentile(10),
            median: tally.percentile(50),
            p90: tally.percentile(90),
        }
    }
}

impl From<&GroupLine> for AtRisk {
    fn from(group: &GroupLine) -> Self {
        Self { accounts: group.at_risk_accounts, arr: cents(group.at_risk_arr) }
    }
}

impl From<&GroupLine> for HealthGroup {
    fn from(group: &GroupLine) -> Self {
        Self {
            group: group.name.clone(),
            accounts: group.accounts,
            arr: cents(group.arr),
            health: ScoreAverages::from(&group.health),
            churn_risk: ScoreAverages::from(&group.churn),
            at_risk: AtRisk::from(group),
        }
    }
}

impl From<&Trend> for HealthTrend {
    fn from(ago: &Trend) -> Self {
        Self {
            days: ago.days,
            as_of: ago.day,
            health: ScoreAverages::from(&ago.health),
            churn_risk: ScoreAverages::from(&ago.churn),
        }
    }
}
