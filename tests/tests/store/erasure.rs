//! A person is found, exported and erased: in every column that may name somebody, whatever was done before and is undone after.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use chrono::Duration;
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::{external_key, name_key};
use fastenr_core::ops::people::{self, EraseRequest, Erasure, Who};
use fastenr_core::ops::scores::views;
use fastenr_core::ops::{self, entries, operations};
use fastenr_core::score::Model;
use fastenr_core::store::journal::TABLES;
use fastenr_core::store::people::{self as places, Holds, SearchedRow, SearchedTable, TEXT_COLUMNS};
use fastenr_tests::harness::{Backend, Tests};
use fastenr_tests::world::{TENANT_TABLES, World, alias, everything, given, lines, query, refused, world};
use proptest::prelude::*;
use uuid::Uuid;

use crate::import_laws::holds_for;
use crate::nouns::{children, full};
use crate::undo::{Step, content_without, differences, done, step, take, undo};

pub(crate) fn register(tests: &mut Tests) {
    tests.postgres("store/erasure/every_text_column_is_judged", every_text_column_is_judged);
    tests.both("store/erasure/nothing_is_left", nothing_is_left);
    tests.both("store/erasure/what_is_not_certain_is_left", what_is_not_certain_is_left);
    tests.both("store/erasure/erased_fields_are_not_restored", erased_fields_are_not_restored);
    tests.both("store/erasure/undone_in_reverse", undone_in_reverse);
    tests.both("store/erasure/who_can_not_be_erased", who_can_not_be_erased);
    tests.both("store/erasure/export_and_receipt", export_and_receipt);
}

const JANE: &str = "jane.doe@acme.example";

fn who(name: &str) -> Who<'_> {
    Who { name, names: &[] }
}

pub(crate) async fn erase(world: &World, name: &str, also: &[&str]) -> fastenr_core::Result<Erasure> {
    let also: Vec<String> = also.iter().map(|place| (*place).to_owned()).collect();
    people::erase(world, EraseRequest { who: who(name), also: &also, dry_run: false }).await
}

/// A new column is listed as searched, or as one that holds no person's data.
async fn every_text_column_is_judged(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let all: Vec<(String, String)> = query(
        &world.db,
        "select cast(table_name as text), cast(column_name as text) from information_schema.columns \
         where table_schema = 'public' and data_type in ('text', 'json', 'jsonb', 'character varying') \
         and left(table_name, 1) <> '_' order by 1, 2",
    )
    .await?;
    let found: BTreeSet<(&str, &str)> =
        all.iter().map(|(table, column)| (table.trim_end_matches("_before"), column.as_str())).collect();
    // Part of the key of a row, and not of what is put back.
    let listed: BTreeSet<(&str, &str)> =
        TEXT_COLUMNS.iter().flat_map(|of| of.columns.iter().map(|(column, _)| (of.table, *column))).collect();
    let only = |a: &BTreeSet<(&str, &str)>, b: &BTreeSet<(&str, &str)>| format!("{:?}", a.difference(b));
    assert!(found == listed, "not listed: {}; not there: {}", only(&found, &listed), only(&listed, &found));
    Ok(())
}

