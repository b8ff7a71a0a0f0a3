//! A score that nobody knows is no number, wherever it is read; and what becomes of the scores of those who left.

use anyhow::Result;
use fastenr_core::model::account::{ACCOUNT, Account};
use fastenr_core::model::selection::Selection;
use fastenr_core::model::{AccountBand, Status};
use fastenr_core::ops::scores::views;
use fastenr_core::ops::{dashboard, operations};
use fastenr_core::store::scores::snapshots;
use fastenr_core::view::health::HealthShown;
use fastenr_tests::harness::{Backend, Tests};
use futures_util::TryStreamExt;

use fastenr_tests::books::scores::{book, day, recompute};
use fastenr_tests::world::{World, by, by_id, execute, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/scores/unknown/is_no_number", is_no_number);
    tests.both("store/scores/unknown/each_by_its_own_band", each_by_its_own_band);
    tests.both("store/scores/unknown/filters_and_sorts", filters_and_sorts);
    tests.both("store/scores/unknown/who_left_keeps_the_last", who_left_keeps_the_last);
}

/// A book that is scored, an account without data, and one that came after the run.
async fn mixed(backend: &Backend) -> Result<World> {
    let world = world(backend).await?;
    book(&world).await?;
    world.account(&[("external_id", "bare"), ("name", "Bare"), ("created_at", "2024-01-01T00:00:00Z")]).await?;
    recompute(&world, None).await?;
    world.account(&[("external_id", "new"), ("name", "New")]).await?;
    Ok(world)
}

/// Health, what stands in for it, churn risk.
fn scores(account: &Account) -> [Option<i64>; 3] {
    [account.health_score, account.provisional_health_score, account.churn_risk_score]
}

async fn is_no_number(backend: &Backend) -> Result<()> {
    let world = mixed(backend).await?;
    let (new, bare) = (world.get("new").await?, world.get("bare").await?);
    assert_eq!((scores(&new), new.band, new.scored_at), ([None, None, None], None, None));
    assert_eq!((scores(&bare), bare.band), ([None, Some(62), None], Some(AccountBand::InsufficientData)));
    for (account, provisional) in [(&new, ""), (&bare, "62")] {
        let text = |name: &str| {
            let (_, field) = ACCOUNT.field(name).unwrap();
            field.text(&account.value(field)).into_owned()
        };
        assert_eq!([text("health_score"), text("churn_risk_score")], ["", ""]);
        assert_eq!(text("provisional_health_score"), provisional);
    }
    // What an account says is what its snapshot shows.
    let mut tx = world.db.read().await?;
    let rows: Vec<_> = snapshots::stream_day(&mut tx, &world.scope(), world.today())?.try_collect().await?;
    drop(tx);
    assert_eq!(rows.len(), 25);
    for row in rows {
        let account = world.get(&row.account_id.to_string()).await?;
        assert_eq!(scores(&account), [row.health(), row.provisional_health(), row.churn_risk()], "{row:?}");
        assert_ne!(account.health_score.is_some(), account.provisional_health_score.is_some(), "{row:?}");
    }
    // The night is done: what is unknown is not written anew every time.
    assert_eq!(recompute(&world.at("2026-03-01T08:00:00Z"), None).await?.changed, 1, "the new one");
    assert_eq!(recompute(&world.at("2026-03-01T09:00:00Z"), None).await?.changed, 0);
    Ok(())
}

/// An undo gives accounts the scores of earlier snapshots, by the same rule.
async fn each_by_its_own_band(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    recompute(&world, Some("2026-02-20")).await?;
    for (name, column) in [("b1", "band"), ("b2", "churn_band")] {
        let id = format!("(select a.id from accounts a where a.external_id = '{name}')");
        execute(
            &world.db,
            format!("update score_snapshots set {column} = 'insufficient_data' where account_id = {id}"),
        )
        .await?;
    }
    let night = recompute(&world, None).await?;
    let before = [world.get("b1").await?, world.get("b2").await?];
    assert!(before.iter().all(|account| account.health_score.is_some() && account.churn_risk_score.is_some()));
    operations::undo(&world, &night.operation.unwrap().to_string(), false, false).await?;
    let [one, two] = [world.get("b1").await?, world.get("b2").await?];
    assert_eq!(
        (one.health_score, one.churn_risk_score.is_some(), one.band),
        (None, true, Some(AccountBand::InsufficientData))
    );
    assert!(one.provisional_health_score.is_some());
    assert_eq!((two.health_score.is_some(), two.provisional_health_score, two.churn_risk_score), (true, None, None));
    let shown = HealthShown::from(&views::show(&world, "b2", Some(day("2026-02-20"))).await?);
    assert_eq!((shown.health_score, shown.churn_risk_score), (two.health_score, None));
    Ok(())
}

