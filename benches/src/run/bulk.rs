//! Imports and exports: ours and the reference in turns, each into a book that is as empty or as full as the other's.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::book::{CHANGED, Files};
use super::engine::{Engine, Load, Side};
use super::process::{Step, say, settle};
use super::rounds::Rounds;
use super::table::{Row, Table, Target, Times};
use super::tools::Tools;
use super::{Args, Part};

/// Leaves our book full, for whatever comes next.
pub(crate) fn accounts(
    args: &Args,
    tools: &Tools,
    files: &Files,
    engine: &mut dyn Engine,
    table: &mut Table,
) -> Result<()> {
    say(format_args!("{}: a first import, to derive the reference's file from", engine.name()));
    engine.fresh(Side::Ours)?;
    import(tools, engine, Load::Accounts, &files.accounts).run()?;
    let bulk = Bulk { args, tools, files, load: Load::Accounts, rows: files.rows };
    bulk.check_count(engine, Side::Ours)?;
    if args.wants(Part::Import) {
        engine.derive(Load::Accounts)?;
        bulk.first_import(engine, table)?;
        bulk.unchanged(engine, table)?;
        bulk.updates(engine, table)?;
    }
    if args.wants(Part::Export) {
        bulk.export(engine, table)?;
    }
    Ok(())
}

/// From here on every fresh book has the measured accounts.
pub(crate) fn metrics(
    args: &Args,
    tools: &Tools,
    files: &Files,
    engine: &mut dyn Engine,
    table: &mut Table,
) -> Result<()> {
    say(format_args!("{}: accounts, and a first import of metrics to derive the reference's file from", engine.name()));
    engine.fresh(Side::Ours)?;
    if engine.count(Side::Ours, Load::Accounts)? == 0 {
        import(tools, engine, Load::Accounts, &files.measured_accounts).run()?;
        engine.keep()?;
        engine.fresh(Side::Ours)?;
    }
    import(tools, engine, Load::Metrics, &files.metrics).run()?;
    let bulk = Bulk { args, tools, files, load: Load::Metrics, rows: files.metrics_rows };
    bulk.check_count(engine, Side::Ours)?;
    engine.derive(Load::Metrics)?;
    bulk.first_import(engine, table)?;
    bulk.unchanged(engine, table)?;
    bulk.export(engine, table)
}

/// The rows of one kind, in and out.
struct Bulk<'a> {
    args: &'a Args,
    tools: &'a Tools,
    files: &'a Files,
    load: Load,
    rows: u64,
}

