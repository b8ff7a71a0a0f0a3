//! Scores the past of a book, day after day, in memory.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use uuid::Uuid;

use super::backtest::BacktestedScore;
use super::backtest_days::{BEFORE, Place, Window, place};
use super::backtest_factors::CaseFactors;
use super::engine::{Engine, GatheredAccount};
use super::facts::{FIELDS, unknown};
use crate::error::Result;
use crate::model::Status;
use crate::ops::Context;
use crate::proof::{Case, Reading, Trail};
use crate::rounding::half_to_even;
use crate::score::model::Models;
use crate::score::{
    Band, BasisPoints, ChurnBand, Component, EarlierHealth, FULL, MeanCoverages, Model, Scores, Survey,
    component_score, points,
};
use crate::store::Tx;
use crate::store::scores::fold::Fold;

/// What all days together came to.
pub(super) struct Replay<'c> {
    context: &'c Context,
    models: &'c Arc<Models>,
    judged: BacktestedScore,
    window: Window,
    numbers: HashMap<Uuid, u32>,
    /// The health that the product would have stored, by account; the days ascending.
    stored: HashMap<u32, Vec<PastHealth>>,
    /// Churned accounts by their ids.
    trails: HashMap<Uuid, (NaiveDate, Trail)>,
    /// The mean coverages of the day before.
    known: MeanCoverages,
    fold: Fold,
    found: CutOffCases,
}

/// What the cut-offs gave.
#[derive(Debug, Default)]
pub(super) struct CutOffCases {
    pub(super) cases: Vec<Case>,
    /// The factors of each case.
    pub(super) factors: Vec<CaseFactors>,
    /// The coverage of the cases, added up.
    pub(super) coverage: usize,
    /// Cases that the product would show as `insufficient_data`.
    pub(super) insufficient: usize,
    /// Customers at a cut-off that have not the score that is judged.
    pub(super) missing: usize,
    /// Cases without a value in each of the [`FIELDS`] that have one today.
    pub(super) unknown: [usize; FIELDS.len()],
}

/// A snapshot as far as churn risk reads it.
struct PastHealth {
    on: NaiveDate,
    /// The place of the model in their order.
    model: usize,
    points: BasisPoints,
}

/// What one pass over the accounts of a day gave: kept only if nothing of it has to be looked at again.
#[derive(Default)]
struct Pass {
    stored: Vec<(u32, PastHealth)>,
    readings: Vec<(Uuid, Reading)>,
    found: CutOffCases,
    survey: Survey,
}

impl<'c> Replay<'c> {
    pub(super) fn new(
        context: &'c Context,
        models: &'c Arc<Models>,
        judged: BacktestedScore,
        window: Window,
        churned: Vec<(Uuid, NaiveDate)>,
    ) -> Self {
        let mut numbers = HashMap::new();
        let mut trails = HashMap::new();
        for (id, on) in churned {
            let account = number(&mut numbers, id);
            trails.insert(id, (on, Trail { account, readings: Vec::new() }));
        }
        let (stored, known, found) = (HashMap::new(), MeanCoverages::default(), CutOffCases::default());
        let fold = Fold::default();
        Self { context, models, judged, window, numbers, stored, trails, known, fold, found }
    }

    /// Scores every account as of a day, after the days before it. Only what was dated by then is read.
    pub(super) async fn day(&mut self, tx: &mut Tx<'_>, date: NaiveDate, cutoff: bool) -> Result<()> {
        let mut engine = Engine::next(self.context, tx, self.models, date, std::mem::take(&mut self.fold)).await?;
        // From one week to the next the means are nearly the same, and the bands by them.
        engine.assume(self.known);
        let mut pass = self.pass(tx, &engine, cutoff).await?;
        self.known = pass.survey.known();
        if !pass.survey.agrees(engine.book().known) {
            engine.assume(self.known);
            pass = self.pass(tx, &engine, cutoff).await?;
        }
        self.fold = engine.into_fold();
        for (account, stored) in pass.stored {
            self.stored.entry(account).or_default().push(stored);
        }
        for (id, reading) in pass.readings {
            if let Some((_, trail)) = self.trails.get_mut(&id) {
                trail.readings.push(reading);
            }
        }
        self.found.cases.extend(pass.found.cases);
        self.found.factors.extend(pass.found.factors);
        self.found.coverage += pass.found.coverage;
        self.found.insufficient += pass.found.insufficient;
        self.found.missing += pass.found.missing;
        self.found.unknown.iter_mut().zip(pass.found.unknown).for_each(|(all, of)| *all += of);
        Ok(())
    }

    async fn pass(&mut self, tx: &mut Tx<'_>, engine: &Engine, cutoff: bool) -> Result<Pass> {
        let (mut pass, mut after) = (Pass::default(), Uuid::nil());
        loop {
            let batch = engine.batch(tx, after, None).await?;
            let Some(last) = batch.last else { return Ok(pass) };
            after = last;
            for account in batch.accounts {
                self.account(&mut pass, engine, account, cutoff);
            }
        }
    }

