//! Pruning: what goes is what the dry run said, and nothing that can still be wanted.

use std::collections::BTreeSet;

use anyhow::Result;
use chrono::{DateTime, NaiveDate, Utc};
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::operation::{Operation, OperationStatus};
use fastenr_core::ops::operations::{PruneOutcome, PruneRequest};
use fastenr_core::ops::{self, scores};
use fastenr_core::store::prune::{self, PruneMode};
use fastenr_core::store::{Lock, operations};
use fastenr_tests::harness::{Backend, Tests};

use fastenr_tests::world::{World, everything, given, query, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/prune/old_images_go", old_images_go);
    tests.both("store/prune/snapshots_thin_out", snapshots_thin_out);
    tests.both("store/prune/who_may_and_what", who_may_and_what);
}

async fn pruned(
    world: &World,
    older_than: Option<u32>,
    thin: bool,
    dry_run: bool,
) -> fastenr_core::Result<PruneOutcome> {
    let request = PruneRequest { older_than, thin_snapshots: thin, dry_run };
    ops::operations::prune(world, request).await
}

/// What a dry run says, having looked that it writes nothing; then the run, having looked that it does the same.
async fn as_foretold(world: &World, older_than: Option<u32>, thin: bool) -> Result<PruneOutcome> {
    let before = everything(&world.db, &world.scope()).await?;
    let told = pruned(world, older_than, thin, true).await?;
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    let done = pruned(world, older_than, thin, false).await?;
    assert_eq!(PruneOutcome { operation: None, ..done.clone() }, told);
    let again = pruned(world, older_than, thin, false).await?;
    assert_eq!((again.operation, again.operations, again.images_total(), again.days), (None, 0, 0, 0));
    Ok(done)
}

async fn old_images_go(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let theirs = world.organization("theirs").await?;
    for world in [&world, &theirs] {
        let old = world.at("2025-01-15T08:00:00Z");
        old.account(&[("external_id", "a"), ("name", "A"), ("arr", "1")]).await?;
        old.update("a", &[("arr", "2")]).await?;
        // Of the 30th of January and of the moment before.
        world.at("2026-01-29T23:59:59Z").update("a", &[("arr", "3")]).await?;
        world.at("2026-01-30T00:00:00Z").update("a", &[("arr", "4")]).await?;
    }
    let running = Operation {
        id: world.ids.next(),
        kind: "accounts.import".into(),
        status: OperationStatus::Running.as_str().into(),
        user: world.user.id,
        source_name: None,
        source_sha256: None,
        parameters: "{}".into(),
        ledger: None,
        message: None,
        started_at: "2025-01-15T08:00:00Z".parse()?,
        finished_at: None,
        undoes: None,
        undone_by: None,
        pruned_at: None,
    };
    let mut tx = world.db.write(&world.scope(), Lock::Shared).await?;
    operations::insert(&mut tx, &world.scope(), &running).await?;
    tx.commit().await?;
    let untouched = everything(&theirs.db, &theirs.scope()).await?;
    let history = world.changes().await?;

    let done = as_foretold(&world, Some(30), false).await?;
    assert_eq!(done.before, NaiveDate::from_ymd_opt(2026, 1, 30));
    assert_eq!((done.operations, done.images_total(), done.images["accounts"]), (3, 2, 2));
    assert_eq!(everything(&theirs.db, &theirs.scope()).await?, untouched);
    assert_eq!(world.changes().await?, history);
    let all = world.operations().await?;
    let told: Vec<(&str, bool)> = all.iter().map(|o| (o.kind.as_str(), o.pruned_at.is_some())).collect();
    let mut sorted = told.clone();
    sorted.sort_unstable();
    assert_eq!(
        sorted,
        [
            ("accounts.create", true),
            ("accounts.import", false),
            ("accounts.update", false),
            ("accounts.update", true),
            ("accounts.update", true),
            ("operations.prune", true),
        ]
    );
    let sql = "select o.started_at from accounts_before b join operations o on o.organization_id = b.organization_id \
               and o.id = b.operation_id where b.organization_id = $1";
    let mut tx = world.db.read().await?;
    let kept: Vec<(DateTime<Utc>,)> = tx.of(&world.scope(), sql).fetch_all().await?;
    assert_eq!(kept, [("2026-01-30T00:00:00Z".parse()?,)]);
    let feed: Vec<(String,)> = query(&world.db, "select label from activities where kind = 'operations.prune'").await?;
    assert_eq!(feed, [("2 before-images of 3 operations before 2026-01-30".to_owned(),)]);
    Ok(())
}

