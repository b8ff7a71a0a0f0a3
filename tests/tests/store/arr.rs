//! ARR over time: books made by the real writes add up to the cent, and equal what plain bookkeeping makes of the same story.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Result, ensure};
use chrono::{Days, NaiveDate};
use fastenr_core::arr::{Amount, ArrChange, ChangeKind, Facts, Figures, Period, as_of};
use fastenr_core::import::request::{OnError, Report, Request};
use fastenr_core::model::arr_change::{ARR_CHANGE, ArrChangeKind, GroupBy};
use fastenr_core::model::entry::Entry;
use fastenr_core::model::filter::Page;
use fastenr_core::model::selection::Selection;
use fastenr_core::money::Cents;
use fastenr_core::ops::organizations::OrganizationChange;
use fastenr_core::ops::{self, selection};
use fastenr_tests::harness::{Backend, Tests};
use futures_util::TryStreamExt;
use proptest::prelude::*;

use crate::import_laws::holds;
use fastenr_tests::world::{World, everything, given, query, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/arr/books_add_up", books_add_up);
    tests.both("store/arr/a_past_is_loaded_and_chained", a_past_is_loaded_and_chained);
    tests.both("store/arr/a_past_that_ends_elsewhere_is_rejected", mismatches);
    tests.both("store/arr/several_values_of_a_day_go_by_ids", several_values_of_a_day);
    tests.both("store/arr/corrections_move_nothing", corrections);
    tests.both("store/arr/who_is_counted", who_is_counted);
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn skipping() -> Request {
    Request { on_error: OnError::Skip, ..Request::default() }
}

async fn import(world: &World, file: &str, request: Request) -> fastenr_core::Result<Report> {
    ops::import::run(world, &ARR_CHANGE, world.source(file)?, request, &mut |_| {}).await
}

/// Created, updated, unchanged, rejected.
fn counts(report: &Report) -> (u64, u64, u64, u64) {
    let ledger = &report.ledger;
    assert!(ledger.holds(), "{ledger:?}");
    (ledger.created, ledger.updated, ledger.unchanged, ledger.rejected)
}

fn codes(report: &Report) -> Vec<&str> {
    report.problems.iter().map(|problem| problem.code.as_str()).collect()
}

/// The history of an account: day, kind, before, after, in order.
async fn history(world: &World, name: &str) -> Result<Vec<(String, String, Option<String>, Option<String>)>> {
    let account = world.get(name).await?.id;
    let sql = "select c.effective_on, c.kind, c.old_value, c.new_value from account_changes c \
               where c.organization_id = $1 and c.field = 'arr' and c.account_id = $2 \
               order by c.effective_on, c.created_at, c.id";
    let mut tx = world.db.read().await?;
    let rows: Vec<(NaiveDate, String, Option<String>, Option<String>)> =
        tx.of(&world.scope(), sql).bind(account).fetch_all().await?;
    Ok(rows.into_iter().map(|(on, kind, old, new)| (on.to_string(), kind, old, new)).collect())
}

/// `2024-01-01 change – 100`, amounts in cents.
async fn told(world: &World, name: &str) -> Result<Vec<String>> {
    let none = || "–".to_owned();
    let line = |(on, kind, old, new): (String, String, Option<String>, Option<String>)| {
        format!("{on} {kind} {} {}", old.unwrap_or_else(none), new.unwrap_or_else(none))
    };
    Ok(history(world, name).await?.into_iter().map(line).collect())
}

async fn summary(world: &World, from: &str, to: &str, by: Option<GroupBy>) -> Result<ops::arr::ArrReport> {
    let period = Period::new(day(from), day(to)).unwrap();
    Ok(ops::arr::summary(world, &Selection::default(), period, by).await?)
}

async fn a_past_is_loaded_and_chained(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world
        .account(&[("name", "A"), ("external_id", "a"), ("arr", "150"), ("created_at", "2020-01-01T00:00:00Z")])
        .await?;
    let later = world.at("2026-04-01T07:00:00Z");
    later.update("a", &[("arr", "200"), ("status", "at_risk")]).await?;
    assert_eq!(told(&world, "a").await?, ["2026-04-01 change 15000 20000"]);

    // The first point is the beginning, whatever stood before the change that was there.
    let past = "account,Month,ARR\na,2024-01-01,100\na,2025-01-01,150\n";
    let now = world.at("2026-04-02T07:00:00Z");
    let dry = import(&now, past, Request { dry_run: true, ..Request::default() }).await?;
    assert_eq!(counts(&dry), (2, 0, 0, 0));
    assert_eq!(counts(&import(&now, past, Request::default()).await?), (2, 0, 0, 0));
    let loaded = ["2024-01-01 change – 10000", "2025-01-01 change 10000 15000", "2026-04-01 change 15000 20000"];
    assert_eq!(told(&now, "a").await?, loaded);
    let before = everything(&now.db, &now.scope()).await?["account_changes"].clone();
    assert_eq!(counts(&import(&now.at("2026-04-03T07:00:00Z"), past, Request::default()).await?), (0, 0, 2, 0));
    assert_eq!(everything(&now.db, &now.scope()).await?["account_changes"], before, "twice is once");

    // A point between moves what follows; the line after it is kept as it was, with the bit of what changed.
    let between = "account,date,arr,kind\na,2024-06-01,120,change\na,2025-01-01,140,correction\n";
    assert_eq!(counts(&import(&now, between, Request::default()).await?), (1, 1, 0, 0));
    assert_eq!(
        told(&now, "a").await?,
        [
            "2024-01-01 change – 10000",
            "2024-06-01 change 10000 12000",
            "2025-01-01 correction 12000 14000",
            "2026-04-01 change 14000 20000"
        ]
    );
    let kept: Vec<(String, String, String, i64)> = query(
        &now.db,
        "select b.field, b.old_value, b.new_value, b.changed from account_changes_before b order by b.old_value",
    )
    .await?;
    let bit = |name: &str| 1_i64 << ARR_CHANGE.field(name).unwrap().0;
    let row = |old: &str, new: &str, changed| ("arr".to_owned(), old.to_owned(), new.to_owned(), changed);
    let own = bit("arr") | bit("kind") | bit("old_arr");
    assert_eq!(kept, [row("10000", "15000", own), row("15000", "20000", bit("old_arr"))]);
    let versions: Vec<(i64,)> =
        query(&now.db, "select c.version from account_changes c where c.field = 'arr' order by c.effective_on").await?;
    assert_eq!(versions, [(1,), (1,), (2,), (2,)]);
    let others: Vec<(String, String)> =
        query(&now.db, "select c.field, c.new_value from account_changes c where c.field <> 'arr'").await?;
    assert_eq!(others, [("status".to_owned(), "at_risk".to_owned())], "other histories are left alone");

    // What a list shows comes back without a change, by its ids and by its days.
    let listed = entries(&now).await?;
    let by_id: String = listed.iter().fold("id,account,effective_on,arr,kind\n".into(), |mut file, line| {
        let _ = writeln!(file, "{},{},{},{},{}", line[0], line[1], line[2], line[3], line[4]);
        file
    });
    assert_eq!(counts(&import(&now, &by_id, Request::default()).await?), (0, 0, 4, 0));
    let by_day = by_id.lines().map(|line| line.split_once(',').unwrap().1).collect::<Vec<_>>().join("\n");
    assert_eq!(counts(&import(&now, &by_day, Request::default()).await?), (0, 0, 4, 0));

    // By its id a point may be given another day: one that becomes the first begins the history.
    let moved = format!("id,effective_on\n{},2023-01-01\n", listed[1][0]);
    assert_eq!(counts(&import(&now, &moved, Request::default()).await?), (0, 1, 0, 0));
    assert_eq!(told(&now, "a").await?[..2], ["2023-01-01 change – 12000", "2024-01-01 change 12000 10000"]);

    world.account(&[("name", "B"), ("external_id", "b")]).await?;
    let stolen = format!("id,account\n{},b\n", listed[1][0]);
    assert_eq!(codes(&import(&now, &stolen, skipping()).await?), ["other_account"]);
    Ok(())
}

/// All records in the order of their days, as a list shows them: id, account, day, ARR, kind.
async fn entries(world: &World) -> Result<Vec<Vec<String>>> {
    let order = selection::order(&ARR_CHANGE, "effective_on:asc").unwrap();
    let chosen = selection::selection(world, &ARR_CHANGE, [("kind", "change,correction")]).await?;
    let mut tx = world.db.read().await?;
    let all: Vec<_> = ops::lists::stream::<Entry>(&mut tx, world, &ARR_CHANGE, &chosen, order)?.try_collect().await?;
    let names = ["id", "account", "effective_on", "arr", "kind"];
    let cells = |entry: &Entry| {
        let fields = names.iter().map(|name| ARR_CHANGE.field(name).unwrap().1);
        fields.map(|field| field.text(&entry.value(field)).into_owned()).collect()
    };
    Ok(all.iter().map(cells).collect())
}

async fn mismatches(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    for (name, arr) in [("a", "100"), ("b", "200.50"), ("none", ""), ("zero", "0")] {
        world.account(&[("name", name), ("external_id", name), ("arr", arr)]).await?;
    }
    let before = everything(&world.db, &world.scope()).await?["account_changes"].clone();
    let file = "account,date,arr\na,2024-01-01,90\na,2025-01-01,99.99\nb,2024-01-01,100\nb,2025-01-01,200.5\n\
                none,2025-01-01,5\nzero,2024-01-01,5\nzero,2025-01-01,0\n";
    let stopped = import(&world, file, Request::default()).await?;
    assert_eq!((counts(&stopped), stopped.applied), ((4, 0, 0, 3), false));
    assert_eq!(everything(&world.db, &world.scope()).await?["account_changes"], before);

    let report = import(&world, file, skipping()).await?;
    assert_eq!((counts(&report), report.applied), ((4, 0, 0, 3), true));
    assert!(codes(&report).iter().all(|code| *code == "arr_mismatch"), "{:?}", report.problems);
    let values: Vec<_> = report.problems.iter().map(|problem| problem.value.as_deref().unwrap_or_default()).collect();
    assert_eq!(
        values,
        ["it would end with 99.99, the account has 100.00", "it would end with 5.00, the account has 0.00"]
    );
    assert!(told(&world, "a").await?.is_empty() && told(&world, "none").await?.is_empty());
    assert_eq!(told(&world, "zero").await?, ["2024-01-01 change – 500", "2025-01-01 change 500 0"]);

    // With a change after it, a point may say anything; a row that is bad takes its account's history with it if it is the end.
    world.at("2026-03-02T07:00:00Z").update("a", &[("arr", "300")]).await?;
    let now = world.at("2026-03-03T07:00:00Z");
    assert_eq!(counts(&import(&now, "account,date,arr\na,2025-01-01,7\n", Request::default()).await?), (1, 0, 0, 0));
    assert_eq!(told(&now, "a").await?, ["2025-01-01 change – 700", "2026-03-02 change 700 30000"]);
    let bad = import(&now, "account,date,arr\nb,2025-06-01,3\nb,2025-07-01,x\n", skipping()).await?;
    let mut told_codes = codes(&bad);
    told_codes.sort_unstable();
    assert_eq!((counts(&bad), told_codes), ((0, 0, 0, 2), vec!["arr_mismatch", "number_format"]));
    for (file, code) in [
        ("account,date,arr\na,2026-03-04,1\n", "future"),
        ("account,date,arr\na,2025-02-01,\n", "required"),
        ("account,date,arr\na,2025-02-01,-1\n", "arr_range"),
        ("account,date,arr\nnobody,2025-02-01,1\n", "unknown_account"),
        ("account,date,arr\na,2025-02-01,1\na,2025-02-01,1\n", "duplicate_key"),
        ("account,date,arr,kind\na,2025-02-01,1,wish\n", "arr_kind"),
    ] {
        let report = import(&now, file, skipping()).await?;
        assert_eq!((codes(&report)[0], report.ledger.created), (code, 0), "{file}");
    }
    Ok(())
}

async fn several_values_of_a_day(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("name", "A"), ("external_id", "a"), ("arr", "1")]).await?;
    world.at("2026-03-01T08:00:00Z").update("a", &[("arr", "2")]).await?;
    world.at("2026-03-01T09:00:00Z").update("a", &[("arr", "3")]).await?;
    let now = world.at("2026-03-02T08:00:00Z");
    let report = import(&now, "account,date,arr\na,2026-03-01,3\n", skipping()).await?;
    assert_eq!((codes(&report), counts(&report)), (vec!["ambiguous_key"], (0, 0, 0, 1)));
    let lines = entries(&now).await?;
    let file: String = lines.iter().fold("id,account,date,arr\n".into(), |mut file, line| {
        let _ = writeln!(file, "{},{},{},{}", line[0], line[1], line[2], line[3]);
        file
    });
    assert_eq!(counts(&import(&now, &file, Request::default()).await?), (0, 0, 2, 0));
    let file = file.replace(",2.00\n", ",2.5\n");
    assert_eq!(counts(&import(&now, &file, Request::default()).await?), (0, 1, 1, 0));
    assert_eq!(told(&now, "a").await?, ["2026-03-01 change 100 250", "2026-03-01 change 250 300"]);
    Ok(())
}

