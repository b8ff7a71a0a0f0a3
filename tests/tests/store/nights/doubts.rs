//! Data that look wrong as a whole hold what rests on them, and settle themselves once they are well again.

use anyhow::Result;
use fastenr_core::import::request::Report;
use fastenr_core::model::alert::{AlertState, in_state};
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::selection::Selection;
use fastenr_core::ops;
use fastenr_core::ops::alerts::{self, AlertAction};
use fastenr_core::score::alerts::Rule;
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::{World, world};

use super::{held, night, on, standing, topics};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/nights/a_feed_of_zeros", a_feed_of_zeros);
    tests.both("store/nights/a_dead_feed", a_dead_feed);
    tests.both("store/nights/half_a_file", half_a_file);
    tests.both("store/nights/doubts_can_be_accepted", doubts_can_be_accepted);
}

/// Thirty customers that log in; x1 for the last time on 18 February, x2 on the 19th, and so on to x6.
async fn book(backend: &Backend) -> Result<World> {
    let world = world(backend).await?;
    let mut file = "external_id,name,contract_end,created_at\n".to_owned();
    for n in 0..30 {
        file.push_str(&format!("x{n},Account {n},2027-06-01,2024-01-01T00:00:00Z\n"));
    }
    world.import(&file, Default::default()).await?;
    let mut rows = "account,metric_date,login_frequency\n".to_owned();
    for n in 0..30 {
        for day in 1..=28 {
            rows.push_str(&format!("x{n},2026-01-{day:02},20\n"));
            let stopped = (1..=6).contains(&n) && day > 17 + n;
            rows.push_str(&format!("x{n},2026-02-{day:02},{}\n", if stopped { 0 } else { 20 }));
        }
    }
    feed(&world, "history.csv", &rows, 1).await?;
    night(&world, 2).await?;
    Ok(world)
}

async fn feed(world: &World, name: &str, rows: &str, day: u32) -> Result<Report> {
    let world = on(world, day, 6);
    let source = world.source_called(name, rows)?;
    Ok(ops::import::run(&world, &METRIC, source, Default::default(), &mut |_| {}).await?)
}

/// The logins of a day for the first so many customers.
async fn logins(world: &World, day: u32, customers: usize, logins: u64) -> Result<Report> {
    let mut rows = "account,metric_date,login_frequency\n".to_owned();
    for n in 0..customers {
        let logins = if (1..=6).contains(&n) { 0 } else { logins };
        rows.push_str(&format!("x{n},2026-03-{day:02},{logins}\n"));
    }
    feed(world, &format!("usage-2026-03-{day:02}.csv"), &rows, day).await
}

async fn a_feed_of_zeros(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    logins(&world, 3, 30, 20).await?;
    assert!(!night(&world, 3).await?[0].is_guarded());
    logins(&world, 4, 30, 0).await?;
    let done = &night(&world, 4).await?[0];
    assert_eq!((done.doubts.as_slice(), done.is_guarded()), (&["zeros:usage".to_owned()][..], true));
    assert!(done.summary().ends_with("doubtful data, alerts HELD: zeros:usage"), "{}", done.summary());
    assert_eq!(topics(&on(&world, 4, 8)).await?, ["zeros:usage"]);
    // x1 was due on the fourth: held, and not lost. x0 has not logged in on the fourth either.
    assert!(standing(&world).await?.contains(&"x1 usage_stop critical held by guard".to_owned()));
    logins(&world, 5, 30, 20).await?;
    let done = &night(&world, 5).await?[0];
    assert_eq!(done.doubts, [""; 0]);
    assert_eq!(topics(&on(&world, 5, 8)).await?, [""; 0], "it is over by itself");
    let lines = standing(&world).await?;
    assert!(lines.contains(&"x1 usage_stop critical held by guard".to_owned()), "{lines:?}");
    assert!(lines.contains(&"x2 usage_stop critical open".to_owned()), "{lines:?}");
    assert!(done.is_guarded(), "it waits for its release");
    Ok(())
}

