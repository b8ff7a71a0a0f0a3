//! Models in use: storing them, their order, going back, and what a preview foretells.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use fastenr_core::model::Role;
use fastenr_core::model::filter::Page;
use fastenr_core::model::selection::Selection;
use fastenr_core::ops::models::{self, ModelUseOutcome, Step};
use fastenr_core::ops::scores::Run;
use fastenr_core::ops::{self, Context};
use fastenr_core::score::{Model, ProbabilityCheck};
use fastenr_core::store::scores::snapshots;
use fastenr_core::store::{Lock, models as store_models};
use fastenr_tests::harness::{Backend, Tests};
use futures_util::TryStreamExt;

use fastenr_tests::books::scores::{book, recompute};
use fastenr_tests::world::{World, everything, given, refused, world, written};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/scores/models/revisions_and_going_back", revisions_and_going_back);
    tests.both("store/scores/models/each_account_by_its_model", each_account_by_its_model);
    tests.both("store/scores/models/the_days_before_are_scored_again", the_days_before_are_scored_again);
    tests.both("store/scores/models/a_preview_foretells_and_writes_nothing", a_preview_foretells_and_writes_nothing);
    tests.both("store/scores/models/the_book_is_held_against_it", the_book_is_held_against_it);
    tests.both("store/scores/models/who_may_and_when", who_may_and_when);
}

fn model(text: &str) -> Model {
    Model::parse(text).unwrap()
}

/// Few days, so that a test is soon done.
async fn take(world: &World, text: &str, days: u64) -> fastenr_core::Result<ModelUseOutcome> {
    models::use_model(world, &model(text), None, days, false, &mut |_| {}).await
}

async fn back(world: &World, name: Option<&str>) -> fastenr_core::Result<ModelUseOutcome> {
    models::rollback(world, name, 0, false, &mut |_| {}).await
}

/// `1 Ours@2`: those in use, then those that are not.
async fn listed(world: &World) -> Result<Vec<String>> {
    let lines = models::list(world).await?;
    let place = |position: Option<u64>| position.map_or("-".to_owned(), |position| position.to_string());
    Ok(lines.iter().map(|line| format!("{} {}@{}", place(line.position), line.name, line.revision)).collect())
}

async fn revisions_and_going_back(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    assert_eq!(listed(&world).await?, ["1 built-in@0"]);
    assert_eq!(refused(back(&world, None).await), "not_in_use");
    let first = take(&world, "name = \"Ours\"\ncaps.weak_from = 10", 0).await?;
    assert_eq!((first.revision, first.before, first.position, first.changed), (Some(1), None, Some(1), true));
    let again = take(&world, "name = \"Ours\"\ncaps.weak_from = 10 # why", 0).await?;
    assert_eq!((again.revision, again.changed, again.operation), (Some(1), false, None));
    let second = take(&world, "name = \"Ours\"\ncaps.weak_from = 15", 0).await?;
    assert_eq!((second.revision, second.before), (Some(2), Some(1)));
    assert_eq!(listed(&world).await?, ["1 Ours@2", "2 built-in@0", "- Ours@1"]);
    // Another one for all takes its place.
    let other = take(&world, "name = \"Other\"", 0).await?;
    assert_eq!((other.revision, other.replaced.as_slice()), (Some(1), &["Ours".to_owned()][..]));
    assert_eq!(listed(&world).await?, ["1 Other@1", "2 built-in@0", "- Ours@2", "- Ours@1"]);
    assert_eq!(refused(back(&world, Some("Ours")).await), "not_in_use");
    assert_eq!(refused(back(&world, Some("Theirs")).await), "unknown_model");
    // What was stored is there, and comes back into use as the revision it was.
    let one = models::get(&world, "ours@1").await?;
    assert_eq!((one.caps.weak_from, models::get(&world, "Ours").await?.caps.weak_from), (points(10), points(15)));
    assert_eq!(models::get(&world, "Built-in").await?, *Model::builtin());
    assert_eq!(refused(models::get(&world, "Ours@3").await), "unknown_model");
    let used = models::use_model(&world, &one, None, 0, false, &mut |_| {}).await?;
    assert_eq!((used.revision, used.before), (Some(1), None));
    take(&world, "name = \"Ours\"\ncaps.weak_from = 15", 0).await?;
    let dry = models::rollback(&world, None, 0, true, &mut |_| {}).await?;
    assert_eq!((dry.revision, dry.before, dry.operation), (Some(1), Some(2), None));
    assert_eq!(listed(&world).await?[0], "1 Ours@2");
    assert_eq!(back(&world, None).await?.revision, Some(1));
    let gone = back(&world, Some("OURS")).await?;
    assert_eq!((gone.revision, gone.before, gone.fingerprint), (None, Some(1), None));
    assert_eq!(listed(&world).await?, ["1 built-in@0", "- Other@1", "- Ours@2", "- Ours@1"]);
    // Each change is an operation, and told.
    let filter = Selection::default();
    let feed = ops::activities::list(&world, &filter, Page::default()).await?.rows;
    let told: Vec<_> =
        feed.iter().filter(|item| item.activity.noun == "models").map(|item| item.activity.kind.as_str()).collect();
    assert_eq!(told.len(), 7, "{told:?}");
    assert_eq!(&told[..3], ["models.restore", "models.restore", "models.use"]);
    assert!(feed.iter().all(|item| item.activity.operation.is_some()));
    Ok(())
}

