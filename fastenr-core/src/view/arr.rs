//! The ARR of a period and what moved it.

use chrono::NaiveDate;
use serde::Serialize;

use super::Hundredths;
use crate::arr::{Amount, Figures};
use crate::model::arr_change::GroupBy;
use crate::money::Cents;
use crate::ops::arr::ArrReport;

/// The ARR movements of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ArrSummary {
    /// The first day of the period.
    pub from: NaiveDate,
    /// The last day of the period.
    pub to: NaiveDate,
    /// The organization's currency.
    pub currency: String,
    /// Grouping: `size`, `industry`, `owner`, `month`, `quarter` or `year`; null: not grouped.
    pub by: Option<&'static str>,
    /// Sizes from small to large, other groups by name, accounts without a value last; periods in order.
    pub groups: Vec<ArrSummaryGroup>,
    pub total: ArrFigures,
    /// Churned accounts without a churn date; no other figure includes them.
    pub undated: ArrUndated,
    /// Accounts whose ARR differs from the end of their history; the figures use the last change.
    pub inconsistent: u64,
}

/// The figures of a group of accounts, or of a part of the period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ArrSummaryGroup {
    /// Value of the grouping, or name of the part; null: accounts without a value.
    pub group: Option<String>,
    /// The first day of a part of the period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// The last day of a part of the period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<NaiveDate>,
    #[serde(flatten)]
    pub figures: ArrFigures,
}

/// Opening + new + expansion − contraction − churn = closing, to the cent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ArrFigures {
    /// ARR at the end of the day before the period.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub opening: Cents,
    /// ARR of accounts without ARR at the opening.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub new: Cents,
    /// Increase of the ARR of accounts with ARR at the opening.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub expansion: Cents,
    /// Decrease of the ARR of accounts that still have ARR at the closing.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub contraction: Cents,
    /// Lost ARR of accounts without ARR at the closing.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub churn: Cents,
    /// ARR at the end of the last day.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub closing: Cents,
    /// Net revenue retention, in percent of the opening; can exceed 100. Null: the opening is 0.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub nrr: Option<Hundredths>,
    /// Gross revenue retention, 0 to 100 percent of the opening. Null: the opening is 0.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub grr: Option<Hundredths>,
    /// Number of accounts in each amount.
    pub accounts: ArrAccounts,
}

/// Number of accounts in each amount. Opening + new − churn = closing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ArrAccounts {
    pub opening: u64,
    pub new: u64,
    pub expansion: u64,
    pub contraction: u64,
    pub churn: u64,
    pub closing: u64,
}

/// Churned accounts without a churn date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ArrUndated {
    pub accounts: u64,
    /// Their ARR.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub arr: Cents,
}

impl From<&ArrReport> for ArrSummary {
    fn from(report: &ArrReport) -> Self {
        let timed = report.by.is_some_and(|by| by.step().is_some());
        let groups = report.groups.iter().map(|group| ArrSummaryGroup {
            group: group.name.clone(),
            from: timed.then(|| group.period.from()),
            to: timed.then(|| group.period.to()),
            figures: ArrFigures::from(&group.figures),
        });
        let Amount { accounts, arr } = report.total.undated;
        Self {
            from: report.period.from(),
            to: report.period.to(),
            currency: report.currency.clone(),
            by: report.by.map(GroupBy::as_str),
            groups: groups.collect(),
            total: ArrFigures::from(&report.total),
            undated: ArrUndated { accounts, arr },
            inconsistent: report.total.inconsistent,
        }
    }
}

impl From<&Figures> for ArrFigures {
    fn from(figures: &Figures) -> Self {
        let Figures { opening, new, expansion, contraction, churn, closing, .. } = *figures;
        Self {
            opening: opening.arr,
            new: new.arr,
            expansion: expansion.arr,
            contraction: contraction.arr,
            churn: churn.arr,
            closing: closing.arr,
            nrr: figures.nrr().map(Hundredths),
            grr: figures.grr().map(Hundredths),
            accounts: ArrAccounts {
                opening: opening.accounts,
                new: new.accounts,
                expansion: expansion.accounts,
                contraction: contraction.accounts,
                churn: churn.accounts,
                closing: closing.accounts,
            },
        }
    }
}
