//! What people type: days and moments in every option, amounts, sorts, @me, long texts; logging in one line.

mod log;
mod options;
mod texts;

use anyhow::{Context as _, Result, ensure};
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Tests};

use super::support::with_accounts;

pub(super) fn register(tests: &mut Tests) {
    tests.sqlite("cli/typed/every_option_takes_monday", options::every_option_takes_monday);
    tests.both("cli/typed/values_in_the_zone_of_the_organization", values_in_the_zone);
    tests.both("cli/typed/what_is_no_day", what_is_no_day);
    tests.both("cli/typed/the_clock_in_words", the_clock_in_words);
    tests.both("cli/typed/lengths_and_amounts", lengths_and_amounts);
    tests.both("cli/typed/sorts_and_cases", sorts_and_cases);
    tests.both("cli/typed/me", me);
    tests.both("cli/typed/log", log::log);
    tests.both("cli/typed/undo_last", undo_last);
    tests.both("cli/typed/long_texts", texts::long_texts);
    tests.both("cli/typed/an_editor", texts::an_editor);
}

async fn values_in_the_zone(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    fastenr.args(["organizations", "update", "default", "--time-zone", "Europe/Berlin"]).run().ok();
    let call = ["engagements", "create", "--account", "A-1", "--type", "call", "--title", "Call", "-o", "json"];
    let made = |words: &[&str]| fastenr.args([&call[..], words].concat()).run().ok();
    let at = |words: &[&str], field: &str| made(words).json()[field].as_str().map(str::to_owned);
    assert_eq!(at(&["--scheduled-at", "tomorrow 14:00"], "scheduled_at").as_deref(), Some("2026-03-02T13:00:00Z"));
    assert_eq!(
        at(&["--set", "scheduled_at=2026-07-10 14:00"], "scheduled_at").as_deref(),
        Some("2026-07-10T12:00:00Z")
    );
    assert_eq!(at(&["--completed-at", "yesterday"], "completed_at").as_deref(), Some("2026-02-27T23:00:00Z"));
    assert_eq!(at(&["--scheduled-at", "+2h"], "scheduled_at").as_deref(), Some("2026-03-01T09:00:00Z"));
    // Clocks are put forward: said, and an hour later.
    let output = made(&["--scheduled-at", "2026-03-29 02:30"]);
    assert_eq!(output.json()["scheduled_at"], "2026-03-29T01:30:00Z");
    ensure!(
        output.stderr.contains("does not exist in Europe/Berlin, because the clocks change: 03:30 is used"),
        "{}",
        output.stderr
    );
    let update =
        ["accounts", "update", "A-1", "--contract-end", "end of month", "--past-due-since", "-2w", "-o", "json"];
    let account = fastenr.args(update).run().ok().json();
    assert_eq!((&account["contract_end"], &account["past_due_since"]), (&"2026-03-31".into(), &"2026-02-15".into()));
    let bulk = ["accounts", "bulk-update", "--status", "at_risk", "--set", "contract_end=+1m", "--yes"];
    fastenr.args(bulk).run().ok();
    assert_eq!(fastenr.args(["accounts", "get", "A-2", "-o", "json"]).run().ok().json()["contract_end"], "2026-04-01");
    Ok(())
}

async fn what_is_no_day(backend: &Backend) -> Result<()> {
    let fastenr = with_records(backend);
    for (words, said) in [
        (&["activity", "list", "--since", "soon"][..], "'--since <TIME>'"),
        (&["accounts", "update", "A-1", "--set", "contract_end=mondy"], "contract_end \"mondy\""),
        (&["accounts", "update", "A-1", "--contract-end", "3d"], "+3d or -3d"),
        (&["accounts", "update", "A-1", "--contract-end", "tomorrow 14:00"], "write 2026-03-02"),
        (&["goals", "progress", "G-1", "5", "--on", "10.12.2026"], "YYYY-MM-DD"),
        (&["keys", "create", "--name", "k", "--scope", "*:read", "--expires", "soon"], "'--expires <DATE>'"),
        (&["--now", "someday", "accounts", "list"], "now \"someday\""),
        (&["accounts", "list", "--renews-within", "monday"], "such as 90d"),
    ] {
        let output = fastenr.args(words).run().code(2);
        ensure!(output.stderr.contains(said), "{words:?}: {}", output.stderr);
    }
    // What an error offers can be pasted.
    let stderr = fastenr.args(["alerts", "snooze", "--owner", "jo@example.com", "--until", "x"]).run().code(2).stderr;
    let offered = stderr.split("Examples: ").nth(1).and_then(|text| text.lines().next()).context("no examples")?;
    for example in offered.replace(" or ", ", ").split(", ").map(|word| word.trim_matches('\'')) {
        if !example.starts_with("a date") {
            let words = ["alerts", "snooze", "--owner", "jo@example.com", "--dry-run", "--until", example];
            fastenr.args(words).run().ok();
        }
    }
    Ok(())
}

