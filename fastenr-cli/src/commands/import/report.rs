//! The report of an import, in words and as JSON.

use fastenr_core::Result;
use fastenr_core::import::request::{Problem, Report};
use fastenr_core::model::noun::Noun;
use fastenr_core::model::operation::Ledger;
use fastenr_core::view::import::ImportReport;

use crate::app::App;
use crate::commands::{count, counted, grouped};
use crate::globals::Format;
use crate::output::facts;
use crate::ways::Terminal;

/// The report as JSON.
pub(crate) fn answer(noun: &Noun, report: &Report) -> String {
    serde_json::to_string(&ImportReport::new(noun, report, &Terminal)).unwrap_or_default()
}

pub(crate) fn render(app: &mut App, noun: &Noun, report: &Report) -> Result<()> {
    match app.settings.output {
        Format::Json | Format::Jsonl => app.printer.json(&ImportReport::new(noun, report, &Terminal))?,
        Format::Csv => csv(app, noun, report)?,
        Format::Table => {
            app.printer.line(sentence(noun, report))?;
            for problem in &report.problems {
                app.printer.line(line(problem))?;
            }
            for problem in &report.cell_problems {
                app.printer.line(format_args!("cell not imported: {}", line(problem)))?;
            }
        }
    }
    talk(app, noun, report)
}

/// A dry run that prints its changes to stdout prints its counts and problems to stderr.
pub(crate) fn render_changes(app: &mut App, noun: &Noun, report: &Report) -> Result<()> {
    app.printer.talk(sentence(noun, report));
    for problem in &report.problems {
        app.printer.talk(line(problem));
    }
    for problem in &report.cell_problems {
        app.printer.talk(format_args!("cell not imported: {}", line(problem)));
    }
    talk(app, noun, report)
}

fn talk(app: &mut App, noun: &Noun, report: &Report) -> Result<()> {
    for note in &report.notes {
        app.printer.talk(note.at(&Terminal));
    }
    for warning in &report.warnings {
        app.printer.warn(warning.at(&Terminal));
    }
    app.printer.finish()?;
    if let Some(file) = &report.rejects_file {
        app.printer.talk(format_args!("rejected rows: {}", file.display()));
    }
    if let Some(file) = &report.cells_file {
        app.printer.talk(format_args!("rows with bad cells: {}", file.display()));
    }
    let ways: Vec<String> = report.ways(noun).iter().filter_map(|way| way.at(&Terminal)).collect();
    match &report.refusal {
        Some(refusal) => {
            app.printer.failure(&refusal.message, &refusal.hints);
            ways.iter().for_each(|way| app.printer.hint(way));
        }
        None => ways.into_iter().for_each(|way| app.printer.talk(format_args!("hint: {way}"))),
    }
    Ok(())
}

fn csv(app: &mut App, noun: &Noun, report: &Report) -> Result<()> {
    let answer = serde_json::to_value(ImportReport::new(noun, report, &Terminal)).unwrap_or_default();
    let flat = answer.as_object().into_iter().flatten().filter(|(_, value)| !value.is_array());
    let named: Vec<(&str, serde_json::Value)> = flat.map(|(name, value)| (name.as_str(), value.clone())).collect();
    facts(app, &named)
}

/// `1,000 rows: 12 created, 3 updated, 985 unchanged`; if refused, `Nothing was written. 1,000 rows: 12 to create, …`.
fn sentence(noun: &Noun, report: &Report) -> String {
    let ledger = &report.ledger;
    let failed = !report.applied && !report.dry_run;
    let (create, update) = if failed { ("to create", "to update") } else { ("created", "updated") };
    let mut text = if failed { "Nothing was written. ".to_owned() } else { String::new() };
    text.push_str(&ledger.of_events(create, update).unwrap_or_else(|| rows(ledger, create, update)));
    if ledger.archived > 0 {
        let archive = if failed { "to archive" } else { "archived" };
        text.push_str(&format!("; {} {archive}", count(ledger.archived, noun)));
    }
    if report.bad_cells > 0 {
        text.push_str(&format!("; {} not imported", counted(report.bad_cells, "bad cell", "bad cells")));
    }
    if report.dry_run {
        text.push_str(" (dry run: nothing was written)");
    }
    text
}

