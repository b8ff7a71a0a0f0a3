//! The server within the test: routes that only a test has, and limits that a test does not wait for.

use std::convert::Infallible;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use anyhow::{Result, bail};
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::routing::{get, post};
use axum::{Extension, Router};
use fastenr_core::store::{Db, DbOptions};
use fastenr_http::server::{self, ForImports, KeyPrefix, Options, Shutdown};
use fastenr_tests::harness::Backend;
use futures_util::{StreamExt, stream};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

/// It has threads of its own: the tests' clients block.
pub(super) struct Local {
    pub(super) port: u16,
    pub(super) shutdown: Shutdown,
    ended: Receiver<Result<usize>>,
    runtime: Option<Runtime>,
}

impl Local {
    pub(super) fn start(backend: &Backend, options: Options) -> Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let shutdown = Shutdown::default();
        let (say_port, port) = mpsc::channel();
        let (say_end, ended) = mpsc::channel();
        let (url, stop) = (backend.url.clone(), shutdown.clone());
        runtime.spawn(async move {
            let _ = say_end.send(serve(&url, options, stop, say_port).await);
        });
        // Without a port there is an error.
        let Ok(port) = port.recv() else { bail!("{:?}", ended.recv()?) };
        Ok(Self { port, shutdown, ended, runtime: Some(runtime) })
    }

    /// How many connections were cut, when it was told to stop.
    pub(super) fn ended(&self) -> Result<usize> {
        self.ended.recv()?
    }
}

async fn serve(url: &str, options: Options, shutdown: Shutdown, say_port: Sender<u16>) -> Result<usize> {
    let db = Db::connect(url, &DbOptions { create: true, ..DbOptions::default() }).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say_port.send(listener.local_addr()?.port())?;
    let counted = server::metrics_alone(db.clone(), options.metrics.clone());
    let counted = get(move |request: Request| counted.clone().oneshot(request));
    let app = server::app(routes().route("/metrics", counted), db, &options, &shutdown);
    Ok(server::serve(listener, app, options, shutdown).await?)
}

impl Drop for Local {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn routes() -> Router {
    Router::new()
        .route("/small", get(|| async { "small" }))
        .route("/large", get(|| async { "large ".repeat(10_000) }))
        .route("/huge", get(|| async { "x".repeat(64 << 20) }))
        .route("/keyed", get(|| async { (Extension(KeyPrefix("fnr_1234".into())), "keyed") }))
        .route("/id", get(|| async { server::current_request_id().unwrap_or_default() }))
        .route("/slow/{ms}", get(slow))
        .route("/panic", get(panics))
        .route("/events", get(events))
        .route("/count", post(count))
        .route("/deaf", post(|| async { "heard nothing" }))
        .route("/import", post(count).layer(ForImports))
}

async fn slow(axum::extract::Path(ms): axum::extract::Path<u64>) -> &'static str {
    tokio::time::sleep(Duration::from_millis(ms)).await;
    "done"
}

async fn panics() -> &'static str {
    panic!("the secret of the handler")
}

/// Sends an event now and then until the server stops.
async fn events(Extension(shutdown): Extension<Shutdown>) -> ([(&'static str, &'static str); 1], Body) {
    let events =
        stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(b"data: tick\n\n"))).then(async |event| {
            tokio::time::sleep(Duration::from_millis(20)).await;
            event
        });
    let body = Body::from_stream(events.take_until(Box::pin(async move { shutdown.begun().await })));
    ([("content-type", "text/event-stream")], body)
}

/// The length of what was sent.
async fn count(request: Request) -> Result<String, String> {
    let mut chunks = request.into_body().into_data_stream();
    let mut length = 0;
    while let Some(chunk) = chunks.next().await {
        length += chunk.map_err(|_| "a handler's own words".to_owned())?.len();
    }
    Ok(length.to_string())
}
