//! Fits a model to the book: its past is scored as the back-test does, and `fit` learns from it. Nothing is written but temporary
//! tables.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use uuid::Uuid;

use super::backtest_days::{Window, cutoffs};
use super::backtest_replay::{churned, health, is_customer};
use super::engine::{Engine, GatheredAccount};
use crate::error::Result;
use crate::fit::{self, Cases, Fit, HeldCaps, Question, Row};
use crate::ops::Context;
use crate::proof::Options;
use crate::score::model::Models;
use crate::score::term::observe;
use crate::score::{CapRule, FULL, Model, Scores};
use crate::store::Conn;
use crate::store::scores::fold::Fold;

/// Cut-offs where nobody says how many: three years.
const MONTHS: u32 = 36;

/// What is asked of a fit.
#[derive(Debug, Clone)]
pub struct FitQuestion {
    /// Days from the cut-off to the window, 0 to 3,650: time in which somebody could have acted.
    pub lead: u32,
    /// Days of the window, 1 to 3,650.
    pub horizon: u32,
    /// The first day that may be a cut-off.
    pub from: Option<NaiveDate>,
    /// The last day that may be one.
    pub to: Option<NaiveDate>,
}

impl Default for FitQuestion {
    fn default() -> Self {
        let Options { lead, horizon, .. } = Options::default();
        Self { lead, horizon, from: None, to: None }
    }
}

/// Learns which facts foretold churn, and tests it on later cut-offs. `progress` hears of each cut-off: its place and how many
/// there are. A fit that is refused is a result as well: [`Fit::refusal`] is its error.
///
/// # Errors
/// `lead`, `horizon`; `window_not_over`, `no_cutoff`, `too_many_cutoffs`.
pub async fn fit(
    context: &Context,
    question: &FitQuestion,
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<Fit> {
    let window = Window { lead: question.lead, horizon: question.horizon }.checked()?;
    let cutoffs = cutoffs(window, (question.from, question.to), context.today(), MONTHS)?;
    let mut conn = context.db.hold(&context.scope()).await?;
    let found = gather(context, &mut conn, window, &cutoffs, progress).await;
    // Its temporary tables go with it.
    drop(conn);
    let (cases, in_use, base) = found?;
    let question = Question { lead: window.lead, horizon: window.horizon, in_use: &in_use, base: &base };
    Ok(fit::fit(cases, question))
}

/// The cases, the model in use for all accounts without one of their own, and what a fitted model takes from it.
async fn gather(
    context: &Context,
    conn: &mut Conn,
    window: Window,
    cutoffs: &[NaiveDate],
    progress: &mut (dyn FnMut(usize, usize) + Send),
) -> Result<(Cases, Model, Model)> {
    Engine::prepare(conn).await?;
    let mut tx = conn.read().await?;
    let models: Arc<Models> = Arc::new(super::models::active(&mut tx, &context.scope()).await?);
    let in_use = models.reachable().last().map_or_else(|| Model::builtin().clone(), |listed| listed.model.clone());
    let mut gathering =
        Gathering { window, base: fit::base(&in_use), numbers: HashMap::new(), cases: Cases::default() };
    let mut fold = Fold::default();
    for (place, date) in cutoffs.iter().enumerate() {
        let engine = Engine::next(context, &mut tx, &models, *date, fold).await?;
        let mut after = Uuid::nil();
        loop {
            let batch = engine.batch(&mut tx, after, None).await?;
            let Some(last) = batch.last else { break };
            after = last;
            batch.accounts.into_iter().for_each(|account| gathering.account(&engine, account, *date));
        }
        fold = engine.into_fold();
        progress(place + 1, cutoffs.len());
    }
    tx.rollback().await?;
    Ok((gathering.cases, in_use, gathering.base))
}

struct Gathering {
    window: Window,
    base: Model,
    numbers: HashMap<Uuid, u32>,
    cases: Cases,
}

impl Gathering {
    fn account(&mut self, engine: &Engine, mut account: GatheredAccount, cutoff: NaiveDate) {
        if !is_customer(&account, cutoff) {
            return;
        }
        let Some(churned) = churned(&account, self.window, cutoff) else { return };
        // A score that a person set says nothing of the model.
        account.facts.adjustment = None;
        let observed = observe(&account.facts, engine.book(), &self.base);
        if observed.iter().all(Option::is_none) {
            return;
        }
        let scores = engine.score(&account);
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(account.id()).or_insert(next);
        // Without anything that weighs it is in the middle, as the product says.
        let risk = FULL - health(&scores).unwrap_or(FULL / 2);
        self.cases.push(Row { account: number, cutoff, churned, risk, caps: held(&scores) }, &observed);
    }
}

fn held(scores: &Scores) -> HeldCaps {
    let mut held = HeldCaps::default();
    for cap in &scores.health.caps {
        match cap.rule {
            CapRule::ChampionLeft { .. } => held.champion_left = true,
            CapRule::UrgentTicket { .. } => held.urgent_ticket = true,
            CapRule::SentimentRed { .. } => held.sentiment_red = true,
            CapRule::WeakComponent { .. } => {}
        }
    }
    held
}
