//! Clients that are slow, greedy or many, beside one that is none of it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fastenr_http::server::Options;
use fastenr_tests::harness::{Backend, Tests};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::super::support::with_accounts;
use super::client::{Server, connect, read, request, until_closed};
use super::local::Local;

pub(super) fn register(tests: &mut Tests) {
    tests.sqlite("cli/server/a_thousand_slow_clients", a_thousand_slow_clients);
    tests.sqlite("cli/server/more_connections_than_there_may_be", more_than_there_may_be);
    tests.sqlite("cli/server/a_full_server_says_so", full);
    tests.both("cli/server/imports_that_expand", imports_that_expand);
    tests.sqlite("cli/server/bodies_too_large", bodies_too_large);
    tests.sqlite("cli/server/bodies_too_slow", bodies_too_slow);
    tests.sqlite("cli/server/heads_too_large_or_too_slow", heads);
    tests.sqlite("cli/server/answers_that_nobody_takes", answers_that_nobody_takes);
    tests.sqlite("cli/server/requests_too_long", requests_too_long);
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A thousand clients send a byte a second, each a head or a body that has no end; one that asks as usual is answered.
async fn a_thousand_slow_clients(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let server = Server::start(&fastenr)?;
    let mut slow = Vec::new();
    for n in 0..1_000 {
        let mut stream = connect(server.port)?;
        let head: &[u8] = match n % 3 {
            0 => b"GET /api/accounts HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
            1 => b"",
            _ => b"POST /api/accounts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n",
        };
        stream.write_all(head)?;
        slow.push(stream);
    }
    let started = Instant::now();
    let mut asked = 0;
    while started.elapsed() < Duration::from_secs(13) {
        let second = Instant::now();
        for stream in &mut slow {
            // It fails once the server has closed.
            let _ = stream.write_all(b"G");
        }
        while second.elapsed() < Duration::from_secs(1) {
            let answer = server.get("/api/accounts?limit=25")?;
            assert_eq!((answer.status, &answer.json()?["total"]), (200, &5.into()));
            asked += 1;
        }
    }
    ensure!(asked > 13, "{asked} requests");
    // By then they have been sent away.
    for stream in &mut slow {
        until_closed(stream)?;
    }
    Ok(())
}

async fn more_than_there_may_be(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let server = Server::with(&fastenr, &["--max-connections", "40"])?;
    let mut idle: Vec<TcpStream> = (0..100).map(|_| connect(server.port)).collect::<Result<_>>()?;
    for _ in 0..50 {
        assert_eq!(server.get("/api/accounts")?.status, 200);
    }
    // The oldest made room.
    until_closed(&mut idle[0])?;
    until_closed(&mut idle[30])?;
    Ok(())
}

/// Every place is taken by a request: others are told so, and probes are answered.
async fn full(backend: &Backend) -> Result<()> {
    let local = Local::start(backend, Options { max_connections: 4, ..Options::default() })?;
    let mut busy = Vec::new();
    for _ in 0..4 {
        let mut stream = connect(local.port)?;
        stream.write_all(b"GET /slow/60000 HTTP/1.1\r\nHost: a\r\n\r\n")?;
        busy.push(stream);
    }
    std::thread::sleep(ms(300));
    for _ in 0..100 {
        let refused = request(local.port, "GET /small", "")?;
        assert_eq!((refused.status, refused.problem()?.as_str()), (503, "full"));
        ensure!(refused.header("retry-after").is_some() && refused.header("connection") == Some("close"));
        assert_eq!(request(local.port, "GET /healthz", "")?.status, 200);
    }
    busy.pop();
    let begun = Instant::now();
    while request(local.port, "GET /small", "")?.status != 200 {
        ensure!(begun.elapsed() < Duration::from_secs(5), "a place was given back and nobody has it");
        std::thread::sleep(ms(20));
    }
    Ok(())
}

/// What a client says before its body, and what is sent of it.
fn post(port: u16, path: &str, headers: &str, body: impl FnOnce(&mut TcpStream)) -> Result<super::client::Answer> {
    let mut stream = connect(port)?;
    write!(stream, "POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n")?;
    body(&mut stream);
    read(stream, true)
}

/// Sends until the other side has had enough, or a length of which nobody reads the end; how much went out.
fn pour(stream: &mut TcpStream, most: u64, chunked: bool) -> u64 {
    let mut block = vec![b'x'; 1 << 16];
    if chunked {
        block = [b"10000\r\n".as_slice(), &block, b"\r\n"].concat();
    }
    let mut sent = 0;
    while sent < most && stream.write_all(&block).is_ok() {
        sent += 1 << 16;
    }
    sent
}

const TWO_GB: u64 = 2 << 30;

/// A small body that is a large file, and a file of more rows than its size is for.
async fn imports_that_expand(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let server = Server::with(&fastenr, &["--import-limit", "512KiB"])?;
    let import = |media: &str, file: &[u8]| {
        let headers = format!("Content-Type: {media}\r\nContent-Length: {}\r\nConnection: close\r\n", file.len());
        post(server.port, "/api/imports/accounts", &headers, |stream| {
            let _ = stream.write_all(file);
        })
    };
    let gzip = |text: &str| -> Result<Vec<u8>> {
        let mut out = GzEncoder::new(Vec::new(), Compression::default());
        out.write_all(text.as_bytes())?;
        Ok(out.finish()?)
    };
    let rows = |count: usize, name: &str| -> String {
        let rows: String = (0..count).map(|n| format!("Z-{n},{name}\n")).collect();
        format!("external_id,name\n{rows}")
    };
    assert_eq!(import("application/gzip", &gzip(&rows(100, "Fits"))?)?.status, 200);
    let bomb = gzip(&rows(2_000, &"x".repeat(5_000)))?;
    ensure!(bomb.len() < 200_000, "{} bytes", bomb.len());
    let short = rows(17_000, "a");
    ensure!(short.len() < 512 << 10, "{} bytes", short.len());
    for (media, file) in [("application/gzip", bomb), ("text/csv", short.into_bytes())] {
        let refused = import(media, &file)?;
        assert_eq!((refused.status, refused.problem()?.as_str()), (413, "source_large"), "{}", refused.text());
    }
    assert_eq!(server.get("/api/accounts?search=fits")?.json()?["total"], 100);
    Ok(())
}

async fn bodies_too_large(backend: &Backend) -> Result<()> {
    let local = Local::start(backend, Options { body_limit: 1000, import_limit: 100_000, ..Options::default() })?;
    let length = |bytes: u64| format!("Content-Length: {bytes}\r\n");
    let exactly = |path: &str, bytes: usize| {
        post(local.port, path, &length(bytes as u64), |stream| {
            let _ = stream.write_all(&vec![b'x'; bytes]);
        })
    };
    assert_eq!(exactly("/count", 1000)?.text(), "1000");
    assert_eq!(exactly("/count", 1001)?.problem()?, "body_too_large");
    assert_eq!(exactly("/import", 100_000)?.text(), "100000");
    assert_eq!(exactly("/import", 100_001)?.problem()?, "body_too_large");

    for path in ["/count", "/import"] {
        // It says so itself: nothing of it is read, and it is told before it has sent it.
        let mut sent = 0;
        let told = post(local.port, path, &length(TWO_GB), |stream| sent = pour(stream, 8 << 20, false))?;
        assert_eq!((told.status, told.problem()?.as_str()), (413, "body_too_large"));
        // It does not: cut where the limit is.
        let untold =
            post(local.port, path, "Transfer-Encoding: chunked\r\n", |stream| sent = pour(stream, 8 << 20, true))?;
        assert_eq!((untold.status, untold.problem()?.as_str()), (413, "body_too_large"));
        assert_eq!(untold.header("connection"), Some("close"));
        ensure!(sent <= 8 << 20);
        // It asks first: the answer is no.
        let asked = post(local.port, path, &(length(TWO_GB) + "Expect: 100-continue\r\n"), |_| {})?;
        assert_eq!((asked.status, asked.problem()?.as_str()), (413, "body_too_large"));
    }
    // Of one that is small enough, the rest is asked for.
    let mut stream = connect(local.port)?;
    stream.write_all(b"POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")?;
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on)?;
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"abc")?;
    assert_eq!(read(stream, true)?.text(), "3");
    // A handler that reads nothing answers, and the client that goes on sending hears it.
    let deaf = post(local.port, "/deaf", &length(TWO_GB), |stream| {
        pour(stream, 8 << 20, false);
    })?;
    assert_eq!((deaf.status, deaf.text().as_str()), (200, "heard nothing"));
    Ok(())
}

