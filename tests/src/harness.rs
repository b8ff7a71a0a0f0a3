//! Lists each test on both databases, and on a cluster where there is one, and runs it on a new one, migrated or empty.
//!
//! ```text
//! fn main() -> ExitCode {
//!     harness::run(|tests| {
//!         tests.both("accounts/create_then_get", create_then_get); // sqlite::… and postgres::…
//!         tests.empty().both("database/migrate", migrate);
//!         tests.plain("cli/version", version);
//!     })
//! }
//!
//! async fn create_then_get(backend: &Backend) -> anyhow::Result<()> { … }
//! fn version() -> anyhow::Result<()> { … }
//! ```

mod trial;

use std::collections::HashSet;
use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context, Result};
use libtest_mimic::{Arguments, Trial};
use tempfile::TempDir;

use crate::citus::{self, ClusterDatabase};
use crate::postgres::{self, Availability, TestDatabase};
use crate::scratch;
use crate::template;

/// Tests wait for processes, disks and servers more than they compute.
const THREADS_PER_CORE: usize = 2;
/// How many of the slowest tests are listed at the end, with their seconds.
const SLOWEST_VARIABLE: &str = "FASTENR_TEST_SLOWEST";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// What a test finds in its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// SQLite: no file; PostgreSQL: no table.
    Empty,
    /// The current schema, the organization `default` and its administrator.
    Migrated,
}

/// A database and an empty folder, both gone after the test.
pub struct Backend {
    pub kind: Kind,
    /// `sqlite:///…/fastenr.db` or `postgres://…`.
    pub url: String,
    pub dir: TempDir,
    /// PostgreSQL that is distributed over a cluster.
    pub is_cluster: bool,
    _database: Option<TestDatabase>,
    _cluster: Option<ClusterDatabase>,
}

impl Backend {
    /// A migrated database.
    pub fn new(kind: Kind) -> Result<Self> {
        Self::starting(kind, Start::Migrated)
    }

    pub fn starting(kind: Kind, start: Start) -> Result<Self> {
        let dir = scratch::folder("fastenr-test-")?;
        let (url, database) = match kind {
            Kind::Sqlite => {
                let file = dir.path().join("fastenr.db");
                if start == Start::Migrated {
                    template::sqlite(&file)?;
                }
                (format!("sqlite://{}", file.display()), None)
            }
            Kind::Postgres => {
                let database = postgres::server()?.database(start)?;
                (database.url.clone(), Some(database))
            }
        };
        Ok(Self { kind, url, dir, is_cluster: false, _database: database, _cluster: None })
    }

    /// A database that is distributed.
    fn on_cluster() -> Result<Self> {
        let dir = scratch::folder("fastenr-test-")?;
        let database = citus::database()?;
        let url = database.url.clone();
        Ok(Self { kind: Kind::Postgres, url, dir, is_cluster: true, _database: None, _cluster: Some(database) })
    }

    /// How many of so many random tries are worth their time: on PostgreSQL each takes several times as long, and what is tried
    /// is mostly the code above the database.
    pub fn tries(&self, all: u32) -> u32 {
        match self.kind {
            Kind::Sqlite => all,
            Kind::Postgres => all.div_ceil(3),
        }
    }

    /// A path in the folder.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join(name)
    }
}

static KEPT: Mutex<Vec<Backend>> = Mutex::new(Vec::new());

/// Keeps the database until the last test has ended, for those that look at what one of them has made. Its URL.
pub fn keep(backend: Backend) -> String {
    let url = backend.url.clone();
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).push(backend);
    url
}

/// Runs what `register` lists, with the arguments of the standard harness.
pub fn run(register: impl FnOnce(&mut Tests)) -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or_else(threads);
    let mut tests = Tests { trials: Vec::new(), names: HashSet::new(), postgres: Postgres::look() };
    register(&mut tests);
    if !arguments.list {
        tests.say_what_is_ignored();
    }
    trial::keep_panic_messages();
    let conclusion = libtest_mimic::run(&arguments, tests.trials);
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).clear();
    postgres::stop();
    citus::stop();
    if let Some(count) = env::var(SLOWEST_VARIABLE).ok().and_then(|count| count.parse().ok()) {
        say_what_was_slow(count);
    }
    conclusion.exit_code()
}

#[expect(clippy::print_stderr, reason = "the standard harness has no place for times")]
fn say_what_was_slow(count: usize) {
    for (time, name) in trial::slowest().into_iter().take(count) {
        eprintln!("{:7.2} s  {name}", time.as_secs_f64());
    }
}

fn threads() -> Option<usize> {
    thread::available_parallelism().ok().map(|cores| cores.get() * THREADS_PER_CORE)
}

