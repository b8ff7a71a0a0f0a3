//! One table as five programs save it: `tests/files/workbooks` has it as CSV, by openpyxl, XlsxWriter, xlwt and by LibreOffice in
//! each of its formats; and by hand, in the fewest parts there can be. Whatever one of them writes, the others change nothing of it.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use chrono::{NaiveDate, NaiveDateTime};
use fastenr_core::import::request::{Empty, OnError, Rejects, Report, Request};
use fastenr_core::import::source::Source;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::ops;
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::{World, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/workbooks/every_program_says_the_same", every_program);
    tests.both("store/workbooks/a_minimal_file_says_the_same", a_minimal_file);
    tests.both("store/workbooks/what_a_cell_is_is_known", what_a_cell_is);
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("files/workbooks")
}

const FILES: [&str; 7] = [
    "table.csv",
    "openpyxl.xlsx",
    "xlsxwriter.xlsx",
    "libreoffice.xlsx",
    "libreoffice.ods",
    "libreoffice.xls",
    "xlwt.xls",
];

async fn import(world: &World, file: &str, request: Request) -> Result<Report> {
    let source = Source::open(&folder().join(file))?;
    ops::import::run(world, &ACCOUNT, source, request, &mut |_| {}).await.with_context(|| file.to_owned())
}

async fn every_program(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let made = import(&world, "openpyxl.xlsx", Request::default()).await?;
    ensure!(made.ledger.created == 4, "{made:?}");
    for file in FILES {
        let again = import(&world, file, Request { empty: Empty::Clear, ..Request::default() }).await?;
        ensure!(again.ledger.unchanged == 4 && again.ledger.rows == 4, "{file}: {:?}", again.ledger);
    }
    Ok(())
}

