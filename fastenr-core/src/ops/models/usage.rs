//! Taking a model into use, and going back; then the days that its scores are compared with are scored again.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::plan::{Plan, plan, without};
use super::{read, revisions, unknown};
use crate::error::{Error, Kind, Result, Verb};
use crate::model::activity::Activity;
use crate::model::operation::Ledger;
use crate::ops::Context;
use crate::ops::records::record_operation;
use crate::ops::scores::{Outcome, Request, Run};
use crate::say;
use crate::score::{Model, ProbabilityCheck};
use crate::store::models::StoredModel;
use crate::store::{self, Lock, Tx};

/// What taking a model into use, or going back, came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = ModelAdopted))]
pub struct ModelUseOutcome {
    pub name: String,
    /// Revision in use now; null: the model is no longer in use, or it is the built-in one.
    pub revision: Option<i64>,
    pub fingerprint: Option<String>,
    /// Position, from 1.
    pub position: Option<u64>,
    /// Revision that was in use before.
    pub before: Option<i64>,
    /// Models for all other accounts that are no longer in use.
    pub replaced: Vec<String>,
    /// Whether anything changed.
    pub changed: bool,
    /// The operation; null: nothing changed, or a dry run.
    pub operation: Option<Uuid>,
    /// The days scored again; null: a dry run, or no days were requested.
    pub rescored: Option<RescoredDays>,
}

/// The days that were scored again.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = ModelRescored))]
pub struct RescoredDays {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub days: u64,
    /// Snapshots that changed.
    pub changed: u64,
    /// The result of the last day, today.
    pub today: Outcome,
}

/// How far the scoring of days is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The day that begins, which one it is from 1, and of how many.
    Day { date: NaiveDate, number: u64, of: u64 },
    /// More accounts of the day are done.
    Accounts(u64),
}

/// Stores a model and takes it into use; then scores the last `days` days again, today included, so that trends and drops
/// compare like with like. The model is in use before the first day is scored; a run that was broken off is taken up by the same
/// call. `position` is its place among the models that say which accounts they score, from 1.
///
/// # Errors
/// `read_only_user`; `position` for a model of all accounts; `busy` where a recompute is at work, before anything is written;
/// after that the error of a day, which says how many were done.
pub async fn use_model(
    context: &Context,
    model: &Model,
    position: Option<u64>,
    days: u64,
    dry_run: bool,
    progress: &mut (dyn FnMut(Step) + Send),
) -> Result<ModelUseOutcome> {
    let to = |stored: &[StoredModel]| plan(stored, model, position);
    change(context, &model.name, "models.use", to, days, dry_run, progress).await
}

/// Goes back to the revision before the one in use; a model without one is taken out of use. Without `name` it is the only model
/// in use.
///
/// # Errors
/// As [`use_model`]; `unknown_model`; `which_model` where several are in use and none is named; `not_in_use`.
pub async fn rollback(
    context: &Context,
    name: Option<&str>,
    days: u64,
    dry_run: bool,
    progress: &mut (dyn FnMut(Step) + Send),
) -> Result<ModelUseOutcome> {
    let stored = store::models::all(&mut context.db.read().await?, &context.scope()).await?;
    let name = active(&stored, name)?.name.clone();
    let back = |stored: &[StoredModel]| {
        let active = active(stored, Some(&name))?;
        let earlier = stored.iter().filter(|model| model.name == active.name && model.revision < active.revision);
        match earlier.max_by_key(|model| model.revision) {
            Some(earlier) => plan(stored, &read(earlier)?, None),
            None => without(stored, active),
        }
    };
    change(context, &name, "models.restore", back, days, dry_run, progress).await
}

