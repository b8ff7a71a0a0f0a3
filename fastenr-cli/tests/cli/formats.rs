//! The same accounts, in every kind of file.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use fastenr_tests::cli::Fastenr;
use fastenr_tests::harness::{Backend, Tests};

use super::support::{content, ledger, migrated};

pub(super) fn register(tests: &mut Tests) {
    tests.both("cli/formats/every_kind_of_file_says_the_same", every_kind);
    tests.both("cli/formats/dates_of_a_column_that_nothing_proves", ambiguous_dates);
    tests.both("cli/formats/what_is_no_table_is_refused", no_table);
}

const CSV: &str = "external_id,name,arr,contract_end,tags,custom.note\nÄ-1,Señorío \"Sol\",1200.5,2026-12-31,\"a, b\",\nÄ-2,Two,,,,\"Two\nlines\"\n";
const TSV: &str = "external_id\tname\tarr\tcontract_end\ttags\tcustom.note\nÄ-1\t\"Señorío \"\"Sol\"\"\"\t1200.5\t2026-12-31\ta, b\t\nÄ-2\tTwo\t\t\t\t\"Two\nlines\"\n";
const JSONL: &str = "{\"external_id\":\"Ä-1\",\"name\":\"Señorío \\\"Sol\\\"\",\"arr\":1200.5,\"contract_end\":\"2026-12-31\",\"tags\":[\"a\",\"b\"]}\n{\"external_id\":\"Ä-2\",\"name\":\"Two\",\"custom.note\":\"Two\\nlines\"}\n";

fn csv() -> String {
    CSV.replace("Señorío \"Sol\"", "\"Señorío \"\"Sol\"\"\"")
}

fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn windows_1252(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

/// The standard library writes no gzip; every machine that has a shell has the program.
fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    use std::io::Write;
    let mut child = Command::new("gzip").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    child.stdin.take().context("no stdin")?.write_all(content)?;
    Ok(child.wait_with_output()?.stdout)
}

async fn every_kind(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    let csv = csv();
    fastenr.args(["accounts", "import", "-"]).stdin(csv.clone()).run().ok();
    let expected = content(&fastenr);
    ensure!(
        expected[0]["name"] == "Señorío \"Sol\"" && expected[1]["custom_fields"]["note"] == "Two\nlines",
        "{expected:?}"
    );

    let semicolons = csv.replace("\"a, b\"", "\u{1}").replace(',', ";").replace('\u{1}', "\"a, b\"");
    let crlf = csv.replace('\n', "\r\n").replace("Two\r\nlines", "Two\nlines");
    let bom = format!("\u{feff}{csv}");
    for (name, bytes) in [
        ("plain.csv", csv.clone().into_bytes()),
        ("no_ending", csv.clone().into_bytes()),
        ("bom.csv", bom.clone().into_bytes()),
        ("crlf.csv", crlf.into_bytes()),
        ("semicolons.csv", semicolons.clone().into_bytes()),
        ("pipes.csv", semicolons.replace(';', "|").into_bytes()),
        ("tabs.tsv", TSV.into()),
        ("tabs.csv", TSV.into()),
        ("lines.jsonl", JSONL.into()),
        ("lines.jsonl.gz", gzip(JSONL.as_bytes())?),
        ("zipped.csv.gz", gzip(csv.as_bytes())?),
        ("zipped.tsv.gz", gzip(TSV.as_bytes())?),
        ("windows.csv", windows_1252(&csv)),
        ("utf16le.csv", utf_16(&bom, u16::to_le_bytes)),
        ("utf16be.csv", utf_16(&bom, u16::to_be_bytes)),
    ] {
        fastenr.write(name, &bytes);
        unchanged(&fastenr, name, Vec::new())?;
        // Piped in, there is no ending to go by.
        unchanged(&fastenr, "-", bytes)?;
    }
    assert_eq!(content(&fastenr), expected);
    Ok(())
}

fn unchanged(fastenr: &Fastenr, file: &str, stdin: Vec<u8>) -> Result<()> {
    let output = fastenr.args(["accounts", "import", file, "--dry-run", "-o", "json"]).stdin(stdin).run().ok();
    ensure!(ledger(&output.json()) == [2, 0, 0, 2, 0, 0], "{}", output.transcript());
    Ok(())
}

async fn ambiguous_dates(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    fastenr.write("dates.csv", "external_id,name,contract_end\nA-1,Acme,03/04/2026\nA-2,Bolt,05/06/2026\n");
    fastenr.args(["accounts", "import", "dates.csv"]).run().code(2).matches(snapbox::str![[r#"
$ fastenr accounts import dates.csv
-- stderr
error: column "contract_end": no date tells whether the day or the month stands first (row 1)
hint: say which: --date-format dmy for 31/01/2024, or --date-format mdy for 01/31/2024
-- exit 2

"#]]);
    let import = ["accounts", "import", "dates.csv", "--date-format", "dmy"];
    fastenr.args(import).run().ok();
    assert_eq!(content(&fastenr)[0]["contract_end"], "2026-04-03");
    Ok(())
}

async fn no_table(backend: &Backend) -> Result<()> {
    let fastenr = migrated(backend);
    for (name, bytes) in [
        ("empty.csv", &b""[..]),
        ("binary.csv", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0\x01"),
        ("open_quote.csv", b"external_id,name\nA-1,\"Acme\nA-2,Bolt\n"),
        ("broken.jsonl", b"{\"external_id\":\"A-1\",\"name\":\"Acme\"}\n{\"external_id\":\n"),
        ("cut.csv.gz", &gzip(csv().as_bytes())?[..30]),
        ("twice.csv", b"name,name\nA,B\n"),
    ] {
        fastenr.write(name, bytes);
        let output = fastenr.args(["accounts", "import", name]).run();
        ensure!(matches!(output.status, 1 | 2), "{}", output.transcript());
        ensure!(output.stderr.contains("error: ") && !output.stderr.contains("panicked"), "{}", output.transcript());
    }
    fastenr.args(["accounts", "import", "open_quote.csv"]).run().matches(snapbox::str![[r#"
$ fastenr accounts import open_quote.csv
-- stderr
error: open_quote.csv, line 2: the quote that opens column 2 ("name") is never closed
hint: close it, or double it if it is part of the text
-- exit 2

"#]]);
    fastenr.args(["accounts", "import", "broken.jsonl"]).run().matches(snapbox::str![[r#"
$ fastenr accounts import broken.jsonl
Nothing was written. 2 rows: 1 to create, 1 rejected
row: line 2: the row is not valid JSON, column 15 of the line: EOF while parsing a value (row 2)
-- stderr
error: 1 row is bad; nothing was written (--on-error skip writes the good ones)
-- exit 1

"#]]);
    fastenr.args(["accounts", "import", "empty.csv"]).run().matches(snapbox::str![[r#"
$ fastenr accounts import empty.csv
-- stderr
error: empty.csv is empty: it has not even a header
hint: export it again; a file without records has a first line that names its columns
-- exit 2

"#]]);
    assert_eq!(content(&fastenr).len(), 0);
    Ok(())
}
