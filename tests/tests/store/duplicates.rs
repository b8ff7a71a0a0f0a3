//! Duplicates among stored accounts: who is compared, how they are judged, and that both databases say the same.

use anyhow::Result;
use fastenr_core::duplicates::{BlockKey, LARGEST_BLOCK};
use fastenr_core::import::request::Request;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::selection::Selection;
use fastenr_core::ops::duplicates::{Duplicates, Pair, describe, find};
use fastenr_core::ops::merge::merge;
use fastenr_core::ops::{self, entries};
use fastenr_tests::harness::{Backend, Tests};

use fastenr_tests::world::{World, everything, given, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/duplicates/a_book_with_some", a_book_with_some);
    tests.both("store/duplicates/who_is_compared", who_is_compared);
}

async fn found(world: &World, filter: &Selection, min_score: u8) -> Result<(Duplicates, Vec<Pair>)> {
    let mut tx = world.db.read().await?;
    let found = find(&mut tx, world, filter, min_score).await?;
    let pairs = describe(&mut tx, world, &found.pairs).await?;
    Ok((found, pairs))
}

/// `100 k < d: same_name+55 same_domain+45`
fn told(pairs: &[Pair]) -> Vec<String> {
    let id = |id: &Option<String>| id.clone().unwrap_or_default();
    let line = |pair: &Pair| {
        let signals: Vec<String> =
            pair.signals.iter().map(|(signal, points)| format!("{}{points:+}", signal.as_str())).collect();
        format!(
            "{} {} < {}: {}",
            pair.score,
            id(&pair.keep.external_id),
            id(&pair.duplicate.external_id),
            signals.join(" ")
        )
    };
    pairs.iter().map(line).collect()
}

async fn a_book_with_some(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let file = "\
external_id,name,domain,industry,size,arr,owner,parent,custom.Country,created_at
a1,\"Acme, Inc.\",acme.com,Retail,small,,,,DE,2024-01-01
a2,ACME,acme.com,Retail,small,10,,,DE,2025-01-01
a3,Acme GmbH,,Mining,small,,,,FR,2025-01-01
b1,Bolt Europe,bolt.com,,,,,b2,,2025-01-01
b2,Bolt,bolt.com,,,,,,,2025-01-01
c1,Consolidated Edison,,,,,,,,2025-01-01
c2,Consolidated Edisson,,,,,,,,2024-01-01
d1,Someone,gmail.com,,,,,,,2025-01-01
d2,Anybody,gmail.com,,,,,,,2025-01-01
";
    world.import(file, Request::default()).await?;
    let before = everything(&world.db, &world.scope()).await?;
    let (all, pairs) = found(&world, &Selection::default(), 0).await?;
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    assert_eq!((all.accounts, all.compared, all.shared_domains), (9, 5, 2));
    assert_eq!(
        told(&pairs),
        [
            "100 a2 < a1: same_name+55 same_domain+45",
            "60 c2 < c1: near_name+60",
            "55 a2 < a3: same_name+80 other_country-15 other_industry-10",
            "45 a1 < a3: same_name+80 other_country-15 other_industry-10 other_form-10",
            "30 b1 < b2: name_within+25 same_domain+45 parent-40",
        ]
    );
    assert_eq!(told(&found(&world, &Selection::default(), 60).await?.1).len(), 2);
    // What people have put in decides.
    entries::create(&world, &ENGAGEMENT, &given(&[("account", "c1"), ("type", "call"), ("title", "x")]), false).await?;
    assert_eq!(told(&found(&world, &Selection::default(), 60).await?.1)[1], "60 c1 < c2: near_name+60");
    let mut tx = world.db.read().await?;
    assert_eq!(refused(find(&mut tx, &world, &Selection::default(), 101).await), "min_score");
    Ok(())
}

async fn who_is_compared(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let mut file = String::from("external_id,name,domain,industry\nx,Same,,Retail\ny,Same,,Mining\nz,Same,,\n");
    (0..=LARGEST_BLOCK).for_each(|n| file.push_str(&format!("n{n},Number {n} of many,rh.com,\n")));
    world.import(&file, Request::default()).await?;
    let (all, pairs) = found(&world, &Selection::default(), 50).await?;
    assert_eq!(
        (all.too_large[0].key.clone(), all.too_large[0].accounts),
        (BlockKey::Domain("rh.com".into()), LARGEST_BLOCK + 1)
    );
    assert_eq!(pairs.len(), 3);
    let retail = world.filter(&[("industry", "Retail")]).await?;
    assert_eq!(found(&world, &retail, 0).await?.0.pairs.len(), 0, "only those that pass are compared with each other");
    ops::accounts::set_archived(&world, "z", true, None, false).await?;
    let with = Selection::everything();
    assert_eq!(found(&world, &Selection::default(), 50).await?.0.pairs.len(), 1);
    assert_eq!(found(&world, &with, 50).await?.0.pairs.len(), 3);
    merge(&world, "x", &["y".to_owned()], None, false).await?;
    assert_eq!(found(&world, &with, 50).await?.0.pairs.len(), 1, "one that was merged is none any more");
    Ok(())
}
