//! Figures that are remembered are those that would be worked out, whoever writes meanwhile.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::activity::Activity;
use fastenr_core::model::alert::{ALERT, Alert};
use fastenr_core::model::arr_change::GroupBy;
use fastenr_core::model::cursor::{Extent, Fingerprint, ListRequest, Slice, Total};
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::filter::Page;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::selection::Selection;
use fastenr_core::ops::alerts::{self, AlertAction};
use fastenr_core::ops::scores::views::{self, Adjustment, By};
use fastenr_core::ops::scores::{Request, recompute};
use fastenr_core::ops::selection::selection;
use fastenr_core::ops::{self, dashboard};
use fastenr_core::store::accounts::Totals;
use fastenr_core::store::{self, Engine, Lock, Recalled, Tx};
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::{World, by, connect, given, world};

use super::random::Random;

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/remembered/figures_are_those_of_a_new_process", figures_are_those_of_a_new_process);
    tests.both("store/remembered/while_fifty_write", while_fifty_write);
    tests.both("store/remembered/a_late_commit_is_seen", a_late_commit_is_seen);
    tests.both("store/remembered/a_write_remembers_nothing", a_write_remembers_nothing);
    tests.both("store/remembered/a_state_is_not_told_of_another", a_state_is_not_told_of_another);
    tests.both("store/remembered/totals_stop", totals_stop);
}

/// Another process: it remembers nothing of this one.
async fn another(backend: &Backend, world: &World) -> Result<World> {
    let mut other = world.clone();
    other.context.db = connect(backend, false).await?;
    Ok(other)
}

type Pairs = &'static [(&'static str, &'static str)];

const FILTERS: [Pairs; 9] = [
    &[],
    &[("status", "at_risk,churned")],
    &[("arr_min", "500")],
    &[("renews_within", "31d")],
    &[("no_engagement_for", "30d")],
    &[("owner", "jo@example.com"), ("size", "small")],
    &[("archived", "true")],
    &[("search", "acme 1")],
    &[("tag", "vip")],
];

async fn book(world: &World) -> Result<()> {
    world.user("jo@example.com", "Jo Doe").await?;
    let mut file = "external_id,name,arr,contract_end,owner,size,created_at\n".to_owned();
    for n in 0..25 {
        file.push_str(&format!(
            "a{n},Acme {n},{},2026-0{}-01,{},{},2025-01-01\n",
            n * 50,
            1 + n % 9,
            ["jo@example.com", ""][n % 2],
            ["small", "large", ""][n % 3]
        ));
    }
    world.import(&file, Default::default()).await?;
    Ok(())
}

/// Something that people and nights do; what is refused is no matter here.
async fn anything(world: &World, random: &mut Random) -> Result<()> {
    let account = format!("a{}", random.below(25));
    let change = |name: &'static str, value: String| vec![(name.to_owned(), Some(value))];
    match random.below(14) {
        0 => drop(ops::accounts::create(world, &given(&[("name", "Acme 1 new"), ("arr", "700")]), false).await),
        1 | 2 => {
            let arr = change("arr", random.below(2_000).to_string());
            drop(ops::accounts::update(world, &account, &arr, None, false).await);
        }
        3 => {
            let status = random.one(&["active", "at_risk", "churned"]);
            drop(ops::accounts::update(world, &account, &change("status", (*status).to_owned()), None, false).await);
        }
        4 => drop(ops::accounts::set_archived(world, &account, random.below(2) == 0, None, false).await),
        5 => {
            let at = ["2026-02-20T10:00:00Z", "2026-01-02T10:00:00Z", "2026-03-01T06:00:00Z"][random.below(3)];
            let values = [("account", account.as_str()), ("type", "call"), ("title", "Call"), ("completed_at", at)];
            drop(ops::entries::create(world, &ENGAGEMENT, &given(&values), false).await);
        }
        6 => {
            let values = [("account", account.as_str()), ("title", "Goal"), ("target_value", "5")];
            drop(ops::entries::create(world, &GOAL, &given(&values), false).await);
        }
        7 => drop(ops::accounts::update(world, &account, &change("tags", "vip".to_owned()), None, false).await),
        8 => {
            let file = format!("external_id,name,arr,size\n{account},Acme again,{},large\n", random.below(900));
            drop(world.import(&file, Default::default()).await);
        }
        9 => {
            let last = world.operations().await?;
            if let Some(operation) = last.get(random.below(last.len().clamp(1, 4))) {
                drop(ops::operations::undo(world, &operation.id.to_string(), false, false).await);
            }
        }
        10 => drop(recompute(world, &Request::default(), &mut |_| {}).await),
        11 => {
            let adjustment = Adjustment { score: 20, reason: "said so".into(), until: "2026-05-01".parse().unwrap() };
            drop(views::adjust(world, &account, &adjustment, false).await);
        }
        12 => {
            let open = selection(world, &ALERT, [("state", "open,acknowledged")]).await?;
            let until = *random.one(&["2026-03-02", "2026-03-03"]);
            let acts = [AlertAction::Acknowledge, AlertAction::Snooze { until: until.parse()? }];
            drop(alerts::act(world, &open, *random.one(&acts), "seen", false).await);
        }
        _ => {
            let values = [("account", account.as_str()), ("metric_date", "2026-02-20"), ("login_frequency", "9")];
            let metric = fastenr_core::model::metric::METRIC.many;
            let noun = fastenr_core::model::nouns::NOUNS.iter().find(|noun| noun.many == metric).unwrap();
            drop(ops::entries::put(world, noun, &given(&values), false).await);
        }
    }
    Ok(())
}

