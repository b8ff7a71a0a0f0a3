//! The recompute: every account as of a day, in one short write at the end.
//!
//! Facts are read and scored under one read transaction and staged in temporary tables; then one transaction takes the
//! organization's write lock and puts snapshots, scores, statuses and alerts in place. It happens as a whole or not at all.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use chrono::NaiveDate;
use serde::Serialize;
use uuid::Uuid;

use super::engine::{Engine, Gathered, History};
use crate::error::{Error, Kind, Result};
use crate::model::account::ACCOUNT;
use crate::model::activity::Activity;
use crate::model::operation::{Ledger, OperationStatus};
use crate::ops::operations::running;
use crate::ops::records::{Begun, stamp};
use crate::ops::{Context, OnBegun, goals};
use crate::score::alerts::{self, Guard, Level, Levels, Move, Rule, Topic};
use crate::score::model::Models;
use crate::score::{Band, Connected, Scores, status};
use crate::store::scores::apply::{self, AlertMove, Scored};
use crate::store::scores::snapshots::{Parts, Snapshot};
use crate::store::scores::{Range, book};
use crate::store::{self, Conn, Exclusive, Lock, Tx};

/// What is asked of a run.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Today, if none is given.
    pub as_of: Option<NaiveDate>,
    /// Score these only; empty: all.
    pub accounts: Vec<Uuid>,
    /// Score by these models, not by the organization's.
    pub models: Option<Arc<Models>>,
    pub dry_run: bool,
}

/// Bands that moved, against the snapshot before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = BandsMoved))]
pub struct Moved {
    pub up: u64,
    pub down: u64,
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = RecomputeOutcome))]
pub struct Outcome {
    /// None where nothing changed, or in a dry run.
    pub operation: Option<Uuid>,
    pub as_of: NaiveDate,
    /// Unarchived accounts, churned ones included.
    pub accounts: u64,
    pub scored: u64,
    /// Accounts or snapshots that are not as they were.
    pub changed: u64,
    pub insufficient: u64,
    pub bands: BTreeMap<&'static str, u64>,
    pub moved: Moved,
    pub status_changes: u64,
    pub alerts_opened: u64,
    pub alerts_cleared: u64,
    /// Alerts that wait for their release, those of earlier runs included.
    pub alerts_held: u64,
    /// The fingerprint of the model; of several, in their order, separated by commas.
    pub model: String,
    pub seconds: f64,
}

/// Held while a run is at work: a second one is refused.
pub struct Run {
    conn: Conn,
    lock: Exclusive,
}

impl Run {
    /// # Errors
    /// `read_only_user`; `busy` where another run of the organization is at work.
    pub async fn begin(context: &Context) -> Result<Self> {
        context.may_write()?;
        let mut conn = context.db.hold().await?;
        let lock = context.db.try_exclusive(&mut conn, &context.scope(), "recompute").await?;
        let Some(lock) = lock else {
            drop(conn);
            let message = format!("another recompute of {} is at work; nothing was written", context.organization.slug);
            return Err(Error::new(Kind::Busy, "busy", message).hint("try again when it is done"));
        };
        Engine::prepare(&mut conn).await?;
        apply::create(&mut conn).await?;
        Ok(Self { conn, lock })
    }