/// A row at least in every table, of today and of before.
async fn fill(world: &World) -> Result<()> {
    let now = world.clock.now();
    world.user("mia@example.com", "Mia").await?;
    world.user("noa@example.com", "Noa").await?;
    let jane = given(&[("email", JANE), ("name", "Jane Doe"), ("external_id", "u-jane")]);
    ops::users::create(world, &jane, false).await?;
    for n in ["a0", "a1"] {
        world.account(&[("external_id", n), ("name", n)]).await?;
    }
    for noun in children() {
        entries::create(world, noun, &full(noun, 0), false).await?;
    }
    let contact = [
        ("account", "a0"),
        ("name", "Jane Doe"),
        ("email", JANE),
        ("external_id", "c-jane"),
        ("phone", "+49 30 123456"),
    ];
    let contact = entries::create(world, &CONTACT, &given(&contact), false).await?.record;
    let values = given(&[("phone", "+49 30 654321"), ("title", "Head of Jane Doe"), ("custom.note", "Jane")]);
    entries::update(world, &CONTACT, &contact.id().to_string(), &values, None, false).await?;
    let meeting = [("account", "a0"), ("type", "meeting"), ("title", "Talk"), ("external_id", "talk")];
    entries::create(world, &ENGAGEMENT, &given(&meeting), false).await?;
    ops::attachments::attach(world, "talk", "notes.txt", b"notes".to_vec(), false).await?;
    ops::segments::create(world, "Ours", &[("status".to_owned(), "active".to_owned())], false).await?;
    let model = Model::parse("name = \"Ours\"").map_err(|error| anyhow::anyhow!("{error:?}"))?;
    ops::models::use_model(world, &model, None, 0, false, &mut |_| {}).await?;
    let until = world.today() + Duration::days(30);
    views::adjust(world, "a0", &views::Adjustment { score: 11, reason: "a hunch".into(), until }, false).await?;
    take(world, &Step::Events { salt: 0 }).await?;
    ops::handover::deactivate(world, JANE, &Default::default(), false).await?;
    let account = world.get("a0").await?.id;
    alias(world, "was-a0", account).await?;
    let id = || world.ids.next();
    let operation = world.operations().await?[0].id;
    let mut tx = world.db.write_any().await?;
    let scope = world.scope();
    let sql = "insert into alerts (organization_id, id, account_id, rule, severity, level, message, held, opened_on, opened_at, fired_on, \
               acknowledged_reason, snoozed_reason, resolved_reason, updated_at) \
               values ($1, $2, $3, 'churn_risk', 'info', 1, 'm', $4, $5, $6, $5, 'r', 'r', 'r', $6)";
    tx.of(&scope, sql).bind(id()).bind(account).bind(false).bind(world.today()).bind(now).execute().await?;
    let sql = "insert into api_keys (organization_id, id, prefix, secret_sha256, name, user_id, scopes, created_at, created_by, kind) \
               values ($1, $2, '0123456789ab', 'x', 'k', $3, '[\"*\"]', $4, $3, 'key')";
    tx.of(&scope, sql).bind(id()).bind(world.user.id).bind(now).execute().await?;
    let sql = "insert into idempotency_keys (organization_id, api_key_id, idempotency_key, fingerprint, status, holder, lease_until, \
               answer_status, answer_headers, answer_body, created_at, expires_at) \
               values ($1, $2, $3, 'f', 'done', $2, $4, 200, '[]', '{}', $4, $4)";
    for key in ["one", "two"] {
        tx.of(&scope, sql).bind(id()).bind(key.to_owned()).bind(now).execute().await?;
    }
    let sql = "insert into operation_results (organization_id, operation_id, status, body, created_at, expires_at) \
               values ($1, $2, 200, '{}', $3, $3)";
    tx.of(&scope, sql).bind(operation).bind(now).execute().await?;
    // As they were before some operation.
    let operation = world.operations().await?[0].id;
    for table in TABLES.iter() {
        let images = format!("delete from {}_before where organization_id = $1 and operation_id = $2", table.name);
        tx.of(&scope, images).bind(operation).execute().await?;
        tx.of(&scope, table.keep("1", "where a.organization_id = $1")).bind(operation).execute().await?;
    }
    tx.commit().await?;
    Ok(())
}