fn points(score: i64) -> fastenr_core::score::Points {
    fastenr_core::score::Points(score * 100)
}

/// Accounts by the fingerprint of what scored them today.
async fn scored_by(world: &World) -> Result<BTreeMap<String, usize>> {
    let mut tx = world.db.read().await?;
    let rows: Vec<_> = snapshots::stream_day(&mut tx, &world.scope(), world.today())?.try_collect().await?;
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(row.model).or_default() += 1;
    }
    Ok(counts)
}

async fn each_account_by_its_model(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    let small = take(&world, "name = \"Small\"\napplies_to.size = [\"small\"]", 0).await?;
    let all = take(&world, "name = \"All\"\ncaps.weak_from = 10", 0).await?;
    let first = model("name = \"First\"\napplies_to.size = [\"small\", \"large\"]\ncaps.weak_from = 5");
    let last = models::use_model(&world, &first, None, 0, false, &mut |_| {}).await?;
    assert_eq!((small.position, all.position, last.position), (Some(1), Some(2), Some(2)));
    assert_eq!(listed(&world).await?, ["1 Small@1", "2 First@1", "3 All@1", "4 built-in@0"]);
    recompute(&world, None).await?;
    let print = |adopted: &ModelUseOutcome| adopted.fingerprint.clone().unwrap();
    let expected = [(print(&small), 8), (print(&all), 8), (print(&last), 8)];
    assert_eq!(scored_by(&world).await?, expected.into_iter().collect());
    let moved = models::use_model(&world, &first, Some(1), 1, false, &mut |_| {}).await?;
    assert_eq!((moved.position, moved.changed, moved.revision), (Some(1), true, Some(1)));
    assert_eq!(scored_by(&world).await?, [(print(&all), 8), (print(&last), 16)].into_iter().collect());
    let for_all = model("name = \"All\"");
    assert_eq!(refused(models::use_model(&world, &for_all, Some(1), 0, false, &mut |_| {}).await), "position");
    // The built-in one takes over from the one for all.
    let builtin = models::use_model(&world, Model::builtin(), None, 0, false, &mut |_| {}).await?;
    assert_eq!((builtin.revision, builtin.replaced), (None, vec!["All".to_owned()]));
    assert_eq!(listed(&world).await?[..3], ["1 First@1", "2 Small@1", "3 built-in@0"]);
    assert_eq!(refused(back(&world, None).await), "which_model");
    Ok(())
}

