//! What a model would change: the whole book scored in memory by the models in use and by those that would be. Nothing is
//! written.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;
use uuid::Uuid;

use super::plan::{in_use, plan};
use crate::error::Result;
use crate::money::Cents;
use crate::ops::Context;
use crate::ops::scores::{Engine, GatheredAccount, HistorySource};
use crate::score::alerts::{self, Guard, Level, Move, Rule, Trail, UnresolvedAlert};
use crate::score::model::{Distribution, Finding, FingerprintedModel, Models};
use crate::score::{Band, Book, EarlierHealth, Facts, Model, Scores, Survey, score};
use crate::store::scores::Range;
use crate::store::{self, Tx};

/// Accounts that would move from one band to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct BandMove {
    pub from: &'static str,
    pub to: &'static str,
    pub accounts: u64,
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub arr: Cents,
}

/// Alerts that a run today would open, with the models in use and with the new ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AlertChange {
    pub rule: &'static str,
    pub in_use: u64,
    pub new: u64,
    /// Whether the guard would hold the alerts of the new models.
    pub held: bool,
}

/// An account whose band of health or churn risk would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AccountMove {
    pub id: Uuid,
    pub name: String,
    #[cfg_attr(feature = "schema", schema(value_type = Option<f64>))]
    pub arr: Option<Cents>,
    pub health: [i64; 2],
    pub band: [&'static str; 2],
    pub churn_risk: [i64; 2],
    pub churn_band: [&'static str; 2],
}

/// The scores of all accounts with the models in use and with the new ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = ModelPreview))]
pub struct Preview {
    pub as_of: NaiveDate,
    pub name: String,
    pub fingerprint: String,
    /// Scored accounts; `applies_to`: those that the new model would score.
    pub accounts: u64,
    pub applies_to: u64,
    /// Accounts with another health score; `churn_risk_changed`: with another churn risk.
    pub health_changed: u64,
    pub churn_risk_changed: u64,
    /// Accounts by band: now and with the new model.
    pub bands: BTreeMap<&'static str, [u64; 2]>,
    pub band_moves: Vec<BandMove>,
    pub churn_band_moves: Vec<BandMove>,
    /// ARR of the accounts that would move to a better band of health; `arr_down`: to a worse one.
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub arr_up: Cents,
    #[cfg_attr(feature = "schema", schema(value_type = f64))]
    pub arr_down: Cents,
    /// Rules that would open an alert with either.
    pub alerts: Vec<AlertChange>,
    /// Number of accounts whose band would change; `moves` has those with the most ARR.
    pub moved: u64,
    pub moves: Vec<AccountMove>,
}

/// What is odd about a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    pub name: String,
    pub fingerprint: String,
    /// Accounts that it would score.
    pub accounts: u64,
    pub findings: Vec<Finding>,
}

/// What the model would change if it were taken into use at `position` today; at most `most` accounts are listed.
///
/// Trends and drops of scores compare with earlier snapshots of the same model, which a new one has only once it is in use: they
/// are missing here.
///
/// # Errors
/// `position`, as in [`super::use_model`].
pub async fn preview(context: &Context, model: &Model, position: Option<u64>, most: usize) -> Result<Preview> {
    let (found, fingerprint) = survey(context, model, position, most).await?;
    let mut tx = context.db.read().await?;
    let mut moves = Vec::with_capacity(found.moves.len());
    for mut of in found.moves {
        of.name = store::accounts::get(&mut tx, &context.scope(), of.id).await?.map(|one| one.name).unwrap_or_default();
        moves.push(of);
    }
    let rules = Rule::ALL.iter().map(|rule| {
        let held = found.held.contains(rule);
        AlertChange {
            rule: rule.as_str(),
            in_use: found.opened[0].fired(*rule),
            new: found.opened[1].fired(*rule),
            held,
        }
    });
    let listed = |moves: BTreeMap<(usize, usize), (u64, i64)>, names: &[&'static str]| {
        let name = |place: usize| names.get(place).copied().unwrap_or_default();
        let line =
            |((from, to), (accounts, arr))| BandMove { from: name(from), to: name(to), accounts, arr: Cents(arr) };
        moves.into_iter().map(line).collect::<Vec<_>>()
    };
    let bands = Band::TEXTS.iter().copied().zip(found.bands).filter(|(_, counts)| *counts != [0, 0]);
    Ok(Preview {
        as_of: context.today(),
        name: model.name.clone(),
        fingerprint,
        accounts: found.accounts,
        applies_to: found.applies_to,
        health_changed: found.changed[0],
        churn_risk_changed: found.changed[1],
        bands: bands.collect(),
        band_moves: listed(found.band_moves, Band::TEXTS),
        churn_band_moves: listed(found.churn_moves, crate::score::ChurnBand::TEXTS),
        arr_up: Cents(found.arr[0]),
        arr_down: Cents(found.arr[1]),
        alerts: rules.filter(|rule| rule.in_use > 0 || rule.new > 0).collect(),
        moved: found.moved,
        moves,
    })
}

