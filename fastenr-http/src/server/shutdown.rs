//! Being told to stop, for whoever has to know: the accept loop, each connection, a stream of events; and the work that is waited
//! for, though its request was answered.

use std::sync::Arc;

use tokio::sync::watch;

/// Clones share one state, which turns once. In the extensions of every request.
#[derive(Debug, Clone)]
pub struct Shutdown(Arc<ShutdownState>);

#[derive(Debug)]
struct ShutdownState {
    begun: watch::Sender<bool>,
    working: watch::Sender<usize>,
}

/// Work that the server waits for when it stops, until this is dropped.
#[derive(Debug)]
pub(crate) struct WorkGuard(Shutdown);

impl Drop for WorkGuard {
    fn drop(&mut self) {
        self.0.0.working.send_modify(|count| *count -= 1);
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self(Arc::new(ShutdownState { begun: watch::Sender::new(false), working: watch::Sender::new(0) }))
    }
}

impl Shutdown {
    /// No new connections; requests in flight are finished.
    pub fn begin(&self) {
        self.0.begun.send_replace(true);
    }

    pub fn has_begun(&self) -> bool {
        *self.0.begun.borrow()
    }

    pub(crate) fn working(&self) -> WorkGuard {
        self.0.working.send_modify(|count| *count += 1);
        WorkGuard(self.clone())
    }

    /// How much work is still waited for.
    pub(super) fn left(&self) -> usize {
        *self.0.working.borrow()
    }

    /// Returns when no work is left that was answered before its end.
    pub async fn done(&self) {
        let _ = self.0.working.subscribe().wait_for(|count| *count == 0).await;
    }

    /// Returns when the server stops: a stream that has no end of its own ends here.
    pub async fn begun(&self) {
        // The sender lives in `self`, so waiting can't fail.
        let _ = self.0.begun.subscribe().wait_for(|begun| *begun).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_told_to_those_who_wait_and_those_who_ask_later() {
        let shutdown = Shutdown::default();
        let early = tokio::spawn({
            let shutdown = shutdown.clone();
            async move { shutdown.begun().await }
        });
        tokio::task::yield_now().await;
        assert!(!shutdown.has_begun() && !early.is_finished());
        shutdown.clone().begin();
        early.await.unwrap();
        shutdown.begun().await;
        assert!(shutdown.has_begun());
    }
}
