//! What people see of accounts: tables, JSON, JSON Lines, CSV, footers, and what is said where there is nothing to show.

use anyhow::Result;
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Tests};
use serde_json::Value as Json;

use super::support::{book, migrated, with_accounts};

pub(super) fn register(tests: &mut Tests) {
    tests.plain("cli/output/a_newcomer_is_told_what_to_do_next", a_newcomer);
    tests.both("cli/output/an_empty_list_says_why", an_empty_list);
    tests.both("cli/output/lists_in_every_format", lists);
    tests.both("cli/output/the_envelope_is_the_documented_one", the_envelope);
    tests.both("cli/output/one_account_in_every_format", one_account);
    tests.both("cli/output/the_footer_says_what_is_left_out", footers);
    tests.both("cli/output/orders_put_missing_values_lowest", orders);
}

fn a_newcomer() -> Result<()> {
    let fastenr = Fastenr::without_database();
    fastenr.args(["accounts", "list", "--status", "at_risk"]).run().ok().matches(snapbox::str![[r#"
$ fastenr accounts list --status at_risk
-- stderr
created a new database: [DIR]/home/.local/share/fastenr/fastenr.db
created the organization "default" (currency USD, time zone UTC) and its admin admin@fastenr.local; change them with `fastenr organizations update default`
no accounts yet. Import them with `fastenr accounts import FILE`, or create one with `fastenr accounts create NAME`
-- exit 0

"#]]);
    // The second time there is nothing new to tell.
    fastenr.args(["accounts", "list"]).run().ok().matches(snapbox::str![[r#"
$ fastenr accounts list
-- stderr
no accounts yet. Import them with `fastenr accounts import FILE`, or create one with `fastenr accounts create NAME`
-- exit 0

"#]]);
    Ok(())
}

async fn an_empty_list(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let list = |flags: &[&str]| fastenr.args([&["accounts", "list"], flags].concat()).run().ok();
    list(&[]).matches(snapbox::str![[r#"
$ fastenr accounts list
-- stderr
no accounts yet. Import them with `fastenr accounts import FILE`, or create one with `fastenr accounts create NAME`
-- exit 0

"#]]);
    list(&["-o", "json"]).matches(snapbox::str![[r#"
$ fastenr accounts list -o json
{"data":[],"total":0,"page":1,"limit":25,"hasMore":false}
-- stderr
no accounts yet. Import them with `fastenr accounts import FILE`, or create one with `fastenr accounts create NAME`
-- exit 0

"#]]);
    list(&["-o", "jsonl", "-q"]).matches(snapbox::str![[r#"
$ fastenr accounts list -o jsonl -q
-- exit 0

"#]]);
    list(&["-o", "csv", "-q", "--fields", "name,arr"]).matches(snapbox::str![[r#"
$ fastenr accounts list -o csv -q --fields name,arr
name,arr
-- exit 0

"#]]);
    fastenr.args(["accounts", "create", "Acme"]).run().ok();
    list(&["--status", "churned"]).matches(snapbox::str![[r#"
$ fastenr accounts list --status churned
-- stderr
no accounts match
-- exit 0

"#]]);
    fastenr.args(["accounts", "archive", "Acme"]).run().ok();
    list(&[]).matches(snapbox::str![[r#"
$ fastenr accounts list
-- stderr
all accounts are archived; --archived lists them
-- exit 0

"#]]);
    Ok(())
}

async fn lists(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let list = |flags: &[&str]| fastenr.args([&["accounts", "list"], flags].concat()).run().ok();
    list(&[]).matches(snapbox::str![[r#"
$ fastenr accounts list
name         status      health  risk        ARR  owner            renewal
Acme         active           –     –  1,200,000  jo@example.com   2026-12-31
Bolt & Sons  at_risk          –     –  50,000.50  ann@example.com  2026-04-15
Cobalt       onboarding       –     –             jo@example.com
Delta Air    churned          –     –          0                   2025-06-30
Éclair       at_risk          –     –      99.99                   2026-03-20
-- stderr
5 accounts, ARR 1.3 M USD
-- exit 0

"#]]);
    list(&["--status", "at_risk", "--sort", "arr:desc"]).matches(snapbox::str![[r#"
$ fastenr accounts list --status at_risk --sort arr:desc
name         status   health  risk        ARR  owner            renewal
Bolt & Sons  at_risk       –     –  50,000.50  ann@example.com  2026-04-15
Éclair       at_risk       –     –      99.99                   2026-03-20
-- stderr
2 accounts, ARR 50.1 k USD
-- exit 0

"#]]);
    list(&["--fields", "external_id,name,arr,tags,custom_fields", "-o", "json"]).matches(snapbox::str![[r#"
$ fastenr accounts list --fields external_id,name,arr,tags,custom_fields -o json
{"data":[{"external_id":"A-1","name":"Acme","arr":1200000,"tags":["emea","vip"],"custom_fields":{"tier":"gold"}},{"external_id":"A-2","name":"Bolt & Sons","arr":50000.5,"tags":[],"custom_fields":{}},{"external_id":"A-3","name":"Cobalt","arr":null,"tags":[],"custom_fields":{"tier":"silver"}},{"external_id":"A-4","name":"Delta Air","arr":0,"tags":[],"custom_fields":{}},{"external_id":"A-5","name":"Éclair","arr":99.99,"tags":["emea"],"custom_fields":{}}],"total":5,"page":1,"limit":25,"hasMore":false}
-- stderr
5 accounts, ARR 1.3 M USD
-- exit 0

"#]]);
    list(&["--fields", "External ID,ARR,renewal", "-o", "jsonl"]).matches(snapbox::str![[r#"
$ fastenr accounts list --fields 'External ID,ARR,renewal' -o jsonl
{"external_id":"A-1","arr":1200000,"contract_end":"2026-12-31"}
{"external_id":"A-2","arr":50000.5,"contract_end":"2026-04-15"}
{"external_id":"A-3","arr":null,"contract_end":null}
{"external_id":"A-4","arr":0,"contract_end":"2025-06-30"}
{"external_id":"A-5","arr":99.99,"contract_end":"2026-03-20"}
-- stderr
5 accounts, ARR 1.3 M USD
-- exit 0

"#]]);
    list(&["--fields", "name,arr,owner,tags", "-o", "csv"]).matches(snapbox::str![[r#"
$ fastenr accounts list --fields name,arr,owner,tags -o csv
name,arr,owner,tags
Acme,1200000.00,jo@example.com,"emea, vip"
Bolt & Sons,50000.50,ann@example.com,
Cobalt,,jo@example.com,
Delta Air,0.00,,
Éclair,99.99,,emea
-- stderr
5 accounts, ARR 1.3 M USD
-- exit 0

"#]]);
    list(&["-q", "--fields", "name"]).matches(snapbox::str![[r#"
$ fastenr accounts list -q --fields name
name
Acme
Bolt & Sons
Cobalt
Delta Air
Éclair
-- exit 0

"#]]);
    Ok(())
}

async fn the_envelope(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let answer = fastenr.args(["accounts", "list", "-o", "json", "--limit", "2", "--page", "2"]).run().ok().json();
    let names = |object: &Json| object.as_object().map(|object| object.keys().cloned().collect::<Vec<_>>());
    assert_eq!(names(&answer), Some(["data", "total", "page", "limit", "hasMore"].map(str::to_owned).to_vec()));
    assert_eq!((&answer["total"], &answer["page"], &answer["limit"]), (&5.into(), &2.into(), &2.into()));
    assert_eq!(answer["hasMore"], true);
    let data = answer["data"].as_array().map(Vec::as_slice).unwrap_or_default();
    assert_eq!(data.len(), 2);

    let account = fastenr.args(["accounts", "get", "A-2", "-o", "json"]).run().ok().json();
    assert_eq!(account["arr"].to_string(), "50000.5", "arr is a number, not a text");
    // What the documents of the product have promised since its beginning.
    for field in [
        "id",
        "organization_id",
        "name",
        "industry",
        "size",
        "status",
        "arr",
        "health_score",
        "churn_risk_score",
        "created_at",
        "updated_at",
        "external_id",
    ] {
        assert!(account.get(field).is_some(), "an account in JSON has {field}: {account}");
    }
    assert_eq!(fastenr.args(["accounts", "get", "A-3", "-o", "json"]).run().ok().json()["arr"], Json::Null);
    Ok(())
}

async fn one_account(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let get = |flags: &[&str]| fastenr.args([&["accounts", "get"], flags].concat()).run().ok();
    get(&["Acme"]).matches(snapbox::str![[r#"
$ fastenr accounts get Acme
id               [UUID-1]
external id      A-1
name             Acme
domain           acme.example
industry         Retail
size             enterprise
status           active
ARR              1,200,000
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
updated at       2026-03-01 07:00
version          1
organization id  [UUID-2]
band
health coverage
churn coverage
merged into
status until
imported status  active
provisional
times usual
churn %

owner and team
  jo@example.com  owner  Jo Doe
-- exit 0

"#]]);
    get(&["A-1", "-o", "json"]).matches(snapbox::str![[r#"
$ fastenr accounts get A-1 -o json
{"id":"[UUID-1]","external_id":"A-1","name":"Acme","domain":"acme.example","industry":"Retail","size":"enterprise","status":"active","arr":1200000,"owner":"jo@example.com","parent":null,"contract_start":null,"contract_end":"2026-12-31","auto_renew":null,"renewal_stage":null,"past_due_since":null,"seats":null,"tags":["emea","vip"],"custom_fields":{"tier":"gold"},"churned_on":null,"created_at":"2024-01-01T00:00:00Z","health_score":null,"churn_risk_score":null,"scored_at":null,"status_source":"import","archived_at":null,"updated_at":"2026-03-01T07:00:00Z","version":1,"organization_id":"[UUID-2]","band":null,"health_coverage":null,"churn_coverage":null,"merged_into":null,"status_until":null,"imported_status":"active","provisional_health_score":null,"churn_times_usual":null,"churn_probability":null,"team":[],"parent_account":null,"children":{"count":0,"arr":0,"accounts":[]},"contacts":[],"last_engagement":null,"next_engagement":null,"goals":[],"metrics":{},"alerts":[],"health_history":[],"churn_likelihood":null,"counts":{"contacts":0,"engagements":0,"attachments":0,"goals":0,"metrics":0,"alerts":0}}
-- exit 0

"#]]);
    get(&["eclair.example", "-o", "jsonl", "--fields", "name,arr"]).matches(snapbox::str![[r#"
$ fastenr accounts get eclair.example -o jsonl --fields name,arr
{"name":"Éclair","arr":99.99}
-- exit 0

"#]]);
    get(&["bolt & SONS", "-o", "csv", "--fields", "name,arr,owner,archived_at"]).matches(snapbox::str![[r#"
$ fastenr accounts get 'bolt & SONS' -o csv --fields name,arr,owner,archived_at
name,arr,owner,archived_at
Bolt & Sons,50000.50,ann@example.com,
-- exit 0

"#]]);
    Ok(())
}

async fn footers(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.args(["accounts", "import", "-"]).stdin(book(1, 312, 13_500)).run().ok();
    let footer = |flags: &[&str]| {
        let output = fastenr.args([&["accounts", "list", "--fields", "name"], flags].concat()).run().ok();
        (output.stdout.lines().count(), output.stderr)
    };
    // A table has a header.
    assert_eq!(footer(&[]), (26, "25 of 312, ARR 4.2 M USD; --all for the rest\n".to_owned()));
    assert_eq!(footer(&["--page", "13"]), (13, "12 of 312, ARR 4.2 M USD\n".to_owned()));
    assert_eq!(footer(&["--all"]), (313, "312 accounts, ARR 4.2 M USD\n".to_owned()));
    assert_eq!(footer(&["-o", "jsonl", "--limit", "100"]).0, 100);
    assert_eq!(footer(&["--all", "-q"]), (313, String::new()));
    assert_eq!(footer(&["--total", "upto:100"]), (26, "25 of 100+; --all for the rest\n".to_owned()));
    assert_eq!(footer(&["--total", "upto:25"]), (26, "25 of 25+; --all for the rest\n".to_owned()));
    assert_eq!(footer(&["--total", "upto:312", "--page", "13"]), (13, "12 of 312\n".to_owned()));
    assert_eq!(footer(&["--total", "exact", "--page", "13"]), (13, "12 of 312, ARR 4.2 M USD\n".to_owned()));
    let json = fastenr.args(["accounts", "list", "--total", "upto:30", "-o", "json"]).run().ok().json();
    assert_eq!((&json["total"], &json["totalIsMinimum"], &json["hasMore"]), (&30.into(), &true.into(), &true.into()));
    fastenr.args(["contacts", "list", "--total", "upto:30"]).run().ok();
    for wrong in ["upto:", "upto:0", "12", "none"] {
        let refused = fastenr.args(["accounts", "list", "--total", wrong]).run().code(2);
        assert!(refused.stderr.contains("write exact, or upto:N"), "{}", refused.stderr);
    }
    Ok(())
}

async fn orders(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    for (sort, expected) in [
        ("name:asc", "Acme,Bolt & Sons,Cobalt,Delta Air,Éclair"),
        ("name:desc", "Éclair,Delta Air,Cobalt,Bolt & Sons,Acme"),
        ("arr", "Cobalt,Delta Air,Éclair,Bolt & Sons,Acme"),
        ("arr:desc", "Acme,Bolt & Sons,Éclair,Delta Air,Cobalt"),
        ("contract_end:asc", "Cobalt,Delta Air,Éclair,Bolt & Sons,Acme"),
    ] {
        let listed = fastenr.args(["accounts", "list", "-o", "jsonl", "--fields", "name", "--sort", sort]).run().ok();
        let names: Vec<String> = listed.jsonl().iter().map(|a| a["name"].as_str().unwrap_or("").to_owned()).collect();
        assert_eq!(names.join(","), expected, "{sort}");
    }
    Ok(())
}
