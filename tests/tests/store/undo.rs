//! Taking operations back: what was is again, and what somebody did since stays.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Mutex;

use anyhow::{Context as _, Result, ensure};
use chrono::Duration;
use fastenr_core::import::mapping::Mapping;
use fastenr_core::import::request::{MaxMissing, Missing, OnError, Request};
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::arr_change::ARR_CHANGE;
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::engagement::ENGAGEMENT;
use fastenr_core::model::goal::GOAL;
use fastenr_core::model::metric::METRIC;
use fastenr_core::model::noun::Noun;
use fastenr_core::model::operation::OPERATION;
use fastenr_core::model::operation::Operation;
use fastenr_core::model::short_id::ShortId;
use fastenr_core::model::team::TEAM;
use fastenr_core::ops::bulk::{self, BulkAction};
use fastenr_core::ops::operations::{self, UndoOutcome};
use fastenr_core::ops::scores::{self, views};
use fastenr_core::ops::{self, alerts};
use fastenr_core::score::Model;
use fastenr_core::store::records::Stamp;
use fastenr_core::store::undo::Undo;
use fastenr_core::store::{self, Engine, Lock};
use fastenr_tests::harness::{Backend, Tests};
use proptest::prelude::*;
use uuid::Uuid;

use crate::import_laws::holds_for;
use fastenr_tests::world::{World, given, query, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/undo/everything_in_reverse", everything_in_reverse);
    tests.both("store/undo/an_import_after_four_nights", an_import_after_four_nights);
    tests.both("store/undo/what_somebody_did_since_stays", what_somebody_did_since_stays);
    tests.both("store/undo/what_hangs_on_it_stays", what_hangs_on_it_stays);
    tests.both("store/undo/deleted_records_come_back", deleted_records_come_back);
    tests.both("store/undo/an_undo_is_undone", an_undo_is_undone);
    tests.both("store/undo/what_can_not_be_taken_back", what_can_not_be_taken_back);
    tests.both("store/undo/a_dry_run_foretells", a_dry_run_foretells);
    tests.both("store/undo/force_tells_the_history", force_tells_the_history);
}

/// The tables of what is known, and not of what was done.
const CONTENT: [&str; 18] = [
    "users",
    "segments",
    "score_models",
    "accounts",
    "account_aliases",
    "contacts",
    "account_team",
    "engagements",
    "attachments",
    "health_metrics",
    "metric_events",
    "customer_goals",
    "account_changes",
    "goal_changes",
    "health_adjustments",
    "alerts",
    "score_snapshots",
    "score_books",
];

/// Every row of every table but for versions and the time of the last change.
pub(crate) async fn content(world: &World) -> Result<BTreeMap<&'static str, Vec<String>>> {
    content_without(world, &[]).await
}

/// The same without these columns.
pub(crate) async fn content_without(world: &World, left_out: &[&str]) -> Result<BTreeMap<&'static str, Vec<String>>> {
    let mut all = BTreeMap::new();
    for table in CONTENT {
        let sql = match world.db.engine() {
            Engine::Sqlite => format!("select name from pragma_table_info('{table}') order by name"),
            Engine::Postgres => format!(
                "select cast(column_name as text) from information_schema.columns where table_name = '{table}' \
                 and table_schema = 'public' order by column_name collate \"C\""
            ),
        };
        let columns: Vec<(String,)> = query(&world.db, sql).await?;
        let columns: Vec<String> = columns
            .into_iter()
            .map(|(name,)| name)
            .filter(|name| !["version", "updated_at", "organization_id"].contains(&name.as_str()))
            .filter(|name| !left_out.contains(&name.as_str()))
            .map(|name| match world.db.engine() {
                Engine::Sqlite => format!("'{name}=' || quote(t.{name})"),
                Engine::Postgres => format!("'{name}=' || coalesce(cast(t.{name} as text), 'NULL')"),
            })
            .collect();
        let sql =
            format!("select {} from {table} t where t.organization_id = $1 order by 1", columns.join(" || ' ' || "));
        let rows: Vec<(String,)> = world.db.read().await?.of(&world.scope(), sql).fetch_all().await?;
        all.insert(table, rows.into_iter().map(|(row,)| row).collect());
    }
    Ok(all)
}

