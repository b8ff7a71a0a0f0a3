//! Two organizations with the same names, external ids and people: whatever is guessed, neither sees or moves the other.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::Result;
use fastenr_core::import::mapping::{AccountLookup, Mapping};
use fastenr_core::import::request::{Key, Missing, Mode, Request};
use fastenr_core::model::StatusSource;
use fastenr_core::model::account::{ACCOUNT, Account};
use fastenr_core::model::activity::Activity;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::filter::Page;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::noun::{Meaning, Noun, Storage, Value};
use fastenr_core::model::operation::{Ledger, OPERATION, Operation, OperationStatus};
use fastenr_core::model::selection::{Condition, Order, Selection};
use fastenr_core::ops::{self, entries};
use fastenr_core::store::records::Stamp;
use fastenr_core::store::staging::{Encoder, RejectScope, RowRules, StagedRow, Staging};
use fastenr_core::store::{
    Lock, Recalled, accounts, activities, arr, custom, extent, goals, journal, lists, operations, records, today, users,
};
use fastenr_tests::harness::{Backend, Tests};
use futures_util::TryStreamExt;
use regex::Regex;
use uuid::Uuid;

use super::nouns::{Row, children, export, full, rows};
use fastenr_tests::world::{World, alias, by, everything, given, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/tenants/no_function_reaches_over", no_function_reaches_over);
    tests.both("store/tenants/no_import_reaches_over", no_import_reaches_over);
    tests.both("store/tenants/no_import_of_any_noun_reaches_over", no_import_of_any_noun_reaches_over);
    tests.both("store/tenants/no_reference_points_over", no_reference_points_over);
}

/// Ours and theirs: alike, but for one account and one user that only they have.
async fn neighbours(backend: &Backend) -> Result<(World, World)> {
    let first = world(backend).await?;
    let (ours, theirs) = (first.organization("ours").await?, first.organization("theirs").await?);
    for world in [&ours, &theirs] {
        world.user("mia@example.com", "Mia").await?;
        let file = "external_id,name,domain,arr,owner,parent,custom.k,status
p,Parent,parent.com,1,mia@example.com,,v,active
a,Acme,acme.com,2,mia@example.com,p,v,at_risk
";
        world.import(file, Request::default()).await?;
        world.update("a", &[("arr", "3")]).await?;
    }
    theirs.user("only@example.com", "Only Theirs").await?;
    let only =
        theirs.account(&[("external_id", "only"), ("name", "Only"), ("domain", "only.com"), ("arr", "9")]).await?;
    alias(&theirs, "was-only", only.id).await?;
    // A record of each noun, alike on both sides, and one that hangs on what only they have.
    for world in [&ours, &theirs] {
        world.user("noa@example.com", "Noa").await?;
        world.account(&[("external_id", "a0"), ("name", "A0")]).await?;
        world.account(&[("external_id", "a1"), ("name", "A1")]).await?;
        for noun in children() {
            entries::create(world, noun, &full(noun, 0), false).await?;
        }
    }
    for noun in children() {
        entries::create(&theirs, noun, &theirs_alone(noun), false).await?;
    }
    Ok((ours, theirs))
}

/// Values of a record that only they have.
fn theirs_alone(noun: &'static Noun) -> Vec<(String, Option<String>)> {
    let mut values = full(noun, 1);
    for (name, text) in &mut values {
        match noun.field(name).map(|(_, field)| field.meaning) {
            Some(Meaning::Account) => *text = Some("only".into()),
            Some(Meaning::User | Meaning::Author) => *text = Some("only@example.com".into()),
            Some(Meaning::ExternalId | Meaning::Title) => *text = Some("alone".into()),
            Some(Meaning::Email) => *text = Some("alone@example.com".into()),
            _ => {}
        }
    }
    values
}

/// The record that only they have.
async fn alone(theirs: &World, noun: &'static Noun) -> Result<Row> {
    let all = rows(theirs, noun).await?;
    Ok(all.into_iter().next_back().unwrap())
}

/// Calls a function of the store and notes that it was called.
macro_rules! call {
    ($called:ident, $module:ident :: $function:ident ( $($argument:expr),* $(,)? )) => {{
        $called.insert(concat!(stringify!($module), "::", stringify!($function)));
        $module::$function($($argument),*)
    }};
    ($called:ident, $module:ident = $receiver:ident . $function:ident ( $($argument:expr),* $(,)? )) => {{
        $called.insert(concat!(stringify!($module), "::", stringify!($function)));
        $receiver.$function($($argument),*)
    }};
}

