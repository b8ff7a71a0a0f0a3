//! Single writes: created, changed by hand, progress.

use anyhow::Result;
use fastenr_core::model::goal::GOAL;
use fastenr_core::ops;
use fastenr_core::ops::goals::Step;
use fastenr_tests::harness::{Backend, Tests};

use super::{create, get, progress, stands, texts, update};
use fastenr_tests::world::{World, everything, query, refused, world};

pub(super) fn register(tests: &mut Tests) {
    tests.both("store/goals/single/the_rule_and_the_person", the_rule_and_the_person);
    tests.both("store/goals/single/one_operation_keeps_it_all", one_operation_keeps_it_all);
    tests.both("store/goals/single/completion_dates", completion_dates);
    tests.both("store/goals/single/late_values_are_history", late_values_are_history);
    tests.both("store/goals/single/refusals_write_nothing", refusals_write_nothing);
}

/// From 0 on 1 January to 100 by 1 May, on 1 March: 59 of 120 days are over.
const PLAN: [(&str, &str); 5] = [
    ("account", "a"),
    ("title", "Plan"),
    ("target_value", "100"),
    ("started_on", "2026-01-01"),
    ("target_date", "2026-05-01"),
];

async fn with_account(backend: &Backend) -> Result<World> {
    let world = world(backend).await?;
    world.account(&[("external_id", "a"), ("name", "Acme")]).await?;
    Ok(world)
}

async fn the_rule_and_the_person(backend: &Backend) -> Result<()> {
    let world = with_account(backend).await?;
    assert_eq!(stands(&create(&world, &PLAN).await?), "at_risk rule ");
    assert_eq!(stands(&progress(&world, "Plan", "40", None).await?), "on_track rule ");
    assert_eq!(stands(&update(&world, "Plan", &[("status", "at_risk")]).await?), "at_risk person ");
    // Until progress changes, and only then.
    assert_eq!(stands(&update(&world, "Plan", &[("target_value", "50")]).await?), "at_risk person ");
    assert_eq!(stands(&progress(&world, "Plan", "40", None).await?), "at_risk person ");
    let later = world.at("2026-06-01T07:00:00Z");
    assert_eq!(stands(&progress(&later, "Plan", "40", None).await?), "at_risk person ");
    assert_eq!(stands(&progress(&later, "Plan", "41", None).await?), "missed rule ");
    assert_eq!(stands(&update(&later, "Plan", &[("target_date", "2026-06-01")]).await?), "at_risk rule ");
    assert_eq!(stands(&progress(&later, "Plan", "50", None).await?), "achieved rule 2026-06-01");
    assert_eq!(stands(&update(&later, "Plan", &[("current_value", "49")]).await?), "on_track rule ");
    // What is said with the progress is said of it.
    let both = [("current_value", "60"), ("status", "missed")];
    assert_eq!(stands(&update(&later, "Plan", &both).await?), "missed person ");
    // To confirm what the rule said is a word, too.
    progress(&later, "Plan", "45", None).await?;
    assert_eq!(stands(&update(&later, "Plan", &[("status", "on_track")]).await?), "on_track person ");
    let made = create(&later, &[("account", "a"), ("title", "By hand"), ("status", "missed")]).await?;
    assert_eq!(stands(&made), "missed person ");
    Ok(())
}

