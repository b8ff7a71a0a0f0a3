//! The feed, timelines, what is around an account, teams, and accounts that nobody spoke to.

use std::collections::BTreeSet;

use anyhow::Result;
use fastenr_core::import::request::Request;
use fastenr_core::model::activity::{ACTIVITY, Activity, Cursor, FeedItem};
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::event::{EventKind, Place};
use fastenr_core::model::filter::Page;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::noun::{Noun, Value};
use fastenr_core::model::selection::{Order, Selection};
use fastenr_core::model::team::TEAM;
use fastenr_core::ops::lists;
use fastenr_core::ops::organizations::OrganizationChange;
use fastenr_core::ops::selection::selection;
use fastenr_core::ops::timeline::{Timeline, TimelineFilter};
use fastenr_core::ops::{self, Context, activities, entries};
use fastenr_core::store::timeline::Window;
use fastenr_core::store::{self, Engine, Lock, Tx};
use fastenr_tests::harness::{Backend, Tests};
use futures_util::TryStreamExt;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use fastenr_tests::world::{World, by, execute, given, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/feed/filters_and_pages", filters_and_pages);
    tests.both("store/feed/nothing_is_lost_or_repeated", nothing_is_lost_or_repeated);
    tests.postgres("store/feed/a_late_commit_arrives", a_late_commit_arrives);
    tests.postgres("store/feed/one_that_was_moved_goes_on", one_that_was_moved_goes_on);
    tests.both("store/feed/organizations_are_told", organizations_are_told);
    tests.both("store/feed/a_timeline", a_timeline);
    tests.both("store/feed/a_timeline_page_by_page", a_timeline_page_by_page);
    tests.both("store/feed/all_around_an_account", all_around_an_account);
    tests.both("store/feed/teams", teams);
    tests.both("store/feed/nobody_spoke_to_them", nobody_spoke_to_them);
}

async fn make(world: &World, noun: &'static Noun, values: &[(&str, &str)]) -> Result<Uuid> {
    Ok(entries::create(world, noun, &given(values), false).await?.record.id())
}

async fn change(world: &World, noun: &'static Noun, id: Uuid, values: &[(&str, &str)]) -> Result<()> {
    entries::update(world, noun, &id.to_string(), &given(values), None, false).await?;
    Ok(())
}

async fn found(world: &World, pairs: &[(&str, &str)]) -> Result<Vec<FeedItem>> {
    let filter = selection(world, &ACTIVITY, pairs.iter().copied()).await?;
    let page = activities::list(world, &filter, Page { number: 1, limit: 100 }).await?;
    let mut tx = world.db.read().await?;
    let streamed: Vec<FeedItem> = lists::stream(&mut tx, world, &ACTIVITY, &filter, newest())?.try_collect().await?;
    assert_eq!((page.total, &page.rows), (streamed.len() as u64, &streamed));
    Ok(streamed)
}

fn kinds(items: &[FeedItem]) -> Vec<&str> {
    items.iter().map(|item| item.activity.kind.as_str()).collect()
}