/// Everything that looks wrong with a model that keeps the rules: what its numbers tell, and the accounts that it would score.
///
/// # Errors
/// Those of the database.
pub async fn check(context: &Context, model: &Model) -> Result<Check> {
    let (found, fingerprint) = survey(context, model, None, 0).await?;
    let mut findings = model.findings();
    findings.extend(found.distribution.findings(model));
    Ok(Check { name: model.name.clone(), fingerprint, accounts: found.applies_to, findings })
}

/// What one pass over the book finds.
#[derive(Debug, Default)]
struct PreviewTally {
    accounts: u64,
    applies_to: u64,
    changed: [u64; 2],
    bands: [[u64; 2]; Band::ALL.len()],
    /// By the places of the bands: accounts and ARR.
    band_moves: BTreeMap<(usize, usize), (u64, i64)>,
    churn_moves: BTreeMap<(usize, usize), (u64, i64)>,
    arr: [i64; 2],
    opened: [Guard; 2],
    held: Vec<Rule>,
    moved: u64,
    moves: Vec<AccountMove>,
    distribution: Distribution,
    surveys: [Survey; 2],
}

/// The two sides that are compared.
struct ComparedModels {
    engine: Engine,
    new: Models,
    /// The book as the new models see it: how much is known is theirs to say.
    new_book: Book,
    fingerprint: String,
    most: usize,
}

async fn survey(
    context: &Context,
    model: &Model,
    position: Option<u64>,
    most: usize,
) -> Result<(PreviewTally, String)> {
    let mut conn = context.db.hold(&context.scope()).await?;
    let prepared = Engine::prepare(&mut conn).await;
    let found = match prepared {
        Ok(()) => compare(context, &mut conn.read().await?, model, position, most).await,
        Err(error) => Err(error),
    };
    drop(conn);
    found
}

async fn compare(
    context: &Context,
    tx: &mut Tx<'_>,
    model: &Model,
    position: Option<u64>,
    most: usize,
) -> Result<(PreviewTally, String)> {
    let stored = store::models::all(tx, &context.scope()).await?;
    let now = Arc::new(Models::new(in_use(&stored)?.into_iter().map(|used| used.model)));
    let new = plan(&stored, model, position)?.models();
    let today = context.today();
    let mut engine = Engine::begin(context, tx, &now, (today, today), None, HistorySource::Stored).await?;
    let guess = engine.guess(tx).await?;
    engine.assume(guess);
    let new_book = engine.book().clone();
    let mut sides = ComparedModels { engine, new, new_book, fingerprint: model.fingerprint(), most };
    let mut found = sides.pass(context, tx).await?;
    // The means are known only when all were looked at.
    if !found.surveys[0].agrees(sides.engine.book().known) || !found.surveys[1].agrees(sides.new_book.known) {
        sides.engine.assume(found.surveys[0].known());
        sides.new_book.known = found.surveys[1].known();
        found = sides.pass(context, tx).await?;
    }
    Ok((found, sides.fingerprint))
}

impl ComparedModels {
    async fn pass(&self, context: &Context, tx: &mut Tx<'_>) -> Result<PreviewTally> {
        let mut found = PreviewTally::default();
        let mut after = Uuid::nil();
        loop {
            let batch = self.engine.batch(tx, after, None).await?;
            let Some(last) = batch.last else { break };
            let mut open: HashMap<Uuid, Vec<UnresolvedAlert>> = HashMap::new();
            for alert in store::alerts::open(tx, &context.scope(), Range { after, to: last }, None).await? {
                if let (Ok(rule), Ok(level)) = (Rule::parse(&alert.rule), Level::try_from(alert.level)) {
                    let standing = UnresolvedAlert { held: alert.held, ..(rule, level).into() };
                    open.entry(alert.account_id).or_default().push(standing);
                }
            }
            for account in &batch.accounts {
                self.account(account, open.get(&account.id()).map_or(&[], Vec::as_slice), &mut found);
            }
            after = last;
        }
        found.moves.sort_by(|a, b| (b.arr, a.id).cmp(&(a.arr, b.id)));
        found.moves.truncate(self.most);
        let first = self.new.iter().next().map_or_else(|| Model::builtin(), |listed| &listed.model);
        found.held = found.opened[1].rules(&first.alerts).collect();
        Ok(found)
    }