fn rows(ledger: &Ledger, create: &str, update: &str) -> String {
    let Ledger { rows, created, updated, unchanged, skipped, rejected, .. } = *ledger;
    let parts: Vec<String> =
        [(created, create), (updated, update), (unchanged, "unchanged"), (skipped, "skipped"), (rejected, "rejected")]
            .iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| format!("{} {what}", grouped(*number)))
            .collect();
    let rows = counted(rows, "row", "rows");
    if parts.is_empty() { rows } else { format!("{rows}: {}", parts.join(", ")) }
}

/// `column "CSM" "Jo Doe": unknown user (350,000 rows, first rows 1, 3, 5)`
fn line(problem: &Problem) -> String {
    let mut text = match &problem.column {
        Some(column) => format!("column {column:?}"),
        None => "row".to_owned(),
    };
    if let Some(value) = &problem.value {
        text.push_str(&format!(" {value:?}"));
    }
    text.push_str(&format!(": {}", problem.rule));
    let examples: Vec<String> = problem.examples.iter().map(|row| grouped(*row)).collect();
    let examples = examples.join(", ");
    match (problem.rows, problem.examples.len() as u64) {
        (1, _) => text.push_str(&format!(" (row {examples})")),
        (rows, 0) => text.push_str(&format!(" ({} rows)", grouped(rows))),
        (rows, shown) if shown >= rows => text.push_str(&format!(" (rows {examples})")),
        (rows, _) => text.push_str(&format!(" ({} rows, first rows {examples})", grouped(rows))),
    }
    text
}

#[cfg(test)]
mod tests {
    use fastenr_core::model::account::ACCOUNT;
    use fastenr_core::model::operation::DayLedger;

    use super::*;

    fn problem(rows: u64, examples: &[u64]) -> Problem {
        Problem {
            column: Some("CSM".into()),
            code: "unknown_user".into(),
            rule: "unknown user".into(),
            value: Some("Jo Doe".into()),
            record: None,
            rows,
            examples: examples.to_vec(),
        }
    }

    fn report() -> Report {
        Report {
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
            problems: vec![problem(1, &[7])],
            cell_problems: Vec::new(),
            refusal: None,
            rows: Vec::new(),
            preview: None,
        }
    }

    #[test]
    fn problems_on_a_line_each() {
        for (rows, examples, end) in [
            (350_000, &[1, 3, 5][..], "(350,000 rows, first rows 1, 3, 5)"),
            (3, &[1, 3, 5], "(rows 1, 3, 5)"),
            (1, &[1_234], "(row 1,234)"),
            (9, &[], "(9 rows)"),
        ] {
            assert_eq!(line(&problem(rows, examples)), format!("column \"CSM\" \"Jo Doe\": unknown user {end}"));
        }
        let whole = Problem { column: None, value: None, ..problem(1, &[2]) };
        assert_eq!(line(&whole), "row: unknown user (row 2)");
    }

    #[test]
    fn the_ledger_in_words() {
        let mut report = report();
        assert_eq!(sentence(&ACCOUNT, &report), "1,000 rows: 12 created, 3 updated, 984 unchanged, 1 rejected");
        report.applied = false;
        report.ledger = Ledger { rows: 1, created: 1, archived: 1, ..Ledger::default() };
        assert_eq!(sentence(&ACCOUNT, &report), "Nothing was written. 1 row: 1 to create; 1 account to archive");
        report.bad_cells = 2;
        report.applied = true;
        assert_eq!(sentence(&ACCOUNT, &report), "1 row: 1 created; 1 account archived; 2 bad cells not imported");
        report.bad_cells = 0;
        report.dry_run = true;
        report.ledger = Ledger::default();
        assert_eq!(sentence(&ACCOUNT, &report), "0 rows (dry run: nothing was written)");
        report.dry_run = false;
        let days = DayLedger { days: 3, created: 2, updated: 1, unchanged: 0 };
        report.ledger = Ledger {
            rows: 1_000,
            created: 997,
            updated: 1,
            skipped: 1,
            rejected: 1,
            days: Some(days),
            ..Ledger::default()
        };
        let told = "1,000 events to 3 days: 2 created, 1 updated; 1 event skipped; 1 event rejected";
        assert_eq!(sentence(&ACCOUNT, &report), told);
        report.applied = false;
        let told =
            "Nothing was written. 1,000 events to 3 days: 2 to create, 1 to update; 1 event skipped; 1 event rejected";
        assert_eq!(sentence(&ACCOUNT, &report), told);
    }
}
