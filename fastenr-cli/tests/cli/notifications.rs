//! `fastenr notifications`: a few days of a user.

use anyhow::{Result, ensure};
use fastenr_tests::harness::{Backend, Tests};

use super::support::migrated;

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/notifications/days_of_a_user", days_of_a_user);
}

async fn days_of_a_user(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let on = |day: &str, words: &[&str]| fastenr.args([&["--now", day][..], words].concat()).run();
    let monday = "2026-03-02T08:00:00Z";
    on(monday, &["users", "create", "jo@example.com", "--name", "Jo", "--role", "write"]).ok();
    let as_jo = ["--user", "jo@example.com", "notifications"];
    // On PostgreSQL what other tests have open may hold the feed back for a moment.
    let lists = |day: &str, expected: &str| -> Result<String> {
        for _ in 0..150 {
            let said = on(day, &[&as_jo[..], &["list", "--unread"]].concat()).ok();
            if said.stdout.contains(expected) || (expected.is_empty() && said.stdout.is_empty()) {
                return Ok(said.transcript());
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        anyhow::bail!("{expected:?} is not in {}", on(day, &[&as_jo[..], &["list"]].concat()).transcript())
    };
    let nothing = lists(monday, "")?;
    ensure!(nothing.contains("no unread notifications in the last 30 days"), "{nothing}");
    on(monday, &["accounts", "create", "Nimbus Marine", "--external-id", "n", "--owner", "jo@example.com"]).ok();
    lists(monday, "you own Nimbus Marine now")?;
    on(monday, &["tasks", "create", "--account", "n", "--title", "Call them", "--owner", "jo@example.com"]).ok();
    lists(monday, "task for you: Call them (Nimbus Marine)")?;
    let said = on(monday, &[&as_jo[..], &["read"]].concat()).ok();
    ensure!(said.stderr.contains("no unread notifications"), "{}", said.transcript());

    let tuesday = "2026-03-03T08:00:00Z";
    lists(tuesday, "")?;
    let goal = ["goals", "create", "--account", "n", "--title", "Seats", "--target-value", "10", "--target-date"];
    on(tuesday, &[&goal[..], &["2026-03-05", "--external-id", "g"]].concat()).ok();
    let later = "2026-03-03T08:00:01Z";
    on(later, &["goals", "progress", "g", "10"]).ok();
    let listed = lists(later, "goal achieved, 2 days early: Seats (Nimbus Marine)")?;
    ensure!(listed.contains("1 unread notification"), "{listed}");
    // Undone, it is no news.
    on(later, &["operations", "undo", "--last", "--yes"]).ok();
    lists(later, "")?;
    let bad = on(later, &[&as_jo[..], &["read", "--up-to", "yesterday"]].concat()).code(2);
    ensure!(bad.stderr.contains("a cursor is a text that a list of notifications gave"), "{}", bad.transcript());
    let json = on(later, &[&as_jo[..], &["list", "-o", "json"]].concat()).ok().json();
    assert_eq!((json["unread"].as_u64(), json["total"].as_u64()), (Some(0), Some(2)));
    Ok(())
}
