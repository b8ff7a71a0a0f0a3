//! What people did while nights were missed counts from its moment.

use anyhow::Result;
use fastenr_core::model::alert::AlertState;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::selection::Selection;
use fastenr_core::model::{Status, StatusSource};
use fastenr_core::ops::alerts::{self, AlertAction};
use fastenr_core::ops::organizations::OrganizationChange;
use fastenr_core::ops::scores::views::{Adjustment, adjust};
use fastenr_core::ops::scores::{self, Request, Run};
use fastenr_core::ops::{entries, goals};
use fastenr_core::score::alerts::Rule;
use fastenr_core::store::scores::snapshots;
use fastenr_tests::books::alerts::{book, escalate};
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::{World, given, world};
use futures_util::TryStreamExt;

use super::{all, night, on, standing};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/nights/what_people_did_about_alerts", what_people_did_about_alerts);
    tests.both("store/nights/what_people_said_of_a_status", what_people_said_of_a_status);
    tests.both("store/nights/what_people_did_for_a_goal", what_people_did_for_a_goal);
    tests.both("store/nights/an_adjustment_counts_from_its_day", an_adjustment_counts_from_its_day);
    tests.both("store/nights/the_guard_works_per_night", the_guard_works_per_night);
    tests.both("store/nights/by_the_clock_where_a_day_has_23_hours", by_the_clock);
}

/// Goes on with the feeds of the book up to the ninth of March.
async fn feeds(world: &World) -> Result<()> {
    let mut rows = "account,metric_date,login_frequency,support_tickets\n".to_owned();
    for n in 0..30 {
        (2..=9).for_each(|day| rows.push_str(&format!("x{n},2026-03-{day:02},20,1\n")));
    }
    on(world, 9, 6).import_of(&METRIC, &rows, Default::default()).await?;
    Ok(())
}

/// Three alerts of one escalated ticket, opened on the third of March; a second one comes on the fifth. Nobody runs anything
/// until the seventh.
async fn missed(backend: &Backend) -> Result<World> {
    let world = world(backend).await?;
    book(&world).await?;
    feeds(&world).await?;
    night(&world, 2).await?;
    escalate(&on(&world, 3, 6), &[("x1", 1), ("x2", 1), ("x3", 1)]).await?;
    night(&world, 3).await?;
    assert_eq!(standing(&world).await?.len(), 3);
    escalate(&on(&world, 5, 6), &[("x1", 1), ("x2", 1), ("x3", 1)]).await?;
    Ok(world)
}

async fn what_people_did_about_alerts(backend: &Backend) -> Result<()> {
    let world = missed(backend).await?;
    let id = |account: &'static str| {
        let world = world.clone();
        async move {
            let found = all(&world).await?;
            let one = found.iter().find(|alert| alert.account.as_ref().is_some_and(|of| of.label() == account));
            anyhow::Ok(Selection::of_ids([one.unwrap().id]))
        }
    };
    // Before the night on which it got worse, and after it.
    alerts::act(&on(&world, 4, 12), &id("x1").await?, AlertAction::Acknowledge, "known", false).await?;
    alerts::act(&on(&world, 6, 12), &id("x2").await?, AlertAction::Acknowledge, "seen", false).await?;
    alerts::act(&on(&world, 6, 12), &id("x3").await?, AlertAction::Resolve, "settled", false).await?;
    let outcomes = night(&world, 7).await?;
    assert_eq!(outcomes.len(), 4);
    let now = on(&world, 7, 8);
    let mut told = Vec::new();
    for alert in all(&now).await? {
        let account = alert.account.as_ref().unwrap().label();
        told.push(format!("{account} {} {} {}", alert.severity, alert.state, alert.fired_on));
    }
    told.sort();
    assert_eq!(
        told,
        ["x1 critical open 2026-03-05", "x2 critical acknowledged 2026-03-05", "x3 warning resolved 2026-03-03"],
        "one that was acknowledged before it got worse fires again; nothing opens beside one that was settled"
    );
    let snoozed =
        alerts::act(&now, &id("x1").await?, AlertAction::Snooze { until: "2026-03-20".parse()? }, "", false).await?;
    assert_eq!(snoozed.alerts[0].state, AlertState::Snoozed);
    Ok(())
}

