//! Values from the data, and what the day alone changes.

use anyhow::Result;
use fastenr_core::model::metric::METRIC;
use fastenr_core::ops;
use fastenr_core::ops::goals::RefreshOutcome;
use fastenr_tests::harness::{Backend, Tests};

use super::{create, get, import, progress, stands, texts, update};
use fastenr_tests::world::{World, everything, execute, given, query, refused, world};

pub(super) fn register(tests: &mut Tests) {
    tests.both("store/goals/data/each_metric_type", each_metric_type);
    tests.both("store/goals/data/what_a_new_goal_begins_with", what_a_new_goal_begins_with);
    tests.both("store/goals/data/the_day_alone", the_day_alone);
    tests.both("store/goals/data/many_in_one_operation", many_in_one_operation);
}

async fn metrics(world: &World, day: &str, values: &[(&str, &str)]) -> Result<()> {
    let values = [&[("account", "a"), ("metric_date", day)], values].concat();
    ops::entries::put(world, &METRIC, &given(&values), false).await?;
    Ok(())
}

async fn with_data(backend: &Backend) -> Result<World> {
    let world = world(backend).await?;
    world.account(&[("external_id", "a"), ("name", "Acme"), ("arr", "1200.50"), ("seats", "12")]).await?;
    for (id, status) in [("b", "active"), ("c", "churned"), ("d", "active")] {
        world.account(&[("external_id", id), ("name", id), ("parent", "a"), ("status", status)]).await?;
    }
    ops::accounts::set_archived(&world, "d", true, None, false).await?;
    metrics(&world, "2026-02-01", &[("nps", "-20"), ("feature_adoption_score", "33.33")]).await?;
    metrics(&world, "2026-02-20", &[("nps", "40")]).await?;
    Ok(world)
}

const TYPES: [&str; 8] = ["arr", "health_score", "seat_count", "adoption", "nps", "accounts", "renewals", "custom"];

async fn values(world: &World) -> Result<Vec<String>> {
    let mut values = Vec::new();
    for metric in TYPES {
        values.push(texts(&get(world, metric).await?, &["current_value"]));
    }
    Ok(values)
}

async fn refresh(world: &World) -> Result<RefreshOutcome> {
    let tried = ops::goals::refresh(world, None, true).await?;
    let done = ops::goals::refresh(world, None, false).await?;
    assert_eq!(RefreshOutcome { operation: None, ..done }, tried);
    assert_eq!(done.operation.is_some(), done.changed > 0);
    let all = everything(&world.db, &world.scope()).await?;
    let again = ops::goals::refresh(world, None, false).await?;
    assert_eq!((again.changed, again.operation), (0, None));
    assert_eq!(everything(&world.db, &world.scope()).await?, all);
    Ok(done)
}

async fn each_metric_type(backend: &Backend) -> Result<()> {
    let world = with_data(backend).await?;
    for metric in TYPES {
        let target = ("target_value", "100000");
        create(&world, &[("account", "a"), ("title", metric), ("metric_type", metric), target]).await?;
    }
    assert_eq!(values(&world).await?, ["1200.5", "0", "12", "33.33", "40", "2", "0", "0"]);
    assert_eq!(refresh(&world).await?.changed, 0);
    // Of health it takes what was found out, not what an account has to begin with.
    execute(&world.db, "update accounts set health_score = 71, scored_at = '2026-03-01T07:00:00Z'").await?;
    world.update("a", &[("arr", "1300"), ("seats", "")]).await?;
    metrics(&world, "2026-03-01", &[("feature_adoption_score", "50"), ("nps", "-7")]).await?;
    ops::accounts::set_archived(&world, "d", false, None, false).await?;
    progress(&world, "custom", "5", None).await?;
    let done = refresh(&world).await?;
    assert_eq!((done.goals, done.changed, done.measured), (8, 5, 5));
    assert_eq!(values(&world).await?, ["1300", "71", "12", "50", "-7", "3", "0", "5"]);
    let history: Vec<(String, String)> = query(
        &world.db,
        "select h.old_value, h.new_value from goal_changes h join customer_goals g on g.id = h.goal_id \
         where g.metric_type = 'arr' and h.field = 'current_value'",
    )
    .await?;
    assert_eq!(history, [("120050".to_owned(), "130000".to_owned())]);
    let kept: Vec<(i64,)> = query(
        &world.db,
        "select count(*) from customer_goals_before b join operations o \
        on o.id = b.operation_id where o.kind = 'goals.refresh'",
    )
    .await?;
    assert_eq!(kept, [(5,)]);
    // What people record of such a goal stands until the data come again.
    progress(&world, "arr", "1", None).await?;
    assert_eq!(refresh(&world).await?.changed, 1);
    assert_eq!(values(&world).await?[0], "1300");
    Ok(())
}

