//! Several commands at once.

use std::time::Duration;

use anyhow::{Result, ensure};
use fastenr_tests::harness::{Backend, Tests};

use super::support::{Direct, book, content, ledger, migrated, total, with_accounts};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/concurrency/two_imports_of_overlapping_files", overlapping_imports);
    tests.both("cli/concurrency/a_slow_pipe_holds_up_nobody", a_slow_pipe);
    tests.both("cli/concurrency/a_waiting_writer_gets_its_turn", a_waiting_writer);
    tests.both("cli/concurrency/many_small_writers", many_small_writers);
    tests.empty().both("cli/concurrency/first_use_by_several_at_once", first_use);
}

async fn overlapping_imports(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.write("first.csv", book(0, 6_000, 1));
    fastenr.write("second.csv", book(3_000, 6_000, 2));
    let start = |file| fastenr.args(["accounts", "import", file, "-o", "json"]).spawn();
    let running = [start("first.csv"), start("second.csv")];
    let reports = running.map(|import| ledger(&import.wait().ok().json()));
    let [first, second] = &reports;
    for [rows, created, updated, unchanged, skipped, rejected] in &reports {
        assert_eq!((*rows, created + updated, unchanged + skipped + rejected), (6_000, 6_000, 0), "{reports:?}");
    }
    assert_eq!(first[1] + second[1], 9_000, "each account was created once: {reports:?}");
    let mut direct = Direct::open(backend).await?;
    assert_eq!(direct.number("select count(*) from accounts").await?, 9_000);
    assert_eq!(direct.number("select count(distinct external_id) from accounts").await?, 9_000);
    // Whoever came second wrote last, wholly.
    let shared = "select count(distinct arr) from accounts where external_id between 'B-0003000' and 'B-0005999'";
    assert_eq!(direct.number(shared).await?, 1);
    assert_eq!(
        direct.number("select count(*) from operations where status = 'done' and kind = 'accounts.import'").await?,
        2
    );
    Ok(())
}

/// Rows that come slowly are waited for outside of any lock.
async fn a_slow_pipe(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let file = book(0, 4_000, 1);
    let (head, tail) = file.split_at(file.len() / 2);
    let mut import = fastenr.args(["accounts", "import", "-", "-o", "json"]).open_stdin().spawn();
    import.feed(head);
    for arr in ["1", "2"] {
        // A writer that had to wait for a second would give up.
        let update = ["accounts", "update", "A-1", "--arr", arr, "--lock-timeout", "1s", "-q"];
        fastenr.args(update).run().ok();
    }
    import.feed(tail);
    import.end_input();
    assert_eq!(ledger(&import.wait().ok().json()), [4_000, 4_000, 0, 0, 0, 0]);
    assert_eq!(total(&fastenr), 4_005);
    assert_eq!(content(&fastenr)[0]["arr"], 2);
    Ok(())
}

async fn a_waiting_writer(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let held = Direct::hold_lock(backend).await?;
    let waiting = fastenr.args(["accounts", "update", "A-1", "--arr", "7", "--lock-timeout", "30s"]).spawn();
    fastenr.write("book.csv", book(0, 100, 1));
    let importing = fastenr.args(["accounts", "import", "book.csv", "--lock-timeout", "30s"]).spawn();
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(total(&fastenr), 5, "readers don't wait");
    held.close().await?;
    waiting.wait().ok();
    importing.wait().ok();
    assert_eq!(total(&fastenr), 105);
    assert_eq!(fastenr.args(["accounts", "get", "A-1", "-o", "json"]).run().ok().json()["arr"], 7);
    Ok(())
}

/// No write is lost: each either counts a version up or is told that it came too late.
async fn many_small_writers(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let version = || {
        let account = fastenr.args(["accounts", "get", "A-1", "-o", "json"]).run().ok().json();
        account["version"].as_i64().unwrap_or_default()
    };
    let before = version();
    let writers: Vec<_> = (0..8)
        .map(|n| fastenr.args(["accounts", "update", "A-1", "--custom", &format!("writer_{n}=x"), "-q"]).spawn())
        .collect();
    for writer in writers {
        writer.wait().ok();
    }
    assert_eq!(version(), before + 8);
    let account = fastenr.args(["accounts", "get", "A-1", "-o", "json"]).run().ok().json();
    assert_eq!(account["custom_fields"].as_object().map(serde_json::Map::len), Some(9), "{account}");

    let guarded: Vec<_> = ["1", "2", "3", "4"]
        .map(|arr| {
            let expected = (before + 8).to_string();
            fastenr.args(["accounts", "update", "A-1", "--arr", arr, "--if-version", &expected]).spawn()
        })
        .into_iter()
        .map(|writer| writer.wait().status)
        .collect();
    ensure!(guarded.iter().filter(|status| **status == 0).count() == 1, "{guarded:?}");
    ensure!(guarded.iter().all(|status| matches!(status, 0 | 5)), "{guarded:?}");
    assert_eq!(version(), before + 9);
    Ok(())
}

async fn first_use(backend: &Backend) -> Result<()> {
    let fastenr = fastenr_tests::cli::Fastenr::new(backend);
    let migrations: Vec<_> = (0..3).map(|_| fastenr.args(["db", "migrate"]).spawn()).collect();
    for migration in migrations {
        migration.wait().ok();
    }
    fastenr.args(["db", "check"]).run().ok();
    assert_eq!(fastenr.args(["users", "list", "-o", "jsonl"]).run().ok().jsonl().len(), 1);
    Ok(())
}
