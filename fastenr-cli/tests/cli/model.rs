//! What people see of models: printed, checked, compared, used and gone back from.

use anyhow::Result;
use fastenr_core::score::Model;
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Tests};

use super::support::{copy_example, migrated};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/model/a_model_is_used_and_gone_back_from", a_model_is_used_and_gone_back_from);
    tests.both("cli/model/what_it_would_change", what_it_would_change);
    tests.both("cli/model/what_is_wrong_with_it", what_is_wrong_with_it);
    tests.both("cli/model/the_example", the_example);
    tests.both("cli/model/printed_and_read_back", printed_and_read_back);
}

/// Three customers with contracts and usage.
fn book(backend: &Backend) -> Fastenr {
    let fastenr = migrated(backend);
    let accounts = "\
external_id,name,size,arr,seats,contract_start,contract_end,renewal_stage,created_at
alder,Alder,small,12000,10,2024-01-01,2026-03-20,unknown,2024-01-01T00:00:00Z
birch,Birch,small,3000,10,2024-01-01,2026-12-01,likely,2024-01-01T00:00:00Z
cedar,Cedar,large,400000,100,2024-01-01,2026-08-01,committed,2024-01-01T00:00:00Z
";
    fastenr.args(["accounts", "import", "-"]).stdin(accounts).run().ok();
    let mut metrics =
        "account,metric_date,login_frequency,feature_adoption_score,active_users,support_tickets\n".to_owned();
    for day in 1..=28 {
        for (account, logins, adoption, active) in [("alder", 1, 30, 3), ("birch", 6, 70, 8), ("cedar", 40, 65, 85)] {
            metrics.push_str(&format!("{account},2026-02-{day:02},{logins},{adoption},{active},0\n"));
        }
    }
    fastenr.args(["metrics", "import", "-"]).stdin(metrics).run().ok();
    fastenr.args(["recompute", "-q"]).run().ok();
    fastenr
}

const USAGE: &str = "name = \"Usage first\"\n[health.product_usage]\nweight = 85\n[health.business]\nweight = 5\n";

