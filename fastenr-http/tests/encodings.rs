//! A list as a file, through the layers of the server, in each encoding that they know.

#![expect(clippy::unwrap_used, reason = "a file of tests is no test to clippy")]

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use fastenr_core::clock::Clock;
use fastenr_core::import::request::Request as ImportRequest;
use fastenr_core::import::source::Source;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::ops::{self, Context};
use fastenr_core::store::{Db, DbOptions};
use fastenr_http::server::{self, Options, Policy, Shutdown};
use fastenr_http::{Access, State};
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};
use tower::ServiceExt;
use tower_http::decompression::Decompression;

const ROWS: usize = 5_000;

async fn served(dir: &std::path::Path) -> Router {
    let url = dir.join("fastenr.db").display().to_string();
    let db = Db::connect(&url, &DbOptions { create: true, ..DbOptions::default() }).await.unwrap();
    ops::admin::migrate(&db, Clock::System).await.unwrap();
    let context = Context::open(db.clone(), Clock::System, Some("default"), None).await.unwrap();
    let rows = (0..ROWS).map(|n| format!("A-{n},Customer {n} of many\n"));
    let file = std::iter::once("external_id,name\n".to_owned()).chain(rows).collect::<String>();
    let source = Source::spool("accounts.csv", file.as_bytes()).unwrap();
    ops::import::run(&context, &ACCOUNT, source, ImportRequest::default(), &mut |_| {}).await.unwrap();
    let state = State::new(Access::Open(Box::new(context)), Policy::default());
    server::app(fastenr_http::router(state), db, &Options::default(), &Shutdown::default())
}

/// The length and the digest of a body, once it is decoded.
async fn read(app: &Router, media: &str, encoding: &str) -> (usize, String) {
    let ask = || {
        let request = Request::get("/api/accounts").header(header::ACCEPT, media);
        request.header(header::ACCEPT_ENCODING, encoding).body(Body::empty()).unwrap()
    };
    let coded = app.clone().oneshot(ask()).await.unwrap();
    let name = coded.headers().get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap());
    assert_eq!(name, Some(encoding).filter(|encoding| *encoding != "identity"));
    let decoded = Decompression::new(app.clone()).oneshot(ask()).await.unwrap();
    assert_eq!(decoded.status(), 200);
    let bytes = decoded.into_body().collect().await.unwrap().to_bytes();
    (bytes.len(), Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}

#[tokio::test]
async fn an_encoding_changes_nothing_of_what_is_sent() {
    let dir = tempfile::tempdir().unwrap();
    let app = served(dir.path()).await;
    for media in ["text/csv", "text/tab-separated-values", "application/x-ndjson"] {
        let plain = read(&app, media, "identity").await;
        assert!(plain.0 > 1 << 18, "{media}: {} bytes", plain.0);
        for encoding in ["gzip", "br", "zstd"] {
            assert_eq!(read(&app, media, encoding).await, plain, "{media} {encoding}");
        }
    }
}