/// What the column is to hold, so that it names Jane in the form that it has.
fn planted(table: &SearchedTable, column: &str, holds: Holds, row: &SearchedRow) -> Option<String> {
    let record = table.record(row).simple().to_string();
    let is_own = row.subject.is_some() && table.place_of("email").and_then(|at| row.texts[at].as_deref()) == Some(JANE);
    let text = match (table.of.table, column, holds) {
        // Whose record it is.
        ("contacts" | "users", "email", _) => return None,
        ("contacts" | "users", "name", _) if is_own => "Jane Doe".to_owned(),
        (_, "tags", _) => format!("[\"jane doe\",\"{JANE}\"]"),
        (_, "milestones", _) => format!("[{{\"title\":\"Ask Jane Doe <{JANE}>\"}}]"),
        (_, "filter", _) => format!("[[\"owner\",\"{JANE}\"]]"),
        (_, "changes", _) => format!("[{{\"field\":\"name\",\"old\":\"Jane Doe\",\"new\":\"{JANE}\"}}]"),
        (_, _, Holds::Attendees) => {
            "[{\"name\":\"Jane  DOE\",\"email\":\"Jane.Doe@acme.example\",\"role\":\"CTO\"},{\"name\":\"Bob\"}]"
                .to_owned()
        }
        (_, _, Holds::Json | Holds::Changes) => {
            format!("{{\"Jane Doe {JANE}\":{{\"x\":[\"cv_jane_doe.pdf {JANE}\"]}}}}")
        }
        (_, _, Holds::Unique) => format!("{JANE} {record}"),
        (_, _, Holds::Row) if table.of.table == "idempotency_keys" => return None,
        (_, _, Holds::Label | Holds::Text | Holds::Subject | Holds::Row | Holds::Answer) => {
            format!("Jane Doe, DOE, JANE and <{JANE}>; jane.doe@ACME.example.")
        }
        (_, _, Holds::Nothing(_) | Holds::Follows(_)) => return None,
    };
    Some(text)
}

async fn plant(world: &World) -> Result<()> {
    let mut tx = world.db.write_any().await?;
    let scope = world.scope();
    for table in places::searched_tables() {
        let rows = places::search(&mut tx, &scope, &table, None, &[], |_| true).await?;
        ensure!(!rows.is_empty(), "{} has no row", table.name);
        for row in &rows {
            let mut texts = Vec::new();
            for (column, holds) in &table.columns {
                let Some(text) = planted(&table, column, *holds, row) else { continue };
                for (follower, _) in table.of.columns.iter().filter(|(_, holds)| *holds == Holds::Follows(column)) {
                    texts
                        .push((*follower, Some(if *column == "name" { name_key(&text) } else { external_key(&text) })));
                }
                texts.push((*column, Some(text)));
            }
            if !texts.is_empty() {
                places::rewrite(&mut tx, &scope, &table, row, &texts, world.clock.now()).await?;
            }
        }
    }
    let sql = format!(
        "update idempotency_keys set idempotency_key = '{JANE}' where organization_id = $1 and idempotency_key = 'two'"
    );
    tx.of(&scope, sql).execute().await?;
    tx.commit().await?;
    world.db.memory().clear();
    Ok(())
}

/// Every row of every table that has this, in any case.
async fn everywhere(world: &World, needle: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for table in TENANT_TABLES.iter() {
        for line in lines(&world.db, table, None).await? {
            if line.to_lowercase().contains(needle) {
                found.push(format!("{table}: {line}"));
            }
        }
    }
    Ok(found)
}

