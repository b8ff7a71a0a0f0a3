//! Files of other systems at the first try: what the command says, and that the ways out which it names work when they are
//! pasted.

use anyhow::{Context as _, Result, ensure};
use fastenr_tests::harness::{Backend, Tests};
use serde_json::Value as Json;

use super::support::{content, migrated, shell};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/first_try/ways_out_can_be_pasted", ways_out);
    tests.both("cli/first_try/what_was_read_otherwise_is_said", said);
    tests.both("cli/first_try/words_of_another_system", another_system);
    tests.both("cli/first_try/first_and_last_name", names);
    tests.sqlite("cli/first_try/a_draft_of_a_table_without_rows", empty_tables);
    tests.sqlite("cli/first_try/a_draft_agrees_with_the_options_it_was_made_with", same_options);
}

/// The option behind `flag` in a text, as a shell takes it.
fn pasted<'t>(text: &'t str, flag: &str) -> Result<&'t str> {
    let rest = &text[text.find(flag).with_context(|| format!("no {flag} in {text}"))?..];
    let word = &rest[flag.len()..];
    let end = match word.trim_start().strip_prefix('\'') {
        Some(quoted) => word.len() - quoted.len() + quoted.find('\'').context("a quote")? + 1,
        None => 1 + word.trim_start().find([' ', ';', ',', ')', '\n']).unwrap_or(word.trim_start().len()),
    };
    Ok(&rest[..flag.len() + end])
}

async fn ways_out(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.args(["accounts", "import", "-"]).stdin("external_id,name\nA-1,Acme\n").run().ok();
    for (noun, file, refusal, flag) in [
        (
            "accounts",
            "Account ID,Account Name,ACV Currency,ACV\n001,Acme,EUR,100000.00\n002,Globex,JPY,9000000.00\n",
            "are in EUR, JPY by the column \"ACV Currency\"; the organization's currency is USD",
            "--map",
        ),
        ("accounts", "external_id,name,arr\nx,X,€5\n", "is in €, the organization's currency is USD", "--map"),
        ("accounts", "external_id,name,seats\nx,X,$5\n", "holds amounts of money", "--map"),
        ("accounts", "external_id,name,Notes,notes\nx,X,1,2\n", "differ in case only", "--map"),
        (
            "accounts",
            "name,industry\nX,IT\n",
            "the columns read from line 1, separated by commas are name, industry",
            "--key",
        ),
        ("metrics", "account,metric_date,csat\nA-1,2025-11-01,0.41\n", "no percentage is above 1", "--scale"),
        ("metrics", "account,metric_date,My NPS\nA-1,2025-11-01,9\n", "every NPS is from 0 to 10", "--scale"),
    ] {
        fastenr.write("file.csv", file);
        let map = if file.contains("My NPS") { " --map 'My NPS=nps'" } else { "" };
        let command = format!("\"$FASTENR\" {noun} import file.csv --dry-run{map}");
        let refused = shell(&fastenr, &command).code(2);
        ensure!(refused.stderr.contains(refusal), "{}", refused.transcript());
        let hint = refused.stderr.lines().find(|line| line.starts_with("hint:")).context("a way out")?;
        let way = pasted(hint, flag)?;
        shell(&fastenr, &format!("{command} {way}")).ok();
        // What is asked once is kept in a mapping file.
        if let Some((_, line)) = hint.split_once("formats.") {
            fastenr.write("kept.toml", format!("formats.{line}\n"));
            shell(&fastenr, &format!("{command} --mapping kept.toml")).ok();
        }
    }
    // A currency has to be given its rate.
    fastenr.write("file.csv", "external_id,name,ACV Currency,ACV\nx,X,EUR,100\n");
    let refused = fastenr.args(["accounts", "import", "file.csv"]).run().code(2);
    let hint = refused.stderr.lines().find(|line| line.starts_with("hint:")).context("a way out")?;
    let line = &hint[hint.find("fx = {").context("rates")?..=hint.find('}').context("rates")?];
    fastenr.write("rates.toml", line.replace("RATE", "1.08"));
    fastenr.args(["accounts", "import", "file.csv", "--mapping", "rates.toml"]).run().ok();
    assert_eq!(content(&fastenr)[1]["arr"], 108);
    Ok(())
}