async fn the_days_before_are_scored_again(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    recompute(&world, Some("2026-02-27")).await?;
    recompute(&world, None).await?;
    let mut steps = Vec::new();
    let ours = model("name = \"Ours\"\nhealth.support.weight = 60");
    let used = models::use_model(&world, &ours, None, 4, false, &mut |step| steps.push(step)).await?;
    let rescored = used.rescored.unwrap();
    assert_eq!((rescored.days, rescored.from.to_string(), rescored.changed), (4, "2026-02-26".to_owned(), 4 * 24));
    let days: Vec<u64> = steps
        .iter()
        .filter_map(|step| if let Step::Day { number, .. } = step { Some(*number) } else { None })
        .collect();
    assert_eq!(days, [1, 2, 3, 4]);
    assert!(steps.iter().any(|step| matches!(step, Step::Accounts(24))));
    for date in rescored.from.iter_days().take(4) {
        let mut tx = world.db.read().await?;
        let rows: Vec<_> = snapshots::stream_day(&mut tx, &world.scope(), date)?.try_collect().await?;
        assert!(rows.len() == 24 && rows.iter().all(|row| row.model == ours.fingerprint()), "{date}");
    }
    // Once more: everything is as it was.
    let before = written(&world.db, &world.scope()).await?;
    let again = models::use_model(&world, &ours, None, 4, false, &mut |_| {}).await?;
    assert_eq!((again.changed, again.rescored.unwrap().changed), (false, 0));
    assert_eq!(written(&world.db, &world.scope()).await?, before);
    Ok(())
}

async fn a_preview_foretells_and_writes_nothing(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    recompute(&world, Some("2026-02-28")).await?;
    recompute(&world, None).await?;
    let before = everything(&world.db, &world.scope()).await?;
    let same = models::preview(&world, &model("name = \"Same\""), None, 5).await?;
    assert_eq!((same.accounts, same.applies_to, same.health_changed, same.moved), (24, 24, 0, 0));
    assert_eq!((same.band_moves.len(), same.arr_up.0, same.arr_down.0), (0, 0, 0));
    let text = "name = \"Strict\"\nhealth.business.weight = 90\n[bands]\nhealthy = 95\nmoderate = 90\nconcern = 70\n";
    let strict = models::preview(&world, &model(text), None, 3).await?;
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    assert!(strict.moved > 3 && strict.moves.len() == 3, "{strict:?}");
    assert!(strict.moves.windows(2).all(|pair| pair[0].arr >= pair[1].arr), "{strict:?}");
    assert!(strict.moves.iter().all(|of| of.name.starts_with("Book ")));
    let moved: u64 = strict.band_moves.iter().map(|of| of.accounts).sum();
    assert!(moved > 0 && moved <= strict.moved);
    let opening = |side: fn(&models::AlertChange) -> u64| strict.alerts.iter().map(side).sum::<u64>();
    assert!(opening(|of| of.new) >= opening(|of| of.in_use), "{:?}", strict.alerts);
    let narrow = models::preview(&world, &model("name = \"S\"\napplies_to.size = [\"small\"]"), None, 3).await?;
    assert_eq!((narrow.accounts, narrow.applies_to), (24, 8));

    // Taken into use, it does what was foretold.
    let bands = strict.bands.iter().map(|(band, [_, then])| (*band, *then)).collect::<BTreeMap<_, _>>();
    let used = take(&world, text, 1).await?;
    let today = used.rescored.unwrap().today;
    let scored: BTreeMap<_, _> = today.bands.into_iter().filter(|(_, count)| *count > 0).collect();
    assert_eq!(scored, bands.into_iter().filter(|(_, count)| *count > 0).collect());
    // Its first run holds what it opens, whatever the guard would say; what the first run of all held waits as before.
    let opened: u64 = strict.alerts.iter().map(|of| of.new).sum();
    let new: u64 = today.held.iter().filter(|held| held.held_by == "new_model").map(|held| held.alerts).sum();
    assert_eq!(new, opened, "{:?} {:?}", strict.alerts, today.held);
    Ok(())
}