/// Everything that is remembered, as text.
async fn figures(world: &World, pairs: Pairs) -> Result<Vec<String>> {
    let filter = &world.filter(pairs).await?;
    let page = Page { number: 1, limit: 3 };
    let (found, totals) = ops::accounts::list(world, filter, by("name"), page).await?;
    let period = ops::arr::period(world, Some("2026"), None, None)?;
    let mut told = vec![
        format!("{} {totals:?}", found.total),
        format!("{:?}", dashboard::dashboard(world, filter).await?),
        format!("{:?}", views::summary(world, filter, Some(By::Size)).await?),
        format!("{:?}", ops::arr::summary(world, filter, period, Some(GroupBy::Owner)).await?),
        format!("{:?}", ops::extent::accounts(world, filter).await?),
        format!("{:?}", ops::segments::list(world).await?.iter().map(|one| one.accounts).collect::<Vec<_>>()),
    ];
    for noun in [&ENGAGEMENT, &GOAL] {
        told.push(format!("{}", ops::lists::count::<Entry>(world, noun, &Selection::default()).await?));
    }
    for state in ["open", "snoozed", "acknowledged", "all"] {
        let chosen = selection(world, &ALERT, [("state", state)]).await?;
        told.push(format!("{state} {}", ops::lists::count::<Alert>(world, &ALERT, &chosen).await?));
    }
    Ok(told)
}

/// After each write a process that has remembered all along says what one says that has just begun.
async fn figures_are_those_of_a_new_process(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    book(&first).await?;
    let others = [first.clone(), another(backend, &first).await?];
    let mut random = Random::seeded("remembered");
    for step in 0..backend.tries(45) {
        let writer = random.one(&others);
        anything(writer, &mut random).await?;
        // Not each time: what was told before the last two writes must not be told after them.
        let filter = *random.one(&FILTERS);
        let fresh = another(backend, &first).await?;
        let want = figures(&fresh, filter).await?;
        for world in &others {
            assert_eq!(figures(world, filter).await?, want, "step {step}: {filter:?}");
            assert_eq!(figures(world, filter).await?, want, "step {step}, once more: {filter:?}");
        }
        // Later, within the hour, on the same day and on the days after it: contracts come near, snoozes end.
        let later = random.one(&[
            "2026-03-01T07:20:00Z",
            "2026-03-01T07:59:59Z",
            "2026-03-01T23:59:59Z",
            "2026-03-02T00:00:00Z",
            "2026-03-03T09:00:00Z",
        ]);
        assert_eq!(
            figures(&first.at(later), filter).await?,
            figures(&fresh.at(later), filter).await?,
            "{step} {later}"
        );
        fresh.db.close().await;
    }
    Ok(())
}

