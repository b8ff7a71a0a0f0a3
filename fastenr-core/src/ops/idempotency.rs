//! Calls that may be sent again: the first is worked on, and every other one gets its answer.
//!
//! A call is claimed before its work begins, and answered after it is done. So after a crash in between, the same call is worked
//! on again when the lease has run out: what must not happen twice, the work has to see for itself.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::Context;
use crate::error::{Error, Kind, Result};
use crate::model::idempotency::{Answer, IdempotencyKey};
use crate::store::idempotency::{Attempt, Call};
use crate::store::{self, Tx};

/// How long an attempt has before another one may take over.
pub const LEASE: TimeDelta = TimeDelta::seconds(60);
/// How long an answer is kept.
pub const KEPT: TimeDelta = TimeDelta::days(7);

/// How a call stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It is the caller's to work on, and then to [`finish`] or to [`abandon`].
    Started(Lease),
    /// It was answered.
    Replay(Answer),
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
}

/// Claims a call, or tells what came of it. `api_key` is the caller's, the nil UUID where there are none; `fingerprint` is of the
/// call, see [`fingerprint`](crate::model::idempotency::fingerprint). Of several at once exactly one is started.
///
/// # Errors
/// `busy`.
pub async fn begin(context: &Context, api_key: Uuid, key: &IdempotencyKey, fingerprint: &str) -> Result<Begun> {
    /// Only an abandoned call is there and then not.
    const TRIES: usize = 8;
    let scope = context.scope();
    let call = Call { api_key, key: key.as_str().to_owned() };
    let now = context.clock.now();
    let attempt = Attempt {
        holder: context.ids.next(),
        fingerprint: fingerprint.to_owned(),
        now,
        lease_until: now + LEASE,
        expires_at: now + KEPT,
    };
    let mut tx = writing(context).await?;
    store::idempotency::sweep(&mut tx, &scope, now).await?;
    for _ in 0..TRIES {
        if store::idempotency::claim(&mut tx, &scope, &call, &attempt).await? {
            tx.commit().await?;
            return Ok(Begun::Started(Lease { call, holder: attempt.holder }));
        }
        let Some(stored) = store::idempotency::get(&mut tx, &scope, &call).await? else { continue };
        tx.commit().await?;
        return Ok(match stored.answer {
            _ if stored.fingerprint != fingerprint => Begun::Mismatch,
            Some(answer) => Begun::Replay(answer),
            None => Begun::Running(stored.lease_until),
        });
    }
    Err(Error::new(Kind::Busy, "busy", "other attempts at this call come and go").hint("try again"))
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
