//! What people see of the past of accounts' fields: loaded, listed, read by a score of a past day, taken back.

use anyhow::{Context as _, Result};
use fastenr_tests::harness::{Backend, Tests};

use super::support::{ledger, migrated};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/field_changes/a_past_is_loaded_and_scored", a_past_is_loaded_and_scored);
}

async fn a_past_is_loaded_and_scored(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend).env("FASTENR_NOW", "2026-04-02T07:00:00Z");
    let accounts = "\
external_id,name,seats,renewal_stage,contract_end,created_at
acme,Acme,80,at_risk,2026-08-31,2023-01-01
bolt,Bolt,10,,,2023-01-01
";
    fastenr.args(["accounts", "import", "-"]).stdin(accounts).run().ok();
    let logins: String = (1..=28).map(|day| format!("acme,2025-03-{day:02},40\nbolt,2025-03-{day:02},2\n")).collect();
    let metrics = format!("account,metric_date,login_frequency\n{logins}");
    fastenr.args(["metrics", "import", "-"]).stdin(metrics).run().ok();
    let renewal = |day: &str| {
        let shown = fastenr.args(["health", "explain", "acme", "--as-of", day, "-o", "json"]).run().ok().json();
        shown.to_string()
    };
    let before = renewal("2025-03-28");

    let past = "\
Account ID,Field / Event,Edit Date,Old Value,New Value
acme,Seats,2024-01-01,,50
acme,Seats,2025-06-01,50,80
acme,Renewal Stage,2025-03-01,committed,likely
acme,Renewal Stage,2025-09-01,Likely,At Risk
bolt,Seats,2025-01-01,5,12
bolt,Status,2025-01-01,active,at_risk
";
    fastenr.write("history.csv", past);
    let import = [
        "changes",
        "import",
        "history.csv",
        "--map",
        "Account ID=account",
        "--map",
        "Field / Event=field",
        "--map",
        "Edit Date=effective_on",
        "--map",
        "Old Value=old",
        "--map",
        "New Value=new",
    ];
    fastenr.args([&import[..], &["--dry-run"]].concat()).run().matches(snapbox::str![[r#"
$ fastenr changes import history.csv --map 'Account ID=account' --map 'Field / Event=field' --map 'Edit Date=effective_on' --map 'Old Value=old' --map 'New Value=new' --dry-run
6 rows: 4 created, 2 rejected (dry run: nothing was written)
column "New Value" "it would end with 12, the account has 10": a history ends with what its account says today: import the accounts first, or add the last change (row 5)
column "Field / Event": past statuses are not imported: the history of a status is what people, files and runs have set (row 6)
-- stderr
error: 2 rows are bad; nothing was written
hint: --on-error skip writes the good ones
-- exit 1

"#]]);
    let report = fastenr.args([&import[..], &["--on-error", "skip", "-o", "json"]].concat()).run().code(3).json();
    assert_eq!(ledger(&report), [6, 4, 0, 0, 0, 2]);
    fastenr.args(["changes", "list"]).run().ok().matches(snapbox::str![[r#"
$ fastenr changes list
account name  field          effective on  old        new
Acme          renewal_stage  2025-09-01    likely     at_risk
Acme          seats          2025-06-01    50         80
Acme          renewal_stage  2025-03-01    committed  likely
Acme          seats          2024-01-01               50
-- stderr
4 changes
-- exit 0

"#]]);
    fastenr.args(["changes", "list", "--field", "seats", "-o", "csv"]).run().ok();
    let after = renewal("2025-03-28");
    assert_ne!(before, after, "a score of a past day reads what was so then");

    // What is exported comes back without a change; one undo takes all back.
    let exported = fastenr.args(["changes", "export", "--field", "seats,renewal_stage"]).run().ok().stdout;
    let again = fastenr.args(["changes", "import", "-", "-o", "json"]).stdin(exported).run().ok().json();
    assert_eq!(ledger(&again), [4, 0, 0, 4, 0, 0]);
    let operation = report["operation"].as_str().context("an operation")?;
    fastenr.args(["operations", "undo", operation, "--yes"]).run().ok();
    assert_eq!(fastenr.args(["changes", "list"]).run().ok().stderr.lines().count(), 1);
    assert_eq!(renewal("2025-03-28"), before);
    Ok(())
}
