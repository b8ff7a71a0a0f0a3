//! The back-test: would the scores have foretold who churned?
//!
//! Accounts are scored as of past month ends from what was dated by then, and held against who churned in a window after
//! it. Snapshots of those days are not read: earlier scores that a score asks for are made in memory, every Sunday.
//! Nothing is written but temporary tables.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;

use super::backtest_days::{MONTHS, Window, cutoffs, grid};
use super::backtest_factors::{self, MissingFactor, StrongestFactor};
use super::backtest_replay::Replay;
use super::day::Day;
use super::engine::Engine;
use super::facts::FIELDS;
use crate::error::Result;
use crate::model::picklist::picklist;
use crate::ops::Context;
use crate::proof::{Figure, Options, Proof, Verdict, prove};
use crate::score::FULL;
use crate::score::model::Models;
use crate::store::Conn;
use crate::store::scores::churned::{self, Span};

picklist! {
    /// The score that is held against what happened.
    BacktestedScore, "score", "score" {
        Churn = "churn",
        Health = "health",
        ProductUsage = "product_usage",
        Support = "support",
        Engagement = "engagement",
        Business = "business",
    }
}

/// What is asked of a back-test.
#[derive(Debug, Clone)]
pub struct Question {
    pub score: BacktestedScore,
    /// Days from the cut-off to the window, 0 to 3,650: time in which somebody could have acted.
    pub lead: u32,
    /// Days of the window, 1 to 3,650.
    pub horizon: u32,
    /// The first day that may be a cut-off.
    pub from: Option<NaiveDate>,
    /// The last day that may be one.
    pub to: Option<NaiveDate>,
    /// Score by these models, not by the organization's.
    pub models: Option<Arc<Models>>,
}

impl Default for Question {
    fn default() -> Self {
        let Options { lead, horizon, .. } = Options::default();
        Self { score: BacktestedScore::Churn, lead, horizon, from: None, to: None, models: None }
    }
}

/// The result of a back-test; in JSON the figures of the proof are among the others.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Backtest {
    #[serde(serialize_with = "name")]
    pub score: BacktestedScore,
    /// First cut-off; `to` is the last one.
    pub from: NaiveDate,
    pub to: NaiveDate,
    #[serde(flatten)]
    pub proof: Proof,
    /// Mean over the cases of the share of the weight whose factors have data.
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub coverage: Option<Figure>,
    /// Cases shown as `insufficient_data`; their band here is the one without that rule.
    pub insufficient_cases: usize,
    /// Customers at a cut-off that are not a case, because there was no data for the score.
    pub missing_cases: usize,
    /// By field, cases of accounts with a value today and none at the cut-off: factors that need it were missing.
    pub unknown_fields: BTreeMap<&'static str, usize>,
    /// Factors of the score that were missing for some cases.
    pub missing_factors: Vec<MissingFactor>,
    /// With the verdict `suspected leakage`: the factor that the order depends on most. Null: another verdict.
    pub strongest_factor: Option<StrongestFactor>,
    /// Churned customers without a churn date, which are left out.
    pub undated_churns: u64,
    /// Fingerprint of the model; of several models, in their order, separated by commas.
    pub model: String,
}

pub(super) fn name<S: serde::Serializer>(
    score: &BacktestedScore,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(score.as_str())
}

/// Scores the book as of the ends of months and holds it against who churned after. `progress` hears of each day that was
/// scored: its place and how many there are.
///
/// # Errors
/// `lead`, `horizon`; `window_not_over`, `no_cutoff`, `too_many_cutoffs`.
pub async fn backtest(
    context: &Context,
    question: &Question,
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<Backtest> {
    let window = Window { lead: question.lead, horizon: question.horizon }.checked()?;
    let cutoffs = cutoffs(window, (question.from, question.to), context.today(), MONTHS)?;
    let mut conn = context.db.hold(&context.scope()).await?;
    let found = replay(context, &mut conn, question, window, &cutoffs, progress).await;
    // Its temporary tables go with it.
    drop(conn);
    found
}

async fn replay(
    context: &Context,
    conn: &mut Conn,
    question: &Question,
    window: Window,
    cutoffs: &[NaiveDate],
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<Backtest> {
    let (from, to) = match cutoffs {
        [first, .., last] => (*first, *last),
        [only] => (*only, *only),
        [] => return Err(crate::error::Error::invalid("no_cutoff", "no month ends in these days")),
    };
    Engine::prepare(conn).await?;
    let scope = context.scope();
    let mut tx = conn.read().await?;
    let models = match &question.models {
        Some(models) => Arc::clone(models),
        None => Arc::new(super::models::active(&mut tx, &scope).await?),
    };
    let end = |day| Day::of(context, day, day).end;
    let span = Span { first_end: end(from), last: to, last_end: end(to) };
    let churned = churned::dated(&mut tx, &scope, span, (window.opens(from), window.ends(to))).await?;
    let undated = churned::undated(&mut tx, &scope, span).await?;

    let churns: BTreeSet<NaiveDate> = churned.iter().map(|(_, on)| *on).collect();
    let sundays = grid(cutoffs, &churns, question.score == BacktestedScore::Churn);
    let mut days: BTreeMap<NaiveDate, bool> = sundays.into_iter().map(|day| (day, false)).collect();
    days.extend(cutoffs.iter().map(|day| (*day, true)));
    let mut replay = Replay::new(context, &models, question.score, window, churned);
    for (place, (day, cutoff)) in days.iter().enumerate() {
        replay.day(&mut tx, *day, *cutoff).await?;
        progress(place + 1, days.len());
    }
    tx.rollback().await?;

    let (found, trails) = replay.into_parts();
    let options = Options { lead: window.lead, horizon: window.horizon, ..Options::default() };
    let whole = usize::try_from(FULL).unwrap_or(1);
    let fingerprints: Vec<&str> = models.iter().map(|listed| listed.fingerprint.as_str()).collect();
    let proof = prove(&found.cases, &trails, &options);
    let suspected = proof.verdict == Verdict::SuspectedLeakage;
    let strongest = || backtest_factors::strongest(question.score, &models, &found.cases, &found.factors);
    Ok(Backtest {
        score: question.score,
        from,
        to,
        strongest_factor: suspected.then(strongest).flatten(),
        missing_factors: backtest_factors::missing(question.score, &found.cases, &found.factors),
        proof,
        coverage: Figure::of(found.coverage, found.cases.len() * whole),
        insufficient_cases: found.insufficient,
        missing_cases: found.missing,
        unknown_fields: FIELDS.into_iter().zip(found.unknown).filter(|(_, cases)| *cases > 0).collect(),
        undated_churns: u64::try_from(undated).unwrap_or(0),
        model: fingerprints.join(","),
    })
}
