//! SIGHUP: the certificate was renewed.

use fastenr_core::Result;
use fastenr_http::server::Tls;

pub(super) struct Reload {
    tls: Option<Tls>,
    #[cfg(unix)]
    hangup: tokio::signal::unix::Signal,
}

impl Reload {
    /// Also without TLS, so that a closed terminal does not end the server.
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

    /// If the new certificate is invalid, the old one stays in use.
    pub(super) fn now(&self) {
        match self.tls.as_ref().map(Tls::reload) {
            Some(Ok(())) => tracing::info!("certificate reloaded"),
            Some(Err(error)) => {
                tracing::error!(code = error.code, "certificate not reloaded, the old one stays in use: {error}")
            }
            None => tracing::info!("no certificate to reload"),
        }
    }
}
