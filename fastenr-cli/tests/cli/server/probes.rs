//! What an operator's machines ask.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use fastenr_http::server::Options;
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Kind, Tests};
use serde_json::json;
use sqlx::{Connection, PgConnection, SqliteConnection};

use super::super::support::with_accounts;
use super::client::{Server, port_after, request};
use super::local::Local;

pub(super) fn register(tests: &mut Tests) {
    tests.empty().both("cli/server/ready_when_it_can_work", ready);
    tests.both("cli/server/metrics_count", metrics);
    tests.sqlite("cli/server/metrics_at_an_address_of_their_own", metrics_elsewhere);
}

async fn ready(backend: &Backend) -> Result<()> {
    // Before anything was migrated.
    let empty = Local::start(backend, Options::default())?;
    let answer = request(empty.port, "GET /readyz", "")?;
    assert_eq!((answer.status, answer.problem()?.as_str()), (503, "not_ready"));
    ensure!(answer.text().contains("migrations are pending"), "{}", answer.text());
    assert_eq!(request(empty.port, "GET /healthz", "")?.status, 200);
    drop(empty);

    Fastenr::new(backend).args(["db", "migrate"]).run().ok();
    let fastenr = with_accounts(backend);
    let server = Server::start(&fastenr)?;
    let ready = server.get("/readyz")?;
    assert_eq!(
        (ready.status, ready.json()?),
        (200, json!({ "status": "ok", "database": "ok", "migrations": "current" }))
    );

    // A later version has migrated it meanwhile.
    let sql = "update _sqlx_migrations set version = version + 1000 where version = 1";
    match backend.kind {
        Kind::Sqlite => {
            sqlx::query(sql).execute(&mut SqliteConnection::connect(&backend.url).await?).await?;
        }
        Kind::Postgres => {
            sqlx::query(sql).execute(&mut PgConnection::connect(&backend.url).await?).await?;
        }
    }
    let local = Local::start(backend, Options::default())?;
    let answer = request(local.port, "GET /readyz", "")?;
    assert_eq!((answer.status, answer.problem()?.as_str()), (503, "not_ready"));
    ensure!(answer.header("retry-after").is_some(), "{}", answer.headers);
    ensure!(!answer.text().contains("1001"), "{}", answer.text());
    local.shutdown.begin();
    Ok(())
}

/// The samples of the text, which has to be as OpenMetrics says.
fn samples(text: &str) -> Result<BTreeMap<String, f64>> {
    ensure!(text.ends_with("# EOF\n"), "{text}");
    let mut samples = BTreeMap::new();
    let mut described = Vec::new();
    for line in text.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.splitn(3, ' ');
            if words.next() == Some("TYPE") {
                described.push(words.next().context("a TYPE without a name")?);
                let kind = words.next().context("a TYPE without a kind")?;
                ensure!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            }
            continue;
        }
        let (name, value) = line.rsplit_once(' ').with_context(|| format!("no sample: {line}"))?;
        let bare = name.split('{').next().unwrap_or_default();
        ensure!(described.last().is_some_and(|described| bare.starts_with(described)), "{line} is not described");
        ensure!(!name.contains('{') || name.ends_with('}'), "{line}");
        let value = value.parse().with_context(|| line.to_owned())?;
        ensure!(samples.insert(name.to_owned(), value).is_none(), "{name} is there twice");
    }
    Ok(samples)
}

async fn metrics(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let mut server = Server::with(&fastenr, &["--max-db-connections", "7", "--metrics-listen", "127.0.0.1:0"])?;
    let said = server.running.wait_for("metrics at http");
    let port = port_after(&said, "metrics at http://127.0.0.1:").context("no port")?;
    for path in ["/api/accounts?limit=1", "/api/accounts", "/api/accounts?statu=x", "/nothing/1", "/nothing/2"] {
        server.get(path)?;
    }
    server.request("BREW /api/accounts", "")?;
    let answer = request(port, "GET /metrics", "")?;
    let kind = answer.header("content-type").unwrap_or_default();
    ensure!(kind.starts_with("application/openmetrics-text; version=1.0.0"), "{kind}");
    let samples = samples(&answer.text())?;
    let of = |name: &str| samples.get(name).copied().with_context(|| format!("no {name}:\n{}", answer.text()));
    let requests = |method: &str, route: &str, status: u16| {
        of(&format!(r#"fastenr_http_requests_total{{method="{method}",route="{route}",status="{status}"}}"#))
    };
    assert_eq!(requests("GET", "/api/accounts", 200)?, 2.0);
    assert_eq!(requests("GET", "/api/accounts", 400)?, 1.0);
    assert_eq!(requests("other", "/api/accounts", 405)?, 1.0);
    // Whatever a client makes up is one route.
    assert_eq!(requests("GET", "none", 404)?, 2.0);
    let labels = r#"method="GET",route="/api/accounts""#;
    assert_eq!(of(&format!("fastenr_http_request_duration_seconds_count{{{labels}}}"))?, 3.0);
    assert_eq!(of(&format!(r#"fastenr_http_request_duration_seconds_bucket{{le="+Inf",{labels}}}"#))?, 3.0);
    assert_eq!(of("fastenr_connections_opened_total")?, 6.0);
    assert_eq!(of("fastenr_http_requests_in_flight")?, 0.0);
    // On SQLite those of writers, and of work that holds one, are beside them.
    let most = if backend.kind == Kind::Sqlite { 7.0 + 1.0 + 4.0 } else { 7.0 };
    assert_eq!(of(r#"fastenr_database_connections{state="max"}"#)?, most);
    ensure!(of(r#"fastenr_database_connections{state="open"}"#)? >= 1.0);
    Ok(())
}

async fn metrics_elsewhere(backend: &Backend) -> Result<()> {
    let fastenr: Fastenr = with_accounts(backend);
    let mut server = Server::with(&fastenr, &["--metrics-listen", "127.0.0.1:0"])?;
    let said = server.running.wait_for("metrics at http");
    let port = port_after(&said, "metrics at http://127.0.0.1:").context("no port")?;
    server.get("/api/accounts")?;
    assert_eq!(server.get("/metrics")?.status, 404);
    let there = samples(&request(port, "GET /metrics", "X-Forwarded-For: 192.0.2.1\r\n")?.text())?;
    let name = r#"fastenr_http_requests_total{method="GET",route="/api/accounts",status="200"}"#;
    assert_eq!(there.get(name), Some(&1.0));
    for path in ["/api/accounts", "/healthz"] {
        assert_eq!(request(port, &format!("GET {path}"), "")?.status, 404);
    }
    Ok(())
}
