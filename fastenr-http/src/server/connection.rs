//! One connection, from its handshake to its end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request, Response, StatusCode, Version, header};
use axum::response::IntoResponse;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tower::ServiceExt;

use super::registry::{Link, Phase};
use super::socket::Socket;
use super::{Options, Shutdown, probes};
use crate::Problem;

/// What the connections of a listener share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) app: Router,
    pub(super) options: Options,
    pub(super) shutdown: Shutdown,
}

pub(super) async fn run(stream: TcpStream, peer: SocketAddr, link: Arc<Link>, shared: Arc<Shared>) {
    // An answer is written when it is there, also a short one.
    let _ = stream.set_nodelay(true);
    let Some(tls) = &shared.options.tls else {
        return answer(stream, peer, link, shared).await;
    };
    match timeout(shared.options.header_timeout, tls.acceptor().accept(stream)).await {
        Ok(Ok(stream)) => answer(stream, peer, link, shared).await,
        Ok(Err(error)) => tracing::debug!(%peer, %error, "no TLS"),
        Err(_) => shared.options.metrics.cut("handshake", 1),
    }
}

async fn answer<S>(stream: S, peer: SocketAddr, link: Arc<Link>, shared: Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let options = &shared.options;
    let socket = Socket::new(stream, Arc::clone(&link), Arc::clone(&shared));
    let service = service_fn(|request: Request<Incoming>| {
        link.request(!request.body().is_end_stream(), request.version() == Version::HTTP_11);
        let busy = BusyGuard(Arc::clone(&link));
        let mut request = request.map(|inner| Body::new(TrackedBody { inner, link: Arc::clone(&link) }));
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(link.half_closed());
        request.extensions_mut().insert(OverConnection);
        let app = shared.app.clone();
        let is_refused = link.over && !probes::is_one(request.uri().path());
        let is_last = link.over;
        async move {
            let mut response = match is_refused {
                true => full().into_response(),
                false => app.oneshot(request).await?,
            };
            if is_last {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<Response<Answer>, Infallible>(response.map(|body| Answer { body, _busy: busy }))
        }
    });
    let mut builder = http1::Builder::new();
    // The registry keeps the times: it tells a head that comes slowly from a connection that waits.
    builder.header_read_timeout(None).max_header_size(options.header_bytes);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(socket), service));
    let mut stopping = false;
    loop {
        tokio::select! {
            outcome = connection.as_mut() => {
                if let Err(error) = outcome {
                    tracing::debug!(%peer, %error, "the connection broke");
                }
                return;
            }
            () = link.cut() => return,
            () = shared.shutdown.begun(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// To whoever found no place.
fn full() -> Problem {
    let detail = "the server has as many connections as it takes; try again later";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "full", Some(detail.to_owned()))
}

/// In the extensions of a request that came over a connection, not from a program that has the router in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct OverConnection;

/// The body of a request, which tells the connection how far it is.
struct TrackedBody {
    inner: Incoming,
    link: Arc<Link>,
}

impl HttpBody for TrackedBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) || self.inner.is_end_stream() {
            self.link.body_ended();
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

impl Drop for TrackedBody {
    fn drop(&mut self) {
        if !self.inner.is_end_stream() {
            self.link.unread.store(true, Ordering::Relaxed);
        }
        self.link.body_ended();
    }
}

/// A request is under way, until its answer is handed over.
struct BusyGuard(Arc<Link>);

impl Drop for BusyGuard {
    fn drop(&mut self) {
        self.0.enter(Phase::Idle);
    }
}

struct Answer {
    body: Body,
    _busy: BusyGuard,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
