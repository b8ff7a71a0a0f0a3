//! What needs somebody today: which accounts, in which order, why, and what changed.

use anyhow::Result;
use chrono::Days;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::nouns::TASK;
use fastenr_core::model::selection::Selection;
use fastenr_core::ops::alerts::{AlertAction, act};
use fastenr_core::ops::today::{Today, today, weight};
use fastenr_core::ops::{accounts, entries};
use fastenr_core::score::alerts::Severity;
use fastenr_core::view::today::{TODAY_FIELDS, value};
use fastenr_tests::books::alerts::three;
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::{World, given};

pub(super) fn register(tests: &mut Tests) {
    tests.both("store/today/one_row_an_account", one_row_an_account);
    tests.both("store/today/empty_by_evening", empty_by_evening);
    tests.both("store/today/what_comes_next", what_comes_next);
}

async fn task(world: &World, account: &str, title: &str, due: &str) -> Result<Entry> {
    let values = [("account", account), ("title", title), ("due", due)];
    Ok(entries::create(world, &TASK, &given(&values), false).await?.record)
}

async fn all(world: &World) -> Result<Today> {
    Ok(today(world, &Selection::default(), 100).await?)
}

fn names(found: &Today) -> Vec<&str> {
    found.rows.iter().map(|row| row.account.name.as_str()).collect()
}

/// The three alerts, and tasks of accounts with and without them.
async fn busy(backend: &Backend) -> Result<World> {
    let world = three(backend).await?;
    task(&world, "x29", "Large and overdue", "2026-03-01").await?;
    task(&world, "x1", "Small and overdue", "2026-02-10").await?;
    task(&world, "x20", "For today", "2026-03-02").await?;
    task(&world, "x21", "For tomorrow", "2026-03-03").await?;
    Ok(world)
}

async fn one_row_an_account(backend: &Backend) -> Result<()> {
    let world = busy(backend).await?;
    let found = all(&world).await?;
    // The critical alert; warnings and overdue tasks by weight; infos and what is due today. Tomorrow's is not there.
    assert_eq!(names(&found), ["Account 3", "Account 29", "Account 1", "Account 20", "Account 6"]);
    assert_eq!((found.total, found.critical, found.day.to_string()), (5, 1, "2026-03-02".into()));
    assert_eq!(
        (found.scored.map(|day| day.to_string()), found.compared.map(|day| day.to_string())),
        (Some("2026-03-02".into()), Some("2026-03-01".into()))
    );
    let severities: Vec<Severity> = found.rows.iter().map(|row| row.severity).collect();
    assert_eq!(severities, [Severity::Critical, Severity::Warning, Severity::Warning, Severity::Info, Severity::Info]);
    for row in &found.rows {
        let arr = row.account.arr.map(|arr| arr.cents());
        assert_eq!(row.weight, weight(arr, row.account.contract_end, found.day));
    }
    // It renews in 74 days: 6,000 × (1 + 3 × 16 / 90).
    assert_eq!(found.rows[4].weight, 920_000);
    let (small, large) = (&found.rows[2], &found.rows[1]);
    assert_eq!((small.alerts.len(), small.due.len(), small.more()), (1, 1, 1));
    assert_eq!(small.reason(), small.alerts[0].message);
    assert_eq!(large.reason(), "task due 2026-03-01: Large and overdue");
    let changed = |place: usize| found.rows[place].changes.iter().map(|one| one.words()).collect::<Vec<_>>();
    assert!(changed(0).contains(&"new alert: support escalation".to_owned()), "{:?}", changed(0));
    assert_eq!(changed(1), ["task now overdue: Large and overdue"]);
    assert!(changed(4).contains(&"renewal date 2027-01-31 → 2026-05-15".to_owned()), "{:?}", changed(4));
    // Every row says what its account says.
    for row in &found.rows {
        let field = |name: &str| TODAY_FIELDS.iter().find(|field| field.name == name).unwrap();
        let account = accounts::get(&world, &row.account.id.to_string()).await?;
        for name in ["arr", "contract_end", "health_score", "band", "owner"] {
            let of_account = account.value(ACCOUNT.field(name).unwrap().1);
            assert_eq!(value(row, field(name)), of_account, "{name} of {}", account.name);
        }
        let healths = row.changes.iter().filter(|one| one.words().starts_with("health "));
        assert_eq!(row.health_change().is_some(), healths.count() == 1);
    }
    // The same in parts, and by filters of accounts.
    let two = today(&world, &Selection::default(), 2).await?;
    assert_eq!((names(&two), two.total), (names(&found)[..2].to_vec(), 5));
    let jos = world.filter(&[("owner", "jo@example.com")]).await?;
    assert_eq!(names(&today(&world, &jos, 100).await?), ["Account 3", "Account 6"]);
    let large = world.filter(&[("arr_min", "20000")]).await?;
    assert_eq!(names(&today(&world, &large, 100).await?), ["Account 29", "Account 20"]);
    // An archived account needs nothing.
    accounts::set_archived(&world, "x29", true, None, false).await?;
    assert_eq!(names(&all(&world).await?), ["Account 3", "Account 1", "Account 20", "Account 6"]);
    Ok(())
}

