//! What people see of metrics: recorded by hand, imported on other scales, refused, and taken out again.

use anyhow::{Result, ensure};
use fastenr_tests::harness::{Backend, Tests};

use super::support::{ledger, with_accounts};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/metrics/recorded_by_hand", recorded_by_hand);
    tests.both("cli/metrics/on_other_scales", on_other_scales);
    tests.both("cli/metrics/an_export_comes_back", an_export_comes_back);
}

async fn recorded_by_hand(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let record = |words: &[&str]| fastenr.args([&["metrics", "record", "--account", "Acme"], words].concat()).run();
    let json = ["-o", "json"];
    let made = record(&[&["--csat", "87.55", "--nps", "-40", "--sentiment", "red"], &json[..]].concat()).ok();
    // The organization's day, by the clock of the test.
    assert_eq!((&made.json()["metric_date"], &made.json()["nps"]), (&"2026-03-01".into(), &(-40).into()));
    assert_eq!((&made.json()["csat"], &made.json()["sentiment_reason"]), (&87.55.into(), &serde_json::Value::Null));
    // The same day again: the others of the day stay.
    let again = record(&[&["--sentiment-reason", "champion left", "--unset", "nps"], &json[..]].concat()).ok();
    assert_eq!((&again.json()["csat"], &again.json()["nps"]), (&87.55.into(), &serde_json::Value::Null));
    assert_eq!(again.json()["version"], 2);
    for (words, told) in [
        (["--csat", "87.555"], "a percentage is from 0 to 100, with at most two decimals"),
        (["--csat", "101"], "a percentage is from 0 to 100"),
        (["--nps", "-101"], "from -100 to 100"),
        (["--login-frequency", "1.5"], "a count is a whole number"),
        (["--metric-date", "2026-03-02"], "metric_date can't be after today, 2026-03-01"),
        (["--sentiment", "orange"], "green, yellow, red"),
    ] {
        let refused = record(&words).code(2);
        ensure!(refused.stderr.contains(told), "{}", refused.transcript());
    }
    // With the clock a day on, that day may be told.
    let later = ["--now", "2026-03-02T07:00:00Z", "--metric-date", "2026-03-02", "--nps", "1"];
    record(&later).ok();
    let rows = fastenr.args(["metrics", "list", "--account", "Acme", "-o", "json"]).run().ok().json();
    assert_eq!(rows["total"], 2);
    Ok(())
}

async fn on_other_scales(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let rows: String = (1..=20).map(|day| format!("A-1;2026-01-{day:02};{}\n", ["4,5", "3"][day % 2])).collect();
    fastenr.write("survey.csv", format!("Customer;Day;Score\n{rows}A-2;2026-01-01;6\nA-2;2026-01-02;0\n"));
    let import = |words: &[&str]| {
        let maps = ["metrics", "import", "survey.csv", "--yes", "--map", "Score=csat", "--map", "Day=metric_date"];
        fastenr.args([&maps[..], words].concat()).run()
    };
    let refused = import(&[]).code(2);
    for told in ["column \"Score\"", "no percentage is above 10", "(row 21)", "--scale Score=0-1"] {
        ensure!(refused.stderr.contains(told), "{}", refused.transcript());
    }
    let refused = import(&["--scale", "Customer=1-5", "--scale", "Score=1-5"]).code(2);
    ensure!(refused.stderr.contains("\"Customer\" is no percentage"), "{}", refused.transcript());
    ensure!(refused.stderr.contains("columns of this file that have a scale: Score"), "{}", refused.transcript());
    let refused = import(&["--scale", "Score=5-1"]).code(2);
    ensure!(refused.stderr.contains("a scale is its lower and upper end"), "{}", refused.transcript());
    let stopped = import(&["--scale", "Score=1-5"]).code(1);
    ensure!(stopped.transcript().contains("on this scale a value is from 1 to 5"), "{}", stopped.transcript());
    let report = import(&["--scale", "Score=1-5", "--on-error", "skip", "-o", "json"]).code(3).json();
    assert_eq!(ledger(&report), [22, 20, 0, 0, 0, 2]);
    assert_eq!(fastenr.read("survey.csv.rejected.csv").lines().count(), 3);
    let rows = fastenr.args(["metrics", "list", "--account", "A-1", "--limit", "2", "-o", "json"]).run().ok().json();
    let scores = [0, 1].map(|row| rows["data"][row]["csat"].as_f64());
    assert_eq!(scores, [Some(87.5), Some(50.0)]);
    let suggestion = fastenr.args(["metrics", "import", "survey.csv", "--suggest-mapping", "--map", "Score=csat"]);
    let suggestion = suggestion.run().ok().stdout;
    ensure!(suggestion.contains("[formats.\"Score\"]") && suggestion.contains("# scale = \"\""), "{suggestion}");
    Ok(())
}

async fn an_export_comes_back(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let file = "account,metric_date,csat,feature_adoption_score,nps,sentiment,sentiment_reason\n\
                A-1,2026-01-01,0.5,1,-100,red,=cmd\n\
                A-1,2026-01-02,12.34,,100,,\n\
                A-2,2026-01-01,100,33.3,,green,\"two, parts\"\n";
    fastenr.args(["metrics", "import", "-", "--yes"]).stdin(file).run().ok();
    for format in ["csv", "jsonl"] {
        let name = format!("metrics.{format}");
        fastenr.args(["metrics", "export", &name]).run().ok();
        let back = fastenr.args(["metrics", "import", &name, "--yes", "-o", "json"]).run().ok().json();
        assert_eq!(ledger(&back), [3, 0, 0, 3, 0, 0], "{format}: {}", fastenr.read(&name));
    }
    Ok(())
}
