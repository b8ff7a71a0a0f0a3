//! One table as five programs save it: `tests/files/workbooks` has it as CSV, by openpyxl, XlsxWriter, xlwt and by LibreOffice in
//! each of its formats. Whatever one of them writes, the others change nothing of it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use fastenr_core::import::request::{Empty, OnError, Rejects, Report, Request};
use fastenr_core::import::source::Source;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::ops;
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::{World, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/workbooks/every_program_says_the_same", every_program);
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
