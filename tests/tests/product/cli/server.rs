//! `fastenr serve` over a socket, as any client sees it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fastenr_tests::cli::{Fastenr, Running, Signal};
use fastenr_tests::harness::{Backend, Tests};
use serde_json::Value as Json;

use super::support::with_accounts;

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/server/answers", answers);
    tests.both("cli/server/refuses_what_it_does_not_know", refuses);
    tests.both("cli/server/sees_what_the_command_line_writes", sees_writes);
    tests.both("cli/server/listens_on_this_machine_only", loopback_only);
}

/// A server on a free port; it ends with its test.
struct Server {
    running: Running,
    port: u16,
}

struct Answer {
    status: u16,
    headers: String,
    body: Json,
}

impl Server {
    fn start(fastenr: &Fastenr) -> Result<Self> {
        let mut running = fastenr.args(["serve", "--listen", "127.0.0.1:0"]).spawn();
        let said = running.wait_for("\n");
        let port = said.lines().find_map(|line| line.strip_prefix("listening on http://127.0.0.1:")?.parse().ok());
        Ok(Self { running, port: port.with_context(|| format!("no port in {said:?}"))? })
    }

    fn get(&self, path: &str) -> Result<Answer> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        let (head, body) = text.split_once("\r\n\r\n").with_context(|| format!("no end of the head in {text:?}"))?;
        let (line, headers) = head.split_once("\r\n").context("no headers")?;
        let status = line.split(' ').nth(1).context("no status")?.parse()?;
        Ok(Answer { status, headers: headers.to_lowercase(), body: serde_json::from_str(body)? })
    }
}

async fn answers(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let server = Server::start(&fastenr)?;
    let health = server.get("/healthz")?;
    assert_eq!((health.status, health.body), (200, serde_json::json!({ "status": "ok" })));

    let list = server.get("/api/accounts?status=at_risk,active&sort=arr:desc&limit=2")?;
    assert_eq!(list.status, 200);
    ensure!(list.headers.contains("content-type: application/json"), "{}", list.headers);
    // The same answer as the command's, to the byte of each value.
    let flags = ["--status", "at_risk,active", "--sort", "arr:desc", "--limit", "2", "-o", "json"];
    let listed = fastenr.args([&["accounts", "list"], &flags[..]].concat()).run().ok().json();
    assert_eq!(list.body, listed);
    assert_eq!((&list.body["total"], &list.body["hasMore"]), (&3.into(), &true.into()));
    assert_eq!(server.get("/api/accounts?custom.tier=gold")?.body["total"], 1);
    assert_eq!(server.get("/api/accounts?page=9")?.body["data"], serde_json::json!([]));

    server.running.kill(Signal::Terminate);
    let output = server.running.wait().ok();
    ensure!(output.stderr.ends_with("stopped\n"), "{}", output.transcript());
    Ok(())
}

async fn refuses(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let server = Server::start(&fastenr)?;
    for (path, status, kind) in [
        ("/api/accounts?statu=active", 400, "unknown_filter"),
        ("/api/accounts?status=lost", 400, "status"),
        ("/api/accounts?limit=5000", 400, "limit"),
        ("/api/accounts?owner=nobody@example.com", 404, "unknown_user"),
        ("/api/nothing", 404, "no_such_path"),
    ] {
        let answer = server.get(path)?;
        ensure!(answer.headers.contains("content-type: application/problem+json"), "{path}: {}", answer.headers);
        let body = &answer.body;
        assert_eq!((answer.status, &body["status"]), (status, &status.into()), "{path}: {body}");
        assert_eq!(body["type"], format!("urn:fastenr:problem:{kind}"), "{path}: {body}");
        ensure!(body["title"].is_string() && body["detail"].is_string(), "{path}: {body}");
    }
    let unknown = server.get("/api/accounts?statu=active")?.body;
    ensure!(unknown["detail"].as_str().is_some_and(|detail| detail.contains("did you mean status")), "{unknown}");
    server.running.kill(Signal::Interrupt);
    server.running.wait().ok();
    Ok(())
}

async fn sees_writes(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let server = Server::start(&fastenr)?;
    let count = |query: &str| anyhow::Ok(server.get(&format!("/api/accounts{query}"))?.body["total"].as_u64());
    assert_eq!(count("")?, Some(5));
    fastenr.args(["accounts", "archive", "A-5"]).run().ok();
    assert_eq!(count("")?, Some(4));
    fastenr.args(["accounts", "update", "A-1", "--status", "churned"]).run().ok();
    assert_eq!(count("?status=churned")?, Some(2));
    Ok(())
}

async fn loopback_only(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8787"] {
        let refused = fastenr.args(["serve", "--listen", address]).run().code(5);
        ensure!(refused.stderr.contains("hint: listen on 127.0.0.1"), "{}", refused.transcript());
    }
    // A port that somebody has.
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let refused = fastenr.args(["serve", "--listen", &address]).run().code(1);
    ensure!(refused.stderr.contains(&address), "{}", refused.transcript());
    Ok(())
}
