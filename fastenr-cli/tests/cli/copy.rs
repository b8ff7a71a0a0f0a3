//! `db copy`, `db backup` and `db restore`: the database in another place, and what it says there.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fastenr_tests::cli::{Fastenr, Signal};
use fastenr_tests::harness::{Backend, Kind, Start, Tests};
use serde_json::Value as Json;

use super::support::{book, migrated, with_accounts};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/copy/commands_answer_the_same", commands_answer_the_same);
    tests.both("cli/copy/one_organization_or_all", one_organization_or_all);
    tests.both("cli/copy/refusals", refusals);
    tests.both("cli/copy/kill_9_leaves_what_says_so", kill_9);
    tests.both("cli/copy/a_backup_is_restored", a_backup_is_restored);
    tests.sqlite("cli/copy/anonymised", anonymised);
}

/// A database of the other kind, where this machine has it.
pub(super) fn other(kind: Kind) -> Result<Backend> {
    match kind {
        Kind::Postgres => Backend::starting(Kind::Sqlite, Start::Empty),
        Kind::Sqlite => {
            Backend::starting(Kind::Postgres, Start::Empty).or_else(|_| Backend::starting(Kind::Sqlite, Start::Empty))
        }
    }
}

/// A book with something of everything.
fn filled(backend: &Backend) -> Fastenr {
    let fastenr = with_accounts(backend);
    let stdin = |words: &[&str], text: &str| fastenr.args(words).stdin(text).run().ok();
    stdin(
        &["contacts", "import", "-"],
        "external_id,account,name,email\nC-1,A-1,Jo Roe,jo@acme.example\nC-2,A-2,Li,\n",
    );
    stdin(
        &["engagements", "import", "-"],
        "external_id,account,type,title,completed_at,outcome,attendees\n\
         E-1,A-1,meeting,Review,2026-02-20T10:00:00Z,positive,Jo Roe <jo@acme.example>\n",
    );
    stdin(
        &["metrics", "import", "-"],
        "account,date,login_frequency,csat,csat_responses\nA-1,2026-02-27,5,87.5,4\nA-2,2026-02-27,0,,\n",
    );
    stdin(&["goals", "import", "-"], "external_id,account,title,target_value\nG-1,A-1,Roll out,12.5\n");
    fastenr.args(["tasks", "create", "--title", "Call them", "--account", "A-1", "--due", "2026-03-05"]).run().ok();
    fastenr.args(["segments", "create", "risky", "--status", "at_risk"]).run().ok();
    fastenr.args(["recompute"]).run();
    fastenr.args(["accounts", "update", "A-1", "--arr", "1300000.25"]).run().ok();
    fastenr
}

const ASKED: &[&[&str]] = &[
    &["accounts", "export", "-o", "jsonl"],
    &["contacts", "export", "-o", "jsonl"],
    &["engagements", "export", "-o", "jsonl"],
    &["metrics", "export", "-o", "jsonl"],
    &["goals", "export", "-o", "jsonl"],
    &["tasks", "list", "-o", "json"],
    &["segments", "list", "-o", "json"],
    &["users", "list", "-o", "json"],
    &["alerts", "list", "--state", "all", "--all", "-o", "json"],
    &["arr", "summary", "-o", "json"],
    &["health", "summary", "-o", "json"],
    &["health", "explain", "A-1", "-o", "json"],
    &["operations", "list", "-o", "json"],
    &["activity", "list", "-o", "json"],
    &["accounts", "timeline", "A-1", "-o", "json"],
];

fn answers(fastenr: &Fastenr) -> Vec<String> {
    answers_to(fastenr, ASKED)
}

fn answers_to(fastenr: &Fastenr, asked: &[&[&str]]) -> Vec<String> {
    let answer = |words: &&[&str]| fastenr.args(words.iter()).run().ok().stdout;
    // A place in the feed is of one database.
    let placed = |text: String| text.lines().filter(|line| !line.contains("cursor")).collect::<Vec<_>>().join("\n");
    asked.iter().map(answer).map(placed).collect()
}

fn on(fastenr: &Fastenr, url: &str) -> Fastenr {
    fastenr.clone().env("FASTENR_DATABASE_URL", url)
}