async fn no_function_reaches_over(backend: &Backend) -> Result<()> {
    let (ours, theirs) = neighbours(backend).await?;
    super::scores::neighbour(&ours, "a1").await?;
    super::scores::neighbour(&theirs, "only").await?;
    super::import_events::neighbour(&theirs).await?;
    let mut called: BTreeSet<&'static str> = BTreeSet::new();
    super::alerts::apart(&ours, &theirs, &mut called).await?;
    super::segments::apart(&ours, &theirs, &mut called).await?;
    super::handover::apart(&ours, &theirs, &mut called).await?;
    super::erasure::apart(&ours, &theirs, &mut called).await?;
    super::keys::apart(&ours, &theirs, &mut called).await?;
    super::idempotency::apart(&ours, &theirs, &mut called).await?;
    let untouched = everything(&theirs.db, &theirs.scope()).await?;
    reading(&ours, &theirs, &mut called).await?;
    reading_entries(&ours, &theirs, &mut called).await?;
    writing_entries(&ours, &theirs, &mut called).await?;
    super::feed::apart(&ours, &theirs, &mut called).await?;
    super::notifications::apart(&ours, &theirs, &mut called).await?;
    merging(&ours, &theirs, &mut called).await?;
    writing(&ours, &theirs, &mut called).await?;
    staging(&ours, &theirs, &mut called).await?;
    super::import_events::apart(&ours, &theirs, &mut called).await?;
    super::bulk::apart(&ours, &theirs, &mut called).await?;
    super::engagements::reaching(&ours, &theirs, &mut called).await?;
    super::scores::models::reaching(&ours, &theirs, &mut called).await?;
    goals(&ours, &theirs, &mut called).await?;
    super::scores::apart(&ours, &theirs, &mut called).await?;
    super::scores::views::apart(&ours, &theirs, &mut called).await?;
    super::prune::apart(&ours, &theirs, &mut called).await?;
    super::undo::apart(&ours, &theirs, &mut called).await?;
    super::scores::impact::reaching(&ours, &theirs, &mut called).await?;
    assert_eq!(everything(&theirs.db, &theirs.scope()).await?, untouched);
    let there_are = functions_that_take_a_scope()?;
    let missed: Vec<&String> = there_are.iter().filter(|name| !called.contains(name.as_str())).collect();
    assert!(missed.is_empty(), "call these too: {missed:?}");
    let unknown: Vec<&&str> = called.iter().filter(|name| !there_are.contains(**name)).collect();
    assert!(unknown.is_empty(), "the search for functions misses {unknown:?}");
    Ok(())
}

/// A merge of ours that names what only they have: it finds nothing to keep, move or read.
async fn merging(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    use fastenr_core::store::{duplicates, merge};
    let scope = &ours.scope();
    let (own, their) = (operation(ours), theirs.get("only").await?.id);
    let keep = ours.get("a").await?.id;
    let mut tx = ours.db.write(scope, Lock::Exclusive).await?;
    let tx = &mut tx;
    operations::insert(tx, scope, &own).await?;
    let (but, asked) = ([keep], [their]);
    let plan = merge::Merge { keep, duplicates: &asked, operation: own.id, now: ours.clock.now() };
    for child in merge::children_tables() {
        let moved = call!(called, merge::children(tx, scope, &plan, &child)).await?;
        assert_eq!(moved, merge::MovedRows::default(), "{}", child.table);
    }
    assert!(call!(called, merge::below(tx, scope, &plan, &but)).await?.is_empty());
    assert_eq!(call!(called, merge::adopt(tx, scope, &plan, &but)).await?, 0);
    assert_eq!(call!(called, merge::rest(tx, scope, &plan)).await?, 0);
    call!(called, merge::alias(tx, scope, &plan, ours.ids.next(), "ours-only")).await?;
    assert_eq!(call!(called, merge::aliased(tx, scope, "was-only")).await?, None);
    assert_eq!(merge::aliased(tx, scope, "ours-only").await?, Some(keep));
    assert_eq!(call!(called, merge::operation_of(tx, scope, their)).await?, None);
    assert!(call!(called, merge::arr_lines(tx, scope, their)).await?.is_empty());
    let line = merge::ArrLine {
        effective_on: ours.clock.today(),
        kind: "change".into(),
        old_value: None,
        new_value: Some("1".into()),
    };
    call!(called, merge::add_arr_line(tx, scope, &plan, ours.ids.next(), &line)).await?;
    let all = Selection::everything();
    let keys: Vec<_> = call!(called, duplicates::keys(tx, scope, &all))?.try_collect().await?;
    assert!(keys.len() == 4 && keys.iter().all(|key| key.id != their));
    assert!(call!(called, duplicates::facts(tx, scope, &asked)).await?.is_empty());
    Ok(())
}

