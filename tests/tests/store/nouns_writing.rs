//! Single writes of every noun that belongs to an account: one law each, over the list of nouns.

use anyhow::Result;
use fastenr_core::import::request::Request;
use fastenr_core::model::Role;
use fastenr_core::model::noun::{Meaning, Noun};
use fastenr_core::ops::entries;
use fastenr_tests::harness::{Backend, Tests};

use super::nouns::{around, bad, changing, children, export, full, good, least, picture, rows, writable};
use fastenr_tests::world::{World, everything, lines, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/nouns/create_and_reread", create_and_reread);
    tests.both("store/nouns/every_field_changes_and_clears", every_field_changes_and_clears);
    tests.both("store/nouns/refusals_write_nothing", refusals_write_nothing);
    tests.both("store/nouns/what_is_unique", what_is_unique);
    tests.both("store/nouns/versions", versions);
    tests.both("store/nouns/dry_runs_write_nothing", dry_runs_write_nothing);
    tests.both("store/nouns/before_images", before_images);
    tests.both("store/nouns/a_file_leaves_what_a_person_leaves", a_file_leaves_what_a_person_leaves);
    tests.both("store/nouns/only_keys_match_rows", only_keys_match_rows);
}

async fn prepared(backend: &Backend) -> Result<World> {
    let world = world(backend).await?;
    around(&world).await?;
    Ok(world)
}

async fn create_and_reread(backend: &Backend) -> Result<()> {
    let world = prepared(backend).await?;
    for noun in children() {
        let made = entries::create(&world, noun, &least(noun, 0), false).await?;
        assert!(made.operation.is_some(), "{}: a write is an operation", noun.many);
        let record = made.record;
        assert_eq!((record.version(), record.instant("updated_at")), (1, Some(world.clock.now())), "{}", noun.many);
        assert_eq!(record.instant("created_at"), Some(world.clock.now()), "{}", noun.many);
        assert_eq!(record.id_of("account_id"), Some(world.get("a0").await?.id));
        assert_eq!(record.text("account_name"), Some("Acme"));
        assert_eq!(entries::get(&world, noun, &record.id().to_string()).await?, record);
        // What nothing was said about has its default, and nothing else.
        for field in writable(noun).filter(|field| !least(noun, 0).iter().any(|(name, _)| name == field.name)) {
            let text = field.text(&record.value(field)).into_owned();
            let want = match (field.default, field.name) {
                (Some("$now"), _) => "2026-03-01T07:00:00Z".to_owned(),
                (Some("$today"), _) => "2026-03-01".to_owned(),
                (Some("$user"), _) => world.user.email.clone(),
                (Some(sql), _) if sql.starts_with('\'') => sql.trim_matches('\'').replace("[]", "").replace("{}", ""),
                (Some(sql), _) => sql.to_owned(),
                _ => String::new(),
            };
            assert_eq!(text, want, "{}.{}", noun.many, field.name);
        }
        let next = entries::create(&world, noun, &full(noun, 1), false).await?.record;
        assert!(record.id() < next.id());
        for field in writable(noun) {
            assert_eq!(field.text(&next.value(field)), good(field, 1), "{}.{}", noun.many, field.name);
        }
    }
    Ok(())
}

async fn every_field_changes_and_clears(backend: &Backend) -> Result<()> {
    let world = prepared(backend).await?;
    for noun in children() {
        let made = entries::create(&world, noun, &full(noun, 0), false).await?;
        assert_eq!(made.changes.len(), writable(noun).count(), "{}", noun.many);
        let id = made.record.id().to_string();
        let same = entries::update(&world, noun, &id, &full(noun, 0), None, false).await?;
        assert_eq!((same.operation, same.changes.len()), (None, 0), "{}: {:?}", noun.many, same.changes);
        assert_eq!(same.record, made.record);
        let changed = entries::update(&world, noun, &id, &full(noun, 1), None, false).await?;
        let told: Vec<(&str, &str, &str)> =
            changed.changes.iter().map(|change| (change.field, change.old.as_str(), change.new.as_str())).collect();
        let values: Vec<(&str, String, String)> =
            changing(noun).map(|field| (field.name, good(field, 0), good(field, 1))).collect();
        let want: Vec<(&str, &str, &str)> =
            values.iter().map(|(field, old, new)| (*field, old.as_str(), new.as_str())).collect();
        assert_eq!(told, want, "{}", noun.many);
        assert_eq!(changed.record.version(), 2);
        for field in writable(noun) {
            assert_eq!(field.text(&changed.record.value(field)), good(field, 1), "{}.{}", noun.many, field.name);
            let given = [(field.name.to_owned(), None)];
            let cleared = entries::update(&world, noun, &id, &given, None, false).await;
            if field.required {
                assert_eq!(refused(cleared), "required", "{}.{}", noun.many, field.name);
            } else {
                let record = cleared?.record;
                // A goal that is achieved has a day on which it was: it is today's now.
                let blank = if field.name == "completion_date" { "2026-03-01" } else { "" };
                assert_eq!(field.text(&record.value(field)), blank, "{}.{}", noun.many, field.name);
            }
        }
    }
    Ok(())
}