async fn commands_answer_the_same(backend: &Backend) -> Result<()> {
    let fastenr = filled(backend);
    let over = other(backend.kind)?;
    let call = ["db", "copy", "--from", &backend.url, "--to", &over.url, "-o", "json"];
    let made = on(&fastenr, "nowhere.db").args(call).run().ok();
    let answer = made.json();
    let tables = answer["tables"].as_array().context("tables")?;
    let rows: u64 = tables.iter().filter_map(|table| table["rows"].as_u64()).sum();
    ensure!(answer["rows"].as_u64() == Some(rows) && tables.len() > 30, "{}", made.transcript());
    ensure!(tables.iter().all(|table| table["sha256"].as_str().is_some_and(|hash| hash.len() == 64)), "{answer}");
    ensure!(made.stderr.contains("compared with the source"), "{}", made.transcript());
    ensure!(!made.stdout.contains("postgres://") && !made.stderr.contains("postgres://"), "a URL may hold a password");
    let there = on(&fastenr, &over.url);
    assert_eq!(answers(&there), answers(&fastenr));
    there.args(["db", "check"]).run().ok();
    let checked = there.args(["db", "check", "-o", "json"]).run().ok().json();
    assert_eq!(checked["feed_epoch"], answer["feed_epoch"]);

    // Both go on, alike: what an undo needs was copied too.
    let operations = fastenr.args(["operations", "list", "--kind", "accounts.update", "-o", "json"]).run().ok().json();
    let id = operations["data"][0]["id"].as_str().context("an operation")?;
    for fastenr in [&fastenr, &there] {
        fastenr.args(["operations", "undo", id, "--yes"]).run().ok();
        let account = fastenr.args(["accounts", "get", "A-1", "-o", "json"]).run().ok().json();
        assert_eq!(account["arr"], 1_200_000);
        let night = fastenr.clone().env("FASTENR_NOW", "2026-03-02T02:00:00Z").args(["recompute", "-o", "json"]).run();
        ensure!(night.json()["scored"] == 4, "{}", night.transcript());
    }
    Ok(())
}

/// A variable does not make it less than all.
async fn one_organization_or_all(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    fastenr.args(["organizations", "create", "emea", "--admin", "o@example.com"]).run().ok();
    let fastenr = fastenr.env("FASTENR_ORGANIZATION", "emea");
    let slugs = |url: &str| -> Vec<Json> {
        let list = on(&fastenr, url).args(["organizations", "list", "-o", "jsonl"]).run().ok().jsonl();
        list.into_iter().map(|organization| organization["slug"].clone()).collect()
    };
    fastenr.args(["db", "copy", "--to", "all.db"]).run().ok();
    assert_eq!(slugs("all.db"), ["default", "emea"]);
    let one = fastenr.args(["db", "copy", "--to", "one.db", "--organization", "emea"]).run().ok();
    ensure!(one.stderr.contains("of the organization emea"), "{}", one.transcript());
    assert_eq!(slugs("one.db"), ["emea"]);
    ensure!(
        !backend.path("one.db-wal").exists()
            && fs::read_dir(&backend.dir)?
                .flatten()
                .all(|entry| { !entry.file_name().to_string_lossy().ends_with(".lock") })
    );
    Ok(())
}

async fn refusals(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let copy = |from: &str, to: &str| fastenr.args(["db", "copy", "--from", from, "--to", to]).run();
    let taken = copy(&backend.url, &backend.url).code(5);
    ensure!(taken.stderr.contains("the target has data already"), "{}", taken.transcript());
    copy("missing.db", "new.db").code(4);
    copy(&backend.url, "mysql://x/y").code(2);
    fastenr.args(["db", "copy"]).run().code(2);
    fastenr.args(["db", "copy", "--to", "new.db", "--organization", "defalt"]).run().code(4);
    ensure!(!backend.path("new.db").exists());
    // The way out of an older source is pasted.
    let old = Backend::starting(Kind::Sqlite, Start::Empty)?;
    fs::write(old.path("fastenr.db"), "")?;
    let path = old.path("fastenr.db").display().to_string();
    let behind = copy(&path, "new.db").code(5);
    let way = format!("run `fastenr db migrate --database {path}`");
    ensure!(behind.stderr.contains("the source is empty") && behind.stderr.contains(&way), "{}", behind.transcript());
    fastenr.args(["db", "migrate", "--database", &path]).run().ok();
    copy(&path, "new.db").ok();
    Ok(())
}

const KILLS: u32 = 6;
const ROWS: usize = 3_000;

/// Whenever it is killed: the target has nothing yet, or says that it is incomplete, or is whole; and a further copy completes it.
async fn kill_9(backend: &Backend) -> Result<()> {
    let source = other(backend.kind)?;
    let fastenr = Fastenr::new(&source);
    fastenr.args(["db", "migrate"]).run().ok();
    fastenr.args(["accounts", "import", "-"]).stdin(book(0, ROWS, 1)).run().ok();
    fastenr.args(["accounts", "import", "-"]).stdin(book(0, ROWS, 2)).run().ok();
    let mut took = Duration::from_millis(900);
    let mut incomplete = 0;
    for n in 1..=KILLS {
        let target = Backend::starting(backend.kind, Start::Empty)?;
        let there = on(&fastenr, &target.url);
        let copy = || fastenr.args(["db", "copy", "--from", &source.url, "--to", &target.url]);
        let started = Instant::now();
        let running = copy().spawn();
        thread::sleep(took.mul_f64(f64::from(n) / f64::from(KILLS)));
        running.kill(Signal::Kill);
        if running.wait().status == 0 {
            took = took.min(started.elapsed());
        }
        let status = there.args(["db", "status"]).run();
        if status.status == 5 {
            incomplete += 1;
            ensure!(status.stderr.contains("the database is incomplete: a copy of "), "{}", status.transcript());
            ensure!(status.stderr.contains("copy again with `fastenr db copy --from "), "{}", status.transcript());
            for words in [&["accounts", "list"][..], &["db", "migrate"], &["db", "check"], &["recompute"], &["doctor"]]
            {
                let refused = there.args(words).run().code(5);
                ensure!(refused.stderr.contains("the database is incomplete"), "{}", refused.transcript());
            }
            let from_it = fastenr.args(["db", "copy", "--from", &target.url, "--to", "elsewhere.db"]).run().code(5);
            ensure!(from_it.stderr.contains("the database is incomplete"), "{}", from_it.transcript());
            let started = Instant::now();
            copy().run().ok();
            took = started.elapsed();
            there.args(["db", "check"]).run().ok();
            let list = there.args(["accounts", "list", "-o", "json", "--limit", "1"]).run().ok().json();
            assert_eq!(list["total"], ROWS);
        }
        if incomplete > 0 {
            break;
        }
    }
    ensure!(incomplete > 0, "no copy was killed in the middle");
    Ok(())
}