async fn empty_by_evening(backend: &Backend) -> Result<()> {
    let world = busy(backend).await?;
    let alerts = |found: &Today, name: &str| {
        let row = found.rows.iter().find(|row| row.account.name == name).unwrap();
        Selection::of_ids(row.alerts.iter().map(|alert| alert.id))
    };
    let found = all(&world).await?;
    act(&world, &alerts(&found, "Account 3"), AlertAction::Acknowledge, "", false).await?;
    let until = found.day.checked_add_days(Days::new(7)).unwrap();
    act(&world, &alerts(&found, "Account 6"), AlertAction::Snooze { until }, "", false).await?;
    act(&world, &alerts(&found, "Account 1"), AlertAction::Resolve, "called", false).await?;
    let found = all(&world).await?;
    // The task of the account whose alert is resolved is still overdue.
    assert_eq!(names(&found), ["Account 29", "Account 1", "Account 20"]);
    assert_eq!(found.rows[1].reason(), "task due 2026-02-10: Small and overdue");
    for row in &found.rows {
        let id = row.due[0].id().to_string();
        entries::update(&world, &TASK, &id, &given(&[("done_at", "2026-03-02T06:00:00Z")]), None, false).await?;
    }
    let none = all(&world).await?;
    assert_eq!((names(&none), none.total, none.critical), (Vec::new(), 0, 0));
    // The next day is due what was for tomorrow, and after a week what was snoozed is back.
    assert_eq!(names(&all(&world.at("2026-03-03T07:00:00Z")).await?), ["Account 21"]);
    assert_eq!(names(&all(&world.at("2026-03-09T07:00:00Z")).await?), ["Account 21", "Account 6"]);
    Ok(())
}

async fn what_comes_next(backend: &Backend) -> Result<()> {
    let world = three(backend).await?;
    let next = async || -> Result<Option<(String, bool)>> {
        let found = all(&world).await?;
        let row = found.rows.iter().find(|row| row.account.name == "Account 3").unwrap();
        Ok(row.next.as_ref().map(|step| (step.title.clone(), step.is_task)))
    };
    let meet = async |title: &str, at: &str, done: &str| -> Result<Entry> {
        let values =
            [("account", "x3"), ("type", "meeting"), ("title", title), ("scheduled_at", at), ("completed_at", done)];
        Ok(entries::create(&world, &ENGAGEMENT, &given(&values), false).await?.record)
    };
    assert_eq!(next().await?, None);
    task(&world, "x3", "Some day", "").await?;
    assert_eq!(next().await?, Some(("Some day".into(), true)));
    // One that was not held is no next step.
    meet("Missed", "2026-02-20T10:00:00Z", "").await?;
    meet("Review", "2026-03-20T10:00:00Z", "").await?;
    assert_eq!(next().await?, Some(("Review".into(), false)));
    task(&world, "x3", "Prepare", "2026-03-10").await?;
    assert_eq!(next().await?, Some(("Prepare".into(), true)));
    meet("Call", "2026-03-05T10:00:00Z", "").await?;
    assert_eq!(next().await?, Some(("Call".into(), false)));
    let held = meet("Held", "2026-02-25T10:00:00Z", "2026-02-25T11:00:00Z").await?;
    let found = all(&world).await?;
    let row = found.rows.iter().find(|row| row.account.name == "Account 3").unwrap();
    assert_eq!(row.last_engagement, held.instant("completed_at"));
    Ok(())
}
