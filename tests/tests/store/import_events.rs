//! Rows that are events, such as tickets: the days that are made of them, whatever comes late, doubled, corrected.

#![expect(clippy::expect_used, reason = "a test without the standard harness is no test to clippy")]

mod law;

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use fastenr_core::import::mapping::{AccountLookup, Mapping};
use fastenr_core::import::request::{Duplicates, Mode, OnError, Rejects, Report, Request, RowResult};
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::noun::{Key, Value};
use fastenr_core::model::operation::DayLedger;
use fastenr_core::model::{StatusSource, day};
use fastenr_core::ops::{self, bulk, organizations::OrganizationChange};
use fastenr_core::store::Lock;
use fastenr_core::store::records::Stamp;
use fastenr_core::store::staging::{Encoder, EventCounts, Events, Fold, RowRules, StagedRow, Staging};
use fastenr_tests::harness::{Backend, Tests};

use crate::undo::{content, undo};
use fastenr_tests::world::{World, everything, given, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/events/any_order_and_split_give_the_same_days", law::any_order_and_split);
    tests.both("store/events/versions_without_a_time_come_in_order", law::versions_in_order);
    tests.both("store/events/counts_sums_and_means", counts_sums_and_means);
    tests.both("store/events/the_day_is_that_of_the_organization", zones);
    tests.both("store/events/bad_rows_come_later", bad_rows);
    tests.both("store/events/doubles_in_one_file", doubles);
    tests.both("store/events/full_days_are_not_kept", full_days);
    tests.both("store/events/a_day_is_what_its_events_say", what_wins);
    tests.both("store/events/sums_beyond_their_field", too_much);
    tests.both("store/events/undo_leaves_what_came_since", undone);
    tests.both("store/events/a_merge_takes_them_along", merged);
    tests.both("store/events/what_is_refused", refusals);
}

/// A mapping of tickets that are called by `Ticket`, with these lines under `[aggregate]`.
fn tickets(lines: &str) -> Request {
    let text = format!(
        "[columns]\naccount = \"Org\"\nmetric_date = \"Created\"\n[formats.Score]\nscale = \"0-5\"\n[formats.Hours]\nnumber = \"1234.56\"\n[aggregate]\nid = \"Ticket\"\n{lines}\n"
    );
    Request { mapping: Mapping::parse("tickets.toml", &text).expect("a mapping"), ..Request::default() }
}

const COUNT: &str = "support_tickets = \"count\"";

async fn book(backend: &Backend) -> Result<World> {
    let world = world(backend).await?;
    accounts(&world).await?;
    Ok(world)
}

async fn accounts(world: &World) -> Result<()> {
    for id in ["a", "b", "c"] {
        world.account(&[("external_id", id), ("name", &format!("Account {id}"))]).await?;
    }
    Ok(())
}

async fn import(world: &World, file: &str, request: Request) -> fastenr_core::Result<Report> {
    world.import_of(&METRIC, file, request).await
}

/// What days say of these fields, where they say anything: `a 2026-02-01 3 null`.
async fn days(world: &World, fields: &[&str]) -> Result<Vec<String>> {
    let text = |field: &&str| format!("coalesce(cast(m.{field} as text), 'null')");
    let fields: Vec<String> = fields.iter().map(text).collect();
    let sql = format!(
        "select a.external_id || ' ' || cast(m.metric_date as text) || ' ' || {} from health_metrics m \
         join accounts a on a.organization_id = $1 and a.id = m.account_id where m.organization_id = $1 order by 1",
        fields.join(" || ' ' || ")
    );
    let rows: Vec<(String,)> = world.db.read().await?.of(&world.scope(), sql).fetch_all().await?;
    let says = |line: &String| line.split(' ').skip(2).any(|value| value != "null");
    Ok(rows.into_iter().map(|(line,)| line).filter(says).collect())
}

async fn kept(world: &World) -> Result<i64> {
    let sql = "select count(*) from metric_events k where k.organization_id = $1";
    let (count,): (i64,) = world.db.read().await?.of(&world.scope(), sql).fetch_one().await?;
    Ok(count)
}