async fn passing(world: &World, pairs: &[(&str, &str)]) -> Result<Vec<String>> {
    let filter = world.filter(pairs).await?;
    let accounts = world.accounts_where(&filter, by_id()).await?;
    Ok(accounts.into_iter().filter_map(|account| account.external_id).collect())
}

async fn filters_and_sorts(backend: &Backend) -> Result<()> {
    let world = mixed(backend).await?;
    for bound in ["health_min", "risk_min"] {
        assert_eq!(passing(&world, &[(bound, "0")]).await?.len(), 24, "{bound}");
    }
    for bound in ["health_max", "risk_max"] {
        assert_eq!(passing(&world, &[(bound, "100")]).await?.len(), 24, "{bound}");
    }
    assert_eq!(passing(&world, &[("band", "insufficient_data")]).await?, ["bare"]);
    // A missing score sorts lowest, of equals by id.
    for key in ["health_score", "churn_risk_score"] {
        let sorted = async |descending: bool| -> Result<Vec<String>> {
            let accounts = world.accounts_where(&Selection::default(), by(key).descending(descending)).await?;
            Ok(accounts.into_iter().filter_map(|account| account.external_id).collect())
        };
        assert_eq!(sorted(false).await?[..2], ["bare", "new"], "{key:?}");
        assert_eq!(sorted(true).await?[24..], ["new", "bare"], "{key:?}");
    }
    Ok(())
}

async fn who_left_keeps_the_last(backend: &Backend) -> Result<()> {
    let world = mixed(backend).await?;
    let before = world.get("b5").await?;
    let judged = views::summary(&world, &Selection::default(), None).await?.total.health.count();
    for name in ["b5", "bare", "new"] {
        world.update(name, &[("status", "churned"), ("churned_on", "2026-03-01")]).await?;
    }
    for world in [world.at("2026-03-01T09:00:00Z"), world.at("2026-03-02T07:00:00Z")] {
        let left = world.get("b5").await?;
        assert_eq!((scores(&left), left.scored_at), (scores(&before), before.scored_at));
        assert_eq!(left.band, Some(AccountBand::Churned));
        assert_eq!(world.get("new").await?.band, Some(AccountBand::Churned));
        assert_eq!(passing(&world, &[("band", "churned")]).await?, ["b5", "bare", "new"]);
        assert_eq!(passing(&world, &[("band", "insufficient_data")]).await?, Vec::<String>::new());
        let band = before.band.unwrap().as_str();
        assert!(!passing(&world, &[("band", band)]).await?.contains(&"b5".to_owned()));
        let shown = HealthShown::from(&views::show(&world, "b5", None).await?);
        assert_eq!((shown.band.as_deref(), shown.health_score), (Some("churned"), before.health_score));
        // In no average, no band, no list of movers.
        let summary = views::summary(&world, &Selection::default(), None).await?;
        assert_eq!((summary.total.health.count(), summary.left_out.churned), (judged - 1, 3));
        let stats = dashboard::dashboard(&world, &Selection::default()).await?;
        assert_eq!(stats.left_out.churned, 3);
        assert_eq!(stats.bands.iter().map(|(_, share)| share.accounts).sum::<u64>(), judged - 1);
        recompute(&world, None).await?;
    }
    // Back again, it is in the band that it was in until a night judges it.
    let world = world.at("2026-03-02T08:00:00Z");
    world.update("b5", &[("status", "active")]).await?;
    let back = world.get("b5").await?;
    assert_eq!((back.status, back.band, scores(&back)), (Status::Active, before.band, scores(&before)));
    Ok(())
}