async fn the_clock_in_words(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    fastenr.args(["organizations", "update", "default", "--time-zone", "Asia/Tokyo"]).run().ok();
    let log = ["--now", "2026-03-05 09:00", "engagements", "log", "A-1", "hello", "-o", "json"];
    assert_eq!(fastenr.args(log).run().ok().json()["completed_at"], "2026-03-05T00:00:00Z");
    // A date alone is midnight UTC, as ever.
    let log = ["--now", "2026-03-05", "engagements", "log", "A-1", "again", "--at", "yesterday", "-o", "json"];
    assert_eq!(fastenr.args(log).run().ok().json()["completed_at"], "2026-03-03T15:00:00Z");
    Ok(())
}

/// A goal, a contact and an engagement beside the accounts.
fn with_records(backend: &Backend) -> Fastenr {
    let fastenr = with_accounts(backend);
    let goal = [
        "goals",
        "create",
        "--account",
        "A-1",
        "--external-id",
        "G-1",
        "--title",
        "Goal",
        "--target-value",
        "10",
        "--started-on",
        "2026-01-05",
    ];
    fastenr.args(goal).run().ok();
    fastenr.args(["contacts", "create", "--account", "A-1", "--external-id", "C-1", "--name", "Mia"]).run().ok();
    let call =
        ["engagements", "create", "--account", "A-1", "--external-id", "E-1", "--type", "call", "--title", "Call"];
    fastenr.args(call).run().ok();
    fastenr.args(["tasks", "create", "--account", "A-1", "--external-id", "T-1", "--title", "Task"]).run().ok();
    fastenr
}

