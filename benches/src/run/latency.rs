//! What people wait for at the prompt: process start included, on a book of full size.

use std::time::Duration;

use anyhow::Result;

use super::engine::{Engine, Side};
use super::process::Step;
use super::table::{Row, Table, Target, Times};
use super::tools::Tools;
use super::{Args, quiet};

/// Calls before those that count: they bring the book into the caches, where a book in use is.
const WARM_UP: u32 = 2;

pub(crate) fn version(args: &Args, tools: &Tools, table: &mut Table) -> Result<()> {
    let step = Step::new(&tools.fastenr).arg("--version");
    table.push(row("`fastenr --version`".to_owned(), &step, Target::Time(Duration::from_millis(5)), args, tools)?);
    Ok(())
}

/// Pages of the accounts list.
pub(crate) fn lists(args: &Args, tools: &Tools, engine: &mut dyn Engine, table: &mut Table) -> Result<()> {
    engine.housekeeping()?;
    // About 8 % of the accounts are at risk: the page in the middle of them, 25 to a page.
    let middle = (args.rows * 8 / 100 / 25 / 2).max(2).to_string();
    let at_risk = ["--status", "at_risk", "--sort", "arr:desc"];
    let pages: [(String, Vec<&str>, Target); 4] = [
        (
            "first page of `accounts list`, one filter, one sort, with the total".to_owned(),
            at_risk.to_vec(),
            Target::Time(Duration::from_millis(80)),
        ),
        ("first page, no filter".to_owned(), vec!["--sort", "arr:desc"], Target::Time(Duration::from_millis(80))),
        (
            format!("page {middle} of the same filter and sort"),
            [&at_risk[..], &["--page", &middle]].concat(),
            Target::None,
        ),
        ("`--search \"auro logis\"`".to_owned(), vec!["--search", "auro logis"], Target::None),
    ];
    for (work, words, target) in pages {
        let step = tools.fastenr(&engine.url(Side::Ours), ["accounts", "list", "-o", "json"]).args(words);
        table.push(row(format!("{}: {work}", engine.name()), &step, target, args, tools)?);
    }
    Ok(())
}

fn row(work: String, step: &Step, target: Target, args: &Args, tools: &Tools) -> Result<Row> {
    quiet::wait();
    for _ in 0..WARM_UP {
        step.run()?;
    }
    let mut ours = Times::default();
    for _ in 0..args.calls {
        ours.push(step.run()?.took);
    }
    // Apart from the timed calls: GNU time would add a process start to each.
    let memory = step.run_measured(tools.gnu_time())?.1;
    Ok(Row { work, ours, with_p95: true, reference: None, target, memory })
}