/// The first differences, for a message.
pub(crate) fn differences(
    was: &BTreeMap<&'static str, Vec<String>>,
    is: &BTreeMap<&'static str, Vec<String>>,
) -> String {
    let mut text = String::new();
    for (table, rows) in was {
        for (what, one, other) in [("lost", rows, &is[table]), ("too many", &is[table], rows)] {
            for row in one.iter().filter(|row| !other.contains(row)).take(2) {
                let _ = write!(text, "\n{table}, {what}: {row}");
            }
        }
    }
    text
}

pub(crate) async fn undo(world: &World, operation: Uuid) -> fastenr_core::Result<UndoOutcome> {
    operations::undo(world, &operation.to_string(), false, false).await
}

/// Something that may be done to a small book.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Accounts { from: usize, count: usize, salt: usize, archive: bool },
    Contacts { salt: usize },
    Engagements { salt: usize },
    Metrics { days: i64, salt: usize },
    Events { salt: usize },
    Goals { salt: usize },
    Arr { account: usize },
    Team { account: usize },
    Edit { account: usize, what: usize },
    Contact { account: usize },
    Delete { account: usize },
    Archive { account: usize },
    Progress { account: usize, value: usize },
    Night,
    Adjust { account: usize },
    Acknowledge,
    Bulk { what: usize },
    Merge { keep: usize, other: usize },
    Segment { salt: usize },
    Leave,
    Model { salt: usize },
    Undo { back: usize },
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let account = 0..6_usize;
    prop_oneof![
        3 => (0..6_usize, 1..4_usize, 0..4_usize, prop::bool::weighted(0.2))
            .prop_map(|(from, count, salt, archive)| Step::Accounts { from, count, salt, archive }),
        1 => (0..3_usize).prop_map(|salt| Step::Contacts { salt }),
        1 => (0..3_usize).prop_map(|salt| Step::Engagements { salt }),
        1 => (1..40_i64, 0..3_usize).prop_map(|(days, salt)| Step::Metrics { days, salt }),
        1 => (0..4_usize).prop_map(|salt| Step::Events { salt }),
        1 => (0..3_usize).prop_map(|salt| Step::Goals { salt }),
        1 => account.clone().prop_map(|account| Step::Arr { account }),
        1 => account.clone().prop_map(|account| Step::Team { account }),
        4 => (account.clone(), 0..6_usize).prop_map(|(account, what)| Step::Edit { account, what }),
        1 => account.clone().prop_map(|account| Step::Contact { account }),
        1 => account.clone().prop_map(|account| Step::Delete { account }),
        1 => account.clone().prop_map(|account| Step::Archive { account }),
        1 => (account.clone(), 0..12_usize).prop_map(|(account, value)| Step::Progress { account, value }),
        4 => Just(Step::Night),
        1 => account.prop_map(|account| Step::Adjust { account }),
        1 => Just(Step::Acknowledge),
        3 => (0..6_usize).prop_map(|what| Step::Bulk { what }),
        4 => (0..6_usize, 0..6_usize).prop_map(|(keep, other)| Step::Merge { keep, other }),
        1 => (0..3_usize).prop_map(|salt| Step::Segment { salt }),
        1 => Just(Step::Leave),
        1 => (0..2_usize).prop_map(|salt| Step::Model { salt }),
        3 => (0..6_usize).prop_map(|back| Step::Undo { back }),
    ]
}

fn name(account: usize) -> String {
    format!("a{account}")
}

