//! The nightly run as cron sees it: its exit code, its last line, and what is left when it dies.

use std::fmt::Write as _;
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use fastenr_tests::cli::{Fastenr, Signal};
use fastenr_tests::harness::{Backend, Tests};

use super::support::{Direct, migrated};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/recompute/what_it_prints", what_it_prints);
    tests.both("cli/recompute/two_at_once", two_at_once);
    tests.both("cli/recompute/kill_9_at_any_moment", kill_9);
    tests.both("cli/recompute/a_dead_rule_is_held", held);
    tests.both("cli/recompute/days_and_organizations", days_and_organizations);
    tests.both("cli/recompute/missed_nights_are_made_up_for", missed_nights_are_made_up_for);
}

const DAY: &str = "2026-03-01T07:00:00Z";

/// Accounts with ten weeks of logins, up to the day.
fn filled(backend: &Backend, accounts: usize) -> Result<Fastenr> {
    let fastenr = migrated(backend);
    let mut book = "external_id,name,arr,seats,size,created_at\n".to_owned();
    let mut rows = "account,metric_date,login_frequency,feature_adoption_score\n".to_owned();
    let last: chrono::NaiveDate = "2026-03-01".parse()?;
    for n in 0..accounts {
        let _ = writeln!(book, "S-{n},Scored {n},{},5,small,2024-01-01T00:00:00Z", 100 + n);
        for week in 0..10 {
            let on = last - chrono::Days::new(week * 7);
            let _ = writeln!(rows, "S-{n},{on},{},{}", 40 + n % 9, 60 + n % 40);
        }
    }
    fastenr.write("book.csv", book);
    fastenr.write("rows.csv", rows);
    fastenr.args(["accounts", "import", "book.csv", "--yes", "--now", DAY]).run().ok();
    fastenr.args(["metrics", "import", "rows.csv", "--yes", "--now", DAY]).run().ok();
    Ok(fastenr)
}

fn recompute<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["recompute", "--now", DAY], more].concat()
}

async fn what_it_prints(backend: &Backend) -> Result<()> {
    let fastenr = filled(backend, 30)?;
    let first = fastenr.args(recompute(&["-o", "json"])).run().ok();
    let report = first.json();
    let members = report.as_object().into_iter().flatten();
    let mut found: Vec<&str> = members.map(|(name, _)| name.as_str()).collect();
    let mut expected = vec![
        "operation",
        "as_of",
        "accounts",
        "scored",
        "changed",
        "insufficient",
        "became_insufficient",
        "missing_data",
        "mean_coverage",
        "bands",
        "moved",
        "status_changes",
        "alerts_opened",
        "alerts_cleared",
        "alerts_held",
        "held",
        "doubts",
        "model",
        "seconds",
    ];
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!((&report["accounts"], &report["scored"], &report["changed"]), (&30.into(), &30.into(), &30.into()));
    assert_eq!(report["as_of"], "2026-03-01");
    let last = first.stderr.lines().last().unwrap_or_default();
    ensure!(last.starts_with("30 of 30 accounts scored as of 2026-03-01, 0 up and 0 down"), "{last}");
    let again = fastenr.args(recompute(&["-o", "json"])).run().ok().json();
    assert_eq!((&again["changed"], &again["operation"]), (&0.into(), &serde_json::Value::Null));
    for (line, code) in [
        (&["--as-of", "2026-03-02"][..], 2),
        (&["--account", "nobody"], 4),
        (&["--since", "2026-03-02"], 2),
        (&["--model", "nowhere.toml"], 1),
        (&["--as-of", "2026-02-01", "--since", "2026-02-01"], 2),
    ] {
        assert_eq!(fastenr.args(recompute(line)).run().status, code, "{line:?}");
    }
    Ok(())
}

async fn two_at_once(backend: &Backend) -> Result<()> {
    let fastenr = filled(backend, 30)?;
    for patience in [1, 3, 10] {
        // The first one waits for the write lock with its own lock in hand; on a busy machine it takes a while to get there, and
        // the second may be the first.
        let held = Direct::hold_lock(backend).await?;
        let first = fastenr.args(recompute(&["--lock-timeout", "60s"])).spawn();
        tokio::time::sleep(Duration::from_secs(patience)).await;
        let second = fastenr.args(recompute(&["--lock-timeout", "1s"])).run();
        held.close().await?;
        let first = first.wait();
        assert_eq!(second.status, 6, "{}", second.transcript());
        if second.stderr.contains("another recompute of default is at work") {
            assert_eq!(first.status, 0, "{}", first.transcript());
            fastenr.args(recompute(&[])).run().ok();
            return Ok(());
        }
    }
    anyhow::bail!("the second never met the first")
}

