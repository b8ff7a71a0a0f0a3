//! The feed of a database that is not the one that it was: dumped into another cluster, or restored from a backup and written on.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use fastenr_tests::cli::{Fastenr, Signal};
use fastenr_tests::harness::{Backend, Kind, Start, Tests};
use fastenr_tests::postgres;

use super::super::copy::other;
use super::super::support::{Direct, with_accounts};
use super::client::{Answer, Server, connect, read};

pub(super) fn register(tests: &mut Tests) {
    tests.postgres("cli/server/moved/to_another_cluster", to_another_cluster);
    tests.both("cli/server/moved/a_backup_that_is_written_on", a_backup_that_is_written_on);
    tests.both("cli/server/moved/places_of_elsewhere", places_of_elsewhere);
    tests.both("cli/server/moved/by_a_copy", by_a_copy);
}

const STREAM: &str = "/api/activities/stream";

/// Somebody who follows the feed, over a socket.
struct Follower(BufReader<TcpStream>);

#[derive(Debug, Default)]
struct Event {
    id: String,
    data: String,
}

impl Event {
    fn label(&self) -> String {
        let data: serde_json::Value = serde_json::from_str(&self.data).unwrap_or_default();
        data["label"].as_str().unwrap_or_default().to_owned()
    }
}

fn ask(server: &Server, query: &str, last: Option<&str>) -> Result<TcpStream> {
    let mut stream = connect(server.port)?;
    let last = last.map(|last| format!("Last-Event-ID: {last}\r\n")).unwrap_or_default();
    write!(stream, "GET {STREAM}{query} HTTP/1.1\r\nHost: localhost\r\n{last}\r\n")?;
    Ok(stream)
}

impl Follower {
    fn on(server: &Server, query: &str, last: Option<&str>) -> Result<Self> {
        let mut reader = BufReader::new(ask(server, query, last)?);
        let mut status = String::new();
        reader.read_line(&mut status)?;
        ensure!(status.starts_with("HTTP/1.1 200 "), "{status}");
        Ok(Self(reader))
    }

    /// The next event that has a place; sizes of chunks pass for lines that say nothing.
    fn next(&mut self) -> Result<Event> {
        let mut event = Event::default();
        loop {
            let mut line = String::new();
            ensure!(self.0.read_line(&mut line)? > 0, "the stream ended after {event:?}");
            match line.trim_end().split_once(':') {
                Some(("id", id)) => event.id = id.trim().to_owned(),
                Some(("data", data)) => event.data = data.trim().to_owned(),
                None if line == "\n" && !event.id.is_empty() => return Ok(event),
                _ => {}
            }
        }
    }

    /// The next that tells of something.
    fn told(&mut self) -> Result<Event> {
        loop {
            let event = self.next()?;
            if !event.data.is_empty() {
                return Ok(event);
            }
        }
    }
}

/// That a place is refused, in words that help.
fn refused(server: &Server, last: &str) -> Result<()> {
    let answer: Answer = read(ask(server, "", Some(last))?, true)?;
    assert_eq!((answer.status, answer.problem()?.as_str()), (422, "cursor"), "{last}: {}", answer.text());
    ensure!(answer.text().contains("leave it out to follow from now on, or ask with since"), "{}", answer.text());
    Ok(())
}

/// Both ways that a refusal names.
fn ways_out(server: &Server) -> Result<()> {
    Follower::on(server, "", None)?.next()?;
    Follower::on(server, "?since=2020-01-01", None)?.told()?;
    Ok(())
}

fn rename(fastenr: &Fastenr, name: &str) {
    fastenr.args(["accounts", "update", "A-1", "--name", name]).run().ok();
}

fn stop(server: Server) {
    server.running.kill(Signal::Terminate);
    server.running.wait().ok();
}

/// Everything of one database into another, as an administrator does it.
fn dump(from: &str, to: &str) -> Result<()> {
    let mut dump =
        Command::new(postgres::tool("pg_dump")?).args(["--no-owner", from]).stdout(Stdio::piped()).spawn()?;
    let text = dump.stdout.take().context("a pipe")?;
    let arguments = ["--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", to];
    let restored = Command::new(postgres::tool("psql")?).args(arguments).stdin(text).stdout(Stdio::null()).status()?;
    ensure!(restored.success() && dump.wait()?.success(), "the dump was not restored");
    Ok(())
}