async fn refusals_write_nothing(backend: &Backend) -> Result<()> {
    let world = prepared(backend).await?;
    let mut reader = world.user("rea@example.com", "Rea").await?;
    reader.role = Role::Read;
    let reader = world.acting_as(&reader);
    for noun in children() {
        let kept = entries::create(&world, noun, &full(noun, 0), false).await?.record;
        let id = kept.id().to_string();
        let before = everything(&world.db, &world.scope()).await?;
        let with = |name: &str, text: &str| {
            let mut values = full(noun, 1);
            values.retain(|(known, _)| known != name);
            values.push((name.to_owned(), (!text.is_empty()).then(|| text.to_owned())));
            values
        };
        let mut cases: Vec<(Vec<_>, &str)> = vec![
            (with("nmae", "x"), "unknown_field"),
            (with("version", "7"), "read_only_field"),
            (with("account", "gone"), "archived_account"),
            (with("account", "Twin"), "ambiguous_account"),
            ([full(noun, 1), full(noun, 1)].concat(), "given_twice"),
        ];
        for field in writable(noun) {
            if let Some((text, code)) = bad(field) {
                cases.push((with(field.name, &text), code));
            }
            if field.needed() {
                cases.push((with(field.name, ""), "required"));
                let without = full(noun, 1).into_iter().filter(|(name, _)| name != field.name).collect();
                cases.push((without, "required"));
            }
            if field.past {
                let ahead = if field.meaning == Meaning::Date { "2026-03-02" } else { "2026-03-02T07:00:00Z" };
                cases.push((with(field.name, ahead), "future"));
            }
            if field.meaning == Meaning::User {
                cases.push((with(field.name, "gone@example.com"), "deactivated_user"));
            }
        }
        for (values, code) in cases {
            let made = entries::create(&world, noun, &values, false).await;
            assert_eq!(refused(made), code, "create {}: {values:?}", noun.many);
            if code != "required" {
                let changed = entries::update(&world, noun, &id, &values, None, false).await;
                assert_eq!(refused(changed), code, "update {}: {values:?}", noun.many);
            }
        }
        let values = full(noun, 1);
        assert_eq!(refused(entries::create(&reader, noun, &values, false).await), "read_only_user");
        assert_eq!(refused(entries::put(&reader, noun, &values, false).await), "read_only_user");
        assert_eq!(refused(entries::update(&reader, noun, &id, &values, None, false).await), "read_only_user");
        assert_eq!(refused(entries::delete(&reader, noun, &id, None, false).await), "read_only_user");
        let file = export(noun, &rows(&world, noun).await?, |_| true);
        assert_eq!(refused(reader.import_of(noun, &file, Request::default()).await), "read_only_user");
        assert_eq!(refused(entries::update(&world, noun, "nothing", &values, None, false).await), "unknown_record");
        assert_eq!(refused(entries::delete(&world, noun, "nothing", None, false).await), "unknown_record");
        assert_eq!(everything(&world.db, &world.scope()).await?, before, "{}", noun.many);
    }
    Ok(())
}

/// What no two records share is refused, by hand, and given free by a deletion.
async fn what_is_unique(backend: &Backend) -> Result<()> {
    let world = prepared(backend).await?;
    for noun in children() {
        let first = entries::create(&world, noun, &full(noun, 0), false).await?.record;
        let second = entries::create(&world, noun, &full(noun, 1), false).await?.record.id().to_string();
        let mut groups: Vec<Vec<&str>> =
            noun.fields.iter().filter(|field| field.unique).map(|field| vec![field.name]).collect();
        groups.extend(noun.within.map(|within| vec!["account", within]));
        for group in groups {
            let taken: Vec<(String, Option<String>)> =
                full(noun, 0).into_iter().filter(|(name, _)| group.contains(&name.as_str())).collect();
            let mut third = full(noun, 2);
            third.retain(|(name, _)| !group.contains(&name.as_str()));
            third.extend(taken.clone());
            assert_eq!(
                refused(entries::create(&world, noun, &third, false).await),
                "exists",
                "{} {group:?}",
                noun.many
            );
            let update = entries::update(&world, noun, &second, &taken, None, false).await;
            assert_eq!(refused(update), "exists", "{} {group:?}", noun.many);
        }
        entries::delete(&world, noun, &first.id().to_string(), None, false).await?;
        assert_ne!(entries::create(&world, noun, &full(noun, 0), false).await?.record.id(), first.id());
    }
    Ok(())
}

