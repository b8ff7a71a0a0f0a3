//! The nightly run.

use anyhow::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::{AccountBand, Status, StatusSource};
use fastenr_core::ops::scores::{self, Request, Run};
use fastenr_core::store::scores::snapshots;
use fastenr_tests::harness::{Backend, Tests};
use futures_util::TryStreamExt;

use fastenr_tests::books::scores::{METRICS, book, day, metrics, recompute};
use fastenr_tests::world::{World, everything, query, refused, world, written};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/scores/the_second_run_changes_nothing", the_second_run_changes_nothing);
    tests.both("store/scores/an_earlier_day_writes_snapshots_only", an_earlier_day_writes_snapshots_only);
    tests.both("store/scores/nothing_is_made_of_nothing", nothing_is_made_of_nothing);
    tests.both("store/scores/migration_day", migration_day);
    tests.both("store/scores/silence_never_raises", silence_never_raises);
    tests.both("store/scores/one_at_a_time", one_at_a_time);
    tests.both("store/scores/a_dry_run_foretells", a_dry_run_foretells);
    tests.both("store/scores/status_turns_and_comes_back", status_turns_and_comes_back);
    tests.both("store/scores/one_account_as_all", one_account_as_all);
    tests.both("store/scores/later_rows_are_not_read", later_rows_are_not_read);
    tests.both("store/scores/missed_days", missed_days);
}

async fn the_second_run_changes_nothing(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    let first = recompute(&world, None).await?;
    assert_eq!((first.accounts, first.scored, first.changed), (24, 24, 24));
    assert!(first.operation.is_some());
    assert_eq!(first.alerts_opened, 0, "the first run is the baseline");
    let before = written(&world.db, &world.scope()).await?;
    let second = recompute(&world.at("2026-03-01T19:00:00Z"), None).await?;
    assert_eq!((second.scored, second.changed, second.operation), (24, 0, None));
    assert_eq!(written(&world.db, &world.scope()).await?, before);
    // The next day it all counts anew.
    let third = recompute(&world.at("2026-03-02T07:00:00Z"), None).await?;
    assert_eq!(third.changed, 24);
    let versions: Vec<i64> = world.accounts().await?.iter().map(|account| account.version).collect();
    assert!(versions.iter().all(|version| *version == 1), "a run raises no version");
    Ok(())
}

async fn an_earlier_day_writes_snapshots_only(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    recompute(&world, None).await?;
    let before = everything(&world.db, &world.scope()).await?;
    let done = recompute(&world, Some("2026-02-20")).await?;
    assert_eq!((done.scored, done.status_changes, done.alerts_opened), (24, 0, 0));
    let mut after = everything(&world.db, &world.scope()).await?;
    for table in ["score_snapshots", "score_books", "operations", "activities"] {
        assert!(after[table].len() > before[table].len(), "{table}");
        after.insert(table, before[table].clone());
    }
    assert_eq!(after, before);
    assert_eq!(refused(recompute(&world, Some("2026-03-02")).await), "future_day");
    Ok(())
}

async fn nothing_is_made_of_nothing(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let none = recompute(&world, None).await?;
    assert_eq!((none.accounts, none.operation), (0, None));
    world.account(&[("name", "Bare")]).await?;
    let done = recompute(&world, None).await?;
    assert_eq!((done.insufficient, done.status_changes, done.alerts_opened), (1, 0, 0));
    let bare = world.get("Bare").await?;
    assert_eq!((bare.health_score, bare.churn_risk_score), (None, None));
    assert_eq!((bare.provisional_health_score, bare.band), (Some(50), Some(AccountBand::InsufficientData)));
    assert_eq!((bare.health_coverage, bare.status), (Some(0), Status::Active));
    let next = recompute(&world.at("2026-03-02T07:00:00Z"), None).await?;
    assert_eq!((next.status_changes, next.alerts_opened), (0, 0));
    Ok(())
}

/// Accounts alone, most of them about to renew or past it: nothing opens, what holds is held, and nobody is at risk.
async fn migration_day(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let mut file = "external_id,name,arr,contract_end,size\n".to_owned();
    for n in 0..40 {
        file.push_str(&format!("m{n},Moved {n},{},2026-0{}-10,medium\n", 1_000 + n, 1 + n % 6));
    }
    world.import(&file, Default::default()).await?;
    for time in ["2026-03-01T07:00:00Z", "2026-03-01T08:00:00Z"] {
        let done = recompute(&world.at(time), None).await?;
        assert_eq!((done.status_changes, done.alerts_opened, done.alerts_held), (0, 0, 34));
        assert!(!done.is_guarded());
    }
    assert!(world.accounts().await?.iter().all(|account| account.status == Status::Active));
    Ok(())
}

async fn health_points(world: &World, account: uuid::Uuid) -> Result<i64> {
    let mut tx = world.db.read().await?;
    let rows: Vec<_> = snapshots::stream_day(&mut tx, &world.scope(), world.today())?.try_collect().await?;
    Ok(rows.iter().find(|row| row.account_id == account).map(|row| row.health_points).unwrap())
}

async fn silence_never_raises(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for name in ["s1", "s2", "s3"] {
        let seats = [("external_id", name), ("name", name), ("seats", "10"), ("created_at", "2024-01-01T00:00:00Z")];
        world.account(&seats).await?;
    }
    let mut rows = METRICS.to_owned();
    rows.push_str(&metrics(&world, "s1", 60, 0, 20));
    rows.push_str(&metrics(&world, "s2", 60, 0, 20));
    world.import_of(&METRIC, &rows, Default::default()).await?;
    let silent = world.get("s1").await?.id;
    let mut last = i64::MAX;
    for week in 0..9_u64 {
        let on = world.today().checked_add_days(chrono::Days::new(week * 7)).unwrap();
        let world = world.at(&format!("{on}T07:00:00Z"));
        // The other customer goes on.
        if week > 0 {
            let more = format!("{METRICS}{}", metrics(&world, "s2", 7, 0, 20));
            world.import_of(&METRIC, &more, Default::default()).await?;
        }
        recompute(&world, None).await?;
        let points = health_points(&world, silent).await?;
        assert!(points <= last, "week {week}: {points} after {last}");
        last = points;
    }
    assert!(last < 5_000, "{last}");
    Ok(())
}