async fn bodies_too_slow(backend: &Backend) -> Result<()> {
    let options =
        Options { body_minimum: 100, body_window: ms(400), request_timeout: ms(20_000), ..Options::default() };
    let local = Local::start(backend, options)?;
    for path in ["/count", "/import"] {
        let answer = post(local.port, path, "Content-Length: 1000\r\n", |stream| {
            for _ in 0..10 {
                let _ = stream.write_all(b"x");
                std::thread::sleep(ms(80));
            }
        })?;
        assert_eq!((answer.status, answer.problem()?.as_str()), (408, "body_too_slow"), "{path}");
        assert_eq!(answer.header("connection"), Some("close"));
    }
    let steady = post(local.port, "/count", "Content-Length: 1000\r\n", |stream| {
        for _ in 0..10 {
            let _ = stream.write_all(&[b'x'; 100]);
            std::thread::sleep(ms(50));
        }
    })?;
    assert_eq!(steady.text(), "1000");
    Ok(())
}

async fn heads(backend: &Backend) -> Result<()> {
    let options =
        Options { header_bytes: 10_000, header_timeout: ms(300), idle_timeout: ms(2_500), ..Options::default() };
    let local = Local::start(backend, options)?;
    assert_eq!(request(local.port, "GET /small", &format!("X-A: {}\r\n", "a".repeat(9_000)))?.status, 200);
    for headers in [format!("X-A: {}\r\n", "a".repeat(11_000)), "X-A: a\r\n".repeat(101)] {
        assert_eq!(request(local.port, "GET /small", &headers)?.status, 431);
    }
    let opened = Instant::now();
    let mut slow = connect(local.port)?;
    let mut idle = connect(local.port)?;
    slow.write_all(b"GET /small HT")?;
    // Between two requests it may wait for as long as before the first.
    let mut kept = connect(local.port)?;
    kept.write_all(b"GET /small HTTP/1.1\r\nHost: a\r\n\r\n")?;
    assert_eq!(read(&kept, true)?.text(), "small");
    until_closed(&mut slow)?;
    std::thread::sleep(ms(700));
    kept.write_all(b"GET /small HTTP/1.1\r\nHost: a\r\n\r\n")?;
    assert_eq!(read(&kept, true)?.text(), "small");
    until_closed(&mut idle)?;
    ensure!(opened.elapsed() >= ms(2_500), "{:?}", opened.elapsed());
    until_closed(&mut kept)?;
    Ok(())
}