async fn corrections(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let start = ("created_at", "2025-01-01T00:00:00Z");
    for name in ["a", "b", "c"] {
        world.account(&[("name", name), ("external_id", name), ("arr", "9000.50"), start]).await?;
    }
    let correction = ArrChangeKind::Correction;
    let update = ops::accounts::update_as(&world, "a", &given(&[("arr", "90000.50")]), None, correction, false).await?;
    assert_eq!(update.changes.len(), 1);
    let needs_arr = ops::accounts::update_as(&world, "a", &given(&[("seats", "1")]), None, correction, false).await;
    assert_eq!(refused(needs_arr), "arr_as");
    let file = "external_id,arr,seats\nb,90000.5,4\n";
    world.import(file, Request { arr_as_correction: true, ..Request::default() }).await?;
    world.import(&file.replace('b', "c"), Request::default()).await?;
    assert_eq!(told(&world, "a").await?, ["2026-03-01 correction 900050 9000050"]);
    assert_eq!(told(&world, "b").await?, ["2026-03-01 correction 900050 9000050"]);
    assert_eq!(told(&world, "c").await?, ["2026-03-01 change 900050 9000050"]);
    let kinds: Vec<(String, String)> =
        query(&world.db, "select c.field, c.kind from account_changes c where c.field <> 'arr' order by c.id").await?;
    assert!(kinds.iter().all(|(field, kind)| field == "seats" && kind == "change"), "{kinds:?}");
    let total = summary(&world, "2026-01-01", "2026-03-01", None).await?.total;
    assert_eq!((total.expansion, total.new), (amount(1, 8_100_000), Amount::default()));
    assert_eq!(total.opening, amount(3, 2 * 9_000_050 + 900_050));
    Ok(())
}