async fn reading(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    let scope = &ours.scope();
    let their = theirs.get("only").await?;
    let their_user = ops::users::get(theirs, "only@example.com").await?;
    let their_mia = ops::users::get(theirs, "mia@example.com").await?;
    let their_operation = theirs.operations().await?[0].id;
    let tx = &mut ours.db.read().await?;
    let all = Selection::everything();
    let of_theirs = [
        all.clone().with(&ACCOUNT, "owner", [Value::Id(their_mia.id)])?,
        all.clone().with(&ACCOUNT, "parent", [Value::Id(their.id)])?,
        all.clone().with(&ACCOUNT, "search", [Value::Text("only".into())])?,
    ];
    let order = by("name");
    for (filter, count) in of_theirs.iter().map(|filter| (filter, 0)).chain([(&all, 4)]) {
        let page = Page::default();
        let listed: Vec<Account> = call!(called, lists::list(tx, scope, &ACCOUNT, filter, order, page)).await?;
        assert!(listed.iter().all(|account| account.organization_id == ours.organization.id));
        let streamed: Vec<Account> =
            call!(called, lists::stream(tx, scope, &ACCOUNT, filter, order))?.try_collect().await?;
        assert_eq!((listed.len(), &streamed), (count, &listed));
        assert_eq!(call!(called, accounts::totals(tx, scope, filter)).await?.count, count as i64);
        assert_eq!(call!(called, extent::accounts(tx, scope, filter, 100)).await?.count, count as i64);
    }
    assert_eq!(call!(called, accounts::get(tx, scope, their.id)).await?, None);
    assert_eq!(call!(called, accounts::by_name_beginning(tx, scope, "only", 9)).await?, []);
    let (day, ids) = (ours.clock.today(), [their.id]);
    assert!(call!(called, extent::health_on(tx, scope, day, &ids)).await?.is_empty());
    for need in call!(called, today::needs(tx, scope, &all, day)).await? {
        assert!(accounts::get(tx, scope, need.id).await?.is_some());
    }
    let ever = (day - chrono::Days::new(36_500), day);
    assert!(call!(called, today::changes(tx, scope, ever, &ids)).await?.is_empty());
    for key in ["only", "was-only"] {
        assert_eq!(call!(called, accounts::by_external_key(tx, scope, key)).await?, None);
    }
    assert_eq!(accounts::by_external_key(tx, scope, "a").await?.unwrap().organization_id, ours.organization.id);
    let keys = vec!["only".to_owned(), "a".to_owned()];
    assert_eq!(call!(called, records::borne(tx, scope, &ACCOUNT, "external_key", keys)).await?, ["a"]);
    assert!(call!(called, accounts::by_name_key(tx, scope, "only", 9)).await?.is_empty());
    assert!(call!(called, accounts::by_domain(tx, scope, "only.com", 9)).await?.is_empty());
    assert!(call!(called, accounts::names_like(tx, scope, "only", 9)).await?.is_empty());
    let lines: Vec<_> = call!(called, arr::lines(tx, scope, &all))?.try_collect().await?;
    assert!(!lines.is_empty() && lines.iter().all(|line| line.account != their.id));
    assert!(call!(called, lists::any(tx, scope, &ACCOUNT)).await?);
    let keys = call!(called, custom::keys(tx, scope, &ACCOUNT)).await?;
    assert!(!keys.contains(&"only".to_owned()), "{keys:?}");
    assert!(call!(called, accounts::any_arr(tx, scope)).await?);
    assert_eq!(call!(called, accounts::owned_by(tx, scope, their_mia.id)).await?, 0);
    assert!(call!(called, accounts::ancestors(tx, scope, their.id)).await?.is_empty());
    assert_eq!(call!(called, users::all(tx, scope)).await?.len(), 3);
    assert_eq!(call!(called, users::get(tx, scope, their_mia.id)).await?, None);
    assert_eq!(call!(called, users::by_email(tx, scope, &their_user.email)).await?, None);
    assert_eq!(call!(called, users::first_admin(tx, scope)).await?.unwrap().organization_id, ours.organization.id);
    assert_eq!(call!(called, operations::get(tx, scope, their_operation)).await?, None);
    let memory = ours.db.memory();
    if let Recalled::Unknown(place) = memory.recall::<u8>(tx, &theirs.scope(), "key".into()).await? {
        memory.keep(place, 1_u8, 1);
    }
    let recalled: Recalled<u8> = call!(called, memory = memory.recall(tx, scope, "key".into())).await?;
    assert!(matches!(recalled, Recalled::Unknown(_)));
    let everything = Selection::default();
    let newest = Order::first(&OPERATION);
    let listed: Vec<Operation> = lists::list(tx, scope, &OPERATION, &everything, newest, Page::default()).await?;
    assert!(!listed.is_empty() && listed.iter().all(|found| found.id != their_operation));
    assert!(call!(called, operations::running(tx, scope)).await?.is_empty());
    Ok(())
}

