//! What people see of a fit.

use anyhow::{Result, ensure};
use fastenr_core::score::Model;
use fastenr_tests::books::churn::churning;
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Tests};

use super::support::migrated;

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/fit/a_model_is_fitted_and_used", a_model_is_fitted_and_used);
    tests.both("cli/fit/noise_is_refused_with_its_evidence", noise_is_refused_with_its_evidence);
}

fn with_churn(backend: &Backend, signal: bool) -> Fastenr {
    let fastenr = migrated(backend);
    let (accounts, metrics) = churning(signal);
    fastenr.args(["accounts", "import", "-", "-q"]).stdin(accounts).run().ok();
    fastenr.args(["metrics", "import", "-", "-q"]).stdin(metrics).run().ok();
    fastenr
}

async fn a_model_is_fitted_and_used(backend: &Backend) -> Result<()> {
    let fastenr = with_churn(backend, true);
    let shown = fastenr.args(["model", "fit", "--out", "fitted.toml", "--dry-run"]).run().ok();
    for said in [
        "a model fitted to churn 31 to 120 days after month ends",
        "tested on",
        "bands of the fitted model in the test",
        "logins a week per seat",
        "no data",
        "verdict: better order",
    ] {
        ensure!(shown.stdout.contains(said), "{said}: {}", shown.transcript());
    }
    ensure!(shown.stderr.contains("dry run: nothing was written"), "{}", shown.transcript());
    ensure!(fastenr.args(["model", "list"]).run().ok().stdout.lines().count() == 2);

    ensure!(!fastenr.dir().join("fitted.toml").exists(), "a dry run writes no file");
    let one = fastenr.args(["model", "fit", "--out", "fitted.toml", "-o", "json"]).run().ok().json();
    let text = std::fs::read_to_string(fastenr.dir().join("fitted.toml"))?;
    let model = Model::parse(&text)?;
    assert_eq!(
        (one["verdict"].as_str(), one["fingerprint"].as_str()),
        (Some("better order"), Some(&*model.fingerprint()))
    );
    assert_eq!((&one["used"], &one["lead"], &one["horizon"]), (&serde_json::Value::Null, &30.into(), &90.into()));
    fastenr.args(["model", "check", "fitted.toml"]).run().ok();
    let again = fastenr.args(["model", "fit", "--out", "again.toml", "-o", "json", "--use", "--days", "1"]).run();
    let again = again.ok().json();
    assert_eq!((&again["auc"], &again["fingerprint"]), (&one["auc"], &one["fingerprint"]));
    assert_eq!(text, std::fs::read_to_string(fastenr.dir().join("again.toml"))?);
    assert_eq!(again["used"]["fingerprint"], one["fingerprint"]);
    let listed = fastenr.args(["model", "list"]).run().ok();
    ensure!(
        listed.stdout.contains(&model.fingerprint()) && listed.stdout.contains("fitted"),
        "{}",
        listed.transcript()
    );
    // What is fitted anew is compared with what is in use now, which has learned from the test as well.
    let third = fastenr.args(["model", "fit", "-o", "json"]).run().json();
    assert_eq!(third["model_in_use"], one["fingerprint"]);
    ensure!(third["verdict"] != "better order", "{third}");
    Ok(())
}

async fn noise_is_refused_with_its_evidence(backend: &Backend) -> Result<()> {
    let fastenr = with_churn(backend, false);
    let refused = fastenr.args(["model", "fit", "--out", "fitted.toml", "--use"]).run().code(5);
    ensure!(refused.stdout.contains("verdict: no signal"), "{}", refused.transcript());
    ensure!(refused.stderr.contains("error: no model was fitted"), "{}", refused.transcript());
    ensure!(!fastenr.dir().join("fitted.toml").exists());
    let few = fastenr.args(["model", "fit", "--from", "2025-08-01", "-o", "json"]).run().code(5);
    ensure!(few.stderr.contains("0 churned accounts to learn from (30 needed)"), "{}", few.transcript());
    assert_eq!(few.json()["verdict"], "too few");
    Ok(())
}
