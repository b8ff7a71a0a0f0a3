//! Bodies on their way: how much of a request's there may be and how slowly it may come, and the end of an answer's.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::Options;
use super::request_limits::RequestLimits;
use crate::Problem;

/// Why a request was not read to its end. Whatever a handler makes of the error, the client is told this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The body is larger than the route takes, in bytes.
    TooLarge(u64),
    /// The body did not come: so many bytes at least within the time.
    TooSlow(usize, Duration),
    /// The whole took longer than it may.
    TooLong(Duration),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLarge(limit) => write!(f, "a body may have {limit} bytes here"),
            Self::TooSlow(bytes, time) => write!(f, "a body has to bring {bytes} bytes in {} s", time.as_secs_f32()),
            Self::TooLong(time) => write!(f, "a request may take {} s", time.as_secs_f32()),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (status, code) = match refusal {
            Refusal::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            Refusal::TooSlow(..) => (StatusCode::REQUEST_TIMEOUT, "body_too_slow"),
            Refusal::TooLong(_) => (StatusCode::SERVICE_UNAVAILABLE, "timeout"),
        };
        Self::new(status, code, Some(refusal.to_string()))
    }
}

/// A body that knows its limits. It reads nothing of one that says beforehand that it is too large: a client that waits for
/// `100 Continue` is never asked for it.
pub(super) struct LimitedBody {
    inner: Body,
    limits: RequestLimits,
    read: u64,
    minimum: usize,
    window: Duration,
    /// What came, and how long it was waited for, in the window under way.
    came: usize,
    waited: Duration,
    waiting: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl LimitedBody {
    pub(super) fn new(inner: Body, limits: RequestLimits, options: &Options) -> Self {
        let (minimum, window) = (options.body_minimum, options.body_window);
        let (came, waited, waiting, timer) = (0, Duration::ZERO, None, None);
        Self { inner, limits, read: 0, minimum, window, came, waited, waiting, timer }
    }

    fn refuse<T>(&self, refusal: Refusal) -> Poll<Option<Result<T, axum::Error>>> {
        self.limits.refuse(refusal);
        Poll::Ready(Some(Err(axum::Error::new(refusal))))
    }

    /// Only time in which the client is waited for counts, not that in which a handler works on what it has.
    fn arrived(&mut self, bytes: usize) {
        if let Some(since) = self.waiting.take() {
            self.waited += since.elapsed();
        }
        self.came += bytes;
        if self.came >= self.minimum {
            (self.came, self.waited) = (0, Duration::ZERO);
        }
    }

    /// Ready when the window is over.
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let since = *self.waiting.get_or_insert_with(Instant::now);
        let until = since + self.window.saturating_sub(self.waited);
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if timer.deadline() != until {
            timer.as_mut().reset(until);
        }
        timer.as_mut().poll(cx)
    }
}

impl HttpBody for LimitedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let limit = self.limits.body();
        if self.read == 0 && self.inner.size_hint().lower() > limit {
            return self.refuse(Refusal::TooLarge(limit));
        }
        let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(cx) else {
            ready!(self.wait(cx));
            return self.refuse(Refusal::TooSlow(self.minimum, self.window));
        };
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            self.arrived(data.len());
            self.read += data.len() as u64;
            if self.read > limit {
                return self.refuse(Refusal::TooLarge(limit));
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// An answer's body that says again that it has ended, as often as it is asked. The compressors ask once more after the end,
/// which streams need not bear: one that panics there cuts the answer off.
pub(super) struct FusedBody {
    /// None after the end, or after an error.
    inner: Option<Body>,
}

impl FusedBody {
    pub(super) fn body(inner: Body) -> Body {
        Body::new(Self { inner: Some(inner) })
    }
}

impl HttpBody for FusedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let Some(inner) = &mut self.inner else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(inner).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) {
            self.inner = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or(SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::{StreamExt, stream};
    use http_body_util::BodyExt;

    use super::*;

    fn limits(bytes: u64) -> RequestLimits {
        RequestLimits::new(&Options { body_limit: bytes, ..Options::default() })
    }

    /// Chunks of one byte, each after a while, of which the length is not told.
    fn drip(count: usize, pause: Duration) -> Body {
        let chunks = stream::iter(0..count).then(move |_| async move {
            tokio::time::sleep(pause).await;
            Ok::<_, Infallible>(Bytes::from_static(b"x"))
        });
        Body::from_stream(chunks)
    }

    async fn read(inner: Body, limits: &RequestLimits, options: &Options) -> Result<usize, Option<Refusal>> {
        let body = LimitedBody::new(inner, limits.clone(), options);
        body.collect().await.map(|all| all.to_bytes().len()).map_err(|_| limits.refusal())
    }

    #[tokio::test]
    async fn too_large_is_known_beforehand_or_found_out() {
        let options = Options::default();
        let told = || Body::from("12345");
        assert_eq!(read(told(), &limits(5), &options).await, Ok(5));
        assert_eq!(read(told(), &limits(4), &options).await, Err(Some(Refusal::TooLarge(4))));
        let untold = || drip(5, Duration::ZERO);
        assert_eq!(read(untold(), &limits(5), &options).await, Ok(5));
        assert_eq!(read(untold(), &limits(4), &options).await, Err(Some(Refusal::TooLarge(4))));
    }

    fn minimum() -> Options {
        Options { body_minimum: 10, body_window: Duration::from_millis(500), ..Options::default() }
    }

    #[tokio::test]
    async fn too_slow_is_less_than_the_minimum_in_a_window() {
        let options = minimum();
        assert_eq!(read(drip(300, Duration::from_millis(5)), &limits(1000), &options).await, Ok(300));
        let slow = Refusal::TooSlow(10, options.body_window);
        assert_eq!(read(drip(300, Duration::from_millis(100)), &limits(1000), &options).await, Err(Some(slow)));
        // A short one has no minimum.
        assert_eq!(read(drip(3, Duration::from_millis(50)), &limits(1000), &options).await, Ok(3));
    }

    #[tokio::test]
    async fn the_time_of_the_handler_is_its_own() {
        let limits = limits(1000);
        let mut body = LimitedBody::new(drip(9, Duration::from_millis(1)), limits.clone(), &minimum());
        while let Some(frame) = body.frame().await {
            assert!(frame.is_ok());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(limits.refusal(), None);
    }
}
