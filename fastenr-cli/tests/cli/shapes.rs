//! Files of other makes: workbooks, the world's dates, tables with more around them. What is asked has an answer that works when it
//! is pasted, and that a mapping keeps.

use anyhow::{Context as _, Result, ensure};
use fastenr_tests::cli::{Fastenr, Output};
use fastenr_tests::harness::{Backend, Tests};
use serde_json::Value as Json;

use super::support::{content, ledger, migrated, total};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/shapes/a_workbook_is_a_table", workbook);
    tests.both("cli/shapes/dates_of_the_world", dates);
    tests.both("cli/shapes/what_stands_around_a_table", around);
    tests.both("cli/shapes/a_series_is_its_occurrences", series);
    tests.sqlite("cli/shapes/what_can_not_be_read_is_called_what_it_is", refused);
}

fn import(fastenr: &Fastenr, file: &str, more: &[&str]) -> Output {
    fastenr.args([&["accounts", "import", file][..], more].concat()).run()
}

fn workbook_file(fastenr: &Fastenr, name: &str) -> Result<()> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/files/workbooks");
    fastenr.write(name, std::fs::read(folder.join(name)).with_context(|| name.to_owned())?);
    Ok(())
}

/// A field of each account, by external id.
fn field(fastenr: &Fastenr, name: &str) -> Vec<String> {
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    content(fastenr)
        .iter()
        .map(|account| format!("{} {}", text(&account["external_id"]), text(&account[name])))
        .collect()
}

async fn workbook(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    for name in ["openpyxl.xlsx", "libreoffice.ods", "typed.xlsx", "sheets.xlsx"] {
        workbook_file(&fastenr, name)?;
    }
    let said = import(&fastenr, "openpyxl.xlsx", &["-o", "json"]).ok();
    assert_eq!(ledger(&said.json()), [4, 4, 0, 0, 0, 0]);
    ensure!(
        said.json()["notes"][0] == "sheet \"Accounts\": rows are numbered as in the sheet",
        "{}",
        said.transcript()
    );
    assert_eq!(ledger(&import(&fastenr, "libreoffice.ods", &["-o", "json"]).ok().json()), [4, 0, 0, 4, 0, 0]);

    // Rows are those that the program shows, in the rejects file too, which is imported again.
    let said = import(&fastenr, "typed.xlsx", &["--on-error", "skip"]).code(3);
    for told in ["a spreadsheet took this id for a day", "(row 5)", "(row 6)", "(row 7)", "row 3 is the header"] {
        ensure!(format!("{}{}", said.stdout, said.stderr).contains(told), "{told}: {}", said.transcript());
    }
    let rejects = fastenr.read("typed.xlsx.rejected.csv");
    ensure!(rejects.starts_with("External ID,Name,ARR,custom.share,_row,_column,_error\n2026-03-01,"), "{rejects}");
    fastenr.write(
        "mended.csv",
        rejects.replace("2026-03-01,", "MAR1,").replace("1.23456789012346E+16", "L-1").replace("#DIV/0!", "Div"),
    );
    assert_eq!(ledger(&import(&fastenr, "mended.csv", &["-o", "json"]).ok().json()), [3, 3, 0, 0, 0, 0]);

    let said = import(&fastenr, "sheets.xlsx", &[]).code(2);
    ensure!(said.stderr.contains("--sheet Accounts or --sheet 'People of it'"), "{}", said.transcript());
    import(&fastenr, "sheets.xlsx", &["--sheet", "Accounts", "--dry-run"]).ok();
    let draft = import(&fastenr, "sheets.xlsx", &["--sheet", "1", "--suggest-mapping"]).ok();
    ensure!(draft.stdout.contains("[file]\nsheet = \"1\""), "{}", draft.transcript());
    fastenr.write("crm.toml", &draft.stdout);
    assert_eq!(
        ledger(&import(&fastenr, "sheets.xlsx", &["--mapping", "crm.toml", "-o", "json"]).ok().json()),
        [1, 1, 0, 0, 0, 0]
    );
    let said = import(&fastenr, "sheets.xlsx", &["--sheet", "Accuonts"]).code(2);
    ensure!(said.stderr.contains("its sheets: 1 \"Accounts\", 2 \"People of it\""), "{}", said.transcript());
    Ok(())
}

