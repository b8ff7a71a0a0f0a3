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
    tests.both("cli/round_trip/customers_called_by_no_value", called_by_no_value);
    tests.postgres("cli/round_trip/from_sqlite_to_postgres_and_back", from_one_kind_to_the_other);
    tests.both("cli/round_trip/formulas_are_guarded_unless_raw", guards);
    tests.both("cli/round_trip/every_noun_of_an_account", nouns);
    tests.postgres("cli/round_trip/every_noun_from_one_kind_to_the_other", nouns_from_one_kind_to_the_other);
}

/// An error of a spreadsheet is no name even in an export, which somebody may have edited.
fn error_toml(fastenr: &Fastenr) -> &'static str {
    fastenr.write("error.toml", "values.name.\"#N/A\" = \"#N/A\"\n");
    "error.toml"
}

/// Some of the names mean no value, unless somebody says that they are names, or the file is an export.
fn names_toml(fastenr: &Fastenr) -> &'static str {
    fastenr.write("names.toml", "[values.name]\nNULL = \"NULL\"\n\"#N/A\" = \"#N/A\"\n");
    "names.toml"
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
    fastenr.args(["accounts", "import", "-", "--mapping", names_toml(fastenr)]).stdin(lines).run().ok();
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
        let key = if noun == "users" { ["--key", "email"] } else { ["--mapping", error_toml(to)] };
        let output = to.args([&import[..], &key].concat()).stdin(exported).run();
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

