//! Engagements beyond the verbs of every noun: attachments, attendees who are contacts, calendars, the report.

use std::collections::BTreeSet;
use std::str::FromStr;

use anyhow::Result;
use fastenr_core::import::mapping::{Mapping, Origin};
use fastenr_core::import::request::{OnError, Report, Request};
use fastenr_core::import::source::Source;
use fastenr_core::model::Role;
use fastenr_core::model::attachment::MOST_BYTES;
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::entry::Entry;
use fastenr_core::model::selection::Selection;
use fastenr_core::ops;
use fastenr_core::ops::engagements::GroupBy;
use fastenr_core::store::attendees::Which;
use fastenr_core::store::records::Stamp;
use fastenr_core::store::{Db, Lock, attachments, attendees, engagements, journal, records};
use fastenr_tests::harness::{Backend, Tests};
use futures_util::TryStreamExt;
use icalendar::{Component as _, EventLike as _};
use uuid::Uuid;

use fastenr_tests::world::{World, everything, execute, given, lines, query, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/engagements/attach_fetch_detach", attach_fetch_detach);
    tests.both("store/engagements/what_is_not_attached", what_is_not_attached);
    tests.both("store/engagements/an_engagement_takes_its_files_along", an_engagement_takes_its_files_along);
    tests.both("store/engagements/damage_is_noticed", damage_is_noticed);
    tests.sqlite("store/engagements/a_backup_has_the_files", a_backup_has_the_files);
    tests.both("store/engagements/attendees_are_contacts", attendees_are_contacts);
    tests.both("store/engagements/a_calendar_comes_back", a_calendar_comes_back);
    tests.both("store/engagements/calendars_of_others", calendars_of_others);
    tests.both("store/engagements/bad_calendars_write_nothing", bad_calendars_write_nothing);
    tests.both("store/engagements/twice_is_once", twice_is_once);
    tests.both("store/engagements/the_report", the_report);
    tests.both("store/engagements/now_and_oddities", now_and_oddities);
}

async fn engagement(world: &World, values: &[(&str, &str)]) -> Result<Entry> {
    Ok(ops::entries::create(world, &ENGAGEMENT, &given(values), false).await?.record)
}

async fn contact(world: &World, values: &[(&str, &str)]) -> Result<Entry> {
    Ok(ops::entries::create(world, &CONTACT, &given(values), false).await?.record)
}

/// An account and a meeting with it.
async fn review(world: &World) -> Result<Entry> {
    world.account(&[("external_id", "acme"), ("name", "Acme"), ("domain", "acme.example")]).await?;
    engagement(world, &[("account", "acme"), ("type", "meeting"), ("title", "Review")]).await
}

async fn feed(world: &World) -> Result<Vec<(String, String, String)>> {
    let sql = "select kind, label, changes from activities a where a.organization_id = $1 order by seq";
    Ok(world.db.read().await?.of(&world.scope(), sql).fetch_all().await?)
}

