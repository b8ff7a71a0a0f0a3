//! What is told of goals: the outlook of one, the report of many.

use anyhow::Result;
use fastenr_core::goals::Certainty;
use fastenr_core::model::goal::GOAL;
use fastenr_core::ops;
use fastenr_core::ops::goals::GroupBy;
use fastenr_tests::harness::{Backend, Tests};

use super::{create, day, progress, update};
use fastenr_tests::world::world;

pub(super) fn register(tests: &mut Tests) {
    tests.both("store/goals/told/the_outlook_of_the_document", the_outlook_of_the_document);
    tests.both("store/goals/told/nothing_to_say", nothing_to_say);
    tests.both("store/goals/told/the_report", the_report);
}

async fn the_outlook_of_the_document(backend: &Backend) -> Result<()> {
    let world = world(backend).await?.at("2026-02-05T07:00:00Z");
    world.account(&[("external_id", "a"), ("name", "Acme")]).await?;
    let milestones =
        r#"[{"title":"Half","target_value":50,"target_date":"2026-03-01"},{"title":"Ten","target_value":10}]"#;
    let values = [
        ("account", "a"),
        ("title", "Plan"),
        ("target_value", "100"),
        ("started_on", "2026-01-01"),
        ("target_date", "2026-03-12"),
        ("milestones", milestones),
    ];
    create(&world, &values).await?;
    for (value, on) in
        [("10", "2026-01-08"), ("18", "2026-01-15"), ("33", "2026-01-22"), ("41", "2026-01-29"), ("49", "2026-02-05")]
    {
        progress(&world, "Plan", value, Some(on)).await?;
    }
    let (_, outlook) = ops::goals::outlook(&world, "Plan").await?;
    assert_eq!((outlook.progress_share, outlook.expected_share), (Some(4_900), Some(5_000)));
    assert_eq!(outlook.next_milestone.unwrap().title.as_str(), "Half");
    let projection = outlook.projection.unwrap();
    assert_eq!(projection.finish, day("2026-03-12"));
    assert_eq!((projection.earliest, projection.latest), (Some(day("2026-03-08")), Some(day("2026-03-16"))));
    assert_eq!((projection.certainty, projection.points), (Certainty::Medium, 6));
    // Of one day the last recorded value counts.
    progress(&world, "Plan", "48", None).await?;
    progress(&world, "Plan", "49", None).await?;
    assert_eq!(ops::goals::outlook(&world, "Plan").await?.1.projection, Some(projection));
    Ok(())
}

async fn nothing_to_say(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("external_id", "a"), ("name", "Acme")]).await?;
    create(&world, &[("account", "a"), ("title", "Bare")]).await?;
    let (_, outlook) = ops::goals::outlook(&world, "Bare").await?;
    assert_eq!((outlook.progress_share, outlook.expected_share), (None, None));
    assert_eq!((outlook.next_milestone.is_none(), outlook.projection), (true, None));
    Ok(())
}

async fn the_report(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let mia = world.user("mia@example.com", "Mia").await?;
    for (id, size, owner) in [("a", "small", "mia@example.com"), ("b", "large", ""), ("c", "small", "")] {
        world.account(&[("external_id", id), ("name", id), ("size", size), ("owner", owner)]).await?;
    }
    world.account(&[("external_id", "d"), ("name", "d")]).await?;
    for (account, title, metric, status, done) in [
        ("a", "1", "nps", "achieved", "2026-01-11"),
        ("a", "2", "custom", "achieved", "2026-01-14"),
        ("b", "3", "nps", "missed", ""),
        ("c", "4", "custom", "at_risk", ""),
        ("d", "5", "custom", "on_track", ""),
    ] {
        let begun = [("started_on", "2026-01-01"), ("account", account), ("title", title), ("metric_type", metric)];
        create(&world, &begun).await?;
        update(&world, title, &[("status", status), ("completion_date", done)]).await?;
    }
    let report = async |by, pairs: &[(&str, &str)]| -> Result<Vec<String>> {
        let selection = ops::selection::selection(&world, &GOAL, pairs.iter().copied()).await?;
        let report = ops::goals::report(&world, &selection, by).await?;
        let line = |name: &str, group: &fastenr_core::goals::Group| {
            let days = group.time_to_achieve.map(|times| (times.count, times.median, times.mean));
            format!("{name} {} {:?} {days:?}", group.goals, group.completion_rate)
        };
        let groups = report.groups.iter().map(|(name, group)| line(name.as_deref().unwrap_or("–"), group));
        Ok(groups.chain([line("all", &report.total)]).collect())
    };
    let all = "all 5 Some(6667) Some((2, 1150, 1150))";
    assert_eq!(
        report(GroupBy::MetricType, &[]).await?,
        ["custom 3 Some(10000) Some((1, 1300, 1300))", "nps 2 Some(5000) Some((1, 1000, 1000))", all]
    );
    assert_eq!(
        report(GroupBy::Size, &[]).await?,
        ["– 1 None None", "large 1 Some(0) None", "small 3 Some(10000) Some((2, 1150, 1150))", all]
    );
    assert_eq!(
        report(GroupBy::Owner, &[]).await?,
        ["– 3 Some(0) None", "mia@example.com 2 Some(10000) Some((2, 1150, 1150))", all]
    );
    assert_eq!(report(GroupBy::Industry, &[("status", "missed")]).await?, ["– 1 Some(0) None", "all 1 Some(0) None"]);
    assert_eq!(report(GroupBy::Size, &[("owner", &mia.email)]).await?.len(), 2);
    Ok(())
}
