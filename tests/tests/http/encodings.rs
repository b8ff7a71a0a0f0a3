//! A list as a file, through the layers of the server, in each encoding that they know.

use anyhow::{Result, ensure};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use fastenr_http::server::{self, Options, Policy, Shutdown};
use fastenr_http::{Access, State};
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::world;
use http_body_util::BodyExt;
use tower::ServiceExt;
use tower_http::decompression::Decompression;

pub(super) fn register(tests: &mut Tests) {
    tests.both("http/encodings/change_nothing_of_what_is_sent", change_nothing);
}

const ROWS: usize = 5_000;

async fn served(backend: &Backend) -> Result<Router> {
    let world = world(backend).await?;
    let rows: String = (0..ROWS).map(|n| format!("A-{n},Customer {n} of many\n")).collect();
    world.import(&format!("external_id,name\n{rows}"), Default::default()).await?;
    let state = State::new(Access::Open(Box::new(world.context.clone())), Policy::default());
    Ok(server::app(fastenr_http::router(state), world.db.clone(), &Options::default(), &Shutdown::default()))
}

/// A body, decoded.
async fn read(app: &Router, media: &str, encoding: &str) -> Result<Vec<u8>> {
    let ask = || {
        let request = Request::get("/api/accounts").header(header::ACCEPT, media);
        request.header(header::ACCEPT_ENCODING, encoding).body(Body::empty())
    };
    let coded = app.clone().oneshot(ask()?).await?;
    let name = coded.headers().get(header::CONTENT_ENCODING).map(|value| value.to_str()).transpose()?;
    assert_eq!(name, Some(encoding).filter(|encoding| *encoding != "identity"));
    let decoded = Decompression::new(app.clone()).oneshot(ask()?).await?;
    assert_eq!(decoded.status(), 200);
    let bytes = decoded.into_body().collect().await.map_err(|error| anyhow::anyhow!("{error}"))?.to_bytes();
    Ok(bytes.to_vec())
}

async fn change_nothing(backend: &Backend) -> Result<()> {
    let app = served(backend).await?;
    for media in ["text/csv", "text/tab-separated-values", "application/x-ndjson"] {
        let plain = read(&app, media, "identity").await?;
        ensure!(plain.len() > 1 << 18, "{media}: {} bytes", plain.len());
        for encoding in ["gzip", "br", "zstd"] {
            let decoded = read(&app, media, encoding).await?;
            ensure!(decoded == plain, "{media} {encoding}: {} bytes of {}", decoded.len(), plain.len());
        }
    }
    Ok(())
}
