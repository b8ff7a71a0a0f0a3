//! One look-out for all who follow the feed: a single connection hears of writes and wakes the followers of this process.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fastenr_core::Result;
use fastenr_core::store::{Db, Signal};
use tokio::sync::watch;

/// Before a lost connection is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// Wakes followers. Its task begins with the first of them and ends with the last.
#[derive(Default)]
pub(crate) struct Live {
    ticks: Arc<Mutex<Option<watch::Sender<u64>>>>,
}

impl Live {
    /// Changes whenever something may have been written.
    pub(crate) async fn follow(&self, db: &Db) -> Result<watch::Receiver<u64>> {
        if let Some(ticks) = &*self.ticks.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(ticks.subscribe());
        }
        let signal = Signal::open(db).await?;
        let mut place = self.ticks.lock().unwrap_or_else(PoisonError::into_inner);
        let ticks = place.get_or_insert_with(|| {
            let ticks = watch::Sender::new(0);
            tokio::spawn(look_out(db.clone(), signal, ticks.clone(), Arc::clone(&self.ticks)));
            ticks
        });
        Ok(ticks.subscribe())
    }
}

async fn look_out(
    db: Db,
    mut signal: Signal,
    ticks: watch::Sender<u64>,
    place: Arc<Mutex<Option<watch::Sender<u64>>>>,
) {
    loop {
        tokio::select! {
            heard = signal.wait() => {
                if let Err(error) = heard {
                    tracing::warn!(code = error.code, "the feed's look-out lost its connection: {error}");
                    tokio::time::sleep(PAUSE).await;
                    if let Ok(again) = Signal::open(&db).await {
                        signal = again;
                    }
                }
                ticks.send_modify(|tick| *tick += 1);
            }
            () = ticks.closed() => {
                // Whoever comes after this begins another one.
                let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
                if ticks.receiver_count() == 0 {
                    *place = None;
                    break;
                }
            }
        }
    }
    // A connection that stays open would keep the log of a SQLite file.
    signal.close().await;
}