async fn what_people_said_of_a_status(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let accounts = "external_id,name,seats,status,contract_end,created_at\n\
        t1,Turns,10,active,2027-12-31,2024-01-01T00:00:00Z\nt2,Stays,10,active,2027-12-31,2024-01-01T00:00:00Z\n";
    world.import(accounts, Default::default()).await?;
    let mut rows = "account,metric_date,login_frequency,feature_adoption_score,active_users\n".to_owned();
    for account in ["t1", "t2"] {
        (1..=28).for_each(|day| rows.push_str(&format!("{account},2026-02-{day:02},40,80,9\n")));
        (1..=9).for_each(|day| rows.push_str(&format!("{account},2026-03-{day:02},40,80,9\n")));
    }
    on(&world, 9, 6).import_of(&METRIC, &rows, Default::default()).await?;
    night(&world, 2).await?;
    let red = "account,metric_date,sentiment,sentiment_reason\nt1,2026-03-03,red,They said it\nt2,2026-03-03,red,They said it\n";
    on(&world, 3, 6).import_of(&METRIC, red, Default::default()).await?;
    // Nobody runs anything; somebody speaks for one of the two.
    on(&world, 5, 12).update("t2", &[("status", "onboarding")]).await?;
    on(&world, 6, 12).update("t2", &[("status", "active")]).await?;
    let outcomes = night(&world, 7).await?;
    assert_eq!(outcomes.iter().map(|night| night.status_changes).collect::<Vec<_>>(), [1, 0, 0, 0, 0]);
    let (one, other) = (world.get("t1").await?, world.get("t2").await?);
    assert_eq!((one.status, one.status_source), (Status::AtRisk, StatusSource::Model));
    assert_eq!((other.status, other.status_source), (Status::Active, StatusSource::Person));
    let turned: Vec<_> = world.changes().await?;
    let turned = turned.iter().find(|change| change.account_id == one.id && change.field == "status").unwrap();
    assert_eq!((turned.effective_on.to_string(), turned.new_value.as_deref()), ("2026-03-03".into(), Some("at_risk")));
    Ok(())
}

async fn what_people_did_for_a_goal(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let morning = on(&world, 1, 6);
    for name in ["g1", "g2", "g3"] {
        morning.account(&[("external_id", name), ("name", name), ("created_at", "2024-01-01T00:00:00Z")]).await?;
        let goal = [
            ("external_id", name),
            ("account", name),
            ("title", "Live"),
            ("target_value", "10"),
            ("started_on", "2026-01-01"),
            ("target_date", "2026-03-03"),
        ];
        entries::create(&morning, &GOAL, &given(&goal), false).await?;
    }
    night(&world, 2).await?;
    // g1 is missed on the fourth; g2 is reached on the fifth, before anybody runs anything, g3 before it was due.
    goals::progress(&on(&world, 3, 12), "g3", &goals::Step::To("10".into()), None, false).await?;
    goals::progress(&on(&world, 5, 12), "g2", &goals::Step::To("10".into()), None, false).await?;
    night(&world, 6).await?;
    let found = all(&on(&world, 6, 8)).await?;
    let missed: Vec<String> = found
        .iter()
        .filter(|alert| alert.rule == Rule::GoalMissed)
        .map(|alert| format!("{} {} {}", alert.account.as_ref().unwrap().label(), alert.state, alert.opened_on))
        .collect();
    assert_eq!(missed, ["g1 open 2026-03-04"]);
    let goal = entries::get(&world, &GOAL, "g2").await?;
    assert_eq!((goal.text("status"), goal.date("completion_date")), (Some("achieved"), Some("2026-03-05".parse()?)));
    Ok(())
}

