//! What a change leaves behind: the operation, the row as it was, the dated history; the same from a person and from a file.

use anyhow::Result;
use fastenr_core::import::request::Request;
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::noun::Value;
use fastenr_core::model::operation::Ledger;
use fastenr_core::ops;
use fastenr_core::ops::organizations::OrganizationChange;
use fastenr_tests::harness::{Backend, Kind, Tests};

use fastenr_tests::world::{TrackedChange, World, lines, query, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/journal/before_images", before_images);
    tests.both("store/journal/only_tracked_fields", only_tracked_fields);
    tests.both("store/journal/operations", operations);
    tests.both("store/journal/a_file_leaves_what_a_person_leaves", a_file_leaves_what_a_person_leaves);
    tests.both("store/journal/days_are_the_organizations", days_are_the_organizations);
    tests.both("store/journal/corrections", corrections);
    tests.postgres("store/journal/both_databases_keep_the_same_text", both_databases_keep_the_same_text);
}

/// The mask of these fields.
fn mask(fields: &[&str]) -> i64 {
    fields.iter().map(|field| 1_i64 << ACCOUNT.field(field).unwrap().0).sum()
}

#[derive(Debug, PartialEq, sqlx_macros::FromRow)]
struct Before {
    changed: i64,
    name: String,
    name_key: String,
    external_id: Option<String>,
    external_key: Option<String>,
    arr: Option<i64>,
    status: String,
    status_source: String,
    contract_end: Option<chrono::NaiveDate>,
    auto_renew: Option<bool>,
    tags: String,
    custom_fields: String,
    archived_at: Option<chrono::DateTime<chrono::Utc>>,
    version: i64,
}

const BEFORE: &str = "select changed, name, name_key, external_id, external_key, arr, status, status_source, contract_end, \
    auto_renew, tags, custom_fields, archived_at, version from accounts_before order by version, name";

const FIRST: [(&str, &str); 15] = [
    ("external_id", "a"),
    ("name", "Acme"),
    ("domain", "acme.com"),
    ("industry", "Retail"),
    ("size", "small"),
    ("status", "onboarding"),
    ("arr", "1200.50"),
    ("owner", "mia@example.com"),
    ("contract_start", "2026-01-01"),
    ("contract_end", "2026-12-31"),
    ("auto_renew", "true"),
    ("renewal_stage", "likely"),
    ("past_due_since", "2026-02-01"),
    ("seats", "10"),
    ("tags", "a, b"),
];

/// Every one of them changes; an empty one is cleared.
const SECOND: [(&str, &str); 15] = [
    ("external_id", "a"),
    ("name", "ACME É"),
    ("domain", "acme.de"),
    ("industry", ""),
    ("size", ""),
    ("status", "at_risk"),
    ("arr", "0.05"),
    ("owner", "noa@example.com"),
    ("contract_start", ""),
    ("contract_end", "2027-01-31"),
    ("auto_renew", "false"),
    ("renewal_stage", "will_churn"),
    ("past_due_since", ""),
    ("seats", "0"),
    ("tags", "\u{1F680}, b"),
];

async fn customer(world: &World) -> Result<()> {
    world.user("mia@example.com", "Mia").await?;
    world.user("noa@example.com", "Noa").await?;
    world.account(&FIRST).await?;
    Ok(())
}

