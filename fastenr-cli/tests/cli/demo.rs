//! A book to look at: believable, whole, and never put among somebody's own customers.

use anyhow::{Context as _, Result, ensure};
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Tests};
use serde_json::Value as Json;

use super::support::migrated;

pub(super) fn register(tests: &mut Tests) {
    // What is in it does not depend on the database.
    tests.sqlite("cli/demo/is_believable", is_believable);
    tests.both("cli/demo/never_among_others", never_among_others);
    tests.plain("cli/demo/is_a_first_command", is_a_first_command);
    tests.both("cli/demo/numbers_out_of_range", numbers_out_of_range);
}

const NOW: &str = "2026-12-01T08:00:00Z";

/// What a command answers to a program.
fn json<'a>(fastenr: &Fastenr, arguments: impl IntoIterator<Item = &'a str>) -> Json {
    fastenr.args(arguments.into_iter().chain(["-o", "json"])).run().ok().json()
}

fn share(part: &Json, whole: f64) -> Result<f64> {
    Ok(part.as_f64().context("a number")? * 100.0 / whole)
}

async fn is_believable(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend).env("FASTENR_NOW", NOW);
    let made = fastenr.args(["demo", "--accounts", "150", "--nights", "4"]).run().ok();
    ensure!(made.stderr.contains("demo data in organization default: 150 accounts"), "{}", made.stderr);

    let summary = json(&fastenr, ["health", "summary"]);
    let bands = summary["health"]["bands"].as_array().context("bands")?;
    let judged: f64 = bands.iter().filter_map(|line| line["accounts"].as_f64()).sum();
    for line in bands {
        let share = share(&line["accounts"], judged)?;
        ensure!((10.0..=50.0).contains(&share), "{share} % are {}", line["band"]);
    }
    let insufficient = share(&summary["left_out"]["insufficient_data"], 150.0)?;
    ensure!(insufficient < 10.0, "{insufficient} % have too little data");

    let arr = json(&fastenr, ["arr", "summary", "--from", "2025-12-01", "--to", "2026-11-30"]);
    let nrr = arr["total"]["nrr"].as_f64().context("NRR")?;
    ensure!((90.0..=115.0).contains(&nrr), "NRR {nrr} %");

    // Something to look at everywhere.
    for (list, arguments) in [
        ("alerts", vec!["alerts", "list", "--state", "all"]),
        ("goals", vec!["goals", "list"]),
        ("engagements", vec!["engagements", "list", "--open"]),
        ("contacts", vec!["contacts", "list"]),
        ("overdue tasks", vec!["tasks", "list", "--overdue"]),
        ("done tasks", vec!["tasks", "list", "--done"]),
        ("segments", vec!["segments", "list"]),
    ] {
        let found = json(&fastenr, arguments);
        let total = found["total"].as_u64().or_else(|| found.as_array().map(|rows| rows.len() as u64));
        ensure!(total.is_some_and(|total| total > 0), "no {list}");
    }
    Ok(())
}

async fn never_among_others(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend).env("FASTENR_NOW", NOW);
    fastenr.args(["accounts", "create", "Acme"]).run().ok();
    let small = ["demo", "--accounts", "20", "--nights", "1"];
    let made = fastenr.args(small).run().ok();
    ensure!(made.stderr.contains("demo data in organization demo: 20 accounts"), "{}", made.stderr);
    // What is told next can be pasted.
    let told = made.stderr.lines().find_map(|line| line.strip_prefix("List all accounts at risk: fastenr "));
    let listed = fastenr.args(told.context("a next step")?.split(' ')).run().ok();
    ensure!(!listed.stderr.contains("no accounts yet"), "{}", listed.stderr);
    let own = json(&fastenr, ["--organization", "default", "accounts", "list"]);
    ensure!(own["total"] == 1, "{own}");

    // Once more: both have accounts.
    for organization in [None, Some("default"), Some("demo")] {
        let named = organization.iter().flat_map(|slug| ["--organization", *slug]).chain(small);
        let refused = fastenr.args(named).run();
        ensure!(refused.status == 5 && refused.stderr.contains("has accounts already"), "{}", refused.stderr);
    }
    let demo = json(&fastenr, ["--organization", "demo", "accounts", "list"]);
    ensure!(demo["total"] == 20, "{demo}");
    Ok(())
}

fn is_a_first_command() -> Result<()> {
    let fastenr = Fastenr::without_database().env("FASTENR_NOW", NOW);
    let book = ["--database", "book.db", "demo", "--accounts", "20", "--nights", "1"];
    let made = fastenr.args(book).run().ok();
    ensure!(made.stderr.contains("List all accounts at risk: fastenr --database"), "{}", made.stderr);
    Ok(())
}

async fn numbers_out_of_range(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend).env("FASTENR_NOW", NOW);
    for (arguments, told) in [
        (["demo", "--accounts", "19"], "a demo book has 20 to 1800 accounts"),
        (["demo", "--accounts", "1801"], "a demo book has 20 to 1800 accounts"),
        (["demo", "--nights", "0"], "1 to 180 nights can be run"),
        (["demo", "--nights", "181"], "1 to 180 nights can be run"),
    ] {
        let refused = fastenr.args(arguments).run();
        ensure!(refused.status == 2 && refused.stderr.contains(told), "{arguments:?}: {}", refused.stderr);
    }
    ensure!(json(&fastenr, ["accounts", "list"])["total"] == 0, "something was written");
    Ok(())
}
