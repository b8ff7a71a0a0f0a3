//! What the gathered facts come to, on both databases alike.

use anyhow::Result;
use fastenr_tests::harness::{Backend, Kind, Tests};

use fastenr_tests::books::scores::{book, recompute};
use fastenr_tests::world::{World, lines, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.postgres("store/scores/both_databases_give_the_same_bytes", both_databases_give_the_same_bytes);
    tests.both("store/scores/in_any_order", in_any_order);
}

/// Every snapshot, without the ids, which are of chance.
async fn golden(world: &World) -> Result<Vec<String>> {
    use fastenr_core::store::scores::snapshots;
    use futures_util::TryStreamExt;
    let names: std::collections::HashMap<_, _> =
        world.accounts().await?.into_iter().map(|account| (account.id, account.name)).collect();
    let mut tx = world.db.read().await?;
    let rows: Vec<_> = snapshots::stream_day(&mut tx, &world.scope(), world.today())?.try_collect().await?;
    let mut all: Vec<String> = rows
        .into_iter()
        .map(|mut row| {
            let name = names[&row.account_id].clone();
            row.account_id = uuid::Uuid::nil();
            format!("{name} {row:?}")
        })
        .collect();
    all.sort();
    Ok(all)
}

async fn scored(backend: &Backend) -> Result<Vec<String>> {
    let world = world(backend).await?;
    book(&world).await?;
    recompute(&world, None).await?;
    golden(&world).await
}

async fn both_databases_give_the_same_bytes(backend: &Backend) -> Result<()> {
    let postgres = scored(backend).await?;
    let sqlite = scored(&Backend::new(Kind::Sqlite)?).await?;
    assert_eq!(postgres, sqlite);
    assert_eq!(postgres.len(), 24);
    assert!(postgres.iter().any(|row| row.contains("healthy")), "{postgres:#?}");
    Ok(())
}

/// Running an earlier day before today gives what today alone gives, where nothing reads earlier snapshots.
async fn in_any_order(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    recompute(&world, Some("2026-02-01")).await?;
    recompute(&world, None).await?;
    let after = golden(&world).await?;
    let alone = scored(&Backend::new(backend.kind)?).await?;
    // The levels of alerts are told against the snapshot before.
    let scores = |rows: Vec<String>| -> Vec<String> {
        let without = |row: String| {
            row.split(", ").filter(|part| !part.starts_with("alert_levels")).collect::<Vec<_>>().join(", ")
        };
        rows.into_iter().map(without).collect()
    };
    assert_eq!(scores(after), scores(alone));
    assert_eq!(lines(&world.db, "score_books", Some(&world.scope())).await?.len(), 2);
    Ok(())
}
