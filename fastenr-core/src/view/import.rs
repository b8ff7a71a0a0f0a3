//! What came of an import, or would.

use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::error::{Edge, Note};
use crate::import::request::{Problem, Refusal, Report};
use crate::model::noun::Noun;
use crate::model::operation::{DayLedger, Ledger};
use crate::ops::import::RowChange;

/// `rows` = `created` + `updated` + `unchanged` + `skipped` + `rejected`, always.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ImportReport {
    /// The operation; null: a dry run.
    pub operation: Option<Uuid>,
    pub dry_run: bool,
    /// Whether the rows were written; if not, the counts are those of a preview.
    pub applied: bool,
    /// Data rows in the file.
    pub rows: u64,
    pub created: u64,
    pub updated: u64,
    pub unchanged: u64,
    /// Rows skipped because of the mode.
    pub skipped: u64,
    /// Rows that break a rule.
    pub rejected: u64,
    /// Records archived because they are missing from the file.
    pub archived: u64,
    /// Days made from the rows, if the rows are events. Each row is counted like its day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<DayLedger>,
    /// File with the rejected rows.
    pub rejects_file: Option<String>,
    /// Warnings, one sentence each.
    pub warnings: Vec<String>,
    /// Notes on how the file was read, if this was a guess or not obvious, one sentence each.
    pub notes: Vec<String>,
    /// Problems of the rejected rows.
    pub problems: Vec<ImportProblem>,
    /// Bad cells left out of imported rows, if this was requested.
    pub bad_cells: u64,
    /// File with the rows of these cells, unchanged.
    pub cells_file: Option<String>,
    /// Problems of these cells.
    pub cell_problems: Vec<ImportProblem>,
    /// Why nothing was written; null: the rows were or would be written.
    pub refusal: Option<ImportRefusal>,
}

/// Why nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ImportRefusal {
    /// bad_rows, reject_limit, missing_empty, too_many_missing or id_changes.
    pub code: &'static str,
    pub message: String,
    /// What can be done about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub hints: Vec<String>,
}

/// A problem, with the rows that have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ImportProblem {
    /// Header of the column in the file; null: the whole row.
    pub column: Option<String>,
    pub code: String,
    /// The broken rule.
    pub rule: String,
    /// The value, if it is the same in all rows.
    pub value: Option<String>,
    /// Number of rows with the problem.
    pub rows: u64,
    /// The first few row numbers, counted from 1 without the header.
    pub examples: Vec<u64>,
    /// What can be done about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(required = false))]
    pub hint: Option<String>,
}

impl ImportReport {
    /// As the callers of an edge read it.
    pub fn new(noun: &Noun, report: &Report, edge: &dyn Edge) -> Self {
        let problems =
            |problems: &[Problem]| problems.iter().map(|each| ImportProblem::new(noun, each, edge)).collect();
        let notes = |notes: &[Note]| notes.iter().map(|note| note.at(edge)).collect();
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
            warnings: notes(&report.warnings),
            notes: notes(&report.notes),
            problems: problems(&report.problems),
            bad_cells: report.bad_cells,
            cells_file: report.cells_file.as_ref().map(|file| file.display().to_string()),
            cell_problems: problems(&report.cell_problems),
            refusal: report.refusal.as_ref().map(|refusal| ImportRefusal::new(refusal, edge)),
        }
    }
}

impl ImportRefusal {
    fn new(refusal: &Refusal, edge: &dyn Edge) -> Self {
        Self { code: refusal.code, message: refusal.message.clone(), hints: refusal.hints.each(edge).collect() }
    }
}

impl ImportProblem {
    fn new(noun: &Noun, problem: &Problem, edge: &dyn Edge) -> Self {
        let hint = problem.ways(noun).at(edge);
        let Problem { column, code, rule, value, rows, examples, .. } = problem.clone();
        Self { column, code, rule, value, rows, examples, hint }
    }
}

/// One field of one record that would change.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ImportChange {
    /// Row number, counted from 1 without the header.
    pub row: i64,
    /// Id of the record; null: it would be created.
    pub id: Option<Uuid>,
    pub field: &'static str,
    /// Current value.
    pub old: Json,
    /// New value.
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
    use crate::error::Plain;
    use crate::model::account::ACCOUNT;

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
            refusal: Some(Refusal::new("bad_rows", "m")),
            rows: Vec::new(),
            preview: None,
        };
        let expected = concat!(
            r#"{"operation":null,"dry_run":false,"applied":true,"rows":1000,"created":12,"updated":3,"unchanged":984,"#,
            r#""skipped":0,"rejected":1,"archived":0,"rejects_file":"a.rejected.csv","warnings":["w"],"notes":["n"],"#,
            r#""problems":[{"column":"CSM","code":"unknown_user","rule":"unknown user","value":"Jo Doe","rows":1,"#,
            r#""examples":[7]}],"bad_cells":0,"cells_file":null,"cell_problems":[],"#,
            r#""refusal":{"code":"bad_rows","message":"m"}}"#
        );
        assert_eq!(serde_json::to_string(&ImportReport::new(&ACCOUNT, &report, &Plain)).unwrap(), expected);
    }
}
