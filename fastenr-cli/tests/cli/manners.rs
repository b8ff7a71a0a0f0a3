//! The manners of a command: usage errors, silence, colours, pipes that close, nobody to answer.

use anyhow::{Result, ensure};
use fastenr_tests::harness::{Backend, Kind, Tests};

use super::support::{book, migrated, shell, total, with_accounts};

pub(super) fn register(tests: &mut Tests) {
    tests.sqlite("cli/manners/usage_errors", usage_errors);
    tests.both("cli/manners/unknown_values_of_filters", unknown_values);
    tests.both("cli/manners/quiet_leaves_only_errors", quiet);
    tests.both("cli/manners/colours_where_asked", colours);
    tests.both("cli/manners/nothing_asks_without_a_terminal", nothing_asks);
    tests.both("cli/manners/a_closed_pipe_is_no_failure", a_closed_pipe);
    tests.both("cli/manners/a_full_disk_is_one", a_full_disk);
    tests.sqlite("cli/manners/the_log_goes_to_stderr", the_log);
}

async fn usage_errors(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let usage = |words: &[&str]| fastenr.args(words).run().code(2);
    usage(&["accounts", "lst"]).matches(snapbox::str![[r#"
$ fastenr accounts lst
-- stderr
error: unrecognized subcommand 'lst'

  tip: a similar subcommand exists: 'list'

Usage: fastenr accounts [OPTIONS] <COMMAND>

For more information, try '--help'.
-- exit 2

"#]]);
    usage(&["accounts", "list", "--statu", "active"]).matches(snapbox::str![[r#"
$ fastenr accounts list --statu active
-- stderr
error: unexpected argument '--statu' found

  tip: a similar argument exists: '--status'

Usage: fastenr accounts list --status <A,B>

For more information, try '--help'.
-- exit 2

"#]]);
    usage(&["accounts", "list", "-o", "xml"]).matches(snapbox::str![[r#"
$ fastenr accounts list -o xml
-- stderr
error: invalid value 'xml' for '--output <FORMAT>'
  [possible values: table, json, jsonl, csv]

For more information, try '--help'.
-- exit 2

"#]]);
    usage(&["accounts", "import"]).matches(snapbox::str![[r#"
$ fastenr accounts import
-- stderr
error: the following required arguments were not provided:
  <FILE>

Usage: fastenr accounts import <FILE>

For more information, try '--help'.
-- exit 2

"#]]);
    usage(&["accounts", "list", "--page", "0"]).matches(snapbox::str![[r#"
$ fastenr accounts list --page 0
-- stderr
error: page "0": pages are numbered from 1
-- exit 2

"#]]);
    usage(&["accounts", "list", "--limit", "1001"]).matches(snapbox::str![[r#"
$ fastenr accounts list --limit 1001
-- stderr
error: limit "1001": a page has 1 to 1000 rows
-- exit 2

"#]]);
    usage(&["accounts", "list", "--sort", "colour"]).matches(snapbox::str![[r#"
$ fastenr accounts list --sort colour
-- stderr
error: sort "colour": accounts are sorted by one of name, arr, health_score, churn_risk_score, contract_end, updated_at, id
-- exit 2

"#]]);
    usage(&["accounts", "list", "--fields", "name,helth_score"]).matches(snapbox::str![[r#"
$ fastenr accounts list --fields name,helth_score
-- stderr
error: accounts have no field "helth_score"
hint: did you mean health_score or health_coverage?
-- exit 2

"#]]);
    usage(&["accounts", "list", "--now", "soon"]).matches(snapbox::str![[r#"
$ fastenr accounts list --now soon
-- stderr
error: now "soon": not a date: did you mean noon? Examples: tomorrow, friday, +3d, 'in 2 weeks' or a date written YYYY-MM-DD
-- exit 2

"#]]);
    usage(&["accounts", "list", "--database", "mysql://localhost/x"]).matches(snapbox::str![[r#"
$ fastenr accounts list --database mysql://localhost/x
-- stderr
error: unsupported database "mysql://"
hint: use a path or sqlite:///path for SQLite, postgres://user@host/name for PostgreSQL
-- exit 2

"#]]);
    usage(&["help", "nothing"]).matches(snapbox::str![[r#"
$ fastenr help nothing
-- stderr
error: there is no command or topic "nothing"
hint: `fastenr --help` lists the commands; topics are exit-codes, config, dates and texts
-- exit 2

"#]]);
    Ok(())
}

async fn unknown_values(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let list = |code, flags: &[&str]| fastenr.args([&["accounts", "list"], flags].concat()).run().code(code);
    list(2, &["--status", "at_rsk"]).matches(snapbox::str![[r#"
$ fastenr accounts list --status at_rsk
-- stderr
error: status "at_rsk": status is one of active, churned, at_risk, onboarding (did you mean at_risk?)
-- exit 2

"#]]);
    list(2, &["--size", "huge"]).matches(snapbox::str![[r#"
$ fastenr accounts list --size huge
-- stderr
error: size "huge": size is one of startup, small, medium, large, enterprise
-- exit 2

"#]]);
    list(2, &["--band", "amber"]).matches(snapbox::str![[r#"
$ fastenr accounts list --band amber
-- stderr
error: band "amber": band is one of healthy, moderate, concern, critical, insufficient_data, onboarding, churned
-- exit 2

"#]]);
    list(2, &["--renews-within", "soon"]).matches(snapbox::str![[r#"
$ fastenr accounts list --renews-within soon
-- stderr
error: invalid value 'soon' for '--renews-within <TIME>': a time is a number of days, weeks, months or years, such as 90d, 2w, 3m or 1y, and at most a century

For more information, try '--help'.
-- exit 2

"#]]);
    list(2, &["--arr-min", "much"]).matches(snapbox::str![[r#"
$ fastenr accounts list --arr-min much
-- stderr
error: arr_min "much": ARR is a decimal number such as 50000 or 50000.50
-- exit 2

"#]]);
    list(4, &["--owner", "joe@example.com"]).matches(snapbox::str![[r#"
$ fastenr accounts list --owner joe@example.com
-- stderr
error: no user is called "joe@example.com"
hint: did you mean jo@example.com or ann@example.com?
-- exit 4

"#]]);
    list(4, &["--parent", "Acne"]).matches(snapbox::str![[r#"
$ fastenr accounts list --parent Acne
-- stderr
error: no account is called "Acne"
hint: did you mean Acme?
-- exit 4

"#]]);
    Ok(())
}

async fn quiet(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    for words in [
        &["accounts", "list", "-q"][..],
        &["accounts", "update", "A-1", "--arr", "5", "-q"],
        &["accounts", "export", "-q"],
        &["db", "status", "--quiet"],
    ] {
        let output = fastenr.args(words).run().ok();
        ensure!(output.stderr.is_empty() && !output.stdout.is_empty(), "{}", output.transcript());
    }
    let failed = fastenr.args(["accounts", "get", "Acne", "-q"]).run().code(4);
    ensure!(failed.stderr.starts_with("error: "), "{}", failed.transcript());
    Ok(())
}

async fn colours(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let coloured = |call: fastenr_tests::cli::Call| call.run().ok().stdout.contains('\u{1b}');
    let list = |flags: &[&str]| fastenr.args([&["accounts", "list"], flags].concat());
    ensure!(!coloured(list(&[])), "a pipe is not coloured");
    ensure!(coloured(list(&["--color", "always"])));
    ensure!(!coloured(list(&["--color", "never"]).env("CLICOLOR_FORCE", "1")));
    ensure!(!coloured(list(&[]).env("NO_COLOR", "1").env("TERM", "xterm-256color")));
    ensure!(!coloured(list(&["--color", "always", "-o", "json"])), "JSON is never coloured");
    ensure!(!coloured(list(&["--color", "always", "-o", "csv"])), "CSV is never coloured");
    Ok(())
}

/// Standard input stays open, as under a scheduler that forgot it: whoever asks and waits runs into the time limit.
async fn nothing_asks(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let run = |words: &[&str]| fastenr.args(words).open_stdin().spawn().wait();
    run(&["accounts", "archive", "A-5"]).ok();
    assert_eq!(total(&fastenr), 4);
    fastenr.write("one.csv", "external_id,name\nA-1,Acme\n");
    let wide = ["accounts", "import", "one.csv", "--missing", "archive"];
    run(&wide).code(5).matches(snapbox::str![[r#"
$ fastenr accounts import one.csv --missing archive
-- stderr
error: confirmation needed, but this is not a terminal: Archive all accounts that are missing from one.csv?
hint: nothing was written; --yes confirms
-- exit 5

"#]]);
    assert_eq!(total(&fastenr), 4);
    let wide = [&wide[..], &["--max-missing", "75%"]].concat();
    run(&[&wide[..], &["--dry-run"]].concat()).ok().matches(snapbox::str![[r#"
$ fastenr accounts import one.csv --missing archive --max-missing 75% --dry-run
1 row: 1 unchanged; 3 accounts archived (dry run: nothing was written)
-- exit 0

"#]]);
    assert_eq!(total(&fastenr), 4);
    run(&[&wide[..], &["--yes"]].concat()).ok().matches(snapbox::str![[r#"
$ fastenr accounts import one.csv --missing archive --max-missing 75% --yes
1 row: 1 unchanged; 3 accounts archived
-- exit 0

"#]]);
    assert_eq!(total(&fastenr), 1);
    Ok(())
}

async fn a_closed_pipe(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    // More than a pipe holds.
    fastenr.args(["accounts", "import", "-"]).stdin(book(1, 3_000, 10)).run().ok();
    for command in
        ["accounts export", "accounts list --all", "accounts list --all -o json", "accounts list --all -o csv"]
    {
        let script = format!("{{ \"$FASTENR\" {command} 2>said; echo $? >code; }} | head -c 100");
        let output = shell(&fastenr, &script).ok();
        assert_eq!(output.stdout.len(), 100, "{}", output.transcript());
        assert_eq!(fastenr.read("code"), "0\n", "{command}");
        assert_eq!(fastenr.read("said"), "", "{command} ends quietly");
    }
    let script = "{ \"$FASTENR\" help markdown 2>said; echo $? >code; } | true";
    shell(&fastenr, script);
    assert_eq!((fastenr.read("code"), fastenr.read("said")), ("0\n".to_owned(), String::new()));
    Ok(())
}

async fn a_full_disk(backend: &Backend) -> Result<()> {
    if !std::path::Path::new("/dev/full").exists() {
        return Ok(());
    }
    let fastenr = with_accounts(backend);
    for command in ["accounts export", "accounts list", "accounts get A-1", "help exit-codes", "completions bash"] {
        let output = shell(&fastenr, &format!("\"$FASTENR\" {command} > /dev/full")).code(1);
        ensure!(
            output.stderr.contains("error: writing to stdout: the disk is full"),
            "{command}: {}",
            output.transcript()
        );
    }
    Ok(())
}

async fn the_log(backend: &Backend) -> Result<()> {
    assert_eq!(backend.kind, Kind::Sqlite);
    let fastenr = with_accounts(backend);
    let plain = fastenr.args(["accounts", "list", "-o", "json"]).run().ok();
    let logged = fastenr.args(["accounts", "list", "-o", "json", "-vv"]).run().ok();
    assert_eq!(plain.stdout, logged.stdout);
    ensure!(logged.stderr.contains("select "), "{}", logged.stderr);
    Ok(())
}
