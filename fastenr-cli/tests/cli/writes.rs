//! What people see of single writes: created, updated, archived, restored, refused, and only tried.

use anyhow::Result;
use fastenr_tests::harness::{Backend, Tests};

use super::support::{content, migrated, with_accounts};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/writes/create_update_archive_restore", a_life);
    tests.both("cli/writes/a_dry_run_shows_the_change_and_keeps_the_data", dry_runs);
    tests.both("cli/writes/refusals_name_the_way_out", refusals);
    tests.both("cli/writes/users_and_organizations", users_and_organizations);
}

async fn a_life(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let short = ["-o", "json"];
    let accounts = |words: &[&str]| fastenr.args([&["accounts"], words, &short[..]].concat()).run().ok();
    let create = ["create", "Acme, Inc.", "--external-id", "A-1", "--domain", "https://www.Acme.example/about"];
    accounts(
        &[&create[..], &["--arr", "50000", "--status", "At Risk", "--tag", "vip", "--custom", "tier=gold"]].concat(),
    )
    .matches(snapbox::str![[r#"
$ fastenr accounts create 'Acme, Inc.' --external-id A-1 --domain https://www.Acme.example/about --arr 50000 --status 'At Risk' --tag vip --custom tier=gold -o json
{"id":"[UUID-1]","external_id":"A-1","name":"Acme, Inc.","domain":"acme.example","industry":null,"size":null,"status":"at_risk","arr":50000,"owner":null,"parent":null,"contract_start":null,"contract_end":null,"auto_renew":null,"renewal_stage":null,"past_due_since":null,"seats":null,"tags":["vip"],"custom_fields":{"tier":"gold"},"churned_on":null,"created_at":"2026-03-01T07:00:00Z","health_score":null,"churn_risk_score":null,"scored_at":null,"status_source":"person","archived_at":null,"updated_at":"2026-03-01T07:00:00Z","version":1,"organization_id":"[UUID-2]","band":null,"health_coverage":null,"churn_coverage":null,"merged_into":null,"status_until":null,"imported_status":null,"provisional_health_score":null,"churn_times_usual":null,"churn_probability":null}
-- stderr
created account Acme, Inc.
  name           – → Acme, Inc.
  external_id    – → A-1
  domain         – → acme.example
  status         – → at_risk
  arr            – → 50000.00
  tags           – → vip
  custom_fields  – → {"tier":"gold"}
-- exit 0

"#]]);
    let update = ["update", "A-1", "--arr", "60000.5", "--unset", "domain", "--custom", "region=emea", "--auto-renew"];
    accounts(&update).matches(snapbox::str![[r#"
$ fastenr accounts update A-1 --arr 60000.5 --unset domain --custom region=emea --auto-renew -o json
{"id":"[UUID-1]","external_id":"A-1","name":"Acme, Inc.","domain":null,"industry":null,"size":null,"status":"at_risk","arr":60000.5,"owner":null,"parent":null,"contract_start":null,"contract_end":null,"auto_renew":true,"renewal_stage":null,"past_due_since":null,"seats":null,"tags":["vip"],"custom_fields":{"region":"emea","tier":"gold"},"churned_on":null,"created_at":"2026-03-01T07:00:00Z","health_score":null,"churn_risk_score":null,"scored_at":null,"status_source":"person","archived_at":null,"updated_at":"2026-03-01T07:00:00Z","version":2,"organization_id":"[UUID-2]","band":null,"health_coverage":null,"churn_coverage":null,"merged_into":null,"status_until":null,"imported_status":null,"provisional_health_score":null,"churn_times_usual":null,"churn_probability":null}
-- stderr
updated account Acme, Inc.
  arr            50000.00 → 60000.50
  auto_renew     – → true
  domain         acme.example → –
  custom_fields  {"tier":"gold"} → {"region":"emea","tier":"gold"}
-- exit 0

"#]]);
    accounts(&["update", "A-1", "--arr", "60000.50"]).matches(snapbox::str![[r#"
$ fastenr accounts update A-1 --arr 60000.50 -o json
{"id":"[UUID-1]","external_id":"A-1","name":"Acme, Inc.","domain":null,"industry":null,"size":null,"status":"at_risk","arr":60000.5,"owner":null,"parent":null,"contract_start":null,"contract_end":null,"auto_renew":true,"renewal_stage":null,"past_due_since":null,"seats":null,"tags":["vip"],"custom_fields":{"region":"emea","tier":"gold"},"churned_on":null,"created_at":"2026-03-01T07:00:00Z","health_score":null,"churn_risk_score":null,"scored_at":null,"status_source":"person","archived_at":null,"updated_at":"2026-03-01T07:00:00Z","version":2,"organization_id":"[UUID-2]","band":null,"health_coverage":null,"churn_coverage":null,"merged_into":null,"status_until":null,"imported_status":null,"provisional_health_score":null,"churn_times_usual":null,"churn_probability":null}
-- stderr
account Acme, Inc.: nothing to change
-- exit 0

"#]]);
    accounts(&["archive", "Acme, Inc."]).matches(snapbox::str![[r#"
$ fastenr accounts archive 'Acme, Inc.' -o json
{"id":"[UUID-1]","external_id":"A-1","name":"Acme, Inc.","domain":null,"industry":null,"size":null,"status":"at_risk","arr":60000.5,"owner":null,"parent":null,"contract_start":null,"contract_end":null,"auto_renew":true,"renewal_stage":null,"past_due_since":null,"seats":null,"tags":["vip"],"custom_fields":{"region":"emea","tier":"gold"},"churned_on":null,"created_at":"2026-03-01T07:00:00Z","health_score":null,"churn_risk_score":null,"scored_at":null,"status_source":"person","archived_at":"2026-03-01T07:00:00Z","updated_at":"2026-03-01T07:00:00Z","version":3,"organization_id":"[UUID-2]","band":null,"health_coverage":null,"churn_coverage":null,"merged_into":null,"status_until":null,"imported_status":null,"provisional_health_score":null,"churn_times_usual":null,"churn_probability":null}
-- stderr
archived account Acme, Inc.
  archived_at  – → 2026-03-01T07:00:00Z
-- exit 0

"#]]);
    accounts(&["archive", "A-1"]).matches(snapbox::str![[r#"
$ fastenr accounts archive A-1 -o json
{"id":"[UUID-1]","external_id":"A-1","name":"Acme, Inc.","domain":null,"industry":null,"size":null,"status":"at_risk","arr":60000.5,"owner":null,"parent":null,"contract_start":null,"contract_end":null,"auto_renew":true,"renewal_stage":null,"past_due_since":null,"seats":null,"tags":["vip"],"custom_fields":{"region":"emea","tier":"gold"},"churned_on":null,"created_at":"2026-03-01T07:00:00Z","health_score":null,"churn_risk_score":null,"scored_at":null,"status_source":"person","archived_at":"2026-03-01T07:00:00Z","updated_at":"2026-03-01T07:00:00Z","version":3,"organization_id":"[UUID-2]","band":null,"health_coverage":null,"churn_coverage":null,"merged_into":null,"status_until":null,"imported_status":null,"provisional_health_score":null,"churn_times_usual":null,"churn_probability":null}
-- stderr
account Acme, Inc.: nothing to change
-- exit 0

"#]]);
    accounts(&["restore", "A-1"]).matches(snapbox::str![[r#"
$ fastenr accounts restore A-1 -o json
{"id":"[UUID-1]","external_id":"A-1","name":"Acme, Inc.","domain":null,"industry":null,"size":null,"status":"at_risk","arr":60000.5,"owner":null,"parent":null,"contract_start":null,"contract_end":null,"auto_renew":true,"renewal_stage":null,"past_due_since":null,"seats":null,"tags":["vip"],"custom_fields":{"region":"emea","tier":"gold"},"churned_on":null,"created_at":"2026-03-01T07:00:00Z","health_score":null,"churn_risk_score":null,"scored_at":null,"status_source":"person","archived_at":null,"updated_at":"2026-03-01T07:00:00Z","version":4,"organization_id":"[UUID-2]","band":null,"health_coverage":null,"churn_coverage":null,"merged_into":null,"status_until":null,"imported_status":null,"provisional_health_score":null,"churn_times_usual":null,"churn_probability":null}
-- stderr
restored account Acme, Inc.
  archived_at  2026-03-01T07:00:00Z → –
-- exit 0

"#]]);
    fastenr.args(["accounts", "get", "A-1"]).run().ok().matches(snapbox::str![[r#"
$ fastenr accounts get A-1
id               [UUID-1]
external id      A-1
name             Acme, Inc.
domain
industry
size
status           at_risk
ARR              60,000.50
owner
parent
contract start
renewal
auto renew       true
renewal stage
past due since
seats
tags             vip
custom fields    {"region":"emea","tier":"gold"}
churned on
created at       2026-03-01 07:00
health           –
risk             –
scored at
status source    person
archived at
updated at       2026-03-01 07:00
version          4
organization id  [UUID-2]
band
health coverage
churn coverage
merged into
status until
imported status
provisional
times usual
churn %
-- exit 0

"#]]);
    Ok(())
}

async fn dry_runs(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let before = content(&fastenr);
    let dry = |words: &[&str]| fastenr.args([&["accounts"], words, &["--dry-run", "-o", "jsonl"]].concat()).run().ok();
    for (words, said) in [
        (&["create", "Zeta", "--arr", "10"][..], "would create account Zeta; dry run, nothing was written\n"),
        (
            &["update", "A-1", "--arr", "10", "--unset", "owner"],
            "would update account Acme; dry run, nothing was written\n",
        ),
        (&["archive", "A-1"], "would archive account Acme; dry run, nothing was written\n"),
    ] {
        let output = dry(words);
        assert!(output.stderr.starts_with(said), "{}", output.transcript());
    }
    let update = dry(&["update", "A-2", "--name", "Bolt", "--arr", "1", "--unset", "owner", "--custom", "note=a\nb"]);
    assert!(update.stdout.contains(r#""name":"Bolt""#), "it shows what would be: {}", update.stdout);
    fastenr
        .args([
            "accounts",
            "update",
            "A-2",
            "--name",
            "Bolt",
            "--arr",
            "1",
            "--unset",
            "owner",
            "--dry-run",
            "-o",
            "csv",
        ])
        .run()
        .ok()
        .matches(snapbox::str![[r#"
$ fastenr accounts update A-2 --name Bolt --arr 1 --unset owner --dry-run -o csv
id,external_id,name,domain,industry,size,status,arr,owner,parent,contract_start,contract_end,auto_renew,renewal_stage,past_due_since,seats,tags,custom_fields,churned_on,created_at,health_score,churn_risk_score,scored_at,status_source,archived_at,updated_at,version,organization_id,band,health_coverage,churn_coverage,merged_into,status_until,imported_status,provisional_health_score,churn_times_usual,churn_probability
[UUID-1],A-2,Bolt,bolt.example,Retail,small,at_risk,1.00,,,,2026-04-15,,,,,,,,2024-01-02T00:00:00Z,,,,import,,2026-03-01T07:00:00Z,2,[UUID-2],,,,,,at_risk,,,
-- stderr
would update account Bolt; dry run, nothing was written
  arr    50000.50 → 1.00
  name   Bolt & Sons → Bolt
  owner  ann@example.com → –
-- exit 0

"#]]);
    assert_eq!(content(&fastenr), before, "a dry run wrote");
    Ok(())
}

async fn refusals(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let before = content(&fastenr);
    let accounts = |code, words: &[&str]| fastenr.args([&["accounts"], words].concat()).run().code(code);
    accounts(4, &["get", "Acne"]).matches(snapbox::str![[r#"
$ fastenr accounts get Acne
-- stderr
error: no account is called "Acne"
hint: did you mean Acme?
-- exit 4

"#]]);
    accounts(4, &["update", "Zzyzx", "--arr", "1"]).matches(snapbox::str![[r#"
$ fastenr accounts update Zzyzx --arr 1
-- stderr
error: no account is called "Zzyzx"
hint: accounts are named by id, external id, exact name or domain; search for them with `fastenr accounts list --search TEXT`
-- exit 4

"#]]);
    accounts(4, &["update", "A-1", "--owner", "jo@exmple.com"]).matches(snapbox::str![[r#"
$ fastenr accounts update A-1 --owner jo@exmple.com
-- stderr
error: no user is called "jo@exmple.com"
hint: did you mean jo@example.com or ann@example.com?
-- exit 4

"#]]);
    accounts(5, &["update", "A-1", "--arr", "1", "--if-version", "9"]).matches(snapbox::str![[r#"
$ fastenr accounts update A-1 --arr 1 --if-version 9
-- stderr
error: Acme was changed by someone else: it is now version 1
hint: read it again, then decide
-- exit 5

"#]]);
    accounts(5, &["create", "Other", "--external-id", "A-1"]).matches(snapbox::str![[r#"
$ fastenr accounts create Other --external-id A-1
-- stderr
error: external id "A-1" belongs to Acme already
hint: change that one: `fastenr accounts update [UUID-1]`
-- exit 5

"#]]);
    accounts(2, &["update", "A-1", "--arr", "1.234"]).matches(snapbox::str![[r#"
$ fastenr accounts update A-1 --arr 1.234
-- stderr
error: arr "1.234": ARR has at most two decimals
-- exit 2

"#]]);
    accounts(2, &["update", "A-1", "--arr", "10000000000"]).matches(snapbox::str![[r#"
$ fastenr accounts update A-1 --arr 10000000000
-- stderr
error: arr "10000000000": ARR is from 0 to 9999999999.99
-- exit 2

"#]]);
    accounts(2, &["update", "A-1", "--set", "health_score=5"]).matches(snapbox::str![[r#"
$ fastenr accounts update A-1 --set health_score=5
-- stderr
error: health_score is computed and can't be set
-- exit 2

"#]]);
    accounts(2, &["update", "A-1", "--parent", "A-1"]).matches(snapbox::str![[r#"
$ fastenr accounts update A-1 --parent A-1
-- stderr
error: the account would be above itself
hint: an account can't be its own parent, nor the parent of one above it
-- exit 2

"#]]);
    accounts(2, &["update", "A-1"]).matches(snapbox::str![[r#"
$ fastenr accounts update A-1
-- stderr
error: an update needs a value to change
hint: give one with its flag, --set FIELD=VALUE or --unset FIELD
-- exit 2

"#]]);
    assert_eq!(content(&fastenr), before, "a refused command wrote");

    let later = ["--now", "2026-03-02"];
    fastenr.args([&["accounts", "create", "Acme", "--external-id", "A-9"], &later[..]].concat()).run().ok();
    accounts(4, &["get", "acme"]).matches(snapbox::str![[r#"
$ fastenr accounts get acme
-- stderr
error: several accounts are called "acme"
hint: name one of [UUID-1] (Acme, A-1), [UUID-2] (Acme, A-9)
-- exit 4

"#]]);
    Ok(())
}

async fn users_and_organizations(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    let run = |code, words: &[&str]| fastenr.args(words).run().code(code);
    run(0, &["users", "list"]).matches(snapbox::str![[r#"
$ fastenr users list
email                name           role   deactivated at
admin@fastenr.local  Administrator  admin
ann@example.com      Ann Lee        write
jo@example.com       Jo Doe         write
-- stderr
3 users
-- exit 0

"#]]);
    run(5, &["users", "update", "jo@example.com", "--deactivate"]).matches(snapbox::str![[r#"
$ fastenr users update jo@example.com --deactivate
-- stderr
error: jo@example.com still owns 2 accounts
hint: give them to another user: `fastenr users deactivate jo@example.com --reassign-to EMAIL`
-- exit 5

"#]]);
    run(0, &["organizations", "list"]).matches(snapbox::str![[r#"
$ fastenr organizations list
slug     name     currency  time zone  own domains
default  Default  USD       UTC
-- stderr
1 organization
-- exit 0

"#]]);
    run(
        0,
        &[
            "organizations",
            "create",
            "globex",
            "--name",
            "Globex",
            "--currency",
            "EUR",
            "--admin",
            "eve@globex.example",
            "-o",
            "csv",
        ],
    )
    .matches(snapbox::str![[r#"
$ fastenr organizations create globex --name Globex --currency EUR --admin eve@globex.example -o csv
id,slug,name,currency,time_zone,own_domains,created_at,updated_at
[UUID-1],globex,Globex,EUR,UTC,,2026-03-01T07:00:00Z,2026-03-01T07:00:00Z
-- stderr
created organization globex; use it with --organization globex
-- exit 0

"#]]);
    run(0, &["accounts", "list", "--organization", "globex"]).matches(snapbox::str![[r#"
$ fastenr accounts list --organization globex
-- stderr
no accounts yet. Import them with `fastenr accounts import FILE`, or create one with `fastenr accounts create NAME`
-- exit 0

"#]]);
    run(4, &["accounts", "list", "--organization", "globx"]).matches(snapbox::str![[r#"
$ fastenr accounts list --organization globx
-- stderr
error: no organization is called "globx"
hint: name one with --organization, such as globex
-- exit 4

"#]]);
    run(4, &["accounts", "get", "A-1", "--organization", "globex"]).matches(snapbox::str![[r#"
$ fastenr accounts get A-1 --organization globex
-- stderr
error: no account is called "A-1"
hint: accounts are named by id, external id, exact name or domain; search for them with `fastenr accounts list --search TEXT`
-- exit 4

"#]]);
    Ok(())
}
