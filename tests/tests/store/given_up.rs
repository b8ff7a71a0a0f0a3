//! Work that nobody waits for any more: a client that went away leaves nothing behind in the pool.

use std::pin::pin;

use anyhow::Result;
use fastenr_core::store::Lock;
use fastenr_tests::harness::{Backend, Tests};
use futures_util::FutureExt as _;

use fastenr_tests::world::world;

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/given_up/transactions", transactions);
}

/// Goes on with it so many times, and no further.
async fn given_up<T>(work: impl Future<Output = T>, steps: usize) {
    let mut work = pin!(work);
    for _ in 0..=steps {
        if work.as_mut().now_or_never().is_some() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// Given up at some moment of its beginning, a transaction is over: what comes next on its connection is durable.
async fn transactions(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for round in 0..60 {
        // Either it is begun and dropped, or it never was.
        if round % 2 == 0 {
            given_up(world.db.read(), round / 2 % 5).await;
        } else {
            given_up(world.db.write(&world.scope(), Lock::Shared), round / 2 % 5).await;
        }
        let name = format!("Acme {round}");
        let id = world.account(&[("name", &name)]).await?.id;
        // Another connection sees it: it was committed.
        let mut tx = world.db.read().await?;
        let mut other = world.db.read().await?;
        for tx in [&mut tx, &mut other] {
            let seen = fastenr_core::store::accounts::get(tx, &world.scope(), id).await?;
            assert_eq!(seen.map(|account| account.name.as_str().to_owned()), Some(name.clone()), "round {round}");
        }
    }
    Ok(())
}
