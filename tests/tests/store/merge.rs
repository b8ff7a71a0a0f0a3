//! Merging accounts: what moves, what is filled, what finds its place taken, and what the duplicates' names mean afterwards.

use anyhow::Result;
use fastenr_core::arr::Period;
use fastenr_core::import::request::{Key, OnError, Request};
use fastenr_core::model::account::Account;
use fastenr_core::model::arr_change::ARR_CHANGE;
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::noun::Noun;
use fastenr_core::model::selection::Selection;
use fastenr_core::model::team::TEAM;
use fastenr_core::ops::bulk::Limits;
use fastenr_core::ops::merge::{MergeOutcome, SureMerges, merge, merge_sure};
use fastenr_core::ops::{self, entries};
use fastenr_core::store::journal::DELETED;
use fastenr_core::store::merge::MovedRows;
use fastenr_core::store::users;
use fastenr_tests::harness::{Backend, Tests};

use fastenr_tests::world::{World, everything, given, query, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/merge/everything_moves", everything_moves);
    tests.both("store/merge/whose_place_is_taken", whose_place_is_taken);
    tests.both("store/merge/blanks_are_filled_in_order", blanks_are_filled_in_order);
    tests.both("store/merge/a_dry_run_foretells", a_dry_run_foretells);
    tests.both("store/merge/external_ids_stay_names", external_ids_stay_names);
    tests.both("store/merge/imports_by_other_keys", imports_by_other_keys);
    tests.both("store/merge/no_circle", no_circle);
    tests.both("store/merge/what_is_refused", what_is_refused);
    tests.both("store/merge/the_book_adds_up", the_book_adds_up);
    tests.both("store/merge/it_is_told", it_is_told);
    tests.both("store/merge/all_sure_ones_at_once", all_sure_ones_at_once);
}

async fn merged(world: &World, keep: &str, duplicates: &[&str]) -> fastenr_core::Result<MergeOutcome> {
    let duplicates: Vec<String> = duplicates.iter().map(|name| (*name).to_owned()).collect();
    merge(world, keep, &duplicates, None, false).await
}

async fn account(world: &World, external_id: &str, name: &str, more: &[(&str, &str)]) -> Result<Account> {
    let mut values = vec![("external_id", external_id), ("name", name)];
    values.extend(more);
    world.account(&values).await
}

async fn add(world: &World, noun: &'static Noun, values: &[(&str, &str)]) -> Result<()> {
    entries::create(world, noun, &given(values), false).await?;
    Ok(())
}

fn of(merged: &MergeOutcome, called: &str) -> MovedRows {
    merged.children.iter().find(|(name, _)| *name == called).map(|(_, moved)| *moved).unwrap()
}

const fn moved(moved: u64, left_out: u64) -> MovedRows {
    MovedRows { moved, left_out }
}

async fn count(world: &World, sql: &str) -> Result<i64> {
    Ok(query::<(i64,)>(&world.db, format!("select count(*) from {sql}")).await?[0].0)
}