async fn filters_and_pages(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    assert!(!lists::any(&world, &ACTIVITY).await?);
    let mia = world.user("mia@example.com", "Mia").await?;
    world.account(&[("external_id", "a"), ("name", "Acme"), ("arr", "50000")]).await?;
    let next_day = world.at("2026-03-02T23:30:00Z");
    let as_mia = next_day.acting_as(&mia);
    as_mia.update("a", &[("arr", "60000.50"), ("tags", "b, a"), ("owner", "mia@example.com")]).await?;
    let contact = make(&as_mia, &CONTACT, &[("account", "a"), ("name", "Jo")]).await?;
    entries::delete(&next_day, &CONTACT, &contact.to_string(), None, false).await?;
    next_day.import("external_id,name\nb,Bolt\n", Request::default()).await?;
    let all = found(&world, &[]).await?;
    let told =
        ["accounts.import", "contacts.delete", "contacts.create", "accounts.update", "accounts.create", "users.create"];
    assert_eq!(kinds(&all), told);
    let update = &all[3];
    assert_eq!((update.actor.as_str(), update.activity.label.as_str()), ("mia@example.com", "Acme"));
    assert_eq!(update.account, Some(("a".to_owned(), "Acme".to_owned())));
    let changes = json!([
        {"field": "arr", "old": 50000, "new": 60000.5},
        {"field": "tags", "old": [], "new": ["a", "b"]},
        {"field": "owner", "old": null, "new": "mia@example.com"},
    ]);
    let sorted = |changes: &Json| {
        let texts: BTreeSet<String> = changes.as_array().unwrap().iter().map(Json::to_string).collect();
        texts
    };
    let told = sorted(&update.activity.changes);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.iter().any(|text| text.contains("60000.5")), "{told:?}");
    assert_eq!(sorted(&changes).len(), 3);
    assert_eq!((all[0].activity.label.as_str(), all[0].account.as_ref()), ("1 created", None));
    let id = contact.to_string();
    for (pairs, count) in [
        (vec![("account", "Acme")], 4),
        (vec![("actor", "Mia")], 2),
        (vec![("actor", "mia@example.com, admin@fastenr.local")], 6),
        (vec![("kind", "contacts.*")], 2),
        (vec![("kind", "contacts,accounts.import")], 3),
        (vec![("kind", "*.create"), ("kind", "*.delete")], 4),
        (vec![("kind", "account.*")], 0),
        (vec![("record", id.as_str())], 2),
        (vec![("since", "2026-03-02")], 4),
        (vec![("since", "2026-03-02T23:30:00Z")], 4),
        (vec![("since", "2026-03-02T23:30:00.000001Z")], 0),
        (vec![("until", "2026-03-01")], 2),
        (vec![("until", "2026-03-01T07:00:00Z"), ("since", "0d")], 2),
        (vec![("account", "a"), ("actor", ""), ("kind", "accounts.update")], 1),
    ] {
        assert_eq!(found(&world, &pairs).await?.len(), count, "{pairs:?}");
    }
    for (pairs, code) in [
        (vec![("acount", "a")], "unknown_filter"),
        (vec![("account", "nothing")], "unknown_account"),
        (vec![("actor", "nobody@example.com")], "unknown_user"),
        (vec![("kind", "up%")], "kind"),
        (vec![("record", "7")], "id"),
        (vec![("since", "yesterday")], "time"),
        (vec![("since", "2026-03-02"), ("until", "2026-03-01")], "empty_range"),
        (vec![("since", "1d"), ("since", "2d")], "given_twice"),
    ] {
        assert_eq!(refused(selection(&world, &ACTIVITY, pairs.clone()).await), code, "{pairs:?}");
    }
    let second = activities::list(&world, &Selection::default(), Page { number: 2, limit: 4 }).await?;
    assert_eq!((kinds(&second.rows), second.total, second.has_more()), (kinds(&all[4..]), 6, false));
    Ok(())
}

/// Everything that comes after `cursor`, in slices of two.
async fn drain(world: &World, cursor: &mut Cursor, filter: &Selection) -> Result<Vec<Uuid>> {
    let mut ids = Vec::new();
    loop {
        let (items, next) = activities::after(world, *cursor, filter, 2).await?;
        *cursor = next.to_string().parse().unwrap();
        ids.extend(items.iter().map(|item| item.activity.id));
        if items.len() < 2 {
            return Ok(ids);
        }
    }
}