/// A client that asks for much and reads nothing is let go of.
async fn answers_that_nobody_takes(backend: &Backend) -> Result<()> {
    let local = Local::start(backend, Options { write_timeout: ms(500), ..Options::default() })?;
    let mut stream = connect(local.port)?;
    stream.write_all(b"GET /huge HTTP/1.1\r\nHost: a\r\n\r\n")?;
    let open = |port| -> Result<u64> {
        let metrics = request(port, "GET /metrics", "")?.text();
        let line = metrics.lines().find_map(|line| line.strip_prefix("fastenr_connections_open "));
        Ok(line.context("no connections")?.parse()?)
    };
    let deadline = Instant::now() + Duration::from_secs(30);
    // The one that asks is a connection too.
    while open(local.port)? > 1 {
        ensure!(Instant::now() < deadline, "it is still open");
        std::thread::sleep(ms(50));
    }
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    ensure!(rest.len() < 64 << 20);
    Ok(())
}

async fn requests_too_long(backend: &Backend) -> Result<()> {
    let local = Local::start(backend, Options { request_timeout: ms(300), ..Options::default() })?;
    let answer = request(local.port, "GET /slow/20000", "")?;
    assert_eq!((answer.status, answer.problem()?.as_str()), (503, "timeout"));
    assert_eq!(request(local.port, "GET /slow/1", "")?.text(), "done");
    // A stream may go on for longer than a request may take to answer.
    let mut events = connect(local.port)?;
    events.write_all(b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n")?;
    let started = Instant::now();
    let mut buffer = [0; 1 << 10];
    while started.elapsed() < ms(900) {
        ensure!(events.read(&mut buffer)? > 0);
    }
    Ok(())
}
