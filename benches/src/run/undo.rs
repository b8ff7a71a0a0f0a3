//! Bulk writes and taking back: each beside the one bare statement that writes the same rows.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::book::Files;
use super::engine::{Engine, Load, Side};
use super::process::{FinishedProcess, say};
use super::rounds::Rounds;
use super::table::{Row, Table, Target, Times};
use super::tools::Tools;
use super::{Args, Part};

/// About three tenths of the accounts that the generator makes.
const SIZES: &str = "small,medium";

/// What a person would write who has nothing but SQL: no before-image, no history, no feed.
fn bare_update(round: u32) -> String {
    let sizes: Vec<String> = SIZES.split(',').map(|size| format!("'{size}'")).collect();
    format!(
        "update accounts set industry = 'Bare {round}', version = version + 1, updated_at = '2026-07-01T00:00:00.000000Z' \
         where archived_at is null and size in ({})",
        sizes.join(", ")
    )
}

pub(crate) fn bulk(
    args: &Args,
    tools: &Tools,
    files: &Files,
    engine: &mut dyn Engine,
    table: &mut Table,
) -> Result<()> {
    let name = engine.name();
    say(format_args!("{name}: a book for bulk writes"));
    engine.fresh(Side::Ours)?;
    let operation = import(tools, files, engine)?;
    engine.housekeeping()?;
    engine.settle()?;
    let url = engine.url(Side::Ours);
    let mut whole = Times::default();
    let (done, whole_peak) = undo(tools, &url, &operation).run_measured(tools.gnu_time())?;
    whole.push(done.took);
    ensure!(ledger(&done, "skipped")? == 0, "the undo of the import left something alone");
    ensure!(engine.count(Side::Ours, Load::Accounts)? == 0, "the undo of the import left accounts");
    import(tools, files, engine)?;
    engine.housekeeping()?;
    let [mut bare, mut dry, mut wet, mut back] = [(); 4].map(|()| Times::default());
    let [mut dry_peak, mut wet_peak, mut back_peak] = [None; 3];
    let mut rows = 0;
    for round in Rounds::new(args, Part::Bulk, 1) {
        engine.settle()?;
        bare.push(engine.statement(&bare_update(round)).run()?.took);
        let value = format!("industry=Ours {round}");
        let update = ["accounts", "bulk-update", "--size", SIZES, "--set", &value, "--yes", "-q"];
        engine.settle()?;
        let (done, peak) = tools.fastenr(&url, update).arg("--dry-run").run_measured(tools.gnu_time())?;
        dry.push(done.took);
        dry_peak = dry_peak.max(peak);
        engine.settle()?;
        let (done, peak) = tools.fastenr(&url, update).args(["-o", "json"]).run_measured(tools.gnu_time())?;
        wet.push(done.took);
        wet_peak = wet_peak.max(peak);
        rows = member(&done, "changed")?.as_u64().context("a count of what changed")?;
        ensure!(rows > 0, "the bulk update changed nothing");
        let operation = member(&done, "operation")?;
        engine.settle()?;
        let (done, peak) = undo(tools, &url, &operation).run_measured(tools.gnu_time())?;
        back.push(done.took);
        back_peak = back_peak.max(peak);
        ensure!(ledger(&done, "updated")? == rows, "the undo put another number back than {rows}");
    }
    let bare = || Some(("the bare `UPDATE … WHERE`", bare.clone()));
    let row = |work: String, ours: Times, reference: Option<(&'static str, Times)>, memory: Option<u64>| Row {
        work: format!("{name}: {work}"),
        ours,
        with_p95: false,
        reference,
        target: Target::None,
        memory,
    };
    table.push(row(format!("`bulk-update` of {rows} accounts, dry run"), dry, bare(), dry_peak));
    table.push(row(format!("`bulk-update` of {rows} accounts"), wet, bare(), wet_peak));
    table.push(row(format!("its undo, {rows} accounts"), back, bare(), back_peak));

    let mut bare = Times::default();
    engine.settle()?;
    bare.push(
        engine.statement("delete from accounts_before; delete from account_changes; delete from accounts").run()?.took,
    );
    let reference = Some(("the bare `DELETE FROM`", bare));
    table.push(row(format!("undo of an import of {} accounts", files.rows), whole, reference, whole_peak));
    Ok(())
}

/// Fills the book; the operation.
fn import(tools: &Tools, files: &Files, engine: &dyn Engine) -> Result<Value> {
    let import = ["accounts", "import", "--yes", "-q", "-o", "json"];
    let done = tools.fastenr(&engine.url(Side::Ours), import).arg(&files.accounts).run()?;
    member(&done, "operation")
}

fn undo(tools: &Tools, url: &str, operation: &Value) -> super::process::Step {
    let operation = operation.as_str().unwrap_or_default();
    tools.fastenr(url, ["operations", "undo", operation, "--yes", "-q", "-o", "json"])
}

fn member(done: &FinishedProcess, name: &str) -> Result<Value> {
    let report: Value = serde_json::from_str(&done.stdout).context("reading what fastenr printed")?;
    report.get(name).cloned().with_context(|| format!("fastenr printed no {name}: {report}"))
}

fn ledger(done: &FinishedProcess, name: &str) -> Result<u64> {
    member(done, "ledger")?.get(name).and_then(Value::as_u64).with_context(|| format!("the ledger has no {name}"))
}
