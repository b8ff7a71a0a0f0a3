//! What came of an import, or would.

use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::import::request::{Problem, Refusal, Report};
use crate::model::operation::{DayLedger, Ledger};
use crate::ops::import::RowChange;

/// `rows` = `created` + `updated` + `unchanged` + `skipped` + `rejected`, always.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ImportReport {
    /// The operation; null in a dry run.
    pub operation: Option<Uuid>,
    pub dry_run: bool,
    /// Whether the rows were written; if not, the counts say what would have been.
    pub applied: bool,
    /// Data rows of the file.
    pub rows: u64,
    pub created: u64,
    pub updated: u64,
    pub unchanged: u64,
    /// Rows that the mode passes over.
    pub skipped: u64,
    /// Rows that break a rule.
    pub rejected: u64,
    /// Records archived because the file does not have them.
    pub archived: u64,
    /// Where the rows are events: the days that were made of them. Each row is counted as its day is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<DayLedger>,
    /// Where the rejected rows were written.
    pub rejects_file: Option<String>,
    /// What should be looked at, a sentence each.
    pub warnings: Vec<String>,
    /// How the file was read where that was a guess or not plain, a sentence each.
    pub notes: Vec<String>,
    /// What the rejected rows have in common.
    pub problems: Vec<ImportProblem>,
    /// Bad cells that were left out of rows that were written, where that was asked for.
    pub bad_cells: u64,
    /// Where the rows of those cells were written, as they stand in the file.
    pub cells_file: Option<String>,
    /// What those cells have in common.
    pub cell_problems: Vec<ImportProblem>,
    /// Why nothing was written; null where it was, or would be.
    pub refusal: Option<ImportRefusal>,
}

/// Why nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ImportRefusal {
    /// bad_rows, reject_limit, missing_empty, too_many_missing or id_changes.
    pub code: &'static str,
    pub message: String,
}

/// Bad cells of one kind, told once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ImportProblem {
    /// The header as the file has it; null for a whole row.
    pub column: Option<String>,
    pub code: String,
    /// The rule that is broken.
    pub rule: String,
    /// The value, where all of them are the same.
    pub value: Option<String>,
    /// How many rows have it.
    pub rows: u64,
    /// The first few of them: data rows, counted from 1 without the header.
    pub examples: Vec<u64>,
}

impl From<&Report> for ImportReport {
    fn from(report: &Report) -> Self {
        let Ledger { rows, created, updated, unchanged, skipped, rejected, archived, days, .. } = report.ledger;
        Self {
            operation: report.operation,
            dry_run: report.dry_run,
            applied: report.applied,
            rows,
            created,
            updated,
            unchanged,
            skipped,
            rejected,
            archived,
            days,
            rejects_file: report.rejects_file.as_ref().map(|file| file.display().to_string()),
            warnings: report.warnings.clone(),
            notes: report.notes.clone(),
            problems: report.problems.iter().map(ImportProblem::from).collect(),
            bad_cells: report.bad_cells,
            cells_file: report.cells_file.as_ref().map(|file| file.display().to_string()),
            cell_problems: report.cell_problems.iter().map(ImportProblem::from).collect(),
            refusal: report.refusal.as_ref().map(ImportRefusal::from),
        }
    }
}

impl From<&Refusal> for ImportRefusal {
    fn from(refusal: &Refusal) -> Self {
        Self { code: refusal.code, message: refusal.message.clone() }
    }
}

impl From<&Problem> for ImportProblem {
    fn from(problem: &Problem) -> Self {
        let Problem { column, code, rule, value, rows, examples, .. } = problem.clone();
        Self { column, code, rule, value, rows, examples }
    }
}

/// One field of one record that would change.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ImportChange {
    /// The data row, counted from 1 without the header.
    pub row: i64,
    /// The record; null for one that would be created.
    pub id: Option<Uuid>,
    pub field: &'static str,
    /// Its value.
    pub old: Json,
    /// Its value to be.
    pub new: Json,
}

impl From<&RowChange> for ImportChange {
    fn from(change: &RowChange) -> Self {
        let RowChange { row, id, field, old, new } = change;
        Self { row: *row, id: *id, field: field.name, old: field.json(old), new: field.json(new) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ledger_as_json() {
        let problem = Problem {
            column: Some("CSM".into()),
            code: "unknown_user".into(),
            rule: "unknown user".into(),
            value: Some("Jo Doe".into()),
            record: None,
            rows: 1,
            examples: vec![7],
        };
        let report = Report {
            operation: None,
            dry_run: false,
            applied: true,
            ledger: Ledger { rows: 1_000, created: 12, updated: 3, unchanged: 984, rejected: 1, ..Ledger::default() },
            rejects_file: Some("a.rejected.csv".into()),
            bad_cells: 0,
            cells_file: None,
            kept: None,
            warnings: vec!["w".into()],
            notes: vec!["n".into()],
            problems: vec![problem],
            cell_problems: Vec::new(),
            refusal: Some(Refusal { code: "bad_rows", message: "m".into() }),
            rows: Vec::new(),
        };
        let expected = concat!(
            r#"{"operation":null,"dry_run":false,"applied":true,"rows":1000,"created":12,"updated":3,"unchanged":984,"#,
            r#""skipped":0,"rejected":1,"archived":0,"rejects_file":"a.rejected.csv","warnings":["w"],"notes":["n"],"#,
            r#""problems":[{"column":"CSM","code":"unknown_user","rule":"unknown user","value":"Jo Doe","rows":1,"#,
            r#""examples":[7]}],"bad_cells":0,"cells_file":null,"cell_problems":[],"#,
            r#""refusal":{"code":"bad_rows","message":"m"}}"#
        );
        assert_eq!(serde_json::to_string(&ImportReport::from(&report)).unwrap(), expected);
    }
}