async fn nothing_is_left(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    fill(&world).await?;
    plant(&world).await?;
    let neighbour = world.organization("neighbour").await?;
    neighbour.account(&[("name", "A"), ("external_id", "n")]).await?;
    let values = given(&[("account", "n"), ("name", "Jane Doe"), ("email", JANE)]);
    entries::create(&neighbour, &CONTACT, &values, false).await?;
    let found = people::find(&world, who(JANE)).await?;
    let columns: BTreeSet<String> =
        found.places.iter().map(|place| format!("{}.{}", place.table, place.column)).collect();
    let searched: BTreeSet<String> = places::searched_tables()
        .iter()
        .flat_map(|table| table.columns.iter().map(|(column, _)| format!("{}.{column}", table.of.table)))
        .collect();
    let missed: Vec<&String> = searched.difference(&columns).collect();
    assert!(missed.is_empty(), "not found in {missed:?}");
    let rows: BTreeMap<&str, usize> = counts(&world).await?;
    let foreseen =
        people::erase(&world, EraseRequest { who: who(JANE), also: &["all".to_owned()], dry_run: true }).await?;
    assert!(!everywhere(&world, "jane").await?.is_empty());
    let done = erase(&world, JANE, &["all"]).await?;
    assert_eq!((&foreseen.erased, foreseen.operation, done.left.len()), (&done.erased, None, 0));
    // The neighbour's Jane is another organization's.
    let theirs = everywhere(&world, "jane").await?;
    let id = neighbour.organization.id;
    let ours: Vec<&String> = theirs
        .iter()
        .filter(|line| {
            !line.to_lowercase().contains(&id.to_string()) && !line.to_lowercase().contains(&id.simple().to_string())
        })
        .collect();
    assert!(ours.is_empty(), "{}", ours.iter().take(5).map(|line| line.as_str()).collect::<Vec<_>>().join("\n"));
    assert!(!theirs.is_empty());
    erase(&neighbour, JANE, &["all"]).await?;
    assert_eq!(everywhere(&world, "jane").await?, Vec::<String>::new());
    // Counts are kept, but for answers that were let go.
    let mut after = counts(&world).await?;
    for (table, count) in rows {
        let kept = after.remove(table).unwrap_or(0);
        match table {
            "idempotency_keys" => assert_eq!((count, kept), (2, 1)),
            "operation_results" => assert_eq!((count, kept), (1, 0)),
            "operations" | "activities" | "erased_fields" => assert!(kept > count, "{table}"),
            _ => assert_eq!(count, kept, "{table}"),
        }
    }
    ops::lists::any(&world, &CONTACT).await?;
    dumped(backend, &world).await
}

async fn counts(world: &World) -> Result<BTreeMap<&'static str, usize>> {
    let mut all = BTreeMap::new();
    for table in TENANT_TABLES.iter() {
        all.insert(*table, lines(&world.db, table, Some(&world.scope())).await?.len());
    }
    Ok(all)
}

/// Neither the file nor a dump has her.
async fn dumped(backend: &Backend, world: &World) -> Result<()> {
    let has = |bytes: &[u8]| bytes.to_ascii_lowercase().windows(4).any(|four| four == b"jane");
    match world.db.path() {
        Some(path) => {
            let path = path.to_owned();
            let mut log = path.clone().into_os_string();
            log.push("-wal");
            assert!(has(&std::fs::read(&path)?) || has(&std::fs::read(&log)?), "this test looks at something");
            ops::admin::vacuum(&world.db).await?;
            assert!(!has(&std::fs::read(&path)?), "the file has her");
            assert!(!has(&std::fs::read(&log).unwrap_or_default()), "the log has her");
        }
        None => {
            assert_eq!(refused(ops::admin::vacuum(&world.db).await), "vacuum_postgres");
            // Where there is the program: an older one refuses the server.
            if let Ok(dump) = Command::new("pg_dump").arg(&backend.url).output()
                && dump.status.success()
            {
                assert!(!has(&dump.stdout), "the dump has her");
            }
        }
    }
    Ok(())
}

async fn jane_at(world: &World) -> Result<Uuid> {
    world.account(&[("external_id", "a"), ("name", "Acme")]).await?;
    world.account(&[("external_id", "b"), ("name", "Jane Doe Ltd")]).await?;
    let contact = given(&[("account", "a"), ("name", "Jane Doe"), ("email", JANE), ("external_id", "c")]);
    Ok(entries::create(world, &CONTACT, &contact, false).await?.record.id())
}

