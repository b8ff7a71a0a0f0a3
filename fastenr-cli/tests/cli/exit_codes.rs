//! Each documented exit code, by every way that leads to it.

use anyhow::{Result, ensure};
use fastenr_tests::cli::{Fastenr, Signal};
use fastenr_tests::harness::{Backend, Tests};

use super::support::{Direct, content, with_accounts};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/exit_codes/0_done", done);
    tests.both("cli/exit_codes/1_failed", failed);
    tests.both("cli/exit_codes/2_usage", usage);
    tests.both("cli/exit_codes/3_rows_rejected", rejected);
    tests.both("cli/exit_codes/4_not_found", not_found);
    tests.both("cli/exit_codes/5_refused", refused);
    tests.both("cli/exit_codes/6_busy", busy);
    tests.both("cli/exit_codes/130_interrupted", interrupted);
}

const GOOD: &str = "external_id,name,arr\nA-1,Acme,1200000\nN-1,New,5\n";
const BAD_ROW: &str = "external_id,name,arr\nN-2,Newer,5\nN-3,Newest,much\n";

/// Runs each line, with its files there, and expects the code and a reason on stderr.
fn each(fastenr: &Fastenr, code: i32, lines: &[&str]) -> Result<()> {
    fastenr.write("good.csv", GOOD);
    fastenr.write("bad.csv", BAD_ROW);
    fastenr.write("no_key.csv", "name\nAcme\n");
    fastenr.write("broken.toml", "[columns\n");
    for line in lines {
        let output = fastenr.args(line.split(' ')).run().code(code);
        let explained = output.stderr.contains("error: ");
        ensure!(explained == !matches!(code, 0 | 3), "{}", output.transcript());
    }
    Ok(())
}

async fn done(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    each(
        &fastenr,
        0,
        &[
            "accounts list",
            "accounts list --status active --search nothing",
            "accounts import good.csv --dry-run",
            "accounts import good.csv",
            "accounts import good.csv",
            "accounts update A-1 --arr 7",
            "accounts archive A-1",
            "accounts archive A-1",
            "accounts restore A-1",
            "accounts export",
            "users list",
            "organizations list",
            "db status",
            "db check",
            "db migrate",
            "help exit-codes",
            "--help",
            "--version",
        ],
    )
}

async fn failed(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let before = content(&fastenr);
    each(
        &fastenr,
        1,
        &[
            "accounts import bad.csv",
            "accounts import bad.csv --dry-run",
            "accounts import bad.csv --on-error skip --reject-limit 0",
            "accounts import missing.csv",
            "accounts export missing/folder/a.csv",
        ],
    )?;
    assert_eq!(content(&fastenr), before);
    Ok(())
}

async fn usage(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let before = content(&fastenr);
    each(
        &fastenr,
        2,
        &[
            "accounts lst",
            "accounts list --colour red",
            "accounts list --status lost",
            "accounts list --page 1 --all",
            "accounts update A-1",
            "accounts update A-1 --arr much",
            "accounts update A-1 --set unheard=1",
            "accounts import good.csv --mode replace",
            "accounts import good.csv --mapping broken.toml",
            "accounts import no_key.csv",
            "accounts export a.xlsx",
            "accounts list --lock-timeout soon",
            "accounts list --now yesteryear",
            "completions cmd",
            "help nothing",
        ],
    )?;
    assert_eq!(content(&fastenr), before);
    std::fs::create_dir_all(fastenr.dir().join("home/.config/fastenr"))?;
    fastenr.write("home/.config/fastenr/config.toml", "colour = 'red'\n");
    fastenr.args(["accounts", "list"]).run().code(2).matches(snapbox::str![[r#"
$ fastenr accounts list
-- stderr
error: [DIR]/home/.config/fastenr/config.toml: TOML parse error at line 1, column 1
  |
1 | colour = 'red'
  | ^^^^^^
unknown field `colour`, expected one of `database`, `organization`, `user`, `output`, `color`, `quiet`, `verbose`, `lock-timeout`
hint: its keys are the names of the global options, see `fastenr help config`
-- exit 2

"#]]);
    Ok(())
}

async fn rejected(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    each(
        &fastenr,
        3,
        &[
            "accounts import bad.csv --on-error skip --dry-run",
            "accounts import bad.csv --on-error skip",
            "accounts import bad.csv --on-error skip --reject-limit 1",
        ],
    )
}

async fn not_found(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let before = content(&fastenr);
    each(
        &fastenr,
        4,
        &[
            "accounts get Acne",
            "accounts update Acne --arr 1",
            "accounts archive Acne",
            "accounts restore 01890000-0000-7000-8000-000000000000",
            "accounts update A-1 --owner nobody@example.com",
            "accounts update A-1 --parent Acne",
            "accounts list --owner nobody@example.com",
            "users update nobody@example.com --role read",
            "organizations update nowhere --name x",
            "accounts list --organization nowhere",
            "accounts list --user nobody@example.com",
            "accounts list --database nowhere.db",
        ],
    )?;
    fastenr.args(["accounts", "create", "Acme"]).run().ok();
    each(&fastenr, 4, &["accounts get Acme"])?;
    fastenr.args(["accounts", "archive", "acme.example"]).run().ok();
    assert_eq!(content(&fastenr).len(), before.len());
    Ok(())
}

async fn refused(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    fastenr.args(["users", "create", "eve@example.com", "--name", "Eve", "--role", "read"]).run().ok();
    let before = content(&fastenr);
    each(
        &fastenr,
        5,
        &[
            "accounts update A-1 --arr 1 --if-version 9",
            "accounts create Twin --external-id A-1",
            "accounts import good.csv --missing archive",
            "accounts import good.csv --user eve@example.com",
            "accounts update A-1 --arr 1 --user eve@example.com",
            "users update jo@example.com --deactivate",
            "users create jo@example.com --name Twin",
            "organizations create default --name Twin --admin jo@example.com",
            "serve --no-auth --listen 0.0.0.0:0",
        ],
    )?;
    assert_eq!(content(&fastenr), before);
    Ok(())
}

async fn busy(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let before = content(&fastenr);
    let held = Direct::hold_lock(backend).await?;
    each(&fastenr, 6, &["accounts import good.csv --lock-timeout 1s"])?;
    fastenr.args(["accounts", "update", "A-1", "--arr", "1", "--lock-timeout", "1s"]).run().code(6).matches(
        snapbox::str![[r#"
$ fastenr accounts update A-1 --arr 1 --lock-timeout 1s
-- stderr
error: another run holds the lock; waited 1 s, nothing was written
hint: try again when it is done, or wait longer with --lock-timeout
-- exit 6

"#]],
    );
    // Readers wait for nobody.
    assert_eq!(content(&fastenr), before);
    held.close().await?;
    fastenr.args(["accounts", "update", "A-1", "--arr", "1", "--lock-timeout", "1s"]).run().ok();
    Ok(())
}

/// Whoever waits for a lock can be asked to stop.
async fn interrupted(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let before = content(&fastenr);
    let held = Direct::hold_lock(backend).await?;
    for signal in [Signal::Interrupt, Signal::Terminate] {
        let waiting = fastenr.args(["accounts", "update", "A-1", "--arr", "1"]).spawn();
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        waiting.kill(signal);
        let output = waiting.wait().code(130);
        let last = output.stderr.lines().last().unwrap_or_default();
        assert_eq!(last, "error: interrupted; the unit in progress was rolled back", "{signal:?}");
    }
    held.close().await?;
    assert_eq!(content(&fastenr), before);
    Ok(())
}
