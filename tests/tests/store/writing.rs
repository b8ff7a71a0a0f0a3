//! Single accounts: create, change, archive, restore, and what refuses to be written.

use anyhow::Result;
use fastenr_core::model::account::Account;
use fastenr_core::model::{Role, Status, StatusSource};
use fastenr_core::ops;
use fastenr_core::ops::Written;
use fastenr_tests::harness::{Backend, Tests};

use fastenr_tests::world::{World, alias, everything, given, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/writing/create_and_reread", create_and_reread);
    tests.both("store/writing/every_field_changes_and_clears", every_field_changes_and_clears);
    tests.both("store/writing/refusals_write_nothing", refusals_write_nothing);
    tests.both("store/writing/external_ids_are_unique", external_ids_are_unique);
    tests.both("store/writing/versions", versions);
    tests.both("store/writing/archive_and_restore", archive_and_restore);
    tests.both("store/writing/dry_runs_write_nothing", dry_runs_write_nothing);
    tests.both("store/writing/custom_fields_by_member", custom_fields_by_member);
    tests.both("store/writing/no_circles", no_circles);
    tests.both("store/writing/days_and_times_stay_in_range", days_and_times_stay_in_range);
}

async fn create_and_reread(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let bare = world.account(&[("name", "  Bare  ")]).await?;
    assert_eq!(bare.name, "Bare");
    assert_eq!((bare.status, bare.status_source, bare.version), (Status::Active, StatusSource::Model, 1));
    assert_eq!((bare.health_score, bare.churn_risk_score, bare.scored_at), (None, None, None));
    assert_eq!((bare.tags.as_str(), bare.custom_fields.as_str()), ("[]", "{}"));
    assert_eq!((bare.created_at, bare.updated_at), (world.clock.now(), world.clock.now()));
    assert_eq!(world.get("bare").await?, bare);
    let since = world.account(&[("name", "Since"), ("created_at", "2019-05-01T12:00:00.25+02:00")]).await?;
    assert_eq!(since.created_at.to_rfc3339(), "2019-05-01T10:00:00.250+00:00");
    assert_eq!(since.updated_at, world.clock.now());
    assert!(bare.id < since.id);
    Ok(())
}

