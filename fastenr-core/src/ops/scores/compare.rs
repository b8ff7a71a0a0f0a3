//! Two models on the same past: each scores the book as of the ends of months, and both are held against who churned after.
//! Nothing is written but temporary tables.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;

use super::backtest::{BacktestedScore, Question};
use super::backtest_days::{MONTHS, Window, cutoffs, grid};
use super::backtest_replay::{CutOffCases, Replay};
use super::engine::Engine;
use crate::error::Result;
use crate::ops::Context;
use crate::proof::{Case, Comparison, Options, Pair, compare};
use crate::score::Model;
use crate::score::model::Models;
use crate::store::Conn;

/// A model that is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComparedModel {
    pub name: String,
    pub fingerprint: String,
    /// Cases that are shown as `insufficient_data`.
    pub insufficient_cases: usize,
}

/// Two models on the same cases; in JSON the figures of the comparison are among the others.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelComparison {
    #[serde(serialize_with = "super::backtest::name")]
    pub score: BacktestedScore,
    /// First cut-off; `to` is the last one.
    pub from: NaiveDate,
    pub to: NaiveDate,
    /// The first and the second one.
    pub models: [ComparedModel; 2],
    #[serde(flatten)]
    pub comparison: Comparison,
    /// Customers at a cut-off that are no case, because one of the models has no score for them.
    pub missing_cases: usize,
}

/// Scores the book as of the ends of months by two models and holds both against who churned after. A model with `applies_to`
/// scores its accounts, the built-in one the others. The models of the question are not read. `progress` hears of each day that
/// was scored: its place and how many there are.
///
/// # Errors
/// `lead`, `horizon`; `window_not_over`, `no_cutoff`, `too_many_cutoffs`.
pub async fn compare_models(
    context: &Context,
    models: [&Model; 2],
    question: &Question,
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<ModelComparison> {
    let window = Window { lead: question.lead, horizon: question.horizon }.checked()?;
    let cutoffs = cutoffs(window, (question.from, question.to), context.today(), MONTHS)?;
    let mut conn = context.db.hold(&context.scope()).await?;
    let found = replays(context, &mut conn, models, (question.score, window), &cutoffs, progress).await;
    // Its temporary tables go with it.
    drop(conn);
    let [first, second] = found?;
    let pairs = pairs(&first.cases, &second.cases);
    let options = Options { lead: window.lead, horizon: window.horizon, ..Options::default() };
    let customers = first.cases.len() + first.missing;
    let compared = |model: &Model, found: &CutOffCases| ComparedModel {
        name: model.name.clone(),
        fingerprint: model.fingerprint(),
        insufficient_cases: found.insufficient,
    };
    Ok(ModelComparison {
        score: question.score,
        from: cutoffs.first().copied().unwrap_or_default(),
        to: cutoffs.last().copied().unwrap_or_default(),
        models: [compared(models[0], &first), compared(models[1], &second)],
        missing_cases: customers - pairs.len(),
        comparison: compare(&pairs, &options),
    })
}

/// One after the other, of one state of the database.
async fn replays(
    context: &Context,
    conn: &mut Conn,
    models: [&Model; 2],
    (score, window): (BacktestedScore, Window),
    cutoffs: &[NaiveDate],
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<[CutOffCases; 2]> {
    Engine::prepare(conn).await?;
    let mut tx = conn.read().await?;
    // Of health before a churn nothing is asked.
    let mut days = grid(cutoffs, &std::collections::BTreeSet::new(), score == BacktestedScore::Churn);
    days.extend(cutoffs);
    let (mut done, all) = (0, 2 * days.len());
    let mut found = [CutOffCases::default(), CutOffCases::default()];
    for (model, found) in models.into_iter().zip(&mut found) {
        let models = Arc::new(Models::new([model.clone()]));
        let mut replay = Replay::new(context, &models, score, window, Vec::new());
        for day in &days {
            replay.day(&mut tx, *day, cutoffs.contains(day)).await?;
            done += 1;
            progress(done, all);
        }
        (*found, _) = replay.into_parts();
    }
    tx.rollback().await?;
    Ok(found)
}

/// The cases that both models have. Accounts are numbered alike: both replays see them in the same order.
fn pairs(first: &[Case], second: &[Case]) -> Vec<Pair> {
    let key = |case: &Case| (case.account, case.cutoff);
    let others: HashMap<_, &Case> = second.iter().map(|case| (key(case), case)).collect();
    let pair = |case: &Case| {
        let other = others.get(&key(case))?;
        Some(Pair { first: *case, risk: other.risk, band: other.band })
    };
    first.iter().filter_map(pair).collect()
}