fn names(fastenr: &Fastenr, words: &[&str]) -> Vec<String> {
    let list = [&["accounts", "list", "-o", "jsonl", "--fields", "name"], words].concat();
    let rows = fastenr.args(list).run().ok().jsonl();
    rows.iter().map(|row| row["name"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn lengths_and_amounts(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    assert_eq!(names(&fastenr, &["--renews-within", "1m"]), ["Éclair"]);
    assert_eq!(names(&fastenr, &["--renews-within", "3m"]), ["Bolt & Sons", "Éclair"]);
    assert_eq!(names(&fastenr, &["--renews-within", "1y"]), ["Acme", "Bolt & Sons", "Éclair"]);
    fastenr.args(["tasks", "list", "--due-within", "2 weeks"]).run().ok();
    assert_eq!(names(&fastenr, &["--arr-min", "100k"]), ["Acme"]);
    assert_eq!(names(&fastenr, &["--arr-min", "1.2M", "--arr-max", "1.2m"]), ["Acme"]);
    assert_eq!(names(&fastenr, &["--arr-max", "2k"]), ["Delta Air", "Éclair"]);
    fastenr.args(["accounts", "list", "--arr-min", "1kk"]).run().code(2);
    let account = fastenr.args(["accounts", "update", "A-3", "--arr", "50k", "-o", "json"]).run().ok().json();
    assert_eq!(account["arr"], 50_000);
    // A segment is read by programs, too.
    let segment = ["segments", "create", "large", "--arr-min", "100k", "--renews-within", "1y", "-o", "json"];
    let segment = fastenr.args(segment).run().ok().stdout;
    ensure!(segment.contains("100000") && segment.contains("1y"), "{segment}");
    assert_eq!(names(&fastenr, &["--segment", "large"]), ["Acme"]);
    // An import takes amounts as they are.
    let csv = "external_id,name,arr\nA-9,Nine,5k\n";
    fastenr.args(["accounts", "import", "-"]).stdin(csv).run().code(1);
    Ok(())
}

async fn sorts_and_cases(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let largest = ["Acme", "Bolt & Sons", "Éclair", "Delta Air", "Cobalt"];
    assert_eq!(names(&fastenr, &["--sort", "-arr"]), largest);
    assert_eq!(names(&fastenr, &["--sort=-arr"]), largest);
    assert_eq!(names(&fastenr, &["--sort", "+arr"])[0], "Cobalt");
    fastenr.args(["accounts", "list", "--sort", "-arr:desc"]).run().code(2);
    fastenr.args(["alerts", "list", "--sort", "-arr"]).run().ok();
    fastenr.args(["engagements", "list", "--sort", "-title"]).run().ok();
    assert_eq!(names(&fastenr, &["--industry", "RETAIL"]), ["Acme", "Bolt & Sons"]);
    assert_eq!(names(&fastenr, &["--industry", "retail", "--industry", "fOOd"]), ["Acme", "Bolt & Sons", "Éclair"]);
    assert_eq!(names(&fastenr, &["--status", "At-Risk", "--size", "SMALL"]), ["Bolt & Sons"]);
    fastenr.args(["accounts", "update", "A-1", "--industry", "Öffentlicher Dienst"]).run().ok();
    assert_eq!(names(&fastenr, &["--industry", "öffentlicher DIENST"]), ["Acme"]);
    fastenr.args(["accounts", "list", "-o", "JSON"]).run().ok();
    fastenr.args(["engagements", "report", "--by", "Type"]).run().ok();
    Ok(())
}

/// Every option and field that names a user takes `@me`.
async fn me(backend: &Backend) -> Result<()> {
    let fastenr = with_records(backend);
    let jo = |words: &[&str]| fastenr.args([&["--user", "jo@example.com"], words].concat()).run();
    assert_eq!(names(&fastenr, &["--user", "jo@example.com", "--owner", "@me"]), ["Acme", "Cobalt"]);
    jo(&["accounts", "update", "A-5", "--owner", "@me"]).ok();
    let owner = fastenr.args(["accounts", "get", "A-5", "-o", "json"]).run().ok().json();
    assert_eq!(owner["owner"], "jo@example.com");
    for words in [
        &["accounts", "list", "--owner", "@Me,ann@example.com"][..],
        &["accounts", "create", "X", "--owner", "@me", "--dry-run"],
        &["accounts", "bulk-update", "--status", "at_risk", "--set", "owner=@me", "--dry-run"],
        &["engagements", "list", "--owner", "@me", "--created-by", "@me"],
        &["engagements", "update", "E-1", "--created-by", "@me", "--dry-run"],
        &["goals", "list", "--owner", "@me"],
        &["goals", "update", "G-1", "--created-by", "@me", "--dry-run"],
        &["tasks", "list", "--owner", "@me"],
        &["tasks", "create", "--account", "A-1", "--title", "X", "--owner", "@me", "--dry-run"],
        &["arr", "list", "--owner", "@me"],
        &["arr", "summary", "--owner", "@me"],
        &["health", "movers", "--owner", "@me"],
        &["alerts", "list", "--owner", "@me"],
        &["activity", "list", "--actor", "@me"],
        &["operations", "list", "--by", "@me"],
        &["team", "add", "A-1", "@me", "--role", "support", "--dry-run"],
        &["keys", "create", "--name", "k", "--scope", "*:read", "--for", "@me", "--dry-run"],
        &["segments", "create", "mine", "--owner", "@me"],
        &["accounts", "list", "--segment", "mine"],
    ] {
        jo(words).ok();
        if words.contains(&"create") && words.contains(&"segments") {
            continue;
        }
        let output = fastenr.args(words).run().code(2);
        ensure!(
            output.stderr.contains("--user EMAIL") && output.stderr.contains("@me"),
            "{words:?}: {}",
            output.stderr
        );
    }
    // Whoever uses the segment is meant.
    let of = |user: &str| names(&fastenr, &["--user", user, "--segment", "mine"]);
    assert_eq!((of("jo@example.com").len(), of("ann@example.com")), (3, vec!["Bolt & Sons".to_owned()]));
    let csv = "external_id,owner\nA-4,@me\n";
    fastenr.args(["--user", "ann@example.com", "accounts", "import", "-"]).stdin(csv).run().ok();
    assert_eq!(fastenr.args(["accounts", "get", "A-4", "-o", "json"]).run().ok().json()["owner"], "ann@example.com");
    fastenr.args(["accounts", "import", "-"]).stdin(csv).run().code(1);
    Ok(())
}

async fn undo_last(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let arr = || fastenr.args(["accounts", "get", "A-1", "-o", "json"]).run().ok().json()["arr"].clone();
    for (arr, at) in [("1k", "2026-03-01T08:01:00Z"), ("2k", "2026-03-01T08:02:00Z")] {
        let then = fastenr.clone().env("FASTENR_NOW", at);
        then.args(["--user", "jo@example.com", "accounts", "update", "A-1", "--arr", arr]).run().ok();
    }
    let fastenr = fastenr.clone().env("FASTENR_NOW", "2026-03-01T08:03:00Z");
    fastenr.args(["--user", "ann@example.com", "accounts", "update", "A-2", "--arr", "3k"]).run().ok();
    fastenr.args(["recompute"]).run();
    let last = ["--user", "jo@example.com", "operations", "undo", "--last"];
    fastenr.args(last).run().ok();
    assert_eq!(arr(), 1_000);
    fastenr.args(last).run().ok();
    assert_eq!(arr(), 1_200_000);
    let nothing = fastenr.args(last).run().code(4);
    ensure!(nothing.stderr.contains("jo@example.com has done nothing that can be undone"), "{}", nothing.stderr);
    fastenr.args(["operations", "undo"]).run().code(2);
    fastenr.args(["operations", "undo", "--last", "0197a3f2"]).run().code(2);
    Ok(())
}
