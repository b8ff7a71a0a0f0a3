//! What hands type out of habit works, and a word that belongs elsewhere is answered with the command that exists.

use anyhow::{Result, ensure};
use fastenr_tests::harness::{Backend, Tests};
use serde_json::{Value as Json, json};

use super::support::migrated;

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/habits/other_names", other_names);
    tests.both("cli/habits/whoami", whoami);
    tests.both("cli/habits/doctor", doctor);
    tests.both("cli/habits/a_noun_alone_prints_help", a_noun_alone);
}

async fn other_names(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let run = |line: &str| fastenr.args(line.split(' ')).run();
    run("account new Acme --external-id A-1").ok();
    run("customer add Bolt --external-id A-2").ok();
    assert_eq!(run("accounts ls --json -n 1").ok().json()["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(run("accounts show A-1 --json").ok().json()["name"], "Acme");
    run("account edit A-1 --set name=Acme2").ok();
    run("account rm A-1 --yes").ok();
    assert_eq!(run("accounts ls --json").ok().json()["total"], 1);
    for (line, tip) in [
        ("accounts search acme", "fastenr accounts list --search"),
        ("undo 1", "fastenr operations undo"),
        ("explain A-1", "fastenr health explain"),
    ] {
        let refused = run(line).code(2);
        ensure!(refused.stderr.contains(&format!("tip: this command exists: {tip}\n")), "{}", refused.transcript());
    }
    Ok(())
}

async fn whoami(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let nobody = fastenr.args(["whoami"]).run().ok();
    ensure!(nobody.stderr.contains("name one with --user EMAIL or FASTENR_USER"), "{}", nobody.transcript());
    fastenr.args(["users", "create", "jo@example.com", "--name", "Jo", "--role", "write"]).run().ok();
    fastenr.args(["organizations", "update", "default", "--time-zone", "Asia/Tokyo"]).run().ok();
    let jo = fastenr.args(["whoami", "--user", "jo@example.com", "-o", "json"]).run().ok();
    let told = jo.json();
    assert_eq!(
        (&told["user"], &told["role"], &told["chosen"]),
        (&"jo@example.com".into(), &"write".into(), &true.into())
    );
    assert_eq!((&told["organization"], &told["now"]), (&"default".into(), &"2026-03-01T16:00:00".into()));
    fastenr.args(["whoami", "--user", "no@example.com"]).run().code(4);
    let user = fastenr.args(["user", "show", "Jo", "--fields", "email,role", "--json"]).run().ok();
    assert_eq!(user.stdout, "{\"email\":\"jo@example.com\",\"role\":\"write\"}\n");
    Ok(())
}

async fn doctor(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let run = |day: &str, line: &str| {
        let now = format!("{day}T06:00:00Z");
        fastenr.args(["--now", &now].into_iter().chain(line.split(' '))).run()
    };
    let new = run("2026-03-01", "doctor -o json").ok().json();
    assert_eq!((&new["problems"], &new["last_scored"], &new["pending"]), (&json!([]), &Json::Null, &json!([])));
    run("2026-03-01", "accounts create Acme --external-id a").ok();
    let days = (15..=28).map(|day| format!("a,2026-02-{day},3,0\n")).collect::<String>();
    let file = backend.dir.path().join("metrics.csv");
    std::fs::write(&file, format!("account,metric_date,login_frequency,support_tickets\n{days}"))?;
    run("2026-03-01", &format!("metrics import {} --yes", file.display())).ok();
    let unscored = run("2026-03-01", "doctor").code(1);
    ensure!(unscored.stdout.contains("no day was scored yet: run `fastenr recompute`"), "{}", unscored.transcript());
    run("2026-03-01", "recompute").ok();
    let well = run("2026-03-02", "doctor -o json").ok().json();
    assert_eq!((&well["last_scored"], &well["last_usage"]), (&json!("2026-03-01"), &json!("2026-02-28")));
    assert_eq!((&well["last_tickets"], &well["running"]), (&json!("2026-02-28"), &json!([])));
    let stale = run("2026-03-04", "doctor -o json").code(1);
    let silent = |feed: &str| {
        format!(
            "the {feed} feed was daily and has had no rows for 4 days: import the days since with \
             `fastenr metrics import FILE`"
        )
    };
    assert_eq!(
        stale.json()["problems"],
        json!([
            "the last scored day is 2026-03-01: run `fastenr recompute --since 2026-03-02`",
            silent("usage"),
            silent("support")
        ])
    );
    ensure!(stale.stderr.contains("3 problems were found"), "{}", stale.transcript());
    // The way out works as it stands.
    run("2026-03-04", "recompute --since 2026-03-02").ok();
    assert_eq!(run("2026-03-04", "doctor -o json").code(1).json()["last_scored"], "2026-03-04");
    Ok(())
}

/// Whatever the environment says, which is no part of what was typed.
async fn a_noun_alone(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend).env("FASTENR_USER", "jo@example.com");
    for (line, usage) in [
        (&[][..], "Usage: fastenr [OPTIONS] <COMMAND>"),
        (&["accounts"], "Usage: fastenr accounts [OPTIONS] <COMMAND>"),
        (&["account"], "Usage: fastenr accounts [OPTIONS] <COMMAND>"),
    ] {
        let help = fastenr.args(line).run().code(2);
        ensure!(help.stderr.contains(usage) && help.stderr.contains("Commands:"), "{}", help.transcript());
    }
    let help = fastenr.args(["accounts", "help", "list"]).run().ok();
    ensure!(help.stdout.contains("Usage: fastenr accounts list "), "{}", help.transcript());
    let missing = fastenr.args(["accounts", "get"]).run().code(2);
    ensure!(missing.stderr.contains("Usage: fastenr accounts get <ACCOUNT>\n"), "{}", missing.transcript());
    Ok(())
}