async fn dates(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let file = |cells: &[&str]| {
        let rows = cells.iter().enumerate().map(|(n, cell)| format!("D-{n},Customer {n},\"{cell}\"\n"));
        format!("external_id,name,contract_end\n{}", rows.collect::<String>())
    };
    for (cells, asked, more, days) in [
        (
            &["31/12/25", "15/01/26"][..],
            "--date-format dmy",
            &["--date-format", "dmy"][..],
            ["2025-12-31", "2026-01-15"],
        ),
        (&["45658", "45689"], "--date-format excel", &["--date-format", "excel"], ["2025-01-01", "2025-02-01"]),
        (&["1769817600000", "1772323200000"], "", &[], ["2026-01-31", "2026-03-01"]),
        (&["1769817600", "1772323200"], "", &[], ["2026-01-31", "2026-03-01"]),
        (&["31 janv. 2026", "15 févr. 2026"], "", &[], ["2026-01-31", "2026-02-15"]),
        (&["31. Mai 2026", "1. Dez. 2026"], "", &[], ["2026-05-31", "2026-12-01"]),
        (&["5 listopad 2026", "6 srp 2026"], "--language", &["--language", "hr"], ["2026-10-05", "2026-07-06"]),
        (&["2026年1月31日", "令和8年2月15日"], "", &[], ["2026-01-31", "2026-02-15"]),
        (&["٣١/٠١/٢٠٢٦", "\u{200F}١٥/٠٢/٢٠٢٦"], "", &[], ["2026-01-31", "2026-02-15"]),
        (&["31-Jan-26", "15-Feb-26"], "", &[], ["2026-01-31", "2026-02-15"]),
    ] {
        fastenr.write("dates.csv", file(cells));
        if !asked.is_empty() {
            let said = import(&fastenr, "dates.csv", &[]);
            ensure!(said.stderr.contains(asked), "{cells:?}: {}", said.transcript());
        }
        import(&fastenr, "dates.csv", more).ok();
        assert_eq!(
            field(&fastenr, "contract_end"),
            [format!("D-0 {}", days[0]), format!("D-1 {}", days[1])],
            "{cells:?}"
        );
    }
    fastenr.write("dates.csv", file(&["31/12/25", "15/01/26"]));
    let said = import(&fastenr, "dates.csv", &["--date-format", "dmy", "-o", "json"]).ok();
    ensure!(said.stdout.contains("00 to 68 are 2000 to 2068"), "{}", said.transcript());
    let draft = import(&fastenr, "dates.csv", &["--date-format", "dmy", "--suggest-mapping"]).ok();
    fastenr.write("crm.toml", &draft.stdout);
    import(&fastenr, "dates.csv", &["--mapping", "crm.toml"]).ok();
    let said = import(&fastenr, "dates.csv", &["--date-format", "danish"]).code(2);
    ensure!(said.stderr.contains("excel, excel-1904, epoch, epoch-ms"), "{}", said.transcript());
    Ok(())
}

async fn around(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.write("titles.csv", "Customer list,,\nGenerated 01.12.2025,,\n,,\nexternal_id,name,arr\nA-1,Acme,100\n");
    let said = import(&fastenr, "titles.csv", &["-o", "json"]).ok();
    ensure!(
        said.json()["notes"][0].as_str().is_some_and(|note| note.starts_with("line 4 is the header")),
        "{}",
        said.transcript()
    );
    assert_eq!(ledger(&said.json()), [1, 1, 0, 0, 0, 0]);
    // Without proof it is asked, and the answer works; lines are those of the file.
    fastenr.write("groups.csv", "Customer,,Money\nID;x,Name,Amount\nA-2,Globex,five\n");
    let said = import(&fastenr, "groups.csv", &[]).code(2);
    ensure!(said.stderr.contains("--skip-lines 1 takes line 2 as the header"), "{}", said.transcript());
    let told = ["--skip-lines", "1", "--map", "ID;x=external_id", "--map", "Amount=arr"];
    let said = import(&fastenr, "groups.csv", &told).code(1);
    ensure!(said.stdout.contains("\"five\""), "{}", said.transcript());
    fastenr.write("semicolons.csv", "Kundenliste\n\nexternal_id;name;arr\nA-3;Initech;7\n# end\n");
    let said = import(&fastenr, "semicolons.csv", &["--comment", "#"]).ok();
    ensure!(
        said.stderr.contains("semicolon") && said.stderr.contains("skipped 1 line that begin"),
        "{}",
        said.transcript()
    );
    assert_eq!(total(&fastenr), 2);

    fastenr.write("short.csv", "external_id,name,industry,tags\nA-1,Acme,Retail,vip\nA-2,Globex\nA-3,Initech,IT\n");
    let said = import(&fastenr, "short.csv", &[]).code(1);
    ensure!(said.stderr.contains("--short-rows pad"), "{}", said.transcript());
    let said = import(&fastenr, "short.csv", &["--short-rows", "pad", "-o", "json"]).ok();
    ensure!(said.stdout.contains("rows 2, 3"), "{}", said.transcript());
    assert_eq!(total(&fastenr), 3);
    fastenr.write("crm.toml", "[file]\nshort_rows = \"pad\"\ncomment = \"#\"\nskip_lines = 0\n");
    import(&fastenr, "short.csv", &["--mapping", "crm.toml", "--empty", "clear"]).ok();
    fastenr.write("odd.txt", "external_id^name\nA-9^Hooli\n");
    import(&fastenr, "odd.txt", &["--delimiter", "^"]).ok();
    Ok(())
}

