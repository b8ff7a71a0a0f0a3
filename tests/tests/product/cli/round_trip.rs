//! What an export writes, an import reads back without a change, whatever the cells hold.

use anyhow::{Result, ensure};
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Kind, Tests};
use serde_json::{Value as Json, json};

use super::support::{content, ledger, migrated, shell};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/round_trip/through_a_pipe", through_a_pipe);
    tests.both("cli/round_trip/through_every_kind_of_file", through_files);
    tests.both("cli/round_trip/edited_in_a_spreadsheet", edited);
    tests.both("cli/round_trip/into_an_empty_database", into_an_empty_database);
    tests.postgres("cli/round_trip/from_sqlite_to_postgres_and_back", from_one_kind_to_the_other);
    tests.both("cli/round_trip/formulas_are_guarded_unless_raw", guards);
}

/// Accounts that a careless writer or reader of files would bend.
fn nasty(fastenr: &Fastenr) {
    let users = "external_id,email,name,role\nU-1,jo@example.com,\"Doe, Jo\",write\nU-2,\"o'brien@example.com\",\"=Ann \"\"A\"\" O'Brien\",admin\n";
    fastenr.args(["users", "import", "-"]).stdin(users).run().ok();
    let names = [
        "=HYPERLINK(\"http://evil.example\";\"click\")",
        "+1 Street",
        "-1 Store",
        "@home",
        "'quoted'",
        "'=apostrophe before a formula",
        "''=two of them",
        "a \"quoted\" name",
        "comma, semicolon; tab\there",
        "line one\nline two\r\nline three",
        "\u{feff}mark first",
        "Señorío Ñandú 株式会社 🦀 e\u{301}",
        "NULL",
        "null",
        "007",
        "1e5",
        "TRUE",
        "2026-01-02",
        "\\backslash\\n",
        "'",
        "=",
        "{\"json\": true}",
        "#N/A",
        "｜ pipes | and ｜",
    ];
    let mut lines = String::new();
    for (n, name) in names.iter().enumerate() {
        let one_line = name.replace(char::is_control, " ");
        let mut account = json!({
            "external_id": format!("=N'-{n}"),
            // These are one line; custom fields hold the rest.
            "name": one_line,
            "industry": one_line.chars().take(40).collect::<String>(),
            "arr": if n % 3 == 0 { Json::Null } else { json!(n as f64 * 1000.01) },
            "status": (["active", "at_risk", "onboarding", "churned"][n % 4]),
            "size": (["startup", "small", "medium", "large", "enterprise"][n % 5]),
            "owner": ([Json::Null, json!("jo@example.com"), json!("o'brien@example.com")][n % 3]),
            "contract_end": if n % 2 == 0 { json!("2027-02-28") } else { Json::Null },
            "auto_renew": ([Json::Null, json!(true), json!(false)][n % 3]),
            "seats": if n % 2 == 0 { json!(n) } else { Json::Null },
            "tags": if n % 3 == 0 { json!([]) } else { json!(["=tag", "'apostrophe", format!("naïve {n}")]) },
            "custom_fields": if n % 2 == 0 { json!({}) } else { json!({"=key": name, "note": format!("\t{name}\n"), "empty": "", "n": "1.50", "ключ": "värde"}) },
        });
        // The parent comes later in the file for the first, earlier for the others.
        if n != 5 {
            account["parent"] = json!("=N'-5");
        }
        lines.push_str(&account.to_string());
        lines.push('\n');
    }
    fastenr.args(["accounts", "import", "-"]).stdin(lines).run().ok();
    fastenr.args(["accounts", "archive", "=N'-7"]).run().ok();
}

fn filled(backend: &Backend) -> Fastenr {
    let fastenr = migrated(backend);
    nasty(&fastenr);
    assert_eq!(content(&fastenr).len(), 23, "24, of which one is archived");
    fastenr
}

#[track_caller]
fn assert_unchanged(report: &Json) {
    let [rows, _, _, unchanged, ..] = ledger(report);
    assert_eq!((rows, unchanged), (23, 23), "{report}");
}

async fn through_a_pipe(backend: &Backend) -> Result<()> {
    let fastenr = filled(backend);
    let before = content(&fastenr);
    for export in ["", "-o csv", "-o jsonl", "--raw", "--for excel"] {
        let raw = if export == "--raw" { "--raw" } else { "" };
        let script = format!(
            "\"$FASTENR\" accounts export {export} -q | \"$FASTENR\" accounts import - {raw} --dry-run -o json"
        );
        assert_unchanged(&shell(&fastenr, &script).ok().json());
    }
    // And when it is meant.
    let real =
        shell(&fastenr, "\"$FASTENR\" accounts export | \"$FASTENR\" accounts import - --empty clear -o json").ok();
    assert_unchanged(&real.json());
    assert_eq!(content(&fastenr), before);
    let users =
        shell(&fastenr, "\"$FASTENR\" users export | \"$FASTENR\" users import - --dry-run -o json").ok().json();
    assert_eq!(ledger(&users), [3, 0, 0, 3, 0, 0]);
    Ok(())
}