/// Does it; what the state of the book forbids is not done.
pub(crate) async fn take(world: &World, step: &Step) -> Result<()> {
    let day = |back: i64| world.today() - Duration::days(back);
    match step {
        Step::Accounts { from, count, salt, archive } => {
            let mut file = "external_id,name,arr,status,size,contract_end,tags,seats\n".to_owned();
            for n in *from..from + count {
                let _ = writeln!(
                    file,
                    "a{n},Account {n} {},{},{},{},{},{},{}",
                    salt % 2,
                    1_000 * (n + salt),
                    ["active", "onboarding", "at_risk", "churned"][(n + salt) % 4],
                    ["small", "medium", "large"][(n + salt) % 3],
                    day(-30 * i64::try_from(n + salt)?),
                    ["x", "y", ""][(n + salt) % 3],
                    n + salt
                );
            }
            let missing = if *archive { Missing::Archive } else { Missing::Keep };
            world
                .import(
                    &file,
                    Request {
                        missing,
                        max_missing: MaxMissing::Share(10_000),
                        on_error: OnError::Skip,
                        ..Request::default()
                    },
                )
                .await?;
        }
        Step::Contacts { salt } => {
            let mut file = "external_id,account,name,email,role\n".to_owned();
            for n in 0..4 {
                let _ = writeln!(file, "c{n},a{n},Jo {salt},jo{}@a{n}.example,champion", salt % 2);
            }
            world.import_of(&CONTACT, &file, skipping()).await?;
        }
        Step::Engagements { salt } => {
            let mut file = "external_id,account,type,title,completed_at,outcome\n".to_owned();
            for n in 0..4_usize {
                let kind = ["meeting", "call", "email"][(n + salt) % 3];
                let on = day(i64::try_from(5 * (n + salt))?);
                let _ = writeln!(file, "e{n},a{n},{kind},Talk {salt},{on}T10:00:00Z,positive");
            }
            world.import_of(&ENGAGEMENT, &file, skipping()).await?;
        }
        Step::Metrics { days, salt } => {
            let mut file = "account,metric_date,login_frequency,support_tickets,active_users\n".to_owned();
            for n in 0..4 {
                for age in 0..*days {
                    let _ = writeln!(file, "a{n},{},{},{salt},{}", day(age), n + salt, 3 + salt);
                }
            }
            world.import_of(&METRIC, &file, skipping()).await?;
        }
        Step::Events { salt } => {
            let mut file = "Ticket,Org,Created\n".to_owned();
            for n in 0..6_usize {
                // Some move to another day or account, some are new.
                let _ = writeln!(file, "t{},a{},{}", n + salt, (n * salt) % 4, day(i64::try_from(n % (1 + salt))?));
            }
            let text = "[columns]\naccount = \"Org\"\nmetric_date = \"Created\"\n[aggregate]\nid = \"Ticket\"\n\
                        support_tickets = \"count\"\n";
            let mapping = Mapping::parse("tickets.toml", text)?;
            world.import_of(&METRIC, &file, Request { mapping, ..skipping() }).await?;
        }
        Step::Goals { salt } => {
            let mut file = "external_id,account,title,metric_type,target_value,started_on,target_date\n".to_owned();
            for n in 0..3_i64 {
                let kind = ["seat_count", "custom"][usize::try_from(n)? % 2];
                let _ = writeln!(file, "g{n},a{n},Goal {salt},{kind},{},2026-01-01,{}", 10 + salt, day(n - 1));
            }
            world.import_of(&GOAL, &file, skipping()).await?;
        }
        Step::Arr { account } => {
            if let Ok(found) = ops::accounts::get(world, &name(*account)).await {
                let arr = found.arr.map_or(0, |arr| arr.cents() / 100);
                let file =
                    format!("account,effective_on,arr\na{account},2025-01-01,500\na{account},2025-06-01,{arr}\n");
                world.import_of(&ARR_CHANGE, &file, skipping()).await?;
            }
        }
        Step::Team { account } => {
            let values = [("account", &*name(*account)), ("user", "admin@fastenr.local"), ("role", "backup")];
            let _ = ops::entries::create(world, &TEAM, &given(&values), false).await;
        }
        Step::Edit { account, what } => {
            let end = day(-400).to_string();
            let values = [
                ("arr", "77"),
                ("status", "active"),
                ("name", "By hand"),
                ("contract_end", &end),
                ("custom.tier", "gold"),
                ("external_id", "hand"),
            ];
            let values = [values[*what]];
            let _ = ops::accounts::update(world, &name(*account), &given(&values), None, false).await;
        }
        Step::Contact { account } => {
            let values = [("account", &*name(*account)), ("name", "By hand"), ("email", "hand@x.example")];
            let _ = ops::entries::create(world, &CONTACT, &given(&values), false).await;
        }
        Step::Delete { account } => {
            let _ = ops::entries::delete(world, &CONTACT, &format!("c{account}"), None, false).await;
            let _ = ops::entries::delete(world, &GOAL, &format!("g{account}"), None, false).await;
        }
        Step::Archive { account } => {
            if let Ok(found) = ops::accounts::get(world, &name(*account)).await {
                let archived = found.archived_at.is_none();
                let _ = ops::accounts::set_archived(world, &name(*account), archived, None, false).await;
            }
        }
        Step::Progress { account, value } => {
            let value = value.to_string();
            let values = [("current_value", &*value)];
            let _ = ops::entries::update(world, &GOAL, &format!("g{account}"), &given(&values), None, false).await;
        }
        Step::Night => {
            scores::recompute(world, &Default::default(), &mut |_| {}).await?;
        }
        Step::Adjust { account } => {
            let until = world.today() + Duration::days(30);
            let adjustment = views::Adjustment { score: 11, reason: "a hunch".into(), until };
            let _ = views::adjust(world, &name(*account), &adjustment, false).await;
        }
        Step::Acknowledge => {
            let filter = Default::default();
            alerts::act(world, &filter, alerts::AlertAction::Acknowledge, "seen", false).await?;
        }
        Step::Bulk { what } => {
            let update = |values: &[(&str, &str)]| BulkAction::Update(given(values));
            let (noun, action, filter): (&'static Noun, BulkAction, &[(&str, &str)]) = match what {
                0 => (&ACCOUNT, update(&[("industry", "Food"), ("arr", "5"), ("custom.tier", "x")]), &[("tag", "x")]),
                1 => (&ACCOUNT, BulkAction::Archive, &[("size", "small")]),
                2 => (&ACCOUNT, BulkAction::Restore, &[]),
                3 => (&ACCOUNT, BulkAction::Tag { add: "vip".into(), remove: "y".into() }, &[]),
                4 => (&ENGAGEMENT, BulkAction::Delete, &[("type", "call")]),
                _ => (&GOAL, update(&[("target_value", "3"), ("status", "at_risk")]), &[]),
            };
            let filter: Vec<(String, String)> =
                filter.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
            let request = bulk::Request {
                noun,
                action,
                all: filter.is_empty(),
                filter,
                ids: None,
                dry_run: false,
                max_affected: None,
                expect: None,
                plan: None,
                expect_preview: None,
                most_told: None,
            };
            let _ = bulk::run(world, request, &mut |_, _| Ok(())).await;
        }
        Step::Merge { keep, other } => {
            if keep == other {
                ops::merge::merge_sure(world, &[], Default::default(), false).await?;
            } else {
                let _ = ops::merge::merge(world, &name(*keep), &[name(*other)], None, false).await;
            }
        }
        Step::Segment { salt } => {
            let filter = [("status".to_owned(), ["active", "at_risk", "churned"][*salt].to_owned())];
            let called = format!("Segment {salt}");
            if ops::segments::create(world, &called, &filter, false).await.is_err() {
                let other = [("unowned".to_owned(), "true".to_owned())];
                let change = (None, Some(&other[..]));
                if ops::segments::update(world, &called, change, None, false).await?.operation.is_none() {
                    ops::segments::delete(world, &called, None, false).await?;
                }
            }
        }
        Step::Leave => {
            let person = given(&[("email", "leaver@example.com"), ("name", "Leaver"), ("role", "admin")]);
            let _ = ops::users::create(world, &person, false).await;
            for account in 0..3 {
                let owner = given(&[("owner", "leaver@example.com")]);
                let _ = ops::accounts::update(world, &name(account), &owner, None, false).await;
            }
            let new_owners = ops::handover::NewOwners { rest: Some("admin@fastenr.local".into()), file: None };
            let _ = ops::handover::deactivate(world, "leaver@example.com", &new_owners, false).await;
        }
        Step::Model { salt } => {
            let text = format!("name = \"Ours\"\ncaps.weak_from = {}", 10 + salt);
            let model = Model::parse(&text).map_err(|error| anyhow::anyhow!("{error:?}"))?;
            let _ = ops::models::use_model(world, &model, None, 0, false, &mut |_| {}).await;
        }
        Step::Undo { back } => {
            let all = done(world).await?;
            if let Some(operation) = all.iter().rev().nth(*back)
                && operation.undone_by.is_none()
                && operation.status == "done"
                && operation.kind != ops::people::ERASE
            {
                undo(world, operation.id).await.with_context(|| format!("undoing {}", operation.kind))?;
            }
        }
    }
    Ok(())
}

