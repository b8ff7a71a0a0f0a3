//! Another process holds the lock: those who wait for it keep nobody from reading, and leave nothing behind.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fastenr_core::model::goal::GOAL;
use fastenr_core::ops;
use fastenr_core::ops::scores::{Request, recompute, standing};
use fastenr_core::store::{Db, DbOptions, Lock};
use fastenr_tests::harness::{Backend, Kind, Tests};

use fastenr_tests::world::{World, connect, given, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/waiting/readers_are_answered", readers_are_answered);
    tests.both("store/waiting/it_has_an_end", it_has_an_end);
    tests.sqlite("store/waiting/in_the_order_they_came", in_order);
    tests.both("store/waiting/one_organization_stops_no_other", one_organization_stops_no_other);
    tests.both("store/waiting/who_has_the_lock_needs_no_more", who_has_the_lock_needs_no_more);
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

/// On SQLite all organizations have one lock.
async fn one_organization_stops_no_other(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let neighbour = world.organization("neighbour").await?;
    let lock = connect(backend, false).await?.write(&world.scope(), Lock::Exclusive).await?;
    let writers: Vec<_> = (0..WRITERS)
        .map(|n| {
            let world = world.clone();
            tokio::spawn(async move { world.account(&[("name", &format!("Late {n}"))]).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    if backend.kind == Kind::Postgres {
        for n in 0..10 {
            let asked = Instant::now();
            neighbour.account(&[("name", &format!("Acme {n}"))]).await?;
            ensure!(asked.elapsed() < Duration::from_secs(1), "a neighbour waited for {:?}", asked.elapsed());
        }
    }
    lock.rollback().await?;
    for writer in writers {
        writer.await??;
    }
    assert_eq!(world.accounts().await?.len(), WRITERS);
    Ok(())
}

/// With one place for writers, one that is held and one for readers, whatever writes comes through while others wait for it: none
/// asks for a second place of the kind that it has.
async fn who_has_the_lock_needs_no_more(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Acme"), ("external_id", "a")]).await?;
    let values = [("account", "a"), ("title", "Goal"), ("target_value", "5"), ("metric_type", "adoption")];
    ops::entries::create(&world, &GOAL, &given(&values), false).await?;
    // An operation at work, and one whose process died: whoever begins looks at both.
    let scope = world.scope();
    let (mut conn, alive, dead) = (world.db.hold(&world.scope()).await?, world.ids.next(), world.ids.next());
    for id in [alive, dead] {
        let mut tx = world.db.write(&scope, Lock::Shared).await?;
        let sql = "insert into operations (organization_id, id, kind, status, parameters, user_id, started_at) \
                   values ($1, $2, 'accounts.update', 'running', '{}', $3, $4)";
        tx.of(&scope, sql).bind(id).bind(world.user.id).bind(world.clock.now()).execute().await?;
        tx.commit().await?;
    }
    let _sign = world.db.lock_liveness(&mut conn, alive).await?;
    let stands = standing(&world).await?;
    assert_eq!((stands.running, stands.interrupted), (vec![alive], vec![dead]));
    let options = DbOptions { lock_timeout: Duration::from_secs(10), max_connections: 3, ..DbOptions::default() };
    let few = World::on(Db::connect(&backend.url, &options).await?, backend.dir.path()).await?;
    let writers: Vec<_> = (0..WRITERS)
        .map(|n| {
            let few = few.clone();
            tokio::spawn(async move { few.account(&[("name", &format!("Other {n}"))]).await })
        })
        .collect();
    few.import("external_id,name\na,Acme again\n", Default::default()).await?;
    recompute(&few, &Request::default(), &mut |_| {}).await?;
    let last = few.operations().await?.into_iter().find(|operation| operation.kind == "accounts.import");
    let last = last.context("no import")?.id.to_string();
    ops::operations::undo(&few, &last, false, false).await?;
    for writer in writers {
        writer.await??;
    }
    for (id, status) in [(alive, "running"), (dead, "interrupted")] {
        assert_eq!(ops::operations::get(&few, &id.to_string()).await?.status, status);
    }
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