fn amount(accounts: u64, cents: i64) -> Amount {
    Amount { accounts, arr: Cents(cents) }
}

async fn who_is_counted(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    let change = OrganizationChange {
        slug: Some("east".into()),
        time_zone: Some("Pacific/Auckland".into()),
        ..OrganizationChange::default()
    };
    let world = first.organization_of(change).await?;
    // 1 June there, the last of May elsewhere.
    let created = ("created_at", "2025-05-31T20:00:00Z");
    for (name, status, churned_on) in
        [("kept", "active", ""), ("gone", "churned", "2025-07-01"), ("lost", "churned", ""), ("old", "active", "")]
    {
        let values = [("name", name), ("size", "small"), ("status", status), ("churned_on", churned_on), ("arr", "10")];
        world.account(&[&values[..], &[created]].concat()).await?;
    }
    ops::accounts::set_archived(&world, "old", true, None, false).await?;
    world.account(&[("name", "no size"), ("arr", "5"), created]).await?;
    let figures = |report: &ops::arr::ArrReport| {
        let Figures { opening, new, churn, closing, undated, .. } = report.total;
        [opening, new, churn, closing, undated]
    };
    let none = Amount::default();
    let june = summary(&world, "2025-06-01", "2025-06-30", None).await?;
    assert_eq!(figures(&june), [none, amount(3, 25_00), none, amount(3, 25_00), amount(1, 10_00)]);
    let july = summary(&world, "2025-07-01", "2025-07-31", Some(GroupBy::Size)).await?;
    assert_eq!(figures(&july), [amount(3, 25_00), none, amount(1, 10_00), amount(2, 15_00), amount(1, 10_00)]);
    let names: Vec<_> = july.groups.iter().map(|group| group.name.as_deref()).collect();
    assert_eq!(names, [Some("small"), None]);
    let filter = Selection::everything();
    let all = ops::arr::summary(&world, &filter, july.period, None).await?;
    assert_eq!((all.total.closing, all.groups.len()), (amount(3, 25_00), 0));
    let merged = "update accounts set merged_into = id where name = 'kept'";
    fastenr_tests::world::execute(&world.db, merged).await?;
    assert_eq!(summary(&world, "2025-07-01", "2025-07-31", None).await?.total.closing, amount(1, 5_00));
    Ok(())
}

