//! How an account is named: id, external id, alias, name, domain; and who is above it.

use anyhow::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::ops;
use fastenr_core::store::accounts;
use fastenr_tests::harness::{Backend, Tests};

use fastenr_tests::world::{alias, given, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/lookups/by_everything_that_names_one", by_everything_that_names_one);
    tests.both("store/lookups/several_and_none", several_and_none);
    tests.both("store/lookups/archived_ones", archived_ones);
    tests.both("store/lookups/ancestors", ancestors);
    tests.both("store/lookups/is_there_any", is_there_any);
}

const SHORT: &str = "0013000000Gz3Xa";
const LONG: &str = "0013000000Gz3XaAAJ";

async fn by_everything_that_names_one(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let values = [("external_id", SHORT), ("name", "Bücher & Söhne"), ("domain", "https://www.bücher.de/x")];
    let account = world.account(&values).await?;
    alias(&world, "merged-away", account.id).await?;
    for name in [
        &account.id.to_string(),
        &account.id.simple().to_string().to_uppercase(),
        SHORT,
        LONG,
        "merged-away",
        "BÜCHER  &  SÖHNE",
        "bu\u{308}cher & so\u{308}hne",
        "www.bücher.de",
        "xn--bcher-kva.de",
    ] {
        assert_eq!(world.get(name).await?, account, "{name}");
    }
    let mut tx = world.db.read().await?;
    let scope = world.scope();
    assert_eq!(accounts::by_external_key(&mut tx, &scope, SHORT).await?.map(|found| found.id), Some(account.id));
    // The key is asked for, not the id as it was written.
    assert_eq!(accounts::by_external_key(&mut tx, &scope, LONG).await?, None);
    assert_eq!(accounts::by_external_key(&mut tx, &scope, &SHORT.to_lowercase()).await?, None);
    assert_eq!(accounts::by_name_key(&mut tx, &scope, "bücher & söhne", 5).await?.len(), 1);
    assert_eq!(accounts::by_domain(&mut tx, &scope, "xn--bcher-kva.de", 5).await?.len(), 1);
    assert_eq!(accounts::get(&mut tx, &scope, account.id).await?, Some(account));
    Ok(())
}

async fn several_and_none(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for n in 0..7 {
        world.account(&[("name", "Acme"), ("domain", "acme.com"), ("external_id", &format!("x{n}"))]).await?;
    }
    let error = ops::accounts::get(&world, "ACME").await.unwrap_err();
    assert_eq!(error.code, "ambiguous_account");
    let hint = error.hints.to_string();
    assert!(hint.contains("x0") && hint.contains("x4") && !hint.contains("x5") && hint.ends_with("and more"), "{hint}");
    assert_eq!(refused(ops::accounts::get(&world, "acme.com").await), "ambiguous_account");
    let error = ops::accounts::get(&world, "Acne").await.unwrap_err();
    assert_eq!((error.code, error.hints.to_string().as_str()), ("unknown_account", "did you mean Acme?"));
    let mut tx = world.db.read().await?;
    for most in [0, 3, 10] {
        let want = usize::try_from(most.min(7))?;
        assert_eq!(accounts::by_name_key(&mut tx, &world.scope(), "acme", most).await?.len(), want);
        assert_eq!(accounts::by_domain(&mut tx, &world.scope(), "acme.com", most).await?.len(), want);
        assert_eq!(accounts::names_like(&mut tx, &world.scope(), "acne", most).await?.len(), want);
    }
    assert!(accounts::names_like(&mut tx, &world.scope(), "zz", 5).await?.is_empty());
    Ok(())
}

async fn archived_ones(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let gone = world.account(&[("name", "Gone"), ("domain", "gone.com"), ("external_id", "g")]).await?;
    ops::accounts::set_archived(&world, "g", true, None, false).await?;
    assert_eq!(refused(ops::accounts::get(&world, "Gone").await), "unknown_account");
    assert_eq!(refused(ops::accounts::get(&world, "gone.com").await), "unknown_account");
    assert_eq!(world.get("g").await?.id, gone.id);
    let kept = world.account(&[("name", "Gone")]).await?;
    assert_eq!(world.get("gone").await?.id, kept.id);
    Ok(())
}

async fn ancestors(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let mut above: Vec<uuid::Uuid> = Vec::new();
    for n in 0..100 {
        let name = format!("level {n}");
        let mut values = vec![("name", name.as_str()), ("external_id", name.as_str())];
        let parent = format!("level {}", n - 1);
        if n > 0 {
            values.push(("parent", &parent));
        }
        above.insert(0, world.account(&values).await?.id);
    }
    let mut tx = world.db.read().await?;
    assert_eq!(accounts::ancestors(&mut tx, &world.scope(), above[0]).await?, above);
    assert_eq!(accounts::ancestors(&mut tx, &world.scope(), above[99]).await?, above[99..]);
    assert!(accounts::ancestors(&mut tx, &world.scope(), uuid::Uuid::nil()).await?.is_empty());
    drop(tx);
    let deeper = given(&[("name", "deeper"), ("parent", "level 99")]);
    assert_eq!(refused(ops::accounts::create(&world, &deeper, false).await), "parent_depth");
    assert_eq!(refused(ops::accounts::update(&world, "level 50", &deeper, None, false).await), "parent_cycle");
    let values = given(&[("parent", "level 99")]);
    let cycle = ops::accounts::update(&world, "level 0", &values, None, false);
    assert_eq!(refused(cycle.await), "parent_cycle");
    Ok(())
}

async fn is_there_any(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let other = world.organization("other").await?;
    other.account(&[("name", "Acme"), ("arr", "1")]).await?;
    assert!(!ops::lists::any(&world, &ACCOUNT).await?);
    let mut tx = world.db.read().await?;
    assert!(!accounts::any_arr(&mut tx, &world.scope()).await?);
    drop(tx);
    world.account(&[("name", "Acme")]).await?;
    assert!(ops::lists::any(&world, &ACCOUNT).await?);
    let mut tx = world.db.read().await?;
    assert!(!accounts::any_arr(&mut tx, &world.scope()).await?);
    drop(tx);
    world.update("acme", &[("arr", "0")]).await?;
    assert!(accounts::any_arr(&mut world.db.read().await?, &world.scope()).await?);
    ops::accounts::set_archived(&world, "acme", true, None, false).await?;
    assert!(ops::lists::any(&world, &ACCOUNT).await?);
    Ok(())
}
