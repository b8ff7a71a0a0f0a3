//! One day of a run: read and staged under one transaction, put in place by another.

use std::sync::Arc;

use chrono::NaiveDate;

use super::holds::Holds;
use super::made_up::RunMode;
use super::outcome::{AlertsHeld, Outcome};
use super::stage::stage;
use super::topics::Topics;
use super::{Request, checks};
use crate::error::Result;
use crate::model::account::ACCOUNT;
use crate::model::activity::Activity;
use crate::model::operation::OperationStatus;
use crate::model::selection::Selection;
use crate::ops::Context;
use crate::ops::records::{StartedOperation, stamp};
use crate::ops::scores::engine::{Engine, HistorySource};
use crate::ops::scores::models;
use crate::score::alerts::PastRuns;
use crate::score::model::Models;
use crate::score::{Amount, ranks};
use crate::store::alert_records;
use crate::store::scores::apply;
use crate::store::scores::book::{self, BookRun};
use crate::store::{self, Conn, Lock};

pub(super) async fn run(
    context: &Context,
    conn: &mut Conn,
    request: &Request,
    (date, course): (NaiveDate, RunMode),
    begun: StartedOperation,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Outcome> {
    let scope = context.scope();
    let whole = request.accounts.is_empty();
    let mut tx = conn.read().await?;
    let mut checks = Vec::new();
    let models = match &request.models {
        Some(models) => Arc::clone(models),
        None => {
            let (mut models, stored) = models::active_stored(&mut tx, &scope).await?;
            if whole && course.live {
                checks = checks::renewed(&mut tx, &scope, &mut models, &stored, date).await?;
            }
            Arc::new(models)
        }
    };
    let alone = match request.accounts.as_slice() {
        [one] => Some(*one),
        _ => None,
    };
    let mut engine = Engine::begin(context, &mut tx, &models, (date, date), alone, HistorySource::Stored).await?;
    if whole {
        let guess = engine.guess(&mut tx).await?;
        engine.assume(guess);
    } else if alone.is_none() {
        match book::stored(&mut tx, &scope, date).await?.and_then(|stored| stored.known()) {
            Some(known) => engine.assume(known),
            None => engine.survey(&mut tx).await?,
        }
    }
    let now = context.clock.now();
    let holds = Holds::read(context, &mut tx, &engine, course, now).await?;
    let mut found = stage(context, &mut tx, &engine, (request, course, &holds), progress).await?;
    if whole {
        // Coverage is held against the mean of the book, which is known only when all were looked at.
        let stands = found.survey.agrees(engine.book().known);
        engine.assume(found.survey.known());
        if !stands {
            found = stage(context, &mut tx, &engine, (request, course, &holds), progress).await?;
        }
        let known = engine.book().known;
        found.outcome.mean_coverage = (!found.survey.is_empty()).then_some(Amount(known.health));
    }
    let open_topics = store::alerts::topics(&mut tx, &scope).await?;
    let held_before = alert_records::held(&mut tx, &scope, &Selection::everything()).await?;
    let was = book::night(&mut tx, &scope, date).await?.unwrap_or_default();
    tx.commit().await?;

    let mut outcome = found.outcome;
    let settled = found.tally.settle(whole.then_some(&engine.first_model().alerts), &held_before);
    let topics = if course.live && whole { Topics::of(&holds, &settled, &open_topics) } else { Topics::default() };
    outcome.status_changes = found.statuses;
    outcome.alerts_opened = settled.opened + topics.open.len() as u64;
    outcome.alerts_cleared = settled.cleared + topics.clear.len() as u64;
    outcome.hold(settled.held());
    if request.dry_run {
        return Ok(outcome);
    }

    let mut tx = conn.write(&scope, Lock::Exclusive).await?;
    if outcome.changed == 0 && settled.moves == 0 && topics.is_empty() && checks.is_empty() {
        tx.rollback().await?;
        return Ok(outcome);
    }
    let parameters =
        serde_json::json!({"as_of": date.to_string(), "accounts": request.accounts, "model": outcome.model});
    let stamp = stamp(context, begun.id, now);
    store::operations::describe(&mut tx, &scope, stamp.operation, parameters.to_string()).await?;
    let ledger = serde_json::to_string(&outcome.ledger()).unwrap_or_default();
    let status = OperationStatus::Done;
    store::operations::finish(&mut tx, &scope, stamp.operation, status, Some(ledger), None, stamp.now).await?;
    apply::keep_snapshots(&mut tx, &scope, date, stamp.operation).await?;
    apply::snapshots(&mut tx, &scope, stamp.operation).await?;
    if course.live {
        apply::keep_turning(&mut tx, &scope, stamp.operation).await?;
        outcome.status_changes = apply::track(&mut tx, &scope, date, stamp.operation, stamp.now).await?;
        apply::accounts(&mut tx, &scope, stamp.now).await?;
        let names: Vec<&str> = settled.guarded.iter().map(|rule| rule.as_str()).collect();
        let at = course.made_up.unwrap_or(now);
        let moment = apply::AlertNight { day: date, at, now: stamp.now, operation: stamp.operation };
        let counts = apply::alerts(&mut tx, &scope, moment, &names).await?;
        outcome.alerts_opened = counts.opened;
        outcome.alerts_cleared = counts.cleared;
        for (topic, message) in &topics.open {
            let alert =
                store::alerts::TopicAlert { id: context.ids.next(), topic: topic.clone(), message: message.clone() };
            outcome.alerts_opened += store::alerts::open_topic(&mut tx, &scope, &alert, moment).await?;
        }
        for topic in &topics.clear {
            outcome.alerts_cleared += store::alerts::clear_topic(&mut tx, &scope, topic, moment).await?;
        }
    }
    outcome.hold(held(alert_records::held(&mut tx, &scope, &Selection::everything()).await?));
    if whole {
        let row = book::BookRow {
            connected: i64::from(engine.book().connected.0),
            csat_sum: engine.book().csat.sum,
            csat_count: engine.book().csat.count,
            scored: i64::try_from(outcome.scored).unwrap_or(i64::MAX),
            health_known: Some(engine.book().known.health),
            churn_known: Some(engine.book().known.churn),
        };
        let night = night(&engine.models, course, was);
        let ranks = ranks::encode(&engine.book().arr);
        book::keep(&mut tx, &scope, date, (row, night, &ranks), stamp.operation).await?;
    }
    for (model, check) in checks {
        store::models::set_check(&mut tx, &scope, model, check).await?;
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

fn held(rows: Vec<(String, String, i64)>) -> Vec<AlertsHeld> {
    let held = rows.into_iter();
    held.map(|(held_by, rule, alerts)| AlertsHeld { held_by, rule, alerts: u64::try_from(alerts).unwrap_or(0) })
        .collect()
}

/// What the day is now: whatever ran on it before counts too.
fn night(models: &Models, course: RunMode, was: BookRun) -> BookRun {
    if !course.live {
        return was;
    }
    let mut known: Vec<&str> = was.models.split(',').filter(|model| !model.is_empty()).collect();
    for listed in models.reachable() {
        if !known.contains(&listed.fingerprint.as_str()) {
            known.push(&listed.fingerprint);
        }
    }
    let rules = PastRuns::rules_of(models.reachable().map(|listed| &listed.model.alerts));
    BookRun { live: true, models: known.join(","), rules: rules | was.rules }
}