/// The model in use that is meant.
fn active<'s>(stored: &'s [StoredModel], name: Option<&str>) -> Result<&'s StoredModel> {
    let Some(name) = name else {
        let used: Vec<&StoredModel> = stored.iter().filter(|model| model.active).collect();
        return match used.as_slice() {
            [] => {
                Err(Error::refused("not_in_use", "only the built-in model is in use: there is nothing to go back from"))
            }
            [one] => Ok(*one),
            several => {
                let names: Vec<&str> = several.iter().map(|model| model.name.as_str()).collect();
                Err(Error::not_found("which_model", "several models are in use")
                    .hint(format!("name one: {}", names.join(", "))))
            }
        };
    };
    let named = revisions(stored, name);
    if named.is_empty() {
        return Err(unknown(stored, name));
    }
    named.into_iter().find(|model| model.active).ok_or_else(|| {
        Error::refused("not_in_use", format!("{name} is not in use"))
            .hint(say!("use a stored revision: write it to a file with {}", Verb::ModelShow.on("NAME@REVISION")))
            .hint(say!("and give the file to {}", Verb::ModelUse.on("FILE")))
    })
}

async fn change(
    context: &Context,
    name: &str,
    kind: &str,
    to: impl Fn(&[StoredModel]) -> Result<Plan>,
    days: u64,
    dry_run: bool,
    progress: &mut (dyn FnMut(Step) + Send),
) -> Result<ModelUseOutcome> {
    context.may_write()?;
    if dry_run {
        return write(context, name, kind, to, true).await;
    }
    // Nobody else scores while the models change and the days are scored by the new ones.
    let mut run = Run::begin(context).await?;
    let done = match write(context, name, kind, to, false).await {
        Ok(mut adopted) => match rescore(context, &mut run, days, progress).await {
            Ok(rescored) => {
                adopted.rescored = rescored;
                Ok(adopted)
            }
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    run.end().await;
    done
}

async fn write(
    context: &Context,
    name: &str,
    kind: &str,
    to: impl Fn(&[StoredModel]) -> Result<Plan>,
    dry_run: bool,
) -> Result<ModelUseOutcome> {
    let scope = context.scope();
    let mut tx = context.write(Lock::Exclusive).await?;
    let stored = store::models::all(&mut tx, &scope).await?;
    let plan = to(&stored)?;
    let newest = stored.iter().filter(|model| model.name == name).map(|model| model.revision).max().unwrap_or(0);
    let used = plan.place.and_then(|place| plan.line.get(place));
    let revision = used.map(|used| used.stored.as_ref().map_or(newest + 1, |stored| stored.revision));
    let mut adopted = ModelUseOutcome {
        name: name.to_owned(),
        revision,
        fingerprint: used.map(|used| used.model.fingerprint()),
        position: plan.place.map(|place| place as u64 + 1),
        before: plan.before.as_ref().map(|before| before.revision),
        replaced: plan.replaced.iter().map(|model| model.name.clone()).collect(),
        changed: plan.changes(),
        operation: None,
        rescored: None,
    };
    if dry_run || !adopted.changed {
        tx.rollback().await?;
        return Ok(adopted);
    }
    adopted.operation = Some(journal(&mut tx, context, kind, &plan, &adopted).await?);
    tx.commit().await?;
    Ok(adopted)
}

/// Writes the plan, the operation and the feed.
async fn journal(
    tx: &mut Tx<'_>,
    context: &Context,
    kind: &str,
    plan: &Plan,
    adopted: &ModelUseOutcome,
) -> Result<Uuid> {
    let scope = context.scope();
    let created = u64::from(plan.line.iter().any(|used| used.stored.is_none()));
    let ledger = Ledger { rows: 1, created, updated: 1 - created, ..Ledger::default() };
    let parameters = json!({
        "name": adopted.name, "revision": adopted.revision, "before": adopted.before, "position": adopted.position,
        "fingerprint": adopted.fingerprint, "replaced": adopted.replaced,
    });
    let stamp = record_operation(tx, context, kind, ledger, parameters.to_string()).await?;
    for old in plan.retired() {
        store::models::place(tx, &scope, old.id, (false, old.position), (stamp.operation, stamp.now)).await?;
    }
    let mut record = plan.before.as_ref().map(|before| before.id);
    for (place, used) in plan.line.iter().enumerate() {
        let position = i64::try_from(place).unwrap_or(i64::MAX).saturating_add(1);
        let id = match &used.stored {
            Some(stored) if stored.active && stored.position == position => stored.id,
            Some(stored) => {
                store::models::place(tx, &scope, stored.id, (true, position), (stamp.operation, stamp.now)).await?;
                stored.id
            }
            None => {
                let new = StoredModel {
                    id: context.ids.next(),
                    name: used.model.name.clone(),
                    revision: adopted.revision.unwrap_or(1),
                    fingerprint: used.model.fingerprint(),
                    source: used.model.to_toml(),
                    position,
                    active: true,
                    created_by: context.user.id,
                    created_at: stamp.now,
                    updated_at: stamp.now,
                    check: store::models::StoredCheck::default(),
                };
                store::models::insert(tx, &scope, &new, stamp.operation).await?;
                new.id
            }
        };
        if plan.place == Some(place) {
            record = Some(id);
        }
    }
    let changed = [("revision", json!(adopted.before), json!(adopted.revision))];
    let changed = changed.into_iter().filter(|(_, old, new)| old != new);
    let activity = Activity {
        id: context.ids.next(),
        at: stamp.now,
        user: context.user.id,
        operation: Some(stamp.operation),
        kind: kind.to_owned(),
        noun: "models".to_owned(),
        record,
        account: None,
        label: adopted.name.clone(),
        changes: changed.map(|(field, old, new)| json!({"field": field, "old": old, "new": new})).collect(),
    };
    store::activities::insert(tx, &scope, &activity).await?;
    Ok(stamp.operation)
}

/// The days whose scores check the probabilities of the models in use.
async fn checked_days(context: &Context, today: NaiveDate) -> Result<BTreeSet<NaiveDate>> {
    let stored = store::models::in_use(&mut context.db.read().await?, &context.scope()).await?;
    let models = stored.iter().map(read).collect::<Result<Vec<_>>>()?;
    let probabilities = models.iter().filter_map(|model| model.probability.as_ref());
    Ok(probabilities.filter_map(|probability| ProbabilityCheck::day(probability, today)).collect())
}

/// The last days in their order, by the models in use.
async fn rescore(
    context: &Context,
    run: &mut Run,
    days: u64,
    progress: &mut (dyn FnMut(Step) + Send),
) -> Result<Option<RescoredDays>> {
    let today = context.today();
    let Some(before) = days.checked_sub(1) else { return Ok(None) };
    let from = today.checked_sub_days(Days::new(before)).unwrap_or(today);
    // A probability is checked by the scores of a day whose window is over.
    for date in checked_days(context, today).await?.into_iter().filter(|date| *date < from) {
        let request = Request { as_of: Some(date), snapshots_only: true, ..Request::default() };
        run.day(context, &request, &mut |_| {}).await?;
    }
    let mut rescored: Option<RescoredDays> = None;
    for (number, date) in from.iter_days().take_while(|date| *date <= today).enumerate() {
        let done = number as u64;
        progress(Step::Day { date, number: done + 1, of: days });
        let request = Request { as_of: Some(date), snapshots_only: date < today, ..Request::default() };
        let outcome = run.day(context, &request, &mut |accounts| progress(Step::Accounts(accounts))).await;
        let outcome = outcome.map_err(|error| {
            let message = format!("the model is in use, {done} of {days} days are scored by it, then {date}: {error}");
            let hint = "the same command takes it up again";
            Error::new(if error.kind == Kind::Invalid { Kind::Storage } else { error.kind }, error.code, message)
                .hint(hint)
                .because(error)
        })?;
        let changed = rescored.as_ref().map_or(0, |rescored| rescored.changed) + outcome.changed;
        rescored = Some(RescoredDays { from, to: date, days: done + 1, changed, today: outcome });
    }
    Ok(rescored)
}

impl Plan {
    /// Whether it is another order than the stored one.
    fn changes(&self) -> bool {
        let moved = |(place, used): (usize, &super::plan::InUse)| {
            used.stored.as_ref().is_none_or(|stored| !stored.active || stored.position != place as i64 + 1)
        };
        self.retired().next().is_some() || self.line.iter().enumerate().any(moved)
    }
}
