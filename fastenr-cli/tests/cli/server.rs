//! `fastenr serve` over a socket, as any client sees it.

mod around;
mod client;
mod deploy;
mod disk;
mod durable;
mod limits;
mod local;
mod moved;
mod outage;
mod probes;
mod public;
mod requests;
mod stopping;
mod streams;
mod tls;

use anyhow::{Context as _, Result, ensure};
use fastenr_tests::harness::{Backend, Tests};

use self::client::Server;
use super::support::with_accounts;

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/server/answers", answers);
    tests.both("cli/server/refuses_what_it_does_not_know", refuses);
    tests.both("cli/server/sees_what_the_command_line_writes", sees_writes);
    tests.both("cli/server/without_keys_on_this_machine_only", loopback_only);
    around::register(tests);
    deploy::register(tests);
    disk::register(tests);
    durable::register(tests);
    limits::register(tests);
    moved::register(tests);
    outage::register(tests);
    probes::register(tests);
    public::register(tests);
    requests::register(tests);
    stopping::register(tests);
    streams::register(tests);
    tls::register(tests);
}

async fn answers(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let server = Server::start(&fastenr)?;
    let health = server.get("/healthz")?;
    assert_eq!((health.status, health.json()?), (200, serde_json::json!({ "status": "ok" })));

    let list = server.get("/api/accounts?status=at_risk,active&sort=arr:desc&limit=2")?;
    assert_eq!(list.status, 200);
    ensure!(list.headers.contains("content-type: application/json"), "{}", list.headers);
    // The same answer as the command's, to the byte of each value.
    let flags = ["--status", "at_risk,active", "--sort", "arr:desc", "--limit", "2", "-o", "json"];
    let listed = fastenr.args([&["accounts", "list"], &flags[..]].concat()).run().ok().json();
    let mut list = list.json()?;
    for row in list["data"].as_array_mut().context("a list")? {
        // The one thing that the API tells and the command does not.
        let told = row.as_object_mut().and_then(|row| row.remove("last_engagement"));
        ensure!(told.is_some(), "{row}");
    }
    assert_eq!(list["data"], listed["data"]);
    assert_eq!((&list["page"], &list["limit"]), (&listed["page"], &listed["limit"]));
    ensure!(list["nextCursor"].is_string(), "{list}");
    assert_eq!((&list["total"], &list["hasMore"]), (&3.into(), &true.into()));
    assert_eq!(server.get("/api/accounts?custom.tier=gold")?.json()?["total"], 1);
    assert_eq!(server.get("/api/accounts?page=9")?.json()?["data"], serde_json::json!([]));
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
        assert_eq!((answer.status, answer.problem()?.as_str()), (status, kind), "{path}");
        let body = answer.json()?;
        ensure!(body["title"].is_string() && body["detail"].is_string(), "{path}: {body}");
    }
    let unknown = server.get("/api/accounts?statu=active")?.json()?;
    ensure!(unknown["detail"].as_str().is_some_and(|detail| detail.contains("did you mean status")), "{unknown}");
    Ok(())
}

async fn sees_writes(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let server = Server::start(&fastenr)?;
    let count = |query: &str| anyhow::Ok(server.get(&format!("/api/accounts{query}"))?.json()?["total"].as_u64());
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
        let refused = fastenr.args(["serve", "--no-auth", "--listen", address]).run().code(5);
        ensure!(refused.stderr.contains("hint: listen on 127.0.0.1"), "{}", refused.transcript());
    }
    // A port that somebody has.
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let refused = fastenr.args(["serve", "--no-auth", "--listen", &address]).run().code(1);
    ensure!(refused.stderr.contains(&address), "{}", refused.transcript());
    Ok(())
}
