//! What the command shows where a score is not known, or the customer has left; and one ARR in every sum.

use anyhow::{Context, Result, ensure};
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Tests};
use serde_json::Value as Json;

use super::support::{ledger, migrated};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/health/unknown_shows_as_unknown", unknown_shows_as_unknown);
    tests.both("cli/health/unknown_comes_back", unknown_comes_back);
    tests.both("cli/arr/one_figure", one_figure);
}

/// Ash uses the product, Bare tells nothing, Gone has left after it was scored.
fn book(backend: &Backend) -> Fastenr {
    let fastenr = migrated(backend);
    let accounts = "external_id,name,arr,seats,status,contract_start,contract_end,created_at
ash,Ash,12000,10,active,2024-01-01,2026-12-31,2024-01-01T00:00:00Z
bare,Bare,500,,active,2024-01-01,,2024-01-01T00:00:00Z
gone,Gone,70000,10,active,2024-01-01,2026-04-01,2024-01-01T00:00:00Z
";
    fastenr.args(["accounts", "import", "-"]).stdin(accounts).run().ok();
    let mut rows = "account,metric_date,login_frequency,feature_adoption_score,support_tickets,csat\n".to_owned();
    for day in 1..=28 {
        for name in ["ash", "gone"] {
            rows.push_str(&format!("{name},2026-02-{day:02},40,72,0,95\n"));
        }
    }
    fastenr.args(["metrics", "import", "-"]).stdin(rows).run().ok();
    fastenr.args(["recompute"]).run().ok();
    let left = "external_id,status,churned_on\ngone,churned,2026-03-01\n";
    fastenr.args(["accounts", "import", "-"]).stdin(left).run().ok();
    fastenr
}

fn of<'j>(rows: &'j [Json], name: &str) -> &'j Json {
    rows.iter().find(|row| row["external_id"] == name).unwrap_or(&Json::Null)
}

async fn unknown_shows_as_unknown(backend: &Backend) -> Result<()> {
    let fastenr = book(backend);
    let rows = fastenr.args(["accounts", "list", "-o", "jsonl"]).run().ok().jsonl();
    let bare = of(&rows, "bare");
    assert_eq!((&bare["health_score"], &bare["churn_risk_score"]), (&Json::Null, &Json::Null));
    assert_eq!(bare["band"], "insufficient_data");
    let provisional = bare["provisional_health_score"].as_i64().context("a number stands in for it")?;
    let gone = of(&rows, "gone");
    assert_eq!(gone["band"], "churned");
    ensure!(gone["health_score"].is_i64() && of(&rows, "ash")["health_score"].is_i64(), "{rows:?}");

    let list = |words: &[&str]| fastenr.args([&["accounts", "list"], words].concat()).run().ok().stdout;
    let sorted = list(&["--sort", "health_score", "--fields", "name,health_score,churn_risk_score"]);
    ensure!(sorted.lines().nth(1) == Some("Bare       –     –"), "{sorted}");
    let marked = list(&["--band", "insufficient_data,churned", "--fields", "name,band,status"]);
    assert_eq!(
        marked,
        "name  band               status\nBare  insufficient_data  active\nGone  churned            churned\n"
    );
    assert_eq!(list(&["--health-max", "100", "--fields", "name"]), "name\nAsh\n");
    let named = list(&["--health-max", "100", "--status", "active,churned", "--fields", "name"]);
    assert_eq!(named, "name\nAsh\nGone\n");
    let csv = list(&["--search", "bare", "-o", "csv", "--fields", "name,health_score,churn_risk_score"]);
    assert_eq!(csv, "name,health_score,churn_risk_score\nBare,,\n");

    let health = |verb: &str, name: &str| fastenr.args(["health", verb, name]).run().ok().stdout;
    let shown = health("show", "bare");
    ensure!(shown.contains("\n  health      –  insufficient data  coverage "), "{shown}");
    ensure!(shown.contains(&format!("health {provisional}, pulled toward 50: too little data\n")), "{shown}");
    ensure!(health("show", "gone").contains("  churned  "), "the band of who has left");
    let explained = health("explain", "bare");
    let line = format!("Health – (provisional: {provisional} of 100), insufficient data; ");
    ensure!(explained.contains(&line), "{explained}");
    ensure!(
        explained.contains("Churn risk – (provisional: ") && explained.contains("provisional health"),
        "{explained}"
    );
    let history = fastenr.args(["health", "history", "bare", "-o", "csv"]).run().ok().stdout;
    ensure!(history.contains("2026-03-01,,insufficient_data,,insufficient_data,"), "{history}");
    Ok(())
}

/// Scores are read-only columns: an export comes back without a change, whatever it knows.
async fn unknown_comes_back(backend: &Backend) -> Result<()> {
    let fastenr = book(backend);
    for format in ["csv", "jsonl"] {
        let export = fastenr.args(["accounts", "export", "-o", format]).run().ok().stdout;
        ensure!(export.contains("health_score"), "{export}");
        let words = ["accounts", "import", "-", "--dry-run", "-o", "json"];
        let report = fastenr.args(words).stdin(export).run().ok().json();
        assert_eq!(ledger(&report), [3, 0, 0, 3, 0, 0]);
    }
    Ok(())
}

async fn one_figure(backend: &Backend) -> Result<()> {
    let fastenr = book(backend);
    fastenr.args(["accounts", "create", "Old", "--external-id", "old", "--arr", "900000"]).run().ok();
    fastenr.args(["accounts", "archive", "old", "--yes"]).run().ok();
    let footer = |words: &[&str]| fastenr.args([&["accounts", "list"], words].concat()).run().ok().stderr;
    for words in [&[][..], &["--all"]] {
        assert_eq!(footer(words), "3 accounts, ARR 12.5 k USD (without churned accounts)\n");
    }
    assert_eq!(footer(&["--limit", "1"]), "1 of 3, ARR 12.5 k USD (without churned accounts); --all for the rest\n");
    assert_eq!(footer(&["--status", "active"]), "2 accounts, ARR 12.5 k USD\n");
    assert_eq!(footer(&["--status", "churned"]), "1 account, ARR 70 k USD\n");
    assert_eq!(footer(&["--band", "churned", "--all"]), "1 account, ARR 70 k USD\n");
    assert_eq!(footer(&["--renews-within", "400d"]), "1 account, ARR 12 k USD\n");
    assert_eq!(footer(&["--archived"]), "1 account, ARR 900 k USD\n");
    let json = |words: &[&str]| fastenr.args([words, &["-o", "json"]].concat()).run().ok().json();
    assert_eq!(json(&["arr", "summary"])["total"]["closing"], 12_500);
    assert_eq!(json(&["health", "summary"])["arr"], 12_500);
    assert_eq!(json(&["health", "summary", "--status", "churned"])["arr"], 70_000);
    fastenr.args(["segments", "create", "all", "--arr-min", "1"]).run().ok();
    assert_eq!(json(&["segments", "show", "all"])["arr"], 12_500);
    Ok(())
}