async fn note(world: &World, account: &str, id: &str, text: &str) -> Result<Uuid> {
    let values =
        given(&[("account", account), ("type", "note"), ("title", "Note"), ("external_id", id), ("description", text)]);
    Ok(entries::create(world, &ENGAGEMENT, &values, false).await?.record.id())
}

async fn what_is_not_certain_is_left(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    jane_at(&world).await?;
    note(&world, "a", "near", "Jane Doe is happy").await?;
    let far = note(&world, "b", "far", "Jane Doe is sad").await?;
    note(&world, "b", "address", "Jane Doe <jane.doe@acme.example>").await?;
    note(&world, "a", "first", "Jane is happy, Doeson too").await?;
    let partly = erase(&world, JANE, &[]).await?;
    let left: BTreeSet<(&str, &str)> = partly.left.iter().map(|left| (left.table, left.column)).collect();
    let wanted =
        [("accounts", "name"), ("engagements", "description"), ("activities", "label"), ("activities", "changes")];
    assert_eq!(left, BTreeSet::from(wanted));
    let text = async |id: &str| -> Result<String> {
        Ok(entries::get(&world, &ENGAGEMENT, id).await?.text("description").unwrap_or_default().to_owned())
    };
    let name = &partly.pseudonym;
    assert_eq!(text("near").await?, format!("{name} is happy"));
    assert_eq!(text("far").await?, "Jane Doe is sad");
    assert_eq!(text("address").await?, format!("{name} <{}>", partly.address));
    assert_eq!(text("first").await?, "Jane is happy, Doeson too");
    assert_eq!(world.get("b").await?.name, "Jane Doe Ltd");
    // Somebody decides: about one place, then about the rest.
    let names = ["Jane Doe".to_owned()];
    let again = Who { name: &partly.address, names: &names };
    let place = [format!("engagements.description:{far}")];
    let (unknown, all) = (["engagements.title:0".to_owned()], ["all".to_owned()]);
    let request = |also| EraseRequest { who: again, also, dry_run: false };
    assert_eq!(refused(people::erase(&world, request(&unknown)).await), "unknown_place");
    let one = people::erase(&world, request(&place)).await?;
    assert_eq!((&one.pseudonym, one.total(), one.left.len()), (name, 1, partly.left.len() - 1));
    assert_eq!(text("far").await?, format!("{name} is sad"));
    let rest = people::erase(&world, request(&all)).await?;
    assert_eq!((&rest.pseudonym, rest.left.len()), (name, 0));
    assert_eq!(everywhere(&world, "jane doe").await?, Vec::<String>::new());
    let nothing = people::erase(&world, request(&[])).await?;
    assert_eq!((nothing.operation, nothing.total()), (None, 0));
    // A namesake: the name alone tells nothing.
    let other = given(&[("account", "a"), ("name", "John Roe"), ("email", "john@acme.example")]);
    entries::create(&world, &CONTACT, &other, false).await?;
    let namesake = given(&[("account", "b"), ("name", "John Roe"), ("email", "john@b.example")]);
    entries::create(&world, &CONTACT, &namesake, false).await?;
    note(&world, "a", "which", "John Roe called").await?;
    let john = people::find(&world, who("john@acme.example")).await?;
    assert!(john.person.shared_name);
    let note = john.places.iter().find(|place| place.column == "description").context("the note")?;
    assert!(!note.certain && note.excerpt == "John Roe called");
    Ok(())
}

