//! How scores moved after engagements and achieved goals, on a made-up book whose answer is known.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anyhow::Result;
use fastenr_core::arr::Period;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::noun::{Storage, Value};
use fastenr_core::model::selection::{Condition, Selection};
use fastenr_core::ops;
use fastenr_core::ops::scores::impact::{self, ImpactFigures, Row};
use fastenr_core::store::scores::Range;
use fastenr_core::store::scores::impact::{Events, When};
use fastenr_tests::harness::{Backend, Kind, Tests};
use futures_util::TryStreamExt;
use uuid::Uuid;

use fastenr_tests::books::scores::day;
use fastenr_tests::world::{World, execute, given, world};

pub(super) fn register(tests: &mut Tests) {
    tests.both("store/scores/impact/of_engagements", of_engagements);
    tests.both("store/scores/impact/of_goals", of_goals);
    tests.both("store/scores/impact/by_the_days_of_the_place", by_the_days_of_the_place);
    tests.postgres("store/scores/impact/both_databases_give_the_same", both_databases_give_the_same);
}

/// A snapshot of each account: health in basis points, in SQL of the account `a`.
async fn snapshots(world: &World, on: &str, health: &str) -> Result<()> {
    let sql = format!(
        "insert into score_snapshots (organization_id, account_id, snapshot_date, model, health_score, churn_risk_score, \
           band, churn_band, health_points, health_drawn, health_coverage, churn_points, churn_coverage, alert_levels) \
         select a.organization_id, a.id, '{on}', 'm', 55, 10, 'moderate', 'low', {health}, 5500, 10000, 1000, 10000, 0 \
         from accounts a where a.organization_id = $1"
    );
    let mut tx = world.db.write_any().await?;
    tx.of(&world.scope(), sql).execute().await?;
    Ok(tx.commit().await?)
}

/// Twelve accounts that were met and achieved a goal on the 20th of January, and twelve others. All start at 55 points; in
/// the 30 days after, those rise by 4 or 6 points, these by 1 or 3. Seats are how much, in basis points.
async fn book(world: &World) -> Result<()> {
    let mut accounts = "external_id,name,seats\n".to_owned();
    let mut engagements = "external_id,account,type,title,completed_at\n".to_owned();
    let mut goals =
        "external_id,account,title,metric_type,target_value,status,started_on,target_date,completion_date\n".to_owned();
    for n in 0..12 {
        let _ = writeln!(accounts, "m{n},Met {n},{}\no{n},Other {n},{}", 400 + n % 2 * 200, 100 + n % 2 * 200);
        let _ = writeln!(engagements, "e{n},m{n},meeting,Review,2026-01-20T10:00:00Z");
        let _ = writeln!(goals, "g{n},m{n},Goal,custom,1,achieved,2025-12-01,2026-03-01,2026-01-20");
    }
    // Few demos. A call rules nobody out from being compared with meetings; an earlier meeting does.
    engagements.push_str("d,m0,demo,Demo,2026-01-20T10:00:00Z\nc,o0,call,Call,2026-01-20T10:00:00Z\n");
    engagements.push_str("x,o1,meeting,Before,2025-12-21T10:00:00Z\n");
    world.import(&accounts, Default::default()).await?;
    world.import_of(&ENGAGEMENT, &engagements, Default::default()).await?;
    world.import_of(&GOAL, &goals, Default::default()).await?;
    snapshots(world, "2026-01-19", "5500").await?;
    snapshots(world, "2026-02-18", "5500 + a.seats").await?;
    // Neither of them is looked at.
    snapshots(world, "2026-01-21", "9900").await?;
    snapshots(world, "2026-02-20", "100").await
}

async fn january(world: &World, conditions: Vec<Condition>) -> Result<Vec<Row>> {
    let period = Period::new(day("2026-01-01"), day("2026-01-31"))?;
    let chosen = Selection { conditions, ..Selection::default() };
    Ok(impact::of_engagements(world, &chosen, period).await?)
}

fn of_kind<'r>(rows: &'r [Row], kind: &str) -> &'r Row {
    rows.iter().find(|row| row.kind == kind).unwrap()
}

async fn of_engagements(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    let rows = january(&world, Vec::new()).await?;
    assert_eq!(rows.iter().map(|row| row.kind.as_str()).collect::<Vec<_>>(), ["call", "demo", "meeting"]);
    let meeting = of_kind(&rows, "meeting");
    assert_eq!((meeting.events, meeting.pairs, meeting.accounts, meeting.comparison_accounts), (12, 12, 12, 11));
    // Six others rose by 1 point, five by 3: a mean of 1.9091. Variances of the means 833.33 and 901.58; times 12 / 11; 1.96 · 43.51.
    let found = ImpactFigures { change: 500, comparison_change: 191, difference: 309, interval: Some((224, 394)) };
    assert_eq!(meeting.found, Some(found));
    // Compared with everyone else, of whom the one that was called is among the met.
    let demo = of_kind(&rows, "demo");
    assert_eq!((demo.pairs, demo.comparison_accounts, demo.found), (1, 23, None));
    assert_eq!(demo.note(), "too few: 1 pairs, 10 are needed");
    // A filter chooses the pairs, and not whom they are compared with.
    let demos = Condition::In("a.type".into(), Storage::Text, vec![Value::Text("demo".into())]);
    assert_eq!(january(&world, vec![demos]).await?.as_slice(), std::slice::from_ref(demo));
    let id = world.get("m0").await?.id;
    let account = Condition::In("a.account_id".into(), Storage::Id, vec![Value::Id(id)]);
    let rows = january(&world, vec![account]).await?;
    let meeting = of_kind(&rows, "meeting");
    assert_eq!((meeting.events, meeting.pairs, meeting.comparison_accounts), (1, 1, 11));
    // Short of data at one end, or by another model.
    let at = "snapshot_date = '2026-02-18' and account_id in (select a.id from accounts a where a.external_id =";
    execute(&world.db, format!("update score_snapshots set band = 'insufficient_data' where {at} 'm1')")).await?;
    execute(&world.db, format!("update score_snapshots set band = 'onboarding' where {at} 'm2')")).await?;
    execute(&world.db, format!("update score_snapshots set model = 'n' where {at} 'o2')")).await?;
    let rows = january(&world, Vec::new()).await?;
    let meeting = of_kind(&rows, "meeting");
    assert_eq!((meeting.events, meeting.pairs, meeting.comparison_accounts), (12, 10, 10));
    Ok(())
}

