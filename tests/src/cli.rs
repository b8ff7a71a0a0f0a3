//! Runs the built `fastenr` the same way on every machine: an environment of our own, a fixed clock, a time limit.
//!
//! ```text
//! let fastenr = Fastenr::new(backend);
//! fastenr.write("crm.csv", "name\nAcme\n");
//! fastenr.args(["accounts", "import", "crm.csv"]).run().ok();
//! let accounts = fastenr.args(["accounts", "list", "-o", "json"]).run().ok().json();
//! fastenr.args(["accounts", "get", "Acmi"]).run().code(4).matches(snapbox::str![]);
//! ```

mod binary;
mod process;
mod snapshot;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use crate::harness::Backend;
use crate::scratch;

pub use binary::{fastenr as binary, use_binary};
pub use process::{Running, Signal};
pub use snapshot::redact_volatile;

/// The clock of every command, unless a test moves it.
pub const NOW: &str = "2026-03-01T07:00:00Z";

const TIME_LIMIT: Duration = Duration::from_secs(120);

/// The command in one place: a folder to work in, a home below it, a database.
#[derive(Clone)]
pub struct Fastenr {
    dir: PathBuf,
    environment: BTreeMap<OsString, OsString>,
    limit: Duration,
    program: Option<PathBuf>,
    database: Option<String>,
    _own_dir: Option<Arc<TempDir>>,
}

impl Fastenr {
    /// Works on the backend's database, in its folder.
    pub fn new(backend: &Backend) -> Self {
        let url = backend.url.clone();
        let mut fastenr = Self::within(backend.dir.path()).env("FASTENR_DATABASE_URL", &url);
        fastenr.database = Some(url);
        fastenr
    }

    /// Is told of no database, in a folder of its own.
    pub fn without_database() -> Self {
        let dir = scratch::folder("fastenr-test-").expect("a temporary folder");
        let mut fastenr = Self::within(dir.path());
        fastenr._own_dir = Some(Arc::new(dir));
        fastenr
    }

    fn within(dir: &Path) -> Self {
        let home = dir.join("home");
        let folders = [
            ("HOME", home.clone()),
            ("XDG_CONFIG_HOME", home.join(".config")),
            ("XDG_DATA_HOME", home.join(".local/share")),
            ("XDG_STATE_HOME", home.join(".local/state")),
            ("XDG_CACHE_HOME", home.join(".cache")),
            ("XDG_RUNTIME_DIR", home.join(".run")),
            // Spool files too, so that a killed command leaves nothing behind and a test can look.
            ("TMPDIR", dir.join("tmp")),
        ];
        for created in [&home, &dir.join("tmp")] {
            fs::create_dir_all(created).expect("a folder below the temporary folder");
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut environment: BTreeMap<OsString, OsString> =
            folders.into_iter().map(|(name, folder)| (name.into(), folder.into())).collect();
        environment.insert("PATH".into(), path);
        environment.insert("TZ".into(), "UTC".into());
        environment.insert("FASTENR_NOW".into(), NOW.into());
        Self { dir: dir.to_owned(), environment, limit: TIME_LIMIT, program: None, database: None, _own_dir: None }
    }

    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment.insert(name.as_ref().to_owned(), value.as_ref().to_owned());
        self
    }

    #[must_use]
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.environment.remove(name.as_ref());
        self
    }

    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs a stand-in for the built command.
    #[must_use]
    pub fn program(mut self, path: impl Into<PathBuf>) -> Self {
        self.program = Some(path.into());
        self
    }

    /// The folder that the command works in: relative file names in arguments are looked up here.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    #[track_caller]
    pub fn write(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.join(name);
        fs::write(&path, content).unwrap_or_else(|error| panic!("can't write {}: {error}", path.display()));
        path
    }

    #[track_caller]
    pub fn read(&self, name: impl AsRef<Path>) -> String {
        let path = self.dir.join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("can't read {}: {error}", path.display()))
    }

    /// One call of the command.
    pub fn args<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Call {
        let arguments = arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect();
        Call { fastenr: self.clone(), arguments, stdin: Vec::new(), stays_open: false }
    }
}

/// A command line, not yet run.
#[derive(Clone)]
#[must_use]
pub struct Call {
    fastenr: Fastenr,
    arguments: Vec<OsString>,
    stdin: Vec<u8>,
    stays_open: bool,
}

impl Call {
    /// Without it, standard input is empty.
    pub fn stdin(mut self, content: impl Into<Vec<u8>>) -> Self {
        self.stdin = content.into();
        self
    }

    /// Standard input stays open until [`Running::end_input`], for tests that feed it bit by bit.
    pub fn open_stdin(mut self) -> Self {
        self.stays_open = true;
        self
    }

    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.fastenr = self.fastenr.env(name, value);
        self
    }

    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.fastenr = self.fastenr.time_limit(limit);
        self
    }

    #[track_caller]
    pub fn run(self) -> Output {
        self.spawn().wait()
    }

    /// Starts the command and returns, for tests that signal or talk to it.
    #[track_caller]
    pub fn spawn(self) -> Running {
        let binary = match &self.fastenr.program {
            Some(program) => program,
            None => binary::fastenr().unwrap_or_else(|error| panic!("{error:?}")),
        };
        let mut command = Command::new(binary);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(&self.fastenr.environment)
            .current_dir(&self.fastenr.dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = command.spawn().unwrap_or_else(|error| panic!("can't start {}: {error}", binary.display()));
        Running::new(child, self)
    }

    fn command_line(&self) -> String {
        let quoted = self.arguments.iter().map(|argument| {
            let argument = argument.to_string_lossy();
            let plain = |c: char| c.is_alphanumeric() || "-_./:,=+@%".contains(c);
            if !argument.is_empty() && argument.chars().all(plain) {
                argument.into_owned()
            } else {
                format!("'{}'", argument.replace('\'', r"'\''"))
            }
        });
        std::iter::once("fastenr".to_owned()).chain(quoted).collect::<Vec<_>>().join(" ")
    }
}

/// What a finished command left.
#[derive(Clone)]
pub struct Output {
    /// The exit code, or 128 and the signal, as a shell reports it.
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
    call: Call,
}

impl Output {
    fn new(call: Call, status: ExitStatus, stdout: String, stderr: String) -> Self {
        let status = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1);
        Self { status, stdout, stderr, call }
    }

    #[track_caller]
    pub fn ok(self) -> Self {
        self.code(0)
    }

    #[track_caller]
    pub fn code(self, expected: i32) -> Self {
        assert!(self.status == expected, "expected exit {expected} from\n{}", self.transcript());
        self
    }

    /// Standard output as one JSON document.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("standard output is no JSON document, {error}:\n{}", self.transcript()))
    }

    /// Standard output as one JSON document per line.
    #[track_caller]
    pub fn jsonl(&self) -> Vec<serde_json::Value> {
        let parse = |line| {
            serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("the line {line} is no JSON, {error}:\n{}", self.transcript()))
        };
        self.stdout.lines().map(parse).collect()
    }
}