async fn a_model_is_used_and_gone_back_from(backend: &Backend) -> Result<()> {
    let fastenr = book(backend);
    fastenr.write("ours.toml", USAGE);
    fastenr.args(["model", "use", "ours.toml", "--days", "2", "--dry-run"]).run().ok().matches(snapbox::str![[r#"
$ fastenr model use ours.toml --days 2 --dry-run
name               Usage first
revision           1
fingerprint        1f7cd2af4e4e
position           1
before
replaced
days scored
snapshots changed
moved up
moved down
status changes
alerts opened
alerts held
operation
-- stderr
Usage first, revision 1, would be in use (dry run: nothing was written)
-- exit 0

"#]]);
    fastenr.args(["model", "use", "ours.toml", "--days", "2"]).run().ok().matches(snapbox::str![[r#"
$ fastenr model use ours.toml --days 2
name               Usage first
revision           1
fingerprint        1f7cd2af4e4e
position           1
before
replaced
days scored        2
snapshots changed  6
moved up           0
moved down         0
status changes     0
alerts opened      0
alerts held        2
operation          [UUID-1]
-- stderr
Usage first, revision 1, is in use
2 days scored again, 2026-02-28 to 2026-03-01: 6 snapshots changed
3 of 3 accounts scored as of 2026-03-01, 0 up and 0 down, 2 alerts held, reason first_run (health_below 1, renewal_window 1)
-- exit 0

"#]]);
    let again = fastenr.args(["model", "use", "ours.toml", "--days", "2", "-o", "json"]).run().ok().json();
    assert_eq!((&again["changed"], &again["revision"], &again["operation"]), (&false.into(), &1.into(), &().into()));
    assert_eq!((&again["rescored"]["days"], &again["rescored"]["changed"]), (&2.into(), &0.into()));
    fastenr.write("small.toml", "name = \"Small\"\napplies_to.size = [\"small\"]\n");
    fastenr.args(["model", "use", "small.toml", "--days", "1", "-q"]).run().ok();
    fastenr.args(["model", "list"]).run().ok().matches(snapbox::str![[r#"
$ fastenr model list
position  name         revision  fingerprint   applies to        created by           created at
       1  Small               1  ad6ae8dba65d  size = ["small"]  admin@fastenr.local  2026-03-01 07:00
       2  Usage first         1  1f7cd2af4e4e  all               admin@fastenr.local  2026-03-01 07:00
       3  built-in            0  0fe99645abe0  all               –                    –
-- stderr
3 in use, 2 stored
-- exit 0

"#]]);
    let unnamed = fastenr.args(["model", "rollback"]).run().code(4);
    assert!(unnamed.stderr.contains("name one: Small, Usage first"), "{}", unnamed.transcript());
    fastenr.args(["model", "rollback", "small", "--days", "0"]).run().ok().matches(snapbox::str![[r#"
$ fastenr model rollback small --days 0
name               Small
revision
fingerprint
position
before             1
replaced
days scored
snapshots changed
moved up
moved down
status changes
alerts opened
alerts held
operation          [UUID-1]
-- stderr
Small is no longer in use (it has no earlier revision); its accounts are scored with the next model that applies
-- exit 0

"#]]);
    let feed = fastenr.args(["activity", "list", "--kind", "models.*", "-o", "json"]).run().ok().json();
    let kinds: Vec<_> = feed["data"].as_array().into_iter().flatten().map(|item| &item["kind"]).collect();
    assert_eq!(kinds, ["models.restore", "models.use", "models.use"]);
    Ok(())
}

async fn what_it_would_change(backend: &Backend) -> Result<()> {
    let fastenr = book(backend);
    fastenr.write("ours.toml", USAGE);
    fastenr.args(["model", "preview", "ours.toml"]).run().ok().matches(snapbox::str![[r#"
$ fastenr model preview ours.toml
band     accounts  then
concern         1     1
healthy         2     2
-- stderr
3 accounts as of 2026-03-01, 3 of them scored by Usage first (1f7cd2af4e4e)
health changes for 3 accounts and its band for 0; ARR that moves up: 0, down: 0
churn risk changes for 1 account and its band for 0
-- exit 0

"#]]);
    let json = fastenr.args(["model", "preview", "ours.toml", "--most", "1", "-o", "json"]).run().ok().json();
    assert_eq!((&json["accounts"], &json["applies_to"]), (&3.into(), &3.into()));
    assert!(json["moves"].as_array().is_some_and(|moves| moves.len() <= 1), "{json}");
    let csv = fastenr.args(["model", "preview", "-", "-o", "csv"]).stdin(USAGE).run().ok();
    assert!(csv.stdout.starts_with("name,arr,health,health_then,band,band_then,churn_risk,"), "{}", csv.transcript());
    let list = fastenr.args(["model", "list", "-o", "json"]).run().ok().json();
    assert_eq!(list["total"], 1, "nothing was stored");
    Ok(())
}

async fn what_is_wrong_with_it(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.write("bad.toml", "name = \"Bad\"\n[bands]\nhealty = 80\nmoderate = 85\n[caps]\nurgent_ticket = 101\n");
    for verb in ["check", "preview", "use"] {
        fastenr.args(["model", verb, "bad.toml"]).run().code(2);
    }
    fastenr.args(["model", "check", "bad.toml"]).run().code(2).matches(snapbox::str![[r#"
$ fastenr model check bad.toml
-- stderr
error: bad.toml: 3 slips
bands.healty: there is no such key (did you mean bands.healthy?)
caps.urgent_ticket = 101: is a number from 0 to 100 with at most 2 decimals
bands.moderate = 85: bands.healthy (80 in the built-in model) is to be above bands.moderate (85)
hint: see the built-in model, with each number explained: `fastenr model show`
-- exit 2

"#]]);
    let json = fastenr.args(["model", "check", "bad.toml", "-o", "json"]).run().code(2).json();
    assert_eq!((&json["valid"], json["problems"].as_array().map(Vec::len)), (&false.into(), Some(3)));
    assert_eq!(json["problems"][1]["key"], "caps.urgent_ticket");
    fastenr.write("odd.toml", "name = \"Odd\"\nhealth.support.csat.weight = 0\ncaps.weak_from = 100\n");
    fastenr.args(["model", "check", "odd.toml"]).run().ok().matches(snapbox::str![[r#"
$ fastenr model check odd.toml
finding           key                         message
unreachable_band  bands.healthy               health is 4 to 59 if every factor has data: no account can be healthy
unreachable_band  bands.moderate              health is 4 to 59 if every factor has data: no account can be moderate
dead_input        health.support.csat.weight  is 0: it never counts
-- stderr
Odd, fingerprint dbc321514fa3: 3 warnings; it would score 0 accounts
-- exit 0

"#]]);
    let missing = fastenr.args(["model", "check", "none.toml"]).run().code(1);
    assert!(missing.stderr.contains("reading none.toml"), "{}", missing.transcript());
    for (words, code) in [
        (&["model", "use", "odd.toml", "--days", "401"][..], 2),
        (&["model", "use", "odd.toml", "--position", "1"], 2),
        (&["model", "show", "Odd"], 4),
        (&["model", "rollback"], 5),
    ] {
        fastenr.args(words.iter().copied()).run().code(code);
    }
    Ok(())
}

async fn printed_and_read_back(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let builtin = fastenr.args(["model", "show"]).run().ok();
    assert_eq!(&Model::parse(&builtin.stdout)?, Model::builtin());
    let ours = builtin.stdout.replace("name = \"built-in\"", "name = \"Ours\"").replace("= 500 ", "= 250 ");
    fastenr.args(["model", "use", "-", "--days", "0", "-q"]).stdin(ours.as_str()).run().ok();
    let shown = fastenr.args(["model", "show", "ours"]).run().ok().stdout;
    assert_eq!(Model::parse(&shown)?, Model::parse(&ours)?);
    let same = fastenr.args(["model", "use", "-", "--days", "0", "-o", "json"]).stdin(shown).run().ok().json();
    assert_eq!(same["changed"], false);
    let json = fastenr.args(["model", "show", "Ours@1", "-o", "json"]).run().ok().json();
    assert_eq!((&json["name"], &json["health"]["support"]["seats"]), (&"Ours".into(), &250.into()));
    let csv = fastenr.args(["model", "show", "-o", "csv"]).run().ok().stdout;
    assert!(csv.contains("\nhealth.support.seats,500\n") && csv.contains("\ncaps.urgent_ticket,79\n"), "{csv}");
    Ok(())
}

async fn the_example(backend: &Backend) -> Result<()> {
    let fastenr = book(backend);
    copy_example(&fastenr, "model_enterprise.toml")?;
    let check = fastenr.args(["model", "check", "model_enterprise.toml", "-o", "json"]).run().ok().json();
    assert_eq!(
        (&check["valid"], &check["accounts"], &check["findings"]),
        (&true.into(), &1.into(), &serde_json::json!([]))
    );
    fastenr.args(["model", "use", "model_enterprise.toml", "--days", "1", "-q"]).run().ok();
    let scored = fastenr.args(["recompute", "-o", "json"]).run().ok().json();
    let model = format!("{},{}", check["fingerprint"].as_str().unwrap_or_default(), Model::builtin().fingerprint());
    assert_eq!(scored["model"], model);
    Ok(())
}