/// What happens to the accounts of a book, one thing a day or so.
#[derive(Debug, Clone)]
enum Event {
    Create {
        size: usize,
        arr: i64,
        contract: Option<u64>,
    },
    /// By a single write or by an import.
    Set {
        account: usize,
        arr: i64,
        correction: bool,
        bulk: bool,
    },
    Churn {
        account: usize,
        back: Option<u64>,
    },
    Return {
        account: usize,
    },
    /// Days ago, and the ARR from then on.
    Load {
        account: usize,
        points: BTreeMap<u64, i64>,
        fitting: bool,
    },
}

const START: &str = "2025-01-01";
const SIZES: [&str; 3] = ["small", "large", ""];

fn cents() -> impl Strategy<Value = i64> {
    prop_oneof![2 => Just(0_i64), 5 => 1_i64..500, 5 => 1_i64..10_000_000]
}

fn event() -> impl Strategy<Value = Event> {
    let account = 0_usize..6;
    prop_oneof![
        3 => (0_usize..3, cents(), proptest::option::of(0_u64..90))
            .prop_map(|(size, arr, contract)| Event::Create { size, arr, contract }),
        5 => (account.clone(), cents(), any::<bool>(), any::<bool>())
            .prop_map(|(account, arr, correction, bulk)| Event::Set { account, arr, correction, bulk }),
        1 => (account.clone(), proptest::option::of(0_u64..40)).prop_map(|(account, back)| Event::Churn { account, back }),
        1 => account.clone().prop_map(|account| Event::Return { account }),
        3 => (account, proptest::collection::btree_map(0_u64..120, cents(), 1..4), prop::bool::weighted(0.8))
            .prop_map(|(account, points, fitting)| Event::Load { account, points, fitting }),
    ]
}