    fn account(&mut self, pass: &mut Pass, engine: &Engine, mut account: GatheredAccount, cutoff: bool) {
        let date = engine.day.date;
        // A score that a person set says nothing of the model.
        account.facts.adjustment = None;
        let id = account.id();
        let number = number(&mut self.numbers, id);
        let listed = engine.model(&account.row, &account.facts);
        let model = self.models.iter().position(|known| std::ptr::eq(known, listed)).unwrap_or(0);
        let reads_past = self.judged == BacktestedScore::Churn;
        if reads_past && cutoff {
            account.facts.past = self.past(number, model, date);
        }
        let scores = engine.score(&account);
        engine.count(&mut pass.survey, &account, &scores);

        if reads_past && scores.health.band != Band::InsufficientData {
            pass.stored.push((number, PastHealth { on: date, model, points: scores.health.points }));
        }
        if !is_customer(&account, date) {
            return;
        }
        let health = health(&scores);
        if let (Some((on, _)), Some(health)) = (self.trails.get(&id), health) {
            let days_before = (*on - date).num_days();
            if u64::try_from(days_before).is_ok_and(|days| BEFORE.contains(&days)) {
                pass.readings.push((id, Reading { days_before, health, green: listed.model.bands.healthy }));
            }
        }
        let Some(churned) = churned(&account, self.window, date).filter(|_| cutoff) else { return };
        let Some((risk, coverage)) = self.risk(&scores, &listed.model) else {
            pass.found.missing += 1;
            return;
        };
        let insufficient = match self.judged {
            BacktestedScore::Churn => scores.churn.band == ChurnBand::InsufficientData,
            _ => scores.health.is_insufficient(),
        };
        pass.found.insufficient += usize::from(insufficient);
        pass.found.coverage += usize::try_from(coverage).unwrap_or(0);
        let lacks = unknown(&account.row, &account.facts.account);
        pass.found.unknown.iter_mut().zip(lacks).for_each(|(count, lacks)| *count += usize::from(lacks));
        // As it is shown, whatever the coverage.
        let band = health.and_then(|points| half_to_even(i128::from(points), 100));
        let band = band.map(|shown| listed.model.bands.of(shown));
        let factors = CaseFactors::of(&scores, self.judged, model);
        debug_assert_eq!(factors.risk(self.judged, self.models, None), risk, "the factors make the score");
        pass.found.factors.push(factors);
        pass.found.cases.push(Case { account: number, cutoff: date, risk, churned, band });
    }

    /// What the days before tell of an account, by the same model.
    fn past(&self, account: u32, model: usize, date: NaiveDate) -> EarlierHealth {
        let mut past = EarlierHealth::default();
        for stored in self.stored.get(&account).into_iter().flatten().filter(|stored| stored.model == model) {
            let sum = match place((date - stored.on).num_days()) {
                Some(Place::Recent) => &mut past.recent,
                Some(Place::Older) => &mut past.older,
                None => continue,
            };
            sum.sum += stored.points;
            sum.count += 1;
        }
        past
    }

    /// The score that is judged, higher is worse, and its coverage; none where nothing of it is known.
    fn risk(&self, scores: &Scores, model: &Model) -> Option<(BasisPoints, BasisPoints)> {
        match self.judged {
            BacktestedScore::Churn => Some((churn(scores)?, scores.churn.coverage)),
            BacktestedScore::Health => Some((FULL - health(scores)?, scores.health.coverage)),
            BacktestedScore::ProductUsage => component(scores, model, Component::ProductUsage),
            BacktestedScore::Support => component(scores, model, Component::Support),
            BacktestedScore::Engagement => component(scores, model, Component::Engagement),
            BacktestedScore::Business => component(scores, model, Component::Business),
        }
    }

    /// Every account that churned, with its health before.
    pub(super) fn into_parts(self) -> (CutOffCases, Vec<Trail>) {
        (self.found, self.trails.into_values().map(|(_, trail)| trail).collect())
    }
}

fn number(numbers: &mut HashMap<Uuid, u32>, id: Uuid) -> u32 {
    let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
    *numbers.entry(id).or_insert(next)
}

/// Whether the contract had begun; of a churn without a date nobody knows when it ended.
pub(super) fn is_customer(account: &GatheredAccount, date: NaiveDate) -> bool {
    let undated = account.row.churned_on.is_none() && account.status() == Status::Churned;
    let begun = match account.row.contract_start {
        Some(start) => start <= date,
        None => account.facts.account.exists_since <= date,
    };
    begun && !undated
}

/// Whether a customer churned within the window of a cut-off; none where it had churned before that opened.
pub(super) fn churned(account: &GatheredAccount, window: Window, cutoff: NaiveDate) -> Option<bool> {
    match account.row.churned_on {
        Some(on) if on <= window.opens(cutoff) => None,
        on => Some(on.is_some_and(|on| on <= window.ends(cutoff))),
    }
}

/// Health as it is before too little coverage draws it toward 50, held down by its caps.
pub(super) fn health(scores: &Scores) -> Option<BasisPoints> {
    let health = &scores.health;
    (health.coverage > 0).then(|| health.caps.iter().fold(health.raw, |points, cap| points.min(cap.most)))
}

/// Churn risk as it is before too little coverage draws it toward 0, held up by its floors.
fn churn(scores: &Scores) -> Option<BasisPoints> {
    let churn = &scores.churn;
    let known = churn.coverage > 0 || !churn.floors.is_empty();
    known.then(|| churn.floors.iter().fold(churn.raw, |points, floor| points.max(floor.least)).min(FULL))
}

/// A component turned into a risk, and the weight of its factors that are present, of all.
fn component(scores: &Scores, model: &Model, component: Component) -> Option<(BasisPoints, BasisPoints)> {
    let (score, covered) = component_score(model, component, &points(&scores.health.factors));
    Some((FULL - score?, covered))
}