async fn kill_9(backend: &Backend) -> Result<()> {
    const ACCOUNTS: usize = 1_500;
    let fastenr = filled(backend, ACCOUNTS)?;
    let mut direct = Direct::open(backend).await?;
    let (mut died, mut day) = (0, 0);
    for wait in [5_u64, 40, 90, 150, 220, 300, 400, 520, 650, 800] {
        day += 1;
        let now = format!("2026-03-{:02}T07:00:00Z", day + 1);
        let run = fastenr.args(["recompute", "--now", &now]).spawn();
        thread::sleep(Duration::from_millis(wait));
        run.kill(Signal::Kill);
        let ended = run.wait().status;
        died += u32::from(ended != 0);
        direct.settle().await?;
        let sql = format!("select count(*) from score_snapshots where snapshot_date = '2026-03-{:02}'", day + 1);
        let snapshots = direct.number(&sql).await?;
        let sql = format!("select count(*) from score_books where snapshot_date = '2026-03-{:02}'", day + 1);
        let books = direct.number(&sql).await?;
        ensure!(
            (snapshots, books) == (0, 0) || (snapshots, books) == (i64::try_from(ACCOUNTS)?, 1),
            "{snapshots} snapshots and {books} books after exit {ended}"
        );
    }
    ensure!(died > 0, "no run was killed in time");
    // The lock died with its holder.
    fastenr.args(["recompute", "--now", "2026-03-12T07:00:00Z"]).run().ok();
    assert_eq!(
        direct.number("select count(*) from score_snapshots where snapshot_date = '2026-03-12'").await?,
        i64::try_from(ACCOUNTS)?
    );
    Ok(())
}

/// Logins that stop for everybody are no thirty crises.
async fn held(backend: &Backend) -> Result<()> {
    let fastenr = filled(backend, 30)?;
    fastenr.args(recompute(&[])).run().ok();
    // Rows go on to come, and tell of no login.
    let mut rows = "account,metric_date,login_frequency\n".to_owned();
    for n in 0..30 {
        for day in 2..=20 {
            let _ = writeln!(rows, "S-{n},2026-03-{day:02},0");
        }
    }
    fastenr.write("stopped.csv", rows);
    fastenr.args(["metrics", "import", "stopped.csv", "--yes", "--now", "2026-03-20T06:00:00Z"]).run().ok();
    let run = fastenr.args(["recompute", "--now", "2026-03-20T07:00:00Z", "-o", "json"]).run();
    assert_eq!(run.status, 3, "{}", run.transcript());
    let report = run.json();
    ensure!(report["alerts_held"].as_u64() >= Some(30), "{report}");
    let last = run.stderr.lines().last().unwrap_or_default();
    ensure!(last.contains("HELD"), "{last}");
    Ok(())
}

async fn days_and_organizations(backend: &Backend) -> Result<()> {
    let fastenr = filled(backend, 3)?;
    let line = ["recompute", "--now", "2026-03-03T07:00:00Z", "--since", "2d", "-o", "json"];
    let days = fastenr.args(line).run().ok().json();
    let days: Vec<&str> = days.as_array().into_iter().flatten().filter_map(|day| day["as_of"].as_str()).collect();
    assert_eq!(days, ["2026-03-01", "2026-03-02", "2026-03-03"]);
    let create = ["organizations", "create", "second", "--name", "Second", "--admin", "two@example.com"];
    fastenr.args(create).run().ok();
    let all =
        fastenr.args(["recompute", "--now", "2026-03-04T07:00:00Z", "--all-organizations", "-o", "jsonl"]).run().ok();
    let names: Vec<String> =
        all.jsonl().iter().filter_map(|line| line["organization"].as_str().map(str::to_owned)).collect();
    assert_eq!(names, ["default", "second"]);
    // One that can't be done does not stop the others.
    let user = ["recompute", "--now", "2026-03-05T07:00:00Z", "--all-organizations", "--user", "two@example.com"];
    let part = fastenr.args(user).run();
    assert_eq!(part.status, 4, "{}", part.transcript());
    let last = part.stderr.lines().find(|line| line.contains("done: second"));
    ensure!(last.is_some(), "{}", part.transcript());
    Ok(())
}

/// What the documented line of cron does after some days without it.
async fn missed_nights_are_made_up_for(backend: &Backend) -> Result<()> {
    let fastenr = filled(backend, 30)?;
    // The contracts of three end 90 days after the second, the third and the fourth.
    fastenr.write(
        "ends.csv",
        "external_id,contract_end\nS-2,2026-05-31\nS-3,2026-06-01\nS-4,2026-06-02\nS-9,2026-04-20\n",
    );
    fastenr.args(["accounts", "import", "ends.csv", "--yes", "--now", DAY]).run().ok();
    let night = |day: u32| {
        let now = format!("2026-03-{day:02}T07:00:00Z");
        fastenr.args(["recompute", "--since", "7d", "--now", now.as_str()]).run().ok()
    };
    let first = night(1);
    let last = first.stderr.lines().last().unwrap_or_default();
    ensure!(last.contains("1 alert held, reason first_run (renewal_window 1)"), "{last}");
    let made_up = night(4);
    let lines: Vec<&str> = made_up.stderr.lines().filter(|line| line.contains(" opened")).collect();
    ensure!(lines.len() == 3, "{}", made_up.stderr);
    for (line, day) in lines.iter().zip(["2026-03-02", "2026-03-03", "2026-03-04"]) {
        ensure!(line.contains(&format!("as of {day}")) && line.contains("1 alert held, reason first_run"), "{line}");
    }
    let list = ["alerts", "list", "--all", "-o", "jsonl", "--now", "2026-03-04T08:00:00Z"];
    let mut open: Vec<String> = fastenr
        .args(list)
        .run()
        .ok()
        .jsonl()
        .iter()
        .map(|alert| format!("{} {}", alert["account"].as_str().unwrap_or_default(), alert["opened_on"]))
        .collect();
    open.sort();
    assert_eq!(open, ["S-2 \"2026-03-02\"", "S-3 \"2026-03-03\"", "S-4 \"2026-03-04\""]);
    Ok(())
}