async fn score(world: &World, day: &str, accounts: &[&str]) -> Result<scores::Outcome> {
    let mut ids = Vec::new();
    for name in accounts {
        ids.push(world.get(name).await?.id);
    }
    let request = scores::Request { as_of: Some(day.parse()?), accounts: ids, ..scores::Request::default() };
    Ok(scores::recompute(world, &request, &mut |_| {}).await?)
}

async fn days_of(world: &World, table: &str) -> Result<BTreeSet<String>> {
    let sql = format!("select distinct t.snapshot_date from {table} t where t.organization_id = $1");
    let mut tx = world.db.read().await?;
    let days: Vec<(NaiveDate,)> = tx.of(&world.scope(), sql).fetch_all().await?;
    Ok(days.into_iter().map(|(day,)| day.to_string()).collect())
}

async fn snapshots_thin_out(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    let theirs = first.organization("theirs").await?.at("2026-05-31T07:00:00Z");
    let world = first.at("2026-05-31T07:00:00Z");
    // 90 days ago is Monday the 2nd of March; 24 months ago, Friday the 31st of May.
    let whole = [
        "2024-05-26",
        "2024-05-31",
        "2024-06-02",
        "2025-12-27",
        "2025-12-28",
        "2026-03-01",
        "2026-03-02",
        "2026-05-31",
    ];
    for world in [&world, &theirs] {
        let file = "external_id,name,created_at\na,A,2023-01-01T00:00:00Z\nb,B,2023-01-01T00:00:00Z\n";
        world.import(file, Default::default()).await?;
        for day in whole {
            assert_eq!(score(world, day, &[]).await?.changed, 2, "{day}");
        }
        // One account alone: the only one of its week, and one in a week that has a whole day before it.
        score(world, "2025-12-30", &["a"]).await?;
        score(world, "2024-06-01", &["a"]).await?;
        // A day that was scored again.
        let file = "account,metric_date,login_frequency,feature_adoption_score,support_tickets,csat,sentiment,sentiment_reason\n\
                    a,2025-12-26,9,50,3,40,red,why\n";
        world.import_of(&METRIC, file, Default::default()).await?;
        assert!(score(world, "2025-12-27", &[]).await?.changed > 0);
    }
    let untouched = everything(&theirs.db, &theirs.scope()).await?;
    let kept = days_of(&world, "score_snapshots_before").await?;
    assert_eq!(kept.iter().map(String::as_str).collect::<Vec<_>>(), ["2025-12-27"]);
    let done = as_foretold(&world, None, true).await?;
    assert_eq!((done.before, done.operations, done.days, done.snapshots, done.books), (None, 0, 3, 5, 2));
    assert!(done.images["score_snapshots"] >= 1 && done.images["score_books"] == 1, "{:?}", done.images);
    let left = ["2024-05-31", "2024-06-02", "2025-12-28", "2025-12-30", "2026-03-01", "2026-03-02", "2026-05-31"];
    assert_eq!(days_of(&world, "score_snapshots").await?.iter().map(String::as_str).collect::<Vec<_>>(), left);
    let books: BTreeSet<String> = left.iter().filter(|day| whole.contains(day)).map(ToString::to_string).collect();
    assert_eq!(days_of(&world, "score_books").await?, books);
    assert!(days_of(&world, "score_snapshots_before").await?.is_empty());
    assert!(world.operations().await?.iter().all(|o| o.pruned_at.is_some() == (o.kind == "operations.prune")));
    assert_eq!(everything(&theirs.db, &theirs.scope()).await?, untouched);

    // With old images at once: none is counted twice.
    let done = as_foretold(&theirs.at("2026-07-15T07:00:00Z"), Some(30), true).await?;
    assert!(done.days > 0 && done.operations > 0);
    assert!(days_of(&theirs, "score_snapshots_before").await?.is_empty());
    Ok(())
}

