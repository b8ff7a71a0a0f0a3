//! What people and programs see of goals: a life of one, a refresh, a report.

use anyhow::{Context as _, Result};
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Tests};

use super::support::with_accounts;

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/goals/a_life", a_life);
    tests.both("cli/goals/refresh_and_report", refresh_and_report);
    tests.both("cli/goals/refusals_name_the_way_out", refusals);
}

const PLAN: [&str; 12] = [
    "goals",
    "create",
    "--account",
    "A-1",
    "--title",
    "Roll out",
    "--target-value",
    "100",
    "--started-on",
    "2026-01-01",
    "--target-date",
    "2026-05-01",
];

fn with_goal(backend: &Backend) -> Fastenr {
    let fastenr = with_accounts(backend);
    let milestones = r#"[{"title":"Half","target_value":50,"target_date":"2026-03-31"}]"#;
    fastenr.args([&PLAN[..], &["--milestones", milestones]].concat()).run().ok();
    fastenr
}

async fn a_life(backend: &Backend) -> Result<()> {
    let fastenr = with_goal(backend);
    let progress = |words: &[&str]| fastenr.args([&["goals", "progress", "Roll out"], words].concat()).run().ok();
    for (value, on) in [("8", "2026-01-15"), ("17", "2026-02-01"), ("24", "2026-02-15")] {
        progress(&[value, "--on", on]);
    }
    let step = progress(&["--by", "8.5", "--dry-run", "-o", "csv"]);
    assert!(step.stderr.starts_with("would record progress of goal Roll out; dry run, nothing was written"));
    assert!(step.stderr.contains("current_value  24 → 32.5"), "{}", step.stderr);
    progress(&["32.5", "-o", "csv"]);
    fastenr.args(["goals", "get", "Roll out"]).run().ok().matches(snapbox::str![[r#"
$ fastenr goals get 'Roll out'
id                  [UUID-1]
external id
account             A-1
title               Roll out
description
metric type         custom
start value         0
current value       32.5
target value        100
unit
measurement period
status              at_risk
started on          2026-01-01
target date         2026-05-01
completion date
milestones          [{"title":"Half","target_value":50,"target_date":"2026-03-31"}]
created by          admin@fastenr.local
created at          2026-03-01 07:00
status source       rule
updated at          2026-03-01 07:00
version             5
account id          [UUID-2]
account name        Acme
organization id     [UUID-3]
progress            ███······· 32.5 %
expected share      49.16 %
next milestone      Half: 50 by 2026-03-31
projection          about 2026-07-04, between 2026-06-30 and 2026-07-09 (low confidence, 5 data points)
-- exit 0

"#]]);
    let fields = "status,progress_share,expected_share,next_milestone,projection";
    let get = fastenr.args(["goals", "get", "Roll out", "-o", "json", "--fields", fields]).run().ok();
    get.matches(snapbox::str![[r#"
$ fastenr goals get 'Roll out' -o json --fields status,progress_share,expected_share,next_milestone,projection
{"status":"at_risk","progress_share":32.5,"expected_share":49.16,"next_milestone":{"title":"Half","target_value":50,"target_date":"2026-03-31"},"projection":{"finish":"2026-07-04","earliest":"2026-06-30","latest":"2026-07-09","certainty":"low","points":5}}
-- exit 0

"#]]);
    fastenr.args(["goals", "list"]).run().ok().matches(snapbox::str![[r#"
$ fastenr goals list
account name  title     status   progress           current value  target value  unit  target date
Acme          Roll out  at_risk  ███······· 32.5 %           32.5           100        2026-05-01
-- stderr
1 goal
-- exit 0

"#]]);
    let all = fastenr.args(["goals", "get", "Roll out", "-o", "json"]).run().ok().json();
    assert_eq!(all["projection"]["points"], 5);
    progress(&["100"]).matches(snapbox::str![[r#"
$ fastenr goals progress 'Roll out' 100
id                  [UUID-1]
external id
account             A-1
title               Roll out
description
metric type         custom
start value         0
current value       100
target value        100
unit
measurement period
status              achieved
started on          2026-01-01
target date         2026-05-01
completion date     2026-03-01
milestones          [{"title":"Half","target_value":50,"target_date":"2026-03-31","completed_on":"2026-03-01"}]
created by          admin@fastenr.local
created at          2026-03-01 07:00
status source       rule
updated at          2026-03-01 07:00
version             6
account id          [UUID-2]
account name        Acme
organization id     [UUID-3]
-- stderr
recorded progress of goal Roll out
  current_value    32.5 → 100
  status           at_risk → achieved
  completion_date  – → 2026-03-01
  milestones       [{"title":"Half","target_value":50,"target_date":"2026-03-31"}] → [{"title":"Half","target_value":50,"target_date":"2026-03-31","completed_on":"2026-03-01"}]
-- exit 0

"#]]);
    let list = fastenr.args(["goals", "list", "--fields", "title,progress_share", "-o", "csv"]).run().ok();
    assert_eq!(list.stdout, "title,progress_share\nRoll out,100\n");
    Ok(())
}

async fn refresh_and_report(backend: &Backend) -> Result<()> {
    let fastenr = with_goal(backend);
    let arr = ["--title", "Grow", "--metric-type", "arr", "--target-value", "1300000"];
    fastenr.args([&["goals", "create", "--account", "A-1"], &arr[..]].concat()).run().ok();
    fastenr.args(["goals", "create", "--account", "A-2", "--title", "Done", "--status", "achieved"]).run().ok();
    fastenr.args(["accounts", "update", "A-1", "--arr", "1400000"]).run().ok();
    fastenr.args(["goals", "refresh", "--dry-run"]).run().ok().matches(snapbox::str![[r#"
$ fastenr goals refresh --dry-run
goals      2
changed    1
measured   1
achieved   1
missed     0
at risk    0
on track   0
operation
-- stderr
2 goals: 1 changed, 1 achieved (dry run: nothing was written)
-- exit 0

"#]]);
    let done = fastenr.args(["goals", "refresh", "-o", "json"]).run().ok().json();
    assert_eq!(
        (done["goals"].as_u64(), done["changed"].as_u64(), done["achieved"].as_u64()),
        (Some(2), Some(1), Some(1))
    );
    let again = fastenr.args(["goals", "refresh", "-o", "json"]).run().ok().json();
    assert_eq!((again["changed"].as_u64(), again["operation"].is_null()), (Some(0), true));
    let measured = fastenr.args(["goals", "progress", "Grow", "1"]).run().ok();
    assert!(measured.stderr.contains("arr comes from the data"), "{}", measured.stderr);
    fastenr.args(["goals", "refresh", "--account", "Acme"]).run().ok();
    fastenr.args(["goals", "report", "--by", "owner"]).run().ok().matches(snapbox::str![[r#"
$ fastenr goals report --by owner
group            goals  achieved  missed  on track  at risk  completion rate  median days  mean days
ann@example.com      1         1       0         0        0              100            0          0
jo@example.com       2         1       0         0        1              100            0          0
all                  3         2       0         0        1              100            0          0
-- stderr
3 goals
-- exit 0

"#]]);
    fastenr.args(["goals", "report", "-o", "json"]).run().ok().matches(snapbox::str![[r#"
$ fastenr goals report -o json
{"by":"metric_type","groups":[{"group":"arr","goals":1,"achieved":1,"missed":0,"on_track":0,"at_risk":0,"completion_rate":100,"median_days":0,"mean_days":0},{"group":"custom","goals":2,"achieved":1,"missed":0,"on_track":0,"at_risk":1,"completion_rate":100,"median_days":0,"mean_days":0}],"total":{"goals":3,"achieved":2,"missed":0,"on_track":0,"at_risk":1,"completion_rate":100,"median_days":0,"mean_days":0}}
-- stderr
3 goals
-- exit 0

"#]]);
    fastenr.args(["goals", "report", "--by", "size", "-o", "csv"]).run().ok().matches(snapbox::str![[r#"
$ fastenr goals report --by size -o csv
by,group,goals,achieved,missed,on_track,at_risk,completion_rate,median_days,mean_days
size,enterprise,2,1,0,0,1,100,0,0
size,small,1,1,0,0,0,100,0,0
all,,3,2,0,0,1,100,0,0
-- stderr
3 goals
-- exit 0

"#]]);
    let few = fastenr.args(["goals", "report", "--impact", "-o", "json"]).run().ok().json();
    let rows = few["impact"]["rows"].as_array().context("no rows")?;
    assert_eq!((rows[0]["kind"].as_str(), rows[0]["goals"].as_u64()), (Some("arr"), Some(1)));
    assert_eq!(rows[1]["note"], "too few: 0 pairs, 10 are needed");
    assert!(rows[1]["difference"].is_null() && rows[1]["interval"].is_null());
    let lines = fastenr.args(["goals", "report", "--impact", "-o", "csv"]).run().ok();
    assert!(lines.stdout.starts_with("kind,goals,pairs,change,"), "{}", lines.stdout);
    assert!(lines.stderr.contains("correlation, not proof"), "{}", lines.stderr);
    let none = fastenr.args(["goals", "report", "--search", "nothing", "-o", "jsonl"]).run().ok().jsonl();
    assert_eq!((none.len(), none[0]["goals"].as_u64()), (1, Some(0)));
    Ok(())
}

async fn refusals(backend: &Backend) -> Result<()> {
    let fastenr = with_goal(backend);
    let told = |words: &[&str], code: i32| fastenr.args([&["goals"], words].concat()).run().code(code).stderr;
    for (words, code, text) in [
        (&["progress", "Roll out"][..], 2, "VALUE|--by"),
        (&["progress", "Roll out", "1", "--by", "2"], 2, "cannot be used with"),
        (&["progress", "Roll out", "-1.001"], 2, "at most two decimals"),
        (&["progress", "Roll out", "1", "--on", "2026-03-02"], 2, "not after today, 2026-03-01"),
        (&["progress", "Roll out", "1", "--on", "1.2.2026"], 2, "YYYY-MM-DD"),
        (&["progress", "Roll out", "1", "--on", "2025-12-31"], 2, "--started-on DATE"),
        (&["progress", "Rol out", "1"], 4, "did you mean Roll out?"),
        (&["update", "Roll out", "--completion-date", "2026-03-02"], 2, "can't be after today"),
        (&["update", "Roll out", "--status", "missed", "--completion-date", "2026-02-02"], 2, "no completion date"),
        (&["update", "Roll out", "--target-date", "2025-12-31"], 2, "before the day it began, 2026-01-01"),
        (&["report", "--by", "sise"], 2, "did you mean size?"),
        (&["refresh", "--account", "Nobody"], 4, "Nobody"),
    ] {
        let told = told(words, code);
        assert!(told.contains(text), "{words:?}: {told}");
    }
    Ok(())
}