/// In each state that a reader sees, what it recalls is what it counts; on PostgreSQL writers overtake each other, and one stays open.
async fn while_fifty_write(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    book(&first).await?;
    let (known, unknown, done) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let mut all = vec![Selection::everything()];
    for pairs in FILTERS {
        all.push(first.filter(pairs).await?);
    }
    let reader = async |world: World, seed: u64| -> Result<()> {
        let mut random = Random::of(seed);
        while !done.load(Ordering::SeqCst) {
            let filter = random.one(&all);
            let scope = world.scope();
            let mut tx = world.db.read().await?;
            let recalled: Recalled<Totals> = world.db.memory().recall(&mut tx, &scope, format!("{filter:?}")).await?;
            let computed = store::accounts::totals(&mut tx, &scope, filter).await?;
            match recalled {
                Recalled::Known(totals) => {
                    known.fetch_add(1, Ordering::SeqCst);
                    ensure!(totals == computed, "{totals:?} was remembered of {computed:?}: {filter:?}");
                }
                Recalled::Unknown(place) => {
                    unknown.fetch_add(1, Ordering::SeqCst);
                    world.db.memory().keep(place, computed, 24);
                }
            }
        }
        Ok(())
    };
    let writer = async |world: World, seed: u64| -> Result<()> {
        let mut random = Random::of(seed);
        for _ in 0..12 {
            anything(&world, &mut random).await?;
            tokio::time::sleep(Duration::from_millis(random.number(30))).await;
        }
        Ok(())
    };
    // One of many people who each change a field now and then.
    let person = async |world: World, seed: u64| -> Result<()> {
        let mut random = Random::of(seed);
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_millis(random.number(900))).await;
            let account = format!("a{}", random.below(25));
            let arr = vec![("arr".to_owned(), Some(random.below(2_000).to_string()))];
            ops::accounts::update(&world, &account, &arr, None, false).await?;
        }
        anyhow::Ok(())
    };
    // Has written, and is neither committed nor given up for a while.
    let slow = async |world: World| -> Result<()> {
        for round in 0..4 {
            let mut tx = world.db.write(&world.scope(), Lock::Shared).await?;
            let sql =
                "update accounts set arr = coalesce(arr, 0) + 1 where organization_id = $1 and external_id = 'a3'";
            tx.of(&world.scope(), sql).execute().await?;
            tokio::time::sleep(Duration::from_millis(120)).await;
            if round % 2 == 0 {
                tx.rollback().await?;
                continue;
            }
            tell(&mut tx, &world).await?;
            tokio::time::sleep(Duration::from_millis(60)).await;
            tx.commit().await?;
        }
        Ok(())
    };
    let other = another(backend, &first).await?;
    let writers = async {
        let both = [first.clone(), other.clone()];
        let people = (100..147).zip(both.iter().cycle()).map(|(seed, world)| person(world.clone(), seed));
        tokio::try_join!(
            writer(first.clone(), 1),
            writer(other.clone(), 2),
            futures_util::future::try_join_all(people),
            slow(another(backend, &first).await?),
        )?;
        // What nobody writes to any more is remembered.
        tokio::time::sleep(Duration::from_millis(300)).await;
        done.store(true, Ordering::SeqCst);
        anyhow::Ok(())
    };
    tokio::try_join!(writers, reader(first.clone(), 7), reader(other.clone(), 8), reader(first.clone(), 9))?;
    let (known, unknown) = (known.load(Ordering::SeqCst), unknown.load(Ordering::SeqCst));
    ensure!(known > 20 && unknown > 20, "{known} known, {unknown} not");
    Ok(())
}

async fn tell(tx: &mut Tx<'_>, world: &World) -> Result<()> {
    let activity = Activity {
        id: world.ids.next(),
        at: world.clock.now(),
        user: world.user.id,
        operation: None,
        kind: "accounts.update".into(),
        noun: ACCOUNT.many.into(),
        record: None,
        account: None,
        label: "slow".into(),
        changes: serde_json::Value::Array(Vec::new()),
    };
    Ok(store::activities::insert(tx, &world.scope(), &activity).await?)
}

/// Who wrote before a reader looked and commits after it is seen then; who gives up is not. On PostgreSQL others commit meanwhile.
async fn a_late_commit_is_seen(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    let (scope, all) = (world.scope(), Selection::default());
    let writing = another(backend, &world).await?;
    let read = async || -> Result<Totals> {
        let mut told = Vec::new();
        for _ in 0..2 {
            told.push(ops::accounts::list(&world, &all, by("name"), Page::default()).await?.1);
        }
        assert_eq!(told[0], told[1]);
        Ok(told.remove(0))
    };
    for commits in [true, false, true] {
        let before = read().await?;
        let mut late = writing.db.write(&scope, Lock::Shared).await?;
        tell(&mut late, &writing).await?;
        let sql = "update accounts set arr = coalesce(arr, 0) + 700 where organization_id = $1 and external_id = 'a3'";
        late.of(&scope, sql).execute().await?;
        assert_eq!(read().await?, before);
        let mut added = 0;
        if world.db.engine() == Engine::Postgres {
            world.account(&[("name", "Meanwhile"), ("arr", "1")]).await?;
            added = 100;
            assert_eq!(read().await?.arr, before.arr + added);
        }
        if commits {
            late.commit().await?;
            added += 700;
        } else {
            late.rollback().await?;
        }
        assert_eq!(read().await?.arr, before.arr + added);
    }
    Ok(())
}

