//! What people see of ARR over time: its history, loaded and listed, and the figures of a period.

use anyhow::Result;
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Tests};

use super::support::{ledger, migrated};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/arr/the_documented_example", the_documented_example);
    tests.both("cli/arr/a_list_comes_back_without_a_change", a_list_comes_back);
    tests.both("cli/arr/what_is_asked_for_wrongly", what_is_asked_for_wrongly);
}

/// The example of `docs/arr.md`, made by commands.
fn book(backend: &Backend) -> Fastenr {
    let fastenr = migrated(backend);
    let accounts = "\
external_id,name,size,arr,status,churned_on,created_at
alder,Alder,small,12000,active,,2025-02-01T00:00:00Z
birch,Birch,small,3000,active,,2025-02-01T00:00:00Z
cedar,Cedar,small,4000,active,,2026-02-10T00:00:00Z
dogwood,Dogwood,large,50000,churned,2026-03-31,2025-02-01T00:00:00Z
elm,Elm,large,90000.50,active,,2025-02-01T00:00:00Z
fir,Fir,large,80000,active,,2025-02-01T00:00:00Z
gingko,Gingko,large,7000,churned,,2025-02-01T00:00:00Z
";
    fastenr.args(["accounts", "import", "-"]).stdin(accounts).run().ok();
    let past = "\
account,date,arr,kind
alder,2025-02-01,10000,change
alder,2026-01-01,12000,change
birch,2025-02-01,5000,change
birch,2026-03-15,3000,change
elm,2025-02-01,9000.50,change
elm,2026-02-20,90000.50,correction
fir,2025-02-01,60000,change
fir,2026-04-01,80000,change
";
    let fastenr = fastenr.env("FASTENR_NOW", "2026-04-02T07:00:00Z");
    let report = fastenr.args(["arr", "import", "-", "-o", "json"]).stdin(past).run().ok().json();
    assert_eq!(ledger(&report), [8, 8, 0, 0, 0, 0]);
    fastenr
}

