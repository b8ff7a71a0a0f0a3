//! The check of a probability: what it counts, what it leaves alone, and that an undo takes it back with the scores.

use anyhow::Result;
use fastenr_core::model::metric::METRIC;
use fastenr_core::ops::{models, operations};
use fastenr_core::score::{Model, ProbabilityCheck};
use fastenr_core::store::models as stored;
use fastenr_tests::books::likely::{MODEL, SCORED_ON, likely};
use fastenr_tests::books::scores::{day, recompute};
use fastenr_tests::harness::{Backend, Kind, Tests};
use fastenr_tests::world::{World, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/scores/probability/what_came_later_changes_no_digit", what_came_later_changes_no_digit);
    tests.postgres("store/scores/probability/both_databases_find_the_same", both_databases_find_the_same);
    tests.both("store/scores/probability/it_moves_on_with_the_nights", it_moves_on_with_the_nights);
    tests.both("store/scores/probability/an_undo_takes_it_back", an_undo_takes_it_back);
}

async fn book(world: &World, churned: u64) -> Result<()> {
    let (accounts, metrics) = likely(churned, "2024-05-01");
    world.import(&accounts, Default::default()).await?;
    world.import_of(&METRIC, &metrics, Default::default()).await?;
    Ok(())
}

async fn take(world: &World, name: &str) -> Result<()> {
    let model = Model::parse(&MODEL.replace("Ours", name))?;
    models::use_model(world, &model, None, 1, false, &mut |_| {}).await?;
    Ok(())
}

async fn check(world: &World) -> Result<Option<ProbabilityCheck>> {
    let mut tx = world.db.read().await?;
    Ok(stored::in_use(&mut tx, &world.scope()).await?.into_iter().find_map(|model| model.check.read()))
}

/// What is dated after the scores, and churn after the window; and scores that a person set, or churn on a day that nobody knows, are in
/// no count.
async fn what_came_later_changes_no_digit(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world, 12).await?;
    take(&world, "Ours").await?;
    let before = check(&world).await?.unwrap();
    assert_eq!((before.scored_on, before.accounts, before.observed), (day(SCORED_ON), 80, 12));
    assert!((1_000..1_600).contains(&before.expected), "{before:?}");

    let rows = "account,metric_date,login_frequency,feature_adoption_score,open_urgent_tickets,sentiment,sentiment_reason\n\
                l20,2025-11-01,900,100,9,red,They said so\nl61,2026-02-27,0,0,0,green,\n";
    world.import_of(&METRIC, rows, Default::default()).await?;
    // The window is over on the last day of February.
    world.update("l79", &[("status", "churned"), ("churned_on", "2026-03-01")]).await?;
    world.account(&[("name", "New"), ("external_id", "new"), ("contract_start", "2025-11-01")]).await?;
    take(&world, "The same").await?;
    assert_eq!(check(&world).await?, Some(before));

    world.update("l78", &[("status", "churned"), ("churned_on", "2026-02-28")]).await?;
    world.update("l77", &[("status", "churned"), ("churned_on", "2025-11-30")]).await?;
    take(&world, "Once more").await?;
    let after = check(&world).await?.unwrap();
    assert_eq!((after.accounts, after.observed), (79, 13), "one in the window, one before it");
    Ok(())
}

async fn both_databases_find_the_same(backend: &Backend) -> Result<()> {
    let postgres = world(backend).await?;
    let other = Backend::new(Kind::Sqlite)?;
    let sqlite = world(&other).await?;
    for world in [&postgres, &sqlite] {
        book(world, 30).await?;
        take(world, "Ours").await?;
    }
    assert_eq!(check(&postgres).await?, check(&sqlite).await?);
    assert!(check(&sqlite).await?.is_some());
    let shown = |accounts: Vec<fastenr_core::model::account::Account>| {
        let mut shown: Vec<_> = accounts
            .into_iter()
            .map(|account| (account.external_id, account.churn_times_usual, account.churn_probability))
            .collect();
        shown.sort();
        shown
    };
    assert_eq!(shown(postgres.accounts().await?), shown(sqlite.accounts().await?));
    Ok(())
}

async fn it_moves_on_with_the_nights(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world, 12).await?;
    take(&world, "Ours").await?;
    let first = check(&world).await?;
    // The day after has no scores of its day until somebody computes them.
    let tomorrow = world.at("2026-03-02T07:00:00Z");
    recompute(&tomorrow, None).await?;
    assert_eq!(check(&world).await?, first);
    recompute(&tomorrow, Some("2025-11-01")).await?;
    recompute(&tomorrow, None).await?;
    let second = check(&world).await?.unwrap();
    assert_eq!(
        (second.scored_on, second.observed),
        (day("2025-11-01"), 11),
        "the first of December is before its window"
    );
    // Nor does it go back.
    recompute(&world.at("2026-03-02T09:00:00Z"), Some("2026-02-20")).await?;
    assert_eq!(check(&world).await?, Some(second));
    Ok(())
}

/// The account shows what its latest snapshot does.
async fn an_undo_takes_it_back(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world, 12).await?;
    take(&world, "Ours").await?;
    let before = world.get("l60").await?;
    assert!(before.churn_times_usual.is_some() && before.churn_probability.is_some(), "{before:?}");
    let tomorrow = world.at("2026-03-02T07:00:00Z");
    let rows = "account,metric_date,login_frequency,feature_adoption_score\nl60,2026-03-01,90,100\n";
    tomorrow.import_of(&METRIC, rows, Default::default()).await?;
    let night = recompute(&tomorrow, None).await?.operation.unwrap();
    let after = world.get("l60").await?;
    assert_ne!(after.churn_probability, before.churn_probability);
    operations::undo(&tomorrow, &night.to_string(), false, false).await?;
    let undone = world.get("l60").await?;
    assert_eq!(
        (undone.health_score, undone.churn_times_usual, undone.churn_probability),
        (before.health_score, before.churn_times_usual, before.churn_probability)
    );
    Ok(())
}