fn skipping() -> Request {
    Request { on_error: OnError::Skip, ..Request::default() }
}

/// Operations, the oldest first.
pub(crate) async fn done(world: &World) -> Result<Vec<Operation>> {
    let mut all = world.operations().await?;
    all.reverse();
    Ok(all)
}

async fn everything_in_reverse(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    let seen = Mutex::new(BTreeSet::new());
    // So many that each kind of operation comes up.
    holds_for(
        20,
        || prop::collection::vec(step(), 1..14),
        async |number, steps| {
            let book = first.organization(&format!("case-{number}")).await?;
            for step in [
                Step::Accounts { from: 0, count: 3, salt: 1, archive: false },
                Step::Metrics { days: 10, salt: 1 },
                Step::Night,
            ] {
                take(&book, &step).await?;
            }
            let start = content(&book).await?;
            let kept = done(&book).await?.len();
            let mut at = book.clock.now();
            for step in &steps {
                at += if matches!(step, Step::Night) { Duration::days(1) } else { Duration::minutes(1) };
                take(&book.at(&at.to_rfc3339()), step).await.with_context(|| format!("{step:?}"))?;
            }
            at += Duration::minutes(1);
            let end = book.at(&at.to_rfc3339());
            for operation in done(&book).await?.iter().skip(kept).rev() {
                let now = operations::get(&book, &operation.id.to_string()).await?;
                if now.status != "done" || now.undone_by.is_some() {
                    continue;
                }
                let undone = undo(&end, now.id).await.with_context(|| format!("undoing {}", now.kind))?;
                seen.lock().unwrap().insert(now.kind.clone());
                ensure!(undone.ledger.skipped == 0, "undoing {}: {:?}", now.kind, undone.left);
            }
            let after = content(&book).await?;
            ensure!(start == after, "{}", differences(&start, &after));
            Ok(())
        },
    )?;
    // A law that is tried on nothing holds.
    let seen = seen.into_inner().unwrap();
    for kind in KINDS {
        assert!(seen.contains(kind), "no {kind} was taken back: {seen:?}");
    }
    Ok(())
}