/// The functions that read any noun, each for every one of them.
async fn reading_entries(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    use fastenr_core::store::entries;
    let scope = &ours.scope();
    let account = theirs.get("only").await?.id;
    for noun in children() {
        let (own, their) = (rows(ours, noun).await?, alone(theirs, noun).await?);
        let order = ops::selection::order(noun, "id").unwrap();
        let tx = &mut ours.db.read().await?;
        let all = Selection::everything();
        let of_theirs = Selection {
            conditions: vec![Condition::In("a.account_id".into(), Storage::Id, vec![Value::Id(account)])],
            ..all.clone()
        };
        for (chosen, count) in [(&all, own.len()), (&of_theirs, 0)] {
            let page = Page::default();
            let listed: Vec<Entry> = call!(called, lists::list(tx, scope, noun, chosen, order, page)).await?;
            let ids: Vec<Uuid> = listed.iter().map(Entry::id).collect();
            let streamed: Vec<Entry> =
                call!(called, lists::stream(tx, scope, noun, chosen, order))?.try_collect().await?;
            assert_eq!((listed.len(), &streamed), (count, &listed), "{}", noun.many);
            assert!(ids.iter().all(|id| own.iter().any(|row| row.id == *id)), "{}", noun.many);
            let placed: Vec<(Entry, _)> = call!(called, lists::part(tx, scope, noun, chosen, order, page)).await?;
            assert_eq!(placed.len(), count, "{}", noun.many);
            called.extend(["lists::count", "lists::count_to"]);
            assert_eq!(lists::count::<Entry>(tx, scope, noun, chosen).await?, count as u64);
            assert_eq!(lists::count_to::<Entry>(tx, scope, noun, chosen, 100).await?, count as i64);
        }
        assert!(call!(called, lists::any(tx, scope, noun)).await?);
        assert_eq!(call!(called, entries::get(tx, scope, noun, their.id)).await?, None);
        let by_account = [("a.account_id", Storage::Id, Value::Id(account))];
        assert!(call!(called, entries::matching(tx, scope, noun, &by_account, 9)).await?.is_empty());
        assert!(call!(called, entries::titles_like(tx, scope, noun, "alone", 9)).await?.is_empty());
    }
    Ok(())
}

/// The functions that write any noun, at what only they have.
async fn writing_entries(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    let (scope, now) = (&ours.scope(), ours.clock.now());
    let own = operation(ours);
    let mut tx = ours.db.write(scope, Lock::Exclusive).await?;
    let tx = &mut tx;
    operations::insert(tx, scope, &own).await?;
    for noun in children() {
        let their = alone(theirs, noun).await?;
        let (_, created) = noun.field("account").unwrap();
        let values = [(created, Value::Id(ours.get("a").await?.id))];
        assert_eq!(call!(called, records::update(tx, scope, noun, their.id, their.version, &values, now)).await?, 0);
        call!(called, records::keep_before(tx, scope, noun, their.id, journal::DELETED, own.id)).await?;
        let kept = format!("select count(*) from {}_before b where b.organization_id = $1 and b.id = $2", noun.table);
        let kept: (i64,) = tx.of(scope, kept).bind(their.id).fetch_one().await?;
        assert_eq!(kept, (0,), "{}", noun.many);
        assert_eq!(call!(called, records::delete(tx, scope, noun, their.id, their.version)).await?, 0);
    }
    let activity = Activity {
        id: ours.ids.next(),
        at: now,
        user: ours.user.id,
        operation: Some(own.id),
        kind: "contacts.test".into(),
        noun: "contacts".into(),
        record: None,
        account: None,
        label: String::new(),
        changes: serde_json::json!([]),
    };
    call!(called, activities::insert(tx, scope, &activity)).await?;
    Ok(())
}

pub(super) fn operation(world: &World) -> Operation {
    Operation {
        id: world.ids.next(),
        kind: "accounts.test".into(),
        status: OperationStatus::Running.as_str().into(),
        user: world.user.id,
        source_name: None,
        source_sha256: None,
        parameters: "{}".into(),
        ledger: None,
        message: None,
        started_at: world.clock.now(),
        finished_at: None,
        undoes: None,
        undone_by: None,
        pruned_at: None,
    }
}

