//! Being asked to stop.

use fastenr_core::{Error, Result};

/// SIGINT and SIGTERM, or what the platform has in their place, from when this is made.
#[derive(Debug)]
pub(crate) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    /// Of a file that outgrows its limit. Listened to, it ends nothing: whoever writes gets an error that says so.
    #[cfg(unix)]
    _too_large: tokio::signal::unix::Signal,
}

/// SIGXFSZ.
#[cfg(unix)]
const TOO_LARGE: i32 = 25;

impl Signals {
    #[cfg(unix)]
    pub(crate) fn install() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let install = |kind| signal(kind).map_err(|error| Error::io("listening to signals", error));
        Ok(Self {
            interrupt: install(SignalKind::interrupt())?,
            terminate: install(SignalKind::terminate())?,
            _too_large: install(SignalKind::from_raw(TOO_LARGE))?,
        })
    }

    /// Returns on either, whichever comes first.
    #[cfg(unix)]
    pub(crate) async fn received(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(not(unix))]
    pub(crate) fn install() -> Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    pub(crate) async fn received(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
