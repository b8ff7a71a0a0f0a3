//! A person on the command line: found, exported, erased.

use anyhow::Result;
use fastenr_tests::harness::{Backend, Kind, Tests};

use super::support::with_accounts;

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/people/found_exported_erased", found_exported_erased);
}

async fn found_exported_erased(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let run = |words: &[&str]| fastenr.args(words).run();
    let account = run(&["accounts", "list", "--all", "-o", "jsonl"]).ok().jsonl()[0]["external_id"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    run(&[
        "contacts",
        "create",
        "--account",
        &account,
        "--name",
        "Jane Doe",
        "--email",
        "jane@acme.example",
        "--external-id",
        "c1",
    ])
    .ok();
    run(&["accounts", "create", "Jane Doe Ltd", "--external-id", "JDL"]).ok();
    let found = run(&["people", "find", "jane@acme.example", "-o", "json"]).ok();
    assert!(found.stderr.contains("may be about another person"), "{}", found.stderr);
    assert_eq!(found.json()["person"]["names"][0], "Jane Doe");
    let file = backend.path("jane.json");
    run(&["people", "export", "c1", "--to", &file.display().to_string()]).ok();
    let known: serde_json::Value = serde_json::from_slice(&std::fs::read(&file)?)?;
    assert_eq!(known["contacts"][0]["email"], "jane@acme.example");
    let foreseen = run(&["people", "erase", "jane@acme.example", "--dry-run"]).code(5);
    assert!(foreseen.stderr.contains("would be erased; dry run, nothing was written"), "{}", foreseen.stderr);
    run(&["people", "erase", "jane@acme.example"]).code(5);
    run(&["people", "find", "jane@acme.example"]).ok();
    // Done in part.
    let partly = run(&["people", "erase", "jane@acme.example", "--yes", "-o", "json"]).code(5);
    assert!(partly.stderr.contains("The receipt is operation"), "{}", partly.stderr);
    let address = partly.json()["address"].as_str().unwrap_or_default().to_owned();
    run(&["people", "erase", &address, "--name", "Jane Doe", "--also", "all", "--yes"]).ok();
    let receipts = run(&["people", "erasures", "-o", "jsonl"]).ok().jsonl();
    assert_eq!((receipts.len(), &receipts[0]["pseudonym"]), (2, &partly.json()["pseudonym"]));
    run(&["people", "find", "jane@acme.example"]).code(4);
    if backend.kind == Kind::Sqlite {
        let path = backend.url.trim_start_matches("sqlite://");
        let has = |bytes: Vec<u8>| {
            bytes.to_ascii_lowercase().windows(8).any(|part| part == b"jane doe" || part == b"jane@acm")
        };
        assert!(!has(std::fs::read(path)?), "the file was rewritten");
        run(&["db", "vacuum"]).ok();
    } else {
        run(&["db", "vacuum"]).code(2);
    }
    Ok(())
}