/// Every field that can be set, with two values each.
const VALUES: [(&str, &str, &str); 17] = [
    ("external_id", "x-1", "X-1"),
    ("name", "Acme", "ACME"),
    ("domain", "acme.com", "acme.de"),
    ("industry", "Retail", "=1+1"),
    ("size", "small", "large"),
    ("status", "active", "at_risk"),
    ("arr", "1200.50", "0.00"),
    ("owner", "mia@example.com", "noa@example.com"),
    ("parent", "top-1", "top-2"),
    ("contract_start", "2026-01-01", "1000-01-01"),
    ("contract_end", "2026-12-31", "9999-12-31"),
    ("auto_renew", "true", "false"),
    ("renewal_stage", "likely", "will_churn"),
    ("past_due_since", "2026-02-01", "2026-02-02"),
    ("seats", "10", "0"),
    ("tags", "a, b", "b, Ä"),
    ("custom_fields", r#"{"a":1}"#, r#"{"a":1,"b":[true,null]}"#),
];

async fn people(world: &World) -> Result<()> {
    for (email, name) in [("mia@example.com", "Mia"), ("noa@example.com", "Noa")] {
        world.user(email, name).await?;
    }
    for parent in ["top-1", "top-2"] {
        world.account(&[("external_id", parent), ("name", parent)]).await?;
    }
    Ok(())
}

fn text(account: &Account, field: &str) -> String {
    let (_, field) = fastenr_core::model::account::ACCOUNT.field(field).unwrap();
    field.text(&account.value(field)).into_owned()
}

async fn every_field_changes_and_clears(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    people(&world).await?;
    let first: Vec<(&str, &str)> = VALUES.iter().map(|(field, first, _)| (*field, *first)).collect();
    let second: Vec<(&str, &str)> = VALUES.iter().map(|(field, _, second)| (*field, *second)).collect();
    let made = world.account(&first).await?;
    let id = made.id.to_string();
    for (field, value) in &first {
        assert_eq!(text(&made, field), *value, "{field}");
    }
    let same = ops::accounts::update(&world, &id, &given(&first), None, false).await?;
    assert_eq!((same.operation, same.changes.len(), same.record), (None, 0, made));
    let changed = ops::accounts::update(&world, &id, &given(&second), None, false).await?;
    assert_eq!(changed.changes.len(), VALUES.len());
    for (change, (field, old, new)) in changed.changes.iter().zip(VALUES) {
        assert_eq!((change.field, change.old.as_str(), change.new.as_str()), (field, old, new));
        assert_eq!(text(&changed.record, field), new);
    }
    assert_eq!(changed.record.version, 2);
    for (field, ..) in VALUES {
        let cleared = ops::accounts::update(&world, &id, &given(&[(field, "")]), None, false).await;
        if matches!(field, "name" | "status") {
            assert_eq!(refused(cleared), "required");
        } else {
            assert_eq!(text(&cleared?.record, field), "", "{field}");
        }
    }
    Ok(())
}

async fn refusals_write_nothing(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    people(&world).await?;
    world.account(&[("external_id", "a"), ("name", "A")]).await?;
    let before = everything(&world.db, &world.scope()).await?;
    for (values, code) in [
        (vec![("arr", "1")], "required"),
        (vec![("name", "")], "required"),
        (vec![("name", "B"), ("arr", "-1")], "arr_range"),
        (vec![("name", "B"), ("arr", "1.001")], "arr_decimals"),
        (vec![("name", "B"), ("status", "gone")], "status"),
        (vec![("name", "B"), ("contract_end", "2026-02-30")], "date"),
        (vec![("name", "B"), ("owner", "nobody@example.com")], "unknown_user"),
        (vec![("name", "B"), ("parent", "nothing")], "unknown_account"),
        (vec![("name", "B"), ("nmae", "B")], "unknown_field"),
        (vec![("name", "B"), ("version", "7")], "read_only_field"),
        (vec![("name", "B"), ("name", "C")], "given_twice"),
        (vec![("name", "B"), ("custom.x", "1"), ("custom.x", "2")], "given_twice"),
        (vec![("name", "B"), ("external_id", "a")], "exists"),
    ] {
        assert_eq!(refused(ops::accounts::create(&world, &given(&values), false).await), code, "{values:?}");
    }
    assert_eq!(
        refused(ops::accounts::update(&world, "b", &given(&[("arr", "1")]), None, false).await),
        "unknown_account"
    );
    let mut reader = world.user("rea@example.com", "Rea").await?;
    reader.role = Role::Read;
    let reader = world.acting_as(&reader);
    let values = given(&[("name", "B")]);
    assert_eq!(refused(ops::accounts::create(&reader, &values, false).await), "read_only_user");
    assert_eq!(refused(ops::accounts::update(&reader, "a", &values, None, false).await), "read_only_user");
    assert_eq!(refused(ops::accounts::set_archived(&reader, "a", true, None, false).await), "read_only_user");
    assert_eq!(refused(reader.import("external_id,name\na,B\n", Default::default()).await), "read_only_user");
    let after = everything(&world.db, &world.scope()).await?;
    for table in ["accounts", "accounts_before", "account_changes"] {
        assert_eq!(before[table], after[table], "{table}");
    }
    Ok(())
}

async fn external_ids_are_unique(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let first = world.account(&[("external_id", "0013000000Gz3Xa"), ("name", "First")]).await?;
    alias(&world, "was-first", first.id).await?;
    world.account(&[("external_id", "b"), ("name", "Second")]).await?;
    for taken in ["0013000000Gz3Xa", "0013000000Gz3XaAAJ", "was-first"] {
        let values = given(&[("external_id", taken), ("name", "Third")]);
        assert_eq!(refused(ops::accounts::create(&world, &values, false).await), "exists", "{taken}");
        assert_eq!(refused(ops::accounts::update(&world, "b", &values, None, false).await), "exists", "{taken}");
    }
    // Its own other form is not taken.
    let longer = world.update("First", &[("external_id", "0013000000Gz3XaAAJ")]).await?;
    assert_eq!(longer.external_id.as_deref(), Some("0013000000Gz3XaAAJ"));
    assert_eq!(world.get("0013000000Gz3Xa").await?.id, first.id);
    Ok(())
}

async fn versions(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("external_id", "a"), ("name", "A")]).await?;
    let update =
        async |expected, arr: &str| ops::accounts::update(&world, "a", &given(&[("arr", arr)]), expected, false).await;
    assert_eq!(update(Some(1), "1").await?.record.version, 2);
    assert_eq!(refused(update(Some(1), "2").await), "stale");
    assert_eq!(refused(update(Some(3), "2").await), "stale");
    assert_eq!(refused(update(Some(1), "1").await), "stale");
    assert_eq!(update(Some(2), "1").await?.operation, None);
    assert_eq!(update(None, "2").await?.record.version, 3);
    assert_eq!(refused(ops::accounts::set_archived(&world, "a", true, Some(2), false).await), "stale");
    assert_eq!(ops::accounts::set_archived(&world, "a", true, Some(3), false).await?.record.version, 4);
    Ok(())
}

