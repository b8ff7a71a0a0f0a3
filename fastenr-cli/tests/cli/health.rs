//! What people see of scores: of an account, of the book, over time; and a person's word against them.

use std::fmt::Write as _;

use anyhow::{Result, ensure};
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Tests};
use serde_json::{Value as Json, json};

use super::support::{ledger, migrated};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/health/before_the_first_run", before_the_first_run);
    tests.both("cli/health/an_account", an_account);
    tests.both("cli/health/the_book", the_book);
    tests.both("cli/health/who_moved", who_moved);
    tests.both("cli/health/adjusted", adjusted);
    tests.both("cli/health/metrics_tell_the_score", metrics_tell_the_score);
}

/// Six accounts with usage for two months up to a day, one without anything, one that is being set up.
fn book(backend: &Backend) -> Fastenr {
    let fastenr = migrated(backend);
    let users = "email,name\njo@example.com,Jo Doe\nann@example.com,Ann Lee\n";
    fastenr.args(["users", "import", "-", "--key", "email"]).stdin(users).run().ok();
    let mut accounts =
        "external_id,name,size,industry,arr,seats,owner,status,contract_start,contract_end,created_at\n".to_owned();
    for (id, name, size, industry, arr, seats, owner) in [
        ("ash", "Ash", "small", "Retail", "12000", "10", "jo@example.com"),
        ("beech", "Beech", "small", "Retail", "8000", "10", "ann@example.com"),
        ("cherry", "Cherry", "large", "Travel", "90000.50", "100", "jo@example.com"),
        ("dogwood", "Dogwood", "large", "Travel", "70000", "100", ""),
        ("elm", "Elm", "large", "", "50000", "100", "ann@example.com"),
        ("fir", "Fir", "", "", "1000", "10", ""),
    ] {
        let _ = writeln!(
            accounts,
            "{id},{name},{size},{industry},{arr},{seats},{owner},active,2024-01-01,2026-12-31,2024-01-01T00:00:00Z"
        );
    }
    accounts.push_str("gum,Gum,small,,500,,,at_risk,2024-01-01,,2024-01-01T00:00:00Z\n");
    accounts.push_str("holly,Holly,small,,700,10,,onboarding,2026-02-20,,2026-02-20T00:00:00Z\n");
    fastenr.args(["accounts", "import", "-"]).stdin(accounts).run().ok();
    usage(&fastenr, "2026-01-01", 60, &[1, 20, 80, 300, 40, 10]);
    fastenr
}

/// So many days of usage from a day on: logins of ash to fir.
fn usage(fastenr: &Fastenr, from: &str, days: u64, logins: &[u64; 6]) {
    let from: chrono::NaiveDate = from.parse().expect("a day");
    let names = ["ash", "beech", "cherry", "dogwood", "elm", "fir"];
    let mut rows = "account,metric_date,login_frequency,feature_adoption_score,session_minutes,active_users,\
                    support_tickets,csat,csat_responses,resolution_hours\n"
        .to_owned();
    for day in from.iter_days().take(usize::try_from(days).expect("few")) {
        for (name, logins) in names.iter().zip(logins) {
            let _ = writeln!(rows, "{name},{day},{logins},72,30,8,0,95,4,6");
        }
    }
    let now = from + chrono::Days::new(days - 1);
    let args = ["metrics", "import", "-", "--now", &format!("{now}T23:00:00Z")];
    fastenr.args(args).stdin(rows).run().ok();
}

fn json(fastenr: &Fastenr, words: &[&str]) -> Json {
    fastenr.args([words, &["-o", "json"]].concat()).run().ok().json()
}

async fn before_the_first_run(backend: &Backend) -> Result<()> {
    let fastenr = book(backend);
    let show = fastenr.args(["health", "show", "ash"]).run().ok();
    ensure!(
        show.stdout == "Ash  ash\n  health      –\n  churn risk  –\n  status      active, set by import\n",
        "{}",
        show.transcript()
    );
    ensure!(show.stderr.contains("Ash has no scores; `fastenr recompute`"), "{}", show.transcript());
    for words in [&["health", "movers"][..], &["health", "summary"]] {
        let none = fastenr.args(words.iter().copied()).run().ok();
        assert_eq!((none.stdout.as_str(), none.stderr.contains("no scores yet; `fastenr recompute`")), ("", true));
    }
    let none = fastenr.args(["health", "history", "ash"]).run().ok();
    assert_eq!((none.stdout.as_str(), none.stderr.contains("no scores of Ash")), ("", true));
    assert_eq!(json(&fastenr, &["health", "show", "ash"])["health_score"], Json::Null);
    assert_eq!(json(&fastenr, &["health", "summary"])["as_of"], Json::Null);
    for (words, code, said) in [
        (&["health", "show", "nobody"][..], 4, "no account is called"),
        (&["health", "show", "ash", "--as-of", "2026-03-02"], 2, "after today"),
        (&["health", "history", "ash", "--since", "3x"], 2, "Examples: "),
        (&["health", "movers", "--limit", "0"], 2, "--limit"),
        (&["health", "summary", "--by", "colour"], 2, "industry, size, owner"),
        (&["health", "adjust", "ash"], 2, "--score"),
        (&["health", "adjust", "ash", "--score", "5", "--clear"], 2, "cannot be used with"),
    ] {
        let output = fastenr.args(words.iter().copied()).run().code(code);
        ensure!(output.stderr.contains(said), "{}", output.transcript());
    }
    Ok(())
}