async fn versions(backend: &Backend) -> Result<()> {
    let world = prepared(backend).await?;
    for noun in children() {
        let made = entries::create(&world, noun, &full(noun, 0), false).await?.record;
        let id = made.id().to_string();
        let update = async |expected, n| entries::update(&world, noun, &id, &full(noun, n), expected, false).await;
        assert_eq!(update(Some(1), 1).await?.record.version(), 2);
        assert_eq!(refused(update(Some(1), 0).await), "stale");
        assert_eq!(refused(update(Some(3), 0).await), "stale");
        assert_eq!(update(Some(2), 1).await?.operation, None);
        assert_eq!(update(None, 0).await?.record.version(), 3);
        assert_eq!(refused(entries::delete(&world, noun, &id, Some(2), false).await), "stale");
        entries::delete(&world, noun, &id, Some(3), false).await?;
        assert_eq!(refused(entries::get(&world, noun, &id).await), "unknown_record");
    }
    Ok(())
}

async fn dry_runs_write_nothing(backend: &Backend) -> Result<()> {
    let world = prepared(backend).await?;
    for noun in children() {
        let id = entries::create(&world, noun, &full(noun, 0), false).await?.record.id().to_string();
        let before = everything(&world.db, &world.scope()).await?;
        let mut new = full(noun, 2);
        new.retain(|(name, _)| noun.field(name).is_some_and(|(_, field)| !field.unique));
        let made = entries::create(&world, noun, &new, true).await;
        assert!(made.is_ok_and(|made| made.operation.is_none()) || noun.within == Some("user"), "{}", noun.many);
        let changed = entries::update(&world, noun, &id, &full(noun, 1), None, true).await?;
        assert_eq!((changed.record.version(), changed.operation), (2, None));
        assert_eq!(entries::delete(&world, noun, &id, None, true).await?.operation, None);
        assert_eq!(entries::put(&world, noun, &full(noun, 1), true).await?.operation, None);
        let file = export(noun, &rows(&world, noun).await?, |_| true).replace(",a0,", ",a1,");
        let dry = world.import_of(noun, &file, Request { dry_run: true, ..Request::default() }).await?;
        assert_eq!((dry.ledger.updated, dry.operation), (1, None), "{}: {:?}", noun.many, dry.problems);
        assert_eq!(everything(&world.db, &world.scope()).await?, before, "{}", noun.many);
        // What a dry run says is what then happens.
        let real = entries::update(&world, noun, &id, &full(noun, 1), None, false).await?;
        assert_eq!((real.record, real.changes), (changed.record, changed.changes));
    }
    Ok(())
}

/// `noun.table` and its before-images, as one text a row without what every write changes.
async fn images(world: &World, noun: &'static Noun, columns: &[&str]) -> Result<Vec<(i64, Vec<String>)>> {
    let texts: Vec<String> = columns.iter().map(|column| format!("coalesce(cast(b.{column} as text), '-')")).collect();
    let sql = format!(
        "select b.changed, {} from {}_before b where b.organization_id = $1 order by b.version",
        texts.join(" || '|' || "),
        noun.table
    );
    let found: Vec<(i64, String)> = world.db.read().await?.of(&world.scope(), sql).fetch_all().await?;
    Ok(found.into_iter().map(|(changed, text)| (changed, text.split('|').map(str::to_owned).collect())).collect())
}

fn mask(noun: &'static Noun) -> i64 {
    changing(noun).filter_map(|field| noun.field(field.name)).map(|(bit, _)| 1_i64 << bit).sum()
}