async fn counts_sums_and_means(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let request = || {
        tickets(
            "support_tickets = \"count\"\nurgent_tickets = \"count(Priority = 'urgent' or 'high' and Escalated != 'yes')\"\n\
             tickets_resolved = \"count(Hours)\"\nresolution_hours = \"mean(Hours)\"\nsession_minutes = \"sum(Minutes)\"\n\
             csat = \"mean(Score)\"\ncsat_responses = \"count(Score)\"",
        )
    };
    let file = "Ticket,Org,Created,Priority,Escalated,Hours,Minutes,Score,Sentiment\n\
                1,a,2026-02-01,Urgent,no,1,0.004,5,red\n2,a,2026-02-01,HIGH,yes,0.5,0.004,4,\n3,a,2026-02-01,low,,0.50001,0.004,,\n\
                4,a,2026-02-02,urgent,,-,,-,\n5,b,2026-02-01,,no,,,0,\n";
    let dry = import(&world, file, Request { dry_run: true, ..request() }).await?;
    let report = import(&world, file, Request { tell_rows: true, ..request() }).await?;
    ensure!(report.applied, "{:?}", report.problems);
    assert_eq!((dry.ledger, &dry.notes), (report.ledger, &report.notes));
    let made = DayLedger { days: 3, created: 3, updated: 0, unchanged: 0 };
    assert_eq!((report.ledger.rows, report.ledger.created, report.ledger.days), (5, 5, Some(made)));
    assert!(report.notes.contains(&"events: 5 new".into()), "{:?}", report.notes);
    assert!(report.notes.iter().any(|note| note.text.contains("Sentiment")), "{:?}", report.warnings);
    let ids: BTreeSet<_> =
        report.rows.iter().map(|row| (row.fate, row.id)).map(|(fate, id)| (fate.as_str(), id)).collect();
    assert!(report.rows.len() == 5 && ids.len() == 3 && report.rows.iter().all(|row| row.fate == RowResult::Created));
    let fields = [
        "support_tickets",
        "urgent_tickets",
        "tickets_resolved",
        "resolution_hours",
        "session_minutes",
        "csat",
        "csat_responses",
        "sentiment",
    ];
    // Hours: 2.00001 / 3 = 0.66667; minutes: 0.012, rounded once; score: (100 + 80) / 2.
    let expected = [
        "a 2026-02-01 3 1 3 67 1 9000 2 null",
        "a 2026-02-02 1 1 0 null null null 0 null",
        "b 2026-02-01 1 0 0 null null 0 1 null",
    ];
    assert_eq!(days(&world, &fields).await?, expected);
    let again = import(&world, file, request()).await?;
    let same = DayLedger { days: 3, unchanged: 3, ..DayLedger::default() };
    assert_eq!((again.ledger.unchanged, again.ledger.days), (5, Some(same)));
    assert!(again.notes.contains(&"events: 5 known".into()));
    // A value that is taken back, and an event that moves to another account and day.
    let later = "Ticket,Org,Created,Priority,Escalated,Hours,Minutes,Score\n5,b,2026-02-01,,no,,,\n4,c,2026-02-09,urgent,,2,,1\n";
    let report = import(&world, later, request()).await?;
    assert_eq!(report.ledger.days, Some(DayLedger { days: 3, created: 1, updated: 2, unchanged: 0 }));
    assert!(report.notes.contains(&"events: 2 changed".into()), "{:?}", report.notes);
    let expected = [
        "a 2026-02-01 3 1 3 67 1 9000 2 null",
        "b 2026-02-01 1 0 0 null null null 0 null",
        "c 2026-02-09 1 1 1 200 null 2000 1 null",
    ];
    assert_eq!(days(&world, &fields).await?, expected);
    Ok(())
}

async fn zones(backend: &Backend) -> Result<()> {
    let change = OrganizationChange {
        slug: Some("zoned".into()),
        time_zone: Some("America/New_York".into()),
        ..OrganizationChange::default()
    };
    let world = world(backend).await?.organization_of(change).await?;
    accounts(&world).await?;
    let file = "Ticket,Org,Created\n1,a,2026-02-02T04:59:00Z\n2,a,2026-02-02T05:00:00Z\n3,a,2026-02-02 00:30\n4,a,2026-02-02\n";
    ensure!(import(&world, file, tickets(COUNT)).await?.applied);
    assert_eq!(days(&world, &["support_tickets"]).await?, ["a 2026-02-01 1", "a 2026-02-02 3"]);
    Ok(())
}