    /// Scores a day. A day before the latest one gets its snapshots only: no account, status or alert changes.
    ///
    /// # Errors
    /// `future_day`; `busy` where the write lock is not to be had in time.
    pub async fn day(
        &mut self,
        context: &Context,
        request: &Request,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Outcome> {
        self.day_telling(context, request, progress, &mut |_| {}).await
    }

    /// As [`Run::day`], and says which operation it is as soon as that is committed as running. A dry run is none.
    ///
    /// # Errors
    /// As [`Run::day`]; once it has begun the operation has then failed, and its message is the error's.
    pub async fn day_telling(
        &mut self,
        context: &Context,
        request: &Request,
        progress: &mut (dyn FnMut(u64) + Send),
        on_begun: OnBegun<'_>,
    ) -> Result<Outcome> {
        let outcome = begin_and_run(context, &mut self.conn, request, progress, on_begun).await;
        outcome.map_err(|error| context.db.busy(error))
    }

    /// Lets the next one begin.
    pub async fn end(mut self) {
        // A connection that can't be asked any more lets go when it is closed.
        let _ = self.lock.release(&mut self.conn).await;
        drop(self.conn);
    }
}

/// Scores a day, alone.
///
/// # Errors
/// As [`Run::begin`] and [`Run::day`].
pub async fn recompute(
    context: &Context,
    request: &Request,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Outcome> {
    recompute_telling(context, request, progress, &mut |_| {}).await
}

/// As [`recompute`], and says which operation it is as soon as that is committed as running. A dry run is none.
///
/// # Errors
/// As [`Run::begin`] and [`Run::day_telling`].
pub async fn recompute_telling(
    context: &Context,
    request: &Request,
    progress: &mut (dyn FnMut(u64) + Send),
    on_begun: OnBegun<'_>,
) -> Result<Outcome> {
    let mut run = Run::begin(context).await?;
    let outcome = run.day_telling(context, request, progress, on_begun).await;
    run.end().await;
    outcome
}

/// What staging found.
struct Found {
    outcome: Outcome,
    connected: Connected,
    guard: Guard,
    statuses: u64,
}

async fn begin_and_run(
    context: &Context,
    conn: &mut Conn,
    request: &Request,
    progress: &mut (dyn FnMut(u64) + Send),
    on_begun: OnBegun<'_>,
) -> Result<Outcome> {
    let started = Instant::now();
    let today = context.today();
    let date = request.as_of.unwrap_or(today);
    if date > today {
        return Err(Error::invalid(
            "future_day",
            format!("{date} is after today, {today}: nothing is known of it yet"),
        ));
    }
    if request.accounts.is_empty() && date == today && !request.dry_run {
        // Goals are a source of alerts: they stand where the day puts them.
        goals::refresh(&context.beside(), None, false).await?;
    }
    let begun = Begun::now(context);
    if request.dry_run {
        return run(context, conn, request, date, begun, progress).await.map(|outcome| timed(outcome, started));
    }
    let parameters = serde_json::json!({"as_of": date.to_string(), "accounts": request.accounts});
    let operation = begun.operation(context, "accounts.recompute", parameters.to_string());
    let (id, alive) = running::begin(context, conn, operation).await?;
    on_begun(id);
    let outcome = run(context, conn, request, date, begun, progress).await;
    match &outcome {
        Ok(outcome) if outcome.operation.is_none() => {
            let ledger = serde_json::to_string(&outcome.ledger()).unwrap_or_default();
            running::idle(context, id, ledger).await?;
        }
        Ok(_) => {}
        // The first error is the one to tell.
        Err(error) => drop(running::fail(context, id, None, Some(error.to_string())).await),
    }
    drop(alive);
    outcome.map(|outcome| timed(outcome, started))
}

fn timed(outcome: Outcome, started: Instant) -> Outcome {
    Outcome { seconds: (started.elapsed().as_secs_f64() * 1_000.0).round() / 1_000.0, ..outcome }
}

async fn run(
    context: &Context,
    conn: &mut Conn,
    request: &Request,
    date: NaiveDate,
    begun: Begun,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Outcome> {
    let today = context.today();
    let scope = context.scope();
    let whole = request.accounts.is_empty();
    let mut tx = conn.read().await?;
    let models = match &request.models {
        Some(models) => Arc::clone(models),
        None => Arc::new(super::models::active(&mut tx, &scope).await?),
    };
    let last = store::scores::snapshots::last_day(&mut tx, &scope, None).await?;
    let current = date == today && last.is_none_or(|last| last <= date);
    let alone = match request.accounts.as_slice() {
        [one] => Some(*one),
        _ => None,
    };
    let mut engine = Engine::begin(context, &mut tx, &models, (date, date), alone, History::Stored).await?;
    let hint = match book::stored(&mut tx, &scope, date).await? {
        Some(stored) => Connected(u32::try_from(stored.connected).unwrap_or(0)),
        None => engine.sample(&mut tx).await?,
    };
    engine.whole.book.connected = hint;
    let mut found = stage(context, &mut tx, &engine, request, current, progress).await?;
    // Coverage is held against what the whole organization has, which is known only when all were looked at. Health's factors
    // are settled then; one of churn risk asks whether health is, and settles a pass later.
    while whole && found.connected != engine.book().connected {
        engine.whole.book.connected = found.connected;
        found = stage(context, &mut tx, &engine, request, current, progress).await?;
    }
    let open_topics = store::alerts::topics(&mut tx, &scope).await?;
    let held_before = total(&store::alerts::held(&mut tx, &scope).await?);
    tx.commit().await?;

    let mut outcome = found.outcome;
    let held: Vec<Rule> = match current && whole {
        true => found.guard.rules(&engine.first_model().alerts).collect(),
        false => Vec::new(),
    };
    let topics =
        if current && whole { Topics::of(&engine, &found.guard, &held, &open_topics) } else { Topics::default() };
    outcome.status_changes = found.statuses;
    if request.dry_run {
        let fired: u64 = held.iter().map(|rule| found.guard.fired(*rule)).sum();
        outcome.alerts_held = held_before + fired;
        outcome.alerts_opened = outcome.alerts_opened.saturating_sub(fired) + topics.open.len() as u64;
        outcome.alerts_cleared += topics.clear.len() as u64;
        return Ok(outcome);
    }

    let mut tx = conn.write(&scope, Lock::Exclusive).await?;
    let moves = outcome.alerts_opened + outcome.alerts_cleared + topics.open.len() as u64 + topics.clear.len() as u64;
    if outcome.changed == 0 && moves == 0 {
        tx.rollback().await?;
        outcome.alerts_held = held_before;
        return Ok(outcome);
    }
    let parameters =
        serde_json::json!({"as_of": date.to_string(), "accounts": request.accounts, "model": outcome.model});
    let stamp = stamp(context, begun.id, context.clock.now());
    store::operations::describe(&mut tx, &scope, stamp.operation, parameters.to_string()).await?;
    let ledger = serde_json::to_string(&outcome.ledger()).unwrap_or_default();
    let status = OperationStatus::Done;
    store::operations::finish(&mut tx, &scope, stamp.operation, status, Some(ledger), None, stamp.now).await?;
    apply::keep_snapshots(&mut tx, &scope, date, stamp.operation).await?;
    apply::snapshots(&mut tx, &scope, stamp.operation).await?;
    if current {
        apply::keep_turning(&mut tx, &scope, stamp.operation).await?;
        outcome.status_changes = apply::track(&mut tx, &scope, date, stamp.operation, stamp.now).await?;
        apply::accounts(&mut tx, &scope, stamp.now).await?;
        let names: Vec<&str> = held.iter().map(|rule| rule.as_str()).collect();
        let counts = apply::alerts(&mut tx, &scope, date, stamp.operation, stamp.now, &names).await?;
        outcome.alerts_opened = counts.opened;
        outcome.alerts_cleared = counts.cleared;
        for (topic, message) in &topics.open {
            let alert =
                store::alerts::TopicAlert { id: context.ids.next(), topic: topic.clone(), message: message.clone() };
            outcome.alerts_opened +=
                store::alerts::open_topic(&mut tx, &scope, &alert, date, stamp.operation, stamp.now).await?;
        }
        for topic in &topics.clear {
            outcome.alerts_cleared +=
                store::alerts::clear_topic(&mut tx, &scope, topic, stamp.operation, stamp.now).await?;
        }
    }
    outcome.alerts_held = total(&store::alerts::held(&mut tx, &scope).await?);
    if whole {
        let row = book::BookRow {
            connected: i64::from(engine.book().connected.0),
            csat_sum: engine.book().csat.sum,
            csat_count: engine.book().csat.count,
            scored: i64::try_from(outcome.scored).unwrap_or(i64::MAX),
        };
        book::keep(&mut tx, &scope, date, row, stamp.operation).await?;
    }
    outcome.operation = Some(stamp.operation);
    let activity = Activity {
        id: context.ids.next(),
        at: stamp.now,
        user: context.user.id,
        operation: Some(stamp.operation),
        kind: "accounts.recompute".to_owned(),
        noun: ACCOUNT.many.to_owned(),
        record: None,
        account: alone,
        label: outcome.summary(),
        changes: serde_json::Value::Array(Vec::new()),
    };
    store::activities::insert(&mut tx, &scope, &activity).await?;
    tx.commit().await?;
    Ok(outcome)
}

fn total(held: &[(String, i64)]) -> u64 {
    held.iter().map(|(_, count)| u64::try_from(*count).unwrap_or(0)).sum()
}

impl Outcome {
    fn ledger(&self) -> Ledger {
        let unchanged = self.accounts - self.changed;
        Ledger { rows: self.accounts, updated: self.changed, unchanged, ..Ledger::default() }
    }

    /// In words, for the feed and the last line of the cron mail.
    pub fn summary(&self) -> String {
        let mut parts = vec![format!("{} of {} accounts scored as of {}", self.scored, self.accounts, self.as_of)];
        parts.push(format!("{} up and {} down", self.moved.up, self.moved.down));
        for (count, what) in [
            (self.status_changes, "statuses changed"),
            (self.alerts_opened, "alerts opened"),
            (self.alerts_cleared, "cleared"),
            (self.insufficient, "with too little data"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {what}"));
            }
        }
        if self.alerts_held > 0 {
            parts.push(format!("{} alerts HELD", self.alerts_held));
        }
        parts.join(", ")
    }
}

/// Alerts about the organization's data, by topic.
#[derive(Default)]
struct Topics {
    open: Vec<(String, String)>,
    clear: Vec<String>,
}

impl Topics {
    fn of(engine: &Engine, guard: &Guard, held: &[Rule], open: &[String]) -> Self {
        let known: Vec<Topic> = open.iter().filter_map(|key| Topic::parse(key).ok()).collect();
        let rows = [(alerts::Feed::Usage, engine.whole.usage_days), (alerts::Feed::Support, engine.whole.ticket_days)];
        let silences = alerts::feeds(&rows, &engine.first_model().alerts.data_quality, &known);
        let mut topics = Self::default();
        for silence in &silences {
            let key = silence.topic().key();
            if !open.contains(&key) {
                topics.open.push((key, silence.message()));
            }
        }
        for topic in &known {
            if matches!(topic, Topic::Feed(_)) && !silences.iter().any(|silence| silence.topic() == *topic) {
                topics.clear.push(topic.key());
            }
        }
        for rule in held {
            let key = Topic::Guard(*rule).key();
            if !open.contains(&key) {
                topics.open.push((key, alerts::held_message(*rule, guard.fired(*rule), guard.book())));
            }
        }
        topics
    }
}

/// Scores all, and stages what is to be written.
async fn stage(
    context: &Context,
    tx: &mut Tx<'_>,
    engine: &Engine,
    request: &Request,
    current: bool,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Found> {
    let scope = context.scope();
    apply::clear(tx).await?;
    let fingerprints: Vec<&str> = engine.models.iter().map(|listed| listed.fingerprint.as_str()).collect();
    let mut found = Found {
        outcome: Outcome {
            operation: None,
            as_of: engine.day.date,
            accounts: 0,
            scored: 0,
            changed: 0,
            insufficient: 0,
            bands: Band::ALL.iter().map(|band| (band.as_str(), 0)).collect(),
            moved: Moved::default(),
            status_changes: 0,
            alerts_opened: 0,
            alerts_cleared: 0,
            alerts_held: 0,
            model: fingerprints.join(","),
            seconds: 0.0,
        },
        connected: Connected::default(),
        guard: Guard::default(),
        statuses: 0,
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
        let open = store::alerts::open(tx, &scope, range).await?;
        let mut open = super::facts::Groups::new(open, |alert| alert.account_id);
        found.outcome.accounts += batch.accounts.len() as u64 + batch.left_out;
        let (mut scored, mut moves) = (Vec::new(), Vec::new());
        for account in &batch.accounts {
            let scores = engine.score(account);
            found.connected.0 |= scores.told(&account.facts).0;
            let levels_open: Vec<(Rule, Level)> = open
                .of(account.id())
                .iter()
                .filter_map(|alert| Some((Rule::parse(&alert.rule).ok()?, Level::try_from(alert.level).ok()?)))
                .collect();
            found.account((context, engine), account, &scores, &levels_open, current, (&mut scored, &mut moves));
        }
        progress(batch.accounts.len() as u64);
        apply::stage(tx, scored, moves).await?;
        after = last;
    }
    Ok(found)
}

impl Found {
    /// What becomes of one account.
    fn account(
        &mut self,
        (context, engine): (&Context, &Engine),
        account: &Gathered,
        scores: &Scores,
        open: &[(Rule, Level)],
        current: bool,
        (scored, moves): (&mut Vec<Scored>, &mut Vec<AlertMove>),
    ) {
        let listed = engine.model(&account.row, &account.facts);
        let outcome = &mut self.outcome;
        outcome.scored += 1;
        *outcome.bands.entry(scores.health.band.as_str()).or_default() += 1;
        outcome.insufficient += u64::from(scores.health.band == Band::InsufficientData);

        let previous = account.latest.as_ref().map(|snapshot| Levels::new(snapshot.alert_levels));
        let mut held = previous.unwrap_or_default();
        for (rule, level) in open {
            held = held.with(*rule, *level);
        }
        let model = &listed.model;
        let levels = alerts::conditions(&account.facts, scores, &account.trail, model, &held);
        if current {
            let found = alerts::moves(previous, levels, open);
            self.guard.count(&found);
            for to in found {
                let (kind, rule, level) = match to {
                    Move::Open { rule, level } => ("open", rule, level),
                    Move::Raise { rule, level } => ("raise", rule, level),
                    Move::Lower { rule, level } => ("lower", rule, level),
                    Move::Clear { rule } => ("clear", rule, 0),
                };
                outcome.alerts_opened += u64::from(kind == "open");
                outcome.alerts_cleared += u64::from(kind == "clear");
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
                });
            }
        }

        let snapshot = snapshot(account, engine, &listed.fingerprint, scores, levels);
        let earlier = account.latest.as_ref();
        if let Some(was) = earlier.and_then(|snapshot| Band::parse(&snapshot.band).ok()) {
            let (was, is) = (rank(was), rank(scores.health.band));
            if let (Some(was), Some(is)) = (was, is) {
                outcome.moved.up += u64::from(is > was);
                outcome.moved.down += u64::from(is < was);
            }
        }
        let new_snapshot = earlier != Some(&snapshot);
        let row = &account.row;
        let shown = row.scored_at.is_some()
            && row.health_score == snapshot.health_score
            && row.churn_risk_score == snapshot.churn_risk_score
            && row.band.as_deref() == Some(snapshot.band.as_str())
            && row.health_coverage == Some(snapshot.health_coverage)
            && row.churn_coverage == Some(snapshot.churn_coverage)
            && row.scored_at.is_some_and(|at| engine.day.date_of(at) == engine.day.date);
        let turns = match current {
            true => status(account.status(), account.status_source(engine.day.date), scores, &model.status),
            false => None,
        };
        let turns = turns.map(|to| (account.row.status.clone(), to.as_str().to_owned(), context.ids.next()));
        self.statuses += u64::from(turns.is_some());
        let new_scores = current && (!shown || turns.is_some());
        if new_snapshot || new_scores {
            outcome.changed += 1;
            scored.push(Scored { snapshot, new_snapshot, new_scores, version: row.version, status: turns });
        }
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

/// The day's row.
pub(super) fn snapshot(
    account: &Gathered,
    engine: &Engine,
    fingerprint: &str,
    scores: &Scores,
    levels: Levels,
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
        parts: Parts::of(parts),
    }
}

/// The days from `since` to today that no run has scored, ascending; today is always one of them.
///
/// # Errors
/// `future_day` where `since` is after today; `long_catch_up` for more than 400 days.
pub async fn missed(context: &Context, since: NaiveDate) -> Result<Vec<NaiveDate>> {
    const MOST: i64 = 400;
    let today = context.today();
    if since > today {
        return Err(Error::invalid("future_day", format!("{since} is after today, {today}")));
    }
    if (today - since).num_days() > MOST {
        return Err(Error::invalid("long_catch_up", format!("{since} is more than {MOST} days ago"))
            .hint("catch up in steps, or run single days with --as-of"));
    }
    let mut tx = context.db.read().await?;
    let run = store::scores::snapshots::days(&mut tx, &context.scope(), since, today).await?;
    Ok(since.iter_days().take_while(|day| *day <= today).filter(|day| *day == today || !run.contains(day)).collect())
}
