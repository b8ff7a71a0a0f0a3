//! Pruning on the command line: asked for, foretold, done.

use anyhow::Result;
use fastenr_tests::harness::{Backend, Tests};

use super::support::with_accounts;

pub(crate) fn register(tests: &mut Tests) {
    tests.both("cli/prune/asked_and_done", asked_and_done);
}

async fn asked_and_done(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    fastenr.args(["accounts", "update", "A-1", "--arr", "7", "-q"]).run().ok();
    let later = fastenr.env("FASTENR_NOW", "2027-06-01T07:00:00Z");
    let run = |words: &[&str]| later.args(["operations", "prune"].into_iter().chain(words.iter().copied())).run();
    run(&[]).code(2);
    run(&["--older-than", "29d"]).code(2);
    run(&["--older-than", "a while"]).code(2);
    let tried = run(&["--older-than", "400d", "--dry-run", "-o", "json"]).ok();
    let told = tried.json();
    assert_eq!((&told["before"], &told["operation"]), (&"2026-04-27".into(), &serde_json::Value::Null));
    assert_eq!((&told["before_images"], &told["accounts"]), (&1.into(), &1.into()));
    assert!(tried.stderr.contains("would be deleted; dry run, nothing was written"), "{}", tried.stderr);
    let refused = run(&["--older-than", "400d"]).code(5);
    assert!(refused.stderr.contains("This can't be undone."), "{}", refused.stderr);
    let done = run(&["--older-than", "400d", "--thin-snapshots", "--yes", "-o", "json"]).ok().json();
    assert_eq!((&done["before_images"], &done["operations"]), (&told["before_images"], &told["operations"]));
    assert!(done["operation"].is_string());
    let again = run(&["--older-than", "400d", "--yes"]).ok();
    assert!(again.stderr.contains("nothing to prune"), "{}", again.stderr);
    Ok(())
}