async fn bad_rows(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    world.account(&[("external_id", "z"), ("name", "Gone")]).await?;
    ops::accounts::set_archived(&world, "z", true, None, false).await?;
    let file = "Ticket,Org,Created,Score\n1,a,2026-02-01,5\n2,new,2026-02-01,5\n3,z,2026-02-01,5\n,a,2026-02-01,5\n5,a,2026-03-02,5\n\
                6,a,soon,5\n7,a,2026-02-01,9\n1.2E+9,a,2026-02-01,5\n,,,\n";
    let request = || tickets("support_tickets = \"count\"\ncsat = \"mean(Score)\"");
    let report = import(&world, file, request()).await?;
    ensure!(!report.applied && report.ledger.rejected == 7, "{:?}", report.ledger);
    assert_eq!((kept(&world).await?, days(&world, &["support_tickets"]).await?.len()), (0, 0));
    let skip = Request { on_error: OnError::Skip, rejects: Rejects::Kept, ..request() };
    let report = import(&world, file, skip).await?;
    assert_eq!((report.ledger.created, report.ledger.rejected, report.ledger.skipped), (1, 7, 1));
    let codes: BTreeSet<&str> = report.problems.iter().map(|problem| problem.code.as_str()).collect();
    let expected = [
        "archived_account",
        "date_format",
        "event_id",
        "external_id_scientific",
        "future",
        "percent_scale",
        "unknown_account",
    ];
    let known = expected.iter().filter(|code| codes.contains(**code)).count();
    assert!(known >= 6 && codes.len() == 7, "{codes:?}");
    assert_eq!(days(&world, &["support_tickets", "csat"]).await?, ["a 2026-02-01 1 10000"]);
    // The rows that were put aside, mended, add up with those that went in.
    let rejected = std::fs::read_to_string(report.rejects_file.expect("a rejects file"))?;
    let mended: String = rejected
        .lines()
        .filter(|line| line.starts_with("Ticket") || line.starts_with("2,new") || line.starts_with("7,"))
        .map(|line| line.replacen("7,a,2026-02-01,9", "7,a,2026-02-01,4", 1) + "\n")
        .collect();
    world.account(&[("external_id", "new"), ("name", "New")]).await?;
    let report = import(&world, &mended, request()).await?;
    ensure!(report.applied, "{mended}: {:?}", report.problems);
    assert_eq!(days(&world, &["support_tickets", "csat"]).await?, ["a 2026-02-01 2 9000", "new 2026-02-01 1 10000"]);
    Ok(())
}

async fn doubles(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let same = "Ticket,Org,Created\n1,a,2026-02-01\n1,a,2026-02-01\n2,a,2026-02-01\n1,a,2026-02-01\n";
    let report = import(&world, same, tickets(COUNT)).await?;
    assert_eq!((report.ledger.created, report.ledger.skipped), (2, 2));
    assert!(report.notes.contains(&"skipped 2 duplicate events".into()), "{:?}", report.notes);
    let differ = "Ticket,Org,Created\n1,a,2026-02-02\n1,a,2026-02-03\n3,a,2026-02-01\n";
    let report = import(&world, differ, tickets(COUNT)).await?;
    ensure!(!report.applied && report.problems[0].code == "duplicate_key" && report.ledger.rejected == 2, "{report:?}");
    for (duplicates, day) in [(Duplicates::First, "a 2026-02-02 1"), (Duplicates::Last, "a 2026-02-03 1")] {
        ensure!(import(&world, differ, Request { duplicates, ..tickets(COUNT) }).await?.applied);
        assert_eq!(days(&world, &["support_tickets"]).await?, ["a 2026-02-01 2", day]);
    }
    // Of versions with times the latest counts, wherever it stands; and an older one that comes later is passed over.
    let dated = || tickets("updated = \"Updated\"\nsource = \"other\"\nsupport_tickets = \"count\"");
    let file = "Ticket,Org,Created,Updated\n1,b,2026-02-02,2026-02-03 10:00\n1,c,2026-02-01,2026-02-03 11:00\n1,b,2026-02-01,\n";
    let report = import(&world, file, dated()).await?;
    assert_eq!((report.ledger.created, report.ledger.skipped), (1, 2));
    assert!(report.notes.iter().any(|note| note.text == "skipped 2 older versions of events"), "{:?}", report.notes);
    let late = "Ticket,Org,Created,Updated\n1,b,2026-02-02,2026-02-03 10:59\n";
    assert_eq!(import(&world, late, dated()).await?.ledger.skipped, 1);
    let undated = "Ticket,Org,Created\n1,b,2026-02-02\n";
    assert_eq!(days(&world, &["support_tickets"]).await?, ["a 2026-02-01 2", "a 2026-02-03 1", "c 2026-02-01 1"]);
    // Of another source it is another event.
    let report = import(&world, undated, tickets("source = \"third\"\nsupport_tickets = \"count\"")).await?;
    assert_eq!(report.ledger.created, 1);
    Ok(())
}

