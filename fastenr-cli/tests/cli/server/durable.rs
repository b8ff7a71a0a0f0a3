//! A server that is killed under write load.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use fastenr_tests::cli::Signal;
use fastenr_tests::harness::{Backend, Tests};

use super::super::support::with_accounts;
use super::client::{Server, connect, read};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/server/kill_9_keeps_what_was_acknowledged", kill_9);
}

const WRITERS: usize = 4;

/// Makes accounts until the server answers no more; the names of those that it said were made.
fn write_on(port: u16, round: usize, writer: usize, stop: &AtomicBool, kept: &Mutex<Vec<String>>) {
    for n in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let id = format!("K-{round}-{writer}-{n}");
        let body = format!(r#"{{"name":"Kept {id}","external_id":"{id}"}}"#);
        let ask = || -> Result<u16> {
            let mut stream = connect(port)?;
            write!(
                stream,
                "POST /api/accounts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            )?;
            Ok(read(stream, true)?.status)
        };
        // Anything else: told to come again, or cut off.
        if let Ok(201) = ask() {
            kept.lock().unwrap_or_else(PoisonError::into_inner).push(id);
        }
    }
}

async fn kill_9(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let kept = Arc::new(Mutex::new(Vec::new()));
    let count = || kept.lock().unwrap_or_else(PoisonError::into_inner).len();
    for round in 0..3 {
        let server = Server::start(&fastenr)?;
        let (port, before) = (server.port, count());
        let stop = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (stop, kept) = (Arc::clone(&stop), Arc::clone(&kept));
                thread::spawn(move || write_on(port, round, writer, &stop, &kept))
            })
            .collect();
        let begun = Instant::now();
        while count() < before + 20 {
            ensure!(begun.elapsed() < Duration::from_secs(60), "{} writes in a minute", count() - before);
            thread::sleep(Duration::from_millis(5));
        }
        server.running.kill(Signal::Kill);
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.join().map_err(|_| anyhow::anyhow!("a writer panicked"))?;
        }
        server.running.wait();
    }
    let server = Server::start(&fastenr)?;
    let kept = kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
    ensure!(kept.len() >= 60, "{} were acknowledged", kept.len());
    for id in &kept {
        assert_eq!(server.get(&format!("/api/accounts/{id}"))?.status, 200, "{id} was acknowledged and is gone");
    }
    fastenr.args(["db", "check"]).run().ok();
    Ok(())
}
