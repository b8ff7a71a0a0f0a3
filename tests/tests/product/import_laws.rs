//! What holds for every import, whatever the file and whatever is asked: laws, tried on random files.

#![expect(clippy::expect_used, reason = "a test without the standard harness is no test to clippy")]

mod cases;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread;

use anyhow::{Result, ensure};
use fastenr_core::import::request::{Empty, Missing, Mode, OnError, Report, Request};
use fastenr_core::import::source::guard;
use fastenr_core::model::account::{ACCOUNT, Account};
use fastenr_core::model::filter::AccountFilter;
use fastenr_core::store::Scope;
use fastenr_tests::harness::{Backend, Kind, Tests};
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use self::cases::{COLUMNS, Case, case, file};
use crate::store::support::{World, by_id, everything, given, lines, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("import_laws/ledger_and_tables_agree", ledger_and_tables_agree);
    tests.both("import_laws/a_dry_run_foretells", a_dry_run_foretells);
    tests.both("import_laws/twice_is_once", twice_is_once);
    tests.both("import_laws/an_export_comes_back", an_export_comes_back);
    tests.postgres("import_laws/both_databases_agree", both_databases_agree);
}

/// Cases of each law and database; `PROPTEST_CASES` asks for more.
const CASES: u32 = 24;

/// Tries a law on random cases, each in an organization of its own, on a thread that may wait.
pub(crate) fn holds<T, S, F>(cases: impl Fn() -> S + Sync, law: F) -> Result<()>
where
    T: std::fmt::Debug,
    S: Strategy<Value = T>,
    F: AsyncFn(u32, T) -> Result<()> + Sync,
{
    let count = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES);
    let persistence: Box<FileFailurePersistence> = Box::new(FileFailurePersistence::Off);
    let config =
        Config { cases: count, failure_persistence: Some(persistence), max_shrink_iters: 200, ..Config::default() };
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

/// An organization with people and with what the case has before.
async fn prepared(first: &World, number: u32, case: &Case) -> Result<World> {
    let world = first.organization(&format!("case-{number}")).await?;
    for (email, name) in [("mia@example.com", "Mia"), ("noa@example.com", "Noa"), ("gone@example.com", "Gone")] {
        world.user(email, name).await?;
    }
    fastenr_core::ops::users::update(&world, "gone@example.com", &given(&[]), Some(false), false).await?;
    let skip = Request { on_error: OnError::Skip, ..Request::default() };
    // A column that is wrong as a whole refuses the file: nothing is there before, then.
    let _ = world.import(&file(&COLUMNS, &case.before), skip).await;
    Ok(world.at("2026-03-02T07:00:00Z"))
}

async fn import(world: &World, case: &Case, dry_run: bool) -> Result<Report, &'static str> {
    let text = file(&case.columns, &case.rows);
    world.import(&text, case.request.request(dry_run)).await.map_err(|error| error.code)
}

/// Rows of the three tables that an import writes.
async fn written(world: &World) -> Result<BTreeMap<&'static str, Vec<String>>> {
    let mut all = everything(&world.db, &world.scope()).await?;
    all.retain(|table, _| matches!(*table, "accounts" | "account_changes" | "accounts_before"));
    Ok(all)
}

/// Both ends of the ledger: what was promised, and what the tables hold.
async fn ledger_and_tables_agree(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    holds(case, async |number, case| {
        let world = prepared(&first, number, &case).await?;
        let neighbour = lines(&world.db, "accounts", Some(&Scope { organization: first.organization.id })).await?;
        let (before, accounts) = (written(&world).await?, by_external(&world.accounts().await?));
        let Ok(report) = import(&world, &case, false).await else {
            ensure!(written(&world).await? == before, "refused as a whole, and something was written");
            return Ok(());
        };
        let (ledger, after) = (report.ledger, world.accounts().await?);
        ensure!(ledger.holds() && ledger.rows <= case.rows.len() as u64, "{ledger:?}");
        ensure!(report.applied == report.refusal.is_none(), "{report:?}");
        if !report.applied {
            ensure!(written(&world).await? == before, "not applied, and something was written");
            return Ok(());
        }
        let changed = |account: &&Account| accounts.get(&account.id).is_some_and(|old| *old != **account);
        let archived = |account: &&Account| account.archived_at == Some(world.clock.now());
        let created = after.iter().filter(|account| !accounts.contains_key(&account.id)).count() as u64;
        let all_changed = after.iter().filter(changed).count() as u64;
        let gone = after.iter().filter(archived).count() as u64;
        ensure!(
            (created, all_changed, gone) == (ledger.created, ledger.updated + ledger.archived, ledger.archived),
            "{created} made, {all_changed} changed, {gone} archived; {ledger:?}"
        );
        for account in after.iter().filter(changed) {
            ensure!(account.version == accounts[&account.id].version + 1, "version of {account:?}");
        }
        let images = written(&world).await?["accounts_before"].len() - before["accounts_before"].len();
        ensure!(images as u64 == ledger.updated + ledger.archived, "{images} rows kept; {ledger:?}");
        ensure!(lines(&world.db, "accounts", Some(&first.scope())).await? == neighbour, "the neighbour was touched");
        Ok(())
    })
}