async fn what_a_new_goal_begins_with(backend: &Backend) -> Result<()> {
    let world = with_data(backend).await?;
    for (title, more, expected) in [
        ("plain", &[][..], "1200.5 1200.5"),
        ("said", &[("start_value", "5")], "5 1200.5"),
        ("both", &[("start_value", "5"), ("current_value", "6")], "5 6"),
        ("current", &[("current_value", "6")], "1200.5 6"),
        ("later", &[("started_on", "2026-04-01")], "1200.5 1200.5"),
        ("earlier", &[("started_on", "2026-02-28")], "0 1200.5"),
    ] {
        let values = [&[("account", "a"), ("title", title), ("metric_type", "arr")], more].concat();
        let goal = create(&world, &values).await?;
        assert_eq!(texts(&goal, &["start_value", "current_value"]), expected, "{title}");
    }
    let file = "external_id,account,title,metric_type,start_value,current_value,started_on\n\
        f1,a,plain,arr,,,\nf2,a,said,arr,5,,\nf3,a,both,arr,5,6,\nf4,a,current,arr,,6,\nf5,a,later,arr,,,2026-04-01\n\
        f6,a,earlier,arr,,,2026-02-28\nf7,a,custom,custom,,7,\n";
    import(&world, file, false).await?;
    for (id, expected) in [
        ("f1", "1200.5 1200.5"),
        ("f2", "5 1200.5"),
        ("f3", "5 6"),
        ("f4", "1200.5 6"),
        ("f5", "1200.5 1200.5"),
        ("f6", "0 1200.5"),
        ("f7", "0 7"),
    ] {
        assert_eq!(texts(&get(&world, id).await?, &["start_value", "current_value"]), expected, "{id}");
    }
    Ok(())
}

async fn the_day_alone(backend: &Backend) -> Result<()> {
    let world = with_data(backend).await?;
    let plan = [("account", "a"), ("target_value", "100"), ("started_on", "2026-03-01"), ("target_date", "2026-03-11")];
    for title in ["open", "person", "there", "seats"] {
        create(&world, &[&plan[..], &[("title", title)]].concat()).await?;
    }
    update(&world, "person", &[("status", "on_track")]).await?;
    progress(&world, "there", "100", None).await?;
    update(&world, "seats", &[("metric_type", "seat_count"), ("target_value", "12")]).await?;
    assert_eq!(refresh(&world).await?.achieved, 1);
    let middle = world.at("2026-03-06T07:00:00Z");
    let done = refresh(&middle).await?;
    assert_eq!((done.goals, done.changed, done.at_risk, done.missed), (4, 1, 1, 0));
    // A value may fall again while the goal runs, and is history when its time is over.
    middle.update("a", &[("seats", "11")]).await?;
    let done = refresh(&middle).await?;
    assert_eq!((done.changed, done.measured, done.on_track), (1, 1, 1));
    middle.update("a", &[("seats", "12")]).await?;
    assert_eq!(refresh(&middle).await?.achieved, 1);
    let after = world.at("2026-03-12T07:00:00Z");
    after.update("a", &[("seats", "1")]).await?;
    let done = refresh(&after).await?;
    assert_eq!((done.goals, done.missed, done.changed), (2, 1, 1));
    for (name, expected) in [
        ("open", "missed rule "),
        ("person", "on_track person "),
        ("there", "achieved rule 2026-03-01"),
        ("seats", "achieved rule 2026-03-06"),
    ] {
        assert_eq!(stands(&get(&after, name).await?), expected, "{name}");
    }
    ops::accounts::set_archived(&after, "a", true, None, false).await?;
    assert_eq!(refresh(&after).await?.goals, 0);
    assert_eq!(refused(ops::goals::refresh(&after, Some("a"), false).await), "archived_account");
    assert_eq!(refused(ops::goals::refresh(&after, Some("z"), false).await), "unknown_account");
    Ok(())
}

async fn many_in_one_operation(backend: &Backend) -> Result<()> {
    let world = with_data(backend).await?;
    let rows = (1..=2_345).map(|n| format!("m{n},{},Goal {n},seat_count,100\n", if n % 3 == 0 { "b" } else { "a" }));
    let file = "external_id,account,title,metric_type,target_value\n".to_owned() + &rows.collect::<String>();
    import(&world, &file, false).await?;
    world.update("a", &[("seats", "150")]).await?;
    world.update("b", &[("seats", "99")]).await?;
    let only = ops::goals::refresh(&world, Some("b"), true).await?;
    assert_eq!((only.goals, only.changed, only.achieved), (781, 781, 0));
    let done = refresh(&world).await?;
    assert_eq!((done.goals, done.changed, done.measured, done.achieved), (2_345, 2_345, 2_345, 1_564));
    let history = "select count(*) from goal_changes where field = 'current_value'";
    assert_eq!(query::<(i64,)>(&world.db, history).await?, [(2_345,)]);
    let operations = "select count(*) from operations where kind = 'goals.refresh'";
    assert_eq!(query::<(i64,)>(&world.db, operations).await?, [(1,)]);
    let told: Vec<(String,)> = query(&world.db, "select label from activities where kind = 'goals.refresh'").await?;
    assert_eq!(told, [("2345 changed, 1564 achieved".to_owned(),)]);
    Ok(())
}