async fn full_days(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let full = |text: &str| Request {
        mapping: Mapping::parse(
            "m.toml",
            &format!("[columns]\naccount = \"Org\"\nmetric_date = \"Created\"\n[aggregate]\ndays = \"full\"\n{text}"),
        )
        .expect("a mapping"),
        ..Request::default()
    };
    let file = "Org,Created\na,2026-02-01\na,2026-02-01\nb,2026-02-01\n";
    let report = import(&world, file, full(COUNT)).await?;
    assert_eq!((report.ledger.created, kept(&world).await?), (3, 0));
    assert_eq!(days(&world, &["support_tickets"]).await?, ["a 2026-02-01 2", "b 2026-02-01 1"]);
    let report = import(&world, "Org,Created\na,2026-02-01\n", full(COUNT)).await?;
    assert_eq!((report.ledger.updated, report.ledger.days.map(|days| days.updated)), (1, Some(1)));
    assert_eq!(days(&world, &["support_tickets"]).await?, ["a 2026-02-01 1", "b 2026-02-01 1"]);
    // Ids, where there are some, tell doubles within the file.
    let file = "Ticket,Org,Created\n1,c,2026-02-01\n1,c,2026-02-01\n,c,2026-02-01\n,c,2026-02-01\n";
    let report = import(&world, file, full(&format!("id = \"Ticket\"\n{COUNT}"))).await?;
    assert_eq!((report.ledger.created, report.ledger.skipped), (3, 1));
    assert_eq!(days(&world, &["support_tickets"]).await?[2], "c 2026-02-01 3");
    Ok(())
}

async fn what_wins(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let plain = "account,metric_date,support_tickets,active_users\na,2026-02-01,9,1\nb,2026-02-01,9,1\n";
    import(&world, plain, Request::default()).await?;
    let file = "Ticket,Org,Created\n1,a,2026-02-01\n2,a,2026-02-01\n";
    let report = import(&world, file, tickets(COUNT)).await?;
    assert_eq!(report.ledger.days.map(|days| days.updated), Some(1));
    let fields = ["support_tickets", "active_users"];
    assert_eq!(days(&world, &fields).await?, ["a 2026-02-01 2 1", "b 2026-02-01 9 1"]);
    // A plain file writes the other fields of the day, and all of other days.
    let plain = plain.replace(",9,1", ",7,5");
    let dry = import(&world, &plain, Request { dry_run: true, ..Request::default() }).await?;
    let report = import(&world, &plain, Request::default()).await?;
    assert_eq!((dry.ledger, &dry.warnings), (report.ledger, &report.warnings));
    assert!(
        report.warnings.iter().any(|warning| warning.text.starts_with("support_tickets was left unchanged in 1 row")),
        "{:?}",
        report.warnings
    );
    assert_eq!(days(&world, &fields).await?, ["a 2026-02-01 2 5", "b 2026-02-01 7 5"]);
    let again = import(&world, &plain, Request::default()).await?;
    assert_eq!((again.ledger.unchanged, again.ledger.updated), (2, 0));
    // By hand it is written, until an event of the day comes again.
    let by_hand = given(&[("account", "a"), ("metric_date", "2026-02-01"), ("support_tickets", "50")]);
    ops::entries::put(&world, &METRIC, &by_hand, false).await?;
    assert_eq!(days(&world, &fields).await?[0], "a 2026-02-01 50 5");
    import(&world, "Ticket,Org,Created\n3,a,2026-02-01\n", tickets(COUNT)).await?;
    assert_eq!(days(&world, &fields).await?[0], "a 2026-02-01 3 5");
    // The last event of a day that moves away takes its number along, and nothing else.
    let moved = "Ticket,Org,Created\n1,b,2026-02-05\n2,b,2026-02-05\n3,b,2026-02-05\n";
    import(&world, moved, tickets(COUNT)).await?;
    assert_eq!(days(&world, &fields).await?, ["a 2026-02-01 null 5", "b 2026-02-01 7 5", "b 2026-02-05 3 null"]);
    Ok(())
}