/// A cell of the table as a workbook types it.
enum Cell {
    Text(&'static str),
    Number(&'static str),
    Day(i32, u32, u32),
    Moment(&'static str),
    Yes(bool),
    None,
}

use Cell::{Day, Moment, None as Blank, Number, Text, Yes};

/// The table of `table.csv`, in the fewest parts that a workbook has: no shared strings, no references of cells, no sizes.
const TABLE: [[Cell; 11]; 5] = [
    [
        Text("External ID"),
        Text("Name"),
        Text("ARR"),
        Text("Seats"),
        Text("Contract End"),
        Text("Auto Renew"),
        Text("Industry"),
        Text("custom.plan"),
        Text("custom.joined"),
        Text("custom.zip"),
        Text("Created At"),
    ],
    [
        Text("00123"),
        Text("Acme, Inc"),
        Number("120000.5"),
        Number("12"),
        Day(2026, 3, 31),
        Yes(true),
        Text("Retail"),
        Text("Gold"),
        Day(2024, 2, 29),
        Text("01067"),
        Moment("2024-01-05 08:30:00"),
    ],
    [
        Text("A-2"),
        Text("Müller &amp; Söhne &lt;GmbH&gt;"),
        Number("0.3"),
        Number("0"),
        Day(2026, 12, 1),
        Yes(false),
        Text("\"Quoted\""),
        Text("x\ny"),
        Day(1999, 12, 31),
        Text("00099"),
        Moment("2023-07-01 00:00:00"),
    ],
    [
        Number("12345678"),
        Text("株式会社テスト"),
        Number("1234567.89"),
        Number("1.5E3"),
        Blank,
        Blank,
        Blank,
        Number("-1"),
        Blank,
        Blank,
        Blank,
    ],
    [
        Text("=A"),
        Text("'quoted"),
        Number("99"),
        Blank,
        Day(2027, 1, 31),
        Yes(true),
        Blank,
        Text("  padded  "),
        Blank,
        Text("00501"),
        Moment("2020-02-29 23:59:59"),
    ],
];

impl Cell {
    fn xml(&self) -> String {
        let zero = NaiveDate::from_ymd_opt(1899, 12, 30).unwrap_or_default();
        match self {
            Text(text) => format!("<c t=\"inlineStr\"><is><t xml:space=\"preserve\">{text}</t></is></c>"),
            Number(number) => format!("<c><v>{number}</v></c>"),
            Yes(yes) => format!("<c t=\"b\"><v>{}</v></c>", u8::from(*yes)),
            Day(year, month, day) => {
                let day = NaiveDate::from_ymd_opt(*year, *month, *day).unwrap_or_default();
                format!("<c s=\"1\"><v>{}</v></c>", (day - zero).num_days())
            }
            Moment(text) => {
                let at = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap_or_default();
                let seconds = (at - zero.and_time(chrono::NaiveTime::MIN)).num_seconds();
                #[expect(clippy::cast_precision_loss, reason = "as spreadsheets keep it")]
                let serial = seconds as f64 / 86_400.0;
                format!("<c s=\"2\"><v>{serial}</v></c>")
            }
            Blank => "<c/>".to_owned(),
        }
    }
}

fn minimal() -> Result<Vec<u8>> {
    let kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = |all: &[(&str, &str)]| {
        let one = |(kind, target): &(&str, &str)| {
            format!("<Relationship Id=\"{kind}\" Type=\"{kinds}/{kind}\" Target=\"{target}\"/>")
        };
        let all: String = all.iter().map(one).collect();
        format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{all}</Relationships>"
        )
    };
    let row = |cells: &[Cell; 11]| format!("<row>{}</row>", cells.iter().map(Cell::xml).collect::<String>());
    let parts = [
        ("_rels/.rels", relations(&[("officeDocument", "xl/workbook.xml")])),
        ("xl/_rels/workbook.xml.rels", relations(&[("worksheet", "sheet.xml"), ("styles", "styles.xml")])),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{kinds}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"worksheet\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/styles.xml",
            format!(
                "<styleSheet xmlns=\"{main}\"><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>"
            ),
        ),
        (
            "xl/sheet.xml",
            format!(
                "<worksheet xmlns=\"{main}\"><sheetData>{}</sheetData></worksheet>",
                TABLE.iter().map(row).collect::<String>()
            ),
        ),
    ];
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        writer.start_file(name, zip::write::SimpleFileOptions::default())?;
        writer.write_all(text.as_bytes())?;
    }
    Ok(writer.finish()?.into_inner())
}

async fn a_minimal_file(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let source = Source::spool("minimal.xlsx", minimal()?.as_slice())?;
    let made = ops::import::run(&world, &ACCOUNT, source, Request::default(), &mut |_| {}).await?;
    ensure!(made.ledger.created == 4, "{made:?}");
    for file in FILES {
        let again = import(&world, file, Request { empty: Empty::Clear, ..Request::default() }).await?;
        ensure!(again.ledger.unchanged == 4 && again.ledger.rows == 4, "{file}: {:?}", again.ledger);
    }
    Ok(())
}

async fn what_a_cell_is(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let report =
        import(&world, "typed.xlsx", Request { on_error: OnError::Skip, rejects: Rejects::Kept, ..Request::default() })
            .await?;
    let told: Vec<(String, Vec<u64>)> =
        report.problems.iter().map(|problem| (problem.code.clone(), problem.examples.clone())).collect();
    // An id that became a day, one of more digits than a number keeps, an error; each with its row in the sheet.
    for (code, row) in [("external_id_date", 5), ("external_id_scientific", 6), ("spreadsheet_error", 7)] {
        ensure!(told.contains(&(code.to_owned(), vec![row])), "{code}: {told:?}");
    }
    ensure!(report.ledger.created == 1 && report.ledger.rejected == 3, "{report:?}");
    let rejects = std::fs::read_to_string(report.rejects_file.context("no rejects file")?)?;
    ensure!(rejects.contains("2026-03-01,March Ltd,1.23,50%,5,"), "{rejects}");
    Ok(())
}