impl Bulk<'_> {
    fn rounds(&self) -> Rounds {
        match self.load {
            Load::Accounts => {
                Rounds::new(self.args, if self.args.wants(Part::Import) { Part::Import } else { Part::Export }, 4)
            }
            Load::Metrics => Rounds::new(self.args, Part::Metrics, 3),
        }
    }

    fn first_import(&self, engine: &mut dyn Engine, table: &mut Table) -> Result<()> {
        let Self { tools, files, load, rows, .. } = *self;
        let (mut ours, mut theirs, mut memory) = (Times::default(), Times::default(), None);
        for _ in self.rounds() {
            engine.fresh(Side::Ours)?;
            engine.settle()?;
            let (done, peak) = import(tools, engine, load, load.file(files)).run_measured(tools.gnu_time())?;
            ours.push(done.took);
            memory = memory.max(peak);
            self.check_count(engine, Side::Ours)?;
            expect(&done.stdout, "created", rows)?;

            engine.fresh(Side::Reference)?;
            engine.settle()?;
            theirs.push(engine.reference_import(load).run()?.took);
            self.check_count(engine, Side::Reference)?;
        }
        table.push(Row {
            work: format!("{}: import {rows} {}", engine.name(), words(load)),
            ours,
            with_p95: false,
            reference: Some((engine.reference_names().0, theirs)),
            target: Target::Ratio(engine.targets().0),
            memory,
        });
        Ok(())
    }

    /// The same file again.
    fn unchanged(&self, engine: &mut dyn Engine, table: &mut Table) -> Result<()> {
        let Self { tools, files, load, rows, .. } = *self;
        let (mut ours, mut memory) = (Times::default(), None);
        for _ in self.rounds() {
            engine.settle()?;
            let (done, peak) = import(tools, engine, load, load.file(files)).run_measured(tools.gnu_time())?;
            ours.push(done.took);
            memory = memory.max(peak);
            expect(&done.stdout, "unchanged", rows)?;
        }
        let work = format!(
            "{}: import the same file again, all unchanged{}",
            engine.name(),
            if load == Load::Metrics { " (metrics)" } else { "" }
        );
        table.push(Row { work, ours, with_p95: false, reference: None, target: Target::None, memory });
        Ok(())
    }

    /// Two editions in turns: each import updates the accounts in which they differ.
    fn updates(&self, engine: &mut dyn Engine, table: &mut Table) -> Result<()> {
        let Self { tools, files, load, rows, .. } = *self;
        let (mut ours, mut memory) = (Times::default(), None);
        for (_, file) in self.rounds().zip([&files.changed, &files.accounts].into_iter().cycle()) {
            engine.settle()?;
            let (done, peak) = import(tools, engine, load, file).run_measured(tools.gnu_time())?;
            ours.push(done.took);
            memory = memory.max(peak);
            // The editions are drawn: their difference is near the share, not on it.
            let updated = entry(&done.stdout, "updated")?;
            let near = rows * CHANGED / 100;
            ensure!(
                updated.abs_diff(near) <= near / 4 + 10,
                "the import updated {updated} accounts instead of about {near}"
            );
        }
        let work = format!("{}: import that updates {CHANGED} % of {rows} accounts", engine.name());
        table.push(Row { work, ours, with_p95: false, reference: None, target: Target::None, memory });
        Ok(())
    }

    fn export(&self, engine: &mut dyn Engine, table: &mut Table) -> Result<()> {
        let Self { tools, files, load, rows, .. } = *self;
        let out = tempfile::tempdir_in(files.accounts.parent().unwrap_or(Path::new("."))).context("making a folder")?;
        let (own_file, their_file) = (out.path().join("ours.csv"), out.path().join("theirs.csv"));
        let (mut ours, mut theirs, mut memory) = (Times::default(), Times::default(), None);
        for _ in self.rounds() {
            // Both write a new file: to empty an old one takes time of its own.
            for file in [&own_file, &their_file].into_iter().filter(|file| file.exists()) {
                std::fs::remove_file(file).with_context(|| format!("removing {}", file.display()))?;
            }
            settle();
            let step = tools.fastenr(&engine.url(Side::Ours), [load.noun(), "export", "-q"]).arg(&own_file);
            let (done, peak) = step.run_measured(tools.gnu_time())?;
            ours.push(done.took);
            memory = memory.max(peak);
            settle();
            theirs.push(engine.reference_export(load, &their_file).run()?.took);
        }
        for file in [&own_file, &their_file] {
            let found = csv::Reader::from_path(file)?.byte_records().count() as u64;
            ensure!(found == rows, "{} has {found} rows instead of {rows}", file.display());
        }
        table.push(Row {
            work: format!("{}: export {rows} {}", engine.name(), words(load)),
            ours,
            with_p95: false,
            reference: Some((engine.reference_names().1, theirs)),
            target: Target::Ratio(engine.targets().1),
            memory,
        });
        Ok(())
    }

    fn check_count(&self, engine: &dyn Engine, side: Side) -> Result<()> {
        let (found, rows) = (engine.count(side, self.load)?, self.rows);
        ensure!(found == rows, "{}: {found} rows are in {} instead of {rows}", engine.name(), self.load.table());
        Ok(())
    }
}

/// What the table calls them.
const fn words(load: Load) -> &'static str {
    match load {
        Load::Accounts => "accounts",
        Load::Metrics => "rows of metrics",
    }
}

fn import(tools: &Tools, engine: &dyn Engine, load: Load, file: &Path) -> Step {
    tools.fastenr(&engine.url(Side::Ours), [load.noun(), "import", "--yes", "-q", "-o", "json"]).arg(file)
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