/// One account, kept by hand.
#[derive(Debug, Clone)]
struct ModelAccount {
    name: String,
    size: &'static str,
    facts: Facts,
}

/// The changes in their order, each as it was before the next step.
fn rechain(facts: &mut Facts, first_is_new: bool) {
    facts.changes.sort_by_key(|change| change.effective_on);
    let mut before = if first_is_new { None } else { facts.changes.first().and_then(|change| change.old) };
    for change in &mut facts.changes {
        change.old = before;
        before = change.new;
    }
}

fn money(cents: i64) -> String {
    Cents(cents).to_string()
}

async fn happen(world: &World, today: NaiveDate, book: &mut Vec<ModelAccount>, event: &Event) -> Result<()> {
    let count = book.len();
    match event {
        Event::Create { size, arr, contract } => {
            let contract_start = contract.and_then(|back| today.checked_sub_days(Days::new(back)));
            let name = format!("A-{count}");
            let start = contract_start.map(|day| day.to_string()).unwrap_or_default();
            let values =
                [("name", name.as_str()), ("external_id", &name), ("arr", &money(*arr)), ("size", SIZES[*size])];
            world.account(&[&values[..], &[("contract_start", start.as_str())]].concat()).await?;
            let facts = Facts {
                created_on: today,
                contract_start,
                arr: Some(*arr),
                churned: false,
                churned_on: None,
                changes: Vec::new(),
            };
            book.push(ModelAccount { name, size: SIZES[*size], facts });
        }
        _ if count == 0 => {}
        Event::Set { account, arr, correction, bulk } => {
            let ModelAccount { name, facts, .. } = &mut book[account % count];
            if *bulk {
                let request = Request { arr_as_correction: *correction, ..Request::default() };
                world.import(&format!("external_id,arr\n{name},{}\n", money(*arr)), request).await?;
            } else {
                let kind = if *correction { ArrChangeKind::Correction } else { ArrChangeKind::Change };
                ops::accounts::update_as(world, name, &given(&[("arr", &money(*arr))]), None, kind, false).await?;
            }
            if facts.arr != Some(*arr) {
                let kind = if *correction { ChangeKind::Correction } else { ChangeKind::Change };
                facts.changes.push(ArrChange { effective_on: today, kind, old: facts.arr, new: Some(*arr) });
                facts.arr = Some(*arr);
            }
        }
        Event::Churn { account, back } => {
            let ModelAccount { name, facts, .. } = &mut book[account % count];
            facts.churned = true;
            facts.churned_on = back.and_then(|back| today.checked_sub_days(Days::new(back)));
            let on = facts.churned_on.map(|day| day.to_string()).unwrap_or_default();
            world.update(name, &[("status", "churned"), ("churned_on", &on)]).await?;
        }
        Event::Return { account } => {
            let ModelAccount { name, facts, .. } = &mut book[account % count];
            facts.churned = false;
            world.update(name, &[("status", "active")]).await?;
        }
        Event::Load { account, points, fitting } => {
            let kept = &mut book[account % count];
            let mut points: BTreeMap<NaiveDate, i64> =
                points.iter().map(|(ago, arr)| (today.checked_sub_days(Days::new(*ago)).unwrap(), *arr)).collect();
            if *fitting && let Some(mut last) = points.last_entry() {
                last.insert(kept.facts.arr.unwrap_or(0));
            }
            load(world, kept, &points).await?;
        }
    }
    Ok(())
}