async fn writing(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    let (scope, now) = (&ours.scope(), ours.clock.now());
    let their = theirs.get("only").await?;
    let their_user = ops::users::get(theirs, "only@example.com").await?;
    let their_operation = theirs.operations().await?[0].id;
    let own = operation(ours);
    let db = &ours.db;
    let mut tx = call!(called, db = db.write(scope, Lock::Exclusive)).await?;
    let counted: (i64,) = call!(called, tx = tx.of(scope, "select count(*) from accounts where organization_id = $1"))
        .fetch_one()
        .await?;
    assert_eq!(counted, (4,));
    let tx = &mut tx;
    call!(called, operations::insert(tx, scope, &own)).await?;
    let status = OperationStatus::Failed;
    assert_eq!(call!(called, operations::finish(tx, scope, their_operation, status, None, None, now)).await?, 0);
    assert_eq!(call!(called, operations::describe(tx, scope, their_operation, "{}".into())).await?, 0);
    let none = Ledger::default();
    assert_eq!(call!(called, operations::set_ledger(tx, scope, their_operation, &none)).await?, 0);
    assert_eq!(call!(called, operations::close(tx, scope, their_operation, ours.ids.next())).await?, 0);
    assert_eq!(call!(called, operations::set_call(tx, scope, their_operation, ours.ids.next())).await?, 0);
    assert_eq!(call!(called, operations::forget_call(tx, scope, their_operation)).await?, 0);
    assert_eq!(call!(called, operations::of_call(tx, scope, their_operation)).await?, None);
    assert_eq!(call!(called, activities::subject(tx, scope, their_operation)).await?, None);
    assert_eq!(call!(called, users::set_deactivated(tx, scope, their_user.id, Some(now), now)).await?, 0);
    let (_, name) = ACCOUNT.field("name").unwrap();
    let values = vec![(name, Value::Text("Ours now".into()))];
    assert_eq!(call!(called, records::update(tx, scope, &ACCOUNT, their.id, their.version, &values, now)).await?, 0);
    assert_eq!(call!(called, records::set_status_source(tx, scope, &ACCOUNT, their.id, "model")).await?, 0);
    call!(called, records::keep_before(tx, scope, &ACCOUNT, their.id, 1, own.id)).await?;
    let kept: (i64,) = tx
        .of(scope, "select count(*) from accounts_before b where b.organization_id = $1 and b.id = $2")
        .bind(their.id)
        .fetch_one()
        .await?;
    assert_eq!(kept, (0,));
    // The same id in two organizations is two records.
    let stamp = Stamp { operation: own.id, now, effective_on: now.date_naive(), user: ours.user.id };
    call!(called, records::insert(tx, scope, &ACCOUNT, their.id, &values, stamp)).await?;
    assert_eq!(accounts::get(tx, scope, their.id).await?.unwrap().name, "Ours now");
    let history = ACCOUNT.history.as_ref().unwrap();
    let ids = (ours.ids.next(), their.id);
    call!(called, records::track(tx, scope, history, ids, name, (&Value::Null, &Value::Null), stamp)).await?;
    assert_eq!(call!(called, records::mark_correction(tx, scope, history, their.id)).await?, 0);
    Ok(())
}