async fn one_at_a_time(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    let mut first = Run::begin(&world).await?;
    assert_eq!(refused(Run::begin(&world).await), "busy");
    // Other organizations are not held up.
    let other = world.organization("other").await?;
    recompute(&other, None).await?;
    first.day(&world, &Request::default(), &mut |_| {}).await?;
    first.end().await;
    Run::begin(&world).await?.end().await;
    Ok(())
}

async fn a_dry_run_foretells(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    let before = everything(&world.db, &world.scope()).await?;
    let request = Request { dry_run: true, ..Request::default() };
    let mut told = scores::recompute(&world, &request, &mut |_| {}).await?;
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    let done = recompute(&world, None).await?;
    told.operation = done.operation;
    told.seconds = done.seconds;
    assert_eq!(told, done);
    Ok(())
}

async fn status_turns_and_comes_back(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let file = "external_id,name,seats,status,contract_end,created_at\n\
        t1,Turns,10,active,2026-12-31,2024-01-01T00:00:00Z\nt2,Goes on,10,active,2026-12-31,2024-01-01T00:00:00Z\n";
    world.import(file, Default::default()).await?;
    let both = |days, until| {
        format!("{METRICS}{}{}", metrics(&world, "t1", days, until, 0), metrics(&world, "t2", days, until, 20))
    };
    world.import_of(&METRIC, &both(60, 0), Default::default()).await?;
    // A red mood with its reason is the strongest word there is.
    world
        .import_of(
            &METRIC,
            "account,metric_date,sentiment,sentiment_reason\nt1,2026-03-01,red,They said so\n",
            Default::default(),
        )
        .await?;
    let done = recompute(&world, None).await?;
    assert_eq!(done.status_changes, 1);
    let turned = world.get("t1").await?;
    assert_eq!(
        (turned.status, turned.status_source, turned.health_score),
        (Status::AtRisk, StatusSource::Model, turned.health_score)
    );
    assert!(turned.health_score.is_some_and(|health| health < 40), "{:?}", turned.health_score);
    let change = world.changes().await?.into_iter().find(|change| change.field == "status").unwrap();
    assert_eq!((change.old_value.as_deref(), change.new_value.as_deref()), (Some("active"), Some("at_risk")));
    // As it was before, it is kept.
    let kept: Vec<(i64, String, String, i64)> = query(
        &world.db,
        "select b.changed, b.status, b.status_source, b.version from accounts_before b join operations o \
         on o.organization_id = b.organization_id and o.id = b.operation_id where o.kind = 'accounts.recompute'",
    )
    .await?;
    let status = 1_i64 << ACCOUNT.field("status").unwrap().0;
    assert_eq!(kept, [(status, "active".to_owned(), "import".to_owned(), 1)]);
    // A person's word stays.
    world.update("t1", &[("status", "active")]).await?;
    let done = recompute(&world.at("2026-03-02T07:00:00Z"), None).await?;
    assert_eq!((done.status_changes, world.get("t1").await?.status), (0, Status::Active));
    Ok(())
}

/// Scored alone, an account gets what it gets among all.
async fn one_account_as_all(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    recompute(&world, None).await?;
    let before = written(&world.db, &world.scope()).await?;
    for name in ["b1", "b12", "b24"] {
        let request = Request { accounts: vec![world.get(name).await?.id], ..Request::default() };
        let done = scores::recompute(&world, &request, &mut |_| {}).await?;
        assert_eq!((done.scored, done.changed), (1, 0), "{name}");
    }
    assert_eq!(written(&world.db, &world.scope()).await?, before);
    Ok(())
}

/// What is dated after the day changes no digit of it.
async fn later_rows_are_not_read(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    recompute(&world, Some("2026-02-01")).await?;
    let of = async |world: &World| -> Result<Vec<snapshots::Snapshot>> {
        let mut tx = world.db.read().await?;
        Ok(snapshots::stream_day(&mut tx, &world.scope(), day("2026-02-01"))?.try_collect().await?)
    };
    let before = of(&world).await?;
    let later = world.at("2026-03-01T09:00:00Z");
    later
        .import_of(
            &METRIC,
            &format!("{METRICS}b1,2026-02-20,90,11,1,1,9,15,3,90\nb2,2026-02-02,0,0,0,0,30,0,9,99\n"),
            Default::default(),
        )
        .await?;
    later
        .update(
            "b1",
            &[("arr", "999"), ("seats", "1"), ("contract_end", "2026-03-03"), ("renewal_stage", "will_churn")],
        )
        .await?;
    later.update("b2", &[("size", "enterprise"), ("past_due_since", "2026-02-10")]).await?;
    recompute(&later, Some("2026-02-01")).await?;
    assert_eq!(of(&world).await?, before);
    Ok(())
}

async fn missed_days(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    recompute(&world.at("2026-02-26T07:00:00Z"), None).await?;
    let days = scores::missed(&world, day("2026-02-25")).await?;
    assert_eq!(days, [day("2026-02-25"), day("2026-02-27"), day("2026-02-28"), day("2026-03-01")]);
    assert_eq!(refused(scores::missed(&world, day("2026-03-02")).await), "future_day");
    Ok(())
}
