//! How likely an account is to churn, as far as its model knows.

use chrono::NaiveDate;
use serde::Serialize;

use super::Hundredths;
use crate::score::Likelihood;

/// The probability of churn at the health score of an account, from the section `[probability]` of its model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChurnLikelihood {
    /// As a multiple of the usual, such as 3: of the base rate of the model; null: the model does not say it.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub times_usual: Option<Hundredths>,
    /// The same in words: `about 3 times the usual`.
    pub usual: Option<String>,
    /// Percent of accounts with this health score that churn in the window; null: hidden.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub percent: Option<Hundredths>,
    /// Days from the score to the window.
    pub lead: u32,
    /// Days of the window.
    pub horizon: u32,
    /// `holds`: the last closed window confirms the percent; `too_few`: too few accounts churned to check it; `unchecked`: no scores are
    /// old enough. Hidden: `off`: observed for each expected was outside 0.7 to 1.4; `past`: the score is of an earlier day.
    pub verdict: &'static str,
    /// The check in words.
    pub note: String,
    /// Null: unchecked, or a past day.
    pub check: Option<LikelihoodCheck>,
}

/// The accounts that churned in the last closed window, compared with those that were expected to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct LikelihoodCheck {
    /// The day of the scores.
    pub scored_on: NaiveDate,
    /// First and last day of the window.
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    /// Accounts with a score that were customers when the window began.
    pub accounts: i64,
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub expected: Hundredths,
    pub observed: i64,
    /// Null: nothing was expected.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub observed_of_expected: Option<Hundredths>,
}

impl From<&Likelihood> for ChurnLikelihood {
    fn from(of: &Likelihood) -> Self {
        let check = of.check.map(|check| LikelihoodCheck {
            scored_on: check.scored_on,
            from: of.window.map(|(from, _)| from),
            to: of.window.map(|(_, to)| to),
            accounts: check.accounts,
            expected: Hundredths(check.expected),
            observed: check.observed,
            observed_of_expected: check.ratio().map(Hundredths),
        });
        Self {
            times_usual: of.times_usual.map(Hundredths),
            usual: of.usual(),
            percent: of.percent.map(Hundredths),
            lead: of.lead,
            horizon: of.horizon,
            verdict: of.verdict.as_str(),
            note: of.note(),
            check,
        }
    }
}
