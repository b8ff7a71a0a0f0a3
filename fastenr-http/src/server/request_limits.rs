//! What one request may take, as its route says.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::Request;
use tokio::time::{Instant, sleep_until};
use tower::{Layer, Service};

use super::Options;
use super::body::Refusal;

/// In the extensions of every request: limits that hold from now on. Clones share them.
#[derive(Debug, Clone)]
pub struct RequestLimits(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    import_limit: u64,
    request_timeout: Duration,
    now: Mutex<CurrentLimits>,
    refusal: OnceLock<Refusal>,
}

#[derive(Debug)]
struct CurrentLimits {
    body: u64,
    deadline: Option<Instant>,
}

impl RequestLimits {
    pub(super) fn new(options: &Options) -> Self {
        let deadline = Instant::now().checked_add(options.request_timeout);
        Self(Arc::new(Shared {
            import_limit: options.import_limit,
            request_timeout: options.request_timeout,
            now: Mutex::new(CurrentLimits { body: options.body_limit, deadline }),
            refusal: OnceLock::new(),
        }))
    }

    /// A body of up to so many bytes.
    pub fn set_body(&self, bytes: u64) {
        self.now(|now| now.body = bytes);
    }

    /// An answer within so long from now; `None`: whenever it is ready.
    pub fn set_time(&self, time: Option<Duration>) {
        self.now(|now| now.deadline = time.and_then(|time| Instant::now().checked_add(time)));
    }

    /// What an import may take: the size that the operator allows, and as long as its body comes and the work takes.
    pub fn set_import(&self) {
        self.set_body(self.0.import_limit);
        self.set_time(None);
    }

    pub(crate) fn body(&self) -> u64 {
        self.now(|now| now.body)
    }

    pub(super) fn refuse(&self, refusal: Refusal) {
        // The first one counts.
        let _ = self.0.refusal.set(refusal);
    }

    pub(super) fn refusal(&self) -> Option<Refusal> {
        self.0.refusal.get().copied()
    }

    /// Returns when the time is up, as it is then set.
    pub(super) async fn over(&self) -> Refusal {
        loop {
            match self.now(|now| now.deadline) {
                Some(deadline) if deadline <= Instant::now() => return Refusal::TooLong(self.0.request_timeout),
                Some(deadline) => sleep_until(deadline).await,
                // Nobody sets a time again who has once said that there is none.
                None => std::future::pending().await,
            }
        }
    }

    fn now<T>(&self, with: impl FnOnce(&mut CurrentLimits) -> T) -> T {
        with(&mut self.0.now.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A layer of routes that read an import, see [`RequestLimits::set_import`].
#[derive(Debug, Clone, Copy)]
pub struct ForImports;

impl<S> Layer<S> for ForImports {
    type Service = Importing<S>;

    fn layer(&self, inner: S) -> Importing<S> {
        Importing(inner)
    }
}

#[derive(Debug, Clone)]
pub struct Importing<S>(S);

impl<S: Service<Request>> Service<Request> for Importing<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> S::Future {
        if let Some(limits) = request.extensions().get::<RequestLimits>() {
            limits.set_import();
        }
        self.0.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn time_is_what_the_route_says_at_last() {
        let ms = Duration::from_millis;
        let options = Options { request_timeout: ms(50), ..Options::default() };
        let limits = RequestLimits::new(&options);
        assert_eq!(limits.over().await, Refusal::TooLong(ms(50)));

        let start = Instant::now();
        let limits = RequestLimits::new(&Options { request_timeout: ms(300), ..options.clone() });
        let route = limits.clone();
        let later = tokio::spawn(async move { route.set_time(Some(ms(700))) });
        limits.over().await;
        assert!(start.elapsed() >= ms(700), "{:?}", start.elapsed());
        later.await.unwrap();

        let limits = RequestLimits::new(&options);
        limits.set_import();
        assert_eq!(limits.body(), options.import_limit);
        assert!(tokio::time::timeout(ms(200), limits.over()).await.is_err());
    }
}