/// Transactions that write nothing of ours.
const FLIGHT: &str = "do $$ begin create temp table flight (n int); for n in 1..20000 loop \
                      begin insert into flight values (n); exception when others then null; end; end loop; end $$";

async fn to_another_cluster(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    // Far ahead of a new cluster, whose numbers begin anew.
    Direct::open(backend).await?.execute(FLIGHT.to_owned()).await?;
    let server = Server::start(&fastenr)?;
    let mut follower = Follower::on(&server, "", None)?;
    let begun = follower.next()?.id;
    rename(&fastenr, "Before the move");
    let last = follower.told()?;
    assert_eq!(last.label(), "Before the move");
    stop(server);

    let other = postgres::another()?;
    dump(&backend.url, &other.url())?;
    let there = fastenr.clone().env("FASTENR_DATABASE_URL", other.url());
    let check = |code| there.args(["db", "check", "-o", "json"]).run().code(code);
    let found = check(1);
    let (problem, here) = (found.json()["feed"].to_string(), found.json()["system_identifier"].clone());
    let here = here.as_str().context("the cluster is named")?;
    ensure!(problem.contains(here) && problem.contains("`fastenr db migrate`"), "{problem}");
    let epoch = found.json()["feed_epoch"].clone();

    // Somebody reads it before an administrator has looked.
    rename(&there, "Before it was settled");
    let server = Server::start(&there)?;
    let found = check(0).json();
    ensure!(found["feed"] == "ok" && found["feed_epoch"] != epoch, "{found}");
    for place in [&begun, &last.id] {
        refused(&server, place)?;
    }
    let mut follower = Follower::on(&server, "?since=2020-01-01", None)?;
    let mut labels = Vec::new();
    while labels.last().map(String::as_str) != Some("Before it was settled") {
        labels.push(follower.told()?.label());
    }
    ensure!(labels.iter().any(|label| label == "Before the move"), "{labels:?}");
    let mut places = Vec::new();
    for name in ["After it", "And again"] {
        rename(&there, name);
        let event = follower.told()?;
        assert_eq!(event.label(), name);
        places.push(event.id);
    }
    assert_eq!(Follower::on(&server, "", Some(&places[0]))?.told()?.label(), "And again");
    stop(server);
    // Once settled it stays so.
    there.args(["db", "migrate"]).run().ok();
    let server = Server::start(&there)?;
    assert_eq!(Follower::on(&server, "", Some(&places[0]))?.told()?.label(), "And again");
    Ok(())
}

/// A copy of the database as it is, and where it is.
async fn copied(fastenr: &Fastenr, backend: &Backend) -> Result<Copy> {
    Ok(match backend.kind {
        Kind::Sqlite => {
            fastenr.args(["db", "backup", "backup.db"]).run().ok();
            Copy { url: backend.path("backup.db").display().to_string(), _database: None }
        }
        Kind::Postgres => {
            let copy = Backend::starting(Kind::Postgres, Start::Empty)?;
            dump(&backend.url, &copy.url)?;
            Copy { url: copy.url.clone(), _database: Some(copy) }
        }
    })
}

struct Copy {
    url: String,
    _database: Option<Backend>,
}

async fn a_backup_that_is_written_on(backend: &Backend) -> Result<()> {
    let mut fastenr = with_accounts(backend);
    let server = Server::start(&fastenr)?;
    let mut follower = Follower::on(&server, "", None)?;
    rename(&fastenr, "Shared");
    let shared = follower.told()?;
    let backup = copied(&fastenr, backend).await?;
    rename(&fastenr, "Lost");
    let lost = follower.told()?;
    assert_eq!((shared.label().as_str(), lost.label().as_str()), ("Shared", "Lost"));
    // Somebody who came after that, and has seen nothing yet.
    let nothing_yet = Follower::on(&server, "", None)?.next()?.id;
    stop(server);

    match backend.kind {
        Kind::Sqlite => {
            // What was followed leaves nothing open that would keep the log beside the file.
            ensure!(!backend.path("fastenr.db-wal").exists(), "a log is left");
            fs::copy(&backup.url, backend.path("fastenr.db"))?;
        }
        Kind::Postgres => fastenr = fastenr.env("FASTENR_DATABASE_URL", &backup.url),
    }
    let server = Server::start(&fastenr)?;
    if backend.kind == Kind::Sqlite {
        refused(&server, &lost.id)?;
    }
    // As many as were lost, and more.
    for name in ["New 1", "New 2", "New 3"] {
        rename(&fastenr, name);
    }
    // What both have had goes on, and what only one of them had does not.
    let mut follower = Follower::on(&server, "", Some(&shared.id))?;
    for name in ["New 1", "New 2", "New 3"] {
        assert_eq!(follower.told()?.label(), name);
    }
    refused(&server, &lost.id)?;
    refused(&server, &nothing_yet)?;
    ways_out(&server)?;
    fastenr.args(["db", "check"]).run().ok();
    Ok(())
}

