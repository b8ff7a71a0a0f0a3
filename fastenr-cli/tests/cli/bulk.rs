//! What people and programs see of bulk writes: foreseen, guarded, done, planned, refused.

use anyhow::Result;
use fastenr_tests::harness::{Backend, Tests};

use super::support::{content, migrated, shell, with_accounts};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/bulk/a_dry_run_and_the_run", a_dry_run_and_the_run);
    tests.both("cli/bulk/eleven_where_ten_may_change", eleven_where_ten_may_change);
    tests.both("cli/bulk/ids_from_a_pipe", ids_from_a_pipe);
    tests.both("cli/bulk/where_nobody_can_answer", where_nobody_can_answer);
    tests.both("cli/bulk/a_plan", a_plan);
    tests.both("cli/bulk/other_verbs_and_nouns", other_verbs_and_nouns);
    tests.both("cli/bulk/refusals_name_the_way_out", refusals);
}

const UPDATE: [&str; 12] = [
    "accounts",
    "bulk-update",
    "--status",
    "at_risk,onboarding",
    "--set",
    "status=at_risk",
    "--set",
    "owner=ann@example.com",
    "--set",
    "custom.tier=gold",
    "--unset",
    "industry",
];

async fn a_dry_run_and_the_run(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let before = content(&fastenr);
    let update = |words: &[&str]| fastenr.args([&UPDATE[..], words].concat()).run();
    update(&["--dry-run"]).ok().matches(snapbox::str![[r#"
$ fastenr accounts bulk-update --status at_risk,onboarding --set status=at_risk --set owner=ann@example.com --set custom.tier=gold --unset industry --dry-run
external id  name         field          old                new
A-2          Bolt & Sons  industry       Retail             –
A-2          Bolt & Sons  custom_fields  –                  {"tier":"gold"}
A-3          Cobalt       status         onboarding         at_risk
A-3          Cobalt       owner          jo@example.com     ann@example.com
A-3          Cobalt       custom_fields  {"tier":"silver"}  {"tier":"gold"}
A-5          Éclair       industry       Food               –
A-5          Éclair       owner          –                  ann@example.com
A-5          Éclair       custom_fields  –                  {"tier":"gold"}
-- stderr
status=at_risk,onboarding: 3 accounts match, 3 would be changed (dry run: nothing was written)
-- exit 0

"#]]);
    update(&["--dry-run", "-o", "csv"]).ok().matches(snapbox::str![[r#"
$ fastenr accounts bulk-update --status at_risk,onboarding --set status=at_risk --set owner=ann@example.com --set custom.tier=gold --unset industry --dry-run -o csv
id,external_id,name,field,old,new
[UUID-1],A-2,Bolt & Sons,industry,Retail,
[UUID-1],A-2,Bolt & Sons,custom_fields,,"{""tier"":""gold""}"
[UUID-2],A-3,Cobalt,status,onboarding,at_risk
[UUID-2],A-3,Cobalt,owner,jo@example.com,ann@example.com
[UUID-2],A-3,Cobalt,custom_fields,"{""tier"":""silver""}","{""tier"":""gold""}"
[UUID-3],A-5,Éclair,industry,Food,
[UUID-3],A-5,Éclair,owner,,ann@example.com
[UUID-3],A-5,Éclair,custom_fields,,"{""tier"":""gold""}"
-- stderr
status=at_risk,onboarding: 3 accounts match, 3 would be changed (dry run: nothing was written)
-- exit 0

"#]]);
    let told = update(&["--dry-run", "-o", "json"]).ok().json();
    assert_eq!((told["matched"].as_u64(), told["changed"].as_u64()), (Some(3), Some(3)));
    assert_eq!(told["changes"].as_array().map(Vec::len), Some(8));
    let lines = update(&["--dry-run", "-o", "jsonl"]).ok().jsonl();
    assert_eq!(lines.len(), 9);
    assert_eq!(lines[8]["filter"], "status=at_risk,onboarding");
    assert_eq!(content(&fastenr), before);
    update(&["--yes"]).ok().matches(snapbox::str![[r#"
$ fastenr accounts bulk-update --status at_risk,onboarding --set status=at_risk --set owner=ann@example.com --set custom.tier=gold --unset industry --yes
status=at_risk,onboarding: 3 accounts match, 3 changed
-- stderr
operation [UUID-1]. Undo with `fastenr operations undo [UUID-1]`
-- exit 0

"#]]);
    let after = content(&fastenr);
    update(&["--yes"]).ok().matches(snapbox::str![[r#"
$ fastenr accounts bulk-update --status at_risk,onboarding --set status=at_risk --set owner=ann@example.com --set custom.tier=gold --unset industry --yes
status=at_risk,onboarding: 3 accounts match, 0 changed, 3 already have this value
-- exit 0

"#]]);
    assert_eq!(content(&fastenr), after, "twice is once");
    Ok(())
}

async fn eleven_where_ten_may_change(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let file: String = std::iter::once("external_id,name,tags\n".to_owned())
        .chain((0..11).map(|n| format!("k{n},Account {n},x\n")))
        .collect();
    fastenr.args(["accounts", "import", "-"]).stdin(file).run().ok();
    let before = content(&fastenr);
    let update = ["accounts", "bulk-update", "--status", "active", "--tag", "x", "--set", "arr=1"];
    let guarded = |words: &[&str]| fastenr.args([&update[..], words].concat()).run();
    guarded(&["--max-affected", "10"]).code(5).matches(snapbox::str![[r#"
$ fastenr accounts bulk-update --status active --tag x --set arr=1 --max-affected 10
-- stderr
error: status=active tag=x: 11 accounts match, 11 would change, --max-affected 10
hint: nothing was written; --dry-run shows what would change
-- exit 5

"#]]);
    guarded(&["--expect", "12"]).code(5).matches(snapbox::str![[r#"
$ fastenr accounts bulk-update --status active --tag x --set arr=1 --expect 12
-- stderr
error: status=active tag=x: 11 accounts match, 11 would change, --expect 12
hint: nothing was written; --dry-run shows what would change
-- exit 5

"#]]);
    guarded(&["--max-affected", "10", "--dry-run", "-q"]).code(5);
    assert_eq!(content(&fastenr), before);
    let done = guarded(&["--max-affected", "11", "--expect", "11", "-o", "json"]).ok().json();
    assert_eq!(done["changed"], 11);
    // More changes than a table shows.
    let many = ["accounts", "bulk-update", "--all", "--set", "arr=2", "--set", "seats=3", "--dry-run"];
    let many = fastenr.args(many).run().ok();
    assert_eq!(many.stdout.lines().count(), 21);
    assert!(many.stderr.starts_with("the first 20 changes; -o csv or -o json shows all\n"), "{}", many.stderr);
    Ok(())
}

async fn ids_from_a_pipe(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let script = "\"$FASTENR\" accounts export - --status at_risk | \"$FASTENR\" accounts bulk-tag --ids - --add watch --remove emea --yes";
    shell(&fastenr, script).ok().matches(snapbox::str![[r#"
$ fastenr -c '"$FASTENR" accounts export - --status at_risk | "$FASTENR" accounts bulk-tag --ids - --add watch --remove emea --yes'
--ids stdin: 2 accounts match, 2 changed
-- stderr
2 accounts
operation [UUID-1]. Undo with `fastenr operations undo [UUID-1]`
-- exit 0

"#]]);
    let listed = ["accounts", "list", "--tag", "watch", "-o", "csv", "--fields", "external_id,tags"];
    assert_eq!(fastenr.args(listed).run().ok().stdout, "external_id,tags\nA-2,watch\nA-5,watch\n");
    let both = ["accounts", "bulk-update", "--ids", "-", "--status", "active", "--set", "seats=5", "--yes"];
    fastenr.args(both).stdin("A-1\nA-2\nA-1\n").run().ok().matches(snapbox::str![[r#"
$ fastenr accounts bulk-update --ids - --status active --set seats=5 --yes
status=active --ids stdin: 1 account matches of 2 named, 1 changed
-- stderr
operation [UUID-1]. Undo with `fastenr operations undo [UUID-1]`
-- exit 0

"#]]);
    fastenr.args(both).stdin("A-1\nB-1\nB-2\n").run().code(4).matches(snapbox::str![[r#"
$ fastenr accounts bulk-update --ids - --status active --set seats=5 --yes
-- stderr
error: 2 ids mean no account: B-1, B-2
hint: ids and external ids count, one a line or in a column of that name; `fastenr accounts export` has them
-- exit 4

"#]]);
    Ok(())
}

async fn where_nobody_can_answer(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    fastenr.args(["metrics", "import", "-"]).stdin("account,metric_date,nps\nA-1,2026-02-01,15\n").run().ok();
    let before = content(&fastenr);
    fastenr.args(["metrics", "bulk-delete", "--all"]).run().code(5).matches(snapbox::str![[r#"
$ fastenr metrics bulk-delete --all
-- stderr
error: confirmation needed, but this is not a terminal: Delete 1 metrics row (all metrics)?
hint: nothing was written; add --expect 1, --max-affected N, --plan FILE or --yes. --dry-run shows the changes
-- exit 5

"#]]);
    for line in [
        "accounts bulk-update --status active --set seats=5",
        "accounts bulk-tag --all --add x",
        "accounts bulk-archive --status churned",
        "accounts bulk-update --all --set status=active --unset seats",
    ] {
        let refused = fastenr.args(line.split(' ')).run().code(5);
        assert!(refused.stderr.contains("confirmation needed"), "{line}: {}", refused.stderr);
    }
    let piped = ["accounts", "bulk-tag", "--ids", "-", "--add", "x"];
    fastenr.args(piped).stdin("A-1\nA-2\n").run().code(5);
    assert_eq!(content(&fastenr), before);
    // What the hint says is taken.
    fastenr.args([&piped[..], &["--expect", "2"]].concat()).stdin("A-1\nA-2\n").run().ok();
    fastenr.args(["metrics", "bulk-delete", "--all", "--max-affected", "1"]).run().ok();
    Ok(())
}

async fn a_plan(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let plan = |words: &[&str]| fastenr.args([&UPDATE[..], &["--plan", "risk.plan"], words].concat()).run();
    plan(&["--dry-run", "-o", "csv", "-q"]).ok();
    fastenr.args(["accounts", "update", "A-2", "--owner", "jo@example.com"]).run().ok();
    let before = content(&fastenr);
    plan(&[]).code(5).matches(snapbox::str![[r#"
$ fastenr accounts bulk-update --status at_risk,onboarding --set status=at_risk --set owner=ann@example.com --set custom.tier=gold --unset industry --plan risk.plan
-- stderr
error: the data moved since risk.plan was made, 1 row differs: A-2 (Bolt & Sons), owner: not planned, now jo@example.com → ann@example.com
hint: nothing was written; make the plan again with --dry-run
-- exit 5

"#]]);
    assert_eq!(content(&fastenr), before);
    fastenr.args(["accounts", "update", "A-2", "--owner", "ann@example.com"]).run().ok();
    let done = plan(&["-o", "json"]).ok().json();
    assert_eq!((done["matched"].as_u64(), done["changed"].as_u64()), (Some(3), Some(3)));
    let other = ["accounts", "bulk-update", "--all", "--set", "status=churned", "--plan", "risk.plan"];
    fastenr.args(other).run().code(2).matches(snapbox::str![[r#"
$ fastenr accounts bulk-update --all --set status=churned --plan risk.plan
-- stderr
error: risk.plan is the plan of another command: its filter is status=at_risk,onboarding
hint: give the command that made it, with --plan and without --dry-run
-- exit 2

"#]]);
    Ok(())
}

async fn other_verbs_and_nouns(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let run = |line: &str| fastenr.args(line.split(' ')).run().ok();
    run("accounts bulk-archive --status churned --yes").matches(snapbox::str![[r#"
$ fastenr accounts bulk-archive --status churned --yes
status=churned: 1 account matches, 1 archived
-- stderr
operation [UUID-1]. Undo with `fastenr operations undo [UUID-1]`
-- exit 0

"#]]);
    run("accounts bulk-restore --all -o csv --yes").matches(snapbox::str![[r#"
$ fastenr accounts bulk-restore --all -o csv --yes
operation,dry_run,command,filter,matched,changed,unchanged
[UUID-1],false,accounts.bulk-restore,all archived accounts,1,1,0
-- stderr
operation [UUID-1]. Undo with `fastenr operations undo [UUID-1]`
-- exit 0

"#]]);
    let metrics = "account,metric_date,nps\nA-1,2026-02-01,15\nA-1,2026-02-02,16\nA-2,2026-02-01,17\n";
    fastenr.args(["metrics", "import", "-"]).stdin(metrics).run().ok();
    run("metrics bulk-delete --to 2026-02-01 --dry-run").matches(snapbox::str![[r#"
$ fastenr metrics bulk-delete --to 2026-02-01 --dry-run
name                     field   old        new
Acme, 2026-02-01         record  version 1  –
Bolt & Sons, 2026-02-01  record  version 1  –
-- stderr
to=2026-02-01: 2 metrics match, 2 would be deleted (dry run: nothing was written)
-- exit 0

"#]]);
    run("metrics bulk-delete --to 2026-02-01 --yes").matches(snapbox::str![[r#"
$ fastenr metrics bulk-delete --to 2026-02-01 --yes
to=2026-02-01: 2 metrics match, 2 deleted
-- stderr
operation [UUID-1]. Undo with `fastenr operations undo [UUID-1]`
-- exit 0

"#]]);
    let calls = "external_id,account,type,title,completed_at,tags\n\
        c1,A-1,call,One,2026-02-01T10:00:00Z,x\nc2,A-2,call,Two,2026-02-02T10:00:00Z,x\nc3,A-3,call,Three,,\n";
    fastenr.args(["engagements", "import", "-"]).stdin(calls).run().ok();
    run("engagements bulk-update --tag x --set outcome=positive --dry-run").matches(snapbox::str![[r#"
$ fastenr engagements bulk-update --tag x --set outcome=positive --dry-run
external id  name  field    old  new
c1           One   outcome  –    positive
c2           Two   outcome  –    positive
-- stderr
tag=x: 2 engagements match, 2 would be changed (dry run: nothing was written)
-- exit 0

"#]]);
    run("engagements bulk-update --tag x --set outcome=positive --max-affected 2");
    run("engagements bulk-delete --tag x --expect 2").matches(snapbox::str![[r#"
$ fastenr engagements bulk-delete --tag x --expect 2
tag=x: 2 engagements match, 2 deleted
-- stderr
operation [UUID-1]. Undo with `fastenr operations undo [UUID-1]`
-- exit 0

"#]]);
    let goals =
        "external_id,account,title,target_value,target_date\ng1,A-1,Grow,10,2026-12-31\ng2,A-2,Save,10,2026-12-31\n";
    fastenr.args(["goals", "import", "-"]).stdin(goals).run().ok();
    run("goals bulk-update --owner jo@example.com --set current_value=10 --dry-run").matches(snapbox::str![[r#"
$ fastenr goals bulk-update --owner jo@example.com --set current_value=10 --dry-run
external id  name  field            old       new
g1           Grow  current_value    0         10
g1           Grow  status           on_track  achieved
g1           Grow  completion_date  –         2026-03-01
-- stderr
owner=jo@example.com: 1 goal matches, 1 would be changed (dry run: nothing was written)
-- exit 0

"#]]);
    run("goals bulk-delete --all --yes").matches(snapbox::str![[r#"
$ fastenr goals bulk-delete --all --yes
all goals: 2 goals match, 2 deleted
-- stderr
operation [UUID-1]. Undo with `fastenr operations undo [UUID-1]`
-- exit 0

"#]]);
    Ok(())
}

async fn refusals(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let before = content(&fastenr);
    let run = |line: &str| fastenr.args(line.split(' ')).run();
    run("accounts bulk-update --set status=active").code(2).matches(snapbox::str![[r#"
$ fastenr accounts bulk-update --set status=active
-- stderr
error: nothing says which accounts
hint: give a filter or --ids, or --all for all accounts
-- exit 2

"#]]);
    run("accounts bulk-update --all --set statsu=active").code(2).matches(snapbox::str![[r#"
$ fastenr accounts bulk-update --all --set statsu=active
-- stderr
error: accounts have no field "statsu"
hint: did you mean status or status_until?
-- exit 2

"#]]);
    run("accounts bulk-update --all --set health_score=1").code(2).matches(snapbox::str![[r#"
$ fastenr accounts bulk-update --all --set health_score=1
-- stderr
error: health_score is computed and can't be set
-- exit 2

"#]]);
    run("accounts bulk-update --all --set external_id=x").code(2).matches(snapbox::str![[r#"
$ fastenr accounts bulk-update --all --set external_id=x
-- stderr
error: external_id is unique, and 5 records would have the same
hint: an import sets it record by record
-- exit 2

"#]]);
    run("accounts bulk-update --archived --set status=active").code(2).matches(snapbox::str![[r#"
$ fastenr accounts bulk-update --archived --set status=active
-- stderr
error: archived accounts are not changed
hint: `fastenr accounts bulk-restore` brings archived accounts back
-- exit 2

"#]]);
    run("accounts bulk-update --all --set parent=A-1").code(5).matches(snapbox::str![[r#"
$ fastenr accounts bulk-update --all --set parent=A-1
-- stderr
error: parent: 100 accounts or more, or a circle, would be above this one; so 4 accounts can't be changed
hint: nothing was written; leave them out by a filter
-- exit 5

"#]]);
    assert_eq!(content(&fastenr), before);
    Ok(())
}
