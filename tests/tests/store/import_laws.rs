//! What holds for every import, whatever the file and whatever is asked: laws, tried on random files.

#![expect(clippy::expect_used, reason = "a test without the standard harness is no test to clippy")]

mod cases;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread;

use anyhow::{Result, ensure};
use fastenr_core::import::request::{Empty, Missing, Mode, OnError, Problem, Report, Request};
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::noun::Noun;
use fastenr_core::ops;
use fastenr_core::store::Scope;
use fastenr_tests::harness::{Backend, Kind, Tests};
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use self::cases::{Case, case, columns, file};
use crate::nouns::{Row, around, children, export, full, picture, rows};
use fastenr_tests::world::{World, everything, lines, world};

/// Each law for each noun.
pub(crate) fn register(tests: &mut Tests) {
    for noun in [&ACCOUNT].into_iter().chain(children()) {
        let name = |law: &str| format!("import_laws/{law}/{}", noun.many);
        let ledger = async move |backend: &Backend| ledger_and_tables_agree(backend, noun).await;
        tests.both(&name("ledger_and_tables_agree"), ledger);
        let dry = async move |backend: &Backend| a_dry_run_foretells(backend, noun).await;
        tests.both(&name("a_dry_run_foretells"), dry);
        let twice = async move |backend: &Backend| twice_is_once(backend, noun).await;
        tests.both(&name("twice_is_once"), twice);
        let back = async move |backend: &Backend| an_export_comes_back(backend, noun).await;
        tests.both(&name("an_export_comes_back"), back);
        let agree = async move |backend: &Backend| both_databases_agree(backend, noun).await;
        tests.postgres(&name("both_databases_agree"), agree);
    }
}

/// Cases of each law; `PROPTEST_CASES` asks for more.
const CASES: u32 = 18;

/// Tries a law on random cases, each in an organization of its own, on a thread that may wait.
pub(crate) fn holds<T, S, F>(backend: &Backend, cases: impl Fn() -> S + Sync, law: F) -> Result<()>
where
    T: std::fmt::Debug,
    S: Strategy<Value = T>,
    F: AsyncFn(u32, T) -> Result<()> + Sync,
{
    holds_for(backend.tries(CASES), cases, law)
}

/// The same for another number of cases, where each takes its time.
pub(crate) fn holds_for<T, S, F>(count: u32, cases: impl Fn() -> S + Sync, law: F) -> Result<()>
where
    T: std::fmt::Debug,
    S: Strategy<Value = T>,
    F: AsyncFn(u32, T) -> Result<()> + Sync,
{
    let count = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(count);
    let persistence: Box<FileFailurePersistence> = Box::new(FileFailurePersistence::Off);
    let config = Config {
        cases: count,
        failure_persistence: Some(persistence),
        max_shrink_iters: 200,
        max_shrink_time: 30_000,
        ..Config::default()
    };
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let runtime = tokio::runtime::Handle::current();
    let outcome = thread::scope(|scope| {
        scope
            .spawn(|| {
                let number = std::sync::atomic::AtomicU32::new(0);
                TestRunner::new_with_rng(config, random)
                    .run(&cases(), |case| {
                        let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        let kept = runtime.block_on(law(number, case));
                        kept.map_err(|broken| TestCaseError::fail(format!("{broken:#}")))
                    })
                    .map_err(|failure| failure.to_string())
            })
            .join()
    });
    match outcome {
        Ok(Ok(())) => Ok(()),
        Ok(Err(failure)) => anyhow::bail!("{failure}"),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// An organization with people and accounts, and with what the case has before; ids of the file are those of its records.
async fn prepared(first: &World, number: u32, case: &mut Case) -> Result<World> {
    let world = first.organization(&format!("case-{number}")).await?;
    if case.noun.many == ACCOUNT.many {
        for (email, name) in [("mia@example.com", "Mia"), ("noa@example.com", "Noa"), ("gone@example.com", "Gone")] {
            world.user(email, name).await?;
        }
        ops::users::update(&world, "gone@example.com", &[], Some(false), false).await?;
    } else {
        around(&world).await?;
    }
    let skip = Request { on_error: OnError::Skip, ..Request::default() };
    // A column that is wrong as a whole refuses the file: nothing is there before, then.
    let _ = world.import_of(case.noun, &file(&columns(case.noun), &case.before), skip).await;
    if let Some(at) = case.columns.iter().position(|column| *column == "id") {
        let ids: Vec<String> = rows(&world, case.noun).await?.iter().map(|row| row.id.to_string()).collect();
        for row in &mut case.rows {
            if let Some(n) = row.get(at).and_then(|cell| cell.strip_prefix('#')).and_then(|n| n.parse::<usize>().ok()) {
                // Of no record there is: the same on both databases.
                row[at] = ids.get(n).cloned().unwrap_or_else(|| format!("00000000-0000-7000-8000-{n:012}"));
            }
        }
    }
    Ok(world.at("2026-03-02T07:00:00Z"))
}

async fn import(world: &World, case: &Case, dry_run: bool) -> Result<Report, &'static str> {
    let text = file(&case.columns, &case.rows);
    let report = world.import_of(case.noun, &text, case.request.request(dry_run)).await;
    report.map_err(|error| {
        // A file that is refused as a whole is refused for a rule, never by the database.
        assert_eq!(error.kind, fastenr_core::error::Kind::Invalid, "{error} ({})", error.code);
        error.code
    })
}

/// Rows of the tables that an import writes.
async fn written(world: &World, noun: &Noun) -> Result<BTreeMap<&'static str, Vec<String>>> {
    let before = format!("{}_before", noun.table);
    let history = noun.history.as_ref().map_or("", |history| history.table);
    let mut all = everything(&world.db, &world.scope()).await?;
    all.retain(|table, _| *table == noun.table || *table == before || *table == history);
    Ok(all)
}