async fn a_backup_is_restored(backend: &Backend) -> Result<()> {
    const SOME: &[&[&str]] = ASKED.split_at(4).0;
    let fastenr = filled(backend);
    let was = answers_to(&fastenr, SOME);
    fastenr.args(["db", "backup", "backup.db"]).run().ok();
    let again = fastenr.args(["db", "backup", "backup.db"]).run().code(5);
    ensure!(again.stderr.contains("a backup never overwrites"), "{}", again.transcript());
    // A file is a database by itself.
    assert_eq!(answers_to(&on(&fastenr, "backup.db"), SOME), was);
    fastenr.args(["accounts", "update", "A-1", "--arr", "1"]).run().ok();
    let taken = fastenr.args(["db", "restore", "backup.db"]).run().code(5);
    ensure!(taken.stderr.contains("the target has data already"), "{}", taken.transcript());
    let target = Backend::starting(backend.kind, Start::Empty)?;
    let there = on(&fastenr, &target.url);
    there.args(["db", "restore", "backup.db"]).run().ok();
    assert_eq!(answers_to(&there, SOME), was);
    there.args(["db", "check"]).run().ok();
    there.args(["db", "restore", "missing.db"]).run().code(4);
    migrated(&target).args(["whoami"]).run().ok();
    Ok(())
}

/// The same figures under other names; names of people and companies are in no file.
async fn anonymised(backend: &Backend) -> Result<()> {
    let fastenr = filled(backend);
    fastenr.args(["db", "copy", "--to", "x.db", "--seed", "1"]).run().code(2);
    let copy = |to: &str, more: &[&str]| {
        let words = ["db", "copy", "--anonymise", "--to", to, "-o", "json"];
        fastenr.args(words.iter().chain(more)).run().ok().json()["tables"].clone()
    };
    let tables = copy("one.db", &["--seed", "1"]);
    assert_eq!(copy("same.db", &["--seed", "1"]), tables);
    ensure!(copy("other.db", &[]) != tables, "without a seed it is another one each time");
    let there = on(&fastenr, "one.db");
    for words in [
        &["arr", "summary", "-o", "json"][..],
        &["arr", "summary", "--by", "size", "-o", "json"],
        &["health", "summary", "-o", "json"],
        &["health", "history", "--limit", "5", "-o", "json"],
    ] {
        let ask = |fastenr: &Fastenr| (fastenr.args(words).run().stdout, fastenr.args(words).run().status);
        assert_eq!(ask(&there), ask(&fastenr), "{words:?}");
    }
    let was = fastenr.args(["accounts", "export", "-o", "jsonl"]).run().ok().jsonl();
    let is = there.args(["accounts", "export", "-o", "jsonl"]).run().ok().jsonl();
    for (was, is) in was.iter().zip(&is) {
        for kept in ["id", "arr", "status", "size", "contract_end", "health_score", "churn_risk_score", "created_at"] {
            assert_eq!(was[kept], is[kept], "{was} {is}");
        }
        assert_eq!(was["tags"].as_array().map(Vec::len), is["tags"].as_array().map(Vec::len), "{was} {is}");
        ensure!(was["name"] != is["name"] && was["external_id"] != is["external_id"], "{was} {is}");
    }
    let risky = there.args(["segments", "list", "-o", "jsonl"]).run().ok().jsonl();
    let name = risky[0]["name"].as_str().context("a name")?;
    let list = there.args(["accounts", "list", "--segment", name, "-o", "json"]).run().ok().json();
    assert_eq!(list["total"], 2);
    // What was replaced is not left in the file either.
    let bytes = fs::read(backend.path("one.db"))?;
    for name in ["Acme", "acme.example", "jo@", "Delta Air", "Retail", "Call them", "Roll out", "emea"] {
        ensure!(!bytes.windows(name.len()).any(|window| window == name.as_bytes()), "{name}");
    }
    there.args(["recompute"]).run();
    there.args(["db", "check"]).run().ok();
    Ok(())
}
