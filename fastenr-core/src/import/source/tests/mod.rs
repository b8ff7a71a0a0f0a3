//! The rules of the module, from bytes to cells.

mod encodings;
mod files;
mod jsonl;
mod laws;
mod quotes;
mod tables;

use super::*;
use crate::{Error, Result};

/// What both passes saw.
#[derive(Debug)]
struct Table {
    survey: Survey,
    rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq)]
struct Row {
    number: u64,
    line: u64,
    problem: Option<RecordProblem>,
    repeats_header: bool,
    /// `None` where a cell is absent; `Some(None)` where it is null.
    cells: Vec<Option<Option<String>>>,
}

impl Row {
    fn new(record: &Record) -> Self {
        let cell = |cell| match cell {
            Cell::Absent => None,
            Cell::Null => Some(None),
            Cell::Text(text) => Some(Some(text.to_owned())),
        };
        let cells = record.cells().map(cell).collect();
        Self {
            number: record.number,
            line: record.line,
            problem: record.problem.clone(),
            repeats_header: record.repeats_header,
            cells,
        }
    }
}

impl Table {
    /// Cells as text, absent and null ones as `~`.
    fn texts(&self) -> Vec<Vec<&str>> {
        self.rows
            .iter()
            .map(|row| row.cells.iter().map(|cell| cell.as_ref().and_then(|c| c.as_deref()).unwrap_or("~")).collect())
            .collect()
    }

    fn lines(&self) -> Vec<u64> {
        self.rows.iter().map(|row| row.line).collect()
    }

    fn problems(&self) -> Vec<Option<&str>> {
        self.rows.iter().map(|row| row.problem.as_ref().map(|problem| problem.message.as_str())).collect()
    }
}

/// Reads bytes twice; both passes have to see the same, but for columns that the first learns of later.
fn read_as(name: &str, bytes: impl AsRef<[u8]>, options: Options) -> Result<Table> {
    let source = Source::spool(name, bytes.as_ref())?;
    let mut surveyed = Vec::new();
    let survey = source.survey(&options, &mut |_, record| {
        surveyed.push(Row::new(record));
        Ok(())
    })?;
    let mut rows = Vec::new();
    let mut records = source.records(&survey)?;
    while let Some(record) = records.next()? {
        let mut row = Row::new(record);
        row.cells.resize(survey.header.len(), None);
        rows.push(row);
    }
    for row in &mut surveyed {
        row.cells.resize(survey.header.len(), None);
    }
    // A header that comes again is no evidence of anything.
    assert_eq!(surveyed.iter().collect::<Vec<_>>(), rows.iter().filter(|row| !row.repeats_header).collect::<Vec<_>>());
    assert_eq!(survey.rows, rows.len() as u64);
    Ok(Table { survey, rows })
}

fn read(bytes: impl AsRef<[u8]>) -> Result<Table> {
    read_as("input", bytes, Options::default())
}

/// Reads what can be read.
fn table(bytes: impl AsRef<[u8]>) -> Table {
    read(bytes).unwrap()
}

/// The error of what cannot be read, as `code: message`.
fn fault(bytes: impl AsRef<[u8]>) -> String {
    shown(read(bytes).unwrap_err())
}

fn shown(error: Error) -> String {
    format!("{}: {}", error.code, error.message)
}
