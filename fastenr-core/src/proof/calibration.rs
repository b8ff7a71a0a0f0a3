//! Whether the risks can be read as probabilities.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::Serialize;

use super::book::Book;
use super::case::Case;
use super::figure::Figure;
use super::isotonic::Isotonic;

/// Probabilities fitted on the earlier half of the cut-offs and compared with the churns after the later half.
///
/// Windows of neighbouring cut-offs overlap. The last cut-offs of the earlier half whose windows overlap with the later half are
/// left out, because a churn near the middle would otherwise be in both halves.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Calibration {
    pub fitted: Half,
    pub measured: Half,
    /// Cut-offs between the halves that are in neither.
    pub purged_cutoffs: usize,
    /// Accounts that churned in windows of both halves: 0, unless an account churned twice.
    pub churned_in_both: usize,
    /// Tenths of the scale of risk, the lowest first; those without a case are left out.
    pub bins: Vec<Bin>,
    /// See [`super::Proof::brier`].
    #[serde(skip)]
    pub(super) brier: Figure,
    /// See [`super::Proof::brier_of_base_rate`].
    #[serde(skip)]
    pub(super) brier_of_base_rate: Figure,
}

/// Consecutive cut-offs, both ends included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = CalibrationHalf))]
pub struct Half {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub cases: usize,
    pub churned_cases: usize,
}

/// The cases of the later half within a tenth of the scale.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = CalibrationBin))]
pub struct Bin {
    /// Points, 0 to 90; included.
    pub risk_from: i64,
    /// Points, 10 to 100; not included, except 100.
    pub risk_to: i64,
    pub cases: usize,
    /// Mean of their probabilities.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub predicted: Figure,
    /// Share of them that churned.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub observed: Figure,
}

/// A tenth of the scale, in basis points.
const BIN: i64 = 1_000;

impl Calibration {
    /// Windows have `horizon` days. Of an odd number of cut-offs the middle one is measured. None where no window of the earlier half
    /// is over before the first of the later one begins.
    pub(super) fn of(book: &Book, horizon: u32) -> Option<Self> {
        let (kept, later) = halves(&book.cutoffs, horizon)?;
        let (first, last, middle) = (kept.first()?, kept.last()?, *later.first()?);
        let mut by_risk = book.cases.clone();
        by_risk.sort_by_key(|case| case.risk);
        by_risk.retain(|case| case.cutoff <= *last || case.cutoff >= middle);
        let (fitting, measuring): (Vec<Case>, Vec<Case>) = by_risk.into_iter().partition(|case| case.cutoff <= *last);

        let isotonic = Isotonic::fit(fitting.iter().map(|case| (case.risk, case.churned)))?;
        let fitted = Half::of(*first, *last, &fitting);
        let base_rate = fitted.churned_cases as f64 / fitted.cases as f64;
        Some(Self {
            measured: Half::of(middle, *later.last()?, &measuring),
            purged_cutoffs: book.cutoffs.len() - later.len() - kept.len(),
            churned_in_both: churned(&fitting).intersection(&churned(&measuring)).count(),
            bins: bins(&measuring, &isotonic),
            brier: brier(&measuring, |case| isotonic.probability(case.risk)),
            brier_of_base_rate: brier(&measuring, |_| base_rate),
            fitted,
        })
    }
}

/// The cut-offs to fit on and those to measure on; None where there are none to fit on.
pub(super) fn halves(cutoffs: &[NaiveDate], horizon: u32) -> Option<(&[NaiveDate], &[NaiveDate])> {
    let (earlier, later) = cutoffs.split_at(cutoffs.len() / 2);
    let middle = *later.first()?;
    // A window holds the days after `cutoff + lead`, up to `cutoff + lead + horizon`.
    let kept = earlier.partition_point(|cutoff| (middle - *cutoff).num_days() >= i64::from(horizon));
    earlier.get(..kept).filter(|kept| !kept.is_empty()).map(|kept| (kept, later))
}

impl Half {
    fn of(from: NaiveDate, to: NaiveDate, cases: &[Case]) -> Self {
        let churned_cases = cases.iter().filter(|case| case.churned).count();
        Self { from, to, cases: cases.len(), churned_cases }
    }
}

fn churned(cases: &[Case]) -> BTreeSet<u32> {
    cases.iter().filter(|case| case.churned).map(|case| case.account).collect()
}

/// The mean of `(probability - outcome)²`, the outcome 1 or 0 (Brier, "Verification of forecasts expressed in terms of
/// probability", 1950). 0 is best.
pub(crate) fn brier(cases: &[Case], probability: impl Fn(&Case) -> f64) -> Figure {
    let errors = cases.iter().map(|case| {
        let error = probability(case) - f64::from(u8::from(case.churned));
        error * error
    });
    Figure::new(mean(errors, cases.len()))
}

/// A reliability table: what was foretold beside what happened (Murphy and Winkler 1977).
fn bins(by_risk: &[Case], isotonic: &Isotonic) -> Vec<Bin> {
    let bin = |case: &Case| case.risk.clamp(0, 10 * BIN - 1) / BIN;
    let runs = by_risk.chunk_by(|a, b| bin(a) == bin(b));
    let bins = runs.filter_map(|cases| {
        let number = bin(cases.first()?);
        Some(Bin {
            risk_from: number * 10,
            risk_to: number * 10 + 10,
            cases: cases.len(),
            predicted: Figure::new(mean(cases.iter().map(|case| isotonic.probability(case.risk)), cases.len())),
            observed: Figure::of(cases.iter().filter(|case| case.churned).count(), cases.len())?,
        })
    });
    bins.collect()
}

/// The order of the cases is the book's own, so sums are rounded alike wherever they are made.
fn mean(values: impl Iterator<Item = f64>, count: usize) -> f64 {
    values.sum::<f64>() / count as f64
}
