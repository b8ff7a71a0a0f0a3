//! Databases that earlier versions have left: today's command migrates them and goes on with their work.
//! `tests/fixtures/schema-10/make.sh` says what is in them.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Kind, Start, Tests};
use flate2::read::GzDecoder;
use serde_json::Value as Json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::copy::other;
use super::support::ledger;

pub(super) fn register(tests: &mut Tests) {
    tests.empty().both("cli/old_database/is_migrated_and_goes_on", goes_on);
    tests.empty().both("cli/old_database/is_copied_there_and_back", is_copied);
}

/// What is computed may come out otherwise under a later formula.
const COMPUTED: [&str; 7] =
    ["health_score", "churn_risk_score", "band", "health_coverage", "churn_coverage", "status", "version"];

async fn goes_on(backend: &Backend) -> Result<()> {
    restore(backend).await?;
    let fastenr =
        Fastenr::new(backend).env("FASTENR_NOW", "2026-02-02T07:00:00Z").env("FASTENR_USER", "ada@hands.example");
    fastenr.args(["db", "migrate"]).run().ok();
    fastenr.args(["db", "check"]).run().ok();

    for noun in ["accounts", "contacts", "engagements", "goals", "arr"] {
        let now = fastenr.args([noun, "export", "-o", "jsonl"]).run().ok().jsonl();
        same(noun, &told(backend, noun)?, &now)?;
    }
    let users = fastenr.args(["users", "list", "-o", "jsonl"]).run().ok().jsonl();
    same("users", &told(backend, "users")?, &users)?;
    let alerts = ["alerts", "list", "--state", "all", "--all", "-o", "jsonl"];
    same("alerts", &told(backend, "alerts")?, &fastenr.args(alerts).run().ok().jsonl())?;
    let branch =
        fastenr.args(["accounts", "list", "-o", "jsonl", "--organization", "branch", "--user", "head@branch.example"]);
    assert_eq!(branch.run().ok().jsonl().len(), 1);

    scores_that_nobody_knows(&told(backend, "accounts")?, &fastenr)?;
    an_import_is_undone(&fastenr)?;
    a_night_goes_by(&fastenr)
}

/// Once it is migrated; before that the way to it is named.
async fn is_copied(backend: &Backend) -> Result<()> {
    restore(backend).await?;
    let fastenr = Fastenr::new(backend).env("FASTENR_USER", "ada@hands.example");
    let (over, back) = (other(backend.kind)?, Backend::starting(backend.kind, Start::Empty)?);
    let copy = |from: &Backend, to: &Backend| {
        fastenr.args(["db", "copy", "--from", &from.url, "--to", &to.url, "-o", "json"]).run()
    };
    let behind = copy(backend, &over).code(5);
    ensure!(behind.stderr.contains("the source is ") && behind.stderr.contains("fastenr db migrate --database "));
    fastenr.args(["db", "migrate"]).run().ok();
    let (there, again) = (copy(backend, &over).ok().json(), copy(&over, &back).ok().json());
    ensure!(there["rows"].as_u64() > Some(100) && there["tables"] == again["tables"], "{there} {again}");
    let exports = |url: &str| {
        let fastenr = fastenr.clone().env("FASTENR_DATABASE_URL", url);
        fastenr.args(["db", "check"]).run().ok();
        ["accounts", "contacts", "engagements", "goals", "arr"]
            .map(|noun| fastenr.args([noun, "export", "-o", "jsonl"]).run().ok().stdout)
    };
    assert_eq!(exports(&over.url), exports(&backend.url));
    let there = fastenr.clone().env("FASTENR_DATABASE_URL", &back.url).env("FASTENR_NOW", "2026-02-02T07:00:00Z");
    an_import_is_undone(&there)
}

/// The old command had numbers for them: 50, 0, or what little data came to. What was known is what it was.
fn scores_that_nobody_knows(before: &[Json], fastenr: &Fastenr) -> Result<()> {
    let now = fastenr.args(["accounts", "list", "--all", "-o", "jsonl"]).run().ok().jsonl();
    let (mut unknown, mut known) = (0, 0);
    for account in &now {
        let old = before.iter().find(|old| old["id"] == account["id"]).context("it was there")?;
        let known_health = !old["scored_at"].is_null() && old["band"] != "insufficient_data";
        let health = if known_health { &old["health_score"] } else { &Json::Null };
        let provisional = if old["band"] == "insufficient_data" { &old["health_score"] } else { &Json::Null };
        assert_eq!((&account["health_score"], &account["provisional_health_score"]), (health, provisional), "{old}");
        if old["scored_at"].is_null() {
            assert_eq!(account["churn_risk_score"], Json::Null, "{old}");
        } else {
            let id = account["id"].as_str().context("an id")?;
            let shown = fastenr.args(["health", "show", id, "-o", "json"]).run().ok().json();
            let known = shown["churn_band"] != "insufficient_data";
            let risk = if known { &old["churn_risk_score"] } else { &Json::Null };
            assert_eq!((&account["churn_risk_score"], &shown["churn_risk_score"]), (risk, risk), "{old}");
        }
        *(if known_health { &mut known } else { &mut unknown }) += 1;
    }
    ensure!(known > 20 && unknown > 1, "{known} known, {unknown} unknown");
    Ok(())
}

