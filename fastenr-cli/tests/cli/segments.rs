//! Segments on the command line, and a user who leaves.

use anyhow::Result;
use fastenr_tests::harness::{Backend, Tests};

use super::support::with_accounts;

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/segments/made_and_used", made_and_used);
    tests.both("cli/segments/a_user_leaves", a_user_leaves);
}

async fn made_and_used(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let run = |words: &[&str]| fastenr.args(words).run();
    let none = run(&["segments", "list", "-o", "csv"]).ok();
    assert!(none.stderr.contains("with `fastenr segments create NAME`"), "{}", none.stderr);
    let create = ["segments", "create", "renewals-at-risk", "--status", "at_risk", "--renews-within", "90d"];
    let tried = run(&[&create[..], &["--dry-run", "-o", "json"]].concat()).ok();
    assert!(tried.stderr.contains("would create segment renewals-at-risk; dry run"), "{}", tried.stderr);
    run(&create).ok();
    run(&["segments", "create", "Jo's gold", "--owner", "jo@example.com", "--custom", "tier=gold", "-q"]).ok();
    run(&["segments", "list"]).ok().matches(snapbox::str![[r#"
$ fastenr segments list
name              filter                                     accounts        ARR
Jo's gold         --owner jo@example.com --custom tier=gold         1  1,200,000
renewals-at-risk  --status at_risk --renews-within 90d              2  50,100.49
-- stderr
2 segments
-- exit 0

"#]]);
    let shown = run(&["segments", "show", "RENEWALS-at-risk", "-o", "json"]).ok().json();
    assert_eq!((&shown["accounts"], &shown["arr"]), (&2.into(), &50_100.49.into()));
    assert_eq!(shown["filter"], "--status at_risk --renews-within 90d");
    // What the list shows can be typed.
    let names = |words: &[&str]| -> Vec<String> {
        let list = ["accounts", "list", "--all", "-o", "jsonl"].into_iter().chain(words.iter().copied());
        let rows = fastenr.args(list).run().ok().jsonl();
        rows.iter().filter_map(|row| row["name"].as_str().map(str::to_owned)).collect()
    };
    assert_eq!(names(&["--segment", "renewals-at-risk"]), ["Bolt & Sons", "Éclair"]);
    assert_eq!(names(&["--status", "at_risk", "--renews-within", "90d"]), ["Bolt & Sons", "Éclair"]);
    assert_eq!(names(&["--segment", "renewals-at-risk", "--arr-min", "1000"]), ["Bolt & Sons"]);
    assert!(names(&["--segment", "renewals-at-risk", "--status", "active"]).is_empty());
    assert!(names(&["--segment", "renewals-at-risk", "--segment", "jo's gold"]).is_empty());
    let other = run(&["accounts", "export", "--segment", "jo's gold", "-o", "jsonl"]).ok().jsonl();
    assert_eq!(other[0]["external_id"], "A-1");
    for words in [
        &["contacts", "list"][..],
        &["engagements", "list"],
        &["engagements", "report"],
        &["goals", "list"],
        &["metrics", "list"],
        &["team", "list"],
        &["arr", "list"],
        &["arr", "summary"],
        &["alerts", "list"],
        &["health", "summary"],
        &["health", "movers"],
    ] {
        run(&[words, &["--segment", "renewals-at-risk"]].concat()).ok();
        let unknown = run(&[words, &["--segment", "renewals-at-rsik"]].concat()).code(4);
        assert!(unknown.stderr.contains("did you mean renewals-at-risk?"), "{words:?}: {}", unknown.stderr);
    }
    run(&create).code(5);
    run(&["segments", "create", "everything"]).code(2);
    run(&["segments", "create", "x", "--segment", "renewals-at-risk"]).code(2);
    run(&["segments", "delete", "nothing"]).code(4);
    let update = ["segments", "update", "renewals-at-risk"];
    let tried = run(&[&update[..], &["--renews-within", "60d", "--dry-run"]].concat()).ok();
    let said = "  filter  --status at_risk --renews-within 90d → --renews-within 60d\n";
    assert!(tried.stderr.ends_with(said) && tried.stderr.contains("dry run, nothing was written"), "{}", tried.stderr);
    let renamed = run(&[&update[..], &["--rename", "Renewals-at-risk"]].concat()).ok();
    assert!(renamed.stderr.contains("renewals-at-risk → Renewals-at-risk"), "{}", renamed.stderr);
    assert_eq!(run(&["segments", "get", "renewals-at-risk", "-o", "json"]).ok().json()["filter"], shown["filter"]);
    run(&[&update[..], &["--rename", "renewals-at-risk"]].concat()).ok();
    let nothing = run(&update).code(2);
    assert!(nothing.stderr.contains("add --rename NAME, or filters"), "{}", nothing.stderr);
    run(&["segments", "update", "nothing", "--status", "active"]).code(4);
    let tried = run(&["segments", "delete", "renewals-at-risk", "--dry-run"]).ok();
    assert!(tried.stderr.contains("would delete segment renewals-at-risk"), "{}", tried.stderr);
    let gone = run(&["segments", "delete", "renewals-at-risk"]).ok();
    assert!(gone.stderr.contains("deleted segment renewals-at-risk"), "{}", gone.stderr);
    run(&["accounts", "list", "--segment", "renewals-at-risk"]).code(4);
    let told = run(&["activity", "list", "--kind", "segments", "-o", "jsonl"]).ok().jsonl();
    let kinds: Vec<&str> = told.iter().filter_map(|item| item["kind"].as_str()).collect();
    assert_eq!(kinds, ["segments.delete", "segments.update", "segments.update", "segments.create", "segments.create"]);
    Ok(())
}

async fn a_user_leaves(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let run = |words: &[&str]| fastenr.args(words).run();
    let call = ["engagements", "create", "--account", "A-1", "--type", "call", "--title", "Renewal", "-q"];
    run(&[&call[..], &["--scheduled-at", "2026-03-05T10:00:00Z", "--created-by", "jo@example.com"]].concat()).ok();
    let refused = run(&["users", "deactivate", "jo@example.com"]).code(5);
    assert!(refused.stderr.contains("--reassign-to EMAIL"), "{}", refused.stderr);
    let refused = run(&["users", "update", "jo@example.com", "--deactivate"]).code(5);
    assert!(refused.stderr.contains("fastenr users deactivate jo@example.com"), "{}", refused.stderr);
    let leave = ["users", "deactivate", "jo@example.com", "--reassign-to", "ann@example.com"];
    run(&[&leave[..], &["--dry-run"]].concat()).ok().matches(snapbox::str![[r#"
$ fastenr users deactivate jo@example.com --reassign-to ann@example.com --dry-run
owner            accounts        ARR  engagements  alerts  tasks
ann@example.com         2  1,200,000            1       0      0
-- stderr
would deactivate jo@example.com and reassign 2 accounts, 1 scheduled engagement; dry run, nothing was written
-- exit 0

"#]]);
    fastenr.write("bad.csv", "account,owner\nA-1,ann@example.com\nA-2,ann@example.com\n");
    let wrong = run(&["users", "deactivate", "jo@example.com", "--reassign-file", "bad.csv"]).code(2);
    assert!(wrong.stderr.contains("line 3: A-2 (Bolt & Sons) is owned by ann@example.com"), "{}", wrong.stderr);
    assert!(wrong.stderr.contains("A-3 (Cobalt) is in no row"), "{}", wrong.stderr);
    fastenr.write("good.csv", "account,owner\nA-1,ann@example.com\nA-3,admin@fastenr.local\n");
    let file = ["users", "deactivate", "jo@example.com", "--reassign-file", "good.csv"];
    // Several records, and nobody is there to answer.
    run(&file).code(5);
    let done = run(&[&file[..], &["--yes", "-o", "csv"]].concat()).ok();
    assert!(
        done.stderr.contains("deactivated jo@example.com, reassigned 2 accounts, 1 scheduled engagement"),
        "{}",
        done.stderr
    );
    let owners: Vec<String> = ["A-1", "A-3"]
        .iter()
        .map(|id| run(&["accounts", "get", id, "-o", "json"]).ok().json()["owner"].to_string())
        .collect();
    assert_eq!(owners, ["\"ann@example.com\"", "\"admin@fastenr.local\""]);
    let again = run(&[&file[..], &["--yes"]].concat()).code(2);
    assert!(again.stderr.contains("line 2: A-1 (Acme) is owned by ann@example.com"), "{}", again.stderr);
    Ok(())
}
