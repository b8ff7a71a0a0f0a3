//! The examples of the repository run as they are.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use fastenr_tests::cli::{Fastenr, Output, binary};
use fastenr_tests::harness::{Backend, Tests};

use super::support::{copy_example, example, migrated, total};

pub(super) fn register(tests: &mut Tests) {
    tests.plain("cli/examples/a_night_and_the_next", nightly);
    tests.both("cli/examples/fastenr_as_a_library", library);
    tests.both("cli/examples/contacts_of_hubspot", contacts_of_hubspot);
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

/// The mapping reads a file with the columns of such an export; made up, but for the headers.
async fn contacts_of_hubspot(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.args(["accounts", "create", "Acme", "--domain", "acme.example"]).run().ok();
    copy_example(&fastenr, "mappings/hubspot_contacts.toml")?;
    let header = "_fivetran_deleted,_fivetran_synced,property_email,id,property_company,property_firstname,property_lastname,\
                  property_email_1,property_createdate,property_jobtitle,property_annualrevenue,property_hs_merged_object_ids,\
                  property_created_at,property_first_conversion_date";
    let row = |deleted: &str, n: u32, first: &str, last: &str, title: &str| {
        format!(
            "{deleted},2026-02-02 11:16:05,{n:032x},{n},,{first},{last},{n:032x},2026-01-0{n} 17:32:47,{title},,,\
             2026-01-0{n} 17:32:47,\n"
        )
    };
    let rows = [row("FALSE", 1, "Ada", "Roe", "CTO"), row("FALSE", 2, "Bo", "", ""), row("TRUE", 3, "Cy", "Doe", "")];
    fastenr.write("contacts.csv", format!("{header}\n{}", rows.concat()));
    // Without the account and the name nothing can be made, and each reason is told once.
    let bare = fastenr.args(["contacts", "import", "contacts.csv", "-o", "json"]).run();
    let report = bare.json();
    assert_eq!((bare.status, &report["rejected"]), (1, &3.into()), "{report}");
    assert_eq!(report["problems"].as_array().map(Vec::len), Some(1), "{report}");
    assert_eq!(report["problems"][0]["rows"], 3, "{report}");
    let import =
        ["contacts", "import", "contacts.csv", "--mapping", "hubspot_contacts.toml", "--constant", "account=Acme"];
    for (created, unchanged) in [(2, 0), (0, 2)] {
        let report = fastenr.args([&import[..], &["-o", "json"]].concat()).run().ok().json();
        let counts = (&report["created"], &report["unchanged"], &report["skipped"]);
        assert_eq!(counts, (&created.into(), &unchanged.into(), &1.into()), "{report}");
    }
    let ada = fastenr.args(["contacts", "get", "1", "-o", "json"]).run().ok().json();
    assert_eq!(
        (&ada["name"], &ada["title"], &ada["email"]),
        (&"Ada Roe".into(), &"CTO".into(), &serde_json::Value::Null)
    );
    assert_eq!(ada["created_at"], "2026-01-01T17:32:47Z");
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