async fn nothing_is_lost_or_repeated(backend: &Backend) -> Result<()> {
    const EACH: usize = 25;
    let world = world(backend).await?;
    world.account(&[("external_id", "a"), ("name", "A")]).await?;
    world.account(&[("external_id", "b"), ("name", "B")]).await?;
    let (mut from_now, mut from_start) = (activities::end(&world).await?.0, Cursor::START);
    // What others do on the same server may keep the accounts' making unsettled until now, and so to come.
    let all = selection(&world, &ACTIVITY, [("kind", "accounts.update")]).await?;
    let only_b = all.clone().with(&ACTIVITY, "account", [Value::Id(world.get("b").await?.id)])?;
    let mut of_b = from_now;
    let write = async |account: &'static str| {
        for arr in 1..=EACH {
            world.update(account, &[("arr", &arr.to_string())]).await?;
            tokio::task::yield_now().await;
        }
        anyhow::Ok(())
    };
    let read = async {
        let (mut now, mut b) = (Vec::new(), Vec::new());
        while now.len() < 2 * EACH {
            now.extend(drain(&world, &mut from_now, &all).await?);
            b.extend(drain(&world, &mut of_b, &only_b).await?);
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        b.extend(drain(&world, &mut of_b, &only_b).await?);
        anyhow::Ok((now, b))
    };
    let ((), (), (now, b)) = tokio::try_join!(write("a"), write("b"), read)?;
    assert_eq!((now.len(), now.iter().collect::<BTreeSet<_>>().len()), (2 * EACH, 2 * EACH));
    assert_eq!((b.len(), b.iter().collect::<BTreeSet<_>>().len()), (EACH, EACH));
    let whole = drain(&world, &mut from_start, &all).await?;
    assert_eq!(whole, now);
    assert_eq!(drain(&world, &mut from_start, &all).await?, Vec::<Uuid>::new());
    Ok(())
}

fn activity(context: &Context, label: &str) -> Activity {
    Activity {
        id: context.ids.next(),
        at: context.clock.now(),
        user: context.user.id,
        operation: None,
        kind: "accounts.test".into(),
        noun: "accounts".into(),
        record: Some(context.ids.next()),
        account: None,
        label: label.into(),
        changes: Json::Array(Vec::new()),
    }
}

async fn begin(world: &World, label: &str) -> Result<Tx<'static>> {
    let mut tx = world.db.write(&world.scope(), Lock::Shared).await?;
    store::activities::insert(&mut tx, &world.scope(), &activity(world, label)).await?;
    Ok(tx)
}

/// A transaction that began first and ends last, another that is taken back, and a reader who looks all the while.
async fn a_late_commit_arrives(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let (mut cursor, _) = activities::end(&world).await?;
    let late = begin(&world, "late").await?;
    begin(&world, "early").await?.commit().await?;
    let undone = begin(&world, "undone").await?;
    // It waits behind the one that is still open: once delivered, "late" would come before it.
    assert_eq!(labels(&world, &mut cursor).await?, Vec::<String>::new());
    let (from_now, before) = activities::end(&world).await?;
    late.commit().await?;
    let mut told = Vec::new();
    while told.len() < 2 {
        told.extend(labels(&world, &mut cursor).await?);
    }
    assert_eq!(told, ["late", "early"]);
    // Whoever began to look in between knows which of them was done by then.
    let (items, _) = activities::after(&world, from_now, &Selection::default(), 100).await?;
    let done: Vec<bool> = items.iter().map(|item| before.contains(&item.activity.id)).collect();
    assert_eq!(done, [false, true]);
    begin(&world, "last").await?.commit().await?;
    assert_eq!(labels(&world, &mut cursor).await?, Vec::<String>::new());
    undone.rollback().await?;
    let mut told = Vec::new();
    while told.is_empty() {
        told.extend(labels(&world, &mut cursor).await?);
    }
    assert_eq!(told, ["last"]);
    assert_eq!(labels(&world, &mut cursor).await?, Vec::<String>::new());
    Ok(())
}

/// As a dump leaves it in another cluster: with numbers that are long past there, or far from being reached.
async fn one_that_was_moved_goes_on(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let their = world.organization("their").await?;
    for (world, name) in [(&world, "a"), (&world, "b"), (&their, "c")] {
        world.account(&[("name", name)]).await?;
    }
    let moved = [
        "update activities set xid = '9000000000' where label = 'a'",
        "update activities set xid = '5' where label = 'b'",
    ];
    for (round, insisted) in [false, true].into_iter().enumerate() {
        let (mut old, _) = activities::end(&world).await?;
        for sql in moved {
            execute(&world.db, sql).await?;
        }
        if !insisted {
            execute(&world.db, "update feed set system_identifier = 1").await?;
            let check = ops::admin::check(&world.db).await?;
            assert!(check.iter().any(|check| check.name == "feed" && check.problems.len() == 1), "{check:?}");
        } else {
            // The same cluster, and yet numbers from nowhere, as a replica of another one has them.
            let check = ops::admin::check(&world.db).await?;
            assert!(
                check
                    .iter()
                    .any(|check| check.name == "feed" && check.problems[0].text.contains("1 activity has a number")),
                "{check:?}"
            );
            ops::admin::migrate(&world.db, world.clock).await?;
        }
        let gone = activities::after(&world, old, &Selection::default(), 100).await;
        assert_eq!(refused(gone), "feed_moved");
        assert_eq!(refused(activities::check(&world, old).await), "cursor");
        let mut start = activities::start(&world).await?;
        activities::check(&world, start).await?;
        world.account(&[("name", &format!("new {round}"))]).await?;
        let mut told = Vec::new();
        while told.len() < 3 + round {
            told.extend(labels(&world, &mut start).await?);
        }
        assert_eq!(told, ["a", "b", "new 0", "new 1"][..3 + round]);
        old = activities::start(&their).await?;
        assert_eq!(labels(&their, &mut old).await?, ["c"]);
        assert!(ops::admin::check(&world.db).await?.iter().all(|check| check.problems.is_empty()));
    }
    Ok(())
}

