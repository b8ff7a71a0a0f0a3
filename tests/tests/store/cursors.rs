//! Lists by cursor: the same as by page while nobody writes, and nothing missed or repeated while others do.

use std::collections::BTreeSet;

use anyhow::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::activity::{ACTIVITY, FeedItem};
use fastenr_core::model::alert::{ALERT, Alert};
use fastenr_core::model::arr_change::ARR_CHANGE;
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::cursor::{Cursor, Extent, Fingerprint, ListOrder, ListRequest, Part, Slice, Total};
use fastenr_core::model::entry::Entry;
use fastenr_core::model::filter::Page;
use fastenr_core::model::noun::{Noun, Storage, Value};
use fastenr_core::model::operation::OPERATION;
use fastenr_core::model::selection::{Order, Selection};
use fastenr_core::model::user::{USER, User};
use fastenr_core::ops;
use fastenr_tests::harness::{Backend, Tests};
use uuid::Uuid;

use super::nouns::{LONG_ID, around, children, full, least};
use fastenr_tests::world::{World, by, connect, execute, given, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/cursors/of_accounts_are_the_pages", of_accounts_are_the_pages);
    tests.both("store/cursors/of_every_noun_are_the_pages", of_every_noun_are_the_pages);
    tests.both("store/cursors/of_what_was_done", of_what_was_done);
    tests.both("store/cursors/while_others_write", while_others_write);
    tests.both("store/cursors/of_another_list_are_refused", of_another_list_are_refused);
    tests.both("store/cursors/last_engagements", last_engagements);
}

fn ask(slice: Slice, total: bool) -> ListRequest {
    let total = if total { Total::Exact } else { Total::None };
    ListRequest { slice, total, filter: Fingerprint::default() }
}

/// All that following the cursors gives; each of them goes through its text.
async fn walk<T>(limit: u64, part: impl AsyncFn(ListRequest) -> fastenr_core::Result<Part<T>>) -> Result<Vec<T>> {
    let mut slice = Slice::Page(Page { number: 1, limit });
    let mut rows = Vec::new();
    loop {
        let found = part(ask(slice, false)).await?;
        assert_eq!((found.total, found.limit), (None, limit));
        assert!(found.rows.len() as u64 <= limit);
        rows.extend(found.rows);
        match found.next {
            Some(next) => slice = Slice::After(next.to_string().parse()?, limit),
            None => return Ok(rows),
        }
    }
}

/// The same by numbers of pages, with their totals.
async fn leaf<T>(limit: u64, part: impl AsyncFn(ListRequest) -> fastenr_core::Result<Part<T>>) -> Result<Vec<T>> {
    let mut rows = Vec::new();
    for number in 1.. {
        let found = part(ask(Slice::Page(Page { number, limit }), true)).await?;
        rows.extend(found.rows);
        assert_eq!(
            found.next.is_some(),
            (rows.len() as u64) < found.total.unwrap().count(),
            "page {number} of {limit}"
        );
        if found.next.is_none() {
            break;
        }
    }
    Ok(rows)
}

/// Accounts with equal and missing values.
async fn book(world: &World, count: usize) -> Result<()> {
    let mut file = "external_id,name,arr,contract_end\n".to_owned();
    for n in 0..count {
        let arr = ["", "5", "5", "0", "1200.50", ""][n % 6];
        let end = ["2026-05-01", "", "2026-05-01", "2027-01-01"][n % 4];
        file.push_str(&format!("a{n},Acme {},{arr},{end}\n", n % 3));
    }
    world.import(&file, Default::default()).await?;
    let sql = "update accounts set health_score = 30, churn_risk_score = 70 where external_id in ('a1', 'a4', 'a7')";
    execute(&world.db, sql).await?;
    Ok(())
}

fn sorts() -> impl Iterator<Item = Order> {
    ACCOUNT.sorts.iter().flat_map(|sort| [false, true].map(|descending| Order { sort, descending }))
}

async fn of_accounts_are_the_pages(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world, 13).await?;
    let filter = Selection::default();
    for sort in sorts() {
        let want: Vec<Uuid> = world.accounts_where(&filter, sort).await?.iter().map(|account| account.id).collect();
        assert_eq!(want.len(), 13);
        for limit in [1, 2, 5, 13, 14] {
            let part = async |ask: ListRequest| ops::accounts::part(&world, &filter, sort, &ask).await;
            let walked: Vec<Uuid> = walk(limit, part).await?.iter().map(|listed| listed.account.id).collect();
            assert_eq!(walked, want, "{sort:?}, {limit} a page");
            let leafed: Vec<Uuid> = leaf(limit, part).await?.iter().map(|listed| listed.account.id).collect();
            assert_eq!(leafed, want, "{sort:?}, {limit} a page");
        }
    }
    Ok(())
}