/// Every step of a bulk write, on rows that name what only the others have.
async fn staging(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    let scope = &ours.scope();
    let their = theirs.get("only").await?;
    let bit = |name: &str| ACCOUNT.field(name).unwrap().0;
    let staging = Staging {
        noun: &ACCOUNT,
        fields: vec![
            bit("external_id"),
            bit("name"),
            bit("status"),
            bit("arr"),
            bit("owner"),
            bit("parent"),
            bit("custom_fields"),
        ],
        key: Key::Id,
        headers: vec![(bit("id"), "id".into()), (bit("parent"), "parent".into()), (bit("owner"), "owner".into())],
        account_lookup: AccountLookup::Key,
        merge_custom: true,
        skips: false,
        events: None,
        source: StatusSource::Import,
        row_rules: RowRules::default(),
    };
    let text = |text: &str| Value::Text(text.to_owned());
    let present = staging.fields.iter().map(|bit| 1_i64 << bit).sum();
    let row = |n, match_id, external_id: &str, parent_ref, parent_uuid| StagedRow {
        n,
        id: ours.ids.next(),
        match_id,
        key: Some(external_id.to_owned()),
        present,
        values: vec![
            text(external_id),
            text(external_id),
            text("Renamed"),
            text("renamed"),
            text("active"),
            Value::Integer(n),
            Value::Null,
            Value::Null,
            parent_ref,
            parent_uuid,
            text(r#"{"new":"1"}"#),
            Value::Null,
        ],
    };
    let own_user = ops::users::get(ours, "mia@example.com").await?;
    assert_ne!(own_user.id, their.id);
    let (db, of_ours) = (&ours.db, ours.scope());
    let mut conn = call!(called, db = db.hold(&of_ours)).await?;
    staging.create(&mut conn).await?;
    let mut encoder = Encoder::new(ours.db.engine(), &staging);
    encoder.row(row(1, Some(their.id), "n1", Value::Null, Value::Null));
    encoder.row(row(2, None, "only", Value::Null, Value::Null));
    encoder.row(row(3, None, "n3", text("was-only"), Value::Null));
    encoder.row(row(4, None, "n4", text(&their.id.to_string()), Value::Id(their.id)));
    encoder.row(row(5, None, "a", text("p"), Value::Null));
    let (sender, mut batches) = tokio::sync::mpsc::channel(1);
    sender.send(encoder.take()).await?;
    drop(sender);
    let own = operation(ours);
    let stamp =
        Stamp { operation: own.id, now: ours.clock.now(), effective_on: ours.clock.today(), user: ours.user.id };
    {
        let mut tx = call!(called, tx = conn.write(scope, Lock::Exclusive)).await?;
        let tx = &mut tx;
        staging.load(tx, &mut batches, &mut |_| {}).await?;
        staging.reject_doubles(tx).await?;
        call!(called, staging = staging.find_accounts(tx, scope)).await?;
        staging.reject_doubles_within(tx).await?;
        call!(called, staging = staging.find_matches(tx, scope)).await?;
        call!(called, staging = staging.reject_strange_new_ids(tx, scope)).await?;
        staging.hold_to_mode(tx, Mode::Upsert).await?;
        call!(called, staging = staging.reject_taken(tx, scope)).await?;
        call!(called, staging = staging.find_parents(tx, scope)).await?;
        call!(called, staging = staging.merge_custom(tx, scope)).await?;
        call!(called, staging = staging.compare(tx, scope)).await?;
        call!(called, staging = staging.reject_strange_changed_ids(tx, scope)).await?;
        call!(called, staging = staging.reject_deactivated(tx, scope)).await?;
        assert_eq!(call!(called, staging = staging.id_changes(tx, scope)).await?.count, 0);
        call!(called, staging = staging.reject_broken_pasts(tx, scope)).await?;
        let mut codes: Vec<String> =
            staging.problems(tx, RejectScope::Row).await?.into_iter().map(|problem| problem.code).collect();
        codes.sort();
        assert_eq!(codes, ["unknown_id", "unknown_parent", "unknown_parent"]);
        assert_eq!(call!(called, staging = staging.note_statuses(tx, scope)).await?, 0);
        let changes: Vec<_> = call!(called, staging = staging.changes(tx, scope))?.try_collect().await?;
        assert!(changes.iter().all(|change| change.n == 5));
        let ledger = staging.ledger(tx, 5).await?;
        assert_eq!((ledger.created, ledger.updated, ledger.rejected), (1, 1, 3));
        // Parent, A0 and A1 are in no row of the file, and only ours are missing; Parent is above one that stays.
        assert_eq!(call!(called, staging = staging.count_missing(tx, scope)).await?, 3);
        assert_eq!(call!(called, staging = staging.missing_ids(tx, scope)).await?.len(), 3);
        let keyed = call!(called, staging = staging.count_keyed(tx, scope)).await?;
        assert_eq!(keyed, ours.accounts().await?.iter().filter(|account| account.external_id.is_some()).count() as u64);
        operations::insert(tx, scope, &own).await?;
        call!(called, staging = staging.keep_before(tx, scope, stamp)).await?;
        call!(called, staging = staging.track(tx, scope, stamp, false)).await?;
        assert_eq!(call!(called, staging = staging.update(tx, scope, stamp)).await?, 1);
        assert_eq!(call!(called, staging = staging.archive_missing(tx, scope, stamp)).await?, 3);
        assert_eq!(call!(called, staging = staging.create_new(tx, scope, stamp, 1)).await?, 1);
        call!(called, staging = staging.chain(tx, scope, stamp)).await?;
    }
    drop(conn);
    Ok(())
}

/// Goals of the same names: values, history and rows of a file are our own.
async fn goals(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    use fastenr_core::store::entries;
    let scope = &ours.scope();
    let today = ours.clock.today();
    let their = theirs.get("only").await?;
    let tx = &mut ours.db.read().await?;
    let value = |metric: &'static str| (metric, today);
    for (metric, today) in [value("arr"), value("accounts")] {
        assert_eq!(call!(called, goals::measured(tx, scope, their.id, metric, today)).await?, None);
    }
    let own = accounts::by_external_key(tx, scope, "p").await?.unwrap().id;
    assert_eq!(goals::measured(tx, scope, own, "accounts", today).await?, Some(200));
    let nil = Uuid::nil();
    for due in call!(called, goals::due(tx, scope, None, nil, (today, None), 99)).await? {
        assert!(entries::get(tx, scope, &GOAL, due.id).await?.is_some());
    }
    assert!(call!(called, goals::recorded(tx, scope, nil)).await?.is_empty());
    assert_eq!(call!(called, goals::made(tx, scope, nil)).await?, None);
    let all = Selection::everything();
    let columns = [("a.status", Storage::Text)];
    let facts: Vec<_> = call!(called, entries::facts(tx, scope, &GOAL, &all, &columns))?.try_collect().await?;
    assert_eq!(facts.len() as u64, lists::count::<Entry>(tx, scope, &GOAL, &all).await?);
    let bit = |name: &str| GOAL.field(name).unwrap().0;
    let staging = Staging {
        noun: &GOAL,
        fields: vec![bit("account"), bit("metric_type")],
        key: Key::ExternalId,
        headers: Vec::new(),
        account_lookup: AccountLookup::Key,
        merge_custom: false,
        skips: false,
        events: None,
        source: StatusSource::Import,
        row_rules: RowRules::default(),
    };
    let mut conn = ours.db.hold(&ours.scope()).await?;
    staging.create(&mut conn).await?;
    {
        let tx = &mut conn.read().await?;
        staging.begin_completing(tx).await?;
        let sql = "insert into staged (n, id, present, account_id, metric_type) values (1, $1, 0, $1, 'arr')";
        tx.sql(sql).bind(their.id).execute().await?;
        let rows = call!(called, staging = staging.incomplete(tx, scope, (0, 9), today)).await?;
        assert_eq!(rows.iter().map(|row| row.measured).collect::<Vec<_>>(), [None]);
        assert!(call!(called, staging = staging.differing_milestones(tx, scope, (0, 9))).await?.is_empty());
    }
    drop(conn);
    Ok(())
}

/// `module::function` of everything public in the store that is held to an organization.
fn functions_that_take_a_scope() -> Result<BTreeSet<String>> {
    let function = Regex::new(r"(?s)pub (?:const )?(?:async )?fn (\w+)(?:<[^(]*>)?\(((?:[^{;]|\[[^\]]*\])*?)\{")?;
    let mut found = BTreeSet::new();
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fastenr-core/src/store");
    let mut folders = vec![store.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let module =
                path.strip_prefix(&store)?.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
            let module = module.trim_end_matches(".rs");
            for function in function.captures_iter(&fs::read_to_string(&path)?) {
                if function[2].contains("scope: &Scope") || function[2].contains("scope: Scope") {
                    found.insert(format!("{module}::{}", &function[1]));
                }
            }
        }
    }
    Ok(found)
}

