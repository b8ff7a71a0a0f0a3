//! Requests as they lie on the wire: clients that close one side, and bytes that are no request.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fastenr_http::server::Options;
use fastenr_tests::harness::{Backend, Tests};

use super::super::support::with_accounts;
use super::client::{Answer, Server, connect, read};
use super::local::Local;

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/server/half_closed_clients_are_answered", half_closed);
    tests.sqlite("cli/server/half_closed_clients_follow_the_feed", half_closed_stream);
    tests.sqlite("cli/server/nobody_works_for_a_client_that_went", gone);
    tests.sqlite("cli/server/streams_of_clients_that_went_give_their_place_back", gone_streams);
    tests.sqlite("cli/server/a_host_and_only_one", hosts);
    tests.sqlite("cli/server/what_is_no_request_is_a_problem", malformed);
}

/// Sends the bytes and, unless `open`, says that there are no more; then all that comes.
fn sent(port: u16, bytes: &[u8], open: bool) -> Result<TcpStream> {
    let mut stream = connect(port)?;
    stream.write_all(bytes)?;
    if !open {
        stream.shutdown(Shutdown::Write)?;
    }
    Ok(stream)
}

fn answered(port: u16, bytes: &[u8]) -> Result<Answer> {
    read(sent(port, bytes, false)?, true)
}

