//! Long work is committed as running before it begins and tells which operation it is; a source that comes in pieces; rejected
//! rows that nobody has a folder for; exports in pieces.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use fastenr_core::export::{Format, Writer, fields};
use fastenr_core::import::request::{OnError, Progress, Rejects, Request};
use fastenr_core::import::source::{Options, Source, Spool};
use fastenr_core::model::account::ACCOUNT;
use fastenr_core::model::contact::CONTACT;
use fastenr_core::model::operation::{Ledger, Operation};
use fastenr_core::model::selection::Selection;
use fastenr_core::model::user::USER;
use fastenr_core::ops::bulk::{self, BulkAction};
use fastenr_core::ops::export::{self, ExportSelection};
use fastenr_core::ops::{self, scores};
use fastenr_core::store::Lock;
use fastenr_tests::harness::{Backend, Tests};
use futures_util::TryStreamExt;
use uuid::Uuid;

use fastenr_tests::world::{World, connect, refused, world};

pub(crate) fn register(tests: &mut Tests) {
    tests.both("store/begun/an_import_says_its_operation", an_import_says_its_operation);
    tests.both("store/begun/a_bulk_write_says_its_operation", a_bulk_write_says_its_operation);
    tests.both("store/begun/a_refused_bulk_write_has_failed", a_refused_bulk_write_has_failed);
    tests.both("store/begun/an_undo_says_its_operation", an_undo_says_its_operation);
    tests.both("store/begun/a_recompute_says_its_operation", a_recompute_says_its_operation);
    tests.both("store/begun/until_its_end_is_written_down_it_runs", until_its_end_is_written_down_it_runs);
    tests.both("store/begun/rejected_rows_are_kept", rejected_rows_are_kept);
    tests.both("store/begun/an_export_streams", an_export_streams);
}

/// What another process sees of an operation at this moment.
struct Looker {
    url: String,
    dir: std::path::PathBuf,
    seen: Vec<(Uuid, String)>,
}

impl Looker {
    fn new(backend: &Backend) -> Self {
        Self { url: backend.url.clone(), dir: backend.dir.path().to_owned(), seen: Vec::new() }
    }

    fn look(&mut self, id: Uuid) {
        let (url, dir) = (self.url.clone(), self.dir.clone());
        let looking = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let db = fastenr_core::store::Db::connect(&url, &Default::default()).await?;
                let other = World::on(db, &dir).await?;
                anyhow::Ok(ops::operations::get(&other, &id.to_string()).await?.status)
            })
        });
        let status = looking.join().expect("no panic").unwrap_or_else(|error| format!("{error:#}"));
        self.seen.push((id, status));
    }

    /// Once, and running.
    fn one(&self) -> Uuid {
        assert!(matches!(self.seen.as_slice(), [(_, status)] if status == "running"), "{:?}", self.seen);
        self.seen[0].0
    }
}

async fn operation(world: &World, id: Uuid) -> Result<Operation> {
    Ok(ops::operations::get(world, &id.to_string()).await?)
}

fn ledger(operation: &Operation) -> Result<Ledger> {
    Ok(serde_json::from_str(operation.ledger.as_deref().context("a ledger")?)?)
}

const FILE: &str = "external_id,name,arr\na,A,1\nb,B,2\nc,C,3\n";

/// A book where another process may connect.
async fn book(backend: &Backend) -> Result<(World, Looker)> {
    let world = World::on(connect(backend, false).await?, backend.dir.path()).await?;
    world.import(FILE, Request::default()).await?;
    Ok((world, Looker::new(backend)))
}