async fn no_import_reaches_over(backend: &Backend) -> Result<()> {
    let (ours, theirs) = neighbours(backend).await?;
    let untouched = everything(&theirs.db, &theirs.scope()).await?;
    let id = theirs.get("only").await?.id;
    let skip = || Request { on_error: "skip".parse().unwrap(), empty: "clear".parse().unwrap(), ..Request::default() };
    let by = |key| Request { key: Some(key), ..skip() };
    for (file, request, counts) in [
        (format!("id,name,arr\n{id},Stolen,1\n"), skip(), (0, 0, 1)),
        (format!("external_id,name,parent\nx1,X,{id}\nx2,X,only\nx3,X,was-only\n"), skip(), (0, 0, 3)),
        ("external_id,name,owner\nx4,X,only@example.com\nx5,X,Only Theirs\n".into(), skip(), (0, 0, 2)),
        ("name,arr\nOnly,5\nAcme,\n".into(), by(Key::Name), (1, 1, 0)),
        ("domain,name\nonly.com,Only 2\nacme.com,Acme 2\n".into(), by(Key::Domain), (1, 1, 0)),
        ("external_id,name,custom.k\nonly,Only 3,1\nwas-only,Only 4,1\na,Acme 3,\n".into(), skip(), (2, 1, 0)),
        (
            "external_id,name\na,Acme 4\n".into(),
            Request { missing: Missing::Archive, max_missing: "100%".parse().unwrap(), ..skip() },
            (0, 1, 0),
        ),
    ] {
        let report = ours.import(&file, request).await?;
        let ledger = report.ledger;
        assert!(report.applied);
        assert_eq!((ledger.created, ledger.updated, ledger.rejected), counts, "{file}: {:?}", report.problems);
        assert_eq!(everything(&theirs.db, &theirs.scope()).await?, untouched, "{file}");
    }
    ours.import_users("email,name,role\nonly@example.com,Taken,read\nmia@example.com,Mia 2,read\n", skip()).await?;
    assert_eq!(everything(&theirs.db, &theirs.scope()).await?, untouched);
    let live = ours.accounts_where(&Selection::default(), fastenr_tests::world::by("name")).await?;
    assert_eq!(live.iter().filter(|account| account.external_id.is_some()).count(), 1);
    Ok(())
}

