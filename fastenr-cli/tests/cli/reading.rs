//! Files that break readers: what they mean is read, or refused with a way out that works when it is pasted.

use anyhow::{Result, ensure};
use fastenr_tests::cli::{Fastenr, Output};
use fastenr_tests::harness::{Backend, Tests};
use serde_json::{Value as Json, json};

use super::support::{content, ledger, migrated, total};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/reading/broken_quotes_never_change_a_value", quotes);
    tests.both("cli/reading/broken_quotes_swallow_no_rows", swallowed);
    tests.both("cli/reading/an_export_of_many_lines_comes_back", many_lines);
    tests.both("cli/reading/an_encoding_is_read_or_asked_for", encodings);
    tests.both("cli/reading/what_was_said_once_is_in_the_mapping", kept);
    tests.both("cli/reading/lines_that_are_no_records", no_records);
    tests.both("cli/reading/json_of_any_depth", nested);
    tests.sqlite("cli/reading/what_is_no_table_is_called_what_it_is", no_table);
}

fn import(fastenr: &Fastenr, file: &str, more: &[&str]) -> Output {
    fastenr.args([&["accounts", "import", file][..], more].concat()).run()
}

/// External id and name of each account.
fn names(fastenr: &Fastenr) -> Vec<(String, String)> {
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    content(fastenr).iter().map(|account| (text(&account["external_id"]), text(&account["name"]))).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(id, name)| ((*id).to_owned(), (*name).to_owned())).collect()
}

