//! How likely churn is, as people see it: shown, hidden with the reason, and not checked yet.

use anyhow::{Result, ensure};
use fastenr_tests::books::likely::{MODEL, likely};
use fastenr_tests::cli::{Fastenr, Output};
use fastenr_tests::harness::{Backend, Tests};
use serde_json::{Value as Json, json};

use super::support::migrated;

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/probability/that_holds_is_shown", that_holds_is_shown);
    tests.both("cli/probability/that_is_off_is_hidden", that_is_off_is_hidden);
    tests.both("cli/probability/that_is_new_is_said_to_be", that_is_new_is_said_to_be);
    tests.both("cli/probability/of_too_few_is_said_to_be", of_too_few_is_said_to_be);
}

/// The book with the model in use.
fn using(backend: &Backend, (accounts, metrics): (String, String), model: &str) -> Fastenr {
    let fastenr = migrated(backend);
    fastenr.args(["accounts", "import", "-", "-q"]).stdin(accounts).run().ok();
    fastenr.args(["metrics", "import", "-", "-q"]).stdin(metrics).run().ok();
    fastenr.write("ours.toml", model);
    fastenr.args(["model", "use", "ours.toml", "--days", "1"]).run().ok();
    fastenr
}

fn likelihood(fastenr: &Fastenr, words: &[&str]) -> Json {
    fastenr.args([words, &["-o", "json"]].concat()).run().ok().json()["churn_likelihood"].clone()
}

fn explained(fastenr: &Fastenr) -> Output {
    fastenr.args(["health", "explain", "l60"]).run().ok()
}

/// The two lines of the probability.
fn said(output: &Output) -> String {
    let lines = output.stdout.lines().skip_while(|line| !line.starts_with("Probability of churn: "));
    lines.take(2).collect::<Vec<_>>().join("\n")
}