async fn before_images(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    customer(&world).await?;
    assert_eq!(query::<Before>(&world.db, BEFORE).await?, []);
    world.update("a", &[("arr", "7"), ("status", "active"), ("name", "Acme")]).await?;
    world.update("a", &[("external_id", "A-2"), ("auto_renew", ""), ("custom.x", "1")]).await?;
    ops::accounts::set_archived(&world, "A-2", true, None, false).await?;
    let first = Before {
        changed: mask(&["arr", "status"]),
        name: "Acme".into(),
        name_key: "acme".into(),
        external_id: Some("a".into()),
        external_key: Some("a".into()),
        arr: Some(120_050),
        status: "onboarding".into(),
        status_source: "person".into(),
        contract_end: chrono::NaiveDate::from_ymd_opt(2026, 12, 31),
        auto_renew: Some(true),
        tags: r#"["a","b"]"#.into(),
        custom_fields: "{}".into(),
        archived_at: None,
        version: 1,
    };
    let kept = query::<Before>(&world.db, BEFORE).await?;
    assert_eq!(kept[0], first);
    assert_eq!(kept[1].changed, mask(&["external_id", "auto_renew", "custom_fields"]));
    assert_eq!((kept[1].arr, kept[1].status.as_str(), kept[1].version), (Some(700), "active", 2));
    assert_eq!(kept[2].changed, mask(&["archived_at"]));
    assert_eq!((kept[2].external_key.as_deref(), kept[2].auto_renew, kept[2].archived_at), (Some("A-2"), None, None));
    assert_eq!((kept.len(), kept[2].custom_fields.as_str()), (3, r#"{"x":"1"}"#));
    Ok(())
}

async fn only_tracked_fields(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    customer(&world).await?;
    assert_eq!(world.changes().await?, []);
    world.update("a", &SECOND).await?;
    let mut found: Vec<(String, Option<String>, Option<String>)> =
        world.changes().await?.into_iter().map(|c: TrackedChange| (c.field, c.old_value, c.new_value)).collect();
    found.sort();
    let id = async |name: &str| ops::users::get(&world, name).await.map(|user| user.id.to_string());
    let (mia, noa) = (id("Mia").await?, id("Noa").await?);
    let row = |field: &str, old: &str, new: &str| {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        (field.to_owned(), text(old), text(new))
    };
    let want = [
        row("arr", "120050", "5"),
        row("auto_renew", "true", "false"),
        row("contract_end", "2026-12-31", "2027-01-31"),
        row("owner", &mia, &noa),
        row("past_due_since", "2026-02-01", ""),
        row("renewal_stage", "likely", "will_churn"),
        row("seats", "10", "0"),
        row("size", "small", ""),
        row("status", "onboarding", "at_risk"),
    ];
    assert_eq!(found, want);
    let tracked: Vec<&str> = ACCOUNT.fields.iter().filter(|field| field.tracked).map(|field| field.name).collect();
    assert_eq!(tracked.len(), want.len(), "{tracked:?}");
    Ok(())
}

async fn operations(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let later = world.at("2026-03-01T07:00:01Z");
    world.account(&[("external_id", "a"), ("name", "A")]).await?;
    later.update("a", &[("arr", "1")]).await?;
    let request = Request { on_error: "skip".parse().unwrap(), ..Request::default() };
    let file = "external_id,name,arr\na,A,2\nb,B,x\nc,C,3\n";
    let report = later.at("2026-03-01T07:00:02Z").import(file, request).await?;
    let all = world.operations().await?;
    let kinds: Vec<(&str, &str)> = all.iter().map(|o| (o.kind.as_str(), o.status.as_str())).collect();
    assert_eq!(kinds, [("accounts.import", "done"), ("accounts.update", "done"), ("accounts.create", "done")]);
    let import = &all[0];
    assert_eq!(Some(import.id), report.operation);
    let ledger: Ledger = serde_json::from_str(import.ledger.as_deref().unwrap())?;
    assert_eq!(ledger, report.ledger);
    assert_eq!((ledger.rows, ledger.created, ledger.updated, ledger.rejected), (3, 1, 1, 1));
    assert!(import.source_name.as_deref().unwrap().ends_with("default.csv"));
    assert_eq!(import.source_sha256.as_deref().map(str::len), Some(64));
    assert_eq!(import.user, world.user.id);
    assert_eq!(import.finished_at.map(|at| at.to_rfc3339()).as_deref(), Some("2026-03-01T07:00:02+00:00"));
    // What an import made names it; what it changed does not.
    let made: Vec<(String,)> = query(
        &world.db,
        "select a.name from accounts a join operations o \
        on o.organization_id = a.organization_id and o.id = a.created_by_operation where o.kind = 'accounts.import'",
    )
    .await?;
    assert_eq!(made, [("C".to_owned(),)]);

    let stopped = later.import("external_id,name,arr\nd,D,x\n", Request::default()).await?;
    let all = world.operations().await?;
    let failed = all.iter().find(|operation| Some(operation.id) == stopped.operation).unwrap();
    assert_eq!(
        (failed.status.as_str(), failed.message.clone()),
        ("failed", stopped.refusal.map(|refusal| refusal.message))
    );
    assert_eq!(serde_json::from_str::<Ledger>(failed.ledger.as_deref().unwrap())?, stopped.ledger);
    let page = fastenr_core::model::filter::Page::new(1, 2).unwrap();
    let first = ops::operations::list(&world, &Default::default(), page).await?;
    assert_eq!(first.rows, all[..2]);
    Ok(())
}

/// The file that says [`SECOND`].
fn file() -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(SECOND.map(|(field, _)| field)).unwrap();
    out.write_record(SECOND.map(|(_, text)| text)).unwrap();
    String::from_utf8(out.into_inner().unwrap()).unwrap()
}

fn clearing() -> Request {
    Request { empty: "clear".parse().unwrap(), ..Request::default() }
}

async fn a_file_leaves_what_a_person_leaves(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let (by_hand, by_file) = (world.organization("hand").await?, world.organization("file").await?);
    for world in [&by_hand, &by_file] {
        customer(world).await?;
    }
    by_hand.update("a", &SECOND).await?;
    assert!(by_file.import(&file(), clearing()).await?.applied);
    // Only who set the status differs.
    let picture = |lines: Vec<String>| {
        lines
            .into_iter()
            .map(|line| line.replace("status_source=\"import\"", "status_source=\"person\""))
            .map(|line| line.replace("imported_status=\"at_risk\"", "imported_status=\"\""))
            .collect::<Vec<_>>()
    };
    assert_eq!(picture(by_hand.picture().await?), picture(by_file.picture().await?));
    let sql = |world: &World| {
        let sql = BEFORE.replace(" order by", " where organization_id = $1 order by");
        (sql, world.scope())
    };
    let mut tx = world.db.read().await?;
    let (text, scope) = sql(&by_hand);
    let hand: Vec<Before> = tx.of(&scope, text).fetch_all().await?;
    let (text, scope) = sql(&by_file);
    let mut file: Vec<Before> = tx.of(&scope, text).fetch_all().await?;
    // The file's word for the status is kept beside it.
    let imported = 1_i64 << ACCOUNT.field("imported_status").unwrap().0;
    file.iter_mut().for_each(|before| before.changed &= !imported);
    assert_eq!(hand, file);
    assert_eq!(hand.len(), 1);
    Ok(())
}

/// A change made at 07:00 UTC is made on another day in Auckland or in Honolulu.
async fn days_are_the_organizations(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for (slug, zone, now, day) in [
        ("east", "Pacific/Auckland", "2026-03-01T12:00:00Z", "2026-03-02"),
        ("west", "Pacific/Honolulu", "2026-03-01T07:00:00Z", "2026-02-28"),
    ] {
        let change = OrganizationChange {
            slug: Some(slug.into()),
            time_zone: Some(zone.into()),
            ..OrganizationChange::default()
        };
        let world = world.organization_of(change).await?.at(now);
        for id in ["hand", "file"] {
            world.account(&[("external_id", id), ("name", id), ("arr", "1")]).await?;
        }
        world.update("hand", &[("arr", "2")]).await?;
        world.import("external_id,arr\nfile,2\n", Request::default()).await?;
        let days: Vec<String> = world.changes().await?.iter().map(|change| change.effective_on.to_string()).collect();
        assert_eq!(days, [day, day], "{zone}");
    }
    Ok(())
}

async fn corrections(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("external_id", "a"), ("name", "A"), ("arr", "1"), ("seats", "1")]).await?;
    let request = Request { arr_as_correction: true, ..Request::default() };
    world.import("external_id,arr,seats\na,2,2\n", request).await?;
    let kinds: Vec<(String, String)> =
        world.changes().await?.into_iter().map(|change| (change.field, change.kind)).collect();
    assert_eq!(kinds, [("arr".into(), "correction".into()), ("seats".into(), "change".into())]);
    Ok(())
}