/// What came next. Not always at once: on a server that others use, their transactions count too.
async fn labels(world: &World, cursor: &mut Cursor) -> Result<Vec<String>> {
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let (items, next) = activities::after(world, *cursor, &Selection::default(), 100).await?;
    *cursor = next;
    Ok(items.into_iter().map(|item| item.activity.label).collect())
}

async fn organizations_are_told(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.user("mia@example.com", "Mia").await?;
    let change = OrganizationChange {
        name: Some("New".into()),
        time_zone: Some("Europe/Berlin".into()),
        by: Some("mia@example.com".into()),
        ..OrganizationChange::default()
    };
    let update = async |change: &OrganizationChange, dry| {
        ops::organizations::update(&world.db, world.clock, "default", change, dry).await
    };
    update(&change, true).await?;
    assert_eq!(found(&world, &[("kind", "organizations")]).await?.len(), 0);
    update(&change, false).await?;
    update(&change, false).await?;
    update(&OrganizationChange { name: Some("Newer".into()), by: None, ..change.clone() }, false).await?;
    let told = found(&world, &[("kind", "organizations.update")]).await?;
    let actors: Vec<&str> = told.iter().map(|item| item.actor.as_str()).collect();
    assert_eq!(actors, ["admin@fastenr.local", "mia@example.com"]);
    assert_eq!(told[1].activity.changes[0], json!({"field": "name", "old": "Default", "new": "New"}));
    assert_eq!(told[1].activity.changes[1]["new"], "Europe/Berlin");
    let stranger = OrganizationChange { name: Some("X".into()), by: Some("x@example.com".into()), ..change };
    assert_eq!(refused(update(&stranger, false).await), "unknown_user");
    Ok(())
}

/// One account with something of every kind.
async fn story(world: &World) -> Result<()> {
    let on = |day: &str| world.at(&format!("2026-02-{day}T09:00:00Z"));
    on("01").import("external_id,name,arr,status\na,Acme,50000,active\nz,Other,1,active\n", Request::default()).await?;
    on("02").update("a", &[("arr", "60000")]).await?;
    let file = format!("external_id,arr,owner\na,70000,{}\nz,2,\n", world.user.email);
    on("03").import(&file, Request::default()).await?;
    on("04").import("external_id,status\na,at_risk\n", Request::default()).await?;
    on("05").import("external_id,status\na,at_risk\n", Request::default()).await?;
    let values = [("account", "a"), ("type", "meeting"), ("title", "Review"), ("outcome", "positive")];
    make(&on("06"), &ENGAGEMENT, &[&values[..], &[("completed_at", "2026-02-06T08:00:00Z")]].concat()).await?;
    let call = [("account", "a"), ("type", "call"), ("title", "Check-in"), ("scheduled_at", "2026-04-01T08:00:00Z")];
    make(&on("07"), &ENGAGEMENT, &call).await?;
    let values = [("account", "a"), ("title", "Roll out"), ("target_value", "50"), ("target_date", "2026-06-30")];
    let goal = make(&on("08"), &GOAL, &[&values[..], &[("external_id", "g")]].concat()).await?;
    let goals = "external_id,account,title,status\ng,a,Roll out,at_risk\n";
    ops::import::run(&on("09"), &GOAL, world.source(goals)?, Request::default(), &mut |_| {}).await?;
    change(&on("10"), &GOAL, goal, &[("status", "achieved"), ("current_value", "50")]).await?;
    make(&on("11"), &CONTACT, &[("account", "a"), ("name", "Jo Doe"), ("email", "jo@acme.example")]).await?;
    let gone = make(&on("12"), &ENGAGEMENT, &[("account", "a"), ("type", "note"), ("title", "Slip")]).await?;
    entries::delete(&on("13"), &ENGAGEMENT, &gone.to_string(), None, false).await?;
    Ok(())
}