/// Some of what must have been taken back by then.
const KINDS: [&str; 10] = [
    "accounts.import",
    "accounts.update",
    "accounts.recompute",
    "accounts.merge",
    "accounts.bulk-update",
    "contacts.import",
    "metrics.import",
    "goals.import",
    "models.use",
    "operations.undo",
];

/// What runs compute of an account.
const SCORES: [&str; 7] = [
    "band",
    "health_score",
    "churn_risk_score",
    "provisional_health_score",
    "health_coverage",
    "churn_coverage",
    "scored_at",
];

async fn an_import_after_four_nights(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    take(&world, &Step::Accounts { from: 0, count: 2, salt: 0, archive: false }).await?;
    take(&world, &Step::Metrics { days: 60, salt: 2 }).await?;
    let start = content(&world).await?;
    let stated = content_without(&world, &SCORES).await?;
    let file = "external_id,name,arr,status\na0,Other,5,at_risk\na1,Account 1 0,9,active\nn1,New,7,active\nn2,Newer,8,onboarding\n";
    let import = world.import(file, Request::default()).await?.operation.unwrap();
    for night in 1..=4 {
        let later = world.at(&format!("2026-03-{:02}T07:00:00Z", 1 + night));
        scores::recompute(&later, &Default::default(), &mut |_| {}).await?;
    }
    let later = world.at("2026-03-06T07:00:00Z");
    let undone = undo(&later, import).await?;
    assert_eq!((undone.ledger.skipped, undone.left.len()), (0, 0), "{:?}", undone.left);
    let after = content_without(&world, &SCORES).await?;
    for table in ["accounts", "account_changes", "contacts", "health_metrics", "users"] {
        assert_eq!(stated[table], after[table], "{table}");
    }
    assert_eq!(refused(ops::accounts::get(&world, "n1").await), "unknown_account");
    // And all the rest in reverse.
    for operation in done(&world).await?.iter().skip(2).rev() {
        let now = operations::get(&world, &operation.id.to_string()).await?;
        if now.status == "done" && now.undone_by.is_none() {
            assert_eq!(undo(&later, now.id).await?.ledger.skipped, 0, "{}", now.kind);
        }
    }
    let after = content(&world).await?;
    assert!(start == after, "{}", differences(&start, &after));
    Ok(())
}