async fn of_every_noun_are_the_pages(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    around(&world).await?;
    for noun in children() {
        some(&world, noun).await?;
        let all = Selection::default();
        for sort in noun.sorts {
            for descending in [false, true] {
                let order = Order { sort, descending };
                let page = Page { number: 1, limit: 1_000 };
                let want: Vec<Uuid> = ops::lists::list::<Entry>(&world, noun, &all, order, page)
                    .await?
                    .rows
                    .iter()
                    .map(|row| row.id())
                    .collect();
                assert!(want.len() >= 4, "{} has {}", noun.many, want.len());
                for limit in [1, 3, 1_000] {
                    let part =
                        async |ask: ListRequest| ops::lists::part::<Entry>(&world, noun, &all, order, &ask).await;
                    let walked: Vec<Uuid> = walk(limit, part).await?.iter().map(|row| row.id()).collect();
                    assert_eq!(walked, want, "{} by {}, {descending}, {limit} a page", noun.many, sort.name);
                    let leafed: Vec<Uuid> = leaf(limit, part).await?.iter().map(|row| row.id()).collect();
                    assert_eq!(leafed, want, "{} by {}, {descending}, {limit} a page", noun.many, sort.name);
                }
            }
        }
    }
    Ok(())
}

/// Some records of a noun: full ones, and ones with no more than they need.
async fn some(world: &World, noun: &'static Noun) -> Result<()> {
    for n in 0..3 {
        let mut values = full(noun, n);
        // What is unique within an account, or goes with a state that others lack.
        values.retain(|(name, _)| !matches!(name.as_str(), "completed_on"));
        if noun.many == "goals" {
            values.retain(|(name, _)| name != "status");
        }
        let _ = ops::entries::create(world, noun, &values, false).await;
        let mut bare = least(noun, n + 3);
        for (name, value) in &mut bare {
            if name == "account" {
                *value = Some(["t1", "t2", LONG_ID][n].to_owned());
            }
        }
        let _ = ops::entries::create(world, noun, &bare, false).await;
    }
    Ok(())
}

async fn of_what_was_done(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world, 3).await?;
    for n in 0..6 {
        // Some at the same moment.
        let world = world.at(["2026-03-02T07:00:00Z", "2026-03-03T07:00:00Z"][n / 3]);
        world.update("a1", &[("seats", &n.to_string())]).await?;
        world.user(&format!("u{n}@example.com"), "U").await?;
    }
    let page = Page { number: 1, limit: 1_000 };
    for limit in [1, 4, 5, 1_000] {
        let filter = ops::selection::selection(&world, &OPERATION, [("kind", "accounts")]).await?;
        let newest = Order::first(&OPERATION);
        let part = async |ask: ListRequest| ops::operations::part(&world, &filter, newest, &ask).await;
        let want = ops::operations::list(&world, &filter, page).await?.rows;
        assert_eq!(want.len(), 7);
        assert_eq!(walk(limit, part).await?, want);
        assert_eq!(leaf(limit, part).await?, want);

        let filter = Selection::default();
        let newest = Order::first(&ACTIVITY);
        let part =
            async |ask: ListRequest| ops::lists::part::<FeedItem>(&world, &ACTIVITY, &filter, newest, &ask).await;
        let want = ops::activities::list(&world, &filter, page).await?.rows;
        assert_eq!(walk(limit, part).await?, want);
        assert_eq!(leaf(limit, part).await?, want);

        let part = async |ask: ListRequest| {
            ops::lists::part::<User>(&world, &USER, &Selection::default(), Order::first(&USER), &ask).await
        };
        let want = ops::users::list(&world).await?;
        assert_eq!(want.len(), 7);
        assert_eq!(walk(limit, part).await?, want);
        assert_eq!(leaf(limit, part).await?, want);
    }
    alerts(&world).await
}

