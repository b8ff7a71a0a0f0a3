//! What people see of a back-test.

use std::fmt::Write as _;

use anyhow::{Result, ensure};
use chrono::{Days, NaiveDate};
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Tests};

use super::support::migrated;

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/backtest/as_a_table", as_a_table);
    tests.both("cli/backtest/for_machines", for_machines);
    tests.both("cli/backtest/two_models_on_the_same_cases", two_models_on_the_same_cases);
    tests.both("cli/backtest/refusals", refusals);
}

/// Forty accounts with a row of usage a week; every fourth churned, and most of those had used it less.
fn with_history(backend: &Backend) -> Fastenr {
    let fastenr = migrated(backend);
    let first = NaiveDate::from_ymd_opt(2025, 1, 5).expect("a day");
    let later = |days| first.checked_add_days(Days::new(days)).expect("a day");
    let mut accounts = "external_id,name,status,contract_start,churned_on\n".to_owned();
    let mut metrics = "account,metric_date,login_frequency,feature_adoption_score\n".to_owned();
    for n in 0..40_u64 {
        let churned = (n % 4 == 0).then(|| later(150 + n * 3));
        let (status, on) = match churned {
            Some(on) => ("churned", on.to_string()),
            None => ("active", String::new()),
        };
        let _ = writeln!(accounts, "A-{n},Account {n},{status},2025-01-01,{on}");
        for week in 0..44 {
            let on = later(week * 7);
            if churned.is_some_and(|churned| churned < on) {
                break;
            }
            let adoption = if n % 4 == 0 && n % 5 != 0 { 20 + n } else { 50 + n };
            let _ = writeln!(metrics, "A-{n},{on},{},{adoption}", 1 + n % 7);
        }
    }
    fastenr.args(["accounts", "import", "-"]).stdin(accounts).run().ok();
    fastenr.args(["metrics", "import", "-"]).stdin(metrics).run().ok();
    fastenr
}