async fn half_closed(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let server = Server::start(&fastenr)?;
    let get = |path: &str, headers: &str| format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
    let post = |path: &str, media: &str, body: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {media}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let list = answered(server.port, get("/api/accounts", "").as_bytes())?;
    assert_eq!((list.status, &list.json()?["total"]), (200, &5.into()));
    let export = answered(server.port, get("/api/accounts", "Accept: text/csv\r\n").as_bytes())?;
    assert_eq!((export.status, export.text().lines().count()), (200, 6));
    let made = answered(server.port, post("/api/accounts", "application/json", r#"{"name":"Half"}"#).as_bytes())?;
    assert_eq!(made.status, 201, "{}", made.text());
    let file = "external_id,name\nH-1,One\nH-2,Two\n";
    let import = answered(server.port, post("/api/imports/accounts", "text/csv", file).as_bytes())?;
    assert_eq!((import.status, &import.json()?["created"]), (200, &2.into()), "{}", import.text());
    // What it asked for at once is all answered, and then the connection ends.
    let many = get("/api/accounts?limit=1", "").repeat(3);
    let mut all = String::new();
    sent(server.port, many.as_bytes(), false)?.read_to_string(&mut all)?;
    assert_eq!(all.matches("HTTP/1.1 200 OK").count(), 3, "{all}");
    // Half of a body is a mistake that is told.
    let cut = "POST /api/accounts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{\"na";
    let cut = answered(server.port, cut.as_bytes())?;
    assert_eq!((cut.status, cut.problem()?.as_str()), (400, "body"));
    // What takes longer comes as well, also to those that are asked meanwhile whether they are there.
    let local = Local::start(backend, Options::default())?;
    let slow = answered(local.port, b"GET /slow/400 HTTP/1.0\r\n\r\n")?;
    assert_eq!((slow.status, slow.text().as_str()), (200, "done"));
    let mut slower = String::new();
    sent(local.port, b"GET /slow/1500 HTTP/1.1\r\nHost: localhost\r\n\r\n", false)?.read_to_string(&mut slower)?;
    let told = slower.trim_start_matches("HTTP/1.1 100 Continue\r\n\r\n");
    ensure!(told.starts_with("HTTP/1.1 200 OK") && told.ends_with("done"), "{slower}");
    Ok(())
}

async fn half_closed_stream(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let server = Server::start(&fastenr)?;
    let mut stream = sent(server.port, b"GET /api/activities/stream HTTP/1.1\r\nHost: localhost\r\n\r\n", false)?;
    let mut told = String::new();
    let mut wait_for = |text: &str| -> Result<()> {
        let mut buffer = [0; 1 << 12];
        while !told.contains(text) {
            let count = stream.read(&mut buffer)?;
            ensure!(count > 0, "it ended: {told}");
            told.push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
        Ok(())
    };
    wait_for("x-accel-buffering: no")?;
    wait_for("following")?;
    // It is asked twice whether it is there.
    wait_for("still there")?;
    fastenr.args(["accounts", "create", "Later"]).run().ok();
    wait_for("accounts.create")
}

async fn gone(backend: &Backend) -> Result<()> {
    let local = Local::start(backend, Options { max_connections: 1, ..Options::default() })?;
    let slow = || sent(local.port, b"GET /slow/60000 HTTP/1.1\r\nHost: localhost\r\n\r\n", true);
    let (mut left, begun) = (slow()?, Instant::now());
    while super::client::request(local.port, "GET /small", "")?.status != 503 {
        // It made room for this one before its request was read.
        left = slow()?;
        ensure!(begun.elapsed() < Duration::from_secs(10), "it has no place");
    }
    drop(left);
    let begun = Instant::now();
    while super::client::request(local.port, "GET /small", "")?.status != 200 {
        ensure!(begun.elapsed() < Duration::from_secs(10), "its request is still worked at");
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// As many streams as a caller may have; when they are let go of, others have their places before a heartbeat would show it.
async fn gone_streams(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let server = Server::start(&fastenr)?;
    let open = || -> Result<(u16, TcpStream)> {
        let mut stream = sent(server.port, b"GET /api/activities/stream HTTP/1.1\r\nHost: localhost\r\n\r\n", true)?;
        let mut head = [0; 12];
        stream.read_exact(&mut head)?;
        Ok((std::str::from_utf8(&head[9..])?.parse().context("a status")?, stream))
    };
    let mut streams = Vec::new();
    loop {
        let (status, stream) = open()?;
        if status == 429 {
            break;
        }
        assert_eq!(status, 200);
        streams.push(stream);
        ensure!(streams.len() < 100, "there is no limit");
    }
    let count = streams.len();
    drop(streams);
    let begun = Instant::now();
    let mut again = Vec::new();
    while again.len() < count {
        let (status, stream) = open()?;
        if status == 200 {
            again.push(stream);
        } else {
            std::thread::sleep(Duration::from_millis(20));
        }
        ensure!(begun.elapsed() < Duration::from_secs(8), "{} of {count} places came back", again.len());
    }
    Ok(())
}

async fn hosts(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let server = Server::start(&fastenr)?;
    for (headers, version, status) in [
        ("Host: localhost\r\n", "1.1", 200),
        ("Host: 127.0.0.1:8787\r\n", "1.1", 200),
        ("Host: [::1]:8787\r\n", "1.1", 200),
        ("", "1.0", 200),
        ("Host: localhost\r\n", "1.0", 200),
        ("", "1.1", 400),
        ("Host:\r\n", "1.1", 400),
        ("Host: localhost\r\nHost: localhost\r\n", "1.1", 400),
        ("Host: localhost\r\nhost: other\r\n", "1.1", 400),
        ("Host: localhost\r\nHost: other\r\n", "1.0", 400),
        ("Host: a b\r\n", "1.1", 400),
        ("Host: localhost, other\r\n", "1.1", 400),
        ("Host: jo@localhost\r\n", "1.1", 400),
        ("Host: http://localhost/\r\n", "1.1", 400),
    ] {
        for path in ["/api/accounts", "/healthz", "/api/nothing"] {
            let request = format!("GET {path} HTTP/{version}\r\n{headers}\r\n");
            let answer = answered(server.port, request.as_bytes())?;
            let expected = if status == 200 && path == "/api/nothing" { 404 } else { status };
            assert_eq!(answer.status, expected, "{request}: {}", answer.text());
            if status == 400 {
                assert_eq!(answer.problem()?, "host", "{request}");
                ensure!(answer.json()?["detail"].as_str().is_some_and(|detail| detail.contains("Host")));
            }
        }
    }
    let body = "POST /api/accounts HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"name\":\"Half\"}";
    assert_eq!(answered(server.port, body.as_bytes())?.problem()?, "host");
    assert_eq!(server.get("/api/accounts?search=half")?.json()?["total"], 0);
    Ok(())
}

async fn malformed(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let server = Server::start(&fastenr)?;
    let get = |headers: &str| format!("GET /api/accounts HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
    let post = |headers: &str, body: &str| {
        format!(
            "POST /api/accounts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{headers}\r\n{body}"
        )
    };
    let chunked = "Transfer-Encoding: chunked\r\n";
    for (request, status, code) in [
        ("GARBAGE\r\n\r\n".to_owned(), 400, "malformed_request"),
        ("GET  HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(), 400, "malformed_request"),
        ("GET / HTTP/9.9\r\nHost: localhost\r\n\r\n".to_owned(), 400, "malformed_request"),
        ("GET /\r\n\r\n".to_owned(), 400, "malformed_request"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), 400, "malformed_request"),
        ("GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(), 400, "malformed_request"),
        ("G@T / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(), 400, "malformed_request"),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\r\n\r\n".to_owned(), 400, "malformed_request"),
        (get("no colon\r\n"), 400, "malformed_request"),
        (get("a b: c\r\n"), 400, "malformed_request"),
        (get("X-A: a\u{0}b\r\n"), 400, "malformed_request"),
        (get(&"X-A: a\r\n".repeat(101)), 431, "headers_too_large"),
        (get(&format!("X-A: {}\r\n", "a".repeat(40_000))), 431, "headers_too_large"),
        (format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "a".repeat(40_000)), 431, "headers_too_large"),
        (post("Content-Length: x\r\n", "{}"), 400, "malformed_request"),
        (post("Content-Length: -1\r\n", "{}"), 400, "malformed_request"),
        (post("Content-Length: 99999999999999999999\r\n", "{}"), 400, "malformed_request"),
        (post("Content-Length: 2\r\nContent-Length: 3\r\n", "{}"), 400, "malformed_request"),
        (post("Transfer-Encoding: gzip\r\n", "{}"), 400, "malformed_request"),
        (post("Transfer-Encoding: chunked, gzip\r\n", "{}"), 400, "malformed_request"),
        (post(chunked, "zz\r\n{}\r\n0\r\n\r\n"), 400, "body"),
        (post(chunked, "2\r\n{}xx0\r\n\r\n"), 400, "body"),
        (post(chunked, "2\r\n{}\r\n"), 400, "body"),
        (post(chunked, "ffffffffffffffffff\r\n{}\r\n"), 400, "body"),
    ] {
        let shown = &request[..request.len().min(80)];
        let mut stream = sent(server.port, request.as_bytes(), true)?;
        if request.ends_with("{}\r\n") && !request.contains("ffff") {
            // It waits for more.
            stream.shutdown(Shutdown::Write)?;
        }
        let answer = read(&stream, true).with_context(|| shown.to_owned())?;
        assert_eq!((answer.status, answer.problem()?.as_str()), (status, code), "{shown}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{shown}");
        assert_eq!(answer.json()?["request_id"].as_str(), answer.header("x-request-id"), "{shown}");
        ensure!(answer.header("date").is_some() && answer.json()?["detail"].is_string(), "{shown}");
        if code != "body" {
            assert_eq!(answer.header("connection"), Some("close"), "{shown}");
            assert_eq!(stream.read(&mut [0; 8])?, 0, "{shown}: there is more");
        }
    }
    // Behind a good one, and from a client that goes on sending.
    let mut stream = sent(server.port, get("").as_bytes(), true)?;
    assert_eq!(read(&stream, true)?.status, 200);
    stream.write_all(b"GARBAGE\r\n\r\n")?;
    for _ in 0..64 {
        let _ = stream.write_all(&[b'x'; 1 << 14]);
    }
    assert_eq!(read(&stream, true)?.problem()?, "malformed_request");
    // At once with it.
    let mut both = String::new();
    sent(server.port, format!("{}GARBAGE\r\n\r\n", get("")).as_bytes(), true)?.read_to_string(&mut both)?;
    ensure!(both.contains("HTTP/1.1 200 OK") && both.contains("urn:fastenr:problem:malformed_request"), "{both}");
    Ok(())
}
