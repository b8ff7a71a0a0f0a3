//! fastenr as a library: imports a file of accounts and lists those at risk.
//!
//! `cargo run -p fastenr-core --example import_accounts -- DATABASE FILE [HEADER=FIELD …]`

use std::path::Path;

use fastenr_core::clock::Clock;
use fastenr_core::import::request::Request;
use fastenr_core::import::source::Source;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::filter::Page;
use fastenr_core::ops::{self, Context};
use fastenr_core::store::{Db, DbOptions};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(database), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("usage: import_accounts DATABASE FILE [HEADER=FIELD …]".into());
    };
    let maps = arguments.filter_map(|map| map.split_once('=').map(|(from, to)| (from.to_owned(), to.to_owned())));
    let request = Request { maps: maps.collect(), ..Request::default() };

    let db = Db::connect(&database, &DbOptions { create: true, ..DbOptions::default() }).await?;
    ops::admin::migrate(&db, Clock::System).await?;
    let context = Context::open(db, Clock::System, None, None).await?;
    let source = Source::open(Path::new(&file))?;
    let report = ops::import::run(&context, &ACCOUNT, source, request, &mut |_| {}).await?;

    let mut out = std::io::stdout().lock();
    use std::io::Write;
    writeln!(out, "{:?}, applied: {}", report.ledger, report.applied)?;
    for problem in &report.problems {
        writeln!(out, "{problem:?}")?;
    }
    for note in report.notes.iter().chain(&report.warnings) {
        writeln!(out, "{note}")?;
    }
    let at_risk = ops::selection::selection(&context, &ACCOUNT, [("status", "at_risk")]).await?;
    let by_arr = ops::selection::order(&ACCOUNT, "arr:desc")?;
    let (found, totals) = ops::accounts::list(&context, &at_risk, by_arr, Page::default()).await?;
    for account in found.rows {
        writeln!(out, "{}\t{}", account.name, account.arr.map(|arr| arr.to_string()).unwrap_or_default())?;
    }
    writeln!(out, "{} accounts at risk, {} cents of ARR", totals.count, totals.arr)?;
    Ok(())
}