async fn who_may_and_what(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    assert_eq!(refused(pruned(&world, None, false, true).await), "required");
    assert_eq!(refused(pruned(&world, Some(29), false, true).await), "older_than");
    assert_eq!(pruned(&world, Some(30), true, false).await?.operation, None);
    let mia = world.user("mia@example.com", "Mia").await?;
    assert_eq!(refused(pruned(&world.acting_as(&mia), Some(400), false, true).await), "not_admin");
    let run = scores::Run::begin(&world).await?;
    assert_eq!(refused(pruned(&world, None, true, false).await), "busy");
    pruned(&world, Some(400), false, false).await?;
    run.end().await;
    Ok(())
}

/// Everything there is to prune, once.
pub(super) async fn once(world: &World) -> Result<()> {
    world.account(&[("external_id", "p1"), ("name", "P1")]).await?;
    ops::accounts::update(world, "p1", &given(&[("arr", "1")]), None, false).await?;
    let later = world.at("2027-03-01T07:00:00Z");
    scores::recompute(world, &scores::Request::default(), &mut |_| {}).await?;
    for dry_run in [true, false] {
        pruned(&later, Some(30), true, dry_run).await?;
    }
    let (scope, day) = (world.scope(), world.today());
    let mut tx = world.db.write(&scope, Lock::Exclusive).await?;
    for mode in [PruneMode::Count, PruneMode::Delete] {
        prune::of_days(&mut tx, &scope, "score_snapshots", &[day], None, mode).await?;
        prune::of_days(&mut tx, &scope, "score_books_before", &[day], Some(world.clock.now()), mode).await?;
    }
    Ok(tx.rollback().await?)
}

/// The functions of the store: what they have is neither counted nor gone.
pub(super) async fn apart(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    called.extend([
        "prune::operations",
        "prune::images",
        "prune::mark",
        "prune::mark_one",
        "prune::snapshot_days",
        "prune::of_days",
    ]);
    let (scope, day) = (&ours.scope(), ours.today());
    let end = ours.clock.now() + chrono::TimeDelta::days(9);
    let their_operation = theirs.operations().await?[0].id;
    let mut tx = ours.db.write(scope, Lock::Exclusive).await?;
    let done = "select count(*) from operations o where o.organization_id = $1 and o.status = 'done'";
    let (done,): (i64,) = tx.of(scope, done).fetch_one().await?;
    assert_eq!(prune::operations(&mut tx, scope, end).await?, u64::try_from(done)?);
    let rows = async |tx: &mut fastenr_core::store::Tx<'_>| {
        let mut counts = Vec::new();
        for table in prune::tables() {
            for table in [table.to_owned(), format!("{table}_before")] {
                let sql = format!("select count(*) from {table} t where t.organization_id = $1");
                let (count,): (i64,) = tx.of(&theirs.scope(), sql).fetch_one().await?;
                counts.push((table, count));
            }
        }
        anyhow::Ok(counts)
    };
    let before = rows(&mut tx).await?;
    for table in prune::tables() {
        prune::images(&mut tx, scope, table, end, PruneMode::Delete).await?;
    }
    let days = prune::snapshot_days(&mut tx, scope, day).await?;
    assert!(days.iter().all(|found| found.day <= day));
    for table in ["score_snapshots", "score_books", "score_snapshots_before"] {
        prune::of_days(&mut tx, scope, table, &[day], None, PruneMode::Delete).await?;
    }
    assert_eq!(rows(&mut tx).await?, before);
    assert_eq!(prune::mark(&mut tx, scope, end, end).await?, u64::try_from(done)?);
    assert_eq!(prune::mark_one(&mut tx, scope, their_operation, end).await?, 0);
    Ok(tx.rollback().await?)
}
