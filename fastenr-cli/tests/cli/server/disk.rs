//! A database that can be read and not written.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use fastenr_tests::cli::{Fastenr, Signal, binary};
use fastenr_tests::harness::{Backend, Tests};

use super::super::support::{Direct, total, with_accounts};
use super::client::{Answer, Server, connect, read};

pub(super) fn register(tests: &mut Tests) {
    tests.sqlite("cli/server/disk/no_room_for_the_log", no_room);
    tests.postgres("cli/server/disk/a_standby", a_standby);
}

fn create(server: &Server, name: &str) -> Result<Answer> {
    use std::io::Write;
    let mut stream = connect(server.port)?;
    let body = format!("{{\"name\":\"{name}\"}}");
    let head = "POST /api/accounts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close";
    write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len())?;
    read(stream, true)
}

/// A server that may make no file of more than so many blocks of 512 bytes.
fn limited(fastenr: &Fastenr, blocks: u32) -> Result<Fastenr> {
    let script = fastenr.write("limited.sh", format!("#!/bin/sh\nulimit -f {blocks}\nexec \"$FASTENR\" \"$@\"\n"));
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    Ok(fastenr.clone().program(script).env("FASTENR", binary()?))
}

/// That it says so in every way it has, and still reads.
fn says_so(server: &mut Server, refused: &Answer) -> Result<()> {
    assert_eq!((refused.status, refused.problem()?.as_str()), (503, "unavailable"), "{}", refused.text());
    ensure!(refused.header("retry-after").is_some(), "{}", refused.headers);
    // What it found holds for a second.
    let begun = Instant::now();
    let ready = loop {
        match server.get("/readyz")? {
            ready if ready.status == 200 && begun.elapsed() < Duration::from_secs(5) => {
                thread::sleep(Duration::from_millis(20));
            }
            ready => break ready,
        }
    };
    assert_eq!((ready.status, ready.problem()?.as_str()), (503, "not_ready"), "{}", ready.text());
    ensure!(ready.text().contains("can't be written"), "{}", ready.text());
    assert_eq!(server.get("/healthz")?.status, 200);
    assert_eq!(server.get("/api/accounts")?.status, 200);
    assert_eq!(server.get("/api/activities")?.status, 200);
    Ok(())
}

async fn no_room(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let before = total(&fastenr);
    let mut server = Server::start(&limited(&fastenr, 500)?)?;
    assert_eq!(server.get("/readyz")?.status, 200);
    let mut made = 0;
    let refused = loop {
        let answer = create(&server, &format!("Number {made}"))?;
        if answer.status != 201 {
            break answer;
        }
        made += 1;
        ensure!(made < 10_000, "there was room for everything");
    };
    ensure!(made > 0, "{}", refused.text());
    says_so(&mut server, &refused)?;
    // The cause, with what the driver says of it.
    server.running.wait_for("disk_");
    server.running.kill(Signal::Terminate);
    server.running.wait().ok();
    assert_eq!(total(&fastenr), before + made);
    let server = Server::start(&fastenr)?;
    assert_eq!((create(&server, "Again")?.status, server.get("/readyz")?.status), (201, 200));
    Ok(())
}

async fn a_standby(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let name = backend.url.rsplit_once('/').map_or("", |(_, name)| name).split('?').next().unwrap_or_default();
    let mut direct = Direct::open(backend).await?;
    // As a primary is demoted under the server's feet.
    let ended = "select count(pg_terminate_backend(pid)) from pg_stat_activity \
                 where application_name = 'fastenr' and datname = current_database()";
    let mut server = Server::start(&fastenr)?;
    assert_eq!((create(&server, "One")?.status, server.get("/readyz")?.status), (201, 200));
    direct.execute(format!("alter database {name} set default_transaction_read_only = on")).await?;
    direct.number(ended).await?;
    let refused = create(&server, "Two")?;
    says_so(&mut server, &refused)?;
    server.running.wait_for("read_only");
    direct.execute("begin read write".to_owned()).await?;
    direct.execute(format!("alter database {name} reset default_transaction_read_only")).await?;
    direct.execute("commit".to_owned()).await?;
    direct.number(ended).await?;
    let mended = Instant::now();
    while server.get("/readyz")?.status != 200 {
        ensure!(mended.elapsed() < Duration::from_secs(10), "it is not ready again");
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(create(&server, "Three")?.status, 201);
    Ok(())
}