async fn erased_fields_are_not_restored(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let id = jane_at(&world).await?;
    let later = world.at("2026-03-01T08:00:00Z");
    let values = given(&[("name", "Jane Roe"), ("phone", "+49 30 123456"), ("role", "champion")]);
    let update = entries::update(&later, &CONTACT, &id.to_string(), &values, None, false).await?.operation.unwrap();
    let other = given(&[("account", "b"), ("name", "Jane Roe"), ("email", JANE), ("external_id", "d")]);
    entries::create(&later, &CONTACT, &other, false).await?;
    let delete = entries::delete(&later, &CONTACT, "d", None, false).await?.operation.unwrap();
    let noted = note(&later, "a", "n", "Met her").await?;
    let text = given(&[("description", "Met jane.doe@acme.example"), ("outcome", "positive")]);
    let edit = entries::update(&later, &ENGAGEMENT, &noted.to_string(), &text, None, false).await?.operation.unwrap();
    let version = entries::get(&later, &CONTACT, &id.to_string()).await?.version();
    let done = erase(&world.at("2026-03-01T09:00:00Z"), JANE, &["all"]).await?;
    assert_eq!(
        entries::get(&later, &CONTACT, &id.to_string()).await?.version(),
        version + 1,
        "who read it before, writes in vain"
    );
    let world = world.at("2026-03-01T10:00:00Z");
    let undone = undo(&world, update).await?;
    let told = |undone: &operations::UndoOutcome| -> Vec<(Option<&'static str>, &'static str)> {
        undone.left.iter().map(|left| (left.field, left.code)).collect()
    };
    assert_eq!(told(&undone), [(Some("name"), "erased"), (Some("phone"), "erased")]);
    assert_eq!((undone.ledger.updated, undone.ledger.skipped), (1, 0));
    let contact = entries::get(&world, &CONTACT, &id.to_string()).await?;
    assert_eq!(
        (contact.text("name"), contact.text("phone"), contact.text("role")),
        (Some(&*done.pseudonym), None, None)
    );
    let undone = undo(&world, delete).await?;
    assert_eq!((undone.ledger.created, undone.ledger.skipped), (1, 0));
    assert!(undone.left.iter().all(|left| left.code == "erased") && undone.left.len() >= 2, "{:?}", undone.left);
    let undone = undo(&world, edit).await?;
    assert_eq!(told(&undone), [(Some("description"), "erased")]);
    let noted = entries::get(&world, &ENGAGEMENT, &noted.to_string()).await?;
    assert_eq!((noted.text("description"), noted.text("outcome")), (Some(&*format!("Met {}", done.address)), None));
    assert_eq!(everywhere(&world, "jane").await?.len(), everywhere(&world, "jane doe ltd").await?.len());
    // What is done after it is undone as ever.
    let named = entries::update(&world, &CONTACT, &id.to_string(), &given(&[("name", "Eve")]), None, false).await?;
    let undone = undo(&world, named.operation.unwrap()).await?;
    assert_eq!((undone.ledger.updated, undone.left.len()), (1, 0));
    assert_eq!(refused(undo(&world, done.operation.unwrap()).await), "not_journaled");
    assert_ne!(operations::last(&world).await?.kind, people::ERASE);
    Ok(())
}

/// A step of a history, or a person of it erased, or named in a text.
#[derive(Debug, Clone)]
enum Deed {
    Step(Step),
    Erase { contact: usize, salt: usize },
    Name { account: usize, salt: usize },
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        8 => step().prop_map(Deed::Step),
        2 => (0..3_usize).prop_map(|salt| Deed::Step(Step::Contacts { salt })),
        3 => (0..4_usize, 0..2_usize).prop_map(|(contact, salt)| Deed::Erase { contact, salt }),
        3 => (0..4_usize, 0..2_usize).prop_map(|(account, salt)| Deed::Name { account, salt }),
    ]
}

fn address(account: usize, salt: usize) -> String {
    format!("jo{salt}@a{account}.example")
}

