//! One look-out for all who follow the feed: a single connection hears of writes and wakes the followers of this process.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use fastenr_core::Result;
use fastenr_core::store::{Db, Signal};
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// Before a lost connection is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// Wakes followers. Its task begins with the first of them and ends with the server.
#[derive(Default)]
pub(crate) struct Live {
    running: Mutex<Option<Running>>,
}

struct Running {
    ticks: watch::Sender<u64>,
    task: AbortHandle,
}

impl Live {
    /// Changes whenever something may have been written; closed when the server stops.
    pub(crate) async fn follow(&self, db: &Db) -> Result<watch::Receiver<u64>> {
        if let Some(running) = &*self.running.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(running.ticks.subscribe());
        }
        let signal = Signal::open(db).await?;
        let mut place = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let running = place.get_or_insert_with(|| {
            let ticks = watch::Sender::new(0);
            let task = tokio::spawn(look_out(db.clone(), signal, ticks.clone())).abort_handle();
            Running { ticks, task }
        });
        Ok(running.ticks.subscribe())
    }

    /// Lets every follower go.
    pub(crate) fn close(&self) {
        if let Some(running) = self.running.lock().unwrap_or_else(PoisonError::into_inner).take() {
            running.task.abort();
        }
    }
}

async fn look_out(db: Db, mut signal: Signal, ticks: watch::Sender<u64>) {
    loop {
        if let Err(error) = signal.wait().await {
            tracing::warn!(code = error.code, "the feed's look-out lost its connection: {error}");
            tokio::time::sleep(PAUSE).await;
            if let Ok(again) = Signal::open(&db).await {
                signal = again;
            }
        }
        ticks.send_modify(|tick| *tick += 1);
    }
}