/// Both ends of the ledger: what was promised, and what the tables hold.
async fn ledger_and_tables_agree(backend: &Backend, noun: &'static Noun) -> Result<()> {
    let first = world(backend).await?;
    around(&first).await?;
    if noun.account().is_some() {
        ops::entries::create(&first, noun, &full(noun, 0), false).await?;
    }
    let neighbour = lines(&first.db, noun.table, Some(&first.scope())).await?;
    holds(
        backend,
        || case(noun),
        async |number, mut case| {
            let world = prepared(&first, number, &mut case).await?;
            let (before, old) = (written(&world, noun).await?, by_id(rows(&world, noun).await?));
            let Ok(report) = import(&world, &case, false).await else {
                ensure!(written(&world, noun).await? == before, "refused as a whole, and something was written");
                return Ok(());
            };
            let (ledger, after) = (report.ledger, rows(&world, noun).await?);
            ensure!(ledger.holds() && ledger.rows <= case.rows.len() as u64, "{ledger:?}");
            ensure!(report.applied == report.refusal.is_none(), "{report:?}");
            if !report.applied {
                ensure!(written(&world, noun).await? == before, "not applied, and something was written");
                return Ok(());
            }
            let changed = |row: &&Row| old.get(&row.id).is_some_and(|old| *old != **row);
            let archived = |row: &&Row| row.archived && old.get(&row.id).is_some_and(|old| !old.archived);
            let created = after.iter().filter(|row| !old.contains_key(&row.id)).count() as u64;
            let all_changed = after.iter().filter(changed).count() as u64;
            let gone = after.iter().filter(archived).count() as u64;
            ensure!(
                (created, all_changed, gone) == (ledger.created, ledger.updated + ledger.archived, ledger.archived),
                "{created} made, {all_changed} changed, {gone} archived; {ledger:?}"
            );
            for row in after.iter().filter(changed) {
                ensure!(row.version == old[&row.id].version + 1, "version of {row:?}");
            }
            let table = format!("{}_before", noun.table);
            let images = written(&world, noun).await?[table.as_str()].len() - before[table.as_str()].len();
            ensure!(images as u64 == ledger.updated + ledger.archived, "{images} rows kept; {ledger:?}");
            let scope = Scope { organization: first.organization.id };
            ensure!(lines(&world.db, noun.table, Some(&scope)).await? == neighbour, "the neighbour was touched");
            Ok(())
        },
    )
}

fn by_id(rows: Vec<Row>) -> BTreeMap<uuid::Uuid, Row> {
    rows.into_iter().map(|row| (row.id, row)).collect()
}

async fn a_dry_run_foretells(backend: &Backend, noun: &'static Noun) -> Result<()> {
    let first = world(backend).await?;
    holds(
        backend,
        || case(noun),
        async |number, mut case| {
            let world = prepared(&first, number, &mut case).await?;
            let before = everything(&world.db, &world.scope()).await?;
            let dry = import(&world, &case, true).await;
            ensure!(everything(&world.db, &world.scope()).await? == before, "a dry run wrote something");
            match (dry, import(&world, &case, false).await) {
                (Ok(dry), Ok(real)) => {
                    ensure!(dry.ledger == real.ledger, "{:?} was foretold, {:?} came", dry.ledger, real.ledger);
                    ensure!((&dry.problems, &dry.refusal, &dry.notes) == (&real.problems, &real.refusal, &real.notes));
                    ensure!(!dry.applied && dry.operation.is_none() && real.operation.is_some());
                }
                (Err(dry), Err(real)) => ensure!(dry == real),
                (dry, real) => anyhow::bail!("{dry:?} was foretold, {real:?} came"),
            }
            Ok(())
        },
    )
}

