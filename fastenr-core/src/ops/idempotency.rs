//! Calls that may be sent again: the first is worked on, and every other one gets its answer.
//!
//! A call is claimed before its work begins, and answered after it is done. The operation that it asks for is written with the
//! call's id, in one transaction, and no two operations have the same: so after a crash between the write and its answer the call
//! is known to be done.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::Context;
use super::operations::running;
use crate::error::{Error, Kind, Result};
use crate::model::idempotency::{Answer, IdempotencyKey};
use crate::model::operation::{Operation, OperationStatus};
use crate::store::idempotency::{Attempt, Call};
use crate::store::{self, Tx};

/// How long an attempt has before another one may take over.
pub const LEASE: TimeDelta = TimeDelta::seconds(60);
/// How long an answer is kept.
pub const KEPT: TimeDelta = TimeDelta::days(7);

/// How a call stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallStatus {
    /// It is the caller's to work on, and then to [`finish`] or to [`abandon`].
    Started(Lease),
    /// It was answered.
    Replay(Answer),
    /// It was done, by this operation, and its answer was not kept.
    Written(Box<Operation>),
    /// The key belongs to another call.
    Mismatch,
    /// Another attempt is at work, until this moment at most.
    Running(DateTime<Utc>),
}

/// The right to answer a call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a call that was begun is finished or abandoned"]
pub struct Lease {
    call: Call,
    holder: Uuid,
    /// What the operation that it asks for is written with.
    pub id: Uuid,
}

/// Claims a call, or tells what came of it. `api_key` is the caller's, the user's id where there is none; `fingerprint` is of the
/// call, see [`fingerprint`](crate::model::idempotency::fingerprint). Of several at once exactly one is started.
///
/// # Errors
/// `busy`.
pub async fn begin(context: &Context, api_key: Uuid, key: &IdempotencyKey, fingerprint: &str) -> Result<CallStatus> {
    /// Only an abandoned call is there and then not.
    const TRIES: usize = 8;
    let scope = context.scope();
    let call = Call { api_key, key: key.as_str().to_owned() };
    let now = context.clock.now();
    let attempt = Attempt {
        holder: context.ids.next(),
        call: context.ids.next(),
        fingerprint: fingerprint.to_owned(),
        now,
        lease_until: now + LEASE,
        expires_at: now + KEPT,
    };
    let mut tx = writing(context).await?;
    store::idempotency::sweep(&mut tx, &scope, now).await?;
    for _ in 0..TRIES {
        if let Some(id) = store::idempotency::claim(&mut tx, &scope, &call, &attempt).await? {
            tx.commit().await?;
            let lease = Lease { call, holder: attempt.holder, id };
            return match id == attempt.call {
                true => Ok(CallStatus::Started(lease)),
                false => taken_over(context, lease, attempt.lease_until).await,
            };
        }
        let Some(stored) = store::idempotency::get(&mut tx, &scope, &call).await? else { continue };
        let written = match stored.call {
            Some(id) if stored.answer.is_none() => store::operations::of_call(&mut tx, &scope, id).await?,
            _ => None,
        };
        tx.commit().await?;
        return Ok(match (stored.answer, written) {
            _ if stored.fingerprint != fingerprint => CallStatus::Mismatch,
            (Some(answer), _) => CallStatus::Replay(answer),
            (None, Some(operation)) if is_done(&operation) => CallStatus::Written(Box::new(operation)),
            (None, _) => CallStatus::Running(stored.lease_until),
        });
    }
    Err(Error::new(Kind::Busy, "busy", "other attempts at this call come and go").hint("try again"))
}

/// What the attempt before came to.
async fn taken_over(context: &Context, lease: Lease, until: DateTime<Utc>) -> Result<CallStatus> {
    let scope = context.scope();
    let Some(operation) = store::operations::of_call(&mut context.db.read().await?, &scope, lease.id).await? else {
        return Ok(CallStatus::Started(lease));
    };
    if is_done(&operation) {
        return Ok(CallStatus::Written(Box::new(operation)));
    }
    if operation.status == OperationStatus::Running.as_str() && running::is_alive(context, operation.id).await? {
        return Ok(CallStatus::Running(until));
    }
    let mut tx = writing(context).await?;
    store::operations::forget_call(&mut tx, &scope, operation.id).await?;
    tx.commit().await?;
    Ok(CallStatus::Started(lease))
}

fn is_done(operation: &Operation) -> bool {
    operation.status == OperationStatus::Done.as_str()
}

/// The operation that the call came to, where it is done.
pub async fn written(context: &Context, lease: &Lease) -> Result<Option<Operation>> {
    let found = store::operations::of_call(&mut context.db.read().await?, &context.scope(), lease.id).await?;
    Ok(found.filter(is_done))
}

/// Keeps the answer for 7 days; a body larger than [`Answer::LARGEST`] is left out. False where another attempt took over in the
/// meantime: its answer stands.
pub async fn finish(context: &Context, lease: &Lease, answer: Answer) -> Result<bool> {
    let expires_at = context.clock.now() + KEPT;
    let mut tx = writing(context).await?;
    let (scope, answer) = (context.scope(), answer.kept());
    let rows = store::idempotency::finish(&mut tx, &scope, &lease.call, lease.holder, &answer, expires_at).await?;
    tx.commit().await?;
    Ok(rows > 0)
}

/// Lets another attempt at the call begin at once: this one failed, and what it wrote, if anything, that one will see. False where
/// another attempt took over in the meantime.
pub async fn release(context: &Context, lease: &Lease) -> Result<bool> {
    let mut tx = writing(context).await?;
    let now = context.clock.now();
    let rows = store::idempotency::release(&mut tx, &context.scope(), &lease.call, lease.holder, now).await?;
    tx.commit().await?;
    Ok(rows > 0)
}

/// Forgets a call that came to nothing that should be told again, such as a failure of ours: it may be sent again at once.
/// False where another attempt took over in the meantime.
pub async fn abandon(context: &Context, lease: &Lease) -> Result<bool> {
    let mut tx = writing(context).await?;
    let rows = store::idempotency::abandon(&mut tx, &context.scope(), &lease.call, lease.holder).await?;
    tx.commit().await?;
    Ok(rows > 0)
}

/// Without the organization's lock: these rows are nobody else's, and need not wait for a bulk write.
async fn writing(context: &Context) -> Result<Tx<'static>> {
    context.db.write_any().await.map_err(|error| context.db.busy(error))
}
