//! The recompute: every account as of a day, in one short write at the end.
//!
//! Facts are read and scored under one read transaction and staged in temporary tables (`stage`); then one transaction takes the
//! organization's write lock and puts snapshots, scores, statuses and alerts in place (`night`). It happens as a whole or not at
//! all.
//!
//! A run of today, or of a day after the last night, is a night: it has consequences. A run of any other day writes that day's
//! snapshots only. What opens on a night may be held; `holds` says why.

mod checks;
pub(super) mod doubts;
mod holds;
mod made_up;
mod night;
mod outcome;
mod stage;
mod tally;
mod topics;

use std::sync::Arc;
use std::time::Instant;

use chrono::NaiveDate;
use uuid::Uuid;

use self::made_up::RunMode;
pub use self::made_up::missed;
pub use self::outcome::{AlertsHeld, BandsMoved, Outcome};
use super::engine::Engine;
use crate::error::{Error, Kind, Result};
use crate::ops::operations::running;
use crate::ops::records::StartedOperation;
use crate::ops::{Context, OnStart, goals};
use crate::score::model::Models;
use crate::store::scores::apply;
use crate::store::{Conn, Exclusive};

/// What is asked of a run.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Today, if none is given.
    pub as_of: Option<NaiveDate>,
    /// Score these only; empty: all.
    pub accounts: Vec<Uuid>,
    /// Score by these models, not by the organization's.
    pub models: Option<Arc<Models>>,
    /// Write the day's snapshots and nothing else, whatever the day.
    pub snapshots_only: bool,
    pub dry_run: bool,
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
        let mut conn = context.db.hold(&context.scope()).await?;
        let lock = context.db.try_exclusive(&mut conn, &context.scope(), "recompute").await?;
        let Some(lock) = lock else {
            drop(conn);
            let message = format!("another recompute of {} is running; nothing was written", context.organization.slug);
            return Err(Error::new(Kind::Busy, "busy", message).hint("try again when it is done"));
        };
        Engine::prepare(&mut conn).await?;
        apply::create(&mut conn).await?;
        Ok(Self { conn, lock })
    }

    /// Scores a day. One before the last night gets its snapshots only: no account, status or alert changes.
    ///
    /// # Errors
    /// `future_day`; `busy` where the write lock is not to be had in time.
    pub async fn day(
        &mut self,
        context: &Context,
        request: &Request,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Outcome> {
        self.day_notifying(context, request, progress, &mut |_| {}).await
    }

    /// As [`Run::day`], and says which operation it is as soon as that is committed as running. A dry run is none.
    ///
    /// # Errors
    /// As [`Run::day`]; once it has begun the operation has then failed, and its message is the error's.
    pub async fn day_notifying(
        &mut self,
        context: &Context,
        request: &Request,
        progress: &mut (dyn FnMut(u64) + Send),
        on_start: OnStart<'_>,
    ) -> Result<Outcome> {
        let outcome = begin_and_run(context, &mut self.conn, request, progress, on_start).await;
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
    recompute_notifying(context, request, progress, &mut |_| {}).await
}

/// As [`recompute`], and says which operation it is as soon as that is committed as running. A dry run is none.
///
/// # Errors
/// As [`Run::begin`] and [`Run::day_notifying`].
pub async fn recompute_notifying(
    context: &Context,
    request: &Request,
    progress: &mut (dyn FnMut(u64) + Send),
    on_start: OnStart<'_>,
) -> Result<Outcome> {
    let mut run = Run::begin(context).await?;
    let outcome = run.day_notifying(context, request, progress, on_start).await;
    run.end().await;
    outcome
}

async fn begin_and_run(
    context: &Context,
    conn: &mut Conn,
    request: &Request,
    progress: &mut (dyn FnMut(u64) + Send),
    on_start: OnStart<'_>,
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
    let course = RunMode::of(context, conn, request, date).await?;
    if request.accounts.is_empty() && course.live && !request.dry_run {
        // Goals are a source of alerts: they stand where the day puts them.
        goals::of_night(&context.beside(), conn, (date, course.made_up)).await?;
    }
    let begun = StartedOperation::now(context);
    if request.dry_run {
        let outcome = night::run(context, conn, request, (date, course), begun, progress).await;
        return outcome.map(|outcome| timed(outcome, started));
    }
    let parameters = serde_json::json!({"as_of": date.to_string(), "accounts": request.accounts});
    let operation = begun.operation(context, "accounts.recompute", parameters.to_string());
    let (id, alive) = running::begin(context, conn, operation).await?;
    on_start(id);
    let outcome = night::run(context, conn, request, (date, course), begun, progress).await;
    conn.settle().await;
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
