//! The examples of the repository run as they are.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use fastenr_tests::cli::{Fastenr, Output, binary};
use fastenr_tests::harness::{Backend, Tests};

use super::support::{example, total};

pub(super) fn register(tests: &mut Tests) {
    tests.plain("cli/examples/a_night_and_the_next", nightly);
    tests.both("cli/examples/fastenr_as_a_library", library);
}

fn nightly() -> Result<()> {
    let fastenr = Fastenr::without_database();
    let night = || -> Result<Output> {
        let script = fastenr.clone().program("/bin/sh").env("FASTENR", binary()?).env("FASTENR_NIGHTLY_DIR", "night");
        Ok(script.args([example("nightly.sh")]).run().ok())
    };
    let first = night()?;
    ensure!(
        first.stdout.contains("300 rows: 300 created") && first.stdout.contains("8 rows: 8 created"),
        "{}",
        first.transcript()
    );
    let second = night()?;
    ensure!(second.stdout.contains("300 rows: 300 unchanged"), "{}", second.transcript());
    ensure!(second.stdout.contains("8 rows: 8 unchanged"), "{}", second.transcript());
    let report: serde_json::Value = serde_json::from_str(&fastenr.read("night/accounts_messy.json"))?;
    assert_eq!((&report["unchanged"], &report["rejected"]), (&57.into(), &3.into()));
    for output in [&first, &second] {
        ensure!(
            output.stderr.contains("3 rows of accounts_messy.csv were rejected: mend them in"),
            "{}",
            output.stderr
        );
        let list: Vec<&str> = output.stdout.lines().skip_while(|line| !line.starts_with("name ")).collect();
        ensure!(list.len() == 26 && list[1..].iter().all(|line| line.contains("at_risk")), "{}", output.stdout);
        let last = output.stderr.lines().last().unwrap_or_default();
        ensure!(last.starts_with("25 of ") && last.ends_with("; --all for the rest"), "{last}");
    }
    let rejects = fastenr.read("night/accounts_messy.rejected.csv");
    assert_eq!(rejects.lines().count(), 4);
    // Nothing else is touched: no database where the next command by hand would look.
    ensure!(!fastenr.dir().join("home/.local/share/fastenr").exists());
    Ok(())
}

async fn library(backend: &Backend) -> Result<()> {
    let program = build_example("import_accounts")?;
    let fastenr = Fastenr::new(backend);
    fastenr.write("crm.csv", "Customer;State;ARR\nAcme;at-risk;100,50\nBolt;active;7\n");
    let call = |program: &PathBuf| {
        let arguments = [backend.url.as_str(), "crm.csv", "Customer=external_id"];
        fastenr.clone().program(program).args(arguments).run()
    };
    // Without names: an account has to have one.
    ensure!(call(&program).status != 0 || total(&fastenr) == 0, "accounts without a name");
    fastenr.write("crm.csv", "Number;Customer;State\n1;Acme;at-risk\n2;Bolt;active\n");
    let arguments = [backend.url.as_str(), "crm.csv", "Number=external_id", "State=status"];
    let output = fastenr.clone().program(&program).args(arguments).run().ok();
    ensure!(output.stdout.contains("applied: true") && output.stdout.contains("Acme\t"), "{}", output.transcript());
    ensure!(output.stdout.ends_with("1 accounts at risk, 0 cents of ARR\n"), "{}", output.transcript());
    assert_eq!(total(&fastenr), 2);
    Ok(())
}

/// Built with the features of the whole workspace, as the tests are: nothing else has to be built again.
fn build_example(name: &str) -> Result<PathBuf> {
    let test = env::current_exe()?;
    let folder = test.parent().and_then(|deps| deps.parent()).context("the test is in no target folder")?;
    let target = folder.parent().context("the target folder has no parent")?;
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["build", "--quiet", "--workspace", "--example", name, "--target-dir"]).arg(target);
    for (variable, _) in env::vars_os() {
        if ["CARGO_MANIFEST_", "CARGO_PKG_"].iter().any(|own| variable.as_encoded_bytes().starts_with(own.as_bytes())) {
            command.env_remove(variable);
        }
    }
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null()).output()?;
    ensure!(output.status.success(), "cargo build: {}", String::from_utf8_lossy(&output.stderr));
    Ok(folder.join("examples").join(name))
}
