//! Another process holds SQLite's lock: those who wait for it keep nobody from reading, and leave nothing behind.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use fastenr_core::ops;
use fastenr_core::store::{Db, DbOptions, Lock};
use fastenr_tests::harness::{Backend, Tests};

use fastenr_tests::world::{World, connect, given, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/waiting/readers_are_answered", readers_are_answered);
    tests.both("store/waiting/it_has_an_end", it_has_an_end);
    tests.sqlite("store/waiting/in_the_order_they_came", in_order);
}

const WRITERS: usize = 100;

async fn readers_are_answered(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let other = World::on(connect(backend, false).await?, backend.dir.path()).await?;
    let lock = other.db.write(&other.scope(), Lock::Exclusive).await?;
    for round in 0..3 {
        let writers: Vec<_> = (0..WRITERS)
            .map(|n| {
                let world = world.clone();
                tokio::spawn(async move { world.account(&[("name", &format!("Late {round} {n}"))]).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(300)).await;
        for _ in 0..20 {
            let asked = Instant::now();
            assert_eq!(world.accounts().await?.len(), 0);
            ensure!(asked.elapsed() < Duration::from_secs(1), "a reader waited for {:?}", asked.elapsed());
        }
        writers.iter().for_each(tokio::task::JoinHandle::abort);
    }
    // No connection stays with those who went away.
    let asked = Instant::now();
    loop {
        let state = world.db.pool_state();
        if state.idle == state.open {
            break;
        }
        ensure!(asked.elapsed() < Duration::from_secs(2), "{state:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    lock.rollback().await?;
    world.account(&[("name", "Acme")]).await?;
    assert_eq!(world.accounts().await?.len(), 1);
    Ok(())
}

async fn it_has_an_end(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let options = DbOptions { lock_timeout: Duration::from_millis(600), ..DbOptions::default() };
    let short = World::on(Db::connect(&backend.url, &options).await?, backend.dir.path()).await?;
    let lock = world.db.write(&world.scope(), Lock::Exclusive).await?;
    // The first waits for the database, the others for the first.
    let waiting = (0..4).map(|n| {
        let short = short.clone();
        tokio::spawn(async move {
            let asked = Instant::now();
            let name = format!("Acme {n}");
            (refused(ops::accounts::create(&short, &given(&[("name", &name)]), false).await), asked.elapsed())
        })
    });
    for waiting in waiting.collect::<Vec<_>>() {
        let (code, took) = waiting.await?;
        assert_eq!(code, "busy");
        ensure!(took > Duration::from_millis(500) && took < Duration::from_secs(3), "{took:?}");
    }
    lock.rollback().await?;
    short.account(&[("name", "Acme")]).await?;
    Ok(())
}

async fn in_order(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let lock = world.db.write(&world.scope(), Lock::Shared).await?;
    let mut writers = Vec::new();
    for n in 0..20 {
        let world = world.clone();
        writers.push(tokio::spawn(async move { world.account(&[("name", &format!("{n:02}"))]).await }));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    lock.rollback().await?;
    let mut made = Vec::new();
    for writer in writers {
        made.push(writer.await??);
    }
    made.sort_by_key(|account| account.id);
    assert!(made.is_sorted_by_key(|account| account.name.as_str().to_owned()));
    Ok(())
}