async fn of_goals(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    assert_eq!(impact::of_goals(&world, &Selection::default()).await?, []);
    book(&world).await?;
    let rows = impact::of_goals(&world, &Selection::default()).await?;
    let found = ImpactFigures { change: 500, comparison_change: 200, difference: 300, interval: Some((216, 384)) };
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].kind.as_str(), rows[0].events, rows[0].pairs), ("custom", 12, 12));
    assert_eq!((rows[0].comparison_accounts, rows[0].found), (12, Some(found)));
    // A goal of any type rules out, also one that the report is not about.
    let goal = [("account", "o0"), ("title", "Seats"), ("metric_type", "renewals"), ("status", "achieved")];
    let dated = [("started_on", "2025-12-01"), ("target_value", "1"), ("completion_date", "2026-02-19")];
    ops::entries::create(&world, &GOAL, &given(&[&goal[..], &dated].concat()), false).await?;
    let custom = Condition::In("a.metric_type".into(), Storage::Text, vec![Value::Text("custom".into())]);
    let chosen = Selection { conditions: vec![custom], ..Selection::default() };
    let rows = impact::of_goals(&world, &chosen).await?;
    assert_eq!((rows.len(), rows[0].comparison_accounts), (1, 11));
    Ok(())
}

/// Late on the 31st of December in London is the first of January in Tokyo.
async fn by_the_days_of_the_place(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    let late = [("account", "m0"), ("type", "email"), ("title", "Late"), ("completed_at", "2025-12-31T20:00:00Z")];
    ops::entries::create(&world, &ENGAGEMENT, &given(&late), false).await?;
    assert!(january(&world, Vec::new()).await?.iter().all(|row| row.kind != "email"));
    let change = ops::organizations::OrganizationChange { time_zone: Some("Asia/Tokyo".into()), ..Default::default() };
    ops::organizations::update(&world.db, world.clock, "default", &change, false).await?;
    let context = ops::Context::open(world.db.clone(), world.clock, None, None).await?;
    let period = Period::new(day("2026-01-01"), day("2026-01-31"))?;
    let rows = impact::of_engagements(&context, &Selection::default(), period).await?;
    assert_eq!(of_kind(&rows, "email").events, 1);
    Ok(())
}

async fn both_databases_give_the_same(backend: &Backend) -> Result<()> {
    let mut found = Vec::new();
    for backend in [backend, &Backend::new(Kind::Sqlite)?] {
        let world = world(backend).await?;
        book(&world).await?;
        let goals = impact::of_goals(&world, &Selection::default()).await?;
        found.push((january(&world, Vec::new()).await?, goals));
    }
    assert_eq!(found[0], found[1]);
    Ok(())
}

/// Every statement, once.
pub(crate) async fn once(world: &World) -> Result<()> {
    let world = &world.organization("impact").await?;
    book(world).await?;
    assert_eq!(january(world, Vec::new()).await?.len(), 3);
    assert_eq!(impact::of_goals(world, &Selection::default()).await?.len(), 1);
    Ok(())
}

/// What only they have is out of reach.
pub(crate) async fn reaching(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    use fastenr_core::store::scores::impact as scores;
    called.extend(["scores::events", "scores::next_accounts", "scores::health_on"]);
    let scope = &ours.scope();
    let their = theirs.get("only").await?.id;
    let own: Vec<Uuid> = ours.accounts().await?.into_iter().map(|account| account.id).collect();
    let tx = &mut ours.db.read().await?;
    let (since, end) = ("2000-01-01T00:00:00Z".parse()?, "2100-01-01T00:00:00Z".parse()?);
    for events in [Events::Engagements(since, end), Events::Goals(None)] {
        let all: Vec<_> = scores::events(tx, scope, events, None, None)?.try_collect().await?;
        assert!(all.iter().all(|event| own.contains(&event.account_id)));
        if let Events::Engagements(..) = events {
            assert!(all.iter().all(|event| matches!(event.when, When::At(_))));
        }
        let one = Some(Range::one(their));
        let none: Vec<_> = scores::events(tx, scope, events, None, one)?.try_collect().await?;
        assert_eq!(none, []);
    }
    let last = scores::next_accounts(tx, scope, Uuid::nil(), 1_000).await?;
    assert_eq!(last, own.into_iter().max());
    let days = [ours.today()];
    assert_eq!(scores::health_on(tx, scope, Range::one(their), &days).await?, []);
    Ok(())
}
