//! Imports as they are run every day: the examples, bad rows, rejects that are mended, reports.

use anyhow::{Result, ensure};
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Tests};
use serde_json::Value as Json;

use super::support::{content, copy_example, ledger, migrated, total, with_accounts};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/import/the_examples_go_in", the_examples);
    tests.both("cli/import/stop_writes_nothing", stop);
    tests.both("cli/import/skip_writes_the_good_rows", skip);
    tests.both("cli/import/mended_rejects_complete_the_set", mended);
    tests.both("cli/import/the_report_has_the_documented_fields", the_report);
    tests.both("cli/import/a_dry_run_tells_each_change", dry_run_changes);
    tests.both("cli/import/bad_cells_are_told_in_groups", groups);
    tests.both("cli/import/doubled_keys_name_both_rows", doubles);
    tests.both("cli/import/a_suggested_mapping_is_usable_as_it_stands", suggested);
    tests.both("cli/import/a_column_that_a_mapping_uses_is_not_called_unread", used_columns);
    tests.both("cli/import/events_become_days", events);
}

/// The owners of the examples, and the files themselves.
fn with_examples(backend: &Backend) -> Result<Fastenr> {
    let fastenr = migrated(backend);
    for name in ["users.csv", "accounts.csv", "accounts_messy.csv", "mappings/german_crm.toml"] {
        copy_example(&fastenr, name)?;
    }
    fastenr.args(["users", "import", "users.csv"]).run().ok().matches(snapbox::str![[r#"
$ fastenr users import users.csv
8 rows: 8 created
-- exit 0

"#]]);
    Ok(fastenr)
}

const MESSY: [&str; 5] = ["accounts", "import", "accounts_messy.csv", "--mapping", "german_crm.toml"];

async fn the_examples(backend: &Backend) -> Result<()> {
    let fastenr = with_examples(backend)?;
    let import = ["accounts", "import", "accounts.csv"];
    fastenr.args([&import[..], &["--dry-run"]].concat()).run().ok().matches(snapbox::str![[r#"
$ fastenr accounts import accounts.csv --dry-run
300 rows: 300 created (dry run: nothing was written)
-- exit 0

"#]]);
    assert_eq!(total(&fastenr), 0);
    fastenr.args(import).run().ok().matches(snapbox::str![[r#"
$ fastenr accounts import accounts.csv
300 rows: 300 created
-- exit 0

"#]]);
    fastenr.args(import).run().ok().matches(snapbox::str![[r#"
$ fastenr accounts import accounts.csv
300 rows: 300 unchanged
-- exit 0

"#]]);
    assert_eq!(total(&fastenr), 300);
    fastenr.args(["users", "import", "users.csv"]).run().ok().matches(snapbox::str![[r#"
$ fastenr users import users.csv
8 rows: 8 unchanged
-- exit 0

"#]]);
    Ok(())
}

async fn stop(backend: &Backend) -> Result<()> {
    let fastenr = with_examples(backend)?;
    fastenr.args(MESSY).run().code(1).matches(snapbox::str![[r#"
$ fastenr accounts import accounts_messy.csv --mapping german_crm.toml
Nothing was written. 60 rows: 57 to create, 3 rejected
column "Status" "Schläft": status is one of active, churned, at_risk, onboarding (row 58)
column "Jahresumsatz" "-8.000,00": ARR is from 0 to 9999999999.99 (row 59)
column "Vertragsende" "31/02/2027": a date is a day of the calendar (row 60)
-- stderr
semicolon-separated
warning: read as Windows-1252, such as "Größe", "Währung", "Verlängerung": byte 0xF6 in line 1, column 59 is not UTF-8 (--encoding windows-1252 confirms it)
error: 3 rows are bad; nothing was written (--on-error skip writes the good ones)
hint: a mapping file maps other words: --suggest-mapping drafts it; --map Status= leaves the column out
-- exit 1

"#]]);
    assert_eq!(total(&fastenr), 0);
    ensure!(!fastenr.dir().join("accounts_messy.csv.rejected.csv").exists(), "nothing was written, rejects neither");
    let report = fastenr.args([&MESSY[..], &["-o", "json"]].concat()).run().code(1).json();
    assert_eq!(ledger(&report), [60, 57, 0, 0, 0, 3]);
    assert_eq!((&report["applied"], &report["rejects_file"]), (&false.into(), &Json::Null));
    Ok(())
}

async fn skip(backend: &Backend) -> Result<()> {
    let fastenr = with_examples(backend)?;
    let skip = [&MESSY[..], &["--on-error", "skip"]].concat();
    fastenr.args([&skip[..], &["--reject-limit", "2"]].concat()).run().code(1).matches(snapbox::str![[r#"
$ fastenr accounts import accounts_messy.csv --mapping german_crm.toml --on-error skip --reject-limit 2
Nothing was written. 60 rows: 57 to create, 3 rejected
column "Status" "Schläft": status is one of active, churned, at_risk, onboarding (row 58)
column "Jahresumsatz" "-8.000,00": ARR is from 0 to 9999999999.99 (row 59)
column "Vertragsende" "31/02/2027": a date is a day of the calendar (row 60)
-- stderr
semicolon-separated
warning: read as Windows-1252, such as "Größe", "Währung", "Verlängerung": byte 0xF6 in line 1, column 59 is not UTF-8 (--encoding windows-1252 confirms it)
error: 3 rows are bad, more than --reject-limit 2; nothing was written
hint: a mapping file maps other words: --suggest-mapping drafts it; --map Status= leaves the column out
-- exit 1

"#]]);
    assert_eq!(total(&fastenr), 0);
    fastenr.args(skip).run().code(3).matches(snapbox::str![[r#"
$ fastenr accounts import accounts_messy.csv --mapping german_crm.toml --on-error skip
60 rows: 57 created, 3 rejected
column "Status" "Schläft": status is one of active, churned, at_risk, onboarding (row 58)
column "Jahresumsatz" "-8.000,00": ARR is from 0 to 9999999999.99 (row 59)
column "Vertragsende" "31/02/2027": a date is a day of the calendar (row 60)
-- stderr
semicolon-separated
warning: read as Windows-1252, such as "Größe", "Währung", "Verlängerung": byte 0xF6 in line 1, column 59 is not UTF-8 (--encoding windows-1252 confirms it)
rejected rows: accounts_messy.csv.rejected.csv
hint: a mapping file maps other words: --suggest-mapping drafts it; --map Status= leaves the column out
-- exit 3

"#]]);
    assert_eq!(total(&fastenr), 57);
    snapbox::assert_data_eq!(
        fastenr.read("accounts_messy.csv.rejected.csv"),
        snapbox::str![[r#"
Kontonummer;Firmenname;Internetseite;Branche;CSM;Status;Größe;Jahresumsatz;Währung;Vertragsbeginn;Vertragsende;Autom. Verlängerung;Prognose;Lizenzen;Schlagworte;Region;Notiz;_row;_column;_error
K-0000058;Kiefer Toys GmbH;kiefer-toys-gmbh.example;Retail;Anna Müller;Schläft;Klein;12.400,00;EUR;01/03/2024;28/02/2027;ja;Offen;30;;emea;;58;Status;"Status ""Schläft"": status is one of active, churned, at_risk, onboarding"
K-0000059;Falke Audit AG;falke-audit-ag.example;Professional services;Liam Dubois;Aktiv;Mittel;-8.000,00;EUR;15/01/2025;14/01/2027;nein;Wahrscheinlich;45;;emea;Gutschrift;59;Jahresumsatz;"Jahresumsatz ""-8.000,00"": ARR is from 0 to 9999999999.99"
K-0000060;Isar Hosting GmbH & Co. KG;isar-hosting-gmbh-co-kg.example;Software;Freja Weiß;Gefährdet;Groß;96.250,50;EUR;01/03/2023;31/02/2027;nein;Gefährdet;220;;emea;;60;Vertragsende;"Vertragsende ""31/02/2027"": a date is a day of the calendar"

"#]]
    );
    // Two currencies, comma decimals, Windows-1252: what went in is what was meant.
    let account = fastenr.args(["accounts", "get", "K-0000004", "-o", "json"]).run().ok().json();
    assert_eq!(account["arr"].to_string(), "11472.39", "10.622,58 EUR at 1.08");
    assert_eq!(account["owner"], "soeren.haddad@example.com");
    assert_eq!(account["custom_fields"]["note"], "Rückruf; Angebot über 5.000 € schicken");
    assert_eq!(account["contract_start"], "2022-08-14");
    Ok(())
}

async fn mended(backend: &Backend) -> Result<()> {
    let fastenr = with_examples(backend)?;
    let skip = [&MESSY[..], &["--on-error", "skip", "--rejects", "bad.csv"]].concat();
    fastenr.args(skip).run().code(3);
    let bad = fastenr.read("bad.csv");
    let mended = bad.replace("Schläft", "Aktiv").replace("-8.000,00", "8.000,00").replace("31/02/2027", "28/02/2027");
    fastenr.write("mended.csv", &mended);
    let again = ["accounts", "import", "mended.csv", "--mapping", "german_crm.toml", "-o", "json"];
    let report = fastenr.args(again).run().ok().json();
    assert_eq!(ledger(&report), [3, 3, 0, 0, 0, 0]);
    assert_eq!(total(&fastenr), 60);
    // Half mended: what is still bad is rejected again, and the columns about the reasons don't pile up.
    let half = bad.replace("Schläft", "Aktiv");
    fastenr.write("half.csv", &half);
    let again = ["accounts", "import", "half.csv", "--mapping", "german_crm.toml", "--on-error", "skip"];
    fastenr.args(again).run().code(3);
    let rest = fastenr.read("half.csv.rejected.csv");
    assert_eq!(rest.lines().next(), bad.lines().next());
    assert_eq!(rest.lines().count(), 3);
    Ok(())
}

async fn the_report(backend: &Backend) -> Result<()> {
    let fastenr = with_examples(backend)?;
    let fields = "operation dry_run applied rows created updated unchanged skipped rejected archived rejects_file warnings notes problems bad_cells cells_file cell_problems refusal";
    let report = |code, flags: &[&str], more: &str| {
        let report = fastenr.args([&MESSY[..], &["-o", "json"], flags].concat()).run().code(code).json();
        let names: Vec<&str> = report.as_object().map(|o| o.keys().map(String::as_str).collect()).unwrap_or_default();
        assert_eq!(names.join(" "), format!("{fields}{more}"));
        report
    };
    let dry = report(3, &["--dry-run", "--on-error", "skip"], " changes");
    assert_eq!((&dry["operation"], &dry["dry_run"], &dry["applied"]), (&Json::Null, &true.into(), &false.into()));
    let real = report(3, &["--on-error", "skip"], "");
    assert_eq!((&real["dry_run"], &real["applied"]), (&false.into(), &true.into()));
    ensure!(real["operation"].as_str().is_some_and(|id| id.len() == 36), "{real}");
    assert_eq!(real["rejects_file"], "accounts_messy.csv.rejected.csv");
    assert_eq!(ledger(&dry), ledger(&real), "a dry run says what the real one does");
    assert_eq!(dry["problems"], real["problems"]);
    let again = report(3, &["--on-error", "skip"], "");
    assert_eq!(ledger(&again), [60, 0, 0, 57, 0, 3]);
    Ok(())
}

async fn dry_run_changes(backend: &Backend) -> Result<()> {
    let fastenr = with_accounts(backend);
    fastenr.write(
        "change.csv",
        "external_id,name,arr,owner\nA-1,Acme,1200000.00,ann@example.com\nA-2,Bolt,,\nN-1,New,5,\n",
    );
    let import = ["accounts", "import", "change.csv"];
    let before = content(&fastenr);
    let dry = [&import[..], &["--dry-run", "-o"]].concat();
    fastenr.args([&dry[..], &["json"]].concat()).run().ok().matches(snapbox::str![[r#"
$ fastenr accounts import change.csv --dry-run -o json
{"operation":null,"dry_run":true,"applied":false,"rows":3,"created":1,"updated":2,"unchanged":0,"skipped":0,"rejected":0,"archived":0,"rejects_file":null,"warnings":[],"notes":[],"problems":[],"bad_cells":0,"cells_file":null,"cell_problems":[],"refusal":null,"changes":[{"row":1,"id":"[UUID-1]","field":"owner","old":"[UUID-2]","new":"[UUID-3]"}
,{"row":2,"id":"[UUID-4]","field":"name","old":"Bolt & Sons","new":"Bolt"}
]}
-- stderr
3 rows: 1 created, 2 updated (dry run: nothing was written)
-- exit 0

"#]]);
    fastenr.args([&dry[..], &["csv"]].concat()).run().ok().matches(snapbox::str![[r#"
$ fastenr accounts import change.csv --dry-run -o csv
row,id,field,old,new
1,[UUID-1],owner,[UUID-2],[UUID-3]
2,[UUID-4],name,Bolt & Sons,Bolt
-- stderr
3 rows: 1 created, 2 updated (dry run: nothing was written)
-- exit 0

"#]]);
    assert_eq!(content(&fastenr), before);
    // The real run does exactly that.
    let report = fastenr.args([&import[..], &["-o", "json"]].concat()).run().ok().json();
    assert_eq!(ledger(&report), [3, 1, 2, 0, 0, 0]);
    let after = content(&fastenr);
    assert_eq!((&after[0]["owner"], &after[1]["name"]), (&"ann@example.com".into(), &"Bolt".into()));
    assert_eq!(after[1]["arr"], before[1]["arr"], "an empty cell keeps the value");
    Ok(())
}

async fn groups(backend: &Backend) -> Result<()> {
    let fastenr = with_examples(backend)?;
    let mut file = String::from("Account No;Customer;CSM;State\n");
    for n in 0..5_000 {
        let owner = ["Anna Müller", "Jo Nobody", "Freja Weiß", "Max Gone"][n % 4];
        let status = ["active", "At Risk", "AT-RISK", "sleeping", "churned"][n % 5];
        file.push_str(&format!("{n};Customer {n};{owner};{status}\n"));
    }
    fastenr.write("crm.csv", file);
    fastenr.write("crm.toml", "[columns]\nexternal_id = \"Account No\"\nname = \"Customer\"\nowner = \"CSM\"\nstatus = \"State\"\n\n[lookup]\nowner = \"name\"\n");
    let output = fastenr.args(["accounts", "import", "crm.csv", "--mapping", "crm.toml"]).run().code(1);
    assert_eq!(output.stdout.lines().filter(|line| line.starts_with("column ")).count(), 3, "{}", output.stdout);
    output.matches(snapbox::str![[r#"
$ fastenr accounts import crm.csv --mapping crm.toml
Nothing was written. 5,000 rows: 2,000 to create, 3,000 rejected
column "CSM" "Jo Nobody": no user has this name (1,250 rows, first rows 2, 6, 10)
column "CSM" "Max Gone": no user has this name (1,250 rows, first rows 4, 8, 12)
column "State" "sleeping": status is one of active, churned, at_risk, onboarding (1,000 rows, first rows 4, 9, 14)
-- stderr
semicolon-separated
error: 3,000 rows are bad; nothing was written (--on-error skip writes the good ones)
hint: a mapping file maps other words: --suggest-mapping drafts it; --map State= leaves the column out
-- exit 1

"#]]);
    Ok(())
}

async fn doubles(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.write("twice.csv", "external_id,name\nA-1,Acme\nA-2,Bolt\nA-1,Acme again\n");
    fastenr.args(["accounts", "import", "twice.csv", "--on-error", "skip"]).run().code(3).matches(snapbox::str![[r#"
$ fastenr accounts import twice.csv --on-error skip
3 rows: 1 created, 2 rejected
column "external_id" "A-1": the same key stands in rows 1 and 3 (rows 1, 3)
-- stderr
rejected rows: twice.csv.rejected.csv
hint: --duplicates first or --duplicates last lets one of them count and skips the others
-- exit 3

"#]]);
    snapbox::assert_data_eq!(
        fastenr.read("twice.csv.rejected.csv"),
        snapbox::str![[r#"
external_id,name,_row,_column,_error
A-1,Acme,1,external_id,"external_id ""A-1"": the same key stands in rows 1 and 3"
A-1,Acme again,3,external_id,"external_id ""A-1"": the same key stands in rows 1 and 3"

"#]]
    );
    assert_eq!(content(&fastenr).len(), 1);
    Ok(())
}

/// What the file does not say, such as which German header is the key, is left to a person, as a comment.
async fn suggested(backend: &Backend) -> Result<()> {
    let fastenr = with_examples(backend)?;
    for (file, key) in [("accounts.csv", "external_id"), ("accounts_messy.csv", "name")] {
        let suggested = fastenr.args(["accounts", "import", file, "--suggest-mapping"]).run().ok();
        fastenr.write("suggested.toml", &suggested.stdout);
        let import = ["accounts", "import", file, "--mapping", "suggested.toml", "--key", key];
        let dry = [&import[..], &["--dry-run", "--on-error", "skip", "-o", "json"]].concat();
        let output = fastenr.args(dry).run();
        ensure!(matches!(output.status, 0 | 3), "{}\n{}", suggested.stdout, output.transcript());
        ensure!(ledger(&output.json())[1] >= 28, "{}", output.transcript());
    }
    assert_eq!(total(&fastenr), 0, "a suggestion imports nothing");
    Ok(())
}

async fn used_columns(backend: &Backend) -> Result<()> {
    let fastenr = with_examples(backend)?;
    let report = fastenr.args([&MESSY[..], &["--dry-run", "-o", "json"]].concat()).run().code(1).json();
    let warnings = report["warnings"].as_array().cloned().unwrap_or_default();
    let said: Vec<&str> = warnings.iter().filter_map(|text| text.as_str()).collect();
    // The rates read the column of currencies.
    assert!(said.len() == 1 && said[0].starts_with("read as Windows-1252"), "{said:?}");
    Ok(())
}

async fn events(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.args(["accounts", "import", "-"]).stdin("external_id,name\na,Acme\nb,Bolt\n").run().ok();
    let mapping = "[columns]\naccount = \"Org\"\nmetric_date = \"Created\"\n\n[aggregate]\nid = \"Ticket\"\nsupport_tickets = \"count\"\n";
    fastenr.write("tickets.toml", mapping);
    fastenr.write("slip.toml", mapping.replace("\"count\"", "\"avg(Ticket)\""));
    fastenr
        .write("tickets.csv", "Ticket,Org,Created\n1,a,2026-02-01\n2,a,2026-02-01\n3,b,2026-02-01\n4,x,2026-02-01\n");
    let import = ["metrics", "import", "tickets.csv", "--mapping"];
    let skip = ["tickets.toml", "--on-error", "skip"];
    fastenr.args([&import[..], &["slip.toml"]].concat()).run().code(2).matches(snapbox::str![[r#"
$ fastenr metrics import tickets.csv --mapping slip.toml
-- stderr
error: slip.toml, line 7: [aggregate] support_tickets = "avg(Ticket)": there is no avg: the functions are count, sum and mean
hint: FIELD = "count", "count(COLUMN = 'VALUE')", "sum(COLUMN)" or "mean(COLUMN)"; beside them id, updated, source, days
-- exit 2

"#]]);
    fastenr.args([&import[..], &skip, &["--dry-run"]].concat()).run().code(3).matches(snapbox::str![[r#"
$ fastenr metrics import tickets.csv --mapping tickets.toml --on-error skip --dry-run
4 events to 2 days: 2 created; 1 event rejected (dry run: nothing was written)
column "Org" "x": no account has this external id or id (row 4)
-- stderr
events: 3 new
hint: import the accounts first; --on-error skip leaves rows without one out
-- exit 3

"#]]);
    fastenr.args([&import[..], &skip].concat()).run().code(3).matches(snapbox::str![[r#"
$ fastenr metrics import tickets.csv --mapping tickets.toml --on-error skip
4 events to 2 days: 2 created; 1 event rejected
column "Org" "x": no account has this external id or id (row 4)
-- stderr
events: 3 new
rejected rows: tickets.csv.rejected.csv
hint: import the accounts first; --on-error skip leaves rows without one out
-- exit 3

"#]]);
    fastenr.write("late.csv", "Ticket,Org,Created\n3,a,2026-02-01\n5,b,2026-02-02\n");
    let late = ["metrics", "import", "late.csv", "--mapping", "tickets.toml"];
    let changes = fastenr.args([&late[..], &["--dry-run", "-o", "csv"]].concat()).run().ok();
    let fields: Vec<&str> = changes.stdout.lines().filter(|line| line.contains("support_tickets")).collect();
    ensure!(fields.len() == 2, "{}", changes.transcript());
    let report = fastenr.args([&late[..], &["-o", "json"]].concat()).run().ok().json();
    let days = serde_json::json!({"days": 3, "created": 1, "updated": 2, "unchanged": 0});
    assert_eq!((&report["days"], &report["rows"], &report["created"]), (&days, &2.into(), &1.into()), "{report}");
    let operation = report["operation"].as_str().unwrap_or_default().to_owned();
    let told = fastenr.args(["operations", "list", "-o", "json"]).run().ok().json();
    let mut all = told["data"].as_array().into_iter().flatten();
    let summary = all.find(|one| one["id"] == *operation).map(|one| one["summary"].clone());
    assert_eq!(summary, Some("2 events to 3 days: 1 created, 2 updated".into()), "{told}");
    let day = |account: &str, date: &str| {
        let days = fastenr.args(["metrics", "export", "-", "-o", "jsonl"]).run().ok().jsonl();
        let is = |day: &&Json| day["account"] == account && day["metric_date"] == date;
        days.iter().find(is).map_or(Json::Null, |day| day["support_tickets"].clone())
    };
    assert_eq!((day("a", "2026-02-01"), day("b", "2026-02-01")), (3.into(), Json::Null));
    fastenr.args(["operations", "undo", &operation, "--yes"]).run().ok();
    assert_eq!((day("a", "2026-02-01"), day("b", "2026-02-01")), (2.into(), 1.into()));
    Ok(())
}