async fn archive_and_restore(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let made = world.account(&[("external_id", "a"), ("name", "A")]).await?;
    let later = world.at("2026-03-02T08:00:00Z");
    let Written { record, operation, changes } = ops::accounts::set_archived(&later, "a", true, None, false).await?;
    assert_eq!((record.archived_at, record.updated_at), (Some(later.clock.now()), later.clock.now()));
    assert!(operation.is_some());
    assert_eq!((changes[0].field, changes[0].new.as_str()), ("archived_at", "2026-03-02T08:00:00Z"));
    assert_eq!(ops::accounts::set_archived(&later, "a", true, None, false).await?.operation, None);
    assert_eq!(refused(ops::accounts::update(&later, "a", &given(&[("arr", "1")]), None, false).await), "archived");
    let back = ops::accounts::set_archived(&later, "a", false, None, false).await?;
    assert_eq!((back.changes[0].old.as_str(), back.changes[0].new.as_str()), ("2026-03-02T08:00:00Z", ""));
    let record = Account { version: made.version, updated_at: made.updated_at, ..back.record };
    assert_eq!(record, made);
    let kinds: Vec<String> = world.operations().await?.into_iter().map(|operation| operation.kind).collect();
    assert_eq!(kinds, ["accounts.restore", "accounts.archive", "accounts.create"]);
    Ok(())
}

async fn dry_runs_write_nothing(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    people(&world).await?;
    world.account(&[("external_id", "a"), ("name", "A"), ("arr", "1")]).await?;
    let before = everything(&world.db, &world.scope()).await?;
    let values = given(&[("name", "B"), ("arr", "2"), ("custom.x", "1")]);
    let made = ops::accounts::create(&world, &values, true).await?;
    assert_eq!((made.record.name.as_str(), made.operation, made.changes.len()), ("B", None, 3));
    let changed = ops::accounts::update(&world, "a", &values, None, true).await?;
    assert_eq!((changed.record.version, changed.operation, changed.changes.len()), (2, None, 3));
    assert!(ops::accounts::set_archived(&world, "a", true, None, true).await?.record.archived_at.is_some());
    let user = given(&[("email", "zoe@example.com"), ("name", "Zoe")]);
    assert_eq!(ops::users::create(&world, &user, true).await?.operation, None);
    assert_eq!(ops::users::update(&world, "Mia", &user, Some(false), true).await?.operation, None);
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    // What a dry run says is what then happens.
    let real = ops::accounts::update(&world, "a", &values, None, false).await?;
    assert_eq!((real.record, real.changes), (changed.record, changed.changes));
    Ok(())
}

async fn custom_fields_by_member(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("external_id", "a"), ("name", "A"), ("custom.b", "2"), ("custom.a", "1")]).await?;
    for (values, fields) in [
        (vec![("custom.c", "3")], r#"{"a":"1","b":"2","c":"3"}"#),
        (vec![("custom.a", ""), ("custom.b", "ü\"")], r#"{"b":"ü\"","c":"3"}"#),
        (vec![("custom_fields", r#"{"z":[1]}"#), ("custom.y", "")], r#"{"z":[1]}"#),
        (vec![("custom.y", "1"), ("custom_fields", r#"{"x":1}"#)], r#"{"x":1,"y":"1"}"#),
        (vec![("custom_fields", "")], "{}"),
        (vec![("custom.nothing", "")], "{}"),
    ] {
        assert_eq!(world.update("a", &values).await?.custom_fields, fields, "{values:?}");
    }
    let long = "x".repeat(70_000);
    let update = ops::accounts::update(&world, "a", &given(&[("custom.long", &long)]), None, false).await;
    assert_eq!(refused(update), "custom_fields_size");
    Ok(())
}

async fn no_circles(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for (id, parent) in [("a", ""), ("b", "a"), ("c", "b"), ("d", "")] {
        world.account(&[("external_id", id), ("name", id), ("parent", parent)]).await?;
    }
    for (id, parent) in [("a", "a"), ("a", "b"), ("a", "c")] {
        let update = ops::accounts::update(&world, id, &given(&[("parent", parent)]), None, false).await;
        assert_eq!(refused(update), "parent_cycle", "{parent} above {id}");
    }
    world.update("a", &[("parent", "d")]).await?;
    world.update("c", &[("parent", "d")]).await?;
    assert_eq!(world.update("b", &[("parent", "c")]).await?.parent.unwrap().label, "c");
    Ok(())
}

/// What one database would keep and the other could not.
async fn days_and_times_stay_in_range(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for (field, text, code) in [
        ("contract_end", "+12026-01-01", "date"),
        ("contract_end", "-0001-01-01", "date"),
        ("contract_end", "0999-12-31", "date"),
        ("contract_end", "0000-01-01", "date"),
        ("created_at", "0001-01-01T00:00:00Z", "time"),
    ] {
        let values = given(&[("name", "A"), (field, text)]);
        assert_eq!(refused(ops::accounts::create(&world, &values, false).await), code, "{field} {text}");
    }
    let fine = world.account(&[("name", "A"), ("created_at", "2026-01-01T00:00:00.123456789Z")]).await?;
    assert_eq!(fine.created_at.to_rfc3339(), "2026-01-01T00:00:00.123456+00:00");
    Ok(())
}