async fn both_databases_keep_the_same_text(backend: &Backend) -> Result<()> {
    let mut pictures = Vec::new();
    for backend in [backend, &Backend::new(Kind::Sqlite)?] {
        let world = world(backend).await?;
        customer(&world).await?;
        let hand = world.organization("hand").await?;
        customer(&hand).await?;
        hand.update("a", &SECOND).await?;
        world.import(&file(), clearing()).await?;
        // The dry run's change list speaks as the journal does.
        let mut told = Vec::new();
        let source = world.source("external_id,created_at,arr,owner\na,2020-02-03T04:05:06.5Z,3,mia@example.com\n")?;
        let request = Request { dry_run: true, ..Request::default() };
        ops::import::run_with_changes(&world, &ACCOUNT, source, request, &mut |_| {}, &mut |_, change| {
            let shown = change.field.name != "owner";
            let text = |value: &Value| (shown && !value.is_null()).then(|| value.journal().into_owned());
            told.push((change.row, change.field.name, text(&change.old), text(&change.new)));
            Ok(())
        })
        .await?;
        let before: Vec<Before> = query(&world.db, BEFORE).await?;
        pictures.push((world.picture().await?, hand.picture().await?, before, told));
        assert_eq!(lines(&world.db, "accounts_before", None).await?.len(), 2);
    }
    let created = pictures[0].3.iter().find(|(_, field, ..)| *field == "created_at").unwrap();
    assert_eq!(created.2.as_deref(), Some("2026-03-01T07:00:00Z"));
    assert_eq!(created.3.as_deref(), Some("2020-02-03T04:05:06.500Z"));
    assert_eq!(pictures[0], pictures[1]);
    Ok(())
}
