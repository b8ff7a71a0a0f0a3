//! Where the book stands on the day of the latest run.

use chrono::NaiveDate;
use serde::Serialize;

use super::Hundredths;
use crate::money::Cents;
use crate::ops::scores::views::tally::Tally;
use crate::ops::scores::views::{By, GroupLine, LeftOut, Summary, Trend};
use crate::score::Component;

/// Health and churn risk of the accounts that pass, as they are now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HealthSummary {
    /// The day of the latest run; null: there was none.
    pub as_of: Option<NaiveDate>,
    /// The organization's currency.
    pub currency: String,
    /// All accounts that pass.
    pub accounts: u64,
    /// Their ARR; of churned ones only where `status` or `band` names them.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub arr: Cents,
    pub health: HealthDistribution,
    pub churn_risk: ChurnDistribution,
    pub at_risk: AtRisk,
    /// How many accounts have a score that a person set.
    pub adjusted: u64,
    pub left_out: LeftOut,
    /// Percent of the weight of health that is known of an account on average: of the whole book, whoever passes; null: the run did
    /// not count it.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub mean_coverage: Option<Hundredths>,
    /// The component of which most accounts of insufficient data have nothing: `product_usage`, `support` or `engagement`.
    pub most_missing: Option<&'static str>,
    /// `industry`, `size` or `owner`; null: by nothing.
    pub by: Option<&'static str>,
    /// By name, sizes from small to large, what has none last.
    pub groups: Vec<HealthGroup>,
    /// 30 and 90 days ago, with the ARR that accounts have today.
    pub trend: Vec<HealthTrend>,
}

/// Averages of whole scores of 0 to 100.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ScoreAverages {
    /// How many accounts are counted.
    pub accounts: u64,
    /// Each account counts alike; null of none.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub average: Option<Hundredths>,
    /// Each counts by its ARR; null where nobody pays anything.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub average_by_arr: Option<Hundredths>,
    /// The lowest score that 10 % of the accounts do not exceed.
    pub p10: Option<i64>,
    /// The same of 50 %.
    pub median: Option<i64>,
    /// The same of 90 %.
    pub p90: Option<i64>,
}

/// How health is distributed; 100 is best.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HealthDistribution {
    #[serde(flatten)]
    pub averages: ScoreAverages,
    /// The best first: `healthy`, `moderate`, `concern`, `critical`.
    pub bands: Vec<BandCount>,
    /// How many have 0 to 9, 10 to 19, … 90 to 100.
    pub histogram: [u64; 10],
}

/// How churn risk is distributed; 100 is worst.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChurnDistribution {
    #[serde(flatten)]
    pub averages: ScoreAverages,
    /// The best first: `low`, `medium`, `high`, `severe`.
    pub bands: Vec<BandCount>,
    /// Accounts with a health and too little data for a churn risk.
    pub insufficient_data: u64,
}

/// The accounts of a band.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct BandCount {
    pub band: &'static str,
    pub accounts: u64,
    /// Their ARR.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub arr: Cents,
}

/// The unarchived accounts with status at_risk, judged or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AtRisk {
    pub accounts: u64,
    /// Their ARR.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub arr: Cents,
}

/// Accounts with something in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HealthGroup {
    /// What they have in common; null: they have none.
    pub group: Option<String>,
    pub accounts: u64,
    /// Their ARR, as that of all.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub arr: Cents,
    pub health: ScoreAverages,
    pub churn_risk: ScoreAverages,
    pub at_risk: AtRisk,
}

/// The averages some time ago.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HealthTrend {
    pub days: u32,
    /// The last run at least so many days before the latest; null: there was none.
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