async fn alerts(world: &World) -> Result<()> {
    for n in 0..7 {
        let severity = ["info", "critical", "warning"][n % 3];
        let at = ["2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"][n % 2];
        let sql = format!(
            "insert into alerts (organization_id, id, rule, topic, severity, level, message, held, opened_on, opened_at, \
             fired_on, updated_at) values ($1, $2, 'data_quality', 'topic{n}', '{severity}', 1, 'm', (1 = 0), \
             $3, $4, $3, $4)"
        );
        let at: chrono::DateTime<chrono::Utc> = at.parse()?;
        let mut tx = world.db.write_any().await?;
        tx.of(&world.scope(), sql).bind(world.ids.next()).bind(at.date_naive()).bind(at).execute().await?;
        tx.commit().await?;
    }
    let all = Selection::default();
    for (sort, descending) in ALERT.sorts.iter().flat_map(|sort| [(sort, true), (sort, false)]) {
        let (order, page) = (Order { sort, descending }, Page { number: 1, limit: 1_000 });
        let want: Vec<Alert> = ops::lists::list(world, &ALERT, &all, order, page).await?.rows;
        assert_eq!(want.len(), 7);
        for limit in [1, 2, 7] {
            let part = async |ask: ListRequest| ops::lists::part::<Alert>(world, &ALERT, &all, order, &ask).await;
            assert_eq!(walk(limit, part).await?, want);
            assert_eq!(leaf(limit, part).await?, want);
        }
    }
    Ok(())
}

/// A few numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides
    }
}

/// What follows from a list being read part by part, while another connection writes between the parts.
async fn while_others_write(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let other = World::on(connect(backend, false).await?, backend.dir.path()).await?;
    book(&world, 24).await?;
    let filter = Selection::default();
    let mut dice = Dice(7);
    let mut made = 0;
    for sort in sorts() {
        let ids = async || -> Result<BTreeSet<Uuid>> {
            Ok(world.accounts_where(&filter, sort).await?.iter().map(|account| account.id).collect())
        };
        let before = ids().await?;
        let (mut seen, mut slice) = (Vec::new(), Slice::Page(Page { number: 1, limit: 3 }));
        // Those whose place in the list may have changed.
        let mut moved = BTreeSet::new();
        loop {
            let found = ops::accounts::part(&world, &filter, sort, &ask(slice, false)).await?;
            seen.extend(found.rows.into_iter().map(|listed| listed.account.id));
            let Some(next) = found.next else { break };
            slice = Slice::After(next, 3);
            for _ in 0..3 {
                let written = write(&other, &mut dice, &mut made).await?;
                if matches!(sort.sort.name, "arr" | "contract_end") {
                    moved.extend(written);
                }
            }
        }
        let throughout: BTreeSet<Uuid> = ids().await?.intersection(&before).copied().collect();
        let once: BTreeSet<Uuid> = seen.iter().copied().collect();
        let twice = once.iter().filter(|id| seen.iter().filter(|other| other == id).count() > 1);
        let twice: Vec<&Uuid> = twice.filter(|id| !moved.contains(id)).collect();
        assert!(twice.is_empty(), "{sort:?}: {twice:?} came twice");
        let missed: Vec<&Uuid> = throughout.difference(&once).filter(|id| !moved.contains(id)).collect();
        assert!(missed.is_empty(), "{sort:?}: {missed:?} were there throughout");
    }
    Ok(())
}

/// Makes, archives or changes an account: the one whose ARR and contract were changed.
async fn write(other: &World, dice: &mut Dice, made: &mut usize) -> Result<Option<Uuid>> {
    let all = other.accounts_where(&Selection::default(), fastenr_tests::world::by_id()).await?;
    let id = all[dice.below(all.len())].id;
    let one = id.to_string();
    match dice.below(4) {
        0 => {
            *made += 1;
            let (name, arr) = (format!("Acme {}", dice.below(5)), ["", "5", "0"][dice.below(3)]);
            other.account(&[("name", &name), ("arr", arr), ("external_id", &format!("new{made}"))]).await?;
        }
        1 if all.len() > 18 => {
            ops::accounts::set_archived(other, &one, true, None, false).await?;
        }
        2 => {
            other.update(&one, &[("arr", ["", "5", "7000"][dice.below(3)]), ("contract_end", "2026-08-01")]).await?;
            return Ok(Some(id));
        }
        _ => {
            other.update(&one, &[("seats", &dice.below(99).to_string())]).await?;
        }
    }
    Ok(None)
}