async fn that_holds_is_shown(backend: &Backend) -> Result<()> {
    let fastenr = using(backend, likely(12, "2024-05-01"), MODEL);
    snapbox::assert_data_eq!(
        said(&explained(&fastenr)),
        snapbox::str![[r#"
Probability of churn: about 4 times the usual; 43.0 % of such accounts churn 31 to 120 days later
  checked: from 2025-12-01 to 2026-02-28 12 accounts churned, 13.0 expected (0.93 times)
"#]]
    );
    let shown = fastenr.args(["health", "show", "l60"]).run().ok();
    let rows: Vec<&str> =
        shown.stdout.lines().skip_while(|line| !line.trim_start().starts_with("probability")).take(2).collect();
    snapbox::assert_data_eq!(
        rows.join("\n"),
        snapbox::str![[r#"
  probability  about 4 times the usual; 43.0 % of such accounts churn 31 to 120 days later
               checked: from 2025-12-01 to 2026-02-28 12 accounts churned, 13.0 expected (0.93 times)
"#]]
    );
    let around = fastenr.args(["accounts", "get", "l60"]).run().ok();
    let section: Vec<&str> = around.stdout.lines().skip_while(|line| *line != "probability of churn").take(3).collect();
    snapbox::assert_data_eq!(
        section.join("\n"),
        snapbox::str![[r#"
probability of churn
  about 4 times the usual; 43.0 % of such accounts churn 31 to 120 days later
  checked: from 2025-12-01 to 2026-02-28 12 accounts churned, 13.0 expected (0.93 times)
"#]]
    );
    let list = [
        "accounts",
        "list",
        "--search",
        "customer 6",
        "--fields",
        "name,health_score,churn_times_usual,churn_probability",
    ];
    fastenr.args(list).run().ok().matches(snapbox::str![[r#"
$ fastenr accounts list --search 'customer 6' --fields name,health_score,churn_times_usual,churn_probability
name         health  times usual  churn %
Customer 16      13         4.35     43.5
Customer 26      81         0.79      7.9
Customer 36      13         4.35     43.5
Customer 46      80          0.8        8
Customer 56      12          4.4       44
Customer 6        –
Customer 60      14          4.3       43
Customer 61      80          0.8        8
Customer 62      81         0.79      7.9
Customer 63      78         0.82      8.2
Customer 64      13         4.35     43.5
Customer 65      81         0.79      7.9
Customer 66      78         0.82      8.2
Customer 67      80          0.8        8
Customer 68      15         4.25     42.5
Customer 69      78         0.82      8.2
Customer 76      16          4.2       42
-- stderr
17 accounts, ARR 0 USD
-- exit 0

"#]]);

    let explained = likelihood(&fastenr, &["health", "explain", "l60"]);
    snapbox::assert_data_eq!(
        serde_json::to_string_pretty(&explained)?,
        snapbox::str![[r#"
{
  "times_usual": 4.3,
  "usual": "about 4 times the usual",
  "percent": 43,
  "lead": 30,
  "horizon": 90,
  "verdict": "holds",
  "note": "checked: from 2025-12-01 to 2026-02-28 12 accounts churned, 13.0 expected (0.93 times)",
  "check": {
    "scored_on": "2025-10-31",
    "from": "2025-12-01",
    "to": "2026-02-28",
    "accounts": 80,
    "expected": 12.95,
    "observed": 12,
    "observed_of_expected": 0.93
  }
}
"#]]
    );
    for words in [["health", "show", "l60"], ["accounts", "get", "l60"]] {
        assert_eq!(likelihood(&fastenr, &words), explained);
    }
    let account = fastenr.args(["accounts", "get", "l60", "-o", "json"]).run().ok().json();
    assert_eq!(
        (&account["churn_times_usual"], &account["churn_probability"]),
        (&explained["times_usual"], &explained["percent"])
    );
    // Who has left is not likely to leave.
    let gone = fastenr.args(["accounts", "get", "l0", "-o", "json"]).run().ok().json();
    assert_eq!([&gone["churn_times_usual"], &gone["churn_probability"], &gone["churn_likelihood"]], [&Json::Null; 3]);

    // A second run has nothing to do; the next day has no scores by which to check, and keeps what is known.
    let again = fastenr.args(["recompute", "-o", "json"]).run().ok().json();
    assert_eq!((&again["changed"], &again["operation"]), (&json!(0), &Json::Null));
    let tomorrow = fastenr.clone().env("FASTENR_NOW", "2026-03-02T07:00:00Z");
    tomorrow.args(["recompute"]).run().ok();
    assert_eq!(likelihood(&tomorrow, &["health", "explain", "l60"]), explained);
    // Of a past day there is no percent.
    let past = likelihood(&tomorrow, &["health", "explain", "l60", "--as-of", "2026-03-01"]);
    assert_eq!((&past["verdict"], &past["percent"], &past["check"]), (&json!("past"), &Json::Null, &Json::Null));
    assert_eq!(past["times_usual"], explained["times_usual"]);
    // A score that a person set is no model's.
    tomorrow
        .args(["health", "adjust", "l60", "--score", "10", "--reason", "They said so", "--until", "30d"])
        .run()
        .ok();
    let adjusted = tomorrow.args(["accounts", "get", "l60", "-o", "json"]).run().ok().json();
    assert_eq!([&adjusted["churn_times_usual"], &adjusted["churn_likelihood"]], [&Json::Null; 2]);
    assert_eq!(likelihood(&tomorrow, &["health", "explain", "l60"]), Json::Null);
    Ok(())
}

async fn that_is_off_is_hidden(backend: &Backend) -> Result<()> {
    let fastenr = using(backend, likely(30, "2024-05-01"), MODEL);
    snapbox::assert_data_eq!(
        said(&explained(&fastenr)),
        snapbox::str![[r#"
Probability of churn: about 4 times the usual
  percent hidden, fit the model again: from 2025-12-01 to 2026-02-28 30 accounts churned, 13.0 expected (2.32 times), 0.7 to 1.4 is accepted
"#]]
    );
    let found = likelihood(&fastenr, &["health", "explain", "l60"]);
    assert_eq!((&found["verdict"], &found["percent"]), (&json!("off"), &Json::Null));
    ensure!(found["times_usual"].as_f64().is_some_and(|times| times > 2.0), "{found}");
    let listed = fastenr.args(["accounts", "list", "--search", "customer 60", "-o", "json"]).run().ok().json();
    assert_eq!(
        (&listed["data"][0]["churn_probability"], &listed["data"][0]["churn_times_usual"]),
        (&Json::Null, &found["times_usual"])
    );
    Ok(())
}

async fn that_is_new_is_said_to_be(backend: &Backend) -> Result<()> {
    let fastenr = using(backend, likely(0, "2025-12-14"), MODEL);
    snapbox::assert_data_eq!(
        said(&explained(&fastenr)),
        snapbox::str![[r#"
Probability of churn: about 4 times the usual; 43.0 % of such accounts churn 31 to 120 days later
  not checked yet: the model has no scores of 2025-10-31
"#]]
    );
    let found = likelihood(&fastenr, &["accounts", "get", "l60"]);
    assert_eq!((&found["verdict"], &found["check"]), (&json!("unchecked"), &Json::Null));
    ensure!(found["percent"].is_number(), "{found}");
    // A model that knows nothing of it says nothing of it.
    fastenr.args(["model", "rollback", "--days", "1"]).run().ok();
    assert_eq!(likelihood(&fastenr, &["health", "explain", "l60"]), Json::Null);
    let account = fastenr.args(["accounts", "get", "l60", "-o", "json"]).run().ok().json();
    assert_eq!([&account["churn_times_usual"], &account["churn_probability"]], [&Json::Null; 2]);
    Ok(())
}

async fn of_too_few_is_said_to_be(backend: &Backend) -> Result<()> {
    let rare = "name = \"Ours\"\n[probability]\nlead = 30\nhorizon = 90\ncurve = [[0, 8], [100, 4]]\n";
    let fastenr = using(backend, likely(3, "2024-05-01"), rare);
    snapbox::assert_data_eq!(
        said(&explained(&fastenr)),
        snapbox::str![[r#"
Probability of churn: 7.4 % of such accounts churn 31 to 120 days later
  too few churned to check it: from 2025-12-01 to 2026-02-28 3 accounts churned, 4.3 expected
"#]]
    );
    let found = likelihood(&fastenr, &["health", "explain", "l60"]);
    assert_eq!(
        (&found["verdict"], &found["times_usual"], &found["usual"]),
        (&json!("too_few"), &Json::Null, &Json::Null)
    );
    Ok(())
}