async fn series(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.write("accounts.csv", "external_id,name\nA-1,Acme\n");
    import(&fastenr, "accounts.csv", &[]).ok();
    let calendar = |more: &str| {
        let event = "UID:weekly\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Weekly\r\nDTSTART;TZID=Europe/Berlin:20260301T090000\r\nDURATION:PT1H";
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n{event}\r\n{more}END:VEVENT\r\nEND:VCALENDAR\r\n")
    };
    let read = |now: &str| {
        let args = ["--now", now, "engagements", "import", "team.ics", "--constant", "account=A-1", "-o", "json"];
        fastenr.args(args.to_vec()).run()
    };
    fastenr.write("team.ics", calendar("RRULE:FREQ=WEEKLY\r\n"));
    let said = read("2026-03-20T12:00:00Z").ok();
    assert_eq!(ledger(&said.json()), [4, 4, 0, 0, 0, 0]);
    ensure!(
        said.stdout.contains("1 recurring event: 4 occurrences from 2024-03-19 to the next one"),
        "{}",
        said.transcript()
    );
    assert_eq!(ledger(&read("2026-03-20T12:00:00Z").ok().json()), [4, 0, 0, 4, 0, 0]);
    // A week later the next one is past, and another comes.
    assert_eq!(ledger(&read("2026-03-27T12:00:00Z").ok().json()), [5, 1, 1, 3, 0, 0]);
    // One is moved, one is taken out.
    let moved = "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:weekly\r\nDTSTAMP:20260102T000000Z\r\nSUMMARY:Weekly\r\nDTSTART:20260309T110000Z\r\n\
                 RECURRENCE-ID;TZID=Europe/Berlin:20260308T090000\r\n";
    fastenr.write("team.ics", calendar(&format!("RRULE:FREQ=WEEKLY\r\nEXDATE:20260315T080000Z\r\n{moved}")));
    let said = read("2026-03-27T12:00:00Z").ok();
    assert_eq!(ledger(&said.json()), [5, 0, 1, 3, 1, 0]);
    ensure!(said.stdout.contains("is cancelled in the calendar but still exists"), "{}", said.transcript());
    Ok(())
}

async fn refused(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    for (name, told) in [
        ("locked.xlsx", "locked.xlsx is protected by a password"),
        ("formula.xlsx", "the formula in B2 has no value in the file"),
        ("merged.xlsx", "the header has merged cells, A1:B1"),
        ("repeated.xlsx", "columns B and C are both named \"name\""),
        ("several.zip", "is a zip archive of 2 files: a.csv, b.csv"),
    ] {
        workbook_file(&fastenr, name)?;
        let said = import(&fastenr, name, &[]).code(2);
        ensure!(said.stderr.contains(told) && said.stderr.contains("hint: "), "{}", said.transcript());
        ensure!(import(&fastenr, name, &["--suggest-mapping"]).code(2).stderr.contains(told));
    }
    workbook_file(&fastenr, "one.zip")?;
    import(&fastenr, "one.zip", &[]).ok();
    fastenr.write("page.xls", "<html><table><tr><td>external_id</td></tr></table></html>");
    ensure!(import(&fastenr, "page.xls", &[]).code(2).stderr.contains("page.xls is an HTML page"));
    Ok(())
}
