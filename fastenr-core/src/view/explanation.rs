//! The explanation of an account's scores.
//!
//! With insufficient data a score is null, here as everywhere. The provisional score is shown beside it, because the
//! contributions have to add up to something.

use chrono::NaiveDate;
use serde::Serialize;

use super::likelihood::ChurnLikelihood;
use crate::ops::scores::{ExplainedScores, Since, Step};
use crate::score::{
    Amount, Band, CapLine, ChurnBand, ChurnExplanation, ChurnFactor, ComponentLine, Explanation, FactorLine, Line,
    NextBand,
};

/// The explanation of an account's scores.
///
/// The contributions of the components and the lines add up exactly to the health score, those of the churn factors and their
/// lines to the churn risk. With `insufficient_data`, they add up to the provisional score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HealthExplained {
    /// External id of the account, or id if it has none.
    pub account: String,
    pub name: String,
    pub as_of: NaiveDate,
    /// 0 to 100, 100 is best; null: insufficient data.
    pub health_score: Option<i64>,
    /// Score from insufficient data, pulled toward 50; null: there is a health score.
    pub provisional_health_score: Option<i64>,
    pub band: Band,
    /// 0 to 100, 100 is worst; null: insufficient data.
    pub churn_risk_score: Option<i64>,
    /// Share of the health model for which there is data, in percent.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub coverage: Amount,
    pub components: Vec<ComponentLine>,
    /// Other changes of the score, if any: `no_data`, `coverage`, `cap`, `adjustment`, `rounding`.
    pub lines: Vec<Line>,
    /// The caps that lower the score; the lowest one applies.
    pub caps: Vec<CapLine>,
    pub churn: ChurnExplained,
    /// What is needed to reach the next band.
    pub next_band: NextBand,
    /// Null: the model does not know it, there is no health score, or a user set it.
    pub churn_likelihood: Option<ChurnLikelihood>,
    /// Fields of the account that have a value today and had none on the day.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown_fields: Vec<&'static str>,
    /// Number of accounts in the organization with such fields; absent: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts_with_unknown_fields: Option<u64>,
    /// Name and fingerprint of the model.
    pub model: String,
    pub fingerprint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<ExplanationSince>,
}

/// The explanation of the churn risk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ChurnExplained {
    /// 0 to 100, 100 is worst; null: insufficient data.
    pub churn_risk_score: Option<i64>,
    /// Score from insufficient data, pulled toward 0; null: there is a churn risk.
    pub provisional_churn_risk_score: Option<i64>,
    pub band: ChurnBand,
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub coverage: Amount,
    pub factors: Vec<FactorLine<ChurnFactor>>,
    /// Other changes of the score, if any: `coverage`, `floor`, `rounding`.
    pub lines: Vec<Line>,
    /// The floors that raise the risk; the highest one applies.
    pub floors: Vec<CapLine>,
}

/// Changes since an earlier day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ExplanationSince {
    pub day: NaiveDate,
    /// Score on that day; null: insufficient data, also for the others.
    pub health_score: Option<i64>,
    pub provisional_health_score: Option<i64>,
    pub churn_risk_score: Option<i64>,
    pub provisional_churn_risk_score: Option<i64>,
    /// The causes that changed something; their changes add up to the difference, of provisional scores if there are no
    /// others.
    pub steps: Vec<Step>,
}

/// The score if it is shown, otherwise the provisional one.
pub fn either(score: i64, shown: bool) -> (Option<i64>, Option<i64>) {
    (shown.then_some(score), (!shown).then_some(score))
}

