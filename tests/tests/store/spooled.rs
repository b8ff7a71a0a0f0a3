//! An export to somebody slow: its transaction ends with what it reads, not with who takes it.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use fastenr_core::export::{Format, fields};
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::ops::export::{ExportSelection, stream};
use fastenr_tests::harness::{Backend, Tests};
use futures_util::StreamExt;

use fastenr_tests::world::world;

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/spooled/waits_for_nobody", waits_for_nobody);
}

async fn waits_for_nobody(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let rows: String = (0..10_000).map(|n| format!("A-{n},Customer {n} of many\n")).collect();
    world.import(&format!("external_id,name\n{rows}"), Default::default()).await?;
    let ask = || stream(&world, ExportSelection::Accounts(Default::default()), Format::CSV, fields(&ACCOUNT));
    let mut whole = Vec::new();
    let mut quick = ask();
    while let Some(piece) = quick.next().await {
        whole.extend(piece?);
    }
    ensure!(whole.len() > 1 << 19, "{} bytes", whole.len());
    // As many clients as there are connections, none of which takes more than one piece.
    let mut slow = Vec::new();
    for _ in 0..4 {
        let mut pieces = ask();
        let first = pieces.next().await.transpose()?.unwrap_or_default();
        slow.push((pieces, first));
    }
    let begun = Instant::now();
    loop {
        let state = world.db.pool_state();
        if state.idle == state.open {
            break;
        }
        ensure!(begun.elapsed() < Duration::from_secs(20), "{state:?} waits for a client");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // What is written meanwhile is no part of them.
    world.account(&[("name", "Later")]).await?;
    for (mut pieces, mut all) in slow {
        while let Some(piece) = pieces.next().await {
            all.extend(piece?);
        }
        ensure!(all == whole, "{} bytes of {}", all.len(), whole.len());
        ensure!(pieces.next().await.is_none(), "it goes on after its end");
    }
    Ok(())
}