async fn too_much(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let request =
        || Request { on_error: OnError::Skip, rejects: Rejects::Kept, ..tickets("login_frequency = \"sum(Logins)\"") };
    let file = "Ticket,Org,Created,Logins\n1,a,2026-02-01,2147483647\n2,b,2026-02-01,2147483647\n3,b,2026-02-01,1\n4,b,2026-02-02,1\n";
    let report = import(&world, file, request()).await?;
    assert_eq!((report.ledger.created, report.ledger.rejected), (2, 2));
    assert_eq!((report.problems[0].code.as_str(), report.problems[0].examples.as_slice()), ("count", &[2_u64, 3][..]));
    // With what is kept it would be too much, too: the day stays.
    let report = import(&world, "Ticket,Org,Created,Logins\n5,a,2026-02-01,1\n4,a,2026-02-01,1\n", request()).await?;
    assert_eq!((report.ledger.rejected, report.ledger.days.map(|days| days.days)), (2, Some(0)));
    assert_eq!(days(&world, &["login_frequency"]).await?, ["a 2026-02-01 2147483647", "b 2026-02-02 1"]);
    assert_eq!(kept(&world).await?, 2);
    Ok(())
}

async fn undone(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let start = content(&world).await?;
    let first =
        import(&world, "Ticket,Org,Created\n1,a,2026-02-01\n2,a,2026-02-01\n3,b,2026-02-01\n", tickets(COUNT)).await?;
    let second = import(&world, "Ticket,Org,Created\n4,a,2026-02-01\n", tickets(COUNT)).await?;
    let between = content(&world).await?;
    // The day that somebody wrote since stays, and so do its events: the rest goes.
    let undone = undo(&world, first.operation.expect("an operation")).await?;
    assert_eq!(undone.left.iter().map(|left| left.code).collect::<Vec<_>>(), ["changed_since"], "{:?}", undone.left);
    assert_eq!(
        (days(&world, &["support_tickets"]).await?, kept(&world).await?),
        (vec!["a 2026-02-01 3".to_owned()], 3)
    );
    let by = undone.operation.expect("something was undone");
    undo(&world, by).await?;
    ensure!(content(&world).await? == between);
    for report in [second, first] {
        assert_eq!(undo(&world, report.operation.expect("an operation")).await?.ledger.skipped, 0);
    }
    ensure!(content(&world).await? == start);
    // Deleted days come back as their events come again.
    import(&world, "Ticket,Org,Created\n1,a,2026-02-01\n2,b,2026-02-01\n", tickets(COUNT)).await?;
    let request = bulk::Request {
        noun: &METRIC,
        action: bulk::BulkAction::Delete,
        all: true,
        filter: Vec::new(),
        ids: None,
        dry_run: false,
        max_affected: None,
        expect: None,
        plan: None,
        expect_preview: None,
        most_told: None,
    };
    bulk::run(&world, request, &mut |_, _| Ok(())).await?;
    assert_eq!(days(&world, &["support_tickets"]).await?, [""; 0]);
    import(&world, "Ticket,Org,Created\n3,a,2026-02-01\n2,a,2026-02-02\n", tickets(COUNT)).await?;
    assert_eq!(days(&world, &["support_tickets"]).await?, ["a 2026-02-01 2", "a 2026-02-02 1"]);
    Ok(())
}