impl From<&ExplainedScores> for HealthExplained {
    fn from(of: &ExplainedScores) -> Self {
        let ExplainedScores {
            account,
            name,
            as_of,
            explanation,
            next_band,
            likelihood,
            unknown_fields,
            accounts_with_unknown_fields,
            model,
            fingerprint,
            since,
        } = of.clone();
        let Explanation { health_score, band, churn_risk_score: _, coverage, components, lines, caps, churn } =
            explanation;
        let (health_score, provisional_health_score) = either(health_score, band != Band::InsufficientData);
        let churn = ChurnExplained::from(churn);
        Self {
            account,
            name,
            as_of,
            health_score,
            provisional_health_score,
            band,
            churn_risk_score: churn.churn_risk_score,
            coverage,
            components,
            lines,
            caps,
            churn,
            next_band,
            churn_likelihood: likelihood.as_ref().map(ChurnLikelihood::from),
            unknown_fields,
            accounts_with_unknown_fields: (accounts_with_unknown_fields > 0).then_some(accounts_with_unknown_fields),
            model,
            fingerprint,
            since: since.map(ExplanationSince::from),
        }
    }
}

impl From<ChurnExplanation> for ChurnExplained {
    fn from(of: ChurnExplanation) -> Self {
        let ChurnExplanation { churn_risk_score, band, coverage, factors, lines, floors } = of;
        let (churn_risk_score, provisional_churn_risk_score) =
            either(churn_risk_score, band != ChurnBand::InsufficientData);
        Self { churn_risk_score, provisional_churn_risk_score, band, coverage, factors, lines, floors }
    }
}

impl From<Since> for ExplanationSince {
    fn from(of: Since) -> Self {
        let Since { day, health_score, health_known, churn_risk_score, churn_known, steps } = of;
        let (health_score, provisional_health_score) = either(health_score, health_known);
        let (churn_risk_score, provisional_churn_risk_score) = either(churn_risk_score, churn_known);
        Self { day, health_score, provisional_health_score, churn_risk_score, provisional_churn_risk_score, steps }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::testing::{MODEL, book, steady};
    use crate::score::{explain, score};

    #[test]
    fn an_explanation_in_json() {
        let mut facts = steady();
        facts.support.open_urgent = Some(1);
        let scores = score(&facts, &book(), &MODEL);
        let explained = ExplainedScores {
            account: "A-1".into(),
            name: "Acme".into(),
            as_of: facts.as_of,
            explanation: explain(&MODEL, &scores),
            next_band: NextBand::Top,
            likelihood: None,
            unknown_fields: Vec::new(),
            accounts_with_unknown_fields: 0,
            model: MODEL.name.clone(),
            fingerprint: MODEL.fingerprint(),
            since: None,
        };
        let json = serde_json::to_value(HealthExplained::from(&explained)).unwrap();
        let keys: Vec<_> = json.as_object().unwrap().keys().collect();
        let expected = [
            "account",
            "name",
            "as_of",
            "health_score",
            "provisional_health_score",
            "band",
            "churn_risk_score",
            "coverage",
            "components",
            "lines",
            "caps",
            "churn",
            "next_band",
            "churn_likelihood",
            "model",
            "fingerprint",
        ];
        assert_eq!(keys, expected);
        let component = &json["components"][1];
        assert_eq!(
            (component["name"].as_str(), component["contribution"].to_string()),
            (Some("support"), "23.44".into())
        );
        assert_eq!(
            component["factors"][2].to_string(),
            r#"{"name":"resolution_time","weight":25,"score":90,"contribution":5.63,"fact":"18 hours to resolve, over 6 tickets","missing":false}"#
        );
        assert_eq!(
            json["components"][3]["factors"][0].to_string(),
            r#"{"name":"contract_value","weight":25,"score":null,"contribution":0,"fact":"0 accounts of its size, at least 20 needed","missing":true}"#
        );
        assert_eq!(
            json["lines"].to_string(),
            r#"[{"name":"cap","contribution":-7.3,"fact":"at most 79: open urgent tickets: 1"}]"#
        );
        assert_eq!(
            json["caps"].to_string(),
            r#"[{"name":"urgent_ticket","limit":79,"fact":"open urgent tickets: 1"}]"#
        );
    }
}
