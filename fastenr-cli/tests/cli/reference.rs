//! Help in all its forms; the reference is compared whole.

use std::fs;

use anyhow::{Result, ensure};
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::Tests;

pub(super) fn register(tests: &mut Tests) {
    tests.plain("cli/reference/is_what_docs_cli_md_says", is_current);
    tests.plain("cli/reference/exit_codes", exit_codes);
    tests.plain("cli/reference/help_of_a_command", help_of_a_command);
    tests.plain("cli/reference/completions", completions);
    tests.plain("cli/reference/manual_pages", manual_pages);
}

/// `SNAPSHOTS=overwrite` writes the file anew.
fn is_current() -> Result<()> {
    let reference = Fastenr::without_database().args(["help", "markdown"]).run().ok().stdout;
    let compare = snapbox::Assert::new().action_env(snapbox::assert::DEFAULT_ACTION_ENV).normalize_paths(false);
    compare.eq(snapbox::Data::from(reference).raw(), snapbox::file!["../../../docs/cli.md"].raw());
    Ok(())
}

fn exit_codes() -> Result<()> {
    let fastenr = Fastenr::without_database();
    fastenr.args(["help", "exit-codes"]).run().ok().matches(snapbox::str![[r#"
$ fastenr help exit-codes
Exit codes:
    0  done; also when the reader of a pipe closes it early
    1  failed; the transaction in progress was rolled back
    2  usage: an argument, the configuration or a value breaks a rule
    3  done, but rows were rejected or the guard holds alerts
    4  not found, or several records match the name
    5  refused by a guard: the state of the data forbids it; or partly done, with the skipped parts listed
    6  busy: another run holds the lock; retry later
    7  critical alerts are open (only if the command was asked to report this)
  130  interrupted by a signal; the transaction in progress was rolled back
-- exit 0

"#]]);
    Ok(())
}

fn help_of_a_command() -> Result<()> {
    let fastenr = Fastenr::without_database();
    let by_noun = fastenr.args(["help", "accounts", "archive"]).run().ok().stdout;
    let by_habit = fastenr.args(["help", "account", "archive"]).run().ok().stdout;
    assert_eq!(by_habit, by_noun);
    let by_flag = fastenr.args(["accounts", "archive", "--help"]).run().ok().stdout;
    assert_eq!(by_noun.trim_end(), by_flag.trim_end());
    fastenr.args(["--version"]).run().ok().matches(snapbox::str![[r#"
$ fastenr --version
fastenr [VERSION]
-- exit 0

"#]]);
    // Help is had without a database, and makes none.
    assert_eq!(fs::read_dir(fastenr.dir().join("home"))?.count(), 0);
    Ok(())
}

fn completions() -> Result<()> {
    let fastenr = Fastenr::without_database();
    for (shell, mark) in
        [("bash", "complete -F _fastenr"), ("zsh", "#compdef fastenr"), ("fish", "complete -c fastenr")]
    {
        let script = fastenr.args(["completions", shell]).run().ok();
        ensure!(script.stdout.contains(mark), "{shell}: {}", script.stdout);
        ensure!(script.stderr.is_empty(), "{shell}: {}", script.stderr);
    }
    let bash = fastenr.args(["completions", "bash"]).run().ok();
    for word in ["accounts", "--renews-within", "--on-error"] {
        ensure!(bash.stdout.contains(word), "bash completes {word}");
    }
    fastenr.args(["completions", "cmd"]).run().code(2);
    Ok(())
}

fn manual_pages() -> Result<()> {
    let fastenr = Fastenr::without_database();
    let page = fastenr.args(["man"]).run().ok().stdout;
    ensure!(page.contains(".TH fastenr 1") && page.contains("Manage customer success data"), "{page}");
    fastenr.args(["man", "man1"]).run().ok();
    let pages: Vec<String> = fs::read_dir(fastenr.dir().join("man1"))?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_>>()?;
    for expected in ["fastenr.1", "fastenr-accounts-import.1", "fastenr-db-backup.1"] {
        ensure!(pages.iter().any(|page| page == expected), "{expected} is not among {pages:?}");
    }
    Ok(())
}