/// Of the other kind of database, of another organization, of an earlier version, and made up.
async fn places_of_elsewhere(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let place_of = |fastenr: &Fastenr| -> Result<[String; 2]> {
        let server = Server::start(fastenr)?;
        let mut follower = Follower::on(&server, "", None)?;
        let begun = follower.next()?.id;
        rename(fastenr, "First");
        rename(fastenr, "Second");
        Ok([begun, follower.told()?.id])
    };
    let mut places = Vec::new();
    let other = Backend::new(if backend.kind == Kind::Sqlite { Kind::Postgres } else { Kind::Sqlite });
    if let Ok(other) = other {
        places.extend(place_of(&with_accounts(&other))?);
    }
    fastenr.args(["organizations", "create", "other", "--admin", "o@example.com"]).run().ok();
    let theirs = fastenr.clone().env("FASTENR_ORGANIZATION", "other").env("FASTENR_USER", "o@example.com");
    theirs.args(["accounts", "create", "Theirs", "--external-id", "A-1"]).run().ok();
    places.extend(place_of(&theirs)?);
    // As many as theirs, so that a place could be taken for one of ours.
    let ours = place_of(&fastenr)?;
    places.extend(["7-12", "0-1", "0-0", "nonsense", "", "0000000000000000-0-0"].map(str::to_owned));
    let (epoch, rest) = ours[1].split_once('-').context("a place")?;
    let (number, tail) = rest.rsplit_once('-').context("a place")?;
    places.push(format!("{epoch}-{number}-{}", tail.chars().rev().collect::<String>()));
    places.push(format!("{epoch}-{number}"));
    places.push(format!("{epoch}-9999999999999-9999999999999-{tail}"));
    places.push("x".repeat(10_000));
    let server = Server::start(&fastenr.clone().env("FASTENR_ORGANIZATION", "default"))?;
    for place in &places {
        refused(&server, place).with_context(|| place.clone())?;
    }
    ways_out(&server)?;
    assert_eq!(Follower::on(&server, "", Some(&ours[1]))?.told()?.label(), "Second");
    Ok(())
}

/// To the same kind of database and to the other one: positions of the source are refused, whatever the copy has written since.
async fn by_a_copy(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let server = Server::start(&fastenr)?;
    let mut follower = Follower::on(&server, "", None)?;
    let begun = follower.next()?.id;
    rename(&fastenr, "Shared");
    let shared = follower.told()?;
    stop(server);
    for target in [Backend::starting(backend.kind, Start::Empty)?, other(backend.kind)?] {
        fastenr.args(["db", "copy", "--to", &target.url]).run().ok();
        let there = fastenr.clone().env("FASTENR_DATABASE_URL", &target.url);
        let server = Server::start(&there)?;
        refused(&server, &shared.id)?;
        rename(&there, "New 1");
        for place in [&begun, &shared.id] {
            refused(&server, place)?;
        }
        let mut follower = Follower::on(&server, "?since=2020-01-01", None)?;
        let mut labels = Vec::new();
        while labels.last().map(String::as_str) != Some("New 1") {
            labels.push(follower.told()?.label());
        }
        assert_eq!(labels[labels.len() - 2], "Shared");
        let place = {
            rename(&there, "New 2");
            follower.told()?.id
        };
        rename(&there, "New 3");
        assert_eq!(Follower::on(&server, "", Some(&place))?.told()?.label(), "New 3");
        stop(server);
    }
    Ok(())
}