/// Whatever was done before it, and whatever of this is undone after it: nobody comes back, and nothing is a conflict.
async fn undone_in_reverse(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    let erasures = std::sync::atomic::AtomicUsize::new(0);
    let spared = std::sync::atomic::AtomicUsize::new(0);
    let count = |counter: &std::sync::atomic::AtomicUsize| counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    holds_for(
        8,
        || prop::collection::vec(deed(), 1..14),
        async |number, deeds| {
            let book = first.organization(&format!("erased-{number}")).await?;
            take(&book, &Step::Accounts { from: 0, count: 4, salt: 1, archive: false }).await?;
            let left_out = ["custom_fields"];
            let start = content_without(&book, &left_out).await?;
            let kept = done(&book).await?.len();
            let mut at = book.clock.now();
            let mut gone: BTreeSet<String> = BTreeSet::new();
            let all = std::iter::once(Deed::Step(Step::Contacts { salt: 0 })).chain(deeds.iter().cloned());
            for deed in all {
                at += Duration::minutes(if matches!(deed, Deed::Step(Step::Night)) { 1440 } else { 1 });
                let now = book.at(&at.to_rfc3339());
                match &deed {
                    Deed::Step(step) => {
                        if matches!(step, Step::Contacts { .. }) {
                            gone.clear();
                        }
                        take(&now, step).await.with_context(|| format!("{step:?}"))?;
                    }
                    Deed::Erase { contact, salt } => {
                        let address = address(*contact, *salt);
                        if let Ok(erased) = erase(&now, &address, &["all"]).await {
                            ensure!(erased.left.is_empty());
                            count(&erasures);
                            gone.insert(address);
                        }
                    }
                    Deed::Name { account, salt } => {
                        let address = address(*account, *salt);
                        gone.remove(&address);
                        let values = given(&[("custom.contact", &address)]);
                        let _ = ops::accounts::update(&now, &format!("a{account}"), &values, None, false).await;
                    }
                }
            }
            at += Duration::minutes(1);
            let end = book.at(&at.to_rfc3339());
            for operation in done(&book).await?.iter().skip(kept).rev() {
                let now = operations::get(&book, &operation.id.to_string()).await?;
                if now.status != "done" || now.undone_by.is_some() || now.kind == people::ERASE {
                    continue;
                }
                let undone = undo(&end, now.id).await.with_context(|| format!("undoing {}", now.kind))?;
                ensure!(undone.ledger.skipped == 0, "undoing {}: {:?}", now.kind, undone.left);
                ensure!(undone.left.iter().all(|left| left.code == "erased"), "{:?}", undone.left);
                if !undone.left.is_empty() {
                    count(&spared);
                }
                for address in &gone {
                    for table in TENANT_TABLES.iter() {
                        let found = lines(&book.db, table, Some(&book.scope())).await?;
                        ensure!(!found.iter().any(|line| line.contains(address)), "{address} is back in {table}");
                    }
                }
            }
            let after = content_without(&book, &left_out).await?;
            ensure!(start == after, "{}", differences(&start, &after));
            Ok(())
        },
    )?;
    let (erasures, spared) = (erasures.into_inner(), spared.into_inner());
    assert!(erasures > 3 && spared > 0, "{erasures} erasures, {spared} undos with erased fields");
    Ok(())
}

async fn who_can_not_be_erased(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    assert_eq!(refused(erase(&world, "nobody@example.com", &[]).await), "unknown_person");
    assert_eq!(refused(erase(&world, "no body", &[]).await), "unknown_record");
    assert_eq!(refused(erase(&world, "a@@b", &[]).await), "email");
    let mia = world.user("mia@example.com", "Mia Maier").await?;
    assert_eq!(refused(erase(&world, "mia@example.com", &[]).await), "active_user");
    let acting = world.acting_as(&mia);
    assert_eq!(refused(erase(&acting, JANE, &[]).await), "not_admin");
    assert_eq!(refused(people::find(&acting, who(JANE)).await), "not_admin");
    assert_eq!(refused(people::export(&acting, who(JANE)).await), "not_admin");
    assert_eq!(refused(people::receipts(&acting).await), "not_admin");
    acting.account(&[("external_id", "a"), ("name", "Acme")]).await?;
    ops::handover::deactivate(&world, "mia@example.com", &Default::default(), false).await?;
    let done = erase(&world, "MIA@example.com", &["all"]).await?;
    assert_eq!(everywhere(&world, "mia").await?, Vec::<String>::new());
    let feed = ops::users::list(&world).await?;
    assert!(feed.iter().any(|user| user.email == done.address && user.name == done.pseudonym));
    Ok(())
}

