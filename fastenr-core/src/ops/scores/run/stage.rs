//! Scores the accounts of a day, and stages what is to be written: snapshots, scores, statuses, moves of alerts.

use chrono::NaiveDate;
use uuid::Uuid;

use super::Request;
use super::holds::Holds;
use super::made_up::RunMode;
use super::outcome::{BandsMoved, Outcome};
use super::tally::Tally;
use crate::error::Result;
use crate::model::Status;
use crate::ops::Context;
use crate::ops::scores::engine::{Engine, GatheredAccount};
use crate::ops::scores::facts::Groups;
use crate::score::alerts::{self, HeldBy, Level, Levels, Move, Rule, UnresolvedAlert};
use crate::score::model::FingerprintedModel;
use crate::score::{Band, Component, Factor, Health, Likelihood, Scores, Survey, status};
use crate::store::alerts::OpenAlert;
use crate::store::scores::Range;
use crate::store::scores::apply::{self, AlertMove, ScoredAccount};
use crate::store::scores::snapshots::{Parts, Snapshot};
use crate::store::{self, Tx};

/// What staging found.
pub(super) struct StagedScores {
    pub(super) outcome: Outcome,
    pub(super) survey: Survey,
    pub(super) tally: Tally,
    pub(super) statuses: u64,
    /// Of accounts that fell out of their bands, the weight of what is missing now, by component.
    lost: [i64; 4],
}