async fn merged(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let file = "Ticket,Org,Created\n1,a,2026-02-01\n2,b,2026-02-01\n3,b,2026-02-02\n";
    import(&world, file, tickets(COUNT)).await?;
    let before = content(&world).await?;
    let merge = ops::merge::merge(&world, "a", &["b".to_owned()], None, false).await?;
    let events = merge.children.iter().find(|(called, _)| *called == "metric events").expect("events");
    assert_eq!(events.1.moved, 2);
    // The next file of the same events adds up what is one customer's now.
    import(&world, file, tickets(COUNT)).await?;
    assert_eq!(days(&world, &["support_tickets"]).await?, ["a 2026-02-01 2", "a 2026-02-02 1"]);
    for operation in world.operations().await?.iter().take(2) {
        assert_eq!(undo(&world, operation.id).await?.ledger.skipped, 0);
    }
    ensure!(content(&world).await? == before);
    Ok(())
}

async fn refusals(backend: &Backend) -> Result<()> {
    let world = book(backend).await?;
    let before = everything(&world.db, &world.scope()).await?;
    let file = "Ticket,Org,Created,Score\n1,a,2026-02-01,5\n";
    let mapped =
        |text: &str| Request { mapping: Mapping::parse("m.toml", text).expect("a mapping"), ..Request::default() };
    let no_id =
        mapped("[columns]\naccount = \"Org\"\nmetric_date = \"Created\"\n[aggregate]\nsupport_tickets = \"count\"");
    let error = import(&world, file, no_id).await.expect_err("ids are missing");
    let hint = error.hints.to_string();
    assert!(
        error.code == "aggregate" && hint.contains("id = \"COLUMN\"") && hint.contains("days = \"full\""),
        "{error} {hint}"
    );
    let beside = mapped(
        "[columns]\naccount = \"Org\"\nmetric_date = \"Created\"\nsentiment = \"Score\"\n[aggregate]\nid = \"Ticket\"\nsupport_tickets = \"count\"",
    );
    assert_eq!(refused(import(&world, file, beside).await), "aggregate");
    for request in [Request { mode: Mode::Create, ..tickets(COUNT) }, Request { key: Some(Key::Id), ..tickets(COUNT) }]
    {
        assert_eq!(refused(import(&world, file, request).await), "aggregate");
    }
    assert_eq!(
        refused(
            world
                .import("external_id,name\n1,A\n", mapped("[aggregate]\nid = \"external_id\"\nnps = \"mean(name)\"\n"))
                .await
        ),
        "unknown_field"
    );
    let unknown = tickets("support_tickets = \"count(Prio = 'x')\"");
    assert_eq!(refused(import(&world, file, unknown).await), "unknown_header");
    // A scale that is not told is asked for, as of any percentage.
    let unscaled = mapped(
        "[columns]\naccount = \"Org\"\nmetric_date = \"Created\"\n[aggregate]\nid = \"Ticket\"\ncsat = \"mean(Score)\"",
    );
    assert!(refused(import(&world, file, unscaled).await).contains("scale"));
    assert_eq!(everything(&world.db, &world.scope()).await?, before);
    Ok(())
}

/// Every statement that only events run.
pub(crate) async fn once(world: &World) -> Result<()> {
    accounts(world).await?;
    let lines =
        "updated = \"Updated\"\nsupport_tickets = \"count\"\ncsat = \"mean(Score)\"\nlogin_frequency = \"sum(Logins)\"";
    let file = "Ticket,Org,Created,Updated,Score,Logins\n1,a,2026-02-01,2026-02-01,5,1\n1,a,2026-02-01,2026-02-02,5,1\n\
                2,a,2026-02-01,,5,2147483647\n3,a,2026-02-01,,5,2147483647\n4,b,2026-02-01,,,1\n";
    for day in ["2026-02-01", "2026-02-03"] {
        for duplicates in [Duplicates::Reject, Duplicates::First] {
            let file = file.replace("2026-02-01,2026-02-02", &format!("{day},2026-02-02"));
            let request = Request { on_error: OnError::Skip, duplicates, tell_rows: true, ..tickets(lines) };
            world.import_of(&METRIC, &file, request).await?;
        }
    }
    let undated = tickets(lines.trim_start_matches("updated = \"Updated\"\n"));
    let undated = Request { on_error: OnError::Skip, duplicates: Duplicates::Last, ..undated };
    world.import_of(&METRIC, &file.replace("2026-02-01,,5", "2026-02-04,,5"), undated).await?;
    let plain = "account,metric_date,support_tickets,csat\na,2026-02-01,9,80\nb,2026-02-01,9,\n";
    world.import_of(&METRIC, plain, Request::default()).await?;
    let done = world.operations().await?.into_iter().filter(|operation| operation.status == "done");
    for operation in done.take(3) {
        undo(world, operation.id).await?;
    }
    Ok(())
}

