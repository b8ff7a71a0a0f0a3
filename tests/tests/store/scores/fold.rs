//! Metrics folded in memory are those that the database sums.

use std::fmt::Write as _;

use anyhow::Result;
use chrono::{Days, NaiveDate};
use fastenr_core::model::TimeZone;
use fastenr_core::model::metric::METRIC;
use fastenr_core::store::scores::accounts::Feeds;
use fastenr_core::store::scores::fold::Fold;
use fastenr_core::store::scores::{accounts, book, gather};
use fastenr_tests::harness::{Backend, Tests};
use uuid::Uuid;

use fastenr_tests::books::scores::day;
use fastenr_tests::world::{World, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/scores/fold/it_is_what_the_database_sums", it_is_what_the_database_sums);
}

const COLUMNS: [&str; 13] = [
    "login_frequency",
    "feature_adoption_score",
    "session_minutes",
    "active_users",
    "training_completion_rate",
    "support_tickets",
    "urgent_tickets",
    "escalated_tickets",
    "open_urgent_tickets",
    "tickets_resolved",
    "resolution_hours",
    "csat",
    "csat_responses",
];

fn later(on: NaiveDate, days: u64) -> NaiveDate {
    on.checked_add_days(Days::new(days)).unwrap()
}

/// Rows with holes: of each account another part of the year and of the columns.
async fn metrics(world: &World) -> Result<()> {
    let mut accounts = "external_id,name,contract_start\n".to_owned();
    let mut rows = format!("account,metric_date,{}\n", COLUMNS.join(","));
    let mut seed = 1_u64;
    let mut next = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for n in 0..16 {
        let _ = writeln!(accounts, "f{n},Fold {n},2024-01-01");
        let (first, last) = (next(200), 200 + next(160));
        // The last one has no row.
        for age in (first..last).filter(|_| n < 15) {
            if next(3) == 0 {
                continue;
            }
            let cells: Vec<String> = (0..13_u64)
                .map(|column| match (next(3), (n + column) % 6) {
                    (0, _) | (_, 0) => String::new(),
                    _ => next(if column % 4 == 0 && column != 4 { 3 } else { 90 }).to_string(),
                })
                .collect();
            if cells.iter().any(|cell| !cell.is_empty()) {
                let _ = writeln!(rows, "f{n},{},{}", later(day("2025-02-01"), age), cells.join(","));
            }
        }
    }
    world.import(&accounts, Default::default()).await?;
    world.import_of(&METRIC, &rows, Default::default()).await?;
    Ok(())
}

async fn it_is_what_the_database_sums(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    metrics(&world).await?;
    // Another organization's rows are not its own.
    metrics(&world.organization("other").await?).await?;
    let scope = world.scope();
    let mut conn = world.db.hold(&world.scope()).await?;
    gather::create(&mut conn).await?;
    let mut tx = conn.read().await?;
    let mut fold = Fold::default();
    let mut told = 0;
    // Before the first row, by weeks and by odd steps, and long after the last row.
    let days = [0, 3, 20, 50, 57, 64, 71, 100, 150, 180, 200, 229, 290, 330, 365, 380];
    for on in days.map(|age| later(day("2025-01-31"), age)) {
        gather::fill(&mut tx, &scope, (on, on), None).await?;
        fold.advance(&mut tx, &scope, on).await?;
        let feed_days = book::feed_days(&mut tx, &scope, on, 63, None).await?;
        assert_eq!(fold.feed_days(63), feed_days, "{on}");
        assert_eq!(fold.csat(), book::csat(&mut tx).await?, "{on}");
        let training = book::any_training(&mut tx, &scope, on).await?;
        assert_eq!(fold.any_training(), training, "{on}");
        assert_eq!(fold.connected(), book::connected(&mut tx).await?, "{on}");
        let month_ago = on.checked_sub_days(Days::new(30)).unwrap();
        assert_eq!(fold.any_tickets(month_ago), book::any_tickets(&mut tx, &scope, month_ago).await?, "{on}");
        let end = TimeZone::UTC.beginning(later(on, 1));
        for live in [true, false] {
            let (logins, active_users) = (live, live);
            let feeds = Feeds { usage: live, tickets: live, training: training && live, logins, active_users };
            let all =
                async |tx: &mut _, feeds| accounts::batch(tx, &scope, (on, end), feeds, (Uuid::nil(), None), 100).await;
            let summed = all(&mut tx, feeds).await?;
            let mut folded = all(&mut tx, Feeds::default()).await?;
            assert_eq!(summed.len(), 16);
            for (summed, folded) in summed.iter().zip(&mut folded) {
                fold.fill(folded, feeds);
                assert_eq!(folded.usage(on), summed.usage(on), "{on}");
                assert_eq!(folded.tickets(on), summed.tickets(on), "{on}");
                told += summed.usage(on).logins.count + summed.tickets(on).csat.count;
            }
        }
    }
    assert!(told > 2_000, "{told}");
    tx.rollback().await?;
    drop(conn);
    Ok(())
}