async fn attach_fetch_detach(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let meeting = review(&world).await?;
    let all: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let made = ops::attachments::attach(&world, "Review", "a.bin", all.clone(), false).await?;
    assert_eq!((made.record.size, made.record.media_type.as_str()), (70_000, "application/octet-stream"));
    assert_eq!((made.record.engagement_id, made.record.created_by.as_str()), (meeting.id(), &*world.user.email));
    // The bytes count, not the name.
    let again = ops::attachments::attach(&world, "Review", "b.bin", all.clone(), false).await?;
    assert_eq!((again.operation, again.changes.len(), &again.record), (None, 0, &made.record));
    let dry = ops::attachments::attach(&world, "Review", "dry.txt", b"dry".to_vec(), true).await?;
    assert_eq!((dry.operation, dry.changes.len()), (None, 1));
    let empty = ops::attachments::attach(&world, "Review", "empty.txt", Vec::new(), false).await?.record;
    assert_eq!(empty.sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let full = ops::attachments::attach(&world, "Review", "full.bin", vec![7; MOST_BYTES], false).await?.record;
    let (_, files) = ops::attachments::list(&world, "Review").await?;
    assert_eq!(files, [made.record.clone(), empty.clone(), full]);
    let (fetched, content) = ops::attachments::fetch(&world, "Review", "a.bin").await?;
    assert_eq!((&fetched, content == all), (&made.record, true));
    assert_eq!(ops::attachments::fetch(&world, "Review", &empty.id.to_string()).await?.1, Vec::<u8>::new());
    // Names are not unique; ids are.
    let other = ops::attachments::attach(&world, "Review", "a.bin", b"other".to_vec(), false).await?.record;
    assert_eq!(refused(ops::attachments::fetch(&world, "Review", "a.bin").await), "ambiguous_attachment");
    assert_eq!(ops::attachments::fetch(&world, "Review", &other.id.to_string()).await?.1, b"other");
    assert_eq!(refused(ops::attachments::fetch(&world, "Review", "a.bim").await), "unknown_attachment");
    let gone = ops::attachments::detach(&world, "Review", &other.id.to_string(), None, false).await?;
    assert!(gone.operation.is_some());
    assert_eq!(ops::attachments::list(&world, "Review").await?.1.len(), 3);
    let kept: Vec<(Vec<u8>, i64)> = query(&world.db, "select content, changed from attachments_before").await?;
    assert_eq!(kept, [(b"other".to_vec(), journal::DELETED)]);
    let told: Vec<_> = feed(&world).await?.into_iter().filter(|(kind, ..)| kind.ends_with("tach")).collect();
    assert_eq!(told.len(), 5);
    let (kind, label, changes) = &told[4];
    assert_eq!((kind.as_str(), label.as_str()), ("engagements.detach", "Review"));
    assert_eq!(changes, r#"[{"field":"attachments","old":"a.bin","new":null}]"#);
    Ok(())
}

async fn what_is_not_attached(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    review(&world).await?;
    let mut reader = world.user("rea@example.com", "Rea").await?;
    reader.role = Role::Read;
    let reader = world.acting_as(&reader);
    let before = everything(&world.db, &world.scope()).await?;
    let attach = async |name: &str, bytes: usize| {
        refused(ops::attachments::attach(&world, "Review", name, vec![0; bytes], false).await)
    };
    assert_eq!(attach("big.bin", MOST_BYTES + 1).await, "attachment_size");
    assert_eq!(attach("../up", 1).await, "attachment_name_path");
    assert_eq!(attach("a\nb", 1).await, "attachment_name_control");
    assert_eq!(attach(&"x".repeat(256), 1).await, "attachment_name_length");
    assert_eq!(refused(ops::attachments::attach(&world, "Nothing", "a", vec![1], false).await), "unknown_record");
    assert_eq!(refused(ops::attachments::attach(&reader, "Review", "a", vec![1], false).await), "read_only_user");
    assert_eq!(refused(ops::attachments::detach(&reader, "Review", "a", None, false).await), "read_only_user");
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    Ok(())
}

async fn an_engagement_takes_its_files_along(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    review(&world).await?;
    engagement(&world, &[("account", "acme"), ("type", "call"), ("title", "Call")]).await?;
    for (name, content) in [("a.txt", "one"), ("b.txt", "two")] {
        ops::attachments::attach(&world, "Review", name, content.into(), false).await?;
    }
    ops::attachments::attach(&world, "Call", "a.txt", "one".into(), false).await?;
    let before = everything(&world.db, &world.scope()).await?;
    let dry = ops::entries::delete(&world, &ENGAGEMENT, "Review", None, true).await?;
    assert!(dry.changes.iter().any(|change| change.field == "attachments" && change.old == "2"), "{:?}", dry.changes);
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    let gone = ops::entries::delete(&world, &ENGAGEMENT, "Review", None, false).await?;
    let sql = "select name, content, changed from attachments_before where operation_id = $1 order by name";
    let kept: Vec<(String, Vec<u8>, i64)> =
        world.db.read().await?.sql(sql).bind(gone.operation.unwrap()).fetch_all().await?;
    let image = |name: &str, content: &str| (name.to_owned(), content.as_bytes().to_vec(), journal::DELETED);
    assert_eq!(kept, [image("a.txt", "one"), image("b.txt", "two")]);
    let left: Vec<(String,)> = query(&world.db, "select name from attachments").await?;
    assert_eq!(left, [("a.txt".to_owned(),)]);
    Ok(())
}

async fn damage_is_noticed(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    review(&world).await?;
    ops::attachments::attach(&world, "Review", "a.txt", b"whole".to_vec(), false).await?;
    execute(&world.db, format!("update attachments set sha256 = '{}'", "0".repeat(64))).await?;
    assert_eq!(refused(ops::attachments::fetch(&world, "Review", "a.txt").await), "corrupt");
    Ok(())
}

async fn a_backup_has_the_files(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    review(&world).await?;
    let content: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
    ops::attachments::attach(&world, "Review", "a.bin", content.clone(), false).await?;
    let file = backend.path("copy.db");
    ops::admin::backup(&world.db, &file).await?;
    let copy = Db::connect(&file.display().to_string(), &Default::default()).await?;
    let there = ops::Context::open(copy, world.clock, None, None).await?;
    assert!(ops::attachments::fetch(&there, "Review", "a.bin").await?.1 == content);
    Ok(())
}

async fn attendees_are_contacts(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("external_id", "acme"), ("name", "Acme")]).await?;
    world.account(&[("external_id", "bolt"), ("name", "Bolt")]).await?;
    for (account, name, email, role) in [
        ("acme", "Jo Doe", "jo@acme.example", "champion"),
        ("acme", "Ann", "", "user"),
        ("bolt", "Jo at Bolt", "jo@acme.example", "billing"),
        ("bolt", "Mia", "mia@bolt.example", ""),
    ] {
        contact(&world, &[("account", account), ("name", name), ("email", email), ("role", role)]).await?;
    }
    let people = "Jo Doe <JO@acme.example>; mia@bolt.example; Ann; nobody@acme.example";
    let done = "2026-02-01T10:00:00Z";
    let values =
        [("account", "acme"), ("type", "call"), ("title", "Call"), ("attendees", people), ("completed_at", done)];
    engagement(&world, &values).await?;
    engagement(&world, &[("account", "acme"), ("type", "note"), ("title", "Alone")]).await?;
    let whole = ops::engagements::get(&world, "Call").await?;
    let found: Vec<_> =
        whole.contacts.iter().map(|found| (found.name.as_str(), found.email.as_str(), found.role.as_deref())).collect();
    assert_eq!(found, [("Jo Doe", "jo@acme.example", Some("champion"))]);
    assert!(ops::engagements::get(&world, "Alone").await?.contacts.is_empty());
    // Nothing is stored, so nothing goes stale.
    ops::entries::update(&world, &CONTACT, "Jo Doe", &given(&[("email", "j@acme.example")]), None, false).await?;
    ops::entries::update(&world, &CONTACT, "Ann", &given(&[("email", "nobody@acme.example")]), None, false).await?;
    let whole = ops::engagements::get(&world, "Call").await?;
    assert_eq!(whole.contacts.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(), ["Ann"]);
    // As scores ask: of all engagements of a time.
    let (from, to) = ("2026-02-01T00:00:00Z".parse()?, "2026-02-02T00:00:00Z".parse()?);
    for (which, count) in [(Which::Completed(from, to), 1), (Which::Completed(to, to), 0)] {
        let mut tx = world.db.read().await?;
        let found: Vec<_> = attendees::contacts(&mut tx, &world.scope(), which)?.try_collect().await?;
        assert_eq!(found.len(), count);
    }
    Ok(())
}