async fn as_a_table(backend: &Backend) -> Result<()> {
    let fastenr = with_history(backend);
    fastenr.args(["accounts", "update", "A-1", "--status", "churned", "--unset", "churned_on"]).run().ok();
    let words = ["health", "backtest", "--score", "health", "--from", "2025-03-01", "--to", "2025-09-30"];
    fastenr.args(words).run().ok().matches(snapbox::str![[r#"
$ fastenr health backtest --score health --from 2025-03-01 --to 2025-09-30
health at month ends, 2025-03-31 to 2025-09-30, compared with churn 31 to 120 days later

  accounts          39       237 cases at 7 cut-offs
  churned           10       accounts, 27 cases
  base rate         11.4 %   of the cases churned
  AUC               0.86     0.64 to 1.00, 95 % interval
  lift              6.58     times the base rate in the worst 10 %; 7 cases have the score at its edge, 4 of them count
  precision at 10   90.0 %   of the worst 10 cases churned
  precision at 25   72.0 %   of the worst 25 cases churned
  precision at 50   42.0 %   of the worst 50 cases churned
  precision at 100  24.0 %   of the worst 100 cases churned
  Brier score       0.0493   0.0588 for the base rate; lower is better
  below green       100.0 %  60 to 90 days before churn, of 10 churned accounts with a health score then
  coverage          22.0 %
  no date           1        churned accounts without a churn date

calibration: fitted on 2025-03-31 to 2025-03-31, measured on 2025-06-30 to 2025-09-30; 2 cut-offs between them are left out: their windows overlap the later half
  risk      cases  predicted  churned
  10 to 20  4      0.0 %      0.0 %
  20 to 30  49     0.0 %      2.0 %
  30 to 40  38     0.0 %      5.3 %
  40 to 50  26     0.0 %      7.7 %
  50 to 60  5      0.0 %      20.0 %
  60 to 70  1      75.0 %     100.0 %

health bands at the cut-offs
  band      cases  share   churned
  healthy   7      2.9 %   0.0 %
  moderate  163    68.8 %  3.7 %
  concern   62     26.2 %  25.8 %
  critical  5      2.1 %   100.0 %

acceptance
  too few to say  8.78 times  95 %: 5.19 to 19.69       critical accounts churn at least 3 times as often as all accounts; 0.2 churned accounts expected, 10 needed
  too few to say  100.0 %     95 %: 100.0 % to 100.0 %  at least two thirds of the churned accounts were below green 60 to 90 days before; 6.7 churned accounts expected, 10 needed
  met             2.9 %       95 %: 0.0 % to 9.5 %      at most 80 % of all accounts are green

missing data
  factor             cases without it           accounts that never had it
  session_duration   237               100.0 %  39                          100.0 %
  user_activity      237               100.0 %  39                          100.0 %
  training           237               100.0 %  39                          100.0 %
  ticket_volume      237               100.0 %  39                          100.0 %
  ticket_severity    237               100.0 %  39                          100.0 %
  resolution_time    237               100.0 %  39                          100.0 %
  csat               237               100.0 %  39                          100.0 %
  meeting_frequency  237               100.0 %  39                          100.0 %
  response_rate      237               100.0 %  39                          100.0 %
  outcomes           237               100.0 %  39                          100.0 %
  stakeholders       237               100.0 %  39                          100.0 %
  contract_value     237               100.0 %  39                          100.0 %
  payment            237               100.0 %  39                          100.0 %
  expansion          237               100.0 %  39                          100.0 %
  renewal            237               100.0 %  39                          100.0 %

verdict: too few to say
Fewer than 30 accounts churned in the windows, or there were none to compare them with: the figures are no evidence yet.
AUC is the chance that a churned account had a higher risk than an account that stayed: 0.5 is random, 1 is perfect.
-- stderr
warning: left out: 1 churned account without a churned_on date; set churned_on to include it
-- exit 0

"#]]);
    Ok(())
}

async fn for_machines(backend: &Backend) -> Result<()> {
    let fastenr = with_history(backend);
    let words = ["health", "backtest", "--score", "Product Usage", "--to", "2025-09-30"];
    let ask = |more: &[&str]| fastenr.args([&words[..], more].concat()).run().ok();
    let json = ask(&["-o", "json"]).json();
    let again = ask(&["-o", "jsonl"]).json();
    assert_eq!(json, again, "the same seed, the same figures");
    assert_eq!((&json["score"], &json["cutoffs"], &json["lead"]), (&"product_usage".into(), &9.into(), &30.into()));
    assert_eq!((&json["from"], &json["to"]), (&"2024-10-31".into(), &"2025-09-30".into()));
    ensure!(json["auc"].as_f64().is_some_and(|auc| auc > 0.6), "{json}");
    ensure!(json["auc_ci"].as_array().is_some_and(|ends| ends.len() == 2), "{json}");
    let csv = ask(&["-o", "csv"]).stdout;
    ensure!(csv.lines().count() == 2 && csv.starts_with("score,from,to,lead,horizon,accounts,"), "{csv}");
    // Another model weighs otherwise.
    fastenr.write("mine.toml", "name = \"Mine\"\n[health.product_usage.feature_adoption]\nweight = 0.01\n");
    let mine = ask(&["-o", "json", "--model", "mine.toml"]).json();
    assert_ne!((&mine["model"], &mine["auc"]), (&json["model"], &json["auc"]));
    Ok(())
}

async fn two_models_on_the_same_cases(backend: &Backend) -> Result<()> {
    let fastenr = with_history(backend);
    // Without adoption, which tells those that churn, nothing is left but logins.
    fastenr.write("blind.toml", "name = \"blind\"\n[health.product_usage.feature_adoption]\nweight = 0.01\n");
    let days = ["--from", "2025-03-01", "--to", "2025-09-30"];
    let ask = |words: &[&str]| fastenr.args([words, &days[..]].concat()).run().ok();
    let json = ask(&["model", "compare", "built-in", "blind.toml", "-o", "json"]).json();
    let alone = ask(&["health", "backtest", "--score", "health", "-o", "json"]).json();
    assert_eq!((&json["cases"], &json["first"]["auc"]), (&alone["cases"], &alone["auc"]));
    assert_eq!((&json["first"]["brier"], &json["first"]["bands"]), (&alone["brier"], &alone["bands"]));
    let other = ask(&["health", "backtest", "--score", "health", "--model", "blind.toml", "-o", "json"]).json();
    assert_eq!((&json["second"]["auc"], &json["second"]["bands"]), (&other["auc"], &other["bands"]));
    ensure!(json["auc_difference"]["value"].as_f64().is_some_and(|less| less < 0.0), "{json}");
    ensure!(json["auc_difference"]["ci"].as_array().is_some_and(|ends| ends.len() == 2), "{json}");
    let turned = ask(&["model", "compare", "blind.toml", "built-in", "-o", "json"]).json();
    assert_eq!((&turned["first"]["auc"], &turned["verdict"]), (&json["second"]["auc"], &"too few to say".into()));
    let shown = ask(&["model", "compare", "built-in", "blind.toml"]).stdout;
    for said in ["health by two models at month ends", "AUC", "Brier score", "critical", "verdict: too few to say"] {
        ensure!(shown.contains(said), "{said}: {shown}");
    }
    let same = ask(&["model", "compare", "built-in", "built-in"]).stdout;
    ensure!(same.contains(" 0.00 (0.00 to 0.00)") && !same.contains("+0.0") && !same.contains("-0.0"), "{same}");
    let csv = ask(&["model", "compare", "built-in", "built-in", "-o", "csv"]).stdout;
    ensure!(csv.lines().count() == 2 && csv.contains(",first_auc,second_auc,auc_difference,"), "{csv}");
    fastenr.args(["model", "compare", "built-in", "nobody"]).run().code(4);
    fastenr.args(["model", "compare", "built-in", "none.toml"]).run().code(1);
    Ok(())
}

async fn refusals(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    for (words, told) in [
        (["--score", "helth"], "health"),
        (["--to", "2026-02-28"], "is not known yet on 2026-03-01"),
        (["--to", "2026-02-28"], "end with --to 2025-10-31"),
        (["--from", "2025-12-01"], "no month ends from"),
        (["--horizon", "0"], "1 to 3650 days"),
        (["--model", "none.toml"], "none.toml"),
    ] {
        let refused = fastenr.args(["health", "backtest", words[0], words[1]]).run();
        ensure!(refused.stderr.contains(told) && refused.stdout.is_empty(), "{}", refused.transcript());
    }
    Ok(())
}