/// Loads points, and says by hand what must come of it.
async fn load(world: &World, kept: &mut ModelAccount, points: &BTreeMap<NaiveDate, i64>) -> Result<()> {
    let mut file = String::from("account,date,arr\n");
    points.iter().for_each(|(on, arr)| writeln!(file, "{},{on},{}", kept.name, money(*arr)).unwrap());
    let mut facts = kept.facts.clone();
    let (mut made, mut updated, mut same, mut rejected) = (0, 0, 0, 0);
    let first_before = facts.changes.first().map(|change| change.effective_on);
    let mut beginning = false;
    for (on, arr) in points {
        let mut there = facts.changes.iter_mut().filter(|change| change.effective_on == *on);
        match (there.next(), there.next()) {
            (Some(_), Some(_)) => rejected += 1,
            (Some(change), None) if change.new == Some(*arr) => same += 1,
            (Some(change), None) => {
                change.new = Some(*arr);
                updated += 1;
            }
            (None, _) => {
                beginning |= first_before.is_none_or(|first| *on < first);
                let kind = ChangeKind::Change;
                facts.changes.push(ArrChange { effective_on: *on, kind, old: None, new: Some(*arr) });
                made += 1;
            }
        }
    }
    rechain(&mut facts, beginning);
    let ends = facts.changes.last().and_then(|change| change.new);
    if made + updated > 0 && ends != facts.arr {
        (made, updated, rejected) = (0, 0, rejected + made + updated);
        facts = kept.facts.clone();
    } else if made + updated == 0 {
        facts = kept.facts.clone();
    }
    let report = import(world, &file, skipping()).await?;
    ensure!(counts(&report) == (made, updated, same, rejected), "{file}{:?} {:?}", report.ledger, report.problems);
    kept.facts = facts;
    Ok(())
}