async fn what_somebody_did_since_stays(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("external_id", "a"), ("name", "Acme"), ("arr", "100"), ("industry", "Shoes")]).await?;
    let file = "external_id,name,arr,industry,domain\na,Acme Inc,200,Boots,acme.com\nb,Beta,1,,\nc,Ceta,2,,\n";
    let import = world.import(file, Request::default()).await?.operation.unwrap();
    let later = world.at("2026-03-02T07:00:00Z");
    later.update("a", &[("arr", "300"), ("domain", "")]).await?;
    later.update("a", &[("domain", "acme.com"), ("industry", "Boots and shoes")]).await?;
    later.update("b", &[("seats", "4")]).await?;
    let undone = undo(&later, import).await?;
    // The domain was changed, and is again what the import wrote.
    let left: Vec<[&str; 6]> = undone
        .left
        .iter()
        .map(|left| [&left.label, left.field.unwrap_or_default(), left.code, &left.before, &left.wrote, &left.now])
        .collect();
    assert_eq!(
        left,
        [
            ["Acme Inc", "industry", "changed_since", "Shoes", "Boots", "Boots and shoes"],
            ["Acme Inc", "arr", "changed_since", "100.00", "200.00", "300.00"],
            ["Beta", "seats", "changed_since", "", "", "4"],
        ]
    );
    assert!(undone.left.iter().all(|left| left.why == "changed since by admin@fastenr.local (accounts.update)"));
    assert_eq!((undone.ledger.updated, undone.ledger.deleted, undone.ledger.skipped), (1, 1, 2));
    let a = world.get("a").await?;
    assert_eq!(
        (&*a.name, a.arr.unwrap().cents(), a.domain, a.industry.as_deref()),
        ("Acme", 30_000, None, Some("Boots and shoes"))
    );
    assert_eq!(world.get("b").await?.seats, Some(4));
    assert_eq!(refused(ops::accounts::get(&world, "c").await), "unknown_account");
    // What is left may be asked for again; with force it goes.
    let again = undo(&later, import).await?;
    assert_eq!((again.operation, again.ledger.skipped), (None, 2));
    // With the account goes the line of its history.
    let forced = operations::undo(&later, &import.to_string(), true, false).await?;
    assert_eq!((forced.ledger.updated, forced.ledger.deleted, forced.ledger.skipped), (1, 2, 0), "{:?}", forced.left);
    let a = world.get("a").await?;
    assert_eq!((a.arr.unwrap().cents(), a.industry.as_deref()), (10_000, Some("Shoes")));
    assert_eq!(refused(undo(&later, import).await), "undone");
    Ok(())
}

async fn what_hangs_on_it_stays(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let file = "external_id,name,parent\np,Parent,\nq,Child,p\nr,Rest,\n";
    let import = world.import(file, Request::default()).await?.operation.unwrap();
    let contact = given(&[("account", "q"), ("name", "Jo")]);
    ops::entries::create(&world, &CONTACT, &contact, false).await?;
    let undone = undo(&world, import).await?;
    let left: Vec<(&str, &str, &str)> = undone.left.iter().map(|left| (&*left.label, left.code, &*left.why)).collect();
    assert_eq!(
        left,
        [
            (
                "Parent",
                "in_use",
                "1 row of accounts still references it, created by admin@fastenr.local (accounts.import)"
            ),
            (
                "Child",
                "in_use",
                "1 row of contacts still references it, created by admin@fastenr.local (contacts.create)"
            ),
        ]
    );
    assert_eq!(undone.ledger.deleted, 1);
    assert_eq!(world.get("q").await?.parent.unwrap().label, "p");
    // Force does not remove what somebody else made either.
    assert_eq!(operations::undo(&world, &import.to_string(), true, false).await?.ledger.skipped, 2);
    for operation in done(&world).await?.iter().rev().filter(|operation| operation.kind == "contacts.create") {
        undo(&world, operation.id).await?;
    }
    assert_eq!(undo(&world, import).await?.ledger.deleted, 2);
    assert_eq!(world.accounts().await?.len(), 0);
    Ok(())
}

async fn deleted_records_come_back(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("external_id", "a"), ("name", "Acme")]).await?;
    let made = given(&[("account", "a"), ("type", "call"), ("title", "Talk"), ("external_id", "e")]);
    let talk = ops::entries::create(&world, &ENGAGEMENT, &made, false).await?.record;
    ops::attachments::attach(&world, "e", "notes.txt", b"all of it".to_vec(), false).await?;
    let start = content(&world).await?;
    let gone = ops::entries::delete(&world, &ENGAGEMENT, "e", None, false).await?.operation.unwrap();
    assert_eq!((content(&world).await?["engagements"].len(), content(&world).await?["attachments"].len()), (0, 0));
    let undone = undo(&world, gone).await?;
    assert_eq!((undone.ledger.created, undone.ledger.skipped), (2, 0));
    assert!(start == content(&world).await?);
    let back = ops::entries::get(&world, &ENGAGEMENT, "e").await?;
    assert_eq!(back.version(), talk.version() + 1, "an undo raises the version");
    // Somebody else took the external id meanwhile.
    let gone = ops::entries::delete(&world, &ENGAGEMENT, "e", None, false).await?.operation.unwrap();
    ops::entries::create(&world, &ENGAGEMENT, &made, false).await?;
    let undone = undo(&world, gone).await?;
    assert_eq!((undone.operation, undone.ledger.skipped), (None, 2));
    let codes: Vec<&str> = undone.left.iter().map(|left| left.code).collect();
    assert_eq!(codes, ["taken", "missing"]);
    Ok(())
}

