//! SIGHUP: the certificate was renewed.

use fastenr_core::Result;
use fastenr_http::server::Tls;

pub(super) struct Reload {
    tls: Option<Tls>,
    #[cfg(unix)]
    hangup: tokio::signal::unix::Signal,
}

impl Reload {
    /// Also without TLS: a server does not end with the terminal that started it.
    #[cfg(unix)]
    pub(super) fn install(tls: Option<Tls>) -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let hangup =
            signal(SignalKind::hangup()).map_err(|error| fastenr_core::Error::io("listening to signals", error))?;
        Ok(Self { tls, hangup })
    }

    #[cfg(unix)]
    pub(super) async fn asked(&mut self) {
        if self.hangup.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }

    #[cfg(not(unix))]
    pub(super) fn install(tls: Option<Tls>) -> Result<Self> {
        Ok(Self { tls })
    }

    #[cfg(not(unix))]
    pub(super) async fn asked(&mut self) {
        std::future::pending::<()>().await;
    }

    /// The old certificate stays where the new one can't be used.
    pub(super) fn now(&self) {
        match self.tls.as_ref().map(Tls::reload) {
            Some(Ok(())) => tracing::info!("the certificate was read again"),
            Some(Err(error)) => tracing::error!(code = error.code, "the old certificate stays: {error}"),
            None => tracing::info!("there is no certificate to read again"),
        }
    }
}