/// Whatever names an account has one to name: a table that is added has to be thought of here.
async fn everything_moves(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.user("mia@example.com", "Mia").await?;
    let keep = account(&world, "k", "Acme", &[]).await?;
    let dup = account(&world, "d", "Acme Inc", &[]).await?;
    add(&world, &CONTACT, &[("account", "d"), ("name", "Ann"), ("email", "ann@acme.com")]).await?;
    add(&world, &CONTACT, &[("account", "d"), ("name", "No address")]).await?;
    add(&world, &TEAM, &[("account", "d"), ("user", "mia@example.com")]).await?;
    add(&world, &ENGAGEMENT, &[("account", "d"), ("type", "call"), ("title", "Hello")]).await?;
    add(&world, &METRIC, &[("account", "d"), ("metric_date", "2026-02-01"), ("login_frequency", "3")]).await?;
    add(&world, &GOAL, &[("account", "d"), ("title", "Grow")]).await?;
    account(&world, "c", "Acme Child", &[("parent", "d")]).await?;
    let adjustment = ops::scores::views::Adjustment { score: 70, reason: "known".into(), until: "2026-06-01".parse()? };
    ops::scores::views::adjust(&world, "d", &adjustment, false).await?;
    // As old merges left them.
    account(&world, "gone", "Gone", &[]).await?;
    merged(&world, "d", &["gone"]).await?;

    let done = merged(&world, "k", &["d"]).await?;
    let expected = [
        ("contacts", 2),
        ("team members", 1),
        ("engagements", 1),
        ("metrics", 1),
        ("goals", 1),
        ("adjustments", 1),
        ("aliases", 1),
    ];
    for (called, number) in expected {
        assert_eq!(of(&done, called), moved(number, 0), "{called}");
    }
    assert_eq!((done.adopted, done.aliases.as_slice()), (1, &["d".to_owned()][..]));
    assert_eq!(world.get("c").await?.parent.unwrap().id, keep.id);
    for name in ["d", "gone"] {
        assert_eq!(world.get(name).await?.id, keep.id, "{name}");
    }
    let rest = world.get(&dup.id.to_string()).await?;
    assert_eq!((rest.merged_into, rest.external_id.as_deref(), rest.version), (Some(keep.id), None, dup.version + 1));
    assert!(rest.archived_at.is_some());
    // Each moved row is kept as it was, by the bits of its account, and has moved on by one version.
    let operation = done.operation.unwrap();
    for (table, column) in [
        ("contacts", "account_id"),
        ("account_team", "account_id"),
        ("engagements", "account_id"),
        ("health_metrics", "account_id"),
        ("customer_goals", "account_id"),
        ("health_adjustments", "account_id"),
        ("alerts", "account_id"),
        ("account_aliases", "account_id"),
        ("accounts", "parent_id"),
    ] {
        let mask = fastenr_core::store::journal::Table::find(table).unwrap().mask(&[column]);
        let sql = format!(
            "select count(*) from {table}_before b join {table} a on a.organization_id = $1 and a.id = b.id \
             where b.organization_id = $1 and b.operation_id = $2 and b.changed = $3 and a.version = b.version + 1 \
               and b.{column} = $4 and a.{column} = $5"
        );
        let mut tx = world.db.read().await?;
        let statement = tx.of(&world.scope(), sql).bind(operation).bind(mask).bind(dup.id).bind(keep.id);
        let (journaled,): (i64,) = statement.fetch_one().await?;
        drop(tx);
        let there = format!(
            "{table}_before b join operations o on o.id = b.operation_id and o.organization_id = b.organization_id \
                             where o.kind = 'accounts.merge' and b.changed = {mask}"
        );
        let there = count(&world, &there).await?;
        assert!(journaled == there && (journaled > 0 || table == "alerts"), "{table}: {journaled} of {there}");
        assert_eq!(
            count(&world, &format!("{table} where {column} = (select id from accounts where name = 'Acme Inc')"))
                .await?,
            0
        );
    }
    let ledger = world.operations().await?.into_iter().find(|made| made.id == operation).unwrap().ledger.unwrap();
    assert_eq!(ledger, r#"{"rows":1,"created":0,"updated":1,"unchanged":0,"skipped":0,"rejected":0,"archived":1}"#);
    Ok(())
}

async fn whose_place_is_taken(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.user("mia@example.com", "Mia").await?;
    for (id, name) in [("k", "Acme"), ("d1", "Acme One"), ("d2", "Acme Two")] {
        account(&world, id, name, &[]).await?;
        add(&world, &CONTACT, &[("account", id), ("name", name), ("email", "ann@acme.com")]).await?;
        add(&world, &TEAM, &[("account", id), ("user", "mia@example.com"), ("role", name)]).await?;
        let day = [("account", id), ("metric_date", "2026-02-01"), ("sentiment", "green"), ("sentiment_reason", name)];
        add(&world, &METRIC, &day).await?;
    }
    for id in ["d1", "d2"] {
        let day = [("account", id), ("metric_date", "2026-02-02"), ("sentiment", "red"), ("sentiment_reason", id)];
        add(&world, &METRIC, &day).await?;
    }
    let keep = world.get("k").await?.id;
    // An alert of one rule on each, and a settled one, which is in nobody's way.
    for (id, rule, resolved) in
        [("k", "r", false), ("d1", "r", false), ("d2", "r", false), ("d1", "s", false), ("d2", "s", true)]
    {
        let account = world.get(id).await?.id;
        let sql = "insert into alerts (organization_id, id, account_id, rule, severity, level, message, held, opened_on, opened_at, \
                   fired_on, resolved_at, updated_at) values ($1, $2, $3, $4, 'info', 1, $5, (1 = 0), $6, $7, $6, $8, $7)";
        let (now, mut tx) = (world.clock.now(), world.db.write_any().await?);
        tx.of(&world.scope(), sql)
            .bind(world.ids.next())
            .bind(account)
            .bind(rule.to_owned())
            .bind(id.to_owned())
            .bind(world.clock.today())
            .bind(now)
            .bind(resolved.then_some(now))
            .execute()
            .await?;
        tx.commit().await?;
    }
    let done = merged(&world, "k", &["d2", "d1"]).await?;
    assert_eq!(of(&done, "contacts"), moved(0, 2));
    assert_eq!(of(&done, "team members"), moved(0, 2));
    assert_eq!(of(&done, "metrics"), moved(1, 3));
    assert_eq!(of(&done, "alerts"), moved(2, 2));
    let left: Vec<(String,)> = query(
        &world.db,
        "select sentiment_reason from health_metrics union all select name from contacts union all select role from account_team \
         union all select rule || ' ' || message from alerts order by 1",
    )
    .await?;
    let left: Vec<&str> = left.iter().map(|(text,)| text.as_str()).collect();
    assert_eq!(left, ["Acme", "Acme", "Acme", "d2", "r k", "s d1", "s d2"], "the kept one's, then the first named's");
    assert_eq!(count(&world, &format!("health_metrics_before where changed = {DELETED}")).await?, 3);
    let sql = "select count(*) from health_metrics where organization_id = $1 and account_id = $2";
    let here: (i64,) = world.db.read().await?.of(&world.scope(), sql).bind(keep).fetch_one().await?;
    assert_eq!(here, (2,));
    Ok(())
}

async fn blanks_are_filled_in_order(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let mia = world.user("mia@example.com", "Mia").await?;
    world.user("left@example.com", "Left").await?;
    account(
        &world,
        "k",
        "Acme",
        &[("industry", "Retail"), ("tags", "a"), ("custom.tier", "gold"), ("status", "active")],
    )
    .await?;
    let values = [
        ("domain", "one.com"),
        ("industry", "Mining"),
        ("owner", "left@example.com"),
        ("tags", "b"),
        ("custom.tier", "tin"),
    ];
    account(&world, "d1", "One", &values).await?;
    let values = [
        ("domain", "two.com"),
        ("owner", "mia@example.com"),
        ("seats", "7"),
        ("arr", "100"),
        ("custom.x", "1"),
        ("churned_on", "2025-01-01"),
    ];
    account(&world, "d2", "Two", &values).await?;
    account(&world, "d3", "Three", &[("arr", "900"), ("status", "churned"), ("churned_on", "2025-05-01")]).await?;
    // Somebody who owns accounts can't be deactivated any more, but may have been before.
    let left = ops::users::get(&world, "left@example.com").await?.id;
    let (mut tx, now) = (world.db.write_any().await?, world.clock.now());
    users::set_deactivated(&mut tx, &world.scope(), left, Some(now), now).await?;
    tx.commit().await?;
    let done = merged(&world, "k", &["d1", "d3", "d2"]).await?;
    let keep = world.get("k").await?;
    assert_eq!(keep.domain.as_deref(), Some("one.com"));
    assert_eq!(keep.industry.as_deref(), Some("Retail"));
    assert_eq!(keep.owner.as_ref().map(|owner| owner.id), Some(mia.id), "who is deactivated is given nothing");
    assert_eq!((keep.seats, keep.arr.map(|arr| arr.cents())), (Some(7), Some(10_000)), "no ARR of one that has left");
    assert_eq!(keep.churned_on.map(|day| day.to_string()).as_deref(), Some("2025-01-01"));
    assert_eq!((keep.tags.as_str(), keep.custom_fields.as_str()), (r#"["a","b"]"#, r#"{"tier":"gold","x":"1"}"#));
    let filled: Vec<&str> = done.filled.iter().map(|change| change.field).collect();
    assert_eq!(filled, ["domain", "arr", "owner", "seats", "tags", "custom_fields", "churned_on"]);
    let tracked: Vec<String> = world
        .changes()
        .await?
        .into_iter()
        .filter(|change| change.account_id == keep.id)
        .map(|change| change.field)
        .collect();
    assert_eq!(tracked, ["arr", "owner", "seats"]);
    assert_eq!(done.dropped_arr.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [1]);
    Ok(())
}

async fn a_dry_run_foretells(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    account(&world, "k", "Acme", &[]).await?;
    account(&world, "d", "Acme Inc", &[("arr", "5"), ("domain", "a.com")]).await?;
    add(&world, &CONTACT, &[("account", "d"), ("name", "Ann")]).await?;
    let before = everything(&world.db, &world.scope()).await?;
    let names = ["d".to_owned()];
    let dry = merge(&world, "k", &names, None, true).await?;
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    add(&world, &CONTACT, &[("account", "d"), ("name", "Ben")]).await?;
    assert_eq!(refused(merge(&world, "k", &names, Some(&dry), false).await), "stale");
    let dry = merge(&world, "k", &names, None, true).await?;
    let done = merge(&world.at("2026-03-01T08:00:00Z"), "k", &names, Some(&dry), false).await?;
    assert_eq!((&done.children, &done.filled), (&dry.children, &dry.filled));
    Ok(())
}

fn skipping(key: Option<Key>) -> Request {
    Request { key, on_error: OnError::Skip, ..Request::default() }
}

async fn external_ids_stay_names(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    account(&world, "k", "Acme", &[]).await?;
    account(&world, "001x0000002xLCVAA2", "Acme Inc", &[]).await?;
    let merged = merged(&world, "k", &["001x0000002xLCVAA2"]).await?;
    let keep = merged.keep.id;
    for form in ["001x0000002xLCVAA2", "001x0000002xLCV"] {
        assert_eq!(world.get(form).await?.id, keep);
        let report = world.import(&format!("external_id,industry\n{form},{form}\n"), Request::default()).await?;
        assert_eq!(report.ledger.updated, 1, "{:?}", report.problems);
        let account = world.get("k").await?;
        assert_eq!((account.external_id.as_deref(), account.industry.as_deref()), (Some("k"), Some(form)));
        let contacts = format!("account,name,email\n{form},Ann,{form}@example.com\n");
        assert_eq!(world.import_of(&CONTACT, &contacts, Request::default()).await?.ledger.created, 1);
        assert_eq!(
            refused(ops::accounts::create(&world, &given(&[("name", "X"), ("external_id", form)]), false).await),
            "exists"
        );
        for name in ["k", "Other"] {
            if name == "Other" && ops::accounts::get(&world, "Other").await.is_err() {
                world.account(&[("name", "Other")]).await?;
            }
            let update = ops::accounts::update(&world, name, &given(&[("external_id", form)]), None, false).await;
            assert_eq!(refused(update), "exists", "{name}");
        }
    }
    Ok(())
}

async fn imports_by_other_keys(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let keep = account(&world, "k", "Acme", &[("domain", "k.com")]).await?;
    let other = account(&world, "o", "Other", &[("domain", "o.com")]).await?;
    let dup = account(&world, "d", "Acme Inc", &[("domain", "d.com")]).await?;
    merged(&world, "k", &["d"]).await?;
    let codes = |report: &fastenr_core::import::request::Report| {
        report.problems.iter().map(|problem| problem.code.clone()).collect::<Vec<_>>()
    };
    let before = world.picture().await?;
    for (key, file) in [
        (Key::Name, "external_id,name\nd,Acme\n".to_owned()),
        (Key::Name, "external_id,name\nd,Other\n".to_owned()),
        (Key::Name, "external_id,name\nd,Brand New\n".to_owned()),
        (Key::Domain, "external_id,name,domain\nd,Other,o.com\n".to_owned()),
        (Key::Id, format!("id,external_id\n{},d\n", other.id)),
        (Key::Id, format!("id,external_id\n{},d\n", keep.id)),
    ] {
        let report = world.import(&file, skipping(Some(key))).await?;
        assert_eq!((codes(&report), report.ledger.rejected), (vec!["merged".to_owned()], 1), "{file}");
        assert!(report.problems[0].rule.contains("means Acme since another account was merged into it"), "{file}");
    }
    // Beside ids, a row without one goes by its external id, which is an alias.
    let report = world.import("id,external_id,name\n,d,Acme\n", skipping(Some(Key::Id))).await?;
    assert_eq!((report.ledger.unchanged, codes(&report)), (1, Vec::new()));
    let report = world.import(&format!("id,name\n{},New\n", dup.id), skipping(Some(Key::Id))).await?;
    assert_eq!(codes(&report), ["merged_match"]);
    assert_eq!(world.picture().await?, before);
    // One that has no external id does not get the alias as its own.
    world.update("k", &[("external_id", "")]).await?;
    let report = world.import("id,external_id,name\n,d,Acme!\n", skipping(Some(Key::Id))).await?;
    assert_eq!(report.ledger.updated, 1);
    assert_eq!(world.get("d").await?.external_id, None);
    Ok(())
}

async fn no_circle(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    // top > d1 > mid > d2 > k > child, and beside mid another one below d1.
    for (id, parent) in [
        ("top", ""),
        ("d1", "top"),
        ("mid", "d1"),
        ("d2", "mid"),
        ("k", "d2"),
        ("child", "k"),
        ("beside", "d1"),
        ("low", "d2"),
    ] {
        let values: &[(&str, &str)] = if parent.is_empty() { &[] } else { &[("parent", parent)] };
        account(&world, id, id, values).await?;
    }
    let done = merged(&world, "k", &["d1", "d2"]).await?;
    let parent = async |name: &str| -> Result<String> {
        Ok(world.get(name).await?.parent.map_or(String::new(), |parent| parent.label))
    };
    for (name, above) in [("top", ""), ("mid", "top"), ("k", "mid"), ("child", "k"), ("beside", "k"), ("low", "k")] {
        assert_eq!(parent(name).await?, above, "{name}");
    }
    let told: Vec<(&str, &str, &str)> =
        done.resettled.iter().map(|moved| (moved.name.as_str(), moved.old.as_str(), moved.new.as_str())).collect();
    assert_eq!(told, [("k", "d2", "mid"), ("mid", "d1", "top")]);
    assert_eq!(done.adopted, 2);

    // A blank parent is filled, but not with itself or what is below it.
    for (id, parent) in [("holding", ""), ("a", ""), ("a1", "a"), ("a2", "a1"), ("a3", "holding")] {
        let values: &[(&str, &str)] = if parent.is_empty() { &[] } else { &[("parent", parent)] };
        account(&world, id, id, values).await?;
    }
    merged(&world, "a", &["a1", "a3"]).await?;
    assert_eq!((parent("a").await?.as_str(), parent("a2").await?.as_str()), ("holding", "a"));
    Ok(())
}

async fn what_is_refused(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for id in ["k", "d", "x", "old"] {
        account(&world, id, &format!("Name {id}"), &[]).await?;
    }
    let id = world.get("d").await?.id.to_string();
    let d = id.as_str();
    ops::accounts::set_archived(&world, "old", true, None, false).await?;
    let before = everything(&world.db, &world.scope()).await?;
    for (keep, duplicates, code) in [
        ("k", &["d", "Name d"][..], "named_twice"),
        ("k", &["d", "Name k"], "keep_named"),
        ("k", &["nobody"], "unknown_account"),
        ("nobody", &["k"], "unknown_account"),
        ("old", &["k"], "archived"),
        ("k", &[], "too_many"),
    ] {
        assert_eq!(refused(merged(&world, keep, duplicates).await), code, "{keep} {duplicates:?}");
    }
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    // One that is archived is a duplicate like any other.
    let operation = merged(&world, "k", &["d", "old"]).await?.operation.unwrap();
    let error = ops::accounts::set_archived(&world, d, false, None, false).await.unwrap_err();
    assert_eq!(error.code, "merged");
    assert!(error.message.contains("was merged into Name k"), "{}", error.message);
    assert!(error.hints.to_string().contains(&format!("operations undo {operation}")));
    assert_eq!(refused(ops::accounts::update(&world, d, &given(&[("arr", "1")]), None, false).await), "merged");
    assert_eq!(refused(merged(&world, "x", &[d]).await), "merged");
    assert_eq!(refused(merged(&world, d, &["x"]).await), "merged");
    assert_eq!(refused(merged(&world, "k", &["d"]).await), "keep_named", "its external id means the kept one");
    merged(&world, "x", &["k"]).await?;
    let error = ops::accounts::update(&world, d, &given(&[("arr", "1")]), None, false).await.unwrap_err();
    assert!(error.message.contains("was merged into Name x"), "{}", error.message);
    // Nobody but who may write.
    let reader =
        ops::users::create(&world, &given(&[("email", "r@example.com"), ("name", "R"), ("role", "read")]), false)
            .await?;
    assert_eq!(refused(merged(&world.acting_as(&reader.record), "x", &["k"]).await), "read_only_user");
    Ok(())
}

/// Closing sums of the months, in cents.
async fn sums(world: &World) -> Result<Vec<i64>> {
    let mut sums = Vec::new();
    for day in ["2024-12-31", "2025-03-31", "2025-06-30", "2025-09-30", "2025-12-31", "2026-02-28", "2026-03-31"] {
        let period = Period::new(day.parse()?, day.parse()?).unwrap();
        let total = ops::arr::summary(world, &Selection::default(), period, None).await?.total;
        assert_eq!(total.inconsistent, 0);
        sums.push(total.closing.arr.0);
    }
    Ok(sums)
}

/// A merge moves no money: a duplicate's ARR goes over with its past, or leaves the book with it.
async fn the_book_adds_up(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let file = "\
external_id,name,arr,status,churned_on,contract_start,created_at
k1,Blank,,active,,,2026-01-01T00:00:00Z
d1,With a past,300,active,,,2025-02-01T00:00:00Z
k2,Blank too,,active,,,2025-01-01T00:00:00Z
d2,Without a past,50,active,,2024-06-01,2025-08-01T00:00:00Z
k3,Own,70,active,,,2025-01-01T00:00:00Z
d3,Twice in the book,1000,active,,,2025-05-01T00:00:00Z
k4,Had some,,active,,,2025-01-01T00:00:00Z
d4,Corrected,20,active,,,2025-01-01T00:00:00Z
";
    assert_eq!(world.import(file, Request::default()).await?.ledger.created, 8);
    let past = "account,date,arr,kind\nd1,2025-02-01,100,change\nd1,2025-07-01,200,change\nd1,2025-11-01,300,correction\n\
                d3,2025-05-01,900,change\nd3,2025-10-01,1000,change\nd4,2025-01-01,10,change\nd4,2025-08-01,20,correction\n";
    assert_eq!(world.import_of(&ARR_CHANGE, past, Request::default()).await?.ledger.rejected, 0);
    let before = sums(&world).await?;
    for (keep, duplicate) in [("k1", "d1"), ("k2", "d2"), ("k4", "d4")] {
        merged(&world, keep, &[duplicate]).await?;
        assert_eq!(sums(&world).await?, before, "{keep}");
    }
    merged(&world, "k3", &["d3"]).await?;
    let lost = [0, 0, 90_000, 90_000, 100_000, 100_000, 100_000];
    let less: Vec<i64> = before.iter().zip(lost).map(|(sum, lost)| sum - lost).collect();
    assert_eq!(sums(&world).await?, less, "on every day, so that no month shows a loss");
    let period = Period::new("2026-03-01".parse()?, "2026-03-31".parse()?).unwrap();
    let march = ops::arr::summary(&world, &Selection::default(), period, None).await?.total;
    assert_eq!((march.opening.arr, march.new.arr.0, march.churn.arr.0), (march.closing.arr, 0, 0));
    Ok(())
}

async fn it_is_told(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    account(&world, "k", "Acme", &[]).await?;
    let dup = account(&world, "d", "Acme Inc", &[("domain", "a.com")]).await?;
    account(&world, "c", "Child", &[("parent", "d")]).await?;
    add(&world, &CONTACT, &[("account", "d"), ("name", "Ann")]).await?;
    let later = world.at("2026-03-02T07:00:00Z");
    let done = merged(&later, "k", &["d"]).await?;
    let wanted = ops::timeline::TimelineFilter::default();
    for (name, fields) in [
        ("k", vec!["merged", "contacts", "child accounts", "domain"]),
        (dup.id.to_string().as_str(), vec!["merged_into"]),
        ("c", vec!["parent"]),
    ] {
        let timeline = ops::timeline::timeline(&later, name, &wanted).await?;
        let told: Vec<_> = timeline.events.iter().filter(|event| event.operation == done.operation).collect();
        assert_eq!(told.len(), 1, "{name}: {told:?}");
        let changed: Vec<&str> =
            told[0].changes.as_array().unwrap().iter().filter_map(|change| change["field"].as_str()).collect();
        assert_eq!(changed, fields, "{name}");
    }
    // All that the operation made lies between its id and the last of its range.
    let sql =
        "account_aliases s join operations o on o.id = s.created_by_operation where o.last_id >= s.id and s.id > o.id";
    assert_eq!(count(&world, sql).await?, 1);
    Ok(())
}

/// Every statement of a merge, once.
pub(crate) async fn once(world: &World) -> Result<()> {
    for (id, parent) in [("m0", ""), ("m1", "m0"), ("m2", "m1"), ("mk", "m2"), ("m3", "m1")] {
        let mut values = vec![("external_id", id), ("name", id)];
        if !parent.is_empty() {
            values.push(("parent", parent));
        }
        world.account(&values).await?;
    }
    world.update("m1", &[("arr", "5"), ("size", "small"), ("owner", &world.user.email)]).await?;
    add(world, &CONTACT, &[("account", "m1"), ("name", "Ann"), ("email", "ann@m.com")]).await?;
    let done = merged(world, "mk", &["m1", "m3"]).await?;
    let _ = ops::accounts::set_archived(world, &done.duplicates[0].id.to_string(), false, None, false).await;
    let _ = ops::accounts::create(world, &given(&[("name", "X"), ("external_id", "m1")]), false).await;
    world.import("external_id,name\nm1,New one\n", skipping(Some(Key::Name))).await?;
    let mut tx = world.db.read().await?;
    let found = ops::duplicates::find(&mut tx, world, &Selection::default(), 0).await?;
    ops::duplicates::describe(&mut tx, world, &found.pairs).await?;
    Ok(())
}

async fn all_sure_ones_at_once(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let file = "external_id,name,domain,arr,status,industry,parent
a1,Acme,acme.com,100,active,,
a2,ACME Inc,acme.com,,active,Retail,
a3,\"Acme, Inc.\",acme.com,100,active,,
b1,Bolt,bolt.com,5,active,,
b2,Bolt Ltd,bolt.com,6,active,,
c1,Cobalt,cobalt.com,,active,,
c2,Cobalt,cobalt.com,,churned,,
d1,Delta,delta.com,,active,,a2
d2,Delta,delta.com,,active,,
e1,Echo,echo.com,7,active,,
e2,ECHO,echo.com,,active,,
f1,Foxtrot,,,active,,e2
";
    world.import(file, Request::default()).await?;
    for (account, name) in [("a2", "Ann"), ("e2", "Ed")] {
        add(&world, &CONTACT, &[("account", account), ("name", name)]).await?;
    }
    let before = everything(&world.db, &world.scope()).await?;
    let none = Limits::default();
    let dry = merge_sure(&world, &[], none, true).await?;
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    let named = |done: &SureMerges| -> Vec<(String, Vec<String>)> {
        let id = |account: &Account| account.external_id.clone().unwrap_or_default();
        done.merges.iter().map(|one| (id(&one.keep), one.duplicates.iter().map(id).collect())).collect()
    };
    let texts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    // Delta waits: it is below a duplicate of Acme, and the journal has one image of it for an operation.
    let merges = [("a1".to_owned(), texts(&["a3", "a2"])), ("e1".to_owned(), texts(&["e2"]))];
    assert_eq!((named(&dry), dry.merged(), dry.operation), (merges.to_vec(), 3, None));
    let left = |done: &SureMerges| -> Vec<(String, &'static str)> {
        let mut left: Vec<_> = done.left_out.iter().map(|pair| (pair.keep.name.clone(), pair.doubt.as_str())).collect();
        left.sort();
        left
    };
    let doubts = [("Bolt", "other_arr"), ("Cobalt", "one_churned"), ("Delta", "related")];
    let doubts: Vec<_> = doubts.iter().map(|(name, doubt)| ((*name).to_owned(), *doubt)).collect();
    assert_eq!(left(&dry), doubts);
    for (limits, code) in [
        (Limits { max_affected: Some(2), expect: None }, "max_affected"),
        (Limits { max_affected: None, expect: Some(4) }, "expected"),
    ] {
        assert_eq!(merge_sure(&world, &[], limits, true).await?.refusal.map(|error| error.code), Some(code));
        assert_eq!(refused(merge_sure(&world, &[], limits, false).await), code);
    }
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    let only = [("search".to_owned(), "echo".to_owned())];
    assert_eq!(merge_sure(&world, &only, none, true).await?.merged(), 1);

    let done = merge_sure(&world, &[], Limits { max_affected: None, expect: Some(3) }, false).await?;
    assert_eq!((named(&done), left(&done)), (merges.to_vec(), doubts));
    assert_eq!((world.get("e2").await?.name, world.get("a2").await?.name), ("Echo".into(), "Acme".into()));
    let below = world.get("f1").await?.parent.map(|parent| parent.label);
    assert_eq!(below.as_deref(), Some("e1"));
    let operations: Vec<(String,)> =
        query(&world.db, "select distinct o.kind from operations o join accounts_before b on b.operation_id = o.id")
            .await?;
    assert_eq!(operations, [("accounts.merge".to_owned(),)]);
    let waiting = merge_sure(&world, &[], none, false).await?;
    assert_eq!(named(&waiting), [("d1".to_owned(), texts(&["d2"]))]);
    assert_eq!(merge_sure(&world, &[], none, false).await?.operation, None);

    // One undo, after another one, and all is as it was.
    for operation in [waiting.operation, done.operation] {
        let undone = ops::operations::undo(&world, &operation.unwrap().to_string(), false, false).await?;
        assert_eq!(undone.left, []);
    }
    for account in ["a1", "a2", "a3", "d1", "d2", "e1", "e2", "f1"] {
        let account = world.get(account).await?;
        assert_eq!((account.archived_at, account.merged_into), (None, None), "{}", account.name);
    }
    assert_eq!(merge_sure(&world, &[], none, true).await?.merged(), 3);
    let values = given(&[("email", "r@example.com"), ("name", "R"), ("role", "read")]);
    let reader = world.acting_as(&ops::users::create(&world, &values, false).await?.record);
    assert_eq!(refused(merge_sure(&reader, &[], none, true).await), "read_only_user");
    Ok(())
}