/// A transaction that writes sees what others don't, and on PostgreSQL more and more of what others write.
async fn a_write_remembers_nothing(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    let (scope, key) = (world.scope(), || "key".to_owned());
    let mut tx = world.db.write(&scope, Lock::Exclusive).await?;
    match world.db.memory().recall::<u64>(&mut tx, &scope, key()).await? {
        Recalled::Known(_) => panic!("nothing was remembered"),
        Recalled::Unknown(place) => world.db.memory().keep(place, 1_u64, 8),
    }
    tx.rollback().await?;
    let mut tx = world.db.read().await?;
    match world.db.memory().recall::<u64>(&mut tx, &scope, key()).await? {
        Recalled::Known(_) => panic!("a transaction that writes was remembered"),
        Recalled::Unknown(place) => world.db.memory().keep(place, 2_u64, 8),
    }
    assert!(matches!(world.db.memory().recall::<u64>(&mut tx, &scope, key()).await?, Recalled::Known(2)));
    drop(tx);
    let mut tx = world.db.write(&scope, Lock::Exclusive).await?;
    assert!(matches!(world.db.memory().recall::<u64>(&mut tx, &scope, key()).await?, Recalled::Unknown(_)));
    // A record that is written without an activity is a mistake that no test can miss.
    tx.of(&scope, "update accounts set arr = 1 where organization_id = $1").execute().await?;
    let committed = tokio::spawn(tx.commit()).await;
    assert!(committed.is_err_and(|error| error.is_panic()) || !cfg!(debug_assertions));
    Ok(())
}

/// A reader whose state is older than what is remembered, or newer, is not told it.
async fn a_state_is_not_told_of_another(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    let (scope, all) = (world.scope(), Selection::default());
    let mut old = world.db.read().await?;
    let before = store::accounts::totals(&mut old, &scope, &all).await?;
    world.account(&[("name", "New"), ("arr", "1")]).await?;
    let (_, after) = ops::accounts::list(&world, &all, by("name"), Page::default()).await?;
    assert_eq!(after.count, before.count + 1);
    let recalled: Recalled<Totals> = world.db.memory().recall(&mut old, &scope, format!("totals {all:?}")).await?;
    match recalled {
        Recalled::Known(totals) => assert_eq!(totals, before),
        Recalled::Unknown(place) => world.db.memory().keep(place, before, 24),
    }
    drop(old);
    for _ in 0..2 {
        assert_eq!(ops::accounts::list(&world, &all, by("name"), Page::default()).await?.1, after);
    }
    // Of one organization nothing is told to another.
    let other = world.organization("other").await?;
    assert_eq!(ops::accounts::list(&other, &all, by("name"), Page::default()).await?.1.count, 0);
    Ok(())
}

/// `upto:N` says the number itself up to N, and beyond it that there are more.
async fn totals_stop(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world).await?;
    let all = Selection::default();
    let ask =
        |total| ListRequest { slice: Slice::Page(Page { number: 1, limit: 2 }), total, filter: Fingerprint::default() };
    for (total, want) in [
        (Total::Exact, Some(Extent::Exactly(25))),
        (Total::UpTo(26), Some(Extent::Exactly(25))),
        (Total::UpTo(25), Some(Extent::Exactly(25))),
        (Total::UpTo(24), Some(Extent::Beyond(24))),
        (Total::UpTo(1), Some(Extent::Beyond(1))),
        (Total::None, None),
    ] {
        for _ in 0..2 {
            let part = ops::accounts::part(&world, &all, by("name"), &ask(total)).await?;
            assert_eq!((part.total, part.rows.len(), part.has_more()), (want, 2, true), "{total:?}");
            let (page, totals) = ops::accounts::page(&world, &all, by("name"), Page::default(), total).await?;
            assert_eq!((page.total, totals.is_some()), (want, total == Total::Exact), "{total:?}");
        }
    }
    let (extent, arr) = ops::extent::accounts(&world, &all).await?;
    assert_eq!((extent, arr.map(|arr| arr.0)), (Extent::Exactly(25), Some(1_500_000)));
    Ok(())
}
