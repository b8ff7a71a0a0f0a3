//! Lists each test on both databases and runs it on an empty one.
//!
//! ```text
//! fn main() -> ExitCode {
//!     harness::run(|tests| {
//!         tests.both("accounts/create_then_get", create_then_get); // sqlite::… and postgres::…
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
use std::sync::Arc;

use anyhow::{Context, Result};
use libtest_mimic::{Arguments, Trial};
use tempfile::TempDir;

use crate::postgres::{self, Availability, TestDatabase};

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

/// An empty database and an empty folder, both gone after the test.
pub struct Backend {
    pub kind: Kind,
    /// `sqlite:///…/fastenr.db`, where no file is yet, or `postgres://…`, where no table is.
    pub url: String,
    pub dir: TempDir,
    _database: Option<TestDatabase>,
}

impl Backend {
    pub fn new(kind: Kind) -> Result<Self> {
        let dir = tempfile::Builder::new().prefix("fastenr-test-").tempdir()?;
        let (url, database) = match kind {
            Kind::Sqlite => (format!("sqlite://{}", dir.path().join("fastenr.db").display()), None),
            Kind::Postgres => {
                let database = postgres::server()?.database()?;
                (database.url.clone(), Some(database))
            }
        };
        Ok(Self { kind, url, dir, _database: database })
    }

    /// A path in the folder.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.dir.path().join(name)
    }
}

/// Runs what `register` lists, with the arguments of the standard harness.
pub fn run(register: impl FnOnce(&mut Tests)) -> ExitCode {
    let arguments = Arguments::from_args();
    let mut tests = Tests { trials: Vec::new(), names: HashSet::new(), postgres: Postgres::look() };
    register(&mut tests);
    if !arguments.list {
        tests.say_what_is_ignored();
    }
    trial::keep_panic_messages();
    let conclusion = libtest_mimic::run(&arguments, tests.trials);
    postgres::stop();
    conclusion.exit_code()
}

/// The list of tests.
pub struct Tests {
    trials: Vec<Trial>,
    names: HashSet<String>,
    postgres: Postgres,
}

impl Tests {
    /// A test listed twice, as `sqlite::name` and `postgres::name`.
    pub fn both<F>(&mut self, name: &str, body: F)
    where
        F: AsyncFn(&Backend) -> Result<()> + Send + Sync + 'static,
    {
        let body = Arc::new(body);
        self.on(Kind::Sqlite, name, Arc::clone(&body));
        self.on(Kind::Postgres, name, body);
    }

    /// A test of something that only SQLite has.
    pub fn sqlite<F>(&mut self, name: &str, body: F)
    where
        F: AsyncFn(&Backend) -> Result<()> + Send + Sync + 'static,
    {
        self.on(Kind::Sqlite, name, Arc::new(body));
    }

    /// A test of something that only PostgreSQL has.
    pub fn postgres<F>(&mut self, name: &str, body: F)
    where
        F: AsyncFn(&Backend) -> Result<()> + Send + Sync + 'static,
    {
        self.on(Kind::Postgres, name, Arc::new(body));
    }

    /// A test without a database.
    pub fn plain(&mut self, name: &str, body: impl FnOnce() -> Result<()> + Send + 'static) {
        self.add(Trial::test(name, || trial::run(body)));
    }

    fn on<F>(&mut self, kind: Kind, name: &str, body: Arc<F>)
    where
        F: AsyncFn(&Backend) -> Result<()> + Send + Sync + 'static,
    {
        let name = format!("{kind}::{name}");
        if let (Kind::Postgres, Some(reason)) = (kind, self.postgres.absence()) {
            let message = format!("{reason}: {}", postgres::HOW_TO_INSTALL);
            return self.add(Trial::test(name, || Err(message.into())).with_ignored_flag(!self.postgres.required));
        }
        let run = move || {
            let backend = Backend::new(kind).with_context(|| format!("no {kind} database for the test"))?;
            trial::block_on(body(&backend))
        };
        self.add(Trial::test(name, || trial::run(run)));
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
