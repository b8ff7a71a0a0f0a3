//! Imports and exports: ours and the reference in turns, each into a book that is as empty or as full as the other's.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::book::{CHANGED, Files};
use super::engine::{Engine, Side};
use super::process::{Step, say, sync};
use super::table::{Row, Table, Target, Times};
use super::tools::Tools;
use super::{Args, Part};

/// Leaves our book full, for whatever comes next.
pub(crate) fn run(args: &Args, tools: &Tools, files: &Files, engine: &mut dyn Engine, table: &mut Table) -> Result<()> {
    say(format_args!("{}: a first import, to derive the reference's file from", engine.name()));
    engine.fresh(Side::Ours)?;
    import(tools, engine, &files.accounts).run()?;
    check_count(engine, Side::Ours, files.rows)?;
    if args.wants(Part::Import) {
        engine.derive()?;
        first_import(args, tools, files, engine, table)?;
        unchanged(args, tools, files, engine, table)?;
        updates(args, tools, files, engine, table)?;
    }
    if args.wants(Part::Export) {
        export(args, tools, files, engine, table)?;
    }
    Ok(())
}

fn first_import(args: &Args, tools: &Tools, files: &Files, engine: &mut dyn Engine, table: &mut Table) -> Result<()> {
    let (mut ours, mut theirs, mut memory) = (Times::default(), Times::default(), None);
    for _ in 0..args.repeat {
        engine.fresh(Side::Ours)?;
        engine.settle()?;
        let (done, peak) = import(tools, engine, &files.accounts).run_measured(tools.gnu_time())?;
        ours.push(done.took);
        memory = memory.max(peak);
        check_count(engine, Side::Ours, files.rows)?;
        expect(&done.stdout, "created", files.rows)?;

        engine.fresh(Side::Reference)?;
        engine.settle()?;
        theirs.push(engine.reference_import().run()?.took);
        check_count(engine, Side::Reference, files.rows)?;
    }
    table.push(Row {
        work: format!("{}: import {} accounts", engine.name(), files.rows),
        ours,
        with_p95: false,
        reference: Some((engine.reference_names().0, theirs)),
        target: Target::Ratio(engine.targets().0),
        memory,
    });
    Ok(())
}

/// The same file again.
fn unchanged(args: &Args, tools: &Tools, files: &Files, engine: &mut dyn Engine, table: &mut Table) -> Result<()> {
    let (mut ours, mut memory) = (Times::default(), None);
    for _ in 0..args.repeat {
        engine.settle()?;
        let (done, peak) = import(tools, engine, &files.accounts).run_measured(tools.gnu_time())?;
        ours.push(done.took);
        memory = memory.max(peak);
        expect(&done.stdout, "unchanged", files.rows)?;
    }
    let work = format!("{}: import the same file again, all unchanged", engine.name());
    table.push(Row { work, ours, with_p95: false, reference: None, target: Target::None, memory });
    Ok(())
}

/// Two editions in turns: each import updates the accounts in which they differ.
fn updates(args: &Args, tools: &Tools, files: &Files, engine: &mut dyn Engine, table: &mut Table) -> Result<()> {
    let (mut ours, mut memory) = (Times::default(), None);
    for file in [&files.changed, &files.accounts].into_iter().cycle().take(args.repeat as usize) {
        engine.settle()?;
        let (done, peak) = import(tools, engine, file).run_measured(tools.gnu_time())?;
        ours.push(done.took);
        memory = memory.max(peak);
        // The editions are drawn: their difference is near the share, not on it.
        let updated = entry(&done.stdout, "updated")?;
        let near = files.rows * CHANGED / 100;
        ensure!(
            updated.abs_diff(near) <= near / 4 + 10,
            "the import updated {updated} accounts instead of about {near}"
        );
    }
    let work = format!("{}: import that updates {CHANGED} % of {} accounts", engine.name(), files.rows);
    table.push(Row { work, ours, with_p95: false, reference: None, target: Target::None, memory });
    Ok(())
}

fn export(args: &Args, tools: &Tools, files: &Files, engine: &mut dyn Engine, table: &mut Table) -> Result<()> {
    let out = tempfile::tempdir_in(files.accounts.parent().unwrap_or(Path::new("."))).context("making a folder")?;
    let (own_file, their_file) = (out.path().join("ours.csv"), out.path().join("theirs.csv"));
    let (mut ours, mut theirs, mut memory) = (Times::default(), Times::default(), None);
    for _ in 0..args.repeat {
        // Both write a new file: to empty an old one takes time of its own.
        for file in [&own_file, &their_file].into_iter().filter(|file| file.exists()) {
            std::fs::remove_file(file).with_context(|| format!("removing {}", file.display()))?;
        }
        sync();
        let step = tools.fastenr(&engine.url(Side::Ours), ["accounts", "export", "-q"]).arg(&own_file);
        let (done, peak) = step.run_measured(tools.gnu_time())?;
        ours.push(done.took);
        memory = memory.max(peak);
        sync();
        theirs.push(engine.reference_export(&their_file).run()?.took);
    }
    for file in [&own_file, &their_file] {
        let rows = csv::Reader::from_path(file)?.byte_records().count() as u64;
        ensure!(rows == files.rows, "{} has {rows} rows instead of {}", file.display(), files.rows);
    }
    table.push(Row {
        work: format!("{}: export {} accounts", engine.name(), files.rows),
        ours,
        with_p95: false,
        reference: Some((engine.reference_names().1, theirs)),
        target: Target::Ratio(engine.targets().1),
        memory,
    });
    Ok(())
}

fn import(tools: &Tools, engine: &dyn Engine, file: &Path) -> Step {
    tools.fastenr(&engine.url(Side::Ours), ["accounts", "import", "--yes", "-q", "-o", "json"]).arg(file)
}

fn check_count(engine: &dyn Engine, side: Side, rows: u64) -> Result<()> {
    let found = engine.count(side)?;
    ensure!(found == rows, "{}: {found} accounts are in the table instead of {rows}", engine.name());
    Ok(())
}

/// The ledger says so, too.
fn expect(json: &str, name: &str, rows: u64) -> Result<()> {
    let found = entry(json, name)?;
    ensure!(found == rows, "the import's ledger has {found} {name} instead of {rows}");
    Ok(())
}

/// A number of the ledger that an import printed.
fn entry(json: &str, name: &str) -> Result<u64> {
    let report: Value = serde_json::from_str(json).context("reading what the import printed")?;
    let found = report.get("ledger").unwrap_or(&report).get(name).and_then(Value::as_u64);
    found.with_context(|| format!("the import printed no ledger with {name}: {report}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_ledger_at_either_depth() {
        assert!(expect(r#"{"ledger":{"created":3}}"#, "created", 3).is_ok());
        assert!(expect(r#"{"created":3}"#, "created", 3).is_ok());
        assert!(expect(r#"{"created":2}"#, "created", 3).is_err());
        assert!(expect("3 created", "created", 3).is_err());
    }
}