/// The figures of some accounts by plain adding up.
fn plain<'k>(book: impl Iterator<Item = &'k ModelAccount>, period: Period) -> Figures {
    let mut sums = Figures::default();
    let add = |to: &mut Amount, cents: i64| {
        *to = amount(to.accounts + u64::from(cents != 0), to.arr.0 + cents);
    };
    for ModelAccount { facts, .. } in book {
        if facts.undated() {
            sums.undated = amount(sums.undated.accounts + 1, sums.undated.arr.0 + facts.arr.unwrap_or(0));
            continue;
        }
        let (was, is) = (as_of(facts, period.from().pred_opt().unwrap()), as_of(facts, period.to()));
        add(&mut sums.opening, was);
        add(&mut sums.closing, is);
        match (was, is) {
            (0, is) => add(&mut sums.new, is),
            (was, 0) => add(&mut sums.churn, was),
            (was, is) if is > was => add(&mut sums.expansion, is - was),
            (was, is) => add(&mut sums.contraction, was - is),
        }
        let last = facts.changes.iter().enumerate().max_by_key(|(at, change)| (change.effective_on, *at));
        sums.inconsistent +=
            u64::from(last.is_some_and(|(_, change)| change.new.unwrap_or(0) != facts.arr.unwrap_or(0)));
    }
    sums
}

fn adds_up(figures: &Figures) -> bool {
    let Figures { opening, new, expansion, contraction, churn, closing, .. } = figures;
    opening.arr + new.arr + expansion.arr - contraction.arr - churn.arr == closing.arr
        && opening.accounts + new.accounts - churn.accounts == closing.accounts
}