async fn said(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.args(["organizations", "update", "default", "--time-zone", "Europe/Berlin"]).run().ok();
    fastenr.write(
        "crm.csv",
        "external_id,name,industry,arr,tags,created_at\n\
         A-1,Acme,N/A,1234.5600000000001,vip|emea,2025-01-31 23:30\n\
         A-2,Bolt,-,#N/A,,2025-02-01T10:00:00Z\n",
    );
    fastenr.args(["accounts", "import", "crm.csv"]).run().ok().matches(snapbox::str![[r##"
$ fastenr accounts import crm.csv
2 rows: 2 created
-- stderr
read as no value: "#N/A" (1 cell), "-" (1 cell), "N/A" (1 cell); --null-words sets these words
1 number rounded to the cent or whole number within 0.000001
1 time without a zone read in Europe/Berlin; --time-zone sets another
-- exit 0

"##]]);
    let accounts = content(&fastenr);
    assert_eq!(
        (&accounts[0]["arr"].to_string(), &accounts[0]["created_at"]),
        (&"1234.56".to_owned(), &"2025-01-31T22:30:00Z".into())
    );
    assert_eq!((&accounts[0]["tags"], &accounts[0]["industry"]), (&serde_json::json!(["emea", "vip"]), &Json::Null));
    // A program hears of it, too.
    let report = fastenr.args(["accounts", "import", "crm.csv", "--time-zone", "utc", "-o", "json"]).run().ok().json();
    assert_eq!((&report["updated"], report["notes"].as_array().map(Vec::len)), (&1.into(), Some(3)), "{report}");
    assert_eq!(content(&fastenr)[0]["created_at"], "2025-01-31T23:30:00Z");
    fastenr.args(["accounts", "import", "crm.csv", "--null-words", "", "--dry-run"]).run().code(1);
    fastenr.args(["accounts", "import", "crm.csv", "--time-zone", "CET+1"]).run().code(2);
    Ok(())
}

async fn another_system(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.write("tiers.csv", "external_id,name,Tier\nA-1,Acme,Gold\nA-2,Globex,Silver\n");
    let import = ["accounts", "import", "tiers.csv"];
    fastenr.args(import).run().ok().matches(snapbox::str![[r#"
$ fastenr accounts import tiers.csv
2 rows: 2 created
-- stderr
warning: column "Tier" is usually size, but "Gold", "Silver" are not valid values: not imported ([values.size] of a mapping file maps the values, --map Tier=custom.Tier keeps it)
-- exit 0

"#]]);
    let report = fastenr.args([&import[..], &["--dry-run", "-o", "json"]].concat()).run().ok().json();
    ensure!(report["warnings"][0].as_str().is_some_and(|text| text.contains("\"Tier\" is usually size")), "{report}");
    fastenr.args([&import[..], &["--map", "Tier=custom.Tier"]].concat()).run().ok();
    assert_eq!(content(&fastenr)[0]["custom_fields"]["Tier"], "Gold");
    // The draft can be used as it stands, and once its words are placed.
    let draft = fastenr.args([&import[..], &["--suggest-mapping"]].concat()).run().ok().stdout;
    let placed = draft
        .replace("# size = \"Tier\"", "size = \"Tier\"")
        .replace("# \"Gold\" = \"\"", "\"Gold\" = \"enterprise\"")
        .replace("# \"Silver\" = \"\"", "\"Silver\" = \"medium\"");
    for mapping in [&draft, &placed] {
        fastenr.write("tiers.toml", mapping);
        fastenr.args([&import[..], &["--mapping", "tiers.toml"]].concat()).run().ok();
    }
    assert_eq!(content(&fastenr)[1]["size"], "medium", "{placed}");
    Ok(())
}

async fn names(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.args(["accounts", "import", "-"]).stdin("external_id,name\nA-1,Acme\n").run().ok();
    fastenr.write("people.csv", "First Name,Last Name,Email,Account ID\nAnn,Able,ann@acme.example,A-1\n");
    fastenr.args(["contacts", "import", "people.csv"]).run().ok().matches(snapbox::str![[r#"
$ fastenr contacts import people.csv
1 row: 1 created
-- stderr
"First Name" and "Last Name" are combined into the name
-- exit 0

"#]]);
    let people = fastenr.args(["contacts", "list", "-o", "json"]).run().ok().json();
    assert_eq!(people["data"][0]["name"], "Ann Able");
    Ok(())
}

async fn empty_tables(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    for (noun, file) in [
        ("accounts", "external_id,name,arr\n"),
        ("accounts", "Kundenliste\n"),
        ("accounts", "external_id;Tier;Note\r\n"),
        ("contacts", "First Name,Last Name,Email,Company\n"),
        ("metrics", "account,metric_date,csat\n"),
        ("tasks", "title,account,due_date\n"),
    ] {
        fastenr.write("file.csv", file);
        let draft = shell(&fastenr, &format!("\"$FASTENR\" {noun} import file.csv --suggest-mapping")).ok();
        fastenr.write("draft.toml", &draft.stdout);
        let said = shell(&fastenr, &format!("\"$FASTENR\" {noun} import file.csv --mapping draft.toml"));
        ensure!(matches!(said.status, 0 | 2), "{}", said.transcript());
    }
    Ok(())
}

async fn same_options(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    for (file, name, options) in [
        ("file.csv", "Kunde,Firma X\n1,Acme\n", "--map Kunde=external_id --map 'Firma X=name'"),
        ("file.jsonl", "{\"id\":\"1\",\"properties\":{\"name\":\"Acme\"}}\n", "--map properties.name=name"),
        ("file.csv", "external_id,name,contract_end\n1,Acme,02/03/2026\n", "--date-format mdy"),
        ("file.csv", "external_id,name,contract_end\n1,Acme,24-Jan-31\n2,Bolt,99-Feb-15\n", ""),
        ("file.csv", "external_id,name,contract_end\n1,Acme,03.04.2026\n2,Bolt,01.31.2026\n", ""),
        // A column that only ends like a field's name, with other words than the field's.
        ("file.csv", "external_id,name,Customer Tier\n1,Acme,1\n2,Bolt,2\n", ""),
    ] {
        fastenr.write(file, name);
        let import = format!("\"$FASTENR\" accounts import {file} {options}");
        let draft = shell(&fastenr, &format!("{import} --suggest-mapping")).ok();
        fastenr.write("draft.toml", &draft.stdout);
        shell(&fastenr, &import).ok();
        let again = shell(&fastenr, &format!("{import} --mapping draft.toml -o json")).ok().json();
        ensure!(again["unchanged"] == again["rows"], "{again}\n{}", draft.stdout);
    }
    Ok(())
}
