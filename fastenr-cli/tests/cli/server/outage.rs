//! PostgreSQL goes away, and comes back.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Tests};
use sqlx::{Connection, PgConnection};

use super::super::support::with_accounts;
use super::client::{Answer, Server, request};

pub(super) fn register(tests: &mut Tests) {
    tests.postgres("cli/server/outage/every_connection_is_lost", every_connection_is_lost);
    tests.postgres("cli/server/outage/gone_and_back", gone_and_back);
}

/// As many as the server has connections to the database.
const ALL: usize = 16;

/// What stands between the server and its database: it can be cut.
struct Cable {
    port: u16,
    is_cut: Arc<AtomicBool>,
    ends: Arc<Mutex<Vec<TcpStream>>>,
}

impl Cable {
    fn lay(to: String) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let (is_cut, ends) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let (cut, all) = (Arc::clone(&is_cut), Arc::clone(&ends));
        thread::spawn(move || {
            let mut listener = Some(listener);
            loop {
                thread::sleep(Duration::from_millis(2));
                if cut.load(Ordering::SeqCst) {
                    // Nobody listens: whoever connects is refused.
                    listener = None;
                } else if listener.is_none() {
                    listener = TcpListener::bind(("127.0.0.1", port)).ok();
                }
                let Some(listener) = listener.as_ref().filter(|here| here.set_nonblocking(true).is_ok()) else {
                    continue;
                };
                while let Ok((here, _)) = listener.accept() {
                    let Ok(there) = TcpStream::connect(&to) else { continue };
                    let mut ends = all.lock().unwrap_or_else(PoisonError::into_inner);
                    for (from, to) in [(&here, &there), (&there, &here)] {
                        if let (Ok(from), Ok(to), Ok(())) =
                            (from.try_clone(), to.try_clone(), from.set_nonblocking(false))
                        {
                            thread::spawn(move || pass(from, to));
                        }
                    }
                    ends.extend([here, there]);
                }
            }
        });
        Ok(Self { port, is_cut, ends })
    }

    fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
        thread::sleep(Duration::from_millis(50));
        for end in self.ends.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            let _ = end.shutdown(Shutdown::Both);
        }
    }

    fn mend(&self) {
        self.is_cut.store(false, Ordering::SeqCst);
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = [0; 1 << 14];
    loop {
        match from.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Ok(count @ 1..) if to.write_all(&buffer[..count]).is_ok() => {}
            _ => break,
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

/// All at once, so that each has a connection to the database of its own.
fn all(port: u16, line: &str) -> Result<Vec<Answer>> {
    let line = line.to_owned();
    let asking: Vec<_> = (0..ALL)
        .map(|_| {
            let line = line.clone();
            thread::spawn(move || request(port, &line, ""))
        })
        .collect();
    asking.into_iter().map(|thread| thread.join().map_err(|_| anyhow::anyhow!("a client panicked"))?).collect()
}

fn statuses(answers: &[Answer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status).collect()
}

/// So that every connection of the pool is open and idle.
fn warm(server: &Server) -> Result<()> {
    for _ in 0..5 {
        assert_eq!(statuses(&all(server.port, "GET /api/accounts?search=a")?), [200; ALL]);
    }
    Ok(())
}

/// What an administrator, a restart or a failover does.
async fn every_connection_is_lost(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let server = Server::start(&fastenr)?;
    warm(&server)?;
    let mut direct = PgConnection::connect(&backend.url).await?;
    for line in ["GET /api/accounts", "GET /api/operations"] {
        let sql = "select count(pg_terminate_backend(pid)) from pg_stat_activity \
                   where application_name = 'fastenr' and datname = current_database()";
        let ended: i64 = sqlx::query_scalar(sql).fetch_one(&mut direct).await?;
        ensure!(ended >= 2, "{ended} connections were open");
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(statuses(&all(server.port, line)?), [200; ALL], "{line}");
        assert_eq!(server.get("/readyz")?.status, 200);
        warm(&server)?;
    }
    Ok(())
}

async fn gone_and_back(backend: &Backend) -> Result<()> {
    let migrated = with_accounts(backend);
    let (before, rest) = backend.url.rsplit_once('@').context("a URL with a password")?;
    let (host, path) = rest.split_once('/').context("a URL with a database")?;
    let cable = Cable::lay(host.to_owned())?;
    let url = format!("{before}@127.0.0.1:{}/{path}", cable.port);
    let fastenr: Fastenr = migrated.env("FASTENR_DATABASE_URL", url);
    let server = Server::start(&fastenr)?;
    warm(&server)?;
    for _ in 0..2 {
        cable.cut();
        for line in ["GET /api/accounts", "GET /readyz"] {
            let started = Instant::now();
            for answer in all(server.port, line)? {
                let code = if line.ends_with("readyz") { "not_ready" } else { "unavailable" };
                assert_eq!((answer.status, answer.problem()?.as_str()), (503, code), "{}", answer.text());
                ensure!(answer.header("retry-after").is_some(), "{}", answer.headers);
            }
            ensure!(started.elapsed() < Duration::from_secs(10), "{line}: {:?}", started.elapsed());
        }
        assert_eq!(server.get("/healthz")?.status, 200);
        cable.mend();
        let mended = Instant::now();
        while server.get("/readyz")?.status != 200 {
            ensure!(mended.elapsed() < Duration::from_secs(10), "it is not ready again");
            thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(statuses(&all(server.port, "GET /api/accounts")?), [200; ALL]);
    }
    Ok(())
}