/// Events of the same source and id, and of the same accounts by name: only our own are found, moved and counted.
pub(crate) async fn apart(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    let scope = &ours.scope();
    let bit = |name: &str| METRIC.field(name).expect("a field").0;
    let staging = Staging {
        noun: &METRIC,
        fields: vec![bit("account"), bit("metric_date"), bit("support_tickets")],
        key: Key::Account,
        headers: Vec::new(),
        account_lookup: AccountLookup::Key,
        merge_custom: false,
        skips: false,
        events: Some(Events {
            source: String::new(),
            id: Some("Ticket".into()),
            dated: false,
            kept: true,
            fields: vec![(bit("support_tickets"), Fold::Sum)],
        }),
        source: StatusSource::Import,
        row_rules: RowRules::default(),
    };
    assert!(kept(theirs).await? > 0);
    let text = |text: &str| Value::Text(text.to_owned());
    let row = |n, account: &str, date: &str, event: &str| StagedRow {
        n,
        id: ours.ids.next(),
        match_id: None,
        key: None,
        present: staging.fields.iter().map(|bit| 1_i64 << bit).sum(),
        values: vec![
            Value::Null,
            text(account),
            Value::Null,
            Value::Date(day::day(date).expect("a day")),
            Value::Integer(1),
            text(event),
        ],
    };
    let mut conn = ours.db.hold(&ours.scope()).await?;
    staging.create(&mut conn).await?;
    let mut encoder = Encoder::new(ours.db.engine(), &staging);
    encoder.row(row(1, "a0", "2026-02-03", "t1"));
    encoder.row(row(2, "a0", "2026-02-01", "t9"));
    let (sender, mut batches) = tokio::sync::mpsc::channel(1);
    sender.send(encoder.take()).await?;
    drop(sender);
    let mut tx = conn.write(scope, Lock::Exclusive).await?;
    let tx = &mut tx;
    staging.load(tx, &mut batches, &mut |_| {}).await?;
    staging.find_accounts(tx, scope).await?;
    called.insert("staging::make_days");
    staging.make_days(tx, scope).await?;
    // Both are new to us, though theirs have one of them.
    assert_eq!(staging.event_counts(tx).await?, Some(EventCounts { new: 2, changed: 0, known: 0 }));
    staging.find_matches(tx, scope).await?;
    staging.hold_to_mode(tx, Mode::Upsert).await?;
    called.insert("staging::leave_to_events");
    let plain = Staging { events: None, ..staging.clone() };
    assert!(plain.leave_to_events(tx, scope).await?.is_empty());
    staging.compare(tx, scope).await?;
    let ledger = staging.ledger(tx, 2).await?;
    assert_eq!(ledger.days.map(|days| days.days), Some(2));
    let stamp = Stamp {
        operation: ours.ids.next(),
        now: ours.clock.now(),
        effective_on: ours.clock.today(),
        user: ours.user.id,
    };
    called.insert("staging::keep_events");
    staging.keep_events(tx, scope, stamp).await?;
    let sql = "select count(*) from metric_events k where k.organization_id = $1 and k.event_key in ('t1', 't9')";
    let (count,): (i64,) = tx.of(scope, sql).fetch_one().await?;
    assert_eq!(count, 2);
    Ok(())
}

/// Events that only they have, under an id that ours will have too.
pub(crate) async fn neighbour(theirs: &World) -> Result<()> {
    let report = import(theirs, "Ticket,Org,Created\nt1,a0,2026-02-01\nt2,a0,2026-02-01\n", tickets(COUNT)).await?;
    ensure!(report.applied, "{:?}", report.problems);
    Ok(())
}