async fn an_undo_is_undone(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    take(&world, &Step::Accounts { from: 0, count: 3, salt: 0, archive: false }).await?;
    let start = content(&world).await?;
    let file = "external_id,name,arr,status\na0,Other,5,at_risk\nn1,New,7,active\n";
    let import = world.import(file, Request::default()).await?.operation.unwrap();
    let after = content(&world).await?;
    let by = undo(&world, import).await?.operation.unwrap();
    assert!(start == content(&world).await?);
    let again = undo(&world, by).await?;
    assert_eq!((again.ledger.updated, again.ledger.skipped), (1, 0));
    let redone = content(&world).await?;
    assert!(after == redone, "{}", differences(&after, &redone));
    assert_eq!(operations::get(&world, &import.to_string()).await?.undone_by, None);
    let third = undo(&world, again.operation.unwrap()).await?;
    assert_eq!(third.ledger.skipped, 0);
    assert!(start == content(&world).await?);
    assert_eq!(operations::get(&world, &import.to_string()).await?.undone_by, Some(by));
    Ok(())
}

async fn what_can_not_be_taken_back(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    assert_eq!(refused(operations::undo(&world, "0197aaaa", false, false).await), "unknown_operation");
    assert_eq!(refused(operations::undo(&world, "Acme", false, false).await), "unknown_operation");
    let failed = world.import("external_id,name,arr\nd,D,x\n", Request::default()).await?.operation.unwrap();
    assert_eq!(refused(undo(&world, failed).await), "nothing_done");
    let made =
        ops::users::create(&world, &given(&[("email", "r@example.com"), ("name", "R"), ("role", "read")]), false)
            .await?;
    let reader = world.acting_as(&made.record);
    assert_eq!(refused(undo(&reader, failed).await), "read_only_user");
    let writer = ops::users::create(&world, &given(&[("email", "w@example.com"), ("name", "W")]), false).await?;
    let writer = world.acting_as(&writer.record);
    let created = made.operation.unwrap();
    assert_eq!(refused(undo(&writer, created).await), "not_admin");
    assert_eq!(undo(&world, created).await?.ledger.deleted, 1);
    // Who has done something stays.
    let values = [("external_id", "a"), ("name", "Acme"), ("owner", "w@example.com")];
    ops::accounts::create(&writer, &given(&values), false).await?;
    let of_writer = done(&world).await?.iter().rfind(|operation| operation.kind == "users.create").unwrap().id;
    let undone = undo(&world, of_writer).await?;
    assert_eq!((undone.operation, undone.ledger.skipped), (None, 1));
    Ok(())
}

async fn a_dry_run_foretells(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    take(&world, &Step::Accounts { from: 0, count: 3, salt: 0, archive: false }).await?;
    let file = "external_id,name,arr\na0,Other,5\nn1,New,7\nn2,Newer,7\n";
    let import = world.import(file, Request::default()).await?.operation.unwrap();
    world.update("n2", &[("arr", "8")]).await?;
    world.update("a0", &[("arr", "8")]).await?;
    let before = (content(&world).await?, done(&world).await?);
    let told = operations::undo(&world, &import.to_string(), false, true).await?;
    assert!(before == (content(&world).await?, done(&world).await?), "a dry run wrote something");
    let undone = undo(&world, import).await?;
    assert_eq!((told.ledger, &told.tables, &told.left), (undone.ledger, &undone.tables, &undone.left));
    assert_eq!(told.operation, None);
    Ok(())
}

