//! Signals that stop the process.

use fastenr_core::{Error, Result};

/// SIGINT and SIGTERM, or the equivalent of the platform, from the creation of this value on.
#[derive(Debug)]
pub(crate) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    /// SIGXFSZ, the file size limit. Because it is handled, the process goes on and the write fails with an error.
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

    /// Returns on the first of them.
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
