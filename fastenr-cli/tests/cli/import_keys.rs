//! Keys where a user stands: ids that spreadsheets bend, files that lack the book, bad cells, look-ups, custom columns.

use anyhow::{Result, ensure};
use fastenr_tests::harness::{Backend, Tests};
use serde_json::Value as Json;

use super::support::{content, ledger, migrated};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/import_keys/ids_that_spreadsheets_bend", bent_ids);
    tests.both("cli/import_keys/through_a_spreadsheet_and_back", spreadsheet);
    tests.both("cli/import_keys/files_that_lack_the_book", missing);
    tests.both("cli/import_keys/bad_cells", cells);
    tests.both("cli/import_keys/look_ups", lookups);
    tests.both("cli/import_keys/custom_fields_as_columns", custom_columns);
    tests.both("cli/import_keys/contacts_have_phones", phones);
}

async fn bent_ids(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let import = |file: &str, flags: &[&str]| {
        fastenr.write("in.csv", file);
        fastenr.args([&["accounts", "import", "in.csv"], flags].concat()).run()
    };
    import("external_id,name\n=\"00123\",Acme\n=\"00124\",Globex\n", &[]).ok();
    assert_eq!(content(&fastenr)[0]["external_id"], "00123");
    import("external_id,name\n1.23457E+15,Big\n123,Acme renamed\n", &[]).code(1).matches(snapbox::str![[r#"
$ fastenr accounts import in.csv
Nothing was written. 2 rows: 2 rejected
column "external_id" "1.23457E+15": a spreadsheet wrote this id as a number in scientific notation and lost its digits (row 1)
column "external_id" "123": no account has this external id; one has it with other leading zeros: 00123 (row 2)
-- stderr
error: 2 rows are bad; nothing was written (--on-error skip writes the good ones)
hint: export the ids again, as text, and don't save the file in a spreadsheet; --ids as-written accepts them as they are
hint: write the id as the existing record has it; if it is another record, --ids as-written creates it
-- exit 1

"#]]);
    // The way out works.
    import("external_id,name\n1.23457E+15,Big\n123,Acme renamed\n", &["--ids", "as-written"]).ok();
    assert_eq!(content(&fastenr).len(), 4);
    let by_name = ["--key", "name"];
    let refused = import("name,external_id\nAcme,X-1\n", &by_name).code(5);
    ensure!(
        refused.stderr.contains("1 account would get another external id: 00123 → X-1")
            && refused.stderr.contains("--allow-id-changes"),
        "{}",
        refused.transcript()
    );
    let report = import("name,external_id\nAcme,X-1\n", &["--key", "name", "-o", "json"]).code(5).json();
    assert_eq!((&report["refusal"]["code"], &report["applied"]), (&"id_changes".into(), &false.into()));
    import("name,external_id\nAcme,X-1\n", &["--key", "name", "--allow-id-changes"]).ok();
    let doubles = "external_id,name\nD-1,One\nD-1,Two\n";
    import(doubles, &[]).code(1);
    import(doubles, &["--duplicates", "last"]).ok();
    assert_eq!(fastenr.args(["accounts", "get", "D-1", "-o", "json"]).run().ok().json()["name"], "Two");
    Ok(())
}

/// What a spreadsheet makes of an export when it is opened and saved: formulas become what they say, other cells what they look
/// like.
async fn spreadsheet(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let book = "external_id,name\n00123,Acme\n12345678901234567,Globex\nMAR1,March Ltd\n1E5,Five\n-7,Seven\n";
    fastenr.args(["accounts", "import", "-"]).stdin(book).run().ok();
    let fields = ["accounts", "export", "--fields", "id,external_id,name"];
    let excel = fastenr.args([&fields[..], &["--for", "excel"]].concat()).run().ok().stdout;
    ensure!(excel.contains(",\"=\"\"00123\"\"\",Acme"), "{excel}");
    let saved = excel.replace("\"=\"\"", "").replace("\"\"\"", "");
    ensure!(saved.contains(",00123,Acme"), "{saved}");
    for file in [&excel, &saved] {
        let report = fastenr.args(["accounts", "import", "-", "-o", "json"]).stdin(file.as_str()).run().ok().json();
        assert_eq!(ledger(&report), [5, 0, 0, 5, 0, 0], "{file}");
    }
    // The plain export is bent, and comes back with a refusal.
    let plain = fastenr.args(fields).run().ok().stdout;
    let bent =
        plain.replace(",00123,", ",123,").replace(",12345678901234567,", ",1.23457E+16,").replace(",MAR1,", ",01.Mrz,");
    let before = content(&fastenr);
    let output = fastenr.args(["accounts", "import", "-"]).stdin(bent.as_str()).run().code(1);
    ensure!(output.stderr.contains("1 account would get another external id: 00123 → 123"), "{}", output.transcript());
    let without = bent
        .lines()
        .filter(|line| !line.contains("E+16") && !line.contains(".Mrz"))
        .map(|line| format!("{line}\n"))
        .collect::<String>();
    fastenr.args(["accounts", "import", "-"]).stdin(without).run().code(5);
    assert_eq!(content(&fastenr), before);
    Ok(())
}

async fn missing(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.write("all.csv", "external_id,name\nA-1,Acme\nA-2,Globex\nA-3,Initech\n");
    fastenr.args(["accounts", "import", "all.csv"]).run().ok();
    fastenr.write("none.csv", "external_id,name\n");
    let archive = ["--missing", "archive", "--yes"];
    fastenr.args([&["accounts", "import", "none.csv"], &archive[..]].concat()).run().code(5).matches(snapbox::str![[
        r#"
$ fastenr accounts import none.csv --missing archive --yes
Nothing was written. 0 rows; 3 accounts to archive
-- stderr
error: the file has no rows; 3 accounts would be archived because it does not have them
hint: check where the file comes from; `fastenr accounts bulk-archive --all --yes` archives on purpose
-- exit 5

"#
    ]]);
    fastenr.write("two.csv", "external_id,name\nA-1,Acme\nA-2,Globex\n");
    let two = [&["accounts", "import", "two.csv"], &archive[..]].concat();
    fastenr.args(&two).run().code(5).matches(snapbox::str![[r#"
$ fastenr accounts import two.csv --missing archive --yes
Nothing was written. 2 rows: 2 unchanged; 1 account to archive
-- stderr
error: the file does not have 1 of 3 accounts, more than 10 %: they would be archived
hint: if the file is complete, --max-missing 1 archives them
-- exit 5

"#]]);
    assert_eq!(content(&fastenr).len(), 3);
    fastenr.args([&two[..], &["--max-missing", "1"]].concat()).run().ok();
    assert_eq!(content(&fastenr).len(), 2);
    fastenr.args([&two[..], &["--max-missing", "much"]].concat()).run().code(2);
    Ok(())
}

async fn cells(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.write("in.csv", "external_id,name,size,seats\nA-1,Acme,huge,5\nA-2,Bolt,small,6\n");
    let keep = ["accounts", "import", "in.csv", "--bad-cells", "keep"];
    fastenr.args(keep).run().code(3).matches(snapbox::str![[r#"
$ fastenr accounts import in.csv --bad-cells keep
2 rows: 2 created; 1 bad cell not imported
cell not imported: column "size" "huge": size is one of startup, small, medium, large, enterprise (row 1)
-- stderr
rows with bad cells: in.csv.cells.csv
-- exit 3

"#]]);
    snapbox::assert_data_eq!(
        fastenr.read("in.csv.cells.csv"),
        snapbox::str![[r#"
external_id,name,size,seats,_row,_column,_error
A-1,Acme,huge,5,1,size,"size ""huge"": size is one of startup, small, medium, large, enterprise"

"#]]
    );
    let report = fastenr.args([&keep[..], &["--dry-run", "-o", "json"]].concat()).run().code(3).json();
    assert_eq!((&report["bad_cells"], &report["cell_problems"][0]["code"]), (&1.into(), &"size".into()));
    let mended = fastenr.read("in.csv.cells.csv").replace("huge", "large");
    fastenr.write("mended.csv", mended);
    fastenr.args(["accounts", "import", "mended.csv"]).run().ok();
    assert_eq!(content(&fastenr)[0]["size"], "large");
    Ok(())
}

async fn lookups(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let book = "external_id,name,domain,custom.billing\nA-1,Acme,acme.com,700\nA-2,Globex,globex.com,701\n";
    fastenr.args(["accounts", "import", "-"]).stdin(book).run().ok();
    fastenr.write("child.csv", "external_id,name,Parent Account\nA-3,Acme Sub,Acme\n");
    let import = ["accounts", "import", "child.csv"];
    fastenr.args(import).run().code(1).matches(snapbox::str![[r#"
$ fastenr accounts import child.csv
Nothing was written. 1 row: 1 rejected
column "Parent Account" "Acme": no account and no row of the file has this external id or id (row 1)
-- stderr
the account would be found with another look-up: --lookup account=name
error: 1 row is bad; nothing was written (--on-error skip writes the good ones)
hint: import the parents first, or in the same file; --bad-cells keep writes rows without them
-- exit 1

"#]]);
    fastenr.args([&import[..], &["--lookup", "account=name"]].concat()).run().ok();
    assert_eq!(fastenr.args(["accounts", "get", "A-3", "-o", "json"]).run().ok().json()["parent"], "A-1");
    fastenr.write("nps.csv", "account,date,nps\n700,2026-02-01,50\n");
    fastenr.args(["metrics", "import", "nps.csv", "--lookup", "account=custom.billing"]).run().ok();
    fastenr.write("m.toml", "[lookup]\naccount = \"custom.billing\"\n");
    let again = fastenr.args(["metrics", "import", "nps.csv", "--mapping", "m.toml", "-o", "json"]).run().ok().json();
    assert_eq!(ledger(&again), [1, 0, 0, 1, 0, 0]);
    let wrong = fastenr.args(["metrics", "import", "nps.csv", "--lookup", "account=nickname"]).run().code(2);
    ensure!(wrong.stderr.contains("key, name, domain, email or custom.KEY"), "{}", wrong.transcript());
    Ok(())
}

async fn custom_columns(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let lines = concat!(
        r#"{"external_id":"A-1","name":"Acme","custom_fields":{"tier":"gold","seats":5,"it's \"odd\"":[1,null]}}"#,
        "\n",
        r#"{"external_id":"A-2","name":"Bolt","custom_fields":{"tier":"=1+1"}}"#,
        "\n"
    );
    fastenr.args(["accounts", "import", "-"]).stdin(lines).run().ok();
    let list = |format: &str| {
        fastenr.args(["accounts", "list", "--fields", "name,custom.tier,custom.seats", "-o", format]).run().ok()
    };
    assert_eq!(list("csv").stdout, "name,custom.tier,custom.seats\nAcme,gold,5\nBolt,'=1+1,\n");
    let listed = list("json").json();
    assert_eq!((&listed["data"][0]["custom.seats"], &listed["data"][1]["custom.seats"]), (&5.into(), &Json::Null));
    ensure!(list("table").stdout.starts_with("name  tier"), "{}", list("table").stdout);
    let export = fastenr.args(["accounts", "export", "--fields", "external_id,name,custom.*"]).run().ok().stdout;
    ensure!(export.starts_with("external_id,name,\"custom.it's \"\"odd\"\"\",custom.seats,custom.tier\n"), "{export}");
    for format in ["csv", "jsonl"] {
        let out =
            fastenr.args(["accounts", "export", "--fields", "external_id,name,custom.*", "-o", format]).run().ok();
        let back = fastenr.args(["accounts", "import", "-", "-o", "json"]).stdin(out.stdout).run().ok().json();
        assert_eq!(ledger(&back), [2, 0, 0, 2, 0, 0], "{format}");
    }
    Ok(())
}

async fn phones(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.args(["accounts", "create", "Acme", "--external-id", "A-1"]).run().ok();
    let file = "Company,Full Name,Email,Mobile Phone,Region\nA-1,Jo Doe,jo@acme.com,+49 30 1234,EMEA\nA-1,Mo,mo@acme.com,0030123,\n";
    fastenr.write("people.csv", file);
    fastenr.args(["contacts", "import", "people.csv", "--custom"]).run().ok();
    let jo = || fastenr.args(["contacts", "get", "jo@acme.com", "-o", "json"]).run().ok().json();
    assert_eq!((&jo()["phone"], &jo()["custom_fields"]["Region"]), (&"+49 30 1234".into(), &"EMEA".into()));
    fastenr.args(["contacts", "update", "jo@acme.com", "--phone", "112", "--set", "custom.tier=a"]).run().ok();
    assert_eq!(
        (&jo()["phone"], jo()["custom_fields"].to_string()),
        (&"112".into(), r#"{"Region":"EMEA","tier":"a"}"#.to_owned())
    );
    for flags in [&[][..], &["--for", "excel"]] {
        let out = fastenr.args([&["contacts", "export"], flags].concat()).run().ok().stdout;
        let back =
            fastenr.args(["contacts", "import", "-", "-o", "json"]).stdin(out.replace("\u{feff}", "")).run().ok();
        assert_eq!(ledger(&back.json()), [2, 0, 0, 2, 0, 0], "{flags:?}");
    }
    let found = fastenr
        .args(["contacts", "list", "--search", "0030123", "--fields", "name,custom.Region", "-o", "csv"])
        .run()
        .ok();
    assert_eq!(found.stdout, "name,custom.Region\nMo,\n");
    Ok(())
}