async fn one_operation_keeps_it_all(backend: &Backend) -> Result<()> {
    let world = with_account(backend).await?;
    let milestones = r#"[{"title":"Half","target_value":50},{"title":"Talk"}]"#;
    create(&world, &[&PLAN[..], &[("milestones", milestones)]].concat()).await?;
    let step = Step::To("100".to_owned());
    let tried = ops::goals::progress(&world, "Plan", &step, "2026-02-20".parse().ok(), true).await?;
    assert_eq!(get(&world, "Plan").await?.version(), 1);
    let done = ops::goals::progress(&world, "Plan", &step, "2026-02-20".parse().ok(), false).await?;
    assert_eq!(tried.changes, done.changes);
    assert_eq!((done.record.version(), stands(&done.record)), (2, "achieved rule 2026-02-20".to_owned()));
    assert_eq!(
        texts(&done.record, &["milestones"]),
        r#"[{"title":"Half","target_value":50,"completed_on":"2026-02-20"},{"title":"Talk"}]"#
    );
    let fields: Vec<&str> = done.changes.iter().map(|change| change.field).collect();
    assert_eq!(fields, ["current_value", "status", "completion_date", "milestones"]);
    let mask: i64 = fields.iter().map(|name| 1_i64 << GOAL.field(name).unwrap().0).sum();
    let before: Vec<(i64, i64, String)> =
        query(&world.db, "select changed, current_value, status from customer_goals_before").await?;
    assert_eq!(before, [(mask, 0, "at_risk".to_owned())]);
    // The value is of its day; where the goal stands was found out today.
    let history: Vec<(String, chrono::NaiveDate, String, String)> =
        query(&world.db, "select field, effective_on, old_value, new_value from goal_changes order by field").await?;
    let line = |field: &str, day: &str, old: &str, new: &str| {
        (field.to_owned(), day.parse().unwrap(), old.to_owned(), new.to_owned())
    };
    let expected =
        [line("current_value", "2026-02-20", "0", "10000"), line("status", "2026-03-01", "at_risk", "achieved")];
    assert_eq!(history, expected);
    let kinds: Vec<String> = world.operations().await?.into_iter().map(|operation| operation.kind).collect();
    assert_eq!(kinds[..2], ["goals.progress", "goals.create"]);
    let told: Vec<(String, String)> =
        query(&world.db, "select kind, changes from activities where kind = 'goals.progress'").await?;
    assert!(told[0].1.contains(r#""field":"status","old":"at_risk","new":"achieved""#), "{told:?}");
    // The same again is nothing.
    let again = ops::goals::progress(&world, "Plan", &step, "2026-02-20".parse().ok(), false).await?;
    assert_eq!((again.operation, again.record.version()), (None, 2));
    let on_it = ops::goals::progress(&world, "Plan", &Step::By("-30.5".to_owned()), None, false).await?;
    assert_eq!(texts(&on_it.record, &["current_value", "status", "completion_date"]), "69.5 on_track ");
    Ok(())
}

async fn completion_dates(backend: &Backend) -> Result<()> {
    let world = with_account(backend).await?;
    let with = |more: &'static [(&'static str, &'static str)]| [&PLAN[1..], more].concat();
    let on_time = with(&[("account", "a"), ("status", "achieved"), ("completion_date", "2026-02-03")]);
    let goal = create(&world, &on_time).await?;
    assert_eq!(stands(&goal), "achieved person 2026-02-03");
    let id = goal.id().to_string();
    assert_eq!(stands(&update(&world, &id, &[("status", "on_track")]).await?), "on_track person ");
    // A date alone says that it was achieved.
    assert_eq!(stands(&update(&world, &id, &[("completion_date", "2026-02-04")]).await?), "achieved person 2026-02-04");
    assert_eq!(stands(&update(&world, &id, &[("completion_date", "")]).await?), "achieved person 2026-03-01");
    assert_eq!(stands(&progress(&world, &id, "100", None).await?), "achieved rule 2026-03-01");
    assert_eq!(stands(&update(&world, &id, &[("completion_date", "2026-02-05")]).await?), "achieved rule 2026-02-05");
    assert_eq!(stands(&progress(&world, &id, "120", None).await?), "achieved rule 2026-02-05");
    Ok(())
}

async fn late_values_are_history(backend: &Backend) -> Result<()> {
    let world = with_account(backend).await?;
    create(&world, &[&PLAN[..], &[("current_value", "30")]].concat()).await?;
    // It was made today with a value of its own, which is newer.
    let late = progress(&world, "Plan", "20", Some("2026-02-01")).await?;
    assert_eq!(texts(&late, &["current_value", "status", "version"]), "30 at_risk 2");
    assert_eq!(texts(&progress(&world, "Plan", "40", None).await?, &["current_value", "status"]), "40 on_track");
    progress(&world, "Plan", "10", Some("2026-01-15")).await?;
    let by = Step::By("1".to_owned());
    let step = ops::goals::progress(&world, "Plan", &by, "2026-02-01".parse().ok(), false).await;
    assert_eq!(refused(step), "late_step");
    let history: Vec<(chrono::NaiveDate, Option<String>, String)> = query(
        &world.db,
        "select effective_on, old_value, new_value from goal_changes where field = 'current_value' order by effective_on",
    )
    .await?;
    let shown: Vec<String> =
        history.iter().map(|(on, old, new)| format!("{on} {} {new}", old.as_deref().unwrap_or("–"))).collect();
    assert_eq!(shown, ["2026-01-15 – 1000", "2026-02-01 – 2000", "2026-03-01 3000 4000"]);
    let (_, outlook) = ops::goals::outlook(&world, "Plan").await?;
    assert_eq!(outlook.projection.unwrap().points, 4);
    Ok(())
}

async fn refusals_write_nothing(backend: &Backend) -> Result<()> {
    let world = with_account(backend).await?;
    create(&world, &PLAN).await?;
    let before = everything(&world.db, &world.scope()).await?;
    for (values, code) in [
        (vec![("account", "a"), ("title", "B"), ("target_date", "2026-02-28")], "target_date"),
        (vec![("account", "a"), ("title", "B"), ("completion_date", "2026-03-02")], "future"),
        (
            vec![("account", "a"), ("title", "B"), ("status", "missed"), ("completion_date", "2026-02-02")],
            "completion_date",
        ),
        (vec![("account", "a"), ("title", "B"), ("status_source", "rule")], "read_only_field"),
        (vec![("account", "a"), ("title", "B"), ("current_value", "1.001")], "goal_value"),
    ] {
        assert_eq!(refused(create(&world, &values).await), code, "{values:?}");
    }
    assert_eq!(refused(update(&world, "Plan", &[("started_on", "2026-05-02")]).await), "target_date");
    for (value, on, code) in [
        ("x", None, "goal_value"),
        ("10000000000", None, "goal_value"),
        ("1", Some("2026-03-02"), "future"),
        ("1", Some("2025-12-31"), "before_start"),
    ] {
        assert_eq!(refused(progress(&world, "Plan", value, on).await), code, "{value} {on:?}");
    }
    let far = ops::goals::progress(&world, "Plan", &Step::By("9999999999.99".into()), None, true).await;
    assert!(far.is_ok());
    assert_eq!(refused(progress(&world, "Pla", "1", None).await), "unknown_record");
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    Ok(())
}
