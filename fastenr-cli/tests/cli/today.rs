//! `fastenr today`: the rows of the dashboard's first page on the command line.

use anyhow::Result;
use fastenr_tests::harness::{Backend, Tests};

use super::alerts::night;
use super::support::migrated;

pub(crate) fn register(tests: &mut Tests) {
    tests.both("cli/today/what_needs_attention", what_needs_attention);
}

async fn what_needs_attention(backend: &Backend) -> Result<()> {
    let empty = migrated(backend);
    let none = empty.args(["today"]).run().ok();
    assert!(none.stdout.is_empty() && none.stderr.contains("no accounts yet"), "{}", none.stderr);
    let fastenr = night(backend, "x1=1 x3=2 x9=1");
    fastenr.args(["recompute", "-q"]).run().ok();
    fastenr.args(["tasks", "create", "-q", "--account", "x7", "--title", "Offer", "--due", "2026-02-27"]).run().ok();
    fastenr.args(["today"]).run().ok().matches(snapbox::str![[r#"
$ fastenr today
severity  account name  reason                            ARR  renewal     changed                                        last engagement  next step
critical  Account 3     2 escalated tickets in 30 days  3,000  2027-01-31  health 93 → 68; new alert: support escalation
warning   Account 9     1 escalated ticket in 7 days    9,000  2027-01-31  health 94 → 81; new alert: support escalation
warning   Account 7     task due 2026-02-27: Offer      7,000  2027-01-31                                                                  Offer
warning   Account 1     1 escalated ticket in 7 days    1,000  2027-01-31  health 93 → 80; new alert: support escalation
-- stderr
4 accounts need attention, 1 critical; scores as of 2026-03-02
-- exit 0

"#]]);
    let jos = fastenr.args(["today", "--owner", "jo@example.com", "--limit", "1", "-o", "jsonl"]).run().ok();
    let footer = "1 of 2 accounts need attention, 1 critical; --limit for more; scores as of 2026-03-02";
    assert!(jos.stderr.contains(footer), "{}", jos.stderr);
    let rows = jos.jsonl();
    let row = rows.first().expect("a row");
    assert_eq!(
        (rows.len(), row["account"].as_str(), row["rule"].as_str()),
        (1, Some("x3"), Some("support_escalation"))
    );
    assert_eq!((row["weight"].as_f64(), row["health_change"].as_i64()), (Some(3_000.0), Some(-25)));
    let json = fastenr.args(["today", "--unowned", "-o", "json"]).run().ok().json();
    assert_eq!((json["total"].as_u64(), json["critical"].as_u64()), (Some(2), Some(0)));
    let names: Vec<&str> = json["accounts"]
        .as_array()
        .map(|rows| rows.iter().filter_map(|row| row["account"].as_str()).collect())
        .unwrap_or_default();
    assert_eq!(names, ["x7", "x1"]);
    fastenr.args(["today", "--limit", "0"]).run().code(2);
    fastenr.args(["alerts", "acknowledge", "-q", "--yes", "--rule", "support_escalation"]).run().ok();
    let calm = fastenr.args(["today", "--owner", "jo@example.com"]).run().ok();
    assert!(
        calm.stdout.is_empty() && calm.stderr.contains("nothing needs attention; scores as of 2026-03-02"),
        "{}",
        calm.stderr
    );
    Ok(())
}