async fn export_and_receipt(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let id = jane_at(&world).await?;
    note(&world, "a", "n", "Jane Doe is happy").await?;
    let known = people::export(&world, who(&id.to_string())).await?;
    assert_eq!((known.contacts.len(), known.users.len()), (1, 0));
    assert_eq!(known.contacts[0]["email"], serde_json::json!(JANE));
    assert!(known.texts.iter().any(|text| text.text == "Jane Doe is happy" && text.certain));
    let done = erase(&world, JANE, &[]).await?;
    let receipts = people::receipts(&world).await?;
    assert_eq!(receipts.len(), 1);
    let receipt = &receipts[0];
    assert_eq!(
        (Some(receipt.operation), &receipt.erased, receipt.left),
        (done.operation, &done.erased, done.left.len() as u64)
    );
    assert_eq!((receipt.by.as_str(), receipt.at), ("admin@fastenr.local", world.clock.now()));
    Ok(())
}

/// For the recorded statements.
pub(crate) async fn once(world: &World) -> Result<()> {
    jane_at(world).await?;
    note(world, "a", "n", "Jane Doe is happy").await?;
    let update = entries::update(world, &CONTACT, JANE, &given(&[("phone", "+49 30 123456")]), None, false).await?;
    people::find(world, who(JANE)).await?;
    people::export(world, who(JANE)).await?;
    erase(world, JANE, &["all"]).await?;
    people::receipts(world).await?;
    undo(world, update.operation.unwrap()).await?;
    Ok(())
}

/// Neither finds nor changes rows of the others.
pub(crate) async fn apart(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    let before = everything(&theirs.db, &theirs.scope()).await?;
    let (scope, now) = (ours.scope(), ours.clock.now());
    let address = "only@example.com".to_owned();
    let mut tx = ours.db.write_any().await?;
    for contacts in [true, false] {
        assert_eq!(places::people(&mut tx, &scope, contacts, std::slice::from_ref(&address), &[]).await?, []);
        assert!(
            contacts
                || !places::people(&mut tx, &theirs.scope(), false, std::slice::from_ref(&address), &[])
                    .await?
                    .is_empty()
        );
    }
    let mut rows = 0;
    for table in places::searched_tables() {
        let ids: BTreeSet<String> = places::search(&mut tx, &scope, &table, None, &[], |_| true)
            .await?
            .iter()
            .map(|row| format!("{:?}", row.key))
            .collect();
        for row in places::search(&mut tx, &theirs.scope(), &table, None, &[], |_| true).await? {
            assert!(!ids.contains(&format!("{:?}", row.key)), "{}", table.name);
            let texts = [(table.columns[0].0, Some("x".to_owned()))];
            assert_eq!(places::rewrite(&mut tx, &scope, &table, &row, &texts, now).await?, 0, "{}", table.name);
            assert_eq!(places::delete(&mut tx, &scope, &table, &row).await?, 0, "{}", table.name);
            rows += 1;
        }
    }
    assert!(rows > 10);
    tx.rollback().await?;
    // What points at an operation of theirs is refused by the key.
    let mut tx = ours.db.write_any().await?;
    let record = places::ErasedRecord { table: "contacts", id: ours.ids.next(), part: String::new() };
    let operation = theirs.operations().await?[0].id;
    assert!(places::mark(&mut tx, &scope, operation, &record, 1).await.is_err());
    tx.rollback().await?;
    called.extend(["people::people", "people::search", "people::rewrite", "people::delete", "people::mark"]);
    assert_eq!(before, everything(&theirs.db, &theirs.scope()).await?);
    Ok(())
}