/// The last import raised twelve accounts.
fn an_import_is_undone(fastenr: &Fastenr) -> Result<()> {
    let operations = fastenr.args(["operations", "list", "--limit", "100", "-o", "jsonl"]).run().ok().jsonl();
    let raise = operations
        .iter()
        .find(|operation| operation["source_name"].as_str().is_some_and(|name| name.ends_with("raise.csv")))
        .context("the import is in the list")?;
    let arr = || fastenr.args(["accounts", "get", "A-05", "-o", "json"]).run().ok().json()["arr"].clone();
    assert_eq!(arr(), 5_500);
    fastenr.args(["operations", "undo", raise["id"].as_str().context("an id")?, "--yes"]).run().ok();
    assert_eq!(arr().to_string(), "5000.5");
    // It finds its rows by what the old command kept of them.
    fastenr.write("again.csv", "external_id,arr\nA-05,5000.50\nA-01b,1000.50\n");
    let again = fastenr.args(["accounts", "import", "again.csv", "--on-error", "skip", "-o", "json"]).run();
    let [rows, created, ..] = ledger(&again.json());
    assert_eq!((rows, created), (2, 0), "a merged account's id still means the kept one");
    Ok(())
}

fn a_night_goes_by(fastenr: &Fastenr) -> Result<()> {
    let night = || fastenr.args(["recompute", "-o", "json"]).run();
    let first = night();
    // Calm: what this version finds that the old one did not is held. The guard held some before, which still wait.
    let outcome = first.json();
    ensure!(outcome["alerts_opened"] == 0 && outcome["alerts_held"].as_u64() > Some(0), "{}", first.transcript());
    let held = outcome["held"].as_array().context("an array")?;
    let new = |held: &&Json| held["held_by"] != "guard" || held["rule"] != "support_escalation";
    ensure!(held.iter().filter(new).all(|held| held["held_by"] == "new_model"), "{}", first.transcript());
    ensure!(first.status == if held.iter().any(|held| held["held_by"] == "guard") { 3 } else { 0 });
    ensure!(first.json()["scored"].as_u64().is_some_and(|scored| scored > 25), "{}", first.transcript());
    let second = night();
    assert_eq!(second.json()["changed"], 0, "{}", second.transcript());
    Ok(())
}

/// Every record of before is there, with every value that it had.
fn same(noun: &str, before: &[Json], now: &[Json]) -> Result<()> {
    ensure!(before.len() == now.len() && !now.is_empty(), "{noun}: {} records, now {}", before.len(), now.len());
    let key = |record: &Json| match &record["id"] {
        Json::Null => format!("{} {}", record["account"], record["date"]),
        id => id.to_string(),
    };
    for old in before {
        let new =
            now.iter().find(|record| key(record) == key(old)).with_context(|| format!("{noun}: {old} is gone"))?;
        for (member, value) in old.as_object().context("a record is an object")? {
            let alike = COMPUTED.contains(&member.as_str()) || &new[member] == value;
            ensure!(alike, "{noun}: {member} of {old} is now {}", new[member]);
        }
    }
    Ok(())
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/schema-10").join(name)
}

/// What the command of then said of its records.
fn told(backend: &Backend, noun: &str) -> Result<Vec<Json>> {
    let text = fs::read_to_string(fixture(&format!("{}/{noun}.jsonl", backend.kind)))?;
    text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

async fn restore(backend: &Backend) -> Result<()> {
    let unpacked = |name: &str| -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        GzDecoder::new(File::open(fixture(name))?).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    match backend.kind {
        Kind::Sqlite => fs::write(backend.path("fastenr.db"), unpacked("fastenr.db.gz")?)?,
        Kind::Postgres => {
            let dump = String::from_utf8(unpacked("postgres.sql.gz")?)?;
            let mut connection = PgConnection::connect(&backend.url).await?;
            sqlx::raw_sql(AssertSqlSafe(dump)).execute(&mut connection).await?;
            connection.close().await?;
        }
    }
    Ok(())
}
