//! A call in one line, and what is to be done next.

use anyhow::{Context as _, Result, ensure};
use fastenr_tests::harness::Backend;
use serde_json::Value as Json;

use super::super::support::with_accounts;

pub(super) async fn log(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    fastenr.args(["accounts", "create", "Acme Holding"]).run().ok();
    let output = fastenr.args(["engagements", "log", "bolt", "Agreed on price", "--outcome", "positive"]).run().ok();
    let lines: Vec<&str> = output.stdout.lines().collect();
    ensure!(
        lines.len() == 1
            && lines[0].starts_with(
                "logged a call with Bolt & Sons (A-2), 2026-03-01 07:00, positive. Undo with `fastenr operations undo "
            ),
        "{}",
        output.stdout
    );
    let rows = fastenr.args(["engagements", "list", "--account", "A-2", "-o", "jsonl"]).run().ok().jsonl();
    let call = &rows[0];
    assert_eq!(
        (&call["type"], &call["title"], &call["outcome"]),
        (&"call".into(), &"Agreed on price".into(), &"positive".into())
    );
    assert_eq!((&call["completed_at"], &call["description"]), (&"2026-03-01T07:00:00Z".into(), &Json::Null));
    // What it says to type does what it says.
    let undo: Vec<&str> = lines[0].split('`').nth(1).context("a command")?.split(' ').skip(1).collect();
    fastenr.args(undo).run().ok();
    assert_eq!(fastenr.args(["engagements", "list", "-o", "jsonl"]).run().ok().stdout, "");
    for account in ["A-1", "acme.example", "Acme", "ACME"] {
        let output = fastenr.args(["engagements", "log", account, "x", "--dry-run"]).run().ok();
        ensure!(output.stdout.starts_with("would log a call with Acme (A-1)"), "{}", output.stdout);
    }
    let several = fastenr.args(["engagements", "log", "acm", "x"]).run().code(4);
    ensure!(several.stderr.contains("Acme Holding") && several.stderr.contains("(Acme, A-1)"), "{}", several.stderr);
    let none = fastenr.args(["engagements", "log", "Acne", "x"]).run().code(4);
    ensure!(none.stderr.contains("did you mean Acme?"), "{}", none.stderr);
    fastenr.args(["engagements", "log", "A-1", " "]).run().code(2);
    fastenr.args(["engagements", "log", "A-1", "x", "--at", "tomorrow"]).run().code(2);
    let long = [
        "engagements",
        "log",
        "A-1",
        "# Review\n\nAll well.",
        "--type",
        "meeting",
        "--at",
        "yesterday 15:00",
        "-o",
        "json",
    ];
    let long = fastenr.args(long).run().ok().json();
    assert_eq!((&long["title"], &long["description"]), (&"Review".into(), &"# Review\n\nAll well.".into()));
    assert_eq!(long["completed_at"], "2026-02-28T15:00:00Z");
    // The next step: a task, and one undo for both.
    let next = ["engagements", "log", "A-1", "Agreed", "--next", "send offer", "--due", "friday"];
    let output = fastenr.args([&["--user", "jo@example.com"][..], &next].concat()).run().ok();
    let said = "logged a call with Acme (A-1), 2026-03-01 07:00; next: send offer, due 2026-03-06. Undo with `fastenr ";
    ensure!(output.stdout.lines().count() == 1 && output.stdout.starts_with(said), "{}", output.stdout);
    let tasks = || fastenr.args(["tasks", "list", "-o", "jsonl"]).run().ok().jsonl();
    let task = &tasks()[0];
    assert_eq!((&task["title"], &task["due"]), (&"send offer".into(), &"2026-03-06".into()));
    assert_eq!((&task["owner"], &task["source"]), (&"jo@example.com".into(), &"engagement".into()));
    let undo: Vec<&str> = output.stdout.split('`').nth(1).context("a command")?.split(' ').skip(1).collect();
    fastenr.args(undo).run().ok();
    assert_eq!(tasks().len(), 0);
    fastenr.args(["engagements", "log", "A-1", "x", "--due", "friday"]).run().code(2);
    fastenr.args([&next[..], &["--next-owner", "@me"]].concat()).run().code(2);
    Ok(())
}