async fn the_documented_example(backend: &Backend) -> Result<()> {
    let fastenr = book(backend);
    let quarter = ["arr", "summary", "--period", "2026-Q1"];
    fastenr.args(quarter).run().ok().matches(snapbox::str![[r#"
$ fastenr arr summary --period 2026-Q1
movement            ARR  accounts
opening      215,000.50         5
new               4,000         1
expansion         2,000         1
contraction       2,000         1
churn            50,000         1
closing      169,000.50         5
-- stderr
2026-01-01 to 2026-03-31, in USD
NRR 76.74 %, GRR 75.81 %
warning: left out: 1 churned account without a churned_on date, ARR 7000.00; set churned_on to include it
-- exit 0

"#]]);
    fastenr.args([&quarter[..], &["--by", "size"]].concat()).run().ok().matches(snapbox::str![[r#"
$ fastenr arr summary --period 2026-Q1 --by size
group     opening    new  expansion  contraction   churn     closing    NRR    GRR  accounts
small      15,000  4,000      2,000        2,000       0      19,000    100  86.67         3
large  200,000.50      0          0            0  50,000  150,000.50     75     75         2
total  215,000.50  4,000      2,000        2,000  50,000  169,000.50  76.74  75.81         5
-- stderr
2026-01-01 to 2026-03-31, in USD
warning: left out: 1 churned account without a churned_on date, ARR 7000.00; set churned_on to include it
-- exit 0

"#]]);
    let json = fastenr.args([&quarter[..], &["--by", "month", "-o", "json"]].concat()).run().ok().json();
    assert_eq!(
        (&json["from"], &json["to"], &json["currency"], &json["by"]),
        (&"2026-01-01".into(), &"2026-03-31".into(), &"USD".into(), &"month".into())
    );
    assert_eq!(json["undated"], serde_json::json!({"accounts": 1, "arr": 7000}));
    assert_eq!((&json["inconsistent"], &json["total"]["nrr"]), (&0.into(), &76.74.into()));
    let groups = json["groups"].as_array().expect("groups");
    assert_eq!(groups.iter().map(|group| &group["group"]).collect::<Vec<_>>(), ["2026-01", "2026-02", "2026-03"]);
    for pair in groups.windows(2) {
        assert_eq!(pair[0]["closing"], pair[1]["opening"]);
        assert_eq!(pair[0]["accounts"]["closing"], pair[1]["accounts"]["opening"]);
    }
    assert_eq!((&groups[1]["from"], &groups[1]["to"]), (&"2026-02-01".into(), &"2026-02-28".into()));
    let csv = fastenr.args([&quarter[..], &["--by", "size", "-o", "csv"]].concat()).run().ok();
    assert_eq!(
        csv.stdout,
        "from,to,group,opening,new,expansion,contraction,churn,closing,nrr,grr,opening_accounts,new_accounts,\
         expansion_accounts,contraction_accounts,churn_accounts,accounts,undated_accounts,undated_arr,inconsistent\n\
         2026-01-01,2026-03-31,small,15000.00,4000.00,2000.00,2000.00,0.00,19000.00,100,86.67,2,1,1,1,0,3,0,0.00,0\n\
         2026-01-01,2026-03-31,large,200000.50,0.00,0.00,0.00,50000.00,150000.50,75,75,3,0,0,0,1,2,1,7000.00,0\n\
         2026-01-01,2026-03-31,total,215000.50,4000.00,2000.00,2000.00,50000.00,169000.50,76.74,75.81,5,1,1,1,1,5,1,7000.00,0\n"
    );
    let none =
        fastenr.args(["arr", "summary", "--period", "2020", "--status", "at_risk", "-o", "json"]).run().ok().json();
    assert_eq!((&none["total"]["closing"], &none["total"]["nrr"]), (&0.into(), &serde_json::Value::Null));
    let until_today = fastenr.args(["arr", "summary", "-o", "json"]).run().ok().json();
    assert_eq!((&until_today["from"], &until_today["to"]), (&"2026-01-01".into(), &"2026-04-02".into()));
    Ok(())
}

async fn a_list_comes_back(backend: &Backend) -> Result<()> {
    let fastenr = book(backend);
    fastenr.args(["accounts", "update", "elm", "--arr", "90000", "--arr-as", "correction", "-q"]).run().ok();
    // A moment later: what is written at one moment has no order.
    let fastenr = fastenr.env("FASTENR_NOW", "2026-04-02T07:00:01Z");
    fastenr.args(["accounts", "update", "elm", "--arr", "91000", "-q"]).run().ok();
    fastenr.args(["arr", "list", "--account", "elm"]).run().ok().matches(snapbox::str![[r#"
$ fastenr arr list --account elm
account name  effective on  kind         old ARR       ARR
Elm           2026-04-02    change      90000.00  91000.00
Elm           2026-04-02    correction  90000.50  90000.00
Elm           2026-02-20    correction   9000.50  90000.50
Elm           2025-02-01    change                 9000.50
-- stderr
4 ARR changes
-- exit 0

"#]]);
    for words in [&["arr", "list", "--all", "-o", "csv"][..], &["arr", "export", "-o", "jsonl"], &["arr", "export"]] {
        let listed = fastenr.args(words.iter().copied()).run().ok().stdout;
        for dry in [&["--dry-run"][..], &[]] {
            let import = fastenr.args([&["arr", "import", "-"], dry].concat()).stdin(listed.as_str()).run().ok();
            assert!(import.stdout.starts_with("10 rows: 10 unchanged"), "{}", import.transcript());
        }
    }
    Ok(())
}

async fn what_is_asked_for_wrongly(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let empty = fastenr.args(["arr", "list"]).run().ok();
    assert_eq!(empty.stderr, "no ARR changes yet. Import them with `fastenr arr import FILE`\n");
    for (words, code, said) in [
        (&["contacts", "import", "-", "--arr-as", "correction"][..], 2, "--arr-as"),
        (&["arr", "import", "-", "--arr-as", "correction"], 2, "--arr-as"),
        (&["accounts", "import", "-", "--arr-as", "wrong"], 2, "a kind is one of change, correction"),
        (&["arr", "summary", "--period", "2025", "--to", "2025-01-01"], 2, "cannot be used with"),
        (&["arr", "summary", "--by", "colour"], 2, "a grouping is one of size, industry, owner, month, quarter, year"),
        (&["arr", "summary", "--period", "2025-Q5"], 2, "a period is a year, quarter or month"),
        (&["arr", "summary", "--from", "2025-02-30"], 2, "there is no such day"),
        (&["arr", "summary", "--from", "2026-02-02", "--to", "2026-02-01"], 2, "ends on or after the day it begins"),
        (&["arr", "summary", "--from", "1000-01-01", "--by", "month"], 2, "at most 1200 parts"),
    ] {
        let output = fastenr.args(words.iter().copied()).run().code(code);
        assert!(output.stderr.contains(said), "{}", output.transcript());
    }
    Ok(())
}