async fn told(world: &World, wanted: &TimelineFilter) -> Result<Timeline> {
    Ok(ops::timeline::timeline(world, "a", wanted).await?)
}

async fn a_timeline(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    story(&world).await?;
    let all = told(&world, &TimelineFilter::default()).await?;
    let lines: Vec<String> = all
        .events
        .iter()
        // The name of the file is left out.
        .map(|event| (event, event.title.split(" of /").next().unwrap_or_default()))
        .map(|(event, title)| format!("{} {} {title}", event.place.at.format("%m-%d"), event.kind.as_str()))
        .collect();
    assert_eq!(
        lines,
        [
            "04-01 engagement call: Check-in",
            "02-13 engagement deleted engagement Slip",
            "02-12 engagement created engagement Slip",
            "02-11 contact created contact Jo Doe",
            "02-10 goal updated goal Roll out",
            "02-09 goal goal at risk: Roll out",
            "02-08 goal goal set: Roll out",
            "02-06 engagement meeting: Review",
            "02-04 import changed by import",
            "02-03 import changed by import",
            "02-02 change updated account",
            "02-01 import created by import",
        ]
    );
    assert!(all.events[0].open && !all.events[7].open);
    assert_eq!(all.events[7].detail.as_deref(), Some("positive"));
    assert_eq!(all.events[8].changes, json!([{"field": "status", "old": "active", "new": "at_risk"}]));
    // The new values are those that the next write found, and the old ones what the hand had written.
    let changes = all.events[9].changes.to_string();
    assert!(changes.contains(r#""field":"arr","old":60000,"new":70000"#), "{changes}");
    assert!(changes.contains(r#""field":"owner","old":null,"new":"admin@fastenr.local""#), "{changes}");
    assert!(all.events.iter().all(|event| event.actor.as_deref() == Some("admin@fastenr.local")));
    let only = async |kinds: &[EventKind]| {
        let wanted = TimelineFilter { kinds: kinds.to_vec(), ..TimelineFilter::default() };
        anyhow::Ok(told(&world, &wanted).await?.events.len())
    };
    for (kinds, count) in [
        (vec![EventKind::Engagement], 4),
        (vec![EventKind::Goal], 3),
        (vec![EventKind::Contact], 1),
        (vec![EventKind::Change], 1),
        (vec![EventKind::Import], 3),
        (vec![EventKind::Team, EventKind::Metric], 0),
        (vec![EventKind::Change, EventKind::Contact], 2),
        (EventKind::ALL.to_vec(), 12),
    ] {
        assert_eq!(only(&kinds).await?, count, "{kinds:?}");
    }
    // The hand writes once more: what the last import made of the account is in its before-image now.
    world.at("2026-02-20T09:00:00Z").update("a", &[("status", "active"), ("arr", "1")]).await?;
    let again = told(&world, &TimelineFilter { kinds: vec![EventKind::Import], ..TimelineFilter::default() }).await?;
    assert_eq!(again.events[0].changes, all.events[8].changes);
    assert_eq!(again.events[1].changes, all.events[9].changes);
    let reached = "external_id,account,title,status,completion_date\nh,a,Done,achieved,2026-01-15\n";
    ops::import::run(&world, &GOAL, world.source(reached)?, Request::default(), &mut |_| {}).await?;
    let goals = told(&world, &TimelineFilter { kinds: vec![EventKind::Goal], ..TimelineFilter::default() }).await?;
    let last = goals.events.last().unwrap();
    assert_eq!(
        (last.title.as_str(), last.place.at.date_naive().to_string().as_str()),
        ("goal achieved: Done", "2026-01-15")
    );
    assert_eq!(refused(ops::timeline::wanted(&world, &["tea".into()], None, None)), "event_kind");
    assert_eq!(refused(ops::timeline::wanted(&world, &[], Some("x"), None)), "time");
    let range = ops::timeline::wanted(&world, &[], Some("2026-02-02"), Some("2026-02-01"));
    assert_eq!(refused(range), "empty_range");
    Ok(())
}

/// However it is cut, it is the same list.
async fn a_timeline_page_by_page(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    story(&world).await?;
    // Many at one moment.
    for n in 0..5 {
        world.update("a", &[("arr", &n.to_string())]).await?;
    }
    let all = told(&world, &TimelineFilter::default()).await?.events;
    assert_eq!(all.len(), 17);
    let places: BTreeSet<Place> = all.iter().map(|event| event.place).collect();
    assert_eq!(places.len(), all.len());
    for limit in 1..=18 {
        let cut = told(&world, &TimelineFilter { limit: Some(limit), ..TimelineFilter::default() }).await?;
        assert_eq!((&cut.events[..], cut.has_more), (&all[..limit.min(17)], limit < 17));
        let kinds = vec![EventKind::Import, EventKind::Goal];
        let some: Vec<_> = all.iter().filter(|event| kinds.contains(&event.kind)).cloned().collect();
        let cut = told(&world, &TimelineFilter { limit: Some(limit), kinds, ..TimelineFilter::default() }).await?;
        assert_eq!((&cut.events[..], cut.has_more), (&some[..limit.min(6)], limit < 6));
    }
    let range = ops::timeline::wanted(&world, &[], Some("2026-02-03"), Some("2026-02-10"))?;
    assert_eq!(told(&world, &range).await?.events, all[all.len() - 8..all.len() - 2]);
    Ok(())
}

async fn all_around_an_account(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("external_id", "top"), ("name", "Holding"), ("arr", "10")]).await?;
    story(&world).await?;
    world.update("a", &[("parent", "top"), ("arr", "7.50")]).await?;
    world.update("z", &[("parent", "a"), ("arr", "3")]).await?;
    entries::put(&world, &TEAM, &given(&[("account", "a"), ("user", "admin@fastenr.local")]), false).await?;
    let open =
        make(&world, &GOAL, &[("account", "a"), ("title", "Next"), ("target_value", "8"), ("current_value", "2")])
            .await?;
    for (day, logins, nps) in [("2026-02-01", "1", "40"), ("2026-02-02", "5", ""), ("2026-02-03", "9", "")] {
        let values = [("account", "a"), ("metric_date", day), ("login_frequency", logins), ("nps", nps)];
        entries::put(&world, &METRIC, &given(&values), false).await?;
    }
    let around = ops::overview::overview(&world, "Acme").await?;
    assert_eq!(around.owner.unwrap().email, "admin@fastenr.local");
    assert_eq!(around.team[0].label("user"), Some("admin@fastenr.local"));
    assert_eq!(around.parent.unwrap().name, "Holding");
    assert_eq!((around.children.count, around.children.arr, around.first_children[0].name.as_str()), (1, 300, "Other"));
    assert_eq!(around.contacts[0].text("name"), Some("Jo Doe"));
    assert_eq!(around.last_engagement.unwrap().title(), "Review");
    assert_eq!(around.next_engagement.unwrap().title(), "Check-in");
    assert_eq!(around.goals.iter().map(|goal| goal.id()).collect::<Vec<_>>(), [open]);
    assert_eq!(ops::goals::share(&around.goals[0]), Some(2_500));
    let metrics: Vec<String> = around
        .metrics
        .iter()
        .map(|latest| {
            format!("{} {} {} {}", latest.field.name, latest.field.text(&latest.value), latest.day, latest.recent.len())
        })
        .collect();
    assert_eq!(metrics, ["login_frequency 9 2026-02-03 3", "nps 40 2026-02-01 1"]);
    let counts = around.counts;
    assert_eq!((counts.contacts, counts.engagements, counts.attachments), (1, 2, 0));
    assert_eq!((counts.goals, counts.metrics), (2, 3));
    // It is over by then, and was never held.
    let later = ops::overview::overview(&world.at("2026-05-01T07:00:00Z"), "a").await?;
    assert!(later.next_engagement.is_none());
    let bare = ops::overview::overview(&world, "top").await?;
    assert!(bare.owner.is_none() && bare.metrics.is_empty() && bare.last_engagement.is_none());
    assert_eq!(refused(ops::overview::overview(&world, "nothing").await), "unknown_account");
    Ok(())
}

async fn teams(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.user("mia@example.com", "Mia").await?;
    world.account(&[("external_id", "a"), ("name", "Acme")]).await?;
    let member = |role: &'static str| given(&[("account", "a"), ("user", "Mia"), ("role", role)]);
    let added = entries::put(&world, &TEAM, &member("support"), false).await?.record;
    assert_eq!((added.version(), added.text("role")), (1, Some("support")));
    let again = entries::put(&world, &TEAM, &member("sales"), false).await?.record;
    assert_eq!((again.id(), again.version(), again.text("role")), (added.id(), 2, Some("sales")));
    // A team can do without one: it does not keep a user from being deactivated, nor is anybody taken off it.
    ops::users::update(&world, "Mia", &[], Some(false), false).await?;
    assert!(entries::get_within(&world, &TEAM, "a", "mia@example.com").await?.is_some());
    world.account(&[("external_id", "b"), ("name", "Bolt")]).await?;
    let to_b = given(&[("account", "b"), ("user", "mia@example.com")]);
    assert_eq!(refused(entries::put(&world, &TEAM, &to_b, false).await), "deactivated_user");
    entries::delete(&world, &TEAM, &added.id().to_string(), None, false).await?;
    assert!(entries::get_within(&world, &TEAM, "a", "Mia").await?.is_none());
    let told = found(&world, &[("kind", "team"), ("account", "a")]).await?;
    assert_eq!(kinds(&told), ["team.delete", "team.update", "team.create"]);
    assert_eq!(told[0].activity.label, "Acme, mia@example.com");
    Ok(())
}

async fn nobody_spoke_to_them(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for name in ["never", "planned", "old", "edge", "recent"] {
        world.account(&[("name", name)]).await?;
    }
    let engage = async |account: &str, at: &str, when: &str| {
        make(&world, &ENGAGEMENT, &[("account", account), ("type", "call"), ("title", "x"), (at, when)]).await
    };
    engage("planned", "scheduled_at", "2026-02-20T10:00:00Z").await?;
    engage("old", "completed_at", "2026-01-29T23:59:59.999999Z").await?;
    engage("edge", "completed_at", "2026-01-29T23:59:59Z").await?;
    engage("edge", "completed_at", "2026-01-30T00:00:00Z").await?;
    engage("recent", "completed_at", "2026-02-28T00:00:00.5Z").await?;
    let names = async |time: &str| {
        let filter = world.filter(&[("no_engagement_for", time)]).await?;
        let accounts = world.accounts_where(&filter, by("name")).await?;
        anyhow::Ok(accounts.into_iter().map(|account| account.name).collect::<Vec<_>>())
    };
    assert_eq!(names("30d").await?, ["never", "old", "planned"]);
    assert_eq!(names("29d").await?, ["edge", "never", "old", "planned"]);
    assert_eq!(names("0d").await?.len(), 5);
    assert_eq!(names("36525d").await?, ["never", "planned"]);
    assert_eq!(refused(world.filter(&[("no_engagement_for", "soon")]).await), "duration");
    Ok(())
}

/// Every statement of what is tested here, for the tests of statements.
pub(crate) async fn once(world: &World) -> Result<()> {
    story(world).await?;
    let id = world.user.id;
    let account = world.get("a").await?;
    let now = world.clock.now();
    let (account, id) = (account.id.to_string(), id.to_string());
    let pairs = [
        ("account", account.as_str()),
        ("actor", id.as_str()),
        ("kind", "accounts.*,goals.update"),
        ("record", id.as_str()),
        ("since", "2d"),
        ("until", "1d"),
    ];
    let filter = selection(world, &ACTIVITY, pairs).await?;
    for filter in [filter, Selection::default()] {
        activities::list(world, &filter, Page::default()).await?;
        let mut tx = world.db.read().await?;
        lists::stream::<FeedItem>(&mut tx, world, &ACTIVITY, &filter, newest())?.try_collect::<Vec<_>>().await?;
        drop(tx);
        activities::after(world, Cursor::START, &filter, 2).await?;
        let (end, _) = activities::end(world).await?;
        activities::check(world, end).await?;
    }
    lists::any(world, &ACTIVITY).await?;
    let kinds = [vec![], vec![EventKind::Goal, EventKind::Contact], vec![EventKind::Change]];
    for kinds in kinds {
        for from in [None, Some(now)] {
            told(world, &TimelineFilter { kinds: kinds.clone(), from, ..TimelineFilter::default() }).await?;
        }
    }
    ops::overview::overview(world, "a").await?;
    Ok(())
}

/// Every function of the store that is tested here, called by `ours` on what only `theirs` have.
pub(crate) async fn apart(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    let scope = &ours.scope();
    let their = theirs.get("only").await?.id;
    let all = Selection::default();
    let own: BTreeSet<Uuid> = found(ours, &[]).await?.iter().map(|item| item.activity.id).collect();
    let of_theirs = all.clone().with(&ACTIVITY, "account", [Value::Id(their)])?;
    let tx = &mut ours.db.read().await?;
    called.extend([
        "activities::after",
        "activities::unsettled",
        "feed::read_feed",
        "feed::leads_to",
        "feed::unreached",
    ]);
    for (filter, count) in [(&all, own.len()), (&of_theirs, 0)] {
        let page = Page { number: 1, limit: 1_000 };
        let listed: Vec<FeedItem> = store::lists::list(tx, scope, &ACTIVITY, filter, newest(), page).await?;
        let streamed: Vec<FeedItem> =
            store::lists::stream(tx, scope, &ACTIVITY, filter, newest())?.try_collect().await?;
        assert_eq!((listed.len(), &streamed), (count, &listed));
        assert_eq!(store::lists::count::<FeedItem>(tx, scope, &ACTIVITY, filter).await?, count as u64);
        let end = store::feed::read_feed(tx, scope).await?.end;
        let (after, _) = store::activities::after(tx, scope, Cursor::START, end, filter, 1_000).await?;
        assert_eq!(after.len(), count);
        assert!(after.iter().all(|item| own.contains(&item.activity.id)));
    }
    assert!(store::lists::any(tx, scope, &ACTIVITY).await?);
    let end = store::feed::read_feed(tx, scope).await?.end;
    if tx.engine() == Engine::Sqlite {
        assert!(end.to_string().contains(&format!("-0-{}-", own.len())), "{end}");
    }
    let of_them = store::feed::read_feed(&mut theirs.db.read().await?, &theirs.scope()).await?.end;
    for (place, leads) in [(end, true), (of_them, false)] {
        assert_eq!(store::feed::leads_to(tx, scope, place).await?, leads);
    }
    assert_eq!(store::feed::unreached(tx, scope).await?, 0);
    assert!(store::activities::unsettled(tx, scope).await?.iter().all(|id| own.contains(id)));
    let window = Window { from: None, before: Place { at: "9000-01-01T00:00:00Z".parse()?, id: their }, limit: 100 };
    called.extend([
        "timeline::touchpoints",
        "timeline::single_writes",
        "timeline::bulk_writes",
        "timeline::versions",
        "timeline::creation",
        "timeline::status_changes",
        "accounts::around",
    ]);
    use store::timeline;
    assert!(timeline::touchpoints(tx, scope, their, &window).await?.is_empty());
    assert!(timeline::single_writes(tx, scope, their, (&[], &[]), &window).await?.is_empty());
    assert!(timeline::bulk_writes(tx, scope, their, &window).await?.is_empty());
    assert!(timeline::versions(tx, scope, their, &[1, 2]).await?.is_empty());
    assert!(timeline::creation(tx, scope, their).await?.is_none());
    assert!(timeline::status_changes(tx, scope, their).await?.is_empty());
    assert!(store::accounts::around(tx, scope, their).await.is_err(), "no such account here");
    Ok(())
}

fn newest() -> Order {
    Order::first(&ACTIVITY)
}