async fn before_images(backend: &Backend) -> Result<()> {
    let world = prepared(backend).await?;
    for noun in children() {
        let made = entries::create(&world, noun, &full(noun, 0), false).await?;
        let id = made.record.id().to_string();
        let table = format!("{}_before", noun.table);
        assert_eq!(lines(&world.db, &table, None).await?.len(), 0, "{}: a creation is not journaled", noun.many);
        let columns: Vec<&str> = noun
            .fields
            .iter()
            .filter(|field| field.writable() || matches!(field.name, "version" | "updated_at" | "status_source"))
            .filter(|field| !field.meaning.is_reference())
            .map(|field| field.column)
            .collect();
        let row = |world: &World| {
            let texts: Vec<String> =
                columns.iter().map(|column| format!("coalesce(cast(t.{column} as text), '-')")).collect();
            (
                format!("select {} from {} t where t.organization_id = $1", texts.join(" || '|' || "), noun.table),
                world.scope(),
            )
        };
        let now = async || -> Result<Vec<String>> {
            let (sql, scope) = row(&world);
            let found: (String,) = world.db.read().await?.of(&scope, sql).fetch_one().await?;
            Ok(found.0.split('|').map(str::to_owned).collect())
        };
        let first = now().await?;
        entries::update(&world, noun, &id, &full(noun, 1), None, false).await?;
        let second = now().await?;
        entries::delete(&world, noun, &id, None, false).await?;
        let kept = images(&world, noun, &columns).await?;
        assert_eq!(kept, [(mask(noun), first), (i64::MIN, second)], "{}", noun.many);
        let deed = world.operations().await?.into_iter().find(|operation| operation.kind.ends_with(".delete"));
        assert!(deed.is_some_and(|deed| deed.ledger.is_some_and(|ledger| ledger.contains("\"deleted\":1"))));
    }
    // The feed has each of them.
    let kinds: Vec<(String, i64)> = fastenr_tests::world::query(
        &world.db,
        "select kind, count(*) from activities where noun <> 'accounts' and noun <> 'users' group by kind order by kind",
    )
    .await?;
    let mut want: Vec<(String, i64)> = children()
        .flat_map(|noun| ["create", "update", "delete"].map(|verb| (format!("{}.{verb}", noun.many), 1)))
        .collect();
    want.sort();
    assert_eq!(kinds, want);
    Ok(())
}

/// The same change by hand and by file: the same record, history and before-image.
async fn a_file_leaves_what_a_person_leaves(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    let (by_hand, by_file) = (first.organization("hand").await?, first.organization("file").await?);
    for world in [&by_hand, &by_file] {
        around(world).await?;
    }
    for noun in children() {
        let hand = entries::create(&by_hand, noun, &full(noun, 0), false).await?.record.id().to_string();
        let file = entries::create(&by_file, noun, &full(noun, 0), false).await?.record.id();
        entries::update(&by_hand, noun, &hand, &full(noun, 1), None, false).await?;
        let mut out = csv::Writer::from_writer(Vec::new());
        out.write_record(std::iter::once("id").chain(writable(noun).map(|field| field.name)))?;
        out.write_record(std::iter::once(file.to_string()).chain(writable(noun).map(|field| good(field, 1))))?;
        let text = String::from_utf8(out.into_inner()?)?;
        let request = Request { allow_id_changes: true, ..Request::default() };
        let report = by_file.import_of(noun, &text, request).await?;
        assert_eq!((report.ledger.updated, report.applied), (1, true), "{}: {:?}", noun.many, report.problems);
        let said = |lines: Vec<String>| -> Vec<String> {
            let source = |line: String| line.replace("status_source=\"import\"", "status_source=\"person\"");
            lines.into_iter().map(source).collect()
        };
        let pictures = (picture(&by_hand, noun).await?, picture(&by_file, noun).await?);
        assert_eq!(said(pictures.0), said(pictures.1), "{}", noun.many);
        let columns: Vec<&str> = noun
            .fields
            .iter()
            .filter(|field| (field.writable() && !field.meaning.is_reference()) || field.name == "version")
            .map(|field| field.column)
            .collect();
        let mut kept = (images(&by_hand, noun, &columns).await?, images(&by_file, noun, &columns).await?);
        // The file's word takes the place of the person's.
        kept.1.iter_mut().for_each(|(changed, _)| *changed &= mask(noun));
        assert_eq!(kept.0, kept.1, "{}", noun.many);
        assert_eq!(kept.0.len(), 1);
    }
    Ok(())
}

/// What a noun's rows can't be matched by is refused before a row is read.
async fn only_keys_match_rows(backend: &Backend) -> Result<()> {
    let world = prepared(backend).await?;
    for noun in children() {
        entries::create(&world, noun, &full(noun, 0), false).await?;
        let file = export(noun, &rows(&world, noun).await?, |_| true);
        for key in ["id", "external_id", "name", "domain", "email", "account"] {
            let request = Request { key: Some(key.parse().unwrap()), ..Request::default() };
            let result = world.import_of(noun, &file, request).await;
            let fine = match key {
                "id" => true,
                "external_id" => noun.field("external_id").is_some(),
                "account" => noun.within.is_some() || noun.natural.is_some(),
                "email" => noun.within == Some("email"),
                _ => false,
            };
            match fine {
                true => assert_eq!(result?.ledger.unchanged, 1, "{} by {key}", noun.many),
                false => assert_eq!(refused(result), "no_key", "{} by {key}", noun.many),
            }
        }
    }
    Ok(())
}