async fn through_files(backend: &Backend) -> Result<()> {
    let fastenr = filled(backend);
    for file in ["a.csv", "a.tsv", "a.jsonl", "a.csv.gz", "a.tsv.gz", "a.jsonl.gz"] {
        for excel in [false, true] {
            if excel && file.contains("jsonl") {
                continue;
            }
            let mut export = vec!["accounts", "export", file];
            export.extend(excel.then_some(["--for", "excel"]).into_iter().flatten());
            fastenr.args(&export).run().ok();
            let import = fastenr.args(["accounts", "import", file, "--dry-run", "-o", "json"]).run();
            ensure!(import.status == 0, "{export:?}: {}", import.transcript());
            assert_unchanged(&import.json());
            ensure!(!fastenr.dir().join(format!("{file}.part")).exists(), "{file} is whole or not there");
        }
    }
    // Some fields, and by another key.
    fastenr.args(["accounts", "export", "some.csv", "--fields", "name,arr,id"]).run().ok();
    assert_unchanged(&fastenr.args(["accounts", "import", "some.csv", "--dry-run", "-o", "json"]).run().ok().json());
    Ok(())
}

async fn edited(backend: &Backend) -> Result<()> {
    let fastenr = filled(backend);
    fastenr.args(["accounts", "export", "a.csv", "--for", "excel"]).run().ok();
    let file = fastenr.read("a.csv");
    ensure!(file.starts_with('\u{feff}') && file.contains("\r\n"), "{file}");
    fastenr.write("a.csv", file.replacen("+1 Street", "+2 Street", 1));
    let report = fastenr.args(["accounts", "import", "a.csv", "-o", "json"]).run().ok().json();
    assert_eq!(ledger(&report), [23, 0, 1, 22, 0, 0]);
    assert_eq!(fastenr.args(["accounts", "get", "=N'-1", "-o", "json"]).run().ok().json()["name"], "+2 Street");
    Ok(())
}

/// Exports the team and the accounts of one database into another, and compares.
fn carry_over(from: &Fastenr, to: &Fastenr) -> Result<()> {
    for noun in ["users", "accounts"] {
        let exported = from.args([noun, "export"]).run().ok().stdout;
        // Ids are the other database's business: the external ids are the keys.
        let import = [noun, "import", "-", "--map", "id=", "-o", "json"];
        let key: &[&str] = if noun == "users" { &["--key", "email"] } else { &[] };
        let output = to.args([&import[..], key].concat()).stdin(exported).run();
        ensure!(output.status == 0, "{noun}: {}", output.transcript());
        ledger(&output.json());
    }
    assert_eq!(content(to), content(from));
    Ok(())
}

async fn into_an_empty_database(backend: &Backend) -> Result<()> {
    let fastenr = filled(backend);
    let other = Backend::new(backend.kind)?;
    carry_over(&fastenr, &migrated(&other))
}

async fn from_one_kind_to_the_other(postgres: &Backend) -> Result<()> {
    let sqlite = Backend::new(Kind::Sqlite)?;
    let (here, there) = (filled(&sqlite), migrated(postgres));
    carry_over(&here, &there)?;
    let back = Backend::new(Kind::Sqlite)?;
    let back = migrated(&back);
    carry_over(&there, &back)?;
    assert_eq!(content(&back), content(&here));
    Ok(())
}

async fn guards(backend: &Backend) -> Result<()> {
    let fastenr = filled(backend);
    let names = |flags: &[&str]| {
        let export = fastenr.args([&["accounts", "export", "--fields", "name"], flags].concat()).run().ok();
        export.stdout
    };
    let (guarded, raw) = (names(&[]), names(&["--raw"]));
    for (name, safe) in [("+1 Street", "'+1 Street"), ("@home", "'@home"), ("''=two of them", "'''=two of them")] {
        ensure!(guarded.lines().any(|line| line == safe), "{safe} is in {guarded}");
        ensure!(raw.lines().any(|line| line == name), "{name} is in {raw}");
    }
    ensure!(guarded.lines().any(|line| line == "'quoted'"), "what no spreadsheet runs is left alone: {guarded}");
    Ok(())
}