async fn of_another_list_are_refused(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world, 3).await?;
    let filter = Selection::default();
    let one = ask(Page { number: 1, limit: 1 }.into(), false);
    let first = ops::accounts::part(&world, &filter, by("arr"), &one).await?;
    let cursor = first.next.expect("two more");
    let after = |cursor: &Cursor| ask(Slice::After(cursor.clone(), 1), false);
    for sort in [by("arr:desc"), by("name"), by("id")] {
        assert_eq!(refused(ops::accounts::part(&world, &filter, sort, &after(&cursor)).await), "cursor");
    }
    let filtered =
        ListRequest { filter: Fingerprint::of(world.organization.id, [("status", "active")]), ..after(&cursor) };
    let same = by("arr");
    assert_eq!(refused(ops::accounts::part(&world, &filter, same, &filtered).await), "cursor");
    let order = ops::selection::order(&CONTACT, "").unwrap();
    let contacts = ops::lists::part::<Entry>(&world, &CONTACT, &Selection::default(), order, &after(&cursor)).await;
    assert_eq!(refused(contacts), "cursor");
    let by_email = Order::first(&USER);
    let users = ops::lists::part::<User>(&world, &USER, &Selection::default(), by_email, &after(&cursor)).await;
    assert_eq!(refused(users), "cursor");
    Ok(())
}

async fn last_engagements(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    book(&world, 4).await?;
    let engagement = async |account: &str, title: &str, completed: &str| {
        let values = [("account", account), ("type", "call"), ("title", title), ("completed_at", completed)];
        ops::entries::create(&world, &fastenr_core::model::engagement::ENGAGEMENT, &given(&values), false).await
    };
    engagement("a0", "first", "2026-01-01T10:00:00Z").await?;
    engagement("a0", "second", "2026-02-01T10:00:00.5Z").await?;
    engagement("a0", "planned", "").await?;
    engagement("a1", "planned", "").await?;
    engagement("a2", "only", "2025-01-01T10:00:00Z").await?;
    let everything = ask(Page::default().into(), true);
    let part = ops::accounts::part(&world, &Selection::default(), fastenr_tests::world::by_id(), &everything).await?;
    let last: Vec<Option<String>> = part.rows.iter().map(|row| row.last_engagement.map(|at| at.to_rfc3339())).collect();
    let want = [Some("2026-02-01T10:00:00.500+00:00"), None, Some("2025-01-01T10:00:00+00:00"), None];
    assert_eq!(last, want.map(|at| at.map(str::to_owned)));
    assert_eq!(part.total, Some(Extent::Exactly(4)));
    for row in &part.rows {
        let one = ops::accounts::get_listed(&world, &row.account.id.to_string()).await?;
        assert_eq!(&one, row);
        assert_eq!(&ops::accounts::with_last_engagement(&world, one.account.clone()).await?, row);
    }
    Ok(())
}

/// Every statement there is, once: each sort, after a value and after a missing one.
pub(super) async fn once(world: &World) -> Result<()> {
    let cursor = |order: &ListOrder, first: Option<&Value>| {
        let blank = |storage: &Storage| match storage {
            Storage::Text => Value::Text("a".into()),
            Storage::Integer => Value::Integer(1),
            Storage::Boolean => Value::Boolean(true),
            Storage::Date => Value::Date(world.clock.today()),
            Storage::Instant => Value::Instant(world.clock.now()),
            Storage::Id => Value::Id(world.user.id),
        };
        let mut values: Vec<Value> = order.storages.iter().map(blank).collect();
        if let (Some(first), 2..) = (first, values.len()) {
            values[0] = first.clone();
        }
        ask(Slice::After(Cursor::at(order, &values, Fingerprint::default()), 5), true)
    };
    for first in [None, Some(&Value::Null)] {
        for sort in sorts() {
            let ask = cursor(&ops::lists::list_order(&ACCOUNT, sort), first);
            ops::accounts::part(world, &Selection::default(), sort, &ask).await?;
        }
        for noun in children().chain([&ARR_CHANGE as &Noun]) {
            for (sort, descending) in noun.sorts.iter().flat_map(|sort| [(sort, false), (sort, true)]) {
                let order = Order { sort, descending };
                let ask = cursor(&ops::lists::list_order(noun, order), first.filter(|_| sort.nullable));
                ops::lists::part::<Entry>(world, noun, &Selection::default(), order, &ask).await?;
            }
        }
    }
    let all = Selection::default();
    let newest = Order::first(&OPERATION);
    let ask = cursor(&ops::lists::list_order(&OPERATION, newest), None);
    ops::operations::part(world, &all, newest, &ask).await?;
    let latest = Order::first(&ACTIVITY);
    let ask = cursor(&ops::lists::list_order(&ACTIVITY, latest), None);
    ops::lists::part::<FeedItem>(world, &ACTIVITY, &all, latest, &ask).await?;
    for sort in ALERT.sorts {
        let order = Order { sort, descending: true };
        let ask = cursor(&ops::lists::list_order(&ALERT, order), None);
        ops::lists::part::<Alert>(world, &ALERT, &all, order, &ask).await?;
    }
    Ok(())
}