/// Scores all, and stages what is to be written.
pub(super) async fn stage(
    context: &Context,
    tx: &mut Tx<'_>,
    engine: &Engine,
    (request, course, holds): (&Request, RunMode, &Holds),
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<StagedScores> {
    let scope = context.scope();
    apply::clear(tx).await?;
    let fingerprints: Vec<&str> = engine.models.iter().map(|listed| listed.fingerprint.as_str()).collect();
    let mut found = StagedScores {
        outcome: Outcome {
            operation: None,
            as_of: engine.day.date,
            accounts: 0,
            scored: 0,
            changed: 0,
            insufficient: 0,
            became_insufficient: 0,
            missing_data: None,
            mean_coverage: None,
            bands: Band::ALL.iter().map(|band| (band.as_str(), 0)).collect(),
            moved: BandsMoved::default(),
            status_changes: 0,
            alerts_opened: 0,
            alerts_cleared: 0,
            alerts_held: 0,
            held: Vec::new(),
            doubts: holds.holding().map(|doubt| doubt.topic.key()).collect(),
            model: fingerprints.join(","),
            seconds: 0.0,
        },
        survey: Survey::default(),
        tally: Tally::default(),
        statuses: 0,
        lost: [0; 4],
    };
    let mut wanted = request.accounts.clone();
    wanted.sort_unstable();
    wanted.dedup();
    let mut after = Uuid::nil();
    let mut wanted = wanted.into_iter();
    loop {
        let batch = if request.accounts.is_empty() {
            engine.batch(tx, after, None).await?
        } else {
            let Some(id) = wanted.next() else { break };
            let range = Range::one(id);
            after = range.after;
            engine.batch(tx, range.after, Some(range.to)).await?
        };
        let Some(last) = batch.last else {
            if request.accounts.is_empty() {
                break;
            }
            continue;
        };
        let range = Range { after, to: last };
        let made_up = course.made_up.map(|moment| (engine.day.date, moment));
        let open = store::alerts::open(tx, &scope, range, made_up).await?;
        let mut open = Groups::new(open, |alert| alert.account_id);
        found.outcome.accounts += batch.accounts.len() as u64 + batch.left_out;
        let (mut scored, mut moves) = (Vec::new(), Vec::new());
        for account in &batch.accounts {
            // A night that is made up for saw no account that was entered after it.
            let later = account.levels.is_none() && engine.day.date_of(account.row.created_at) > engine.day.date;
            if later && course.made_up.is_some() {
                found.outcome.accounts -= 1;
                continue;
            }
            let scores = engine.score(account);
            engine.count(&mut found.survey, account, &scores);
            let open = open.of(account.id());
            found.account((context, engine), (account, &scores, open), (course, holds), (&mut scored, &mut moves));
        }
        progress(batch.accounts.len() as u64);
        apply::stage(tx, scored, moves).await?;
        after = last;
    }
    let most = Component::ALL.iter().zip(found.lost).filter(|(_, lost)| *lost > 0).max_by_key(|(_, lost)| *lost);
    found.outcome.missing_data = most.map(|(component, _)| component.as_str());
    Ok(found)
}

impl StagedScores {
    /// What becomes of one account.
    fn account(
        &mut self,
        (context, engine): (&Context, &Engine),
        (account, scores, open): (&GatheredAccount, &Scores, &[OpenAlert]),
        (course, holds): (RunMode, &Holds),
        (scored, moves): (&mut Vec<ScoredAccount>, &mut Vec<AlertMove>),
    ) {
        let listed = engine.model(&account.row, &account.facts);
        let outcome = &mut self.outcome;
        outcome.scored += 1;
        *outcome.bands.entry(scores.health.band.as_str()).or_default() += 1;
        outcome.insufficient += u64::from(scores.health.band == Band::InsufficientData);

        let open = UnresolvedAlerts::read(open);
        let previous = account.levels.unwrap_or_default();
        let model = &listed.model;
        let mut levels = alerts::conditions(&account.facts, scores, &account.trail, model, &open.held_levels(previous));
        if course.live {
            let found: Vec<(Move, Option<HeldBy>, Option<HeldBy>)> = alerts::moves(previous, levels, &open.standing)
                .into_iter()
                .map(|to| (to, open.reason(to.rule())))
                // What is open and gets worse by data in doubt waits for better data.
                .filter(|(to, was)| was.is_some() || !matches!(to, Move::Raise { .. }) || !holds.is_doubtful(to.rule()))
                .map(|(to, was)| {
                    let waits = was.is_some() || matches!(to, Move::Open { .. });
                    (to, holds.hold(to, &listed.fingerprint).filter(|_| waits), was)
                })
                .collect();
            self.tally.count(&found);
            for (to, hold, _) in found {
                let (kind, rule, level) = match to {
                    Move::Open { rule, level } => ("open", rule, level),
                    Move::Raise { rule, level } => ("raise", rule, level),
                    Move::Lower { rule, level } => ("lower", rule, level),
                    Move::Clear { rule } => ("clear", rule, 0),
                };
                let message = match kind {
                    "clear" => String::new(),
                    _ => alerts::message(rule, level, &account.facts, scores, &account.trail, model),
                };
                moves.push(AlertMove {
                    id: context.ids.next(),
                    account_id: account.id(),
                    rule: rule.as_str().to_owned(),
                    kind,
                    level: i64::from(level),
                    severity: rule.severity(level).as_str().to_owned(),
                    message,
                    hold: hold.map(HeldBy::as_str),
                });
            }
        } else {
            // The levels of a day are what its night found, and nothing where it had none.
            let own = account.latest.as_ref().filter(|snapshot| snapshot.snapshot_date == engine.day.date);
            levels = own.map_or(Levels::NONE, |snapshot| Levels::new(snapshot.alert_levels));
        }

        let likelihood = match course.live {
            true => shown_likelihood(listed, &scores.health, engine.day.date),
            // That of a day is what its night showed.
            false => {
                let own = account.latest.as_ref().filter(|own| {
                    own.snapshot_date == engine.day.date
                        && own.model == listed.fingerprint
                        && own.health_score == scores.health.score
                });
                own.map_or((None, None), |own| (own.churn_times_usual, own.churn_probability))
            }
        };
        let snapshot = snapshot(account, engine, &listed.fingerprint, scores, (levels, likelihood));
        let earlier = account.latest.as_ref();
        if let Some((snapshot, was)) = earlier.and_then(|snapshot| Some((snapshot, Band::parse(&snapshot.band).ok()?)))
        {
            let (was, is) = (rank(was), rank(scores.health.band));
            if was.is_some() && scores.health.band == Band::InsufficientData {
                outcome.became_insufficient += 1;
                let then = snapshot.parts.values().skip(Component::ALL.len());
                for ((factor, then), now) in Factor::ALL.iter().zip(then).zip(&scores.health.factors) {
                    if then.is_some() && now.is_err() {
                        let weight = model.component_weight(factor.component()).0 * model.weight(*factor).0;
                        self.lost[factor.component().place()] += weight;
                    }
                }
            }
            if let (Some(was), Some(is)) = (was, is) {
                outcome.moved.up += u64::from(is > was);
                outcome.moved.down += u64::from(is < was);
            }
        }
        let new_snapshot = earlier != Some(&snapshot);
        let row = &account.row;
        let shown = row.scored_at.is_some()
            && row.health_score == snapshot.health()
            && row.provisional_health_score == snapshot.provisional_health()
            && row.churn_risk_score == snapshot.churn_risk()
            && row.band.as_deref() == Some(snapshot.band.as_str())
            && row.health_coverage == Some(snapshot.health_coverage)
            && row.churn_coverage == Some(snapshot.churn_coverage)
            && (row.churn_times_usual, row.churn_probability) == likelihood
            && row.scored_at.is_some_and(|at| engine.day.date_of(at) == engine.day.date);
        // What a person or an import said of the status since is not turned, nor does data in doubt put anybody at risk.
        let stands = course.made_up.is_none() || account.facts.account.status == account.status();
        let turns = match course.live && stands {
            true => status(account.status(), account.status_source(engine.day.date), scores, &model.status),
            false => None,
        };
        let turns = turns.filter(|to| *to != Status::AtRisk || !holds.is_doubtful(Rule::HealthBelow));
        let turns = turns.map(|to| (account.row.status.clone(), to.as_str().to_owned(), context.ids.next()));
        self.statuses += u64::from(turns.is_some());
        let new_scores = course.live && (!shown || turns.is_some());
        if new_snapshot || new_scores {
            outcome.changed += 1;
            scored.push(ScoredAccount { snapshot, new_snapshot, new_scores, version: row.version, status: turns });
        }
    }
}

/// The account's alerts, and why they are held.
struct UnresolvedAlerts {
    standing: Vec<UnresolvedAlert>,
    reasons: Vec<(Rule, HeldBy)>,
}

impl UnresolvedAlerts {
    fn read(open: &[OpenAlert]) -> Self {
        let mut found = Self { standing: Vec::with_capacity(open.len()), reasons: Vec::new() };
        for alert in open {
            let (Ok(rule), Ok(level)) = (Rule::parse(&alert.rule), Level::try_from(alert.level)) else { continue };
            found.standing.push(UnresolvedAlert { rule, level, held: alert.held, settled: alert.settled });
            if alert.held && !alert.settled {
                let reason = alert.held_by.as_deref().and_then(|text| HeldBy::parse(text).ok());
                found.reasons.push((rule, reason.unwrap_or(HeldBy::Guard)));
            }
        }
        found
    }

    /// Why the rule's alert is held.
    fn reason(&self, rule: Rule) -> Option<HeldBy> {
        self.reasons.iter().find(|(held, _)| *held == rule).map(|(_, reason)| *reason)
    }

    /// The levels that a rule has to come back from: those of its open alert, else those of the last night.
    fn held_levels(&self, previous: Levels) -> Levels {
        let open = self.standing.iter().filter(|open| !open.held && !open.settled);
        open.fold(previous, |levels, open| levels.with(open.rule, open.level))
    }
}

/// The order of the bands that are compared.
const fn rank(band: Band) -> Option<u8> {
    match band {
        Band::Critical => Some(0),
        Band::Concern => Some(1),
        Band::Moderate => Some(2),
        Band::Healthy => Some(3),
        Band::InsufficientData | Band::Onboarding => None,
    }
}

/// The multiple of the usual, and the percent.
fn shown_likelihood(listed: &FingerprintedModel, health: &Health, day: NaiveDate) -> (Option<i64>, Option<i64>) {
    let likelihood = Likelihood::of(listed, health, (day, day));
    likelihood.map_or((None, None), |likelihood| (likelihood.times_usual, likelihood.percent))
}

/// The day's row.
fn snapshot(
    account: &GatheredAccount,
    engine: &Engine,
    fingerprint: &str,
    scores: &Scores,
    (levels, likelihood): (Levels, (Option<i64>, Option<i64>)),
) -> Snapshot {
    let (health, churn) = (&scores.health, &scores.churn);
    let read = |reading: &std::result::Result<crate::score::Reading, crate::score::Missing>| {
        reading.as_ref().ok().map(|reading| reading.points)
    };
    let parts = health.components.iter().copied();
    let parts = parts.chain(health.factors.iter().map(read)).chain(churn.factors.iter().map(read));
    Snapshot {
        account_id: account.id(),
        snapshot_date: engine.day.date,
        model: fingerprint.to_owned(),
        health_score: health.score,
        churn_risk_score: churn.score,
        band: health.band.as_str().to_owned(),
        churn_band: churn.band.as_str().to_owned(),
        health_points: health.points,
        health_drawn: health.drawn,
        health_coverage: health.coverage,
        churn_points: churn.points,
        churn_coverage: churn.coverage,
        alert_levels: levels.get(),
        churn_times_usual: likelihood.0,
        churn_probability: likelihood.1,
        parts: Parts::of(parts),
    }
}
