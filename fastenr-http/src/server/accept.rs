//! The loop that takes connections in, and what happens when it is told to stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::connection::{self, Shared};
use super::registry::{Admitted, Phase, Registry};
use super::{Options, Shutdown};

/// How often connections are looked at for being slow or idle.
const SWEEP: Duration = Duration::from_millis(250);
/// When the server stops, connections without a request are closed at once, or at the latest after this.
const PARTING: Duration = Duration::from_secs(1);

/// Answers until `shutdown`; then takes no more connections, and gives requests in flight, and work that was answered before its
/// end, [`Options::shutdown_timeout`].
/// The number of connections that had to be cut then.
///
/// # Errors
/// None once it runs: what goes wrong with one connection is that connection's.
pub async fn serve(listener: TcpListener, app: Router, options: Options, shutdown: Shutdown) -> io::Result<usize> {
    let limit = options.shutdown_timeout;
    let mut server = Server {
        registry: Arc::default(),
        tasks: JoinSet::new(),
        shared: Arc::new(Shared { app, options, shutdown: shutdown.clone() }),
    };
    let mut sweep = interval(SWEEP);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.begun() => break,
            _ = sweep.tick() => server.sweep(),
            Some(_) = server.tasks.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => server.admit(stream, peer),
                Err(error) => refused(&error).await,
            },
        }
    }
    drop(listener);
    let finish = async {
        server.finish().await;
        shutdown.done().await;
    };
    if timeout(limit, finish).await.is_ok() {
        return Ok(0);
    }
    let (cut, work) = (server.tasks.len(), shutdown.left());
    tracing::warn!(connections = cut, work, "requests were cut off: they took longer than {limit:?}");
    server.tasks.shutdown().await;
    Ok(cut)
}

struct Server {
    registry: Arc<Registry>,
    tasks: JoinSet<()>,
    shared: Arc<Shared>,
}

impl Server {
    fn admit(&mut self, stream: TcpStream, peer: SocketAddr) {
        let options = &self.shared.options;
        let Some(Admitted { link, evicted }) = self.registry.admit(peer.ip().to_canonical(), options) else {
            tracing::debug!(%peer, "no place for a connection");
            return options.metrics.refused();
        };
        options.metrics.cut("made_room", u64::from(evicted));
        let open = options.metrics.opened();
        let (registry, shared) = (Arc::clone(&self.registry), Arc::clone(&self.shared));
        self.tasks.spawn(async move {
            connection::run(stream, peer, Arc::clone(&link), shared).await;
            registry.remove(&link);
            drop(open);
        });
    }

    fn sweep(&self) {
        let Options { header_timeout, idle_timeout, metrics, .. } = &self.shared.options;
        let slow = self.registry.sweep(|phase, age| phase == Phase::Head && age > *header_timeout);
        let idle = self.registry.sweep(|phase, age| phase == Phase::Idle && age > *idle_timeout);
        metrics.cut("slow_header", slow);
        metrics.cut("idle", idle);
    }

    /// Returns when every connection has ended.
    async fn finish(&mut self) {
        let mut sweep = interval(SWEEP);
        loop {
            tokio::select! {
                ended = self.tasks.join_next() => if ended.is_none() { return },
                _ = sweep.tick() => {
                    self.registry.sweep(|phase, age| phase != Phase::Busy && age > PARTING);
                }
            }
        }
    }
}

/// A connection that went before it was taken is nothing; without files left, trying again at once helps nobody.
async fn refused(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::error!(%error, "can't take connections in");
        sleep(Duration::from_millis(200)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn stopping(shutdown_timeout: Duration, shutdown: &Shutdown) -> tokio::task::JoinHandle<io::Result<usize>> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let options = Options { shutdown_timeout, ..Options::default() };
        let serving = tokio::spawn(serve(listener, Router::new(), options, shutdown.clone()));
        shutdown.begin();
        serving
    }

    #[tokio::test]
    async fn work_whose_request_was_answered_is_waited_for() {
        let shutdown = Shutdown::default();
        let (one, two) = (shutdown.working(), shutdown.working());
        let mut serving = stopping(Duration::from_secs(60), &shutdown).await;
        drop(one);
        assert!(timeout(Duration::from_millis(200), &mut serving).await.is_err(), "it ended before the work");
        drop(two);
        assert_eq!(serving.await.unwrap().unwrap(), 0);
    }

    #[tokio::test]
    async fn but_not_for_ever() {
        let shutdown = Shutdown::default();
        let _work = shutdown.working();
        let serving = stopping(Duration::from_millis(100), &shutdown).await;
        assert_eq!(serving.await.unwrap().unwrap(), 0);
    }
}