async fn a_dead_feed(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    // The last rows are of 28 February: three days before the third of March.
    let done = &night(&world, 3).await?[0];
    assert_eq!(done.doubts, ["feed:usage"]);
    let done = &night(&world, 4).await?[0];
    assert_eq!(held(done)[&("guard", "usage_stop")], 1);
    assert_eq!(topics(&on(&world, 4, 8)).await?, ["feed:usage"], "one about all of it");
    // It is back, with all that was missing: rows that come on the fifth.
    let mut rows = "account,metric_date,login_frequency\n".to_owned();
    for (n, day) in (0..30).flat_map(|n| (1..=5).map(move |day| (n, day))) {
        rows.push_str(&format!("x{n},2026-03-{day:02},{}\n", if (1..=6).contains(&n) { 0 } else { 20 }));
    }
    feed(&world, "usage-2026-03-05.csv", &rows, 5).await?;
    let done = &night(&world, 5).await?[0];
    assert_eq!(done.doubts, [""; 0]);
    assert_eq!(topics(&on(&world, 5, 8)).await?, [""; 0]);
    // A replay holds what the night held, though the rows of its day are there by now.
    let replayed = ops::scores::replay(&on(&world, 5, 9), "2026-03-03".parse()?, &mut |_, _| {}).await?;
    let stops = replayed.opened.iter().filter(|opened| opened.rule == Rule::UsageStop);
    let stops: Vec<_> = stops.map(|opened| (opened.on.to_string(), opened.account.as_str(), opened.held)).collect();
    assert!(stops.contains(&("2026-03-04".to_owned(), "x1", true)), "{stops:?}");
    assert!(stops.contains(&("2026-03-05".to_owned(), "x2", false)), "{stops:?}");
    Ok(())
}

async fn half_a_file(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    logins(&world, 3, 30, 20).await?;
    night(&world, 3).await?;
    let report = logins(&world, 4, 14, 20).await?;
    let warning = &report.warnings.iter().find(|warning| warning.text.contains("less than half")).unwrap().text;
    assert!(warning.starts_with("14 rows of ") && warning.contains("the 30 of "), "{warning}");
    let done = &night(&world, 4).await?[0];
    assert_eq!(done.doubts, ["file:metrics/usage---.csv"]);
    assert_eq!(held(done)[&("guard", "usage_stop")], 1);
    let report = logins(&world, 5, 15, 20).await?;
    assert!(!report.warnings.iter().any(|warning| warning.text.contains("less than half")), "{:?}", report.warnings);
    let done = &night(&world, 5).await?[0];
    assert_eq!((done.doubts.as_slice(), held(done)[&("guard", "usage_stop")]), (&[][..], 1));
    // Taken back, it was never there: the next one follows the one before.
    let report = logins(&world, 6, 7, 20).await?;
    ops::operations::undo(&on(&world, 6, 7), &report.operation.unwrap().to_string(), false, false).await?;
    let done = &night(&world, 6).await?[0];
    assert_eq!(done.doubts, [""; 0]);
    Ok(())
}

async fn doubts_can_be_accepted(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    logins(&world, 3, 30, 20).await?;
    night(&world, 3).await?;
    logins(&world, 4, 9, 20).await?;
    assert_eq!(night(&world, 4).await?[0].doubts.len(), 1);
    let now = on(&world, 4, 9);
    let open = in_state(AlertState::Open, now.today())?;
    let topic = fastenr_tests::books::alerts::alerts(&now, &open)
        .await?
        .into_iter()
        .find(|alert| alert.account.is_none())
        .unwrap();
    alerts::act(&now, &Selection::of_ids([topic.id]), AlertAction::Resolve, "we sold the rest", false).await?;
    for day in [4, 5] {
        let done = night(&world, day).await?;
        assert_eq!(done.last().unwrap().doubts, [""; 0], "{day}");
        assert_eq!(topics(&on(&world, day, 9)).await?, [""; 0], "{day}");
    }
    assert!(standing(&world).await?.contains(&"x2 usage_stop critical open".to_owned()));
    Ok(())
}
