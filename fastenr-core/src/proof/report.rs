//! The proof: every figure of a back-test.

use std::collections::BTreeMap;

use serde::Serialize;

use super::acceptance::{self, Acceptance, Counts};
use super::book::Book;
use super::bootstrap;
use super::calibration::Calibration;
use super::case::{Case, Options, Trail};
use super::figure::Figure;
use super::health::{self, BandShare, BeforeChurn};
use super::ranking::{Ranking, Ties};
use super::verdict::Verdict;
use crate::model::Band;

/// The result of a back-test: figures with four decimals; null: too little data for the figure.
///
/// Ranks are over the cases of all cut-offs together: an account that stays at high risk is among the worst at several of
/// them.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Proof {
    /// Days from the cut-off to the window.
    pub lead: u32,
    /// Days of the window.
    pub horizon: u32,
    pub accounts: usize,
    pub cutoffs: usize,
    pub cases: usize,
    /// Cases labelled as churned.
    pub churned_cases: usize,
    /// Churns: accounts with such a case. One churn may be in the windows of several cut-offs, and is counted once.
    pub events: usize,
    /// `churned_cases / cases`.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub base_rate: Option<Figure>,
    /// 0.5 is chance, 1 perfect, 0 always wrong. Null: all cases churned, or none did.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub auc: Option<Figure>,
    /// 95 % interval of the AUC, lower end first.
    #[cfg_attr(feature = "schema", schema(value_type = Option<[f64; 2]>))]
    pub auc_ci: Option<[Figure; 2]>,
    /// Churn rate of the tenth with the highest risk, as a multiple of the base rate.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub lift_at_10: Option<Figure>,
    /// Cases of equal risk of which only some fit into that tenth. Null: its end divides none.
    pub ties_at_10: Option<Ties>,
    /// Share of churned cases among the `k` cases with the highest risk, for each `k` of 10, 25, 50 and 100 up to the number
    /// of cases.
    #[cfg_attr(feature = "schema", schema(value_type = BTreeMap<String, f64>))]
    pub precision_at_k: BTreeMap<usize, Figure>,
    /// Mean squared error of the calibrated probabilities over the later half of the cut-offs; 0 is best. Null: the windows of
    /// the two halves can't be separated.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub brier: Option<Figure>,
    /// Brier score of the base rate of the earlier half for every case; a useful Brier score is lower.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub brier_of_base_rate: Option<Figure>,
    pub calibration: Option<Calibration>,
    /// Every band of health, the best first.
    pub bands: Vec<BandShare>,
    /// Share of the cases with a health score that were green, by the bands of the model that scored them.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub share_green: Option<Figure>,
    /// Share of the churned accounts with a health score 60 to 90 days before whose mean over these days was below green.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub below_green_before_churn: Option<Figure>,
    /// Churned accounts in the test.
    pub churned_accounts: usize,
    /// Churned accounts with a health score 60 to 90 days before.
    pub churned_accounts_scored: usize,
    pub acceptance: Vec<Acceptance>,
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub verdict: Verdict,
    /// One sentence without a full stop.
    pub meaning: &'static str,
}

/// How many of the worst a team might call.
const PRECISION_AT: [usize; 4] = [10, 25, 50, 100];

/// Judges a score by what came after it.
///
/// `cases`: each account at each cut-off at which it was a customer. `trails`: each account that churned on a known
/// day, whether or not a window holds that day. Neither needs an order. `O(n log n)`, and `O(n)` for each of the
/// repeats.
pub fn prove(cases: &[Case], trails: &[Trail], options: &Options) -> Proof {
    let book = Book::of(cases);
    let ranking = Ranking::of(&book.cases);
    let (count, churned, events) = (book.cases.len(), book.churned(), book.events());

    let auc = ranking.auc();
    let auc_ci = auc.and_then(|_| bootstrap::interval(&ranking, book.accounts, options.repeats, options.seed));
    let precision = |k| Some((k, ranking.precision_at(k)?));
    let calibration = Calibration::of(&book, options.horizon);
    let bands = health::shares(&book.cases);
    let before = BeforeChurn::of(trails);
    let by_account: Vec<Counts> = book.cases.chunk_by(|a, b| a.account == b.account).map(Counts::of).collect();
    let verdict = Verdict::of(events, auc, auc_ci);

    Proof {
        lead: options.lead,
        horizon: options.horizon,
        accounts: book.accounts as usize,
        cutoffs: book.cutoffs.len(),
        cases: count,
        churned_cases: churned,
        events,
        base_rate: Figure::of(churned, count),
        auc,
        auc_ci,
        lift_at_10: ranking.lift_at_tenth(),
        ties_at_10: ranking.ties_at_tenth(),
        precision_at_k: PRECISION_AT.into_iter().filter_map(precision).collect(),
        brier: calibration.as_ref().map(|calibration| calibration.brier),
        brier_of_base_rate: calibration.as_ref().map(|calibration| calibration.brier_of_base_rate),
        share_green: bands.iter().find(|share| share.band == Band::Healthy).and_then(|share| share.share),
        below_green_before_churn: before.share(),
        churned_accounts: before.accounts,
        churned_accounts_scored: before.scored,
        acceptance: acceptance::lines(&by_account, &before, events, options),
        calibration,
        bands,
        verdict,
        meaning: verdict.meaning(options.lead),
    }
}