async fn calendar(world: &World) -> Result<String> {
    let mut out = Vec::new();
    ops::calendar::write(world, &Selection::default(), &mut out).await?;
    Ok(String::from_utf8(out)?)
}

async fn import(world: &World, file: &str, request: Request) -> fastenr_core::Result<Report> {
    let source = Source::spool("calendar.ics", file.as_bytes())?;
    ops::import::run(world, &ENGAGEMENT, source, request, &mut |_| {}).await
}

/// For the account that all new ones go to.
fn to(account: &str) -> Request {
    let constant = Origin::Constant { constant: account.to_owned() };
    let columns = [("account".to_owned(), constant)].into_iter().collect();
    Request { mapping: Mapping { columns, ..Mapping::default() }, ..Request::default() }
}

/// Created, updated, unchanged, skipped, rejected.
fn counts(report: &Report) -> [u64; 5] {
    let ledger = &report.ledger;
    [ledger.created, ledger.updated, ledger.unchanged, ledger.skipped, ledger.rejected]
}

async fn a_calendar_comes_back(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    review(&world).await?;
    world.user("mia@example.com", "Mia").await?;
    let attendees = r#"[{"name":"Doe, \"Jo\"","email":"Jo@acme.example","role":"CTO; budget"},{"name":"Ann"}]"#;
    let records: [&[(&str, &str)]; 4] = [
        &[
            ("type", "demo"),
            ("title", "Demo, part 1; \"new\" \\ äöü 🎉"),
            ("description", "Line one\nline two\n\n  indented; comma, end"),
            ("scheduled_at", "2026-02-10T14:00:00.25Z"),
            ("completed_at", "2026-02-10T15:00:00.123456Z"),
            ("tags", "call, vip"),
            ("attendees", attendees),
            ("created_by", "mia@example.com"),
            ("external_id", "crm-1"),
        ],
        &[("type", "call"), ("title", "Done only"), ("completed_at", "2026-02-11T10:00:00.5Z")],
        &[("type", "meeting"), ("title", "No show"), ("scheduled_at", "2026-02-12T10:00:00Z")],
        &[
            ("type", "training"),
            ("title", "Tidied up late"),
            ("scheduled_at", "2026-02-12T10:00:00Z"),
            ("completed_at", "2026-02-20T10:00:00Z"),
        ],
    ];
    for values in records {
        engagement(&world, &[values, &[("account", "acme")]].concat()).await?;
    }
    let file = calendar(&world).await?;
    let theirs = icalendar::Calendar::from_str(&file).map_err(anyhow::Error::msg)?;
    let theirs: Vec<_> = theirs.components.iter().filter_map(|component| component.as_event()).collect();
    // The review was neither planned nor done.
    assert_eq!(theirs.len(), 4);
    assert_eq!(theirs[0].get_summary(), Some("Demo, part 1; \"new\" \\ äöü 🎉"));
    assert_eq!(theirs[0].get_categories().unwrap_or_default(), ["demo", "call", "vip"]);
    let ends: Vec<String> =
        theirs.iter().map(|event| event.property_value("DTEND").unwrap_or_default().to_owned()).collect();
    assert_eq!(ends, ["20260210T150000Z", "20260211T103000Z", "20260212T103000Z", "20260212T103000Z"]);
    let before = lines(&world.db, "engagements", Some(&world.scope())).await?;
    let clearing = Request { empty: "clear".parse()?, ..to("acme") };
    for request in [Request::default(), to("acme"), clearing] {
        let report = import(&world, &file, request).await?;
        assert_eq!((counts(&report), report.applied), ([0, 0, 4, 0, 0], true), "{report:?}");
        assert!(report.warnings.is_empty(), "{:?}", report.warnings);
    }
    assert_eq!(lines(&world.db, "engagements", Some(&world.scope())).await?, before);
    // What was changed in the calendar comes here.
    let moved = file.replace(
        "DTSTART:20260212T100000Z\r\nDTEND:20260212T103000Z\r\nSUMMARY:No",
        "DTSTART:20260213T090000Z\r\nSUMMARY:No",
    );
    assert_ne!(moved, file);
    assert_eq!(counts(&import(&world, &moved, Request::default()).await?), [0, 1, 3, 0, 0]);
    let shown = ops::entries::get(&world, &ENGAGEMENT, "No show").await?;
    assert_eq!(shown.instant("scheduled_at"), Some("2026-02-13T09:00:00Z".parse()?));
    assert_eq!(shown.instant("completed_at"), None, "an event of ours does not complete itself");
    // Into a database that knows none of them they come as new.
    let other = world.organization("other").await?;
    other.account(&[("external_id", "acme"), ("name", "Acme")]).await?;
    assert_eq!(counts(&import(&other, &file, to("acme")).await?), [4, 0, 0, 0, 0]);
    let demo = ops::entries::get(&other, &ENGAGEMENT, "Demo, part 1; \"new\" \\ äöü 🎉").await?;
    assert_eq!((demo.text("type"), demo.text("tags")), (Some("demo"), Some(r#"["call","vip"]"#)));
    assert_eq!(demo.instant("completed_at"), Some("2026-02-10T15:00:00.123456Z".parse()?));
    assert_eq!(counts(&import(&other, &file, to("acme")).await?), [0, 0, 4, 0, 0]);
    Ok(())
}

fn event(properties: &str) -> String {
    format!("BEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\n", properties.replace('|', "\r\n"))
}

fn file(events: &[&str]) -> String {
    let events: String = events.iter().map(|properties| event(properties)).collect();
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{events}END:VCALENDAR\r\n")
}

async fn calendars_of_others(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.user("mia@us.example", "Mia").await?;
    for (id, domain) in
        [("acme", "acme.example"), ("bolt", "bolt.example"), ("one", "two.example"), ("two", "two.example")]
    {
        world.account(&[("external_id", id), ("name", id), ("domain", domain)]).await?;
    }
    contact(&world, &[("account", "bolt"), ("name", "Kim"), ("email", "kim@mail.example")]).await?;
    let ours = "ORGANIZER;CN=Mia:mailto:mia@us.example|ATTENDEE:mailto:mia@us.example";
    let events = [
        format!(
            "UID:1@g|DTSTART:20260220T100000Z|DTEND:20260220T110000Z|SUMMARY:By domain|CATEGORIES:Demo,Q1|{ours}|ATTENDEE;CN=Jo:mailto:jo@eu.acme.example"
        ),
        format!(
            "UID:2@g|DTSTART:20260401T100000Z|DTEND:20260401T110000Z|SUMMARY:By contact|{ours}|ATTENDEE:mailto:KIM@mail.example"
        ),
        format!("UID:3@g|DTSTART:20260220T100000Z|SUMMARY:Internal|{ours}"),
        format!(
            "UID:4@g|DTSTART:20260220T100000Z|SUMMARY:Cancelled|STATUS:CANCELLED|{ours}|ATTENDEE:mailto:jo@acme.example"
        ),
        format!(
            "UID:5@g|DTSTART:20260220T100000Z|SUMMARY:Tentative|STATUS:TENTATIVE|{ours}|ATTENDEE:mailto:jo@acme.example"
        ),
        "UID:6@g|DTSTART:20260220T100000Z|SUMMARY:Old|SEQUENCE:1|ATTENDEE:mailto:jo@acme.example".to_owned(),
        "UID:6@g|DTSTART:20260221T100000Z|SUMMARY:New|SEQUENCE:2|ORGANIZER:mailto:jo@acme.example|ATTENDEE:mailto:no@"
            .to_owned(),
    ];
    let good = file(&events.iter().map(String::as_str).collect::<Vec<_>>());
    let dry = import(&world, &good, Request { dry_run: true, ..Request::default() }).await?;
    let report = import(&world, &good, Request::default()).await?;
    assert_eq!((counts(&dry), counts(&report)), ([4, 0, 0, 2, 0], [4, 0, 0, 2, 0]), "{report:?}");
    assert!(report.notes.iter().any(|note| note.text.contains("skipped 1 cancelled event")), "{:?}", report.notes);
    assert!(report.notes.iter().any(|note| note.text.contains("1 event is an older version")), "{:?}", report.notes);
    assert!(
        report.warnings.iter().any(|told| told.text.contains("\"no@\" is not an e-mail address")),
        "{:?}",
        report.warnings
    );
    let get = async |title: &str| ops::entries::get(&world, &ENGAGEMENT, title).await;
    let domain = get("By domain").await?;
    assert_eq!((domain.label("account"), domain.text("type")), (Some("acme"), Some("demo")));
    assert_eq!((domain.text("tags"), domain.label("created_by")), (Some(r#"["Q1"]"#), Some("mia@us.example")));
    assert_eq!(domain.instant("completed_at"), Some("2026-02-20T11:00:00Z".parse()?));
    let contact = get("By contact").await?;
    assert_eq!((contact.label("account"), contact.text("type")), (Some("bolt"), Some("meeting")));
    assert_eq!(contact.instant("completed_at"), None, "it is still to come");
    assert_eq!(get("Tentative").await?.instant("completed_at"), None);
    let host = get("New").await?;
    assert_eq!(host.text("attendees"), Some(r#"[{"email":"jo@acme.example"}]"#));
    // Again: nothing changes; what people wrote down meanwhile stays.
    let update = given(&[("type", "call"), ("completed_at", "2026-02-20T11:05:00Z"), ("account", "bolt")]);
    ops::entries::update(&world, &ENGAGEMENT, "By contact", &given(&[("type", "training")]), None, false).await?;
    ops::entries::update(&world, &ENGAGEMENT, "New", &update, None, false).await?;
    let again = import(&world, &good, Request::default()).await?;
    assert_eq!(counts(&again), [0, 0, 4, 2, 0], "{again:?}");
    // Known and cancelled: told, not deleted.
    let cancelled = good.replace("UID:1@g", "UID:1@g\r\nSTATUS:CANCELLED");
    let report = import(&world, &cancelled, Request::default()).await?;
    assert_eq!(counts(&report), [0, 0, 3, 3, 0]);
    assert!(
        report.warnings.iter().any(|told| told.text.contains("\"By domain\" is cancelled")),
        "{:?}",
        report.warnings
    );
    // Outsiders that no account is known for: one bad row stops it, or is rejected.
    for (attendee, code) in [("x@new.example", "unknown_account"), ("x@two.example", "ambiguous_account")] {
        let event = format!("UID:9@g|DTSTART:20260220T100000Z|SUMMARY:Nobody's|ATTENDEE:mailto:{attendee}");
        let report = import(&world, &file(&[&event]), Request::default()).await?;
        assert_eq!((counts(&report), report.applied), ([0, 0, 0, 0, 1], false));
        assert_eq!(report.problems[0].code, code, "{report:?}");
        let report = import(&world, &file(&[&event]), Request { dry_run: true, ..to("acme") }).await?;
        assert_eq!(counts(&report), [1, 0, 0, 0, 0]);
    }
    Ok(())
}

async fn bad_calendars_write_nothing(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    review(&world).await?;
    let before = everything(&world.db, &world.scope()).await?;
    for (bad, code) in [
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\n".to_owned(), "calendar_component"),
        (file(&["UID:1"]), "calendar_property"),
        (file(&["UID:1|DTSTART:2026"]), "calendar_date"),
    ] {
        assert_eq!(refused(import(&world, &bad, to("acme")).await), code);
    }
    let error = import(&world, &file(&["UID:1|DTSTART:2026"]), to("acme")).await.unwrap_err();
    assert!(error.message.starts_with("calendar.ics, line 6"), "{}", error.message);
    let calendar = file(&["UID:1|DTSTART:20260101T000000Z|SUMMARY:x"]);
    let source = || Source::spool("stdin", calendar.as_bytes());
    let mut on_progress = |_| {};
    let contacts = ops::import::run(&world, &CONTACT, source()?, Request::default(), &mut on_progress).await;
    assert_eq!(refused(contacts), "source_calendar");
    let mapping = ops::import::suggest_mapping(&world, &ENGAGEMENT, &source()?, &Request::default()).await;
    assert_eq!(refused(mapping), "source_calendar");
    let nothing = import(&world, &file(&[]), Request::default()).await?;
    assert_eq!((counts(&nothing), nothing.applied), ([0; 5], true));
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    // A calendar is known by its first line too, and its rows by their order.
    let mut bad = source()?;
    let long = calendar.replace("SUMMARY:x", &format!("SUMMARY:{}", "x".repeat(300)));
    assert_eq!(ops::import::run(&world, &ENGAGEMENT, bad.clone(), to("acme"), &mut |_| {}).await?.ledger.created, 1);
    bad = Source::spool("stdin", long.as_bytes())?;
    let report = ops::import::run(&world, &ENGAGEMENT, bad, to("acme"), &mut |_| {}).await?;
    assert_eq!((report.applied, report.problems[0].column.as_deref()), (false, Some("title")));
    Ok(())
}

async fn twice_is_once(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    review(&world).await?;
    let csv = "external_id,account,type,title,completed_at,tags,attendees\n\
               e-1,acme,call,Call,2026-02-01T10:00:00Z,\"b, a\",Jo <jo@acme.example>\n";
    let ics = file(&["UID:u-1|DTSTART;TZID=Europe/Berlin:20260201T100000|DURATION:PT1H|SUMMARY:Visit|CATEGORIES:b,a"]);
    for (name, content) in [("a.csv", csv), ("a.ics", &*ics)] {
        for expected in [[1, 0, 0, 0, 0], [0, 0, 1, 0, 0]] {
            let source = Source::spool(name, content.as_bytes())?;
            let request = if name == "a.ics" { to("acme") } else { Request::default() };
            let report = ops::import::run(&world, &ENGAGEMENT, source, request, &mut |_| {}).await?;
            assert_eq!(counts(&report), expected, "{name}");
        }
    }
    Ok(())
}

async fn the_report(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.user("mia@example.com", "Mia").await?;
    for (id, name, owner) in [("a", "Same", "mia@example.com"), ("b", "Same", "")] {
        world.account(&[("external_id", id), ("name", name), ("owner", owner)]).await?;
    }
    let csv = "external_id,account,type,title,direction,outcome,scheduled_at,completed_at,responded_at\n\
               1,a,meeting,x,,positive,,2025-11-01T10:00:00Z,\n\
               2,a,meeting,x,,neutral,,2026-01-10T10:00:00Z,\n\
               3,a,email,x,outbound,,,2026-01-12T10:00:00Z,2026-01-12T13:00:00Z\n\
               4,b,email,x,outbound,,,2026-02-01T10:00:00Z,\n\
               5,b,call,x,,negative,2026-02-10T10:00:00Z,,\n\
               6,b,note,x,,,,2026-02-28T23:30:00Z,\n";
    world.import_of(&ENGAGEMENT, csv, Request::default()).await?;
    let period = ops::engagements::period(&world, None, None)?;
    assert_eq!((period.from().to_string(), period.days()), ("2025-12-02".to_owned(), 90));
    assert_eq!(refused(ops::engagements::period(&world, Some("2026-03-02"), None)), "period");
    assert_eq!(refused(ops::engagements::period(&world, Some("soon"), None)), "date");
    let report = async |by: GroupBy| ops::engagements::report(&world, &Selection::default(), period, by).await;
    let types = report(GroupBy::Type).await?.found;
    let labels: Vec<_> = types.groups.iter().map(|(group, _)| group.label.as_deref().unwrap_or_default()).collect();
    assert_eq!(labels, ["call", "email", "meeting", "note"]);
    let (email, meeting) = (&types.groups[1].1, &types.groups[2].1);
    assert_eq!((email.completed, email.responses.expected, email.responses.answered), (2, 2, 1));
    assert_eq!(email.responses.median_hours_hundredths(), Some(300));
    // Of the period is the gap that ends in it.
    assert_eq!((meeting.completed, meeting.gaps.count, meeting.gaps.longest_days), (1, 1, Some(70)));
    assert_eq!((types.total.completed, types.total.not_completed), (4, 1));
    let accounts = report(GroupBy::Account).await?.found;
    let keys: Vec<_> = accounts.groups.iter().map(|(group, _)| group.account.as_deref()).collect();
    assert_eq!(keys, [Some("a"), Some("b")], "two accounts of one name are two");
    assert_eq!(accounts.total, types.total);
    let owners = report(GroupBy::Owner).await?.found;
    let labels: Vec<_> = owners.groups.iter().map(|(group, _)| group.label.as_deref()).collect();
    assert_eq!(labels, [None, Some("mia@example.com")]);
    let chosen = ops::selection::selection(&world, &ENGAGEMENT, [("account", "b"), ("type", "email,call")]).await?;
    let some = ops::engagements::report(&world, &chosen, period, GroupBy::Type).await?.found;
    assert_eq!((some.total.completed, some.total.not_completed, some.groups.len()), (1, 1, 2));
    // The organization's day: in Auckland the note is of the next one.
    let change = ops::organizations::OrganizationChange {
        slug: Some("nz".into()),
        time_zone: Some("Pacific/Auckland".into()),
        ..Default::default()
    };
    let nz = world.organization_of(change).await?;
    for (id, name) in [("a", "A"), ("b", "B")] {
        nz.account(&[("external_id", id), ("name", name)]).await?;
    }
    nz.import_of(&ENGAGEMENT, csv, Request::default()).await?;
    let february = ops::engagements::period(&nz, Some("2026-02-01"), Some("2026-02-28"))?;
    let found = ops::engagements::report(&nz, &Selection::default(), february, GroupBy::Type).await?.found;
    assert_eq!(found.total.completed, 1);
    Ok(())
}

async fn now_and_oddities(backend: &Backend) -> Result<()> {
    let world = world(backend).await?.at("2026-03-01T07:00:00.75Z");
    review(&world).await?;
    let update = async |values: &[(&str, &str)]| {
        ops::entries::update(&world, &ENGAGEMENT, "Review", &given(values), None, false).await
    };
    let done = update(&[("completed_at", "now")]).await?.record;
    assert_eq!(done.instant("completed_at"), Some("2026-03-01T07:00:00Z".parse()?));
    assert!(ops::engagements::oddities(&done).is_empty());
    assert_eq!(refused(update(&[("completed_at", "later")]).await), "time");
    let kim = contact(&world, &[("account", "acme"), ("name", "Kim"), ("left_on", "today")]).await?;
    assert_eq!(kim.date("left_on"), Some("2026-03-01".parse()?));
    let odd = update(&[("responded_at", "2026-02-01T00:00:00Z"), ("competitor_stage", "pilot")]).await?.record;
    assert_eq!(ops::engagements::oddities(&odd).len(), 2);
    let odd = update(&[("completed_at", ""), ("competitor", "Globex")]).await?.record;
    assert_eq!(ops::engagements::oddities(&odd).len(), 1);
    Ok(())
}

/// Every statement of this area, once.
pub(crate) async fn once(world: &World) -> Result<()> {
    world.account(&[("external_id", "cal"), ("name", "Cal"), ("domain", "cal.example")]).await?;
    engagement(
        world,
        &[("account", "cal"), ("type", "call"), ("title", "Cal's"), ("completed_at", "2026-02-01T10:00:00Z")],
    )
    .await?;
    for content in ["one", "two"] {
        ops::attachments::attach(world, "Cal's", &format!("{content}.txt"), content.into(), false).await?;
    }
    ops::attachments::fetch(world, "Cal's", "one.txt").await?;
    ops::attachments::detach(world, "Cal's", "one.txt", None, false).await?;
    ops::engagements::get(world, "Cal's").await?;
    let (from, to) = ("2026-02-01T00:00:00Z".parse()?, "2026-03-01T00:00:00Z".parse()?);
    let mut tx = world.db.read().await?;
    attendees::contacts(&mut tx, &world.scope(), Which::Completed(from, to))?.try_collect::<Vec<_>>().await?;
    drop(tx);
    let mine = calendar(world).await?;
    let skip = || Request { on_error: OnError::Skip, ..Request::default() };
    import(world, &mine, skip()).await?;
    let event = "UID:1@g|DTSTART:20260220T100000Z|SUMMARY:x|ATTENDEE:mailto:jo@cal.example";
    import(world, &file(&[event]), skip()).await?;
    let period = ops::engagements::period(world, None, None)?;
    let pairs =
        [("account", "cal"), ("type", "call"), ("search", "x"), ("tag", "a"), ("from", "30d"), ("done", "true")];
    let chosen = ops::selection::selection(world, &ENGAGEMENT, pairs).await?;
    ops::engagements::report(world, &chosen, period, GroupBy::Owner).await?;
    ops::entries::delete(world, &ENGAGEMENT, "Cal's", None, false).await?;
    Ok(())
}

/// Each function of the store that this area has, called on what only the others have.
pub(crate) async fn reaching(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    let before = everything(&theirs.db, &theirs.scope()).await?;
    let scope = &ours.scope();
    let only = theirs.get("only").await?;
    let mut tx = ours.db.write(scope, Lock::Shared).await?;
    let tx = &mut tx;
    let stranger = ours.ids.next();
    assert!(attachments::of_engagement(tx, scope, stranger).await?.is_empty());
    assert_eq!(attachments::content(tx, scope, stranger).await?, None);
    let file = fastenr_core::model::attachment::Attachment {
        id: stranger,
        organization_id: ours.organization.id,
        engagement_id: only.id,
        name: "a".into(),
        media_type: "text/plain".into(),
        size: 1,
        sha256: "0".repeat(64),
        created_by: ours.user.email.clone(),
        created_at: ours.clock.now(),
        updated_at: ours.clock.now(),
        version: 1,
    };
    let found: Vec<_> = attendees::contacts(tx, scope, Which::Engagement(only.id))?.try_collect().await?;
    assert!(found.is_empty());
    let rows: Vec<_> = engagements::report(tx, scope, &Selection::default())?.try_collect().await?;
    assert!(rows.iter().all(|row| row.account_name != "Only"));
    let account = theirs.get("only").await?.id;
    assert!(engagements::last_completed(tx, scope, &[account]).await?.is_empty());
    assert!(engagements::known(tx, scope, &[only.id], &["only".into()]).await?.is_empty());
    assert!(engagements::accounts_of_emails(tx, scope, &["only@example.com".into()]).await?.is_empty());
    assert!(engagements::accounts_of_domains(tx, scope, &["only.com".into()]).await?.is_empty());
    let dependent = &ENGAGEMENT.dependents[0];
    assert_eq!(records::delete_dependents(tx, scope, dependent, only.id, stranger).await?, 0);
    let stamp = Stamp { operation: Uuid::nil(), now: ours.clock.now(), effective_on: ours.today(), user: ours.user.id };
    // An engagement that is not ours: the reference refuses it. It is the last thing this transaction does.
    assert_eq!(refused(attachments::insert(tx, scope, &file, vec![1], stamp).await), "in_use");
    called.extend([
        "attachments::of_engagement",
        "attachments::content",
        "attachments::insert",
        "attendees::contacts",
        "engagements::report",
        "engagements::known",
        "engagements::last_completed",
        "engagements::accounts_of_emails",
        "engagements::accounts_of_domains",
        "records::delete_dependents",
    ]);
    assert_eq!(everything(&theirs.db, &theirs.scope()).await?, before);
    Ok(())
}
