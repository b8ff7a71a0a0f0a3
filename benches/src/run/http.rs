//! The API under load: `fastenr serve` beside a server that answers a constant of the same size, and one that runs the same
//! statements by sqlx alone.

mod bare;
mod wrk;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::book::Files;
use super::engine::{Engine, Side};
use super::process::say;
use super::rounds::Rounds;
use super::tools::Tools;
use super::{Args, Database, Part, quiet};
use bare::Bare;
use wrk::{Load, Measured};

/// Connections that ask at once.
const CONNECTIONS: u32 = 32;

/// One line of the table.
pub(crate) struct Served {
    work: String,
    ours: Measured,
    constant: Option<Measured>,
    bare: Measured,
}

/// What reads have to reach of the bare handler.
const TARGET: f64 = 0.7;

pub(crate) fn load(
    args: &Args,
    tools: &Tools,
    files: &Files,
    engine: &mut dyn Engine,
    database: Database,
) -> Result<Vec<Served>> {
    say(format_args!("{}: a book for the API", engine.name()));
    engine.fresh(Side::Ours)?;
    let url = engine.url(Side::Ours);
    tools.fastenr(&url, ["accounts", "import", "--yes", "-q"]).arg(&files.accounts).run()?;
    engine.housekeeping()?;
    engine.settle()?;
    let key = key(tools, &url)?;
    let ours = Ours::start(tools, &url)?;
    let first = "/api/accounts?limit=25".to_owned();
    let one = format!("/api/accounts/{}", some_account(tools, &url)?);
    let paths = [first.clone(), one];
    let bare = Bare::start(&url, &key, &paths)?;
    let wrk = Load { seconds: args.seconds, connections: CONNECTIONS, key: &key };
    let mut rows = Vec::new();
    for path in &paths {
        let at = |port: u16, before: &str| format!("http://127.0.0.1:{port}{before}{path}");
        // What was asked once is in the caches of all of them.
        for url in [at(ours.port, ""), at(bare.port, "/constant"), at(bare.port, "/bare")] {
            wrk.warm_up(&url)?;
        }
        let name = if *path == first { "`GET /api/accounts?limit=25`" } else { "`GET /api/accounts/{id}`" };
        let (answered, constant, plain) = rounds(args, || {
            let constant = wrk.get(&at(bare.port, "/constant"))?;
            Ok((wrk.get(&at(ours.port, ""))?, Some(constant), wrk.get(&at(bare.port, "/bare"))?))
        })?;
        let row = Served { work: format!("{}: {name}", engine.name()), ours: answered, constant, bare: plain };
        say(row.line());
        rows.push(row);
    }
    let (inserted, constant, plain) = rounds(args, || {
        let ours = wrk.post(&format!("http://127.0.0.1:{}/api/accounts", ours.port))?;
        Ok((ours, None, wrk.post(&format!("http://127.0.0.1:{}/insert", bare.port))?))
    })?;
    let work = format!("{}: `POST /api/accounts`, each durable", engine.name());
    let row = Served { work, ours: inserted, constant, bare: plain };
    say(row.line());
    rows.push(row);
    drop(bare);
    drop(ours);
    if database == Database::Sqlite {
        engine.settle()?;
    }
    Ok(rows)
}

/// Ours, a constant, the bare handler.
type Round = (Measured, Option<Measured>, Measured);

/// The medians of rounds in turns.
fn rounds(args: &Args, round: impl Fn() -> Result<Round>) -> Result<Round> {
    let (mut ours, mut constants, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for _ in Rounds::new(args, Part::Http, 3) {
        quiet::wait();
        let (one, constant, plain) = round()?;
        ours.push(one);
        constants.extend(constant);
        bare.push(plain);
    }
    let median = |rounds| Measured::median(rounds).context("no round was run");
    Ok((median(ours)?, Measured::median(constants), median(bare)?))
}

pub(crate) fn print(rows: &[Served]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "\n| request, {CONNECTIONS} connections | ours | a constant of the size | the same statements, bare | of bare |"
    )?;
    writeln!(out, "|---|---:|---:|---:|---:|")?;
    for row in rows {
        writeln!(out, "{}", row.line())?;
    }
    Ok(out.flush()?)
}

impl Served {
    fn line(&self) -> String {
        let constant = self.constant.as_ref().map_or_else(|| "–".to_owned(), Measured::shown);
        let share = self.ours.rate / self.bare.rate;
        let missed = if self.constant.is_some() && share < TARGET { " missed" } else { "" };
        format!("| {} | {} | {constant} | {} | {share:.2}{missed} |", self.work, self.ours.shown(), self.bare.shown())
    }
}

/// A key for everything.
fn key(tools: &Tools, url: &str) -> Result<String> {
    let made = tools.fastenr(url, ["keys", "create", "--name", "bench", "--scope", "*", "-o", "json"]).run()?;
    let made: Value = serde_json::from_str(&made.stdout).context("reading the key that fastenr made")?;
    let text = ["key", "secret", "text"].iter().find_map(|name| made[name].as_str());
    Ok(text.with_context(|| format!("fastenr printed no key: {made}"))?.to_owned())
}

fn some_account(tools: &Tools, url: &str) -> Result<String> {
    let listed = tools.fastenr(url, ["accounts", "list", "--limit", "1", "--page", "1000", "-o", "json"]).run()?;
    let listed: Value = serde_json::from_str(&listed.stdout).context("reading a list of accounts")?;
    Ok(listed["data"][0]["id"].as_str().context("there is no account")?.to_owned())
}

/// `fastenr serve`; it ends when this is dropped.
struct Ours {
    child: Child,
    port: u16,
}

impl Ours {
    fn start(tools: &Tools, url: &str) -> Result<Self> {
        let mut child = Command::new(&tools.fastenr)
            .args(["--database", url, "serve", "--listen", "127.0.0.1:0", "--rate-limit", "0"])
            .env_remove("FASTENR_DATABASE_URL")
            .env("RUST_LOG", "off")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("starting fastenr serve")?;
        let mut said = BufReader::new(child.stderr.take().context("what the server says")?);
        let mut line = String::new();
        let port = loop {
            line.clear();
            ensure!(said.read_line(&mut line)? > 0, "fastenr serve ended before it listened");
            if let Some(port) = line.trim().strip_prefix("listening on http://127.0.0.1:") {
                break port.parse().with_context(|| format!("no port in {line:?}"))?;
            }
        };
        // Whatever else it says is read and dropped, so that it never waits for us.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Ok(Self { child, port })
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
