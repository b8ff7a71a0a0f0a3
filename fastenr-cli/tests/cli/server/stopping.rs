//! Being told to stop.

use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use fastenr_http::server::Options;
use fastenr_tests::cli::Signal;
use fastenr_tests::harness::{Backend, Tests};
use sqlx::{Connection, PgConnection};

use super::super::support::{Direct, with_accounts};
use super::client::{Server, connect, read, request, until_closed};
use super::local::Local;
use fastenr_tests::slow::slow;
use fastenr_tests::world::connect as database;

pub(super) fn register(tests: &mut Tests) {
    tests.sqlite("cli/server/stopping_finishes_what_is_under_way", finishes);
    tests.sqlite("cli/server/stopping_has_an_end", has_an_end);
    tests.both("cli/server/signals", signals);
    tests.postgres("cli/server/a_second_signal_cuts_off", second_signal);
    tests.both("cli/server/stopping_ends_what_followed_the_feed", followed);
    tests.both("cli/server/stopping_cancels_what_outlives_its_time", outlives);
    tests.both("cli/server/a_second_signal_ends_it_while_work_is_cancelled", second_signal_at_work);
}

async fn finishes(backend: &Backend) -> Result<()> {
    let local = Local::start(backend, Options::default())?;
    let port = local.port;
    let slow = thread::spawn(move || request(port, "GET /slow/1500", ""));
    let mut events = connect(port)?;
    events.write_all(b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n")?;
    let mut first = [0; 15];
    events.read_exact(&mut first)?;
    assert_eq!(&first, b"HTTP/1.1 200 OK");
    let (mut idle, mut kept) = (connect(port)?, connect(port)?);
    kept.write_all(b"GET /small HTTP/1.1\r\nHost: a\r\n\r\n")?;
    assert_eq!(read(&kept, true)?.text(), "small");
    let mut half = connect(port)?;
    half.write_all(b"GET /sma")?;
    thread::sleep(Duration::from_millis(300));

    local.shutdown.begin();
    // The stream ends as a stream ends, not as one that broke.
    let mut rest = Vec::new();
    events.read_to_end(&mut rest)?;
    ensure!(rest.ends_with(b"data: tick\n\n\r\n0\r\n\r\n"), "{}", String::from_utf8_lossy(&rest));
    for stream in [&mut idle, &mut kept, &mut half] {
        until_closed(stream)?;
    }
    let slow = slow.join().map_err(|_| anyhow::anyhow!("the client panicked"))??;
    assert_eq!((slow.status, slow.text().as_str()), (200, "done"));
    assert_eq!(local.ended()?, 0);
    ensure!(connect(port).is_err(), "nobody listens any more");
    Ok(())
}

async fn has_an_end(backend: &Backend) -> Result<()> {
    let local = Local::start(backend, Options { shutdown_timeout: Duration::from_millis(300), ..Options::default() })?;
    let mut slow = connect(local.port)?;
    slow.write_all(b"GET /slow/25000 HTTP/1.1\r\nHost: a\r\n\r\n")?;
    thread::sleep(Duration::from_millis(300));
    local.shutdown.begin();
    assert_eq!(local.ended()?, 1);
    until_closed(&mut slow)?;
    Ok(())
}

async fn signals(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    for signal in [Signal::Terminate, Signal::Interrupt] {
        let server = Server::start(&fastenr)?;
        assert_eq!(server.get("/api/accounts")?.status, 200);
        server.running.kill(signal);
        let output = server.running.wait().ok();
        ensure!(output.stderr.ends_with("stopped\n"), "{}", output.transcript());
    }
    Ok(())
}

/// A request waits for a lock that the test holds: the first signal waits for it, the second does not.
async fn second_signal(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let mut other = PgConnection::connect(&backend.url).await?;
    let mut lock = other.begin().await?;
    sqlx::query("lock table accounts in access exclusive mode").execute(&mut *lock).await?;
    let mut server = Server::start(&fastenr)?;
    let mut waiting = connect(server.port)?;
    waiting.write_all(b"GET /api/accounts HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    thread::sleep(Duration::from_millis(500));
    server.running.kill(Signal::Terminate);
    server.running.wait_for("stopping: running requests are finished");
    thread::sleep(Duration::from_millis(1_500));
    ensure!(server.running.is_running(), "it did not wait for the request");
    server.running.kill(Signal::Terminate);
    let output = server.running.wait().code(130);
    ensure!(output.stderr.contains("error: interrupted while stopping"), "{}", output.transcript());
    until_closed(&mut waiting)?;
    lock.rollback().await?;
    Ok(())
}

/// Whoever follows, or did, keeps nothing from ending.
async fn followed(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    for stays in [false, true] {
        let server = Server::start(&fastenr)?;
        let mut stream = connect(server.port)?;
        stream.write_all(b"GET /api/activities/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        let mut first = [0; 15];
        stream.read_exact(&mut first)?;
        assert_eq!(&first, b"HTTP/1.1 200 OK");
        thread::sleep(Duration::from_millis(300));
        let kept = stays.then_some(stream);
        let asked = Instant::now();
        server.running.kill(Signal::Terminate);
        let output = server.running.wait().ok();
        ensure!(asked.elapsed() < Duration::from_secs(3), "{:?}\n{}", asked.elapsed(), output.transcript());
        drop(kept);
    }
    Ok(())
}

/// A server whose import is in a statement that never ends; the import's connection.
async fn at_work(backend: &Backend) -> Result<(Server, std::net::TcpStream)> {
    let fastenr = with_accounts(backend);
    slow(&database(backend, false).await?, "accounts", "insert").await?;
    let server = Server::with(&fastenr, &["--shutdown-timeout", "1s"])?;
    let mut import = connect(server.port)?;
    let file = "external_id,name\nB-1,Beta\nB-2,Gamma\n";
    let head = "POST /api/imports/accounts HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length";
    write!(import, "{head}: {}\r\n\r\n{file}", file.len())?;
    thread::sleep(Duration::from_millis(1_500));
    Ok((server, import))
}

async fn outlives(backend: &Backend) -> Result<()> {
    let (server, mut import) = at_work(backend).await?;
    let asked = Instant::now();
    server.running.kill(Signal::Terminate);
    let output = server.running.wait().ok();
    ensure!(asked.elapsed() < Duration::from_secs(1 + 2), "{:?}\n{}", asked.elapsed(), output.transcript());
    until_closed(&mut import)?;
    let mut direct = Direct::open(backend).await?;
    direct.settle().await?;
    assert_eq!(direct.number("select count(*) from accounts").await?, 5);
    assert_eq!(direct.number("select count(*) from operations where status = 'cancelled'").await?, 1);
    Ok(())
}

async fn second_signal_at_work(backend: &Backend) -> Result<()> {
    let (mut server, _import) = at_work(backend).await?;
    server.running.kill(Signal::Terminate);
    server.running.wait_for("stopping: running requests are finished");
    let asked = Instant::now();
    server.running.kill(Signal::Terminate);
    let output = server.running.wait().code(130);
    ensure!(asked.elapsed() < Duration::from_millis(1_900), "{:?}\n{}", asked.elapsed(), output.transcript());
    Ok(())
}
