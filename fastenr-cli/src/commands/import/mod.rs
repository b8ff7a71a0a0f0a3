//! Importing, the same for every noun: flags, progress, report, exit code.

mod args;
mod changes;
mod progress;
mod report;

pub(crate) use args::ImportArgs;

use fastenr_core::Result;
use fastenr_core::import::request::{Missing, OnError, Refusal, Report};
use fastenr_core::model::noun::Noun;
use fastenr_core::ops::Context;

use self::changes::Changes;
use super::import_call;
use crate::app::App;
use crate::exit::{self, Code};
use crate::globals::Format;
use crate::printer::NoTerminal;

pub(crate) async fn run(app: &mut App, noun: &'static Noun, args: ImportArgs) -> Result<Code> {
    let context = app.context().await?;
    if args.suggest_mapping {
        let mapping = import_call::suggest_mapping(&context, noun, &args).await?;
        app.printer.line(mapping.trim_end())?;
        return Ok(exit::DONE);
    }
    if args.missing == Missing::Archive && !args.dry_run {
        let question = format!("Archive all {} that are missing from {}?", noun.many, args.file.display());
        app.printer.confirm(question, NoTerminal::Refuse)?;
    }
    if args.dry_run && app.settings.output != Format::Table {
        return dry_run(app, &context, noun, &args).await;
    }
    let bar = app.printer.progress();
    let report = import_call::run(&context, noun, &args, &mut |step| progress::show(&bar, step)).await;
    bar.finish_and_clear();
    let report = report?;
    report::render(app, noun, &report)?;
    Ok(code(&report, args.on_error))
}

/// The counts of a dry run and, for programs, each change field by field.
async fn dry_run(app: &mut App, context: &Context, noun: &'static Noun, args: &ImportArgs) -> Result<Code> {
    let bar = app.printer.progress();
    let mut changes = Changes::new(noun, app.settings.output);
    let printer = &mut app.printer;
    let report = import_call::run_with_changes(
        context,
        noun,
        args,
        &mut |step| progress::show(&bar, step),
        &mut |report, change| changes.change(printer, report, &change),
    )
    .await;
    bar.finish_and_clear();
    let report = report?;
    changes.end(&mut app.printer, &report)?;
    report::render_changes(app, noun, &report)?;
    Ok(code(&report, args.on_error))
}

/// The exit code of the import.
fn code(report: &Report, on_error: OnError) -> Code {
    let rejected = report.ledger.rejected > 0;
    if report.refusal.as_ref().is_some_and(Refusal::is_guard) {
        return exit::REFUSED;
    }
    if report.refusal.is_some() || (!report.dry_run && !report.applied) {
        return exit::FAILED;
    }
    match (rejected, report.dry_run, on_error) {
        (false, _, _) if report.bad_cells > 0 => exit::REJECTED,
        (false, _, _) => exit::DONE,
        (true, true, OnError::Stop) => exit::FAILED,
        (true, ..) => exit::REJECTED,
    }
}

#[cfg(test)]
mod tests {
    use fastenr_core::model::operation::Ledger;

    use super::*;

    #[test]
    fn exit_codes() {
        let refusal = |code| Refusal::new(code, "");
        let report = |dry_run, applied, rejected, refused: bool| Report {
            operation: None,
            dry_run,
            applied,
            ledger: Ledger { rows: 3, created: 3 - rejected, rejected, ..Ledger::default() },
            rejects_file: None,
            bad_cells: 0,
            cells_file: None,
            kept: None,
            warnings: Vec::new(),
            notes: Vec::new(),
            problems: Vec::new(),
            cell_problems: Vec::new(),
            refusal: refused.then(|| refusal("reject_limit")),
            rows: Vec::new(),
            preview: None,
        };
        for (what, report, on_error, expected) in [
            ("applied, clean", report(false, true, 0, false), OnError::Stop, exit::DONE),
            ("applied, some rejected", report(false, true, 1, false), OnError::Skip, exit::REJECTED),
            ("stopped by a bad row", report(false, false, 1, false), OnError::Stop, exit::FAILED),
            ("over the reject limit", report(false, false, 2, true), OnError::Skip, exit::FAILED),
            ("dry, clean", report(true, false, 0, false), OnError::Stop, exit::DONE),
            ("dry, would stop", report(true, false, 1, false), OnError::Stop, exit::FAILED),
            ("dry, would reject", report(true, false, 1, false), OnError::Skip, exit::REJECTED),
            ("dry, would be refused", report(true, false, 2, true), OnError::Skip, exit::FAILED),
        ] {
            assert_eq!(code(&report, on_error), expected, "{what}");
        }
        let cells = Report { bad_cells: 2, ..report(false, true, 0, false) };
        assert_eq!(code(&cells, OnError::Stop), exit::REJECTED);
        for guard in ["missing_empty", "too_many_missing", "id_changes"] {
            for dry_run in [false, true] {
                let report = Report { refusal: Some(refusal(guard)), ..report(dry_run, false, 0, false) };
                assert_eq!(code(&report, OnError::Stop), exit::REFUSED, "{guard}");
            }
        }
    }
}