async fn quotes(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.write("inner.csv", "external_id,name,industry\nA-1,\"16\" Monitors Ltd\",Retail\nA-2,Globex,Steel\n");
    import(&fastenr, "inner.csv", &[]).code(1).matches(snapbox::str![[r#"
$ fastenr accounts import inner.csv
Nothing was written. 2 rows: 1 to create, 1 rejected
row: line 2: the row has text after the closing quote of column 2 ("name"), at column 9 of the line: double each quote inside a quoted cell (row 1)
-- stderr
error: 1 row is bad; nothing was written (--on-error skip writes the good ones)
-- exit 1

"#]]);
    assert_eq!(total(&fastenr), 0);
    import(&fastenr, "inner.csv", &["--on-error", "skip"]).code(3);
    assert_eq!(names(&fastenr), pairs(&[("A-2", "Globex")]));
    ensure!(fastenr.read("inner.csv.rejected.csv").contains("A-1,\"\"\"16\"\" Monitors Ltd\"\"\",Retail,1,"));

    fastenr.write("slashes.csv", "external_id,name,industry\nA-1,\"The \\\"Best\\\" Co\",Retail\nA-2,Globex,Steel\n");
    let said = import(&fastenr, "slashes.csv", &[]).code(1);
    ensure!(said.stdout.contains("--quote-escape backslash"), "{}", said.transcript());
    import(&fastenr, "slashes.csv", &["--quote-escape", "backslash"]).ok();
    assert_eq!(names(&fastenr)[0].1, "The \"Best\" Co");
    fastenr.write("crm.toml", "[file]\nquote_escape = \"backslash\"\n");
    let again = import(&fastenr, "slashes.csv", &["--mapping", "crm.toml", "-o", "json"]).ok().json();
    assert_eq!(ledger(&again), [2, 0, 0, 2, 0, 0]);

    fastenr.write("blank.csv", "external_id, name, industry\nA-3, \"Acme, Inc\", Retail\n");
    let said = import(&fastenr, "blank.csv", &[]).code(1);
    ensure!(said.stdout.contains("a blank before the opening quote of column 2 (\"name\")"), "{}", said.transcript());
    Ok(())
}

async fn swallowed(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let rows = "A-2,Globex,ok\nA-3,Initech,ok\n";
    // The column with the broken quote is not imported: its rows count all the same.
    let text = format!("external_id,name,Notes\nA-1,Acme,\"call back\n{rows}A-4,Umbrella,\"at risk\"\nA-5,Hooli,ok\n");
    fastenr.write("swallow.csv", text);
    for more in [&[][..], &["--on-error", "skip"], &["--missing", "archive", "--yes"]] {
        let said = import(&fastenr, "swallow.csv", more).code(2);
        ensure!(said.stderr.contains("line 5, column 15") && said.stderr.contains("line 2"), "{}", said.transcript());
    }
    assert_eq!(total(&fastenr), 0);
    fastenr.write("lines.csv", format!("external_id,name,Notes\nA-1,Acme,\"call back\n{rows}A-4,Umbrella,at risk\"\n"));
    import(&fastenr, "lines.csv", &[]).code(2).matches(snapbox::str![[r#"
$ fastenr accounts import lines.csv
-- stderr
error: lines.csv, line 2, column 10: a quote opens a cell that is closed only in a later line, and line 3 has as many fields as the header itself
hint: close the quote in line 2; if the cell does hold these lines: --multiline
-- exit 2

"#]]);
    let one = import(&fastenr, "lines.csv", &["--multiline", "-o", "json"]).ok().json();
    assert_eq!(ledger(&one), [1, 1, 0, 0, 0, 0]);
    Ok(())
}

async fn many_lines(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.args(["accounts", "import", "-"]).stdin("external_id,name\nA-1,Acme\n").run().ok();
    // Whatever the number of columns, some line of the text has as many.
    let text: String = (0..60).map(|commas| format!("x{}\\n", ",".repeat(commas))).collect();
    let line = format!(
        "{{\"external_id\":\"E-1\",\"account\":\"A-1\",\"type\":\"call\",\"title\":\"T\",\"scheduled_at\":\"2026-01-01T00:00:00Z\",\
         \"description\":\"{text}\\\"end\\\"\"}}\n"
    );
    fastenr.args(["engagements", "import", "-"]).stdin(line).run().ok();
    for format in ["csv", "tsv"] {
        let file = format!("engagements.{format}");
        fastenr.args(["engagements", "export", &file]).run().ok();
        let back = fastenr.args(["engagements", "import", &file, "--dry-run", "-o", "json"]).run().ok().json();
        assert_eq!(ledger(&back), [1, 0, 0, 1, 0, 0], "{format}");
    }
    Ok(())
}

const RUSSIAN: &[u8] = b"external_id,name,industry\nR-1,\xCE\xCE\xCE \xD0\xEE\xEC\xE0\xF8\xEA\xE0,\xD2\xEE\xF0\xE3\xEE\xE2\xEB\xFF\nR-2,\xC7\xC0\xCE \xD1\xE5\xE2\xE5\xF0,\xCB\xEE\xE3\xE8\xF1\xF2\xE8\xEA\xE0\n";

async fn encodings(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.write("russian.csv", RUSSIAN);
    let said = import(&fastenr, "russian.csv", &["-o", "json"]).ok();
    let warning = said.json()["warnings"][0].to_string();
    ensure!(warning.contains("Windows-1251") && warning.contains("Ромашка"), "{warning}");
    assert_eq!(names(&fastenr), pairs(&[("R-1", "ООО Ромашка"), ("R-2", "ЗАО Север")]));

    // One word that two encodings read as one.
    fastenr.write("one.csv", b"external_id,name\nC-1,K\xF8enek\n");
    let said = import(&fastenr, "one.csv", &[]).code(2);
    ensure!(said.stderr.contains("Kųenek") && said.stderr.contains("Křenek"), "{}", said.transcript());
    let way = said.stderr.lines().find_map(|line| line.strip_prefix("hint: name the right one: "));
    let way = way.and_then(|ways| ways.split(" or ").find(|way| way.ends_with("windows-1250")));
    let way: Vec<&str> = way.expect("one of the ways out").split(' ').collect();
    import(&fastenr, "one.csv", &way).ok();
    assert_eq!(names(&fastenr)[0], ("C-1".to_owned(), "Křenek".to_owned()));

    for (label, bytes, name) in [
        ("macintosh", &b"Caf\x8E Z\x9Frich"[..], "Café Zürich"),
        ("latin1", b"Caf\xE9", "Café"),
        ("shift_jis", b"\x8A\x94\x8E\xAE\x89\xEF\x8E\xD0", "株式会社"),
        ("koi8-r", b"\xE1\xCB\xCD\xC5", "Акме"),
    ] {
        let file = [b"external_id,name\nL-1,", bytes, b"\n"].concat();
        fastenr.write("told.csv", file);
        import(&fastenr, "told.csv", &["--encoding", label]).ok();
        ensure!(names(&fastenr).contains(&("L-1".to_owned(), name.to_owned())), "{label}: {:?}", names(&fastenr));
    }
    let unknown = import(&fastenr, "told.csv", &["--encoding", "ebcdic"]).code(2);
    ensure!(unknown.stderr.contains("WHATWG"), "{}", unknown.transcript());

    fastenr.write("twice.csv", "external_id,name\nT-1,Juan JosÃ©\nT-2,Zoë\n");
    let said = import(&fastenr, "twice.csv", &["--dry-run"]).ok();
    ensure!(said.stderr.contains("1 row has text that looks like UTF-8 read twice"), "{}", said.transcript());
    Ok(())
}

async fn kept(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.write("russian.csv", RUSSIAN);
    let mapping = import(&fastenr, "russian.csv", &["--suggest-mapping"]).ok().stdout;
    ensure!(mapping.contains("[file]\nencoding = \"windows-1251\"\n"), "{mapping}");
    fastenr.write("crm.toml", &mapping);
    let report = import(&fastenr, "russian.csv", &["--mapping", "crm.toml", "-o", "json"]).ok().json();
    assert_eq!((ledger(&report), &report["warnings"]), ([2, 2, 0, 0, 0, 0], &json!([])));
    // A flag counts for more than the mapping.
    let said = import(&fastenr, "russian.csv", &["--mapping", "crm.toml", "--encoding", "utf-8"]).code(2);
    ensure!(said.stderr.contains("is to be read as UTF-8"), "{}", said.transcript());
    Ok(())
}

async fn no_records(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr
        .write("two.csv", "\u{FEFF}external_id,name\nA-1,Acme\n\u{FEFF}external_id,name\n\u{FEFF}A-2,Globex\u{200B}\n");
    import(&fastenr, "two.csv", &[]).ok().matches(snapbox::str![[r#"
$ fastenr accounts import two.csv
3 rows: 2 created, 1 skipped
-- stderr
warning: 1 row repeats the header (row 2): skipped
-- exit 0

"#]]);
    assert_eq!(names(&fastenr), pairs(&[("A-1", "Acme"), ("A-2", "Globex")]));
    fastenr.write("other.csv", "external_id,name\nA-1,Acme\nname,external_id\nGlobex,A-2\n");
    let said = import(&fastenr, "other.csv", &[]).code(2);
    ensure!(said.stderr.contains("line 3: another header"), "{}", said.transcript());

    fastenr.write("totals.csv", "external_id,name,arr\nA-1,Acme,100\nA-2,Globex,\"1,200.50\"\nTotal,,\"1,300.50\"\n");
    import(&fastenr, "totals.csv", &[]).ok().matches(snapbox::str![[r#"
$ fastenr accounts import totals.csv
3 rows: 2 updated, 1 skipped
-- stderr
numbers of "arr" read as 1,234.56: row 2 shows it
warning: 1 row is named like a total and has the sums of the rows above (row 3): skipped
-- exit 0

"#]]);
    fastenr.write("byname.csv", "name,arr\nAcme,100\nGlobex,200\nTotal,300\n");
    import(&fastenr, "byname.csv", &["--key", "name"]).ok();
    assert_eq!(total(&fastenr), 2);
    // A customer of that name is one.
    fastenr.write("customer.csv", "external_id,name,arr\nA-1,Acme,100\nA-3,Total,7\n");
    let said = import(&fastenr, "customer.csv", &[]).ok();
    ensure!(total(&fastenr) == 3 && !said.stderr.contains("skipped"), "{}", said.transcript());
    fastenr.write("named.csv", "name,arr\nAcme,100\nTotal,7\n");
    let said = import(&fastenr, "named.csv", &["--key", "name"]).ok();
    ensure!(
        said.stderr.contains("is named like a total") && said.stdout.contains("2 unchanged"),
        "{}",
        said.transcript()
    );
    fastenr.write("nokey.csv", "external_id,name,arr\nA-1,Acme,100\nA-2,Globex,200\n,,300\n");
    let said = import(&fastenr, "nokey.csv", &[]).code(1);
    ensure!(said.stdout.contains("it looks like a line of totals"), "{}", said.transcript());
    Ok(())
}

async fn nested(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let line = r#"{"id":"1","properties":{"name":"Acme","domain":"acme.example","deal":{"arr":12}}}"#;
    fastenr.write("crm.jsonl", format!("{line}\n"));
    let maps = ["--map", "properties.name=name", "--map", "properties.domain=domain"];
    let said = import(&fastenr, "crm.jsonl", &maps).ok();
    ensure!(said.stderr.contains("properties.deal"), "{}", said.transcript());
    fastenr.write("crm.toml", "[columns]\nname = \"properties.name\"\narr = \"properties.deal.arr\"\n");
    import(&fastenr, "crm.jsonl", &["--mapping", "crm.toml"]).ok();
    let account = &content(&fastenr)[0];
    assert_eq!((&account["domain"], &account["arr"]), (&json!("acme.example"), &json!(12)));

    fastenr.write("python.jsonl", "{'external_id':'A-1','name':'Acme'}\n{'external_id':'A-2','name':'Globex'}\n");
    import(&fastenr, "python.jsonl", &[]).code(2).matches(snapbox::str![[r#"
$ fastenr accounts import python.jsonl
-- stderr
error: python.jsonl, line 1 is not valid JSON, column 2 of the line: key must be a string; no line of the file can be read
hint: JSON Lines has one object a line, with keys and texts in double quotes
-- exit 2

"#]]);

    // Members that are called as fields are named with the option that reads them.
    fastenr.write("crm.jsonl", r#"{"id":"2","properties":{"name":"Bolt","website":"bolt.example","x":1}}"#);
    let said = import(&fastenr, "crm.jsonl", &[]).code(1);
    let way = "properties.name (--map properties.name=name), properties.website (--map properties.website=domain)";
    ensure!(said.stderr.contains(way), "{}", said.transcript());
    import(&fastenr, "crm.jsonl", &["--map", "properties.name=name", "--map", "properties.website=domain"]).ok();

    // An object is no text.
    for (member, at) in
        [("\"name\":{\"first\":\"Acme\"}", "name"), ("\"name\":\"A\",\"industry\":[\"Retail\"]", "industry")]
    {
        fastenr.write("crm.jsonl", format!("{{\"external_id\":\"A-3\",{member}}}\n"));
        let said = import(&fastenr, "crm.jsonl", &[]).code(1);
        ensure!(said.stdout.contains("a JSON object or list is no value of this field"), "{}", said.transcript());
        ensure!(said.stderr.contains(&format!("--map {at}.MEMBER=FIELD")), "{}", said.transcript());
    }
    import(&fastenr, "crm.jsonl", &["--map", "industry="]).ok();

    fastenr.write("dump.json", r#"{"results":[{"external_id":"A-4","name":"Dump"}]}"#);
    let said = import(&fastenr, "dump.json", &[]).code(2);
    ensure!(said.stderr.contains("jq -c '.[\"results\"][]' writes one object a line"), "{}", said.transcript());
    Ok(())
}

async fn no_table(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let html =
        "<html><table><tr><td>external_id</td><td>name</td></tr><tr><td>A-1</td><td>Acme</td></tr></table></html>";
    fastenr.write("crm.xls", html);
    import(&fastenr, "crm.xls", &[]).code(2).matches(snapbox::str![[r#"
$ fastenr accounts import crm.xls
-- stderr
error: crm.xls is an HTML page, not a table of text
hint: open it in a spreadsheet program and save it as CSV UTF-8, whatever its name says
-- exit 2

"#]]);
    Ok(())
}
