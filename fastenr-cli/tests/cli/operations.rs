//! Operations as people and cron see them: the list, one of them, taking one back, and what is left when that dies.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use fastenr_tests::cli::{Fastenr, Signal};
use fastenr_tests::harness::{Backend, Tests};
use serde_json::Value as Json;

use super::support::{Direct, book, content, migrated, total, with_accounts};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/operations/listed_and_shown", listed_and_shown);
    tests.both("cli/operations/taken_back", taken_back);
    tests.both("cli/operations/kill_9_in_the_middle_of_an_undo", kill_9);
}

/// The command, so many seconds after what `with_accounts` did: what comes later is listed first.
fn at(fastenr: &Fastenr, second: u32) -> Fastenr {
    fastenr.clone().env("FASTENR_NOW", format!("2026-03-01T08:{:02}:{:02}Z", second / 60, second % 60))
}

/// The id of the newest operation of a kind.
fn newest(fastenr: &Fastenr, kind: &str) -> String {
    let list = fastenr.args(["operations", "list", "--kind", kind, "--limit", "1", "-o", "json"]).run().ok().json();
    list["data"][0]["id"].as_str().unwrap_or_else(|| panic!("no {kind}")).to_owned()
}

async fn listed_and_shown(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    at(&fastenr, 1).args(["accounts", "update", "Acme", "--arr", "1", "--user", "jo@example.com"]).run().ok();
    at(&fastenr, 2).args(["accounts", "import", "-"]).stdin("external_id,name,arr\nX,X,many\n").run().code(1);
    let all = fastenr.args(["operations", "list", "-o", "json"]).run().ok().json();
    let seen: Vec<[&str; 4]> = all["data"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|operation| ["kind", "status", "user", "summary"].map(|name| operation[name].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(
        seen[..2],
        [
            ["accounts.import", "failed", "admin@fastenr.local", "1 rejected"],
            ["accounts.update", "done", "jo@example.com", "1 updated"],
        ]
    );
    for other in [
        ["accounts.import", "done", "admin@fastenr.local", "5 created"],
        ["users.import", "done", "admin@fastenr.local", "2 created"],
    ] {
        assert!(seen[2..].contains(&other), "{seen:?}");
    }
    let of_jo = fastenr.args(["operations", "list", "--by", "jo@example.com", "-o", "json"]).run().ok().json();
    assert_eq!(of_jo["total"], 1);
    let none = fastenr.args(["operations", "list", "--kind", "goals"]).run().ok();
    assert_eq!(none.stderr, "no operations match\n");
    fastenr.args(["operations", "list", "--by", "nobody"]).run().code(4);

    let id = newest(&fastenr, "users.import");
    let shown = fastenr.args(["operations", "show", &id[..22], "-o", "json"]).run().ok().json();
    assert_eq!(shown["id"], *id);
    assert_eq!(shown["source_sha256"].as_str().map(str::len), Some(64));
    assert_eq!((&shown["ledger"]["created"], &shown["parameters"]["mode"]), (&Json::from(2), &Json::from("upsert")));
    assert!(shown["milliseconds"].as_i64().is_some_and(|took| took >= 0));
    fastenr.args(["operations", "show", "0000-0000"]).run().code(4);
    Ok(())
}

async fn taken_back(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let before = content(&fastenr);
    let import = at(&fastenr, 1).args(["accounts", "import", "-"]);
    import.stdin("external_id,name,arr,industry\nA-1,Acme Inc,5,Food\nA-2,Bolt,6,Food\nN,New,7,\n").run().ok();
    let id = newest(&fastenr, "accounts.import");
    at(&fastenr, 2).args(["accounts", "update", "A-2", "--arr", "9"]).run().ok();
    let fastenr = at(&fastenr, 3);

    let changed = content(&fastenr);
    let dry = fastenr.args(["operations", "undo", &id, "--dry-run"]).run().code(5);
    assert!(dry.stderr.contains("dry run, nothing was written"), "{}", dry.transcript());
    assert_eq!(content(&fastenr), changed);

    let undone = fastenr.args(["operations", "undo", &id, "-o", "json"]).run().code(5).json();
    assert_eq!(undone["undoes"], *id);
    let in_part = content(&fastenr);
    assert_eq!(undone["ledger"]["updated"], 2);
    let left = &undone["left"][0];
    assert_eq!(
        ["record", "field", "code", "before", "wrote", "now", "why"]
            .map(|name| left[name].as_str().unwrap_or_default()),
        [
            "Bolt",
            "arr",
            "changed_since",
            "50000.50",
            "6.00",
            "9.00",
            "changed since by admin@fastenr.local (accounts.update)"
        ]
    );
    let seen = fastenr.args(["operations", "undo", &id]).run().code(5);
    let lines: Vec<&str> = seen.stderr.lines().collect();
    assert_eq!(
        lines[0],
        "warning: 1 record not changed, because of the conflicts listed; --force also overwrites fields that were changed since"
    );
    assert!(lines[1].ends_with("nothing left to undo"), "{}", seen.transcript());
    assert!(seen.stdout.contains("Bolt & Sons") && seen.stdout.contains("changed since"), "{}", seen.transcript());

    let forced = fastenr.args(["operations", "undo", &id, "--force"]).run().ok();
    assert!(forced.stderr.contains("1 restored"), "{}", forced.transcript());
    assert_eq!(content(&fastenr), before);
    let again = fastenr.args(["operations", "undo", &id]).run().code(5);
    assert!(again.stderr.starts_with(&format!("error: accounts.import {id} was taken back already")));
    // The list says so; an undo of the last undo goes back to where that began.
    let shown = fastenr.args(["operations", "show", &id, "-o", "json"]).run().ok().json();
    assert_eq!(shown["status"], "undone");
    fastenr.args(["operations", "undo", shown["undone_by"].as_str().unwrap_or_default()]).run().ok();
    assert_eq!(content(&fastenr), in_part);
    Ok(())
}

const ROWS: usize = 6_000;
const KILLS: u32 = 6;

async fn kill_9(backend: &Backend) -> Result<()> {
    let first = migrated(backend);
    let mut clock = 0;
    let mut next = || {
        clock += 1;
        at(&first, clock)
    };
    let mut direct = Direct::open(backend).await?;
    let fastenr = &first;
    // Half of them are changed, half are made.
    fastenr.write("first.csv", book(0, ROWS / 2, 1));
    next().args(["accounts", "import", "first.csv"]).run().ok();
    fastenr.write("book.csv", book(0, ROWS, 2));
    next().args(["accounts", "import", "book.csv"]).run().ok();
    let mut id = newest(fastenr, "accounts.import");
    let started = Instant::now();
    next().args(["operations", "undo", &id, "--yes"]).run().ok();
    let took = started.elapsed();
    next().args(["accounts", "import", "book.csv"]).run().ok();
    id = newest(fastenr, "accounts.import");

    let mut whole = 0;
    for n in 0..KILLS {
        let undo = next().args(["operations", "undo", &id, "--yes"]).spawn();
        thread::sleep(took.mul_f64(f64::from(n) / f64::from(KILLS) * 1.05) + Duration::from_millis(5));
        undo.kill(Signal::Kill);
        let ended = undo.wait().status;
        direct.settle().await?;
        let (rows, old) = (
            direct.number("select count(*) from accounts").await?,
            direct.number("select count(*) from accounts where arr = 100").await?,
        );
        let half = i64::try_from(ROWS / 2)?;
        match (rows, old) {
            (rows, 0) if rows == 2 * half => ensure!(ended != 0, "it said that it was done"),
            (rows, old) if rows == half && old == half => {
                whole += 1;
                next().args(["accounts", "import", "book.csv"]).run().ok();
                id = newest(fastenr, "accounts.import");
            }
            other => ensure!(false, "neither before nor after: {other:?}"),
        }
        fastenr.args(["db", "check"]).run().ok();
    }
    ensure!(whole < KILLS, "no kill came in time");
    // The dead are called so, and the next one does it all.
    let list = fastenr.args(["operations", "list", "--kind", "operations.undo", "-o", "json"]).run().ok().json();
    let running = list["data"].as_array().into_iter().flatten().filter(|operation| operation["status"] == "running");
    assert_eq!(running.count(), 0);
    next().args(["operations", "undo", &id, "--yes"]).run().ok();
    assert_eq!(total(fastenr), u64::try_from(ROWS / 2)?);
    Ok(())
}
