//! Disks that are full, files that can't be written: what is wrong is named with its path, nothing half is left, and what only reads
//! still does. `tests/opinions/full_disk.py` tries the same on a file system that is really full.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use fastenr_tests::cli::{Fastenr, Output, binary};
use fastenr_tests::harness::{Backend, Tests};

use super::support::{book, migrated, shell, total, with_accounts};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/disk/files_that_grow_too_large", too_large);
    tests.sqlite("cli/disk/a_folder_that_can_not_be_written", read_only);
    tests.postgres("cli/disk/a_database_that_is_read_only", a_standby);
}

/// As many blocks of 512 bytes as SQLite needs for the files beside its own, and a few more.
const LIMITED: &str = "ulimit -f 200 && ";

async fn too_large(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.args(["accounts", "import", "-"]).stdin(book(0, 3_000, 1)).run().ok();
    fastenr.write("large.bin", vec![b'x'; 300_000]);
    fastenr.args(["engagements", "create", "--account", "B-0000001", "--type", "call", "--title", "Hello"]).run().ok();
    fastenr.args(["engagements", "attach", "Hello", "large.bin"]).run().ok();
    let before = names(&fastenr)?;
    let lines = [
        ("accounts export out.csv", "writing out.csv"),
        ("accounts export out.jsonl", "writing out.jsonl"),
        ("accounts bulk-update --status active --set seats=5 --dry-run --plan plan.json", "writing plan.json"),
        ("engagements fetch Hello large.bin out.bin", "writing out.bin"),
        ("accounts list --all -o csv > out.txt; code=$?; rm -f out.txt; exit $code", "writing to stdout"),
    ];
    for (line, told) in lines {
        let output = shell(&fastenr, &format!("{LIMITED} \"$FASTENR\" {line}")).code(1);
        let words = format!("error: {told}: no larger file may be made there");
        ensure!(output.stderr.contains(&words), "{}", output.transcript());
        assert_eq!(names(&fastenr)?, before, "{line} left something");
    }
    let full = shell(&fastenr, "\"$FASTENR\" accounts list > /dev/full").code(1);
    ensure!(full.stderr.contains("error: writing to stdout: the disk is full"), "{}", full.transcript());
    if backend.url.starts_with("sqlite") {
        let backup = shell(&fastenr, &format!("{LIMITED} \"$FASTENR\" db backup copy.db")).code(1);
        ensure!(backup.stderr.contains("copy.db: "), "{}", backup.transcript());
        assert_eq!(names(&fastenr)?, before);
        // A write that does not fit is told with the database's path, and nothing of it is kept.
        fastenr.write("more.csv", book(3_000, 3_000, 1));
        let line = format!("{LIMITED} \"$FASTENR\" accounts import more.csv");
        let import = shell(&fastenr, &line).code(1);
        ensure!(import.stderr.contains("error: ") && import.stderr.contains("fastenr.db"), "{}", import.transcript());
    }
    assert_eq!(total(&fastenr), 3_000);
    Ok(())
}

fn names(fastenr: &Fastenr) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(fastenr.dir())? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.retain(|name| !name.starts_with("fastenr.db-"));
    names.sort();
    Ok(names)
}

/// The command as somebody whom the modes of files hold: root is not. None where there is no way.
fn as_anybody(fastenr: &Fastenr) -> Result<Option<Fastenr>> {
    let id = Command::new("id").arg("-u").output()?;
    if id.stdout != b"0\n" {
        return Ok(Some(fastenr.clone()));
    }
    let way = "setpriv --reuid=65534 --regid=65534 --clear-groups";
    let tried = Command::new("sh").args(["-c", &format!("{way} true")]).output()?;
    if !tried.status.success() {
        return Ok(None);
    }
    // Where that user can get at it.
    let program = fastenr.dir().join("fastenr");
    fs::copy(binary()?, &program)?;
    let script = fastenr.write("anybody.sh", format!("#!/bin/sh\nexec {way} {} \"$@\"\n", program.display()));
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    fs::set_permissions(fastenr.dir(), fs::Permissions::from_mode(0o755))?;
    Ok(Some(fastenr.clone().program(script).env("TMPDIR", "/tmp")))
}

async fn read_only(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let shelf = backend.path("shelf");
    fs::create_dir(&shelf)?;
    fastenr.args(["db", "backup", "shelf/fastenr.db"]).run().ok();
    let mode = |path: &std::path::Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode));
    mode(&shelf.join("fastenr.db"), 0o444)?;
    mode(&shelf, 0o555)?;
    let Some(anybody) = as_anybody(&fastenr)? else { return Ok(()) };
    let path = shelf.join("fastenr.db").display().to_string();
    let run = |words: &[&str]| -> Output { anybody.args([&["--database", &path], words].concat()).run() };
    for words in [
        &["accounts", "list"][..],
        &["accounts", "get", "A-1", "-o", "json"],
        &["accounts", "export"],
        &["accounts", "timeline", "A-1"],
        &["health", "summary"],
        &["arr", "summary", "--period", "2026"],
        &["activity", "list"],
        &["operations", "list"],
        &["db", "status"],
        &["db", "check"],
    ] {
        run(words).ok();
    }
    for words in [
        &["accounts", "create", "New"][..],
        &["accounts", "update", "A-1", "--arr", "1"],
        &["accounts", "import", "-"],
        &["accounts", "bulk-archive", "--status", "active", "--yes"],
        &["segments", "create", "x", "--status", "active"],
        &["recompute"],
        &["operations", "undo", "--yes"],
        &["serve", "--listen", "127.0.0.1:0", "--no-auth"],
        &["db", "backup", "shelf/copy.db"],
        // It would wait for what it can't see.
        &["activity", "list", "--follow"],
    ] {
        let output = anybody.args([&["--database", &path], words].concat()).stdin("external_id,name\nN-1,New\n").run();
        ensure!(output.status != 0 && !output.stderr.contains("panicked"), "{}", output.transcript());
        if words[0] != "operations" {
            let error = output.stderr.lines().find(|line| line.starts_with("error: ")).context("no error")?;
            ensure!(error.contains("shelf"), "{}", output.transcript());
        }
    }
    // The folder alone can't be written, and nobody else has the file open.
    mode(&shelf.join("fastenr.db"), 0o666)?;
    run(&["accounts", "list"]).ok();
    let refused = run(&["accounts", "create", "New"]).code(1);
    ensure!(refused.stderr.contains(&format!("{path}: its folder may not be written")), "{}", refused.transcript());
    // The file alone can't be written.
    mode(&shelf, 0o777)?;
    mode(&shelf.join("fastenr.db"), 0o444)?;
    run(&["accounts", "list"]).ok();
    let refused = run(&["accounts", "create", "New"]).code(1);
    ensure!(refused.stderr.contains(&format!("{path}: the database is read-only")), "{}", refused.transcript());
    Ok(())
}

async fn a_standby(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let read_only = format!("{}&options[default_transaction_read_only]=on", backend.url);
    let standby = fastenr.clone().env("FASTENR_DATABASE_URL", read_only);
    for words in [&["accounts", "list"][..], &["accounts", "export"], &["db", "check"], &["activity", "list"]] {
        standby.args(words).run().ok();
    }
    for words in [&["accounts", "create", "New"][..], &["accounts", "update", "A-1", "--arr", "1"], &["recompute"]] {
        let output = standby.args(words).run().code(1);
        ensure!(output.stderr.contains("the database is read-only, as a standby is"), "{}", output.transcript());
    }
    Ok(())
}