async fn twice_is_once(backend: &Backend, noun: &'static Noun) -> Result<()> {
    let first = world(backend).await?;
    holds(
        backend,
        || case(noun),
        async |number, mut case| {
            case.request.on_error = OnError::Skip;
            case.request.reject_limit = None;
            case.request.mode = Mode::Upsert;
            case.request.missing = Missing::Keep;
            let world = prepared(&first, number, &mut case).await?;
            let Ok(report) = import(&world, &case, false).await else { return Ok(()) };
            if report.problems.iter().any(|problem| problem.code == "taken") {
                // What one row gives up, another that wants it gets the next time.
                return Ok(());
            }
            let tables = written(&world, noun).await?;
            let again = import(&world.at("2026-03-03T07:00:00Z"), &case, false).await.map_err(anyhow::Error::msg)?;
            let ledger = again.ledger;
            ensure!((ledger.created, ledger.updated) == (0, 0), "first {:?}, again {ledger:?}", report.ledger);
            ensure!(
                ledger.rejected == report.ledger.rejected && ledger.skipped == report.ledger.skipped,
                "first {:?}, again {ledger:?}",
                report.ledger
            );
            ensure!(written(&world, noun).await? == tables);
            Ok(())
        },
    )
}

async fn an_export_comes_back(backend: &Backend, noun: &'static Noun) -> Result<()> {
    let first = world(backend).await?;
    let cases = || (case(noun), prop_oneof![Just(Empty::Keep), Just(Empty::Clear)]);
    holds(backend, cases, async |number, (mut case, empty)| {
        let world = prepared(&first, number, &mut case).await?;
        if noun.account().is_some() {
            let _ = ops::entries::put(&world, noun, &full(noun, 0), false).await;
            let _ = ops::entries::put(&world, noun, &full(noun, 1), false).await;
        } else {
            let odd = [("name", "=cmd|' /C calc'!A0"), ("industry", "'@x"), ("tags", "-1, +2"), ("custom.=k", "\r=x")];
            world.account(&odd).await?;
            world.account(&[("name", "Child"), ("parent", "=cmd|' /C calc'!A0"), ("external_id", "+49")]).await?;
        }
        let live: Vec<Row> = rows(&world, noun).await?.into_iter().filter(|row| !row.archived).collect();
        ensure!(!live.is_empty(), "nothing to export");
        // What an import said of a status is noted where the account says so already, without a change.
        let noted = |lines: Vec<String>| -> Vec<String> {
            let but = |line: String| line.split(" imported_status=").next().unwrap_or_default().to_owned();
            lines.into_iter().map(but).collect()
        };
        let before = noted(picture(&world, noun).await?);
        // As exports are written by default, and with every field there is.
        for all in [false, true] {
            let text = export(noun, &live, |field| all || field.writable() || field.name == "id");
            for dry_run in [true, false] {
                let request = Request { dry_run, empty, ..Request::default() };
                let report = world.import_of(noun, &text, request).await?;
                let ledger = report.ledger;
                ensure!(
                    ledger.unchanged == live.len() as u64 && ledger.rows == ledger.unchanged,
                    "{ledger:?} {:?}\n{text}",
                    report.problems
                );
            }
        }
        ensure!(noted(picture(&world, noun).await?) == before);
        Ok(())
    })
}

/// The same file, clock and accounts: the same ledger, the same problems, the same rows.
async fn both_databases_agree(backend: &Backend, noun: &'static Noun) -> Result<()> {
    let other = Backend::new(Kind::Sqlite)?;
    let (postgres, sqlite) = (world(backend).await?, world(&other).await?);
    holds(
        backend,
        || case(noun),
        async |number, case| {
            let mut seen = Vec::new();
            for first in [&postgres, &sqlite] {
                let mut case = case.clone();
                let world = prepared(first, number, &mut case).await?;
                let mut ids: Vec<String> = rows(&world, noun).await?.iter().map(|row| row.id.to_string()).collect();
                if noun.account().is_some() {
                    ids.extend(rows(&world, &ACCOUNT).await?.iter().map(|row| row.id.to_string()));
                }
                // Ids are of chance; what they stand for is not.
                let call = |text: String| {
                    ids.iter().enumerate().fold(text, |text, (n, id)| text.replace(id, &format!("#{n}")))
                };
                let report = import(&world, &case, false).await.map(|report| {
                    let file: Option<PathBuf> = report.rejects_file.clone();
                    let text = file.and_then(|path| std::fs::read_to_string(path).ok()).map(&call);
                    let problems = report.problems.into_iter().map(|problem| {
                        let record = problem.record.map(|_| uuid::Uuid::nil());
                        Problem { rule: call(problem.rule), record, ..problem }
                    });
                    (
                        report.ledger,
                        report.applied,
                        report.refusal,
                        problems.collect::<Vec<_>>(),
                        report.notes,
                        report.warnings,
                        text,
                    )
                });
                seen.push((report, picture(&world, noun).await?));
            }
            ensure!(seen[0] == seen[1], "PostgreSQL: {:#?}\nSQLite: {:#?}", seen[0], seen[1]);
            Ok(())
        },
    )
}