/// The same for every noun of an account: their ids, accounts and users are unknown here, their keys are free.
async fn no_import_of_any_noun_reaches_over(backend: &Backend) -> Result<()> {
    let (ours, theirs) = neighbours(backend).await?;
    let untouched = everything(&theirs.db, &theirs.scope()).await?;
    let skip = || Request { on_error: "skip".parse().unwrap(), empty: "clear".parse().unwrap(), ..Request::default() };
    let only = theirs.get("only").await?.id.to_string();
    for noun in children() {
        let their = alone(&theirs, noun).await?;
        // Their own file: of the rows one is of what we have as well.
        let file = export(noun, &rows(&theirs, noun).await?, |field| field.writable());
        let report = ours.import_of(noun, &file, skip()).await?;
        let ledger = report.ledger;
        assert_eq!((ledger.unchanged, ledger.rejected), (1, 1), "{}: {:?}", noun.many, report.problems);
        assert!(report.problems.iter().any(|problem| problem.code == "unknown_account"), "{}", noun.many);
        // Each way to name their account; their users; their ids.
        for account in ["only", "was-only", &only] {
            let file = with(noun, &[("account", account)]);
            let report = ours.import_of(noun, &file, skip()).await?;
            assert_eq!(report.problems[0].code, "unknown_account", "{} {account}", noun.many);
            assert_eq!((report.ledger.rows, report.ledger.rejected), (1, 1), "{} {account}", noun.many);
        }
        for lookup in ["name", "domain"] {
            let mapping = Mapping::parse("m.toml", &format!("[lookup]\naccount = \"{lookup}\""))?;
            let file = with(noun, &[("account", if lookup == "name" { "Only" } else { "only.com" })]);
            let report = ours.import_of(noun, &file, Request { mapping, ..skip() }).await?;
            assert_eq!(report.problems[0].code, "unknown_account", "{} by {lookup}", noun.many);
        }
        for field in noun.fields.iter().filter(|field| matches!(field.meaning, Meaning::User | Meaning::Author)) {
            let report = ours.import_of(noun, &with(noun, &[(field.name, "only@example.com")]), skip()).await?;
            assert_eq!(report.problems[0].code, "unknown_user", "{}.{}", noun.many, field.name);
        }
        let ids = format!("id,account\n{},a1\n", their.id);
        let report = ours.import_of(noun, &ids, skip()).await?;
        assert_eq!((report.problems[0].code.as_str(), report.ledger.rejected), ("unknown_id", 1), "{}", noun.many);
        assert_eq!(everything(&theirs.db, &theirs.scope()).await?, untouched, "{}", noun.many);
    }
    Ok(())
}

/// A file of one row: what a record of the noun may hold, but for these values.
fn with(noun: &'static Noun, values: &[(&str, &str)]) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    let all = full(noun, 1);
    out.write_record(all.iter().map(|(name, _)| name)).unwrap();
    let cells = all.iter().map(|(name, text)| {
        let told = values.iter().find(|(known, _)| known == name).map(|(_, text)| *text);
        told.or(text.as_deref()).unwrap_or_default()
    });
    out.write_record(cells).unwrap();
    String::from_utf8(out.into_inner().unwrap()).unwrap()
}

/// A row can't point into another organization, whatever wrote it.
async fn no_reference_points_over(backend: &Backend) -> Result<()> {
    let (ours, theirs) = neighbours(backend).await?;
    let (account, user) = (theirs.get("only").await?.id, ops::users::get(&theirs, "only@example.com").await?.id);
    for values in [[("parent", account.to_string())], [("owner", user.to_string())]] {
        let values: Vec<(&str, &str)> = values.iter().map(|(field, text)| (*field, text.as_str())).collect();
        let update = ops::accounts::update(&ours, "a", &given(&values), None, false).await;
        assert!(refused(update).starts_with("unknown_"));
    }
    let own = ours.get("a").await?;
    for (field, id) in [("parent", account), ("owner", user)] {
        let (_, field) = ACCOUNT.field(field).unwrap();
        let mut tx = ours.db.write(&ours.scope(), Lock::Shared).await?;
        let values = [(field, Value::Id(id))];
        let update =
            records::update(&mut tx, &ours.scope(), &ACCOUNT, own.id, own.version, &values, own.updated_at).await;
        assert_eq!(refused(update), "in_use", "{}", field.name);
    }
    for noun in children() {
        let own = rows(&ours, noun).await?.remove(0);
        for field in noun.fields.iter().filter(|field| field.writable() && field.meaning.is_reference()) {
            let id = if field.meaning == Meaning::Account { account } else { user };
            let text = id.to_string();
            let given = given(&[(field.name, &text)]);
            let update = entries::update(&ours, noun, &own.id.to_string(), &given, None, false).await;
            assert!(refused(update).starts_with("unknown_"), "{}.{}", noun.many, field.name);
            let mut tx = ours.db.write(&ours.scope(), Lock::Shared).await?;
            let (values, now) = ([(field, Value::Id(id))], ours.clock.now());
            let update = records::update(&mut tx, &ours.scope(), noun, own.id, own.version, &values, now).await;
            assert_eq!(refused(update), "in_use", "{}.{}", noun.many, field.name);
        }
        let their = alone(&theirs, noun).await?.id.to_string();
        assert_eq!(refused(entries::get(&ours, noun, &their).await), "unknown_record", "{}", noun.many);
        assert_eq!(refused(entries::delete(&ours, noun, &their, None, false).await), "unknown_record", "{}", noun.many);
        let update = entries::update(&ours, noun, &their, &full(noun, 1), None, false).await;
        assert_eq!(refused(update), "unknown_record", "{}", noun.many);
    }
    Ok(())
}
