//! The socket of a connection, with what hyper leaves to it: clients that don't read or send no more, the answer to what is no
//! request, and a close that loses nothing.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::connection::Shared;
use super::malformed;
use super::registry::Link;

/// How long a client that was refused while it was sending is listened to, so that it reads the answer: data that arrive
/// at a closed socket reset the connection, and the answer may be lost with it.
const LINGER: Duration = Duration::from_secs(2);

/// When a client that sends no more and waits for its answer is asked whether it is still there, by an interim answer that every
/// client of HTTP/1.1 passes over. Who is gone has the second one fail, and nobody works for it any longer.
const ASKED: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_millis(250), Duration::from_secs(5), Duration::from_secs(5)];
/// How long the end of a connection in a body may be that of the body.
const GRACE: Duration = Duration::from_millis(250);
const INTERIM: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// hyper would let go of the request of a client that sends no more: it hears of that when the answer is written.
struct Held {
    hyper: Waker,
    next: Pin<Box<Sleep>>,
    asked: usize,
}

pub(super) struct Socket<S> {
    inner: S,
    link: Arc<Link>,
    shared: Arc<Shared>,
    /// Runs while the client takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
    lingering: Option<Pin<Box<Sleep>>>,
    /// The client sends no more.
    held: Option<Held>,
    /// Runs from when the client sends no more while its body is being read.
    cut: Option<Pin<Box<Sleep>>>,
    /// Some of the answer is written.
    begun: bool,
    /// The answer to what is no request, and how much of it is written.
    malformed: Option<(Vec<u8>, usize)>,
}

impl<S> Socket<S> {
    pub(super) fn new(inner: S, link: Arc<Link>, shared: Arc<Shared>) -> Self {
        Self {
            inner,
            link,
            shared,
            stalled: None,
            lingering: None,
            held: None,
            cut: None,
            begun: false,
            malformed: None,
        }
    }

    /// The outcome of a write, or an error where there was none for too long.
    fn watched<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            if self.stalled.take().is_some() {
                self.link.set_writing(false);
            }
            return outcome;
        }
        let stalled = self.stalled.get_or_insert_with(|| {
            self.link.set_writing(true);
            Box::pin(sleep(self.shared.options.write_timeout))
        });
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing of its answer")))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Socket<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.inner).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            if self.link.received() && buffer.filled()[before..].starts_with(malformed::HTTP2) {
                buffer.set_filled(before);
                self.malformed = Some((malformed::http2(&self.shared.options), 0));
                self.link.unread.store(true, Ordering::Relaxed);
            }
        } else if matches!(outcome, Poll::Ready(Ok(()))) && buffer.remaining() > 0 && self.link.is_answering() {
            if !self.link.is_receiving() {
                return self.poll_held(cx);
            }
            // hyper may have all of the body already, and its handler not yet.
            ready!(self.cut.get_or_insert_with(|| Box::pin(sleep(GRACE))).as_mut().poll(cx));
        }
        outcome
    }
}

impl<S: AsyncWrite + Unpin> Socket<S> {
    /// Whether `data` is hyper's own answer, in the place of which there is another.
    fn is_replaced(&mut self, data: &[u8]) -> bool {
        // What no request waits for is of hyper.
        if self.malformed.is_none() && !self.link.is_answering() && !data.is_empty() {
            self.malformed = malformed::in_place_of(data, &self.shared.options).map(|answer| (answer, 0));
            // Whatever else the client sends is not read.
            self.link.unread.store(self.malformed.is_some(), Ordering::Relaxed);
        }
        self.malformed.is_some()
    }

    /// Pending until the answer is written, or an error where nobody waits for it any longer.
    fn poll_held(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.link.set_half_closed();
        let held = self.held.get_or_insert_with(|| Held {
            hyper: cx.waker().clone(),
            next: Box::pin(sleep(ASKED[0])),
            asked: 0,
        });
        held.hyper.clone_from(cx.waker());
        while held.asked < ASKED.len() {
            ready!(held.next.as_mut().poll(cx));
            held.asked += 1;
            if let Some(pause) = ASKED.get(held.asked) {
                held.next.as_mut().reset(Instant::now() + *pause);
            }
            if !self.begun && self.link.is_1_1.load(Ordering::Relaxed) {
                match Pin::new(&mut self.inner).poll_write(cx, INTERIM) {
                    Poll::Ready(Ok(count)) if count == INTERIM.len() => {
                        if let Poll::Ready(Err(error)) = Pin::new(&mut self.inner).poll_flush(cx) {
                            return Poll::Ready(Err(error));
                        }
                    }
                    Poll::Ready(Ok(_)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => {}
                }
            }
        }
        Poll::Pending
    }

    fn poll_malformed(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some((answer, written)) = self.malformed.as_mut().filter(|(answer, written)| *written < answer.len())
        {
            let outcome = Pin::new(&mut self.inner).poll_write(cx, answer.get(*written..).unwrap_or_default());
            match ready!(self.watched(cx, outcome))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => {
                    if let Some((_, written)) = &mut self.malformed {
                        *written += count
                    }
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Socket<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        if self.is_replaced(data) {
            return Poll::Ready(Ok(data.len()));
        }
        self.begun = true;
        let outcome = Pin::new(&mut self.inner).poll_write(cx, data);
        self.watched(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.is_replaced(slices.iter().find(|slice| !slice.is_empty()).map_or(&[], |slice| &**slice)) {
            return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
        }
        self.begun = true;
        let outcome = Pin::new(&mut self.inner).poll_write_vectored(cx, slices);
        self.watched(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_malformed(cx))?;
        let outcome = Pin::new(&mut self.inner).poll_flush(cx);
        ready!(self.watched(cx, outcome))?;
        if self.link.flushed() {
            self.begun = false;
            if let Some(Held { hyper, .. }) = self.held.take() {
                hyper.wake();
            }
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        ready!(this.poll_malformed(cx))?;
        if this.lingering.is_none() {
            let outcome = Pin::new(&mut this.inner).poll_shutdown(cx);
            ready!(this.watched(cx, outcome))?;
            if !this.link.unread.load(Ordering::Relaxed) {
                return Poll::Ready(Ok(()));
            }
        }
        let until = this.lingering.get_or_insert_with(|| Box::pin(sleep(LINGER)));
        let mut waste = [0; 8192];
        loop {
            if until.as_mut().poll(cx).is_ready() || until.deadline() <= Instant::now() {
                return Poll::Ready(Ok(()));
            }
            let mut buffer = ReadBuf::new(&mut waste);
            match ready!(Pin::new(&mut this.inner).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {}
                // It has seen the end, or is gone.
                _ => return Poll::Ready(Ok(())),
            }
        }
    }
}
