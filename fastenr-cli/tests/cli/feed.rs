//! The feed, followed and listed; the timeline, the view of an account, and teams.

use std::collections::BTreeSet;

use anyhow::Result;
use fastenr_tests::cli::Signal;
use fastenr_tests::harness::{Backend, Tests};

use super::support::{migrated, shell, with_accounts};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("cli/feed/a_list", a_list);
    tests.both("cli/feed/following", following);
    tests.both("cli/feed/a_reader_that_leaves", a_reader_that_leaves);
    tests.both("cli/feed/all_around_an_account", all_around_an_account);
    tests.both("cli/feed/teams", teams);
    tests.both("cli/feed/silent_accounts", silent_accounts);
}

async fn a_list(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let run = |words: &[&str]| fastenr.args(words).run();
    run(&["activity", "list"]).ok().matches(snapbox::str![[r#"
$ fastenr activity list
-- stderr
no activities yet
-- exit 0

"#]]);
    run(&["organizations", "update", "default", "--time-zone", "Europe/Berlin", "-q", "-o", "csv"]).ok();
    run(&["accounts", "create", "Acme", "--external-id", "A-1", "--arr", "50000", "-q", "-o", "csv"]).ok();
    let update = ["accounts", "update", "A-1", "--arr", "60000", "--tag", "vip", "--seats", "1200", "-q", "-o", "csv"];
    run(&update).ok();
    fastenr.args(["contacts", "import", "-", "-q"]).stdin("account,name,email\nA-1,Jo,jo@acme.example\n").run().ok();
    run(&["activity", "list"]).ok().matches(snapbox::str![[r#"
$ fastenr activity list
when                 who                  what                  record     account name  change
2026-03-01 08:00:00  admin@fastenr.local  imported contacts     1 created
2026-03-01 08:00:00  admin@fastenr.local  updated account       Acme       Acme          arr 50,000 → 60,000; seats – → 1,200; +1 more
2026-03-01 08:00:00  admin@fastenr.local  created account       Acme       Acme
2026-03-01 08:00:00  admin@fastenr.local  updated organization  default                  time zone UTC → Europe/Berlin
-- stderr
4 activities
-- exit 0

"#]]);
    run(&["activity", "list", "--kind", "accounts.update", "-o", "json"]).ok().matches(snapbox::str![[r#"
$ fastenr activity list --kind accounts.update -o json
{"data":[{"id":"[UUID-1]","at":"2026-03-01T07:00:00Z","actor":{"email":"admin@fastenr.local"},"kind":"accounts.update","noun":"accounts","record_id":"[UUID-2]","account":"A-1","account_name":"Acme","label":"Acme","operation":"[UUID-3]","changes":[{"field":"arr","old":50000,"new":60000},{"field":"seats","old":null,"new":1200},{"field":"tags","old":null,"new":["vip"]}]}],"total":1,"page":1,"limit":25,"hasMore":false}
-- stderr
1 activity
-- exit 0

"#]]);
    run(&["activity", "list", "--account", "Acme", "--all", "-o", "csv"]).ok().matches(snapbox::str![[r#"
$ fastenr activity list --account Acme --all -o csv
id,at,actor,kind,noun,record_id,account,account_name,label,operation,changes
[UUID-1],2026-03-01T07:00:00Z,admin@fastenr.local,accounts.update,accounts,[UUID-2],A-1,Acme,Acme,[UUID-3],"[{""field"":""arr"",""old"":50000,""new"":60000},{""field"":""seats"",""old"":null,""new"":1200},{""field"":""tags"",""old"":null,""new"":[""vip""]}]"
[UUID-4],2026-03-01T07:00:00Z,admin@fastenr.local,accounts.create,accounts,[UUID-2],A-1,Acme,Acme,[UUID-5],"[{""field"":""name"",""old"":null,""new"":""Acme""},{""field"":""external_id"",""old"":null,""new"":""A-1""},{""field"":""arr"",""old"":null,""new"":50000}]"
-- stderr
2 activities
-- exit 0

"#]]);
    run(&["activity", "list", "--limit", "1", "--kind", "accounts"]).ok().matches(snapbox::str![[r#"
$ fastenr activity list --limit 1 --kind accounts
when                 who                  what             record  account name  change
2026-03-01 08:00:00  admin@fastenr.local  updated account  Acme    Acme          arr 50,000 → 60,000; seats – → 1,200; +1 more
-- stderr
1 of 2; --all for the rest
-- exit 0

"#]]);
    run(&["activity", "list", "--kind", "goals"]).ok().matches(snapbox::str![[r#"
$ fastenr activity list --kind goals
-- stderr
no activities match
-- exit 0

"#]]);
    run(&["activity", "list", "--since", "yesteryear"]).code(2).matches(snapbox::str![[r#"
$ fastenr activity list --since yesteryear
-- stderr
error: invalid value 'yesteryear' for '--since <TIME>': not a date: did you mean yesterday? Examples: 2026-03-01, yesterday, monday, -2w or 'last friday'

For more information, try '--help'.
-- exit 2

"#]]);
    run(&["activity", "list", "--follow", "--all"]).code(2);
    Ok(())
}

/// Two writers at once, and one who watches: each activity comes once, in the order in which they can be told.
async fn following(backend: &Backend) -> Result<()> {
    const EACH: usize = 8;
    let fastenr = with_accounts(backend);
    let mut watcher = fastenr.args(["activity", "list", "--follow", "-o", "json"]).spawn();
    watcher.wait_for("following the activity feed");
    let script = |account: &str| {
        format!(
            "for n in 1 2 3 4 5 6 7 8; do \"$FASTENR\" accounts update {account} --arr 7$n -q -o csv >/dev/null || exit 1; done"
        )
    };
    let both = format!("({}) & ({}) && wait $!", script("A-1"), script("A-2"));
    shell(&fastenr, &both).ok();
    fastenr.args(["accounts", "archive", "A-3", "-q", "-o", "csv"]).run().ok();
    watcher.wait_for("accounts.archive");
    watcher.kill(Signal::Interrupt);
    let output = watcher.wait().code(130);
    let lines = output.jsonl();
    assert_eq!(lines.len(), 2 * EACH + 1, "{}", output.stdout);
    let ids: BTreeSet<&str> = lines.iter().filter_map(|line| line["id"].as_str()).collect();
    assert_eq!(ids.len(), lines.len());
    for account in ["A-1", "A-2"] {
        let of = lines.iter().filter(|line| line["account"] == account);
        let arr: Vec<u64> = of.filter_map(|line| line["changes"][0]["new"].as_u64()).collect();
        assert_eq!(arr, [71, 72, 73, 74, 75, 76, 77, 78]);
    }
    let since = ["activity", "list", "--follow", "--since", "1d", "--kind", "accounts.archive,*.import"];
    let mut again = fastenr.args(since).spawn();
    again.wait_for("archived account  Cobalt");
    again.kill(Signal::Terminate);
    again.wait().code(130).matches(snapbox::str![[r#"
$ fastenr activity list --follow --since 1d --kind 'accounts.archive,*.import'
2026-03-01 07:00:00  admin@fastenr.local  imported users  2 created
2026-03-01 07:00:00  admin@fastenr.local  imported accounts  5 created
2026-03-01 07:00:00  admin@fastenr.local  archived account  Cobalt  Cobalt  archived at – → 2026-03-01T07:00:00Z
-- stderr
following the activity feed; press Ctrl-C to stop
error: interrupted; the unit in progress was rolled back
-- exit 130

"#]]);
    Ok(())
}

/// With something to be told, and with nothing.
async fn a_reader_that_leaves(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let script =
        "(\"$FASTENR\" activity list --follow --since 1d -o csv; echo \"code $?\" >&2) | head -n 2 | cut -c 1-8";
    let output = shell(&fastenr, script).ok();
    assert_eq!((output.stdout.lines().count(), output.stderr.lines().last()), (2, Some("code 0")));
    let output = shell(&fastenr, "(\"$FASTENR\" activity list --follow; echo \"code $?\" >&2) | true").ok();
    assert_eq!(output.stderr.lines().last(), Some("code 0"));
    Ok(())
}

async fn all_around_an_account(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let clock = std::cell::Cell::new(10);
    let now = || {
        clock.set(clock.get() + 1);
        format!("2026-03-01T07:{}:00Z", clock.get())
    };
    let quietly = |words: &[&str]| {
        fastenr.args([words, &["-q", "-o", "csv", "--now", &now()]].concat()).run().ok();
    };
    quietly(&["accounts", "update", "A-2", "--parent", "A-1"]);
    quietly(&["team", "add", "A-1", "ann@example.com", "--role", "support"]);
    quietly(&[
        "contacts",
        "create",
        "--account",
        "A-1",
        "--name",
        "Mia Roe",
        "--role",
        "champion",
        "--left-on",
        "2026-02-01",
    ]);
    let meeting = ["engagements", "create", "--account", "A-1", "--type", "meeting", "--title", "Review"];
    quietly(&[&meeting[..], &["--completed-at", "2026-02-20T10:00:00Z", "--outcome", "action_required"]].concat());
    let call = ["engagements", "create", "--account", "A-1", "--type", "call", "--title", "Check-in"];
    quietly(&[&call[..], &["--scheduled-at", "2026-03-05T09:30:00Z"]].concat());
    let goal =
        ["goals", "create", "--account", "A-1", "--title", "Roll out", "--target-value", "50", "--unit", "seats"];
    quietly(&[&goal[..], &["--current-value", "33.5", "--target-date", "2026-06-30"]].concat());
    for (day, logins, csat) in [("2026-02-26", "12", "80.5"), ("2026-02-27", "3", "90")] {
        let record = ["metrics", "record", "--account", "A-1", "--metric-date", day];
        quietly(&[&record[..], &["--login-frequency", logins, "--csat", csat]].concat());
    }
    quietly(&["accounts", "update", "A-1", "--arr", "1300000"]);
    fastenr
        .args(["accounts", "import", "-", "-q", "--now", &now()])
        .stdin("external_id,status\nA-1,at_risk\n")
        .run()
        .ok();
    let get = |words: &[&str]| fastenr.args([&["accounts", "get", "A-1"], words].concat()).run().ok();
    get(&[]).matches(snapbox::str![[r#"
$ fastenr accounts get A-1
id               [UUID-1]
external id      A-1
name             Acme
domain           acme.example
industry         Retail
size             enterprise
status           at_risk
ARR              1,300,000
owner            jo@example.com
parent
contract start
renewal          2026-12-31
auto renew
renewal stage
past due since
seats
tags             emea, vip
custom fields    {"tier":"gold"}
churned on
created at       2024-01-01 00:00
health           –
risk             –
scored at
status source    import
archived at
updated at       2026-03-01 07:20
version          3
organization id  [UUID-2]
band
health coverage
churn coverage
merged into
status until
imported status  at_risk
provisional
times usual
churn %

owner and team
  jo@example.com   owner    Jo Doe
  ann@example.com  support  Ann Lee

children: 1, ARR 50 k USD
  Bolt & Sons  at risk  50,000.50

contacts: 1
  Mia Roe  champion  left 2026-02-01

engagements: 2
  last  2026-02-20 10:00  meeting  Review    action required
  next  2026-03-05 09:30  call     Check-in

open goals
  ██████···· 67 %  Roll out  on track  33.5 of 50 seats  due 2026-06-30

metrics
  login frequency  3   2026-02-27  █▁
  csat             90  2026-02-27  ▁█
-- exit 0

"#]]);
    get(&["-o", "json"]).matches(snapbox::str![[r#"
$ fastenr accounts get A-1 -o json
{"id":"[UUID-1]","external_id":"A-1","name":"Acme","domain":"acme.example","industry":"Retail","size":"enterprise","status":"at_risk","arr":1300000,"owner":"jo@example.com","parent":null,"contract_start":null,"contract_end":"2026-12-31","auto_renew":null,"renewal_stage":null,"past_due_since":null,"seats":null,"tags":["emea","vip"],"custom_fields":{"tier":"gold"},"churned_on":null,"created_at":"2024-01-01T00:00:00Z","health_score":null,"churn_risk_score":null,"scored_at":null,"status_source":"import","archived_at":null,"updated_at":"2026-03-01T07:20:00Z","version":3,"organization_id":"[UUID-2]","band":null,"health_coverage":null,"churn_coverage":null,"merged_into":null,"status_until":null,"imported_status":"at_risk","provisional_health_score":null,"churn_times_usual":null,"churn_probability":null,"team":[{"user":"ann@example.com","role":"support"}],"parent_account":null,"children":{"count":1,"arr":50000.5,"accounts":[{"id":"[UUID-3]","external_id":"A-2","name":"Bolt & Sons","status":"at_risk","arr":50000.5}]},"contacts":[{"id":"[UUID-4]","external_id":null,"name":"Mia Roe","title":null,"role":"champion","email":null,"left_on":"2026-02-01"}],"last_engagement":{"id":"[UUID-5]","external_id":null,"type":"meeting","title":"Review","outcome":"action_required","scheduled_at":null,"completed_at":"2026-02-20T10:00:00Z","created_by":"admin@fastenr.local"},"next_engagement":{"id":"[UUID-6]","external_id":null,"type":"call","title":"Check-in","outcome":null,"scheduled_at":"2026-03-05T09:30:00Z","completed_at":null,"created_by":"admin@fastenr.local"},"goals":[{"id":"[UUID-7]","external_id":null,"title":"Roll out","metric_type":"custom","status":"on_track","start_value":0,"current_value":33.5,"target_value":50,"unit":"seats","target_date":"2026-06-30","progress":67}],"metrics":{"login_frequency":{"value":3,"date":"2026-02-27","recent":[12,3]},"csat":{"value":90,"date":"2026-02-27","recent":[80.5,90]}},"alerts":[],"health_history":[],"churn_likelihood":null,"counts":{"contacts":1,"engagements":2,"attachments":0,"goals":1,"metrics":2,"alerts":0}}
-- exit 0

"#]]);
    get(&["--fields", "name,arr", "-o", "json"]).matches(snapbox::str![[r#"
$ fastenr accounts get A-1 --fields name,arr -o json
{"name":"Acme","arr":1300000}
-- exit 0

"#]]);
    assert_eq!(get(&["-o", "csv"]).stdout.lines().next().map(|header| header.split(',').count()), Some(37));
    let timeline = |words: &[&str]| fastenr.args([&["accounts", "timeline", "A-1"], words].concat()).run();
    timeline(&["--limit", "9"]).ok().matches(snapbox::str![[r#"
$ fastenr accounts timeline A-1 --limit 9
2026-03-05 Thursday
  09:30  engagement  call: Check-in (open)  admin@fastenr.local
2026-03-01 Sunday
  07:20  import      changed by import of stdin  admin@fastenr.local
                     status active → at_risk
  07:19  change      updated account  admin@fastenr.local
                     arr 1,200,000 → 1,300,000
  07:18  metric      created metrics row Acme, 2026-02-27  admin@fastenr.local
  07:17  metric      created metrics row Acme, 2026-02-26  admin@fastenr.local
  07:16  goal        goal set: Roll out  admin@fastenr.local
  07:13  contact     created contact Mia Roe  admin@fastenr.local
  07:12  team        added team member Acme, ann@example.com  admin@fastenr.local
  07:00  import      created by import of stdin  admin@fastenr.local
-- stderr
the latest 9 events; --all for the rest
-- exit 0

"#]]);
    timeline(&["--kind", "import", "-o", "json"]).ok().matches(snapbox::str![[r#"
$ fastenr accounts timeline A-1 --kind import -o json
{"data":[{"at":"2026-03-01T07:20:00Z","kind":"import","title":"changed by import of stdin","detail":null,"open":false,"actor":"admin@fastenr.local","record_id":"[UUID-1]","operation":"[UUID-2]","changes":[{"field":"status","old":"active","new":"at_risk"}]},{"at":"2026-03-01T07:00:00Z","kind":"import","title":"created by import of stdin","detail":null,"open":false,"actor":"admin@fastenr.local","record_id":"[UUID-1]","operation":"[UUID-3]","changes":[]}],"limit":25,"hasMore":false}
-- stderr
2 events
-- exit 0

"#]]);
    timeline(&["--kind", "goal", "-o", "csv"]).ok().matches(snapbox::str![[r#"
$ fastenr accounts timeline A-1 --kind goal -o csv
at,kind,title,detail,open,actor,record_id,operation,changes
2026-03-01T07:16:00Z,goal,goal set: Roll out,,false,admin@fastenr.local,[UUID-1],,[]
-- stderr
1 event
-- exit 0

"#]]);
    timeline(&["--from", "2026-03-02", "--to", "2026-03-03"]).ok().matches(snapbox::str![[r#"
$ fastenr accounts timeline A-1 --from 2026-03-02 --to 2026-03-03
-- stderr
no events of Acme match
-- exit 0

"#]]);
    timeline(&["--kind", "tea"]).code(2).matches(snapbox::str![[r#"
$ fastenr accounts timeline A-1 --kind tea
-- stderr
error: kind "tea": a kind of event is one of engagement, goal, contact, team, metric, change, import, task (did you mean team?)
-- exit 2

"#]]);
    Ok(())
}

async fn teams(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let run = |code, words: &[&str]| fastenr.args([&["team"], words].concat()).run().code(code);
    let csv = ["-o", "csv"];
    assert_eq!(
        run(0, &["add", "Acme", "Ann Lee", "-o", "csv"]).stderr.lines().next(),
        Some("added team member Acme, ann@example.com")
    );
    let again = run(0, &[&["add", "A-1", "ann@example.com", "--role", "support"], &csv[..]].concat());
    assert!(again.stderr.contains("  role  – → support"), "{}", again.stderr);
    run(0, &["list", "--account", "A-1"]).matches(snapbox::str![[r#"
$ fastenr team list --account A-1
account name  user name  user             role     created at
Acme          Ann Lee    ann@example.com  support  2026-03-01 07:00
-- stderr
1 team member
-- exit 0

"#]]);
    let exported = run(0, &["export", "--fields", "account,user,role"]).stdout;
    fastenr.args(["team", "import", "-", "--dry-run"]).stdin(exported).run().ok().matches(snapbox::str![[r#"
$ fastenr team import - --dry-run
1 row: 1 unchanged (dry run: nothing was written)
-- exit 0

"#]]);
    let rows = "account,user,role\nA-2,ann@example.com,sales\n";
    fastenr.args(["team", "import", "-", "-q"]).stdin(rows).run().ok();
    let users = ["users", "update", "ann@example.com", "--deactivate", "-o", "csv"];
    fastenr.args(["accounts", "update", "A-2", "--unset", "owner", "-q", "-o", "csv"]).run().ok();
    let told = fastenr.args(users).run().ok().stderr;
    let said =
        "ann@example.com stays on the team of 2 accounts: `fastenr team list --member ann@example.com` shows them";
    assert_eq!(told.lines().last(), Some(said), "{told}");
    run(5, &["add", "A-3", "ann@example.com"]).matches(snapbox::str![[r#"
$ fastenr team add A-3 ann@example.com
-- stderr
error: ann@example.com is deactivated
hint: activate the user first: `fastenr users update ann@example.com --activate`
-- exit 5

"#]]);
    run(4, &["remove", "A-3", "ann@example.com"]).matches(snapbox::str![[r#"
$ fastenr team remove A-3 ann@example.com
-- stderr
error: ann@example.com is not on the team of A-3
hint: `fastenr team list --account "A-3"` shows who is
-- exit 4

"#]]);
    assert!(run(0, &["remove", "A-1", "ann@example.com", "--dry-run", "-o", "csv"]).stderr.starts_with("would remove"));
    assert!(run(0, &["remove", "A-1", "ann@example.com", "-o", "csv"]).stderr.starts_with("removed team member"));
    run(4, &["remove", "A-1", "ann@example.com"]);
    Ok(())
}

async fn silent_accounts(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let make = ["engagements", "create", "--account", "A-1", "--type", "call", "--title", "x", "-q", "-o", "csv"];
    fastenr.args([&make[..], &["--completed-at", "2026-02-20T10:00:00Z"]].concat()).run().ok();
    let list = ["accounts", "list", "--no-engagement-for", "30d", "--fields", "name", "-o", "csv"];
    let output = fastenr.args(list).run().ok();
    assert_eq!(output.stdout, "name\nBolt & Sons\nCobalt\nDelta Air\nÉclair\n");
    Ok(())
}