/// Customers who are called by words for no value: their export is their word.
async fn called_by_no_value(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    for (id, name) in [("NULL", "None"), ("none", "N/A"), ("-", "TBD")] {
        fastenr.args(["accounts", "create", "--external-id", id, "--", name]).run().ok();
    }
    let before = content(&fastenr);
    for format in ["csv", "jsonl"] {
        let other = Backend::new(backend.kind)?;
        let other = migrated(&other);
        let exported = fastenr.args(["accounts", "export", "-o", format]).run().ok().stdout;
        // The ids are another database's, which the refusal says.
        let refused = other.args(["accounts", "import", "-"]).stdin(exported.as_str()).run().code(1);
        ensure!(refused.stderr.contains("--key external_id"), "{}", refused.transcript());
        for key in [["--key", "external_id"], ["--map", "id="]] {
            other.args([&["accounts", "import", "-"], &key[..]].concat()).stdin(exported.as_str()).run().ok();
            assert_eq!(content(&other), before, "{format} {key:?}");
        }
        // Without its ids a file may be anybody's.
        let some = ["accounts", "export", "--fields", "external_id,name", "-o", format];
        let exported = fastenr.args(some).run().ok().stdout;
        let third = Backend::new(backend.kind)?;
        let third = migrated(&third);
        let import = || third.args(["accounts", "import", "-"]).stdin(exported.as_str());
        let refused = import().run().code(1);
        ensure!(refused.stderr.contains("--null-words ''"), "{}", refused.transcript());
        third.args(["accounts", "import", "-", "--null-words", ""]).stdin(exported.as_str()).run().ok();
        assert_eq!(content(&third).len(), 3, "{format}");
    }
    Ok(())
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

/// Nouns of an account, and what their verbs of export leave out of a comparison.
const NOUNS: [&str; 4] = ["contacts", "engagements", "goals", "metrics"];

/// Records whose cells a careless writer or reader would bend: quotes, line breaks, formulas, lists in JSON.
fn nasty_nouns(fastenr: &Fastenr) {
    let texts = [
        "=HYPERLINK(\"http://evil.example\";\"click\")",
        "'=apostrophe before a formula",
        "a \"quoted\" name",
        "comma, semicolon; pipe|",
        "Señorío 株式会社 🦀 e\u{301}",
        "NULL",
        "007",
        "\\backslash\\n",
        "{\"json\": true}",
    ];
    let mut files = NOUNS.map(|noun| (noun, String::new()));
    for (n, text) in texts.iter().enumerate() {
        let (account, id) = (format!("=N'-{}", n % 3), format!("=X'-{n}"));
        let long = format!("{text}\n\n\"two\", three\r\n=1+1\n\tfour; '");
        let attendees = json!([{"name": text, "email": "jo@x.example"}, {"name": "Doe; \"Jo\", Dr.", "role": "=CTO"}]);
        let milestones = json!([{"title": text, "target_value": -1.5, "target_date": "2026-06-30"}, {"title": "=2"}]);
        let user = ["jo@example.com", "o'brien@example.com"][n % 2];
        let some = |value: Json| if n % 3 == 1 { Json::Null } else { value };
        let records = [
            json!({"external_id": id, "account": account, "name": text, "email": some(json!(format!("p{n}@x.example"))),
                "title": some(json!(text)), "role": some(json!("champion")), "left_on": some(json!("2026-01-31"))}),
            json!({"external_id": id, "account": account, "type": "call", "title": text, "description": some(json!(long)),
                "outcome": some(json!("negative")), "scheduled_at": some(json!("2026-01-31T10:00:00.123456Z")),
                "competitor": some(json!(text)), "tags": ["=tag", format!("naïve {n}")], "attendees": attendees,
                "created_by": user}),
            json!({"external_id": id, "account": account, "title": text, "description": some(json!(long)),
                "metric_type": "nps", "start_value": -5, "current_value": some(json!(0.01)), "target_value": 1_234_567.5,
                "unit": some(json!(text)), "status": "missed", "milestones": milestones, "created_by": user}),
            json!({"account": account, "metric_date": format!("2026-01-{:02}", n + 1), "login_frequency": n,
                "csat": some(json!(99.5)), "resolution_hours": some(json!(0.25)), "nps": -7, "sentiment": some(json!("red")),
                "sentiment_reason": some(json!(text))}),
        ];
        for ((_, file), mut record) in files.iter_mut().zip(records) {
            // A line that says nothing about a field leaves it out.
            if let Some(members) = record.as_object_mut() {
                members.retain(|_, value| !value.is_null());
            }
            file.push_str(&record.to_string());
            file.push('\n');
        }
    }
    for (noun, file) in files {
        let mapping: &[&str] = if noun == "contacts" { &["--mapping", names_toml(fastenr)] } else { &[] };
        fastenr.args([&[noun, "import", "-"], mapping].concat()).stdin(file).run().ok();
    }
}

/// Every record in every field that an export has but the id.
fn all_of(fastenr: &Fastenr, noun: &str) -> Vec<Json> {
    let mut records = fastenr.args([noun, "export", "-o", "jsonl"]).run().ok().jsonl();
    for record in &mut records {
        record.as_object_mut().expect("a record is an object").remove("id");
        // Of metrics the account and the day are the key; when the row was made is its own.
        record.as_object_mut().expect("a record is an object").remove("created_at");
    }
    records.sort_by_key(ToString::to_string);
    records
}

async fn nouns(backend: &Backend) -> Result<()> {
    let fastenr = filled(backend);
    nasty_nouns(&fastenr);
    for noun in NOUNS {
        let before = all_of(&fastenr, noun);
        assert_eq!(before.len(), 9, "{noun}");
        for export in ["", "-o csv", "-o jsonl", "--raw", "--for excel"] {
            let raw = if export == "--raw" { "--raw" } else { "" };
            for key in ["", "--map id="] {
                let import = format!("import - {raw} {key} --dry-run -o json");
                let script = format!("\"$FASTENR\" {noun} export {export} -q | \"$FASTENR\" {noun} {import}");
                let report = shell(&fastenr, &script).ok().json();
                assert_eq!(ledger(&report), [9, 0, 0, 9, 0, 0], "{noun} {export} {key}: {report}");
                assert_eq!(report["changes"], json!([]), "{noun} {export} {key}");
            }
        }
        for file in ["n.csv", "n.tsv", "n.jsonl.gz"] {
            fastenr.args([noun, "export", file]).run().ok();
            let report = fastenr.args([noun, "import", file, "--empty", "clear", "-o", "json"]).run().ok().json();
            assert_eq!(ledger(&report), [9, 0, 0, 9, 0, 0], "{noun} {file}: {report}");
        }
        assert_eq!(all_of(&fastenr, noun), before, "{noun}");
    }
    Ok(())
}

async fn nouns_from_one_kind_to_the_other(postgres: &Backend) -> Result<()> {
    let sqlite = Backend::new(Kind::Sqlite)?;
    let (here, there) = (filled(&sqlite), migrated(postgres));
    nasty_nouns(&here);
    carry_over(&here, &there)?;
    for noun in NOUNS {
        let exported = here.args([noun, "export"]).run().ok().stdout;
        let report = there.args([noun, "import", "-", "--map", "id=", "-o", "json"]).stdin(exported).run().ok().json();
        assert_eq!(ledger(&report), [9, 9, 0, 0, 0, 0], "{noun}: {report}");
        assert_eq!(all_of(&there, noun), all_of(&here, noun), "{noun}");
    }
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