    fn account(&self, account: &GatheredAccount, open: &[UnresolvedAlert], found: &mut PreviewTally) {
        let old = self.engine.model(&account.row, &account.facts);
        let new = self.engine.among(&self.new, &account.row, &account.facts);
        let (facts, trail) = as_seen_by(account, old, new);
        let scores = [score(&account.facts, self.engine.book(), &old.model), score(&facts, &self.new_book, &new.model)];
        let previous = account.levels.unwrap_or_default();
        let held = open.iter().filter(|open| !open.held);
        let held = held.fold(previous, |held, open| held.with(open.rule, open.level));
        let sides = [(&account.facts, &account.trail, old), (&facts, &trail, new)];
        for (side, (facts, trail, listed)) in sides.into_iter().enumerate() {
            let levels = alerts::conditions(facts, &scores[side], trail, &listed.model, &held);
            let moves = alerts::moves(previous, levels, open);
            let opening: Vec<Move> = moves.into_iter().filter(|to| matches!(to, Move::Open { .. })).collect();
            found.opened[side].count(&opening);
            found.surveys[side].add(facts, &scores[side], &listed.model);
        }
        if new.fingerprint == self.fingerprint {
            found.applies_to += 1;
            found.distribution.add(&scores[1], &new.model);
        }
        found.compare(account, &scores, self.most);
    }
}

/// The facts as the new model sees them: what is known of the past by the old model's scores is nothing to it.
fn as_seen_by(account: &GatheredAccount, old: &FingerprintedModel, new: &FingerprintedModel) -> (Facts, Trail) {
    let (mut facts, mut trail) = (account.facts.clone(), account.trail);
    if old.fingerprint != new.fingerprint {
        facts.past = EarlierHealth::default();
        (trail.week, trail.month) = (None, None);
    }
    (facts, trail)
}

impl PreviewTally {
    fn compare(&mut self, account: &GatheredAccount, [old, new]: &[Scores; 2], most: usize) {
        self.accounts += 1;
        self.changed[0] += u64::from(old.health.score != new.health.score);
        self.changed[1] += u64::from(old.churn.score != new.churn.score);
        let (from, to) = (old.health.band, new.health.band);
        for (side, band) in [from, to].into_iter().enumerate() {
            self.bands[band as usize][side] += 1;
        }
        let arr = account.facts.account.arr;
        let cents = arr.unwrap_or(0);
        let count = |moves: &mut BTreeMap<(usize, usize), (u64, i64)>, from: usize, to: usize| {
            let (accounts, sum) = moves.entry((from, to)).or_default();
            *accounts += 1;
            *sum = sum.saturating_add(cents);
        };
        if from != to {
            count(&mut self.band_moves, from as usize, to as usize);
            // Bands stand best first; the last two are no better and no worse.
            if [from, to].iter().all(|band| !matches!(band, Band::InsufficientData | Band::Onboarding)) {
                let sum = &mut self.arr[usize::from(to > from)];
                *sum = sum.saturating_add(cents);
            }
        }
        if old.churn.band != new.churn.band {
            count(&mut self.churn_moves, old.churn.band as usize, new.churn.band as usize);
        }
        if from == to && old.churn.band == new.churn.band {
            return;
        }
        self.moved += 1;
        self.moves.push(AccountMove {
            id: account.id(),
            name: String::new(),
            arr: arr.map(Cents),
            health: [old.health.score, new.health.score],
            band: [from.as_str(), to.as_str()],
            churn_risk: [old.churn.score, new.churn.score],
            churn_band: [old.churn.band.as_str(), new.churn.band.as_str()],
        });
        if self.moves.len() > most.saturating_mul(4).max(1_000) {
            self.moves.sort_by(|a, b| (b.arr, a.id).cmp(&(a.arr, b.id)));
            self.moves.truncate(most);
        }
    }
}