/// The list of tests.
pub struct Tests {
    trials: Vec<Trial>,
    names: HashSet<String>,
    postgres: Postgres,
}

impl Tests {
    /// A test listed as `sqlite::name`, `postgres::name` and, for PostgreSQL that is distributed over a cluster, `citus::name`, each on
    /// a migrated database.
    pub fn both<F: Body>(&mut self, name: &str, body: F) {
        let body = Arc::new(body);
        self.on(Kind::Sqlite, Start::Migrated, name, Arc::clone(&body));
        self.on_cluster(name, Arc::clone(&body));
        self.on(Kind::Postgres, Start::Migrated, name, body);
    }

    fn on_cluster<F: Body>(&mut self, name: &str, body: Arc<F>) {
        let name = format!("citus::{name}");
        if citus::url().is_none() {
            return self.add(Trial::test(name, || Err(citus::HOW_TO_SET.into())).with_ignored_flag(true));
        }
        let run = move || {
            let backend = Backend::on_cluster().context("no database of the cluster for the test")?;
            trial::block_on(body(&backend))
        };
        let own = name.clone();
        self.add(Trial::test(name, || trial::run(own, run)));
    }

    /// A test of something that only SQLite has.
    pub fn sqlite<F: Body>(&mut self, name: &str, body: F) {
        self.on(Kind::Sqlite, Start::Migrated, name, Arc::new(body));
    }

    /// A test of something that only PostgreSQL has.
    pub fn postgres<F: Body>(&mut self, name: &str, body: F) {
        self.on(Kind::Postgres, Start::Migrated, name, Arc::new(body));
    }

    /// Lists tests that begin before the first migration.
    pub fn empty(&mut self) -> OnEmpty<'_> {
        OnEmpty(self)
    }

    /// A test without a database.
    pub fn plain(&mut self, name: &str, body: impl FnOnce() -> Result<()> + Send + 'static) {
        let own = name.to_owned();
        self.add(Trial::test(name, || trial::run(own, body)));
    }

    fn on<F: Body>(&mut self, kind: Kind, start: Start, name: &str, body: Arc<F>) {
        let name = format!("{kind}::{name}");
        if let (Kind::Postgres, Some(reason)) = (kind, self.postgres.absence()) {
            let message = format!("{reason}: {}", postgres::HOW_TO_INSTALL);
            return self.add(Trial::test(name, || Err(message.into())).with_ignored_flag(!self.postgres.required));
        }
        let run = move || {
            let backend = Backend::starting(kind, start).with_context(|| format!("no {kind} database for the test"))?;
            trial::block_on(body(&backend))
        };
        let own = name.clone();
        self.add(Trial::test(name, || trial::run(own, run)));
    }

    fn add(&mut self, trial: Trial) {
        assert!(self.names.insert(trial.name().to_owned()), "two tests are called {}", trial.name());
        self.trials.push(trial);
    }

    #[expect(clippy::print_stderr, reason = "the standard harness has no place for a reason")]
    fn say_what_is_ignored(&self) {
        if let (Some(reason), false) = (self.postgres.absence(), self.postgres.required) {
            eprintln!("note: the postgres:: tests are ignored, {reason}: {}", postgres::HOW_TO_INSTALL);
        }
    }
}

/// As [`Tests`], on databases without a schema.
pub struct OnEmpty<'a>(&'a mut Tests);

impl OnEmpty<'_> {
    pub fn both<F: Body>(&mut self, name: &str, body: F) {
        let body = Arc::new(body);
        self.0.on(Kind::Sqlite, Start::Empty, name, Arc::clone(&body));
        self.0.on(Kind::Postgres, Start::Empty, name, body);
    }

    pub fn sqlite<F: Body>(&mut self, name: &str, body: F) {
        self.0.on(Kind::Sqlite, Start::Empty, name, Arc::new(body));
    }
}

/// What a test does with its database.
pub trait Body: AsyncFn(&Backend) -> Result<()> + Send + Sync + 'static {}

impl<F: AsyncFn(&Backend) -> Result<()> + Send + Sync + 'static> Body for F {}

struct Postgres {
    availability: &'static Availability,
    /// On a build server a test that silently does not run is worse than one that fails.
    required: bool,
}

impl Postgres {
    fn look() -> Self {
        let ci = env::var("CI").unwrap_or_default();
        Self { availability: postgres::availability(), required: !matches!(ci.as_str(), "" | "0" | "false") }
    }

    fn absence(&self) -> Option<&'static str> {
        match self.availability {
            Availability::Ready => None,
            Availability::Absent(reason) => Some(reason),
        }
    }
}
