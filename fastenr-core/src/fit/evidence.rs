//! The figures of a fit: what it was learned from, and what it is worth where it was not learned.

use chrono::NaiveDate;
use serde::Serialize;

use super::cases::Cases;
use super::design::Design;
use super::scale::Losses;
use crate::model::Band;
use crate::proof::{Case, Figure, Isotonic, Ranking, bootstrap, brier};
use crate::score::model::Model;
use crate::score::term::Term;
use crate::score::{Component, Factor};

/// Some consecutive cut-offs with their cases.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = FitPart))]
pub struct Part {
    /// Null: there is none.
    pub from: Option<NaiveDate>,
    pub to: Option<NaiveDate>,
    pub cutoffs: usize,
    pub cases: usize,
    pub churned_cases: usize,
    /// Accounts with a churned case.
    pub events: usize,
    /// `churned_cases / cases`.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub base_rate: Option<Figure>,
}

impl Part {
    pub(super) fn of(cases: &Cases, cutoffs: &[NaiveDate]) -> Self {
        let places = cases.within(cutoffs);
        let (churned_cases, events) = cases.churned(&places);
        Self {
            from: cutoffs.first().copied(),
            to: cutoffs.last().copied(),
            cutoffs: cutoffs.len(),
            cases: places.len(),
            churned_cases,
            events,
            base_rate: Figure::of(churned_cases, places.len()),
        }
    }
}

/// What a model is worth on the cut-offs that were left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = FitMeasured))]
pub struct Measured {
    /// 0.5 is chance, 1 perfect.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub auc: Option<Figure>,
    /// 95 % interval of the AUC, lower end first.
    #[cfg_attr(feature = "schema", schema(value_type = Option<[f64; 2]>))]
    pub auc_ci: Option<[Figure; 2]>,
    /// Churn rate of the tenth with the highest risk, as a multiple of the base rate.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub lift_at_10: Option<Figure>,
    /// Mean squared error of probabilities that the cut-offs learned from give to each risk; 0 is best.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub brier: Option<Figure>,
}

impl Measured {
    pub(super) fn of(train: &[Case], test: &[Case], ranking: &Ranking, accounts: u32) -> Self {
        let auc = ranking.auc();
        let mut by_risk: Vec<&Case> = train.iter().collect();
        by_risk.sort_by_key(|case| case.risk);
        let isotonic = Isotonic::fit(by_risk.into_iter().map(|case| (case.risk, case.churned)));
        Self {
            auc,
            auc_ci: auc.and_then(|_| bootstrap::interval(ranking, accounts, bootstrap::REPEATS, 0)),
            lift_at_10: ranking.lift_at_tenth(),
            brier: isotonic.map(|isotonic| brier(test, |case| isotonic.probability(case.risk))),
        }
    }
}

/// The AUC of the fitted model less that of the model in use.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = FitDifference))]
pub struct Difference {
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub auc: Figure,
    /// 90 % interval, on the same accounts, lower end first.
    #[cfg_attr(feature = "schema", schema(value_type = [f64; 2]))]
    pub interval: [Figure; 2],
}

/// The factor without which the AUC would be lowest.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = FitLeak))]
pub struct Leak {
    pub factor: Factor,
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub auc_without: Figure,
}

/// Why a factor has no weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = FitUnweighted))]
pub enum Unweighted {
    /// No account has it, or all have the same.
    NoData,
    /// It tells nothing that the others do not.
    NoSignal,
    /// More of what is good goes with more churn, beyond chance.
    WrongDirection,
}

impl Unweighted {
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoData => "no data",
            Self::NoSignal => "no signal",
            Self::WrongDirection => "wrong direction",
        }
    }
}

/// A factor before and after.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct FactorFit {
    pub factor: Factor,
    /// Percent of health in the model in use, where nothing is missing.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub weight_before: Option<Figure>,
    /// Percent of health in the fitted model.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub weight: Figure,
    /// Null: it has a weight.
    pub unweighted: Option<Unweighted>,
    pub terms: Vec<TermFit>,
}

/// A number that a factor reads, with the scores that were fitted to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct TermFit {
    /// What the number is, with its unit.
    pub reads: &'static str,
    /// The number and its score.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<[f64; 2]>))]
    pub anchors: Vec<[Figure; 2]>,
}

/// Percent of health that each factor has in a model.
pub(super) fn weight(model: &Model, factor: Factor) -> Option<Figure> {
    let component = factor.component();
    let own = Factor::ALL.iter().filter(|other| other.component() == component);
    let own: i64 = own.map(|other| model.weight(*other).0).sum();
    let all: i64 = Component::ALL.iter().map(|component| model.component_weight(*component).0).sum();
    let part = model.weight(factor).0 as f64 * model.component_weight(component).0 as f64;
    (own > 0 && all > 0).then(|| Figure::new(100.0 * part / (own as f64 * all as f64)))
}

/// Why a factor got nothing; none: it got something.
pub(super) fn unweighted(
    factor: Factor,
    losses: Option<&Losses<'_>>,
    cases: &Cases,
    places: &[usize],
    design: &Design,
) -> Option<Unweighted> {
    if losses.is_some_and(|losses| losses.part(factor) > 0.0) {
        return None;
    }
    let pieces: Vec<_> = design.pieces.iter().filter(|piece| piece.term.factor() == factor).collect();
    if pieces.is_empty() {
        return Some(Unweighted::NoData);
    }
    let equal = vec![1.0; design.width];
    let against = |piece: &&super::design::Piece| {
        let points = places.iter().filter_map(|at| {
            let number = cases.number(piece.term, *at)?;
            let row = &cases.rows[*at];
            Some((piece.gain(f64::from(number), &equal), row.churned, row.account))
        });
        goes_with_churn(&points.collect::<Vec<_>>())
    };
    Some(if pieces.iter().any(against) { Unweighted::WrongDirection } else { Unweighted::NoSignal })
}

/// Whether the correlation with churn is above 0 beyond chance: twice its standard error, cases of one account counted as one.
fn goes_with_churn(points: &[(f64, bool, u32)]) -> bool {
    let count = points.len() as f64;
    let accounts = points.chunk_by(|a, b| a.2 == b.2).count() as f64;
    let y = |churned: bool| f64::from(u8::from(churned));
    let (mean_x, mean_y) = (
        points.iter().map(|point| point.0).sum::<f64>() / count,
        points.iter().map(|point| y(point.1)).sum::<f64>() / count,
    );
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (x, churned, _) in points {
        let (x, y) = (x - mean_x, y(*churned) - mean_y);
        (xy, xx, yy) = (xy + x * y, xx + x * x, yy + y * y);
    }
    xx > 0.0 && yy > 0.0 && xy / (xx * yy).sqrt() * accounts.sqrt() > 2.0
}

/// The bands of a term's factor are those of all cases at their cut-offs.
pub(super) fn term(words: Term, anchors: impl Iterator<Item = (f64, i64)>) -> TermFit {
    let anchors = anchors.map(|(number, score)| [Figure::new(number), Figure::new(score as f64 / 100.0)]);
    TermFit { reads: words.words(), anchors: anchors.collect() }
}

/// A case of the back-test.
pub(super) fn case(cases: &Cases, at: usize, risk: i64, band: Option<Band>) -> Case {
    let row = &cases.rows[at];
    Case { account: row.account, cutoff: row.cutoff, risk, churned: row.churned, band }
}