fn by_external(accounts: &[Account]) -> BTreeMap<uuid::Uuid, Account> {
    accounts.iter().map(|account| (account.id, account.clone())).collect()
}

async fn a_dry_run_foretells(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    holds(case, async |number, case| {
        let world = prepared(&first, number, &case).await?;
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
    })
}

async fn twice_is_once(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    holds(case, async |number, mut case| {
        case.request.on_error = OnError::Skip;
        case.request.reject_limit = None;
        case.request.mode = Mode::Upsert;
        case.request.missing = Missing::Keep;
        let world = prepared(&first, number, &case).await?;
        let Ok(report) = import(&world, &case, false).await else { return Ok(()) };
        let tables = written(&world).await?;
        let again = import(&world.at("2026-03-03T07:00:00Z"), &case, false).await.map_err(anyhow::Error::msg)?;
        let ledger = again.ledger;
        ensure!((ledger.created, ledger.updated) == (0, 0), "first {:?}, again {ledger:?}", report.ledger);
        ensure!(
            ledger.rejected == report.ledger.rejected && ledger.skipped == report.ledger.skipped,
            "first {:?}, again {ledger:?}",
            report.ledger
        );
        ensure!(written(&world).await? == tables);
        Ok(())
    })
}

/// All accounts as `accounts export` writes them.
fn export(accounts: &[Account]) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(ACCOUNT.fields.iter().map(|field| field.name)).expect("memory");
    for account in accounts {
        let cells = ACCOUNT.fields.iter().map(|field| {
            let value = account.value(field);
            let text = field.text(&value);
            if field.meaning.is_text() { guard(&text).into_owned() } else { text.into_owned() }
        });
        out.write_record(cells).expect("memory");
    }
    String::from_utf8(out.into_inner().expect("memory")).expect("text")
}

async fn an_export_comes_back(backend: &Backend) -> Result<()> {
    let first = world(backend).await?;
    let cases = || (case(), prop_oneof![Just(Empty::Keep), Just(Empty::Clear)]);
    holds(cases, async |number, (case, empty)| {
        let world = prepared(&first, number, &case).await?;
        world
            .account(&[("name", "=cmd|' /C calc'!A0"), ("industry", "'@x"), ("tags", "-1, +2"), ("custom.=k", "\r=x")])
            .await?;
        world.account(&[("name", "Child"), ("parent", "=cmd|' /C calc'!A0"), ("external_id", "+49")]).await?;
        let live = world.accounts_where(&AccountFilter::default(), by_id()).await?;
        let before = world.picture().await?;
        for dry_run in [true, false] {
            let report = world.import(&export(&live), Request { dry_run, empty, ..Request::default() }).await?;
            let ledger = report.ledger;
            ensure!(
                ledger.unchanged == live.len() as u64 && ledger.rows == ledger.unchanged,
                "{ledger:?} {:?}\n{}",
                report.problems,
                export(&live)
            );
        }
        ensure!(world.picture().await? == before);
        Ok(())
    })
}

/// The same file, clock and accounts: the same ledger, the same problems, the same rows.
async fn both_databases_agree(backend: &Backend) -> Result<()> {
    let other = Backend::new(Kind::Sqlite)?;
    let (postgres, sqlite) = (world(backend).await?, world(&other).await?);
    holds(case, async |number, case| {
        let mut seen = Vec::new();
        for first in [&postgres, &sqlite] {
            let world = prepared(first, number, &case).await?;
            let report = import(&world, &case, false).await.map(|report| {
                let file: Option<PathBuf> = report.rejects_file.clone();
                let text = file.and_then(|path| std::fs::read_to_string(path).ok());
                (report.ledger, report.applied, report.refusal, report.problems, report.notes, report.warnings, text)
            });
            seen.push((report, world.picture().await?));
        }
        ensure!(seen[0] == seen[1], "PostgreSQL: {:#?}\nSQLite: {:#?}", seen[0], seen[1]);
        Ok(())
    })
}