/// A value that is overwritten by force is told in the history, so that movements of ARR still add up.
async fn force_tells_the_history(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    world.account(&[("external_id", "a"), ("name", "Acme"), ("arr", "100")]).await?;
    let import = world.import("external_id,arr\na,200\n", Request::default()).await?.operation.unwrap();
    let later = world.at("2026-03-02T07:00:00Z");
    later.update("a", &[("arr", "300")]).await?;
    operations::undo(&later, &import.to_string(), true, false).await?;
    let lines: Vec<(Option<String>, Option<String>)> =
        world.changes().await?.into_iter().map(|line| (line.old_value, line.new_value)).collect();
    let cents = |text: &str| Some(text.to_owned());
    let mut wanted =
        vec![(cents("10000"), cents("20000")), (cents("20000"), cents("30000")), (cents("30000"), cents("10000"))];
    wanted.sort();
    let mut lines = lines;
    lines.sort();
    assert_eq!(lines, wanted);
    Ok(())
}

/// Every statement of an undo: of what was changed, made and deleted, with and without something in the way.
pub(crate) async fn once(world: &World) -> Result<()> {
    for step in [
        Step::Accounts { from: 0, count: 4, salt: 0, archive: false },
        Step::Contacts { salt: 0 },
        Step::Engagements { salt: 1 },
        Step::Metrics { days: 5, salt: 1 },
        Step::Goals { salt: 1 },
        Step::Arr { account: 1 },
        Step::Night,
        Step::Adjust { account: 1 },
        Step::Acknowledge,
        Step::Edit { account: 0, what: 0 },
        Step::Edit { account: 1, what: 5 },
        Step::Merge { keep: 2, other: 3 },
        Step::Leave,
        Step::Segment { salt: 1 },
        Step::Model { salt: 1 },
        Step::Contact { account: 0 },
        Step::Delete { account: 0 },
    ] {
        take(world, &step).await?;
    }
    for operation in done(world).await? {
        let id = operation.id.to_string();
        let _ = operations::undo(world, &id, false, true).await;
        if operations::undo(world, &id, false, false).await.is_err() {
            let _ = operations::undo(world, &id, true, false).await;
        }
    }
    for operation in done(world).await?.iter().rev() {
        let _ = undo(world, operation.id).await;
    }
    let pairs = [("kind", "accounts"), ("by", world.user.email.as_str()), ("since", "1d")];
    let filter = ops::selection::selection(world, &OPERATION, pairs).await?;
    operations::list(world, &filter, Default::default()).await?;
    Ok(())
}

/// An operation of theirs can't be taken back from here.
pub(crate) async fn apart(ours: &World, theirs: &World, called: &mut BTreeSet<&'static str>) -> Result<()> {
    let scope = &ours.scope();
    for of in theirs.operations().await? {
        let mut conn = ours.db.hold(&ours.scope()).await?;
        Undo::create(&mut conn).await?;
        let day = Some(ours.today());
        let undo = Undo { operation: of.id, last: None, derived: of.kind.contains("recompute"), day, force: true };
        let mut tx = conn.write(scope, Lock::Exclusive).await?;
        undo.decide(&mut tx, scope).await?;
        assert_eq!(undo.counts(&mut tx).await?, []);
        assert_eq!(undo.conflicts(&mut tx, scope, 9).await?.len(), 0);
        assert_eq!(undo.overridden_values(&mut tx, scope).await?.len(), 0);
        let user = ours.user.id;
        let stamp = Stamp {
            operation: ours.operations().await?[0].id,
            now: ours.clock.now(),
            effective_on: ours.today(),
            user,
        };
        assert_eq!(undo.apply(&mut tx, scope, stamp).await?, Default::default());
        undo.record_overridden(&mut tx, scope, Vec::new(), || ours.ids.next(), stamp).await?;
        undo.link(&mut tx, scope, stamp.operation).await?;
        tx.commit().await?;
        drop(conn);
    }
    let their: Vec<Uuid> = theirs.operations().await?.iter().map(|operation| operation.id).collect();
    let mut tx = ours.db.write(scope, Lock::Shared).await?;
    let short = ShortId::parse(&their[0].to_string()).unwrap();
    let found = store::short_ids::matching(&mut tx, scope, ("operations", "id", ""), &short, 9).await?;
    assert_eq!(found, Vec::<Uuid>::new());
    assert_eq!(store::operations::last_id(&mut tx, scope, their[0]).await?, None);
    tx.commit().await?;
    called.extend([
        "short_ids::matching",
        "operations::last_id",
        "undo::decide",
        "undo::conflicts",
        "undo::overridden_values",
        "undo::apply",
        "undo::record_overridden",
        "undo::link",
    ]);
    Ok(())
}