async fn an_import_says_its_operation(backend: &Backend) -> Result<()> {
    let (world, mut looker) = book(backend).await?;
    let mut stages = Vec::new();
    let source = world.source(&FILE.replace("A,1", "A,5"))?;
    let report = ops::import::run(&world, &ACCOUNT, source, Request::default(), &mut |progress| match progress {
        Progress::Begun { operation } => {
            looker.look(operation);
            stages.push("begun");
        }
        Progress::Surveying { .. } => stages.push("surveying"),
        Progress::Staging { .. } => stages.push("staging"),
        Progress::Applying { .. } => stages.push("applying"),
    })
    .await?;
    assert_eq!(Some(looker.one()), report.operation);
    let at = |stage| stages.iter().position(|one| *one == stage);
    assert!(at("surveying") < at("begun") && at("begun") < at("staging"), "{stages:?}");
    assert_eq!(operation(&world, looker.one()).await?.status, "done");
    let dry = Request { dry_run: true, ..Request::default() };
    let source = world.source(FILE)?;
    ops::import::run(&world, &ACCOUNT, source, dry, &mut |progress| {
        assert!(!matches!(progress, Progress::Begun { .. }), "a dry run is no operation");
    })
    .await?;
    Ok(())
}

fn set(arr: &str) -> bulk::Request {
    bulk::Request {
        noun: &ACCOUNT,
        action: BulkAction::Update(vec![("arr".into(), Some(arr.into()))]),
        filter: vec![("status".into(), "active".into())],
        ids: None,
        all: false,
        dry_run: false,
        max_affected: None,
        expect: None,
        plan: None,
        expect_preview: None,
        most_told: None,
    }
}

async fn a_bulk_write_says_its_operation(backend: &Backend) -> Result<()> {
    let (world, mut looker) = book(backend).await?;
    let report = bulk::run_notifying(&world, set("7"), &mut |_, _| Ok(()), &mut |id| looker.look(id)).await?;
    let id = looker.one();
    assert_eq!((report.operation, report.changed), (Some(id), 3));
    let done = operation(&world, id).await?;
    assert_eq!((done.status.as_str(), done.kind.as_str()), ("done", "accounts.bulk-update"));
    assert_eq!(ledger(&done)?, Ledger { rows: 3, updated: 3, ..Ledger::default() });
    assert!(done.parameters.contains("status=active"), "{}", done.parameters);
    // Nothing changes: it is done, and the feed has nothing to tell.
    let told = ops::activities::list(&world, &Default::default(), Default::default()).await?.total;
    let mut again = Looker::new(backend);
    let report = bulk::run_notifying(&world, set("7"), &mut |_, _| Ok(()), &mut |id| again.look(id)).await?;
    assert_eq!((report.operation, report.changed), (None, 0));
    let idle = operation(&world, again.one()).await?;
    assert_eq!((idle.status.as_str(), ledger(&idle)?.unchanged), ("done", 3));
    assert_eq!(ops::activities::list(&world, &Default::default(), Default::default()).await?.total, told);
    let count = world.operations().await?.len();
    let dry = bulk::Request { dry_run: true, ..set("8") };
    bulk::run_notifying(&world, dry, &mut |_, _| Ok(()), &mut |_| panic!("a dry run is no operation")).await?;
    assert_eq!(world.operations().await?.len(), count);
    // It is undone as ever.
    ops::operations::undo(&world, &id.to_string(), false, false).await?;
    assert_eq!(world.get("c").await?.arr.map(|arr| arr.cents()), Some(300));
    Ok(())
}

async fn a_refused_bulk_write_has_failed(backend: &Backend) -> Result<()> {
    let (world, mut looker) = book(backend).await?;
    let guarded = bulk::Request { max_affected: Some(2), ..set("7") };
    let outcome = bulk::run_notifying(&world, guarded, &mut |_, _| Ok(()), &mut |id| looker.look(id)).await;
    let error = outcome.expect_err("two at most");
    let failed = operation(&world, looker.one()).await?;
    assert_eq!((failed.status.as_str(), failed.message), ("failed", Some(error.to_string())));
    assert_eq!(refused(ops::operations::undo(&world, &failed.id.to_string(), false, false).await), "nothing_done");
    // What is not understood never begins.
    let nonsense = bulk::Request { filter: vec![("nonsense".into(), "x".into())], ..set("7") };
    let never = bulk::run_notifying(&world, nonsense, &mut |_, _| Ok(()), &mut |_| panic!("it began")).await;
    assert_eq!(refused(never), "unknown_filter");
    assert_eq!(world.get("c").await?.arr.map(|arr| arr.cents()), Some(300));
    Ok(())
}