async fn the_book_is_held_against_it(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let none = models::check(&world, &model("name = \"x\"\ncaps.sentiment_red = 100")).await?;
    assert_eq!((none.accounts, none.findings.len()), (0, 1));
    book(&world).await?;
    let before = everything(&world.db, &world.scope()).await?;
    let check = models::check(&world, &model("name = \"x\"\nhealth.product_usage.weight = 900")).await?;
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    let told: BTreeSet<(&str, &str)> =
        check.findings.iter().map(|finding| (finding.oddity.as_str(), finding.key.as_str())).collect();
    for expected in [
        ("one_decides", "health.product_usage"),
        ("constant", "health.product_usage.feature_adoption"),
        ("seldom_known", "health.product_usage.training"),
        ("dead_input", "health.business.payment"),
    ] {
        assert!(told.contains(&expected), "{expected:?} {told:?}");
    }
    Ok(())
}

async fn who_may_and_when(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "Acme")]).await?;
    let values = given(&[("email", "r@example.com"), ("name", "R"), ("role", Role::Read.as_str())]);
    let reader = ops::users::create(&world, &values, false).await?.record;
    let before = everything(&world.db, &world.scope()).await?;
    let only_reads: &Context = &world.acting_as(&reader);
    let ours = model("name = \"Ours\"");
    for dry_run in [true, false] {
        let used = models::use_model(only_reads, &ours, None, 0, dry_run, &mut |_| {}).await;
        assert_eq!(refused(used), "read_only_user");
    }
    assert_eq!(models::list(only_reads).await?.len(), 1);
    let dry = models::use_model(&world, &ours, None, 90, true, &mut |_| {}).await?;
    assert_eq!((dry.revision, dry.changed, dry.operation, dry.rescored), (Some(1), true, None, None));
    // A recompute is at work: nothing is stored.
    let run = Run::begin(&world).await?;
    assert_eq!(refused(take(&world, "name = \"Ours\"", 0).await), "busy");
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    run.end().await;
    take(&world, "name = \"Ours\"", 0).await?;
    Ok(())
}

/// Every statement of this area, once.
pub(crate) async fn once(world: &World) -> Result<()> {
    let ours = model("name = \"Once\"\napplies_to.size = [\"small\"]");
    models::use_model(world, &ours, None, 2, false, &mut |_| {}).await?;
    take(world, "name = \"Once\"", 0).await?;
    models::list(world).await?;
    models::get(world, "Once").await?;
    models::preview(world, &ours, None, 3).await?;
    models::check(world, &ours).await?;
    back(world, None).await?;
    Ok(())
}

/// Each function of the store that this area has, called on what only the others have.
pub(crate) async fn reaching(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    let scope = &ours.scope();
    let mut tx = theirs.db.write(&theirs.scope(), Lock::Shared).await?;
    let operation = theirs.ids.next();
    let now = theirs.clock.now();
    let theirs_alone = store_models::StoredModel {
        id: theirs.ids.next(),
        name: "Theirs".into(),
        revision: 1,
        fingerprint: "0".into(),
        source: Model::builtin().to_toml(),
        position: 1,
        active: true,
        created_by: theirs.user.id,
        created_at: now,
        updated_at: now,
        check: store_models::StoredCheck::default(),
    };
    store_models::insert(&mut tx, &theirs.scope(), &theirs_alone, operation).await?;
    // As in one transaction: what they have is taken back at its end.
    let tx = &mut tx;
    assert_eq!(store_models::all(tx, &theirs.scope()).await?.len(), 1);
    assert!(store_models::all(tx, scope).await?.is_empty());
    assert!(store_models::in_use(tx, scope).await?.is_empty());
    assert_eq!(store_models::place(tx, scope, theirs_alone.id, (false, 2), (operation, now)).await?, 0);
    let check = ProbabilityCheck { scored_on: theirs.today(), accounts: 1, expected: 1, observed: 1 };
    assert_eq!(store_models::set_check(tx, scope, theirs_alone.id, check).await?, 0);
    let kept = store_models::in_use(tx, &theirs.scope()).await?.remove(0);
    assert!(kept.active && kept.check.read().is_none());
    called.extend(["models::all", "models::in_use", "models::insert", "models::place", "models::set_check"]);
    Ok(())
}