async fn an_account(backend: &Backend) -> Result<()> {
    let fastenr = book(backend);
    for on in ["2026-01-30", "2026-02-20", "2026-03-01"] {
        fastenr.args(["recompute", "--as-of", on]).run().ok();
    }
    fastenr.args(["health", "show", "cherry"]).run().ok().matches(snapbox::str![[r#"
$ fastenr health show cherry
Cherry  cherry
  health      78  moderate  coverage 62.25 %
  churn risk  10  low       coverage 75 %     100 is worst
  as of       2026-03-01, model 0fe99645
  status      active, set by import
  change      0 in 7 days from 78, 0 in 30 days from 78, – in 90 days
  percentile  50 % of other large accounts are lower (2)
  own past    0 % of the days in the year before are lower (2)
  90 days     ▄▄▄  78 to 78

  product usage          69
    login frequency      100
    feature adoption     86
    session duration     100
    user activity        6
    training             –
  support                100
    ticket volume        100
    ticket severity      –
    resolution time      100
    csat                 100
  engagement             –
    meeting frequency    –
    response rate        –
    outcomes             –
    stakeholders         –
  business               65
    contract value       –
    payment              –
    expansion            50
    renewal              80
  churn risk             10
    declining health     22
    reduced engagement   0
    support escalations  –
    contract payment     3
    competitive          –
-- exit 0

"#]]);
    fastenr.args(["health", "history", "cherry", "--since", "30d"]).run().ok().matches(snapbox::str![[r#"
$ fastenr health history cherry --since 30d
▄▄▄
as of       health  band      risk  coverage  usage  support  engagement  business  model
2026-01-30      78  moderate     9        62     69      100           –        65  0fe99645
2026-02-20      78  moderate    10        62     69      100           –        65  0fe99645
2026-03-01      78  moderate    10        62     69      100           –        65  0fe99645
-- stderr
3 days of Cherry (churn risk: 100 is worst)
-- exit 0

"#]]);
    let shown = json(&fastenr, &["health", "show", "cherry"]);
    assert_eq!(shown["account"]["external_id"], "cherry");
    assert_eq!((&shown["as_of"], &shown["adjustment"]), (&"2026-03-01".into(), &Json::Null));
    assert_eq!(shown["changes"][0]["as_of"], "2026-02-20");
    assert_eq!(shown["factors"].as_object().map(serde_json::Map::len), Some(17));
    assert_eq!(shown["factors"]["training"], Json::Null);
    let score = shown["health_score"].as_i64();
    let listed = json(&fastenr, &["accounts", "get", "cherry"]);
    assert_eq!(listed["health_score"].as_i64(), score);
    let history = json(&fastenr, &["health", "history", "cherry"]);
    let days = history["data"].as_array().expect("days");
    assert_eq!((days.len(), days[2]["health_score"].as_i64()), (3, score));
    assert_eq!(days[2]["login_frequency"], shown["factors"]["login_frequency"]);
    let csv = fastenr.args(["health", "show", "cherry", "-o", "csv"]).run().ok().stdout;
    ensure!(csv.starts_with("account,account_name,as_of,model,status,"), "{csv}");
    assert_eq!(csv.lines().count(), 2);
    Ok(())
}

async fn the_book(backend: &Backend) -> Result<()> {
    let fastenr = book(backend);
    for on in ["2026-01-30", "2026-03-01"] {
        fastenr.args(["recompute", "--as-of", on]).run().ok();
    }
    fastenr.args(["health", "summary", "--by", "size"]).run().ok().matches(snapbox::str![[r#"
$ fastenr health summary --by size
health (100 is best)
  healthy   3  50 %  ARR 21 k
  moderate  3  50 %  ARR 210 k
  concern   0  0 %   ARR 0
  critical  0  0 %   ARR 0

  0-9     0
  10-19   0
  20-29   0
  30-39   0
  40-49   0
  50-59   0
  60-69   0
  70-79   3  ████████████████████████████████████████
  80-89   3  ████████████████████████████████████████
  90-100  0

churn risk (100 is worst)
  low     6  100 %  ARR 231 k
  medium  0  0 %    ARR 0
  high    0  0 %    ARR 0
  severe  0  0 %    ARR 0

              average  by ARR  p10  median  p90  30 days ago  90 days ago
  health      82       78.2    76   78      89   82           –
  churn risk  8.17     9.92    5    8       11   7.67         –
ARR at risk: 500 of 232 k, in 1 of 8 accounts (status at_risk)

group  accounts  counted         ARR  health  health by arr   risk  at risk arr
small         4        2      21,200    85.5           84.8    6.5          500
large         3        3  210,000.50   77.33          77.52  10.33            0
–             1        1       1,000      89             89      5            0
total         8        6  232,200.50      82           78.2   8.17          500
-- stderr
most accounts with too little data have no product usage data
6 of 8 accounts, as of 2026-03-01, in USD; left out: 1 with too little data, 1 onboarding
-- exit 0

"#]]);
    fastenr.args(["health", "summary", "--by", "owner", "-o", "csv"]).run().ok().matches(snapbox::str![[r#"
$ fastenr health summary --by owner -o csv
group,accounts,counted,arr,health,health_by_arr,health_p10,health_median,health_p90,risk,risk_by_arr,at_risk_accounts,at_risk_arr
ann@example.com,2,2,58000.00,82.5,77.79,76,76,89,8,10.17,0,0.00
jo@example.com,2,2,102000.50,80,78.47,78,78,82,9,9.76,0,0.00
,4,2,72200.00,83.5,78.15,78,78,89,7.5,9.93,1,500.00
total,8,6,232200.50,82,78.2,76,78,89,8.17,9.92,1,500.00
-- stderr
most accounts with too little data have no product usage data
6 of 8 accounts, as of 2026-03-01, in USD; left out: 1 with too little data, 1 onboarding
-- exit 0

"#]]);
    let found = json(&fastenr, &["health", "summary", "--by", "industry"]);
    let numbers = |list: &Json, name: &str| -> u64 {
        list.as_array().expect("a list").iter().map(|one| one[name].as_u64().expect("a count")).sum()
    };
    let counted = found["health"]["accounts"].as_u64();
    assert_eq!(Some(numbers(&found["health"]["bands"], "accounts")), counted);
    let histogram = found["health"]["histogram"].as_array().expect("bins").iter().map(|bin| bin.as_u64());
    assert_eq!(histogram.sum::<Option<u64>>(), counted);
    assert_eq!(numbers(&found["groups"], "accounts"), found["accounts"].as_u64().expect("a count"));
    assert_eq!(found["left_out"], json!({"insufficient_data": 1, "onboarding": 1, "not_scored": 0, "churned": 0}));
    assert_eq!(found["trend"][0]["as_of"], "2026-01-30");
    assert_eq!(found["trend"][1]["as_of"], Json::Null);
    let large = json(&fastenr, &["health", "summary", "--size", "large", "--owner", "jo@example.com"]);
    assert_eq!((&large["accounts"], &large["arr"]), (&1.into(), &90000.5.into()));
    Ok(())
}

async fn who_moved(backend: &Backend) -> Result<()> {
    let fastenr = book(backend);
    fastenr.args(["recompute"]).run().ok();
    let none = fastenr.args(["health", "movers"]).run().ok();
    ensure!(none.stderr.contains("no scores from at least 7 days before 2026-03-01"), "{}", none.transcript());
    usage(&fastenr, "2026-03-02", 8, &[40, 20, 0, 300, 40, 10]);
    let fastenr = fastenr.env("FASTENR_NOW", "2026-03-09T20:00:00Z");
    let red =
        ["metrics", "record", "--account", "dogwood", "--sentiment", "red", "--sentiment-reason", "Unhappy", "-q"];
    fastenr.args(red).run().ok();
    fastenr.args(["recompute"]).run().ok();
    fastenr.args(["health", "movers"]).run().ok().matches(snapbox::str![[r#"
$ fastenr health movers
falls
account name        ARR  from  to  change  why
Dogwood          70,000    78  39     -39  capped: the account manager's sentiment is red
Cherry        90,000.50    78  77      -1  login frequency: 400 logins per week, before 560 logins per week
rises
account name     ARR  from  to  change  why
Ash           12,000    82  89       7  login frequency: 85 logins per week, before 7 logins per week
-- stderr
2026-03-01 to 2026-03-09: 2 fell, 1 rose, 3 stayed; left out: 1 with too little data, 1 onboarding
-- exit 0

"#]]);
    let found = json(&fastenr, &["health", "movers", "--limit", "1"]);
    assert_eq!(found["falls"].as_array().map(Vec::len), Some(1));
    assert_eq!(found["falls"][0]["account"], "dogwood");
    assert_eq!(found["falls"][0]["cause"], "cap");
    let rows = fastenr.args(["health", "movers", "--owner", "jo@example.com", "-o", "jsonl"]).run().ok().jsonl();
    let moved: Vec<&Json> = rows.iter().map(|row| &row["account"]).collect();
    assert_eq!(moved, ["cherry", "ash"]);
    assert_eq!((&rows[0]["cause"], &rows[1]["cause"]), (&"login_frequency".into(), &"login_frequency".into()));
    Ok(())
}

async fn adjusted(backend: &Backend) -> Result<()> {
    let fastenr = book(backend);
    fastenr.args(["recompute"]).run().ok();
    let words = ["health", "adjust", "elm", "--score", "30", "--reason", "Sponsor resigned", "--until", "2026-06-30"];
    let dry = fastenr.args([&words[..], &["--dry-run"]].concat()).run().ok();
    ensure!(dry.stderr.contains("would adjust account Elm"), "{}", dry.transcript());
    let done = fastenr.args([&words[..], &["-o", "csv"]].concat()).run().ok();
    ensure!(done.stdout.contains(",Elm,") && done.stdout.contains(",30,critical,"), "{}", done.transcript());
    done.matches(snapbox::str![[r#"
$ fastenr health adjust elm --score 30 --reason 'Sponsor resigned' --until 2026-06-30 -o csv
id,external_id,name,status,health_score,band,churn_risk_score,scored_at
[UUID-1],elm,Elm,at_risk,30,critical,29,2026-03-01T07:00:00Z
-- stderr
adjusted account Elm
  adjusted_score    – → 30
  adjusted_because  – → Sponsor resigned
  adjusted_until    – → 2026-06-30
-- exit 0

"#]]);
    let shown = fastenr.args(["health", "show", "elm"]).run().ok();
    ensure!(shown.stdout.contains("critical, adjusted"), "{}", shown.transcript());
    ensure!(shown.stdout.contains("until 2026-06-30: Sponsor resigned"), "{}", shown.transcript());
    let shown = json(&fastenr, &["health", "show", "elm"]);
    assert_eq!(
        (&shown["adjustment"]["score"], &shown["adjustment"]["reason"]),
        (&30.into(), &"Sponsor resigned".into())
    );
    let told = fastenr.args(["activity", "list"]).run().ok();
    ensure!(told.stdout.contains("Elm"), "{}", told.transcript());
    let cleared = fastenr.args(["health", "adjust", "elm", "--clear", "-o", "json"]).run().ok();
    ensure!(cleared.stderr.contains("cleared the adjustment of account Elm"), "{}", cleared.transcript());
    ensure!(cleared.json()["health_score"] != 30, "{}", cleared.transcript());
    let again = fastenr.args(["health", "adjust", "elm", "--clear"]).run().ok();
    ensure!(again.stderr.contains("nothing to change"), "{}", again.transcript());
    Ok(())
}

async fn metrics_tell_the_score(backend: &Backend) -> Result<()> {
    let fastenr = book(backend);
    fastenr.args(["recompute"]).run().ok();
    let listed = json(&fastenr, &["metrics", "list", "--account", "elm", "--from", "2026-02-28"]);
    let scores: Vec<&Json> =
        listed["data"].as_array().expect("rows").iter().map(|row| &row["overall_health_score"]).collect();
    let elm = json(&fastenr, &["accounts", "get", "elm"]);
    assert_eq!(scores, [&elm["health_score"], &Json::Null]);
    for format in ["csv", "jsonl"] {
        let export = fastenr.args(["metrics", "export", "-o", format]).run().ok().stdout;
        ensure!(export.contains("overall_health_score"), "{}", export.lines().next().unwrap_or_default());
        let words = ["metrics", "import", "-", "--dry-run", "-o", "json"];
        let report = fastenr.args(words).stdin(export).run().ok().json();
        assert_eq!(ledger(&report), [360, 0, 0, 360, 0, 0]);
    }
    Ok(())
}