async fn an_adjustment_counts_from_its_day(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    night(&world, 2).await?;
    let adjustment = Adjustment { score: 11, reason: "they told us".into(), until: "2026-04-01".parse()? };
    adjust(&on(&world, 4, 12), "x5", &adjustment, false).await?;
    night(&world, 6).await?;
    let id = world.get("x5").await?.id;
    let mut scores = Vec::new();
    for day in 2..=6 {
        let mut tx = world.db.read().await?;
        let day = on(&world, day, 7).today();
        let rows: Vec<_> = snapshots::stream_day(&mut tx, &world.scope(), day)?.try_collect().await?;
        scores.push(rows.iter().find(|row| row.account_id == id).unwrap().health_score == 11);
    }
    assert_eq!(scores, [false, false, true, true, true]);
    Ok(())
}

/// Runs are at half past midnight in New York, where clocks go forward on the eighth. Somebody acknowledges an alert on that day at
/// midnight; the night after it, on which it gets worse, is made up for a day later.
async fn by_the_clock(backend: &Backend) -> Result<()> {
    let change = OrganizationChange {
        slug: Some("new-york".into()),
        time_zone: Some("America/New_York".into()),
        ..OrganizationChange::default()
    };
    let world = world(backend).await?.organization_of(change).await?;
    book(&world).await?;
    feeds(&world).await?;
    let run = async |time: &str| {
        let world = world.at(time);
        let mut run = Run::begin(&world).await?;
        for missed in scores::missed(&world, "2026-03-06".parse()?).await? {
            let request = Request { as_of: Some(missed), ..Request::default() };
            run.day(&world, &request, &mut |_| {}).await?;
        }
        run.end().await;
        anyhow::Ok(())
    };
    run("2026-03-06T05:30:00Z").await?;
    escalate(&world.at("2026-03-07T05:10:00Z"), &[("x1", 1)]).await?;
    run("2026-03-07T05:30:00Z").await?;
    let midnight = world.at("2026-03-08T05:00:00Z");
    alerts::act(&midnight, &Selection::default(), AlertAction::Acknowledge, "known", false).await?;
    escalate(&world.at("2026-03-08T05:10:00Z"), &[("x1", 1)]).await?;
    run("2026-03-09T04:30:00Z").await?;
    let found = all(&world.at("2026-03-09T05:00:00Z")).await?;
    let told: Vec<_> =
        found.iter().map(|alert| format!("{} {} {}", alert.severity, alert.state, alert.fired_on)).collect();
    assert_eq!(told, ["critical open 2026-03-08"], "it was acknowledged before the night on which it got worse");
    Ok(())
}

/// Four of thirty on one missed night are held; as many spread over others are not.
async fn the_guard_works_per_night(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    feeds(&world).await?;
    night(&world, 2).await?;
    escalate(&on(&world, 3, 6), &[("x1", 1), ("x2", 1), ("x3", 1)]).await?;
    escalate(&on(&world, 4, 6), &[("x4", 1), ("x5", 1), ("x6", 1), ("x7", 1)]).await?;
    escalate(&on(&world, 5, 6), &[("x8", 1), ("x9", 1)]).await?;
    let outcomes = night(&world, 5).await?;
    // The guard's own alert counts too.
    assert_eq!(outcomes.iter().map(|night| night.alerts_opened).collect::<Vec<_>>(), [3, 1, 2]);
    assert_eq!(outcomes.iter().map(|night| night.alerts_held).collect::<Vec<_>>(), [0, 4, 4]);
    let held: Vec<String> =
        standing(&world).await?.into_iter().filter(|line| line.ends_with("held by guard")).collect();
    let names = ["x4", "x5", "x6", "x7"].map(|name| format!("{name} support_escalation warning held by guard"));
    assert_eq!(held, names);
    Ok(())
}