async fn books_add_up(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    let story = || (proptest::collection::vec((0_u64..25, event()), 1..24), 0_u64..200, 0_u64..300);
    holds(backend, story, async |number, (events, from, length)| {
        let change = OrganizationChange {
            slug: Some(format!("book-{number}")),
            time_zone: Some("Pacific/Auckland".into()),
            ..OrganizationChange::default()
        };
        let world = first.organization_of(change).await?;
        let (mut book, mut today) = (Vec::new(), day(START));
        for (second, (later, event)) in events.iter().enumerate() {
            today = today.checked_add_days(Days::new(*later)).unwrap();
            // The day before elsewhere.
            let elsewhere = today.pred_opt().unwrap();
            let now = world.at(&format!("{elsewhere}T20:00:{second:02}Z"));
            happen(&now, today, &mut book, event).await?;
        }
        for ModelAccount { name, facts, .. } in &book {
            let text = |cents: Option<i64>| cents.map(|cents| cents.to_string());
            let kept: Vec<_> = facts
                .changes
                .iter()
                .map(|change| {
                    let kind = if change.kind == ChangeKind::Correction { "correction" } else { "change" };
                    (change.effective_on.to_string(), kind.to_owned(), text(change.old), text(change.new))
                })
                .collect();
            let stored = history(&world, name).await?;
            ensure!(stored == kept, "{name}: {stored:#?}, by hand {kept:#?}");
        }
        let from = day(START).checked_sub_days(Days::new(60)).unwrap().checked_add_days(Days::new(from)).unwrap();
        let period = Period::new(from, from.checked_add_days(Days::new(length)).unwrap()).unwrap();
        let all = Selection::default();
        let by_size = ops::arr::summary(&world, &all, period, Some(GroupBy::Size)).await?;
        ensure!(by_size.total == plain(book.iter(), period), "{:#?}", by_size.total);
        for group in &by_size.groups {
            let own = book.iter().filter(|kept| kept.size == group.name.as_deref().unwrap_or_default());
            ensure!(group.figures == plain(own, period), "{group:#?}");
            ensure!(adds_up(&group.figures), "{group:#?}");
        }
        let groups = |pick: fn(&Figures) -> i64| by_size.groups.iter().map(|group| pick(&group.figures)).sum::<i64>();
        ensure!(groups(|of| of.closing.arr.0) == by_size.total.closing.arr.0);
        ensure!(groups(|of| of.undated.arr.0) == by_size.total.undated.arr.0);
        for by in [GroupBy::Month, GroupBy::Quarter, GroupBy::Year] {
            let report = ops::arr::summary(&world, &all, period, Some(by)).await?;
            ensure!(report.total == by_size.total && adds_up(&report.total));
            let mut stood = report.total.opening;
            for part in &report.groups {
                ensure!(part.figures.opening == stood && adds_up(&part.figures), "{part:#?}");
                ensure!(part.figures == plain(book.iter(), part.period), "{part:#?}");
                stood = part.figures.closing;
            }
            ensure!(stood == report.total.closing);
        }
        Ok(())
    })
}

/// Every statement about ARR, once.
pub(crate) async fn once(world: &World) -> Result<()> {
    let world = world.at("2026-03-05T07:00:00Z");
    world.account(&[("name", "Once"), ("external_id", "once"), ("arr", "5"), ("owner", &world.user.email)]).await?;
    let correction = ArrChangeKind::Correction;
    ops::accounts::update_as(&world, "once", &given(&[("arr", "6")]), None, correction, false).await?;
    let file = "account,date,arr,kind\nonce,2025-01-01,1,change\nonce,2025-02-01,2,\nonce,x,3,\nnobody,2025-03-01,1,\n";
    import(&world, file, skipping()).await?;
    import(&world, &file.replace(",2,", ",3,"), skipping()).await?;
    import(&world, "account,date,arr\nonce,2026-03-05,9\n", skipping()).await?;
    let id = entries(&world).await?[0][0].clone();
    import(&world, &format!("id,arr\n{id},1.5\n"), skipping()).await?;
    import(&world, &format!("id,account,date,arr,kind\n{id},once,2025-01-02,1,correction\n"), skipping()).await?;
    let source = world.source("account,date,arr\nonce,2025-01-02,4\n")?;
    let dry = Request { dry_run: true, ..skipping() };
    ops::import::run_with_changes(&world, &ARR_CHANGE, source, dry, &mut |_| {}, &mut |_, _| Ok(())).await?;
    let pairs = [("account", "once"), ("from", "2025-01-01"), ("to", "2026-03-05"), ("kind", "change")];
    let pairs = pairs.into_iter().chain([("owner", world.user.email.as_str()), ("archived", "false")]);
    let chosen = selection::selection(&world, &ARR_CHANGE, pairs).await?;
    for sort in ARR_CHANGE.sorts {
        let order = selection::order(&ARR_CHANGE, sort.name).unwrap();
        ops::lists::list::<Entry>(&world, &ARR_CHANGE, &chosen, order, Page::default()).await?;
    }
    ops::lists::any(&world, &ARR_CHANGE).await?;
    let filter = world.filter(&[("owner", &world.user.email), ("search", "once")]).await?;
    let period = ops::arr::period(&world, Some("2025"), None, None)?;
    for by in GroupBy::ALL {
        ops::arr::summary(&world, &filter, period, Some(*by)).await?;
    }
    Ok(())
}
