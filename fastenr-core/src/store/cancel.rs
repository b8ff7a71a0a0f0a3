//! Asking work to stop, between two of its statements or within one: what it wrote is rolled back.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use uuid::Uuid;

use super::StoreResult;
use crate::error::{Error, Kind};

/// The code of what was asked to stop.
pub const CANCELLED: &str = "cancelled";

/// Whether an operation was asked to stop. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Cancel(Arc<CancelRequest>);

#[derive(Debug, Default)]
struct CancelRequest {
    asked: AtomicBool,
    told: Notify,
}

impl Cancel {
    pub(super) fn ask(&self) {
        self.0.asked.store(true, Ordering::SeqCst);
        self.0.told.notify_waiters();
    }

    pub(super) fn is_asked(&self) -> bool {
        self.0.asked.load(Ordering::SeqCst)
    }

    /// Returns when it is asked.
    pub(super) async fn asked(&self) {
        loop {
            let told = self.0.told.notified();
            if self.is_asked() {
                return;
            }
            told.await;
        }
    }

    /// # Errors
    /// `cancelled`.
    pub(super) fn check(&self) -> StoreResult<()> {
        if self.is_asked() { Err(cancelled()) } else { Ok(()) }
    }
}

pub(super) fn cancelled() -> Error {
    Error::new(Kind::Interrupted, CANCELLED, "the operation was cancelled; nothing of it was kept")
}

/// The operations that this process is at.
static AT_WORK: Mutex<BTreeMap<Uuid, Cancel>> = Mutex::new(BTreeMap::new());

fn at_work() -> MutexGuard<'static, BTreeMap<Uuid, Cancel>> {
    AT_WORK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Asks an operation to stop; false where this process is not at it.
pub fn cancel(operation: Uuid) -> bool {
    at_work().get(&operation).map(Cancel::ask).is_some()
}

/// Asks every operation of this process to stop; how many there are.
pub fn cancel_all() -> usize {
    let all = at_work();
    all.values().for_each(Cancel::ask);
    all.len()
}

/// Whether an operation that this process is at was asked to stop.
pub(crate) fn is_cancelled(operation: Uuid) -> bool {
    at_work().get(&operation).is_some_and(Cancel::is_asked)
}

/// An operation that can be asked to stop, for as long as this lives.
#[derive(Debug)]
pub(super) struct Cancellable(Uuid);

impl Cancellable {
    pub(super) fn new(operation: Uuid, cancel: Cancel) -> Self {
        at_work().insert(operation, cancel);
        Self(operation)
    }
}

impl Drop for Cancellable {
    fn drop(&mut self) {
        at_work().remove(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_and_who_asks_later_hears_of_it() {
        let (operation, stop) = (Uuid::from_u128(0xca), Cancel::default());
        assert!(!cancel(operation), "nobody is at it");
        let at_it = Cancellable::new(operation, stop.clone());
        assert!(stop.check().is_ok() && !is_cancelled(operation));
        let waiting = tokio::spawn({
            let stop = stop.clone();
            async move { stop.asked().await }
        });
        tokio::task::yield_now().await;
        assert!(cancel(operation) && is_cancelled(operation));
        waiting.await.unwrap();
        stop.asked().await;
        assert_eq!(stop.check().unwrap_err().code, CANCELLED);
        drop(at_it);
        assert!(!cancel(operation));
    }
}