/// Between the end of the work and the record of it there is a moment, as long as others write.
async fn until_its_end_is_written_down_it_runs(backend: &Backend) -> Result<()> {
    let (world, _) = book(backend).await?;
    let other = World::on(connect(backend, false).await?, backend.dir.path()).await?;
    let rows: String = (0..5_000).map(|n| format!("x{n},X{n},1\n")).collect();
    let source = world.source(&format!("external_id,name,arr\n{rows}"))?;
    let (sender, begun) = tokio::sync::oneshot::channel();
    let mut sender = Some(sender);
    let mut progress = |progress| {
        if let Progress::Begun { operation } = progress {
            let _ = sender.take().map(|sender| sender.send(operation));
        }
    };
    let work = ops::import::run(&world, &ACCOUNT, source, Request::default(), &mut progress);
    let look = async {
        let id = begun.await?;
        let held = other.db.write(&other.scope(), Lock::Exclusive).await?;
        let name = id.to_string();
        let watch = async {
            let mut seen = BTreeSet::new();
            for _ in 0..40 {
                seen.insert(operation(&other, id).await?.status);
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            drop(held);
            anyhow::Ok(seen)
        };
        let (cancelled, seen) = tokio::join!(ops::operations::cancel(&other, &name), watch);
        cancelled?;
        anyhow::Ok((id, seen?))
    };
    let (done, looked) = tokio::join!(work, look);
    let (id, seen) = looked?;
    assert_eq!((done.unwrap_err().code, seen), ("cancelled", BTreeSet::from(["running".to_owned()])));
    assert_eq!(operation(&world, id).await?.status, "cancelled");
    Ok(())
}

async fn an_undo_says_its_operation(backend: &Backend) -> Result<()> {
    let (world, mut looker) = book(backend).await?;
    let of = bulk::run(&world, set("7"), &mut |_, _| Ok(())).await?.operation.context("an operation")?.to_string();
    ops::operations::undo_notifying(&world, &of, false, true, &mut |_| panic!("a dry run is no operation")).await?;
    let undone = ops::operations::undo_notifying(&world, &of, false, false, &mut |id| looker.look(id)).await?;
    assert_eq!(undone.operation, Some(looker.one()));
    assert_eq!(operation(&world, looker.one()).await?.status, "done");
    Ok(())
}

async fn a_recompute_says_its_operation(backend: &Backend) -> Result<()> {
    let (world, mut looker) = book(backend).await?;
    let request = scores::Request::default();
    let dry = scores::Request { dry_run: true, ..request.clone() };
    scores::recompute_notifying(&world, &dry, &mut |_| {}, &mut |_| panic!("a dry run is no operation")).await?;
    let outcome = scores::recompute_notifying(&world, &request, &mut |_| {}, &mut |id| looker.look(id)).await?;
    assert_eq!(outcome.operation, Some(looker.one()));
    let done = operation(&world, looker.one()).await?;
    assert_eq!((done.status.as_str(), ledger(&done)?.rows), ("done", 3));
    for word in ["as_of", "model"] {
        assert!(done.parameters.contains(word), "{}", done.parameters);
    }
    let mut again = Looker::new(backend);
    let outcome = scores::recompute_notifying(&world, &request, &mut |_| {}, &mut |id| again.look(id)).await?;
    assert_eq!((outcome.operation, outcome.changed), (None, 0));
    let idle = operation(&world, again.one()).await?;
    assert_eq!((idle.status.as_str(), ledger(&idle)?.unchanged), ("done", 3));
    Ok(())
}

async fn rejected_rows_are_kept(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let mut spool = Spool::new("body", 1 << 20)?;
    for piece in ["external_id,name,arr\na,A,", "1\nb,B,x\n", "c,C,y\n"] {
        spool.push(piece.as_bytes()).await?;
    }
    let read = Options::of_media_type("text/csv; charset=utf-8").expect("a table");
    let request = Request { on_error: OnError::Skip, rejects: Rejects::Kept, read, ..Request::default() };
    let report = ops::import::run(&world, &ACCOUNT, spool.finish().await?, request, &mut |_| {}).await?;
    assert_eq!((report.ledger.created, report.ledger.rejected), (1, 2));
    let (path, again) = (report.rejects_file.clone().context("a file")?, report.clone());
    assert!(path.starts_with(again.kept.as_ref().context("a folder")?.path()));
    drop(report);
    let text = std::fs::read_to_string(&path)?;
    assert_eq!(text.lines().next(), Some("external_id,name,arr,_row,_column,_error"));
    let mended = Source::spool("mended", text.replace(",x,", ",2,").replace(",y,", ",3,").as_bytes())?;
    let report = ops::import::run(&world, &ACCOUNT, mended, Request::default(), &mut |_| {}).await?;
    assert_eq!(report.ledger.created, 2);
    drop(again);
    assert!(!path.exists(), "nothing is left behind");
    Ok(())
}

/// In pieces it is the file that an import takes back unchanged; whoever stops reading ends it.
async fn an_export_streams(backend: &Backend) -> Result<()> {
    let world = world(backend).await?;
    let mut file = "external_id,name,industry\n".to_owned();
    for n in 0..4_000 {
        file.push_str(&format!("a{n},\"=Name, {n}\",\"{}\"\n", "x \"\"y".repeat(n % 12)));
    }
    world.import(&file, Request::default()).await?;
    for format in [Format::CSV, Format::TSV, Format::Lines] {
        let all = || ExportSelection::Accounts(Default::default());
        let pieces: Vec<Vec<u8>> = export::stream(&world, all(), format, fields(&ACCOUNT)).try_collect().await?;
        assert!(pieces.len() > 2 && pieces.iter().all(|piece| piece.len() < 3 * export::PIECE), "{}", pieces.len());
        let whole = pieces.concat();
        let mut same = Writer::new(format, &fields(&ACCOUNT), Vec::new())?;
        for account in world.accounts().await? {
            same.row(&account)?;
        }
        assert_eq!(whole, same.into_inner()?, "{format:?}");
        let read = Options::of_media_type(format.media_type()).expect("a table");
        let request = Request { dry_run: true, read, ..Request::default() };
        let source = Source::spool("export", whole.as_slice())?;
        let report = ops::import::run(&world, &ACCOUNT, source, request, &mut |_| {}).await?;
        assert_eq!(report.ledger, Ledger { rows: 4_000, unchanged: 4_000, ..Ledger::default() }, "{format:?}");
        let mut stopped = export::stream(&world, all(), format, fields(&ACCOUNT));
        assert!(stopped.try_next().await?.is_some());
    }
    let active = ops::selection::selection(&world, &USER, [("active", "true")]).await?;
    let users = export::stream(&world, ExportSelection::Users(active), Format::CSV, fields(&USER));
    let users: Vec<Vec<u8>> = users.try_collect().await?;
    assert_eq!(String::from_utf8(users.concat())?.lines().count(), 2);
    let contacts =
        export::stream(&world, ExportSelection::Entries(&CONTACT, Selection::default()), Format::CSV, fields(&CONTACT));
    let contacts: Vec<Vec<u8>> = contacts.try_collect().await?;
    assert_eq!(String::from_utf8(contacts.concat())?.lines().count(), 1);
    // Nothing is held by those that were dropped.
    world.import("external_id,name\na0,Z\n", Request::default()).await?;
    Ok(())
}
