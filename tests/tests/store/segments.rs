//! Segments: kept as they are written, usable wherever a filter of accounts is, journaled.

use std::collections::BTreeSet;

use anyhow::Result;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::alert::{ALERT, Alert};
use fastenr_core::model::arr_change::ARR_CHANGE;
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::filter::Page;
use fastenr_core::model::segment::{Segment, flags};
use fastenr_core::ops::{self, alerts, entries, lists, segments, selection};
use fastenr_core::store::journal::DELETED;
use fastenr_core::store::segments::StoredSegment;
use fastenr_core::store::{self, Lock, operations};
use fastenr_tests::harness::{Backend, Tests};
use uuid::Uuid;

use fastenr_tests::world::{World, by_id, everything, execute, given, query, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/segments/made_shown_and_deleted", made_shown_and_deleted);
    tests.both("store/segments/renamed_and_refiltered", renamed_and_refiltered);
    tests.both("store/segments/what_is_refused", what_is_refused);
    tests.both("store/segments/both_have_to_hold", both_have_to_hold);
    tests.both("store/segments/relative_times_stay_relative", relative_times_stay_relative);
    tests.both("store/segments/archived_accounts", archived_accounts);
    tests.both("store/segments/records_of_its_accounts", records_of_its_accounts);
    tests.both("store/segments/what_it_names_is_gone", what_it_names_is_gone);
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

async fn create(world: &World, name: &str, filter: &[(&str, &str)]) -> fastenr_core::Result<Segment> {
    Ok(segments::create(world, name, &pairs(filter), false).await?.record)
}

/// External ids of the accounts that pass.
async fn passing(world: &World, filter: &[(&str, &str)]) -> Result<Vec<String>> {
    let filter = selection::selection(world, &ACCOUNT, pairs(filter)).await?;
    let accounts = world.accounts_where(&filter, by_id()).await?;
    Ok(accounts.into_iter().filter_map(|account| account.external_id).collect())
}

async fn book(backend: &Backend) -> Result<World> {
    let world = world(backend).await?;
    world.user("mia@example.com", "Mia").await?;
    let file = "external_id,name,status,arr,owner,contract_end,tags,custom.tier,parent
a,Acme,at_risk,100,mia@example.com,2026-03-20,vip,gold,
b,Bolt,active,200,mia@example.com,2026-03-25,,gold,a
c,Cobalt,at_risk,400,,2027-01-01,vip,,
d,Delta,at_risk,800,,2026-03-10,,gold,a
";
    world.import(file, Default::default()).await?;
    ops::accounts::set_archived(&world, "d", true, None, false).await?;
    Ok(world)
}

async fn made_shown_and_deleted(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let given = [("renews_within", "90d"), ("status", " at_risk "), ("search", ""), ("unowned", "no")];
    let tried = segments::create(&world, "Renewals at risk", &pairs(&given), true).await?;
    assert_eq!((tried.operation, tried.record.accounts, tried.record.arr), (None, Some(1), Some(10_000)));
    assert_eq!(segments::list(&world).await?, []);
    let made = segments::create(&world, "  Renewals at risk ", &pairs(&given), false).await?;
    // In one order, without what does not filter.
    let stored: Vec<(String, String)> = query(&world.db, "select name, filter from segments").await?;
    assert_eq!(stored, [("Renewals at risk".into(), r#"[["status","at_risk"],["renews_within","90d"]]"#.into())]);
    assert_eq!(flags(&ACCOUNT, &made.record.filter), "--status at_risk --renews-within 90d");
    assert_eq!(segments::get(&world, "RENEWALS  at risk").await?, made.record);
    assert_eq!(segments::get(&world, &made.record.id.to_string()).await?, made.record);
    assert_eq!(segments::list(&world).await?, std::slice::from_ref(&made.record));
    let by: Vec<(Option<Uuid>,)> = query(&world.db, "select created_by_operation from segments").await?;
    assert_eq!(by, [(made.operation,)]);
    assert!(made.record.id > made.operation.unwrap(), "what an operation makes comes after it");
    let last: Vec<(Option<Uuid>,)> =
        query(&world.db, "select last_id from operations where kind = 'segments.create'").await?;
    assert!(last[0].0.unwrap() >= made.record.id, "and within its range");

    let before = everything(&world.db, &world.scope()).await?;
    segments::delete(&world, "renewals at risk", None, true).await?;
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    let gone = segments::delete(&world, "renewals at risk", None, false).await?;
    assert_eq!(segments::list(&world).await?, []);
    let kept: Vec<(Option<Uuid>, i64, String, String, i64)> =
        query(&world.db, "select operation_id, changed, name_key, filter, version from segments_before").await?;
    assert_eq!(kept, [(gone.operation, DELETED, "renewals at risk".into(), stored[0].1.clone(), 1)]);
    let kinds: Vec<(String, String)> =
        query(&world.db, "select kind, label from activities where noun = 'segments' order by kind").await?;
    let label = || "Renewals at risk".to_owned();
    assert_eq!(kinds, [("segments.create".to_owned(), label()), ("segments.delete".to_owned(), label())]);
    let made =
        world.operations().await?.into_iter().filter(|operation| operation.kind.starts_with("segments.")).count();
    assert_eq!(made, 2);
    Ok(())
}

async fn renamed_and_refiltered(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let made = create(&world, "at-risk", &[("status", "at_risk")]).await?;
    create(&world, "Gold", &[("custom.tier", "gold")]).await?;
    let before = everything(&world.db, &world.scope()).await?;
    let filter = pairs(&[("status", "active"), ("search", "")]);
    let both = (Some("Live"), Some(filter.as_slice()));
    let tried = segments::update(&world, "AT-RISK", both, None, true).await?;
    assert_eq!((tried.operation, tried.changes.len(), tried.record.accounts), (None, 2, Some(1)));
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    let done = segments::update(&world, "at-risk", both, Some(1), false).await?;
    assert_eq!((done.record.id, done.record.version, done.record.name.as_str()), (made.id, 2, "Live"));
    assert_eq!(segments::get(&world, "live").await?, done.record);
    assert_eq!(passing(&world, &[("segment", "live")]).await?, ["b"]);
    // Letter case is its own affair; what it already has is no operation.
    let cased = segments::update(&world, "live", (Some("LIVE"), None), None, false).await?;
    assert_eq!((cased.record.version, cased.changes.len()), (3, 1));
    assert_eq!(segments::update(&world, "live", (Some("LIVE"), Some(&filter)), None, false).await?.operation, None);
    for (name, change, expected, code) in [
        ("nothing", (Some("x"), None), None, "unknown_segment"),
        ("live", (Some("gold"), None), None, "exists"),
        ("live", (Some(""), None), None, "segment_name_empty"),
        ("live", (None, Some(&[][..])), None, "empty_filter"),
        ("live", (Some("x"), None), Some(2), "stale"),
    ] {
        assert_eq!(refused(segments::update(&world, name, change, expected, false).await), code, "{name} {change:?}");
    }
    // The undo of the first leaves the name to the second.
    let undone = ops::operations::undo(&world, &done.operation.unwrap().to_string(), false, false).await?;
    let left: Vec<_> = undone.left.iter().map(|left| (left.label.as_str(), left.field, left.code)).collect();
    assert_eq!(left, [("LIVE", Some("name"), "changed_since")]);
    let now = segments::get(&world, "live").await?;
    assert_eq!(flags(&ACCOUNT, &now.filter), "--status at_risk");
    Ok(())
}

async fn what_is_refused(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    create(&world, "at-risk", &[("status", "at_risk")]).await?;
    let long = "x".repeat(101);
    for (name, filter, code) in [
        ("AT-RISK", vec![("status", "active")], "exists"),
        ("", vec![("status", "active")], "segment_name_empty"),
        (&long, vec![("status", "active")], "segment_name_length"),
        ("a\nb", vec![("status", "active")], "segment_name_control"),
        ("x", vec![], "empty_filter"),
        ("x", vec![("status", " "), ("archived", "false")], "empty_filter"),
        ("x", vec![("status", "wrong")], "status"),
        ("x", vec![("statsu", "active")], "unknown_filter"),
        ("x", vec![("owner", "nobody")], "unknown_user"),
        ("x", vec![("parent", "nothing")], "unknown_account"),
        ("x", vec![("arr_min", "2"), ("arr_max", "1")], "empty_range"),
        ("x", vec![("segment", "at-risk")], "nested_segment"),
    ] {
        assert_eq!(refused(create(&world, name, &filter).await), code, "{name} {filter:?}");
    }
    assert_eq!(segments::list(&world).await?.len(), 1);
    let error = world.filter(&[("segment", "at-rsik")]).await.unwrap_err();
    assert_eq!((error.code, error.hints.to_string().as_str()), ("unknown_segment", "did you mean at-risk?"));
    assert_eq!(refused(segments::delete(&world, "nothing", None, false).await), "unknown_segment");
    // It is not there for the neighbours.
    let other = world.organization("other").await?;
    assert_eq!(refused(other.filter(&[("segment", "at-risk")]).await), "unknown_segment");
    let values = given(&[("email", "r@example.com"), ("name", "R"), ("role", "read")]);
    let reader = world.acting_as(&ops::users::create(&world, &values, false).await?.record);
    assert_eq!(refused(create(&reader, "y", &[("status", "active")]).await), "read_only_user");
    assert_eq!(refused(segments::delete(&reader, "at-risk", None, false).await), "read_only_user");
    assert_eq!(passing(&reader, &[("segment", "at-risk")]).await?, ["a", "c"]);
    Ok(())
}

/// A segment and whatever else filters: what passes is what passes each alone.
async fn both_have_to_hold(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let filters: [&[(&str, &str)]; 7] = [
        &[("status", "at_risk")],
        &[("status", "active,churned")],
        &[("owner", "Mia")],
        &[("unowned", "true")],
        &[("custom.tier", "gold"), ("tag", "vip")],
        &[("arr_min", "150"), ("search", "o")],
        &[("renews_within", "4w")],
    ];
    for (n, filter) in filters.iter().enumerate() {
        create(&world, &format!("s{n}"), filter).await?;
    }
    for (n, segment) in filters.iter().enumerate() {
        let name = format!("s{n}");
        let alone = passing(&world, segment).await?;
        assert_eq!(passing(&world, &[("segment", &name)]).await?, alone, "{segment:?}");
        let shown = segments::get(&world, &name).await?;
        assert_eq!(shown.accounts, Some(alone.len() as i64));
        for (m, other) in filters.iter().enumerate() {
            let others = passing(&world, other).await?;
            let both: Vec<String> = alone.iter().filter(|id| others.contains(id)).cloned().collect();
            let mut flags = other.to_vec();
            flags.push(("segment", &name));
            assert_eq!(passing(&world, &flags).await?, both, "{segment:?} and {other:?}");
            let second = format!("S{m}");
            assert_eq!(passing(&world, &[("segment", &name), ("segment", &second)]).await?, both);
        }
    }
    let filter = world.filter(&[("segment", "s0"), ("arr_max", "100")]).await?;
    let totals = store::accounts::totals(&mut world.db.read().await?, &world.scope(), &filter).await?;
    assert_eq!((totals.count, totals.arr), (1, 10_000));
    Ok(())
}

async fn relative_times_stay_relative(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    create(&world, "soon", &[("renews_within", "20d")]).await?;
    assert_eq!(passing(&world, &[("segment", "soon")]).await?, ["a"]);
    let later = world.at("2026-03-06T07:00:00Z");
    assert_eq!(passing(&later, &[("segment", "soon")]).await?, ["a", "b"]);
    assert_eq!(segments::get(&later, "soon").await?.accounts, Some(2));
    Ok(())
}

async fn archived_accounts(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    create(&world, "gold", &[("custom.tier", "gold")]).await?;
    create(&world, "gone", &[("archived", "true")]).await?;
    for (filter, ids) in [
        (vec![("segment", "gold")], vec!["a", "b"]),
        // What a segment says nothing of is for the rest to say.
        (vec![("segment", "gold"), ("archived", "true")], vec!["d"]),
        (vec![("segment", "gone")], vec!["d"]),
        (vec![("segment", "gone"), ("segment", "gold")], vec!["d"]),
        (vec![("segment", "gone"), ("archived", "false")], vec![]),
        (vec![("segment", "gone"), ("status", "active")], vec![]),
    ] {
        assert_eq!(passing(&world, &filter).await?, ids, "{filter:?}");
    }
    assert_eq!(segments::get(&world, "gold").await?.accounts, Some(2));
    assert_eq!(segments::get(&world, "gone").await?.accounts, Some(1));
    Ok(())
}

async fn records_of_its_accounts(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let of = async |noun, filter: &[(&str, &str)]| {
        let chosen = selection::selection(&world, noun, pairs(filter)).await?;
        let order = selection::order(noun, "id").unwrap();
        let found = lists::list::<Entry>(&world, noun, &chosen, order, Page::default()).await?;
        anyhow::Ok(
            found.rows.iter().map(|row| row.text("account_name").unwrap_or_default().to_string()).collect::<Vec<_>>(),
        )
    };
    for (n, account) in ["a", "b", "c"].into_iter().enumerate() {
        let (email, title) = (format!("p{n}@example.com"), format!("Call {n}"));
        let contact = given(&[("account", account), ("email", &email), ("name", "P")]);
        entries::create(&world, &CONTACT, &contact, false).await?;
        let call = given(&[("account", account), ("type", "call"), ("title", &title)]);
        entries::create(&world, &ENGAGEMENT, &call, false).await?;
    }
    create(&world, "at-risk", &[("status", "at_risk")]).await?;
    create(&world, "mine", &[("owner", "mia@example.com")]).await?;
    create(&world, "gone", &[("archived", "true")]).await?;
    for noun in [&CONTACT, &ENGAGEMENT] {
        assert_eq!(of(noun, &[("segment", "at-risk")]).await?, ["Acme", "Cobalt"], "{}", noun.many);
        assert_eq!(of(noun, &[("segment", "at-risk"), ("segment", "mine")]).await?, ["Acme"], "{}", noun.many);
        assert_eq!(of(noun, &[("segment", "mine"), ("account", "c")]).await?, Vec::<String>::new());
        assert_eq!(of(noun, &[("segment", "gone")]).await?, Vec::<String>::new());
    }
    world.update("b", &[("arr", "300")]).await?;
    assert_eq!(of(&ARR_CHANGE, &[("segment", "mine")]).await?, ["Bolt"]);
    assert_eq!(of(&ARR_CHANGE, &[("segment", "at-risk")]).await?, Vec::<String>::new());
    let unknown = selection::selection(&world, &CONTACT, [("segment", "mien")]).await;
    assert_eq!(refused(unknown), "unknown_segment");

    for (n, account) in [("a", 1), ("b", 2), ("d", 3)].map(|(account, n)| (n, account)) {
        let account = world.get(account).await?.id;
        open_alert(&world, Some(account), n).await?;
    }
    open_alert(&world, None, 4).await?;
    let counted = async |filter: &[(&str, &str)]| {
        let filter = selection::selection(&world, &ALERT, pairs(filter)).await?;
        anyhow::Ok(lists::count::<Alert>(&world, &ALERT, &filter).await?)
    };
    assert_eq!(counted(&[]).await?, 3);
    assert_eq!(counted(&[("segment", "mine")]).await?, 2);
    assert_eq!(counted(&[("segment", "mine"), ("segment", "at-risk")]).await?, 1);
    assert_eq!(counted(&[("segment", "gone")]).await?, 1);
    Ok(())
}

/// An alert that is open, about an account or about the data.
pub(super) async fn open_alert(world: &World, account: Option<Uuid>, n: i64) -> Result<Uuid> {
    let id = world.ids.next();
    let mut tx = world.db.write_any().await?;
    let sql = "insert into alerts (organization_id, id, account_id, rule, topic, severity, level, message, held, opened_on, \
                 opened_at, fired_on, updated_at) \
               values ($1, $2, $3, 'data_quality', $4, 'warning', 1, 'why', (1 = 0), $5, $6, $5, $6)";
    tx.of(&world.scope(), sql)
        .bind(id)
        .bind(account)
        .bind(format!("t{n}"))
        .bind(world.today())
        .bind(world.clock.now())
        .execute()
        .await?;
    tx.commit().await?;
    Ok(id)
}

async fn what_it_names_is_gone(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    create(&world, "mias", &[("owner", "Mia")]).await?;
    create(&world, "under-acme", &[("parent", "Acme")]).await?;
    create(&world, "fine", &[("status", "active")]).await?;
    execute(&world.db, "update users set name = 'Maria' where email = 'mia@example.com'").await?;
    execute(&world.db, "update accounts set name_key = 'acme two' where external_id = 'a'").await?;
    for (name, what) in [("mias", "no user is called \"Mia\""), ("under-acme", "no account is called \"Acme\"")] {
        let error = world.filter(&[("segment", name)]).await.unwrap_err();
        assert_eq!(error.code, "broken_segment");
        assert_eq!(error.message, format!("segment {name:?} can't be used any more: {what}"));
        assert!(error.hints.to_string().contains(&format!("segments update {name}")));
        let shown = segments::get(&world, name).await?;
        assert_eq!((shown.accounts, shown.problem), (None, Some(error.message)));
    }
    assert_eq!(segments::list(&world).await?.len(), 3);
    assert_eq!(passing(&world, &[("segment", "fine")]).await?, ["b"]);
    segments::delete(&world, "mias", None, false).await?;
    execute(&world.db, "update segments set filter = '{}' where name = 'under-acme'").await?;
    assert_eq!(refused(world.filter(&[("segment", "under-acme")]).await), "broken_segment");
    segments::delete(&world, "under-acme", None, false).await?;
    Ok(())
}

/// Every statement about segments, once.
pub(super) async fn once(world: &World) -> Result<()> {
    create(world, "once", &[("status", "active"), ("custom.k", "v")]).await?;
    passing(world, &[("segment", "once")]).await?;
    let filter = selection::selection(world, &ALERT, [("segment", "once")]).await?;
    alerts::counts(world, &filter).await?;
    let filter = pairs(&[("status", "churned")]);
    segments::update(world, "once", (Some("one time"), Some(&filter)), None, false).await?;
    segments::delete(world, "one time", None, false).await?;
    Ok(())
}

/// The functions of the store, at a segment that only they have.
pub(super) async fn apart(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    let their = create(theirs, "theirs", &[("status", "active")]).await?;
    let untouched = everything(&theirs.db, &theirs.scope()).await?;
    create(ours, "ours", &[("status", "active")]).await?;
    let scope = &ours.scope();
    let own = super::tenants::operation(ours);
    let mut tx = ours.db.write(scope, Lock::Shared).await?;
    let tx = &mut tx;
    operations::insert(tx, scope, &own).await?;
    let names: Vec<String> = store::segments::all(tx, scope).await?.into_iter().map(|row| row.name).collect();
    assert_eq!(names, ["ours"]);
    assert_eq!(store::segments::delete(tx, scope, their.id, their.version, own.id).await?, 0);
    let (now, user) = (ours.clock.now(), ours.user.id);
    let stamp = store::records::Stamp { operation: own.id, now, effective_on: now.date_naive(), user };
    let row = StoredSegment {
        id: their.id,
        name: "theirs".into(),
        name_key: "theirs".into(),
        filter: "[]".into(),
        created_by: String::new(),
        version: their.version,
        created_at: now,
        updated_at: now,
    };
    let renamed = StoredSegment { name: "mine".into(), name_key: "mine".into(), ..row.clone() };
    assert_eq!(store::segments::update(tx, scope, &row, &renamed, stamp).await?, 0);
    let kept: Vec<(i64,)> =
        tx.of(scope, "select count(*) from segments_before b where b.organization_id = $1").fetch_all().await?;
    assert_eq!(kept, [(0,)]);
    store::segments::insert(tx, scope, &row, stamp).await?;
    called.extend(["segments::all", "segments::delete", "segments::insert", "segments::update"]);
    assert_eq!(everything(&theirs.db, &theirs.scope()).await?, untouched);
    Ok(())
}
