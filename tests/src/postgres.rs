//! PostgreSQL for tests: the server named by `FASTENR_TEST_POSTGRES_URL`, or else a private one started from the
//! locally installed binaries, once per test process. Each test gets a database of its own.

mod installed;
mod private;

use std::env;
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use anyhow::{Context, Result, anyhow};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use private::Private;

use crate::harness::Start;
use crate::template;

/// An existing server; its user must be allowed to create databases.
pub const URL_VARIABLE: &str = "FASTENR_TEST_POSTGRES_URL";
/// A folder that holds `initdb` and `postgres`; when set, no other is looked at.
pub const BINARIES_VARIABLE: &str = "FASTENR_TEST_POSTGRES_BIN";

pub const HOW_TO_INSTALL: &str = "install PostgreSQL 15 or newer (Debian: `apt install postgresql`, Fedora: `dnf install \
    postgresql-server`, macOS: `brew install postgresql`), or set FASTENR_TEST_POSTGRES_URL=postgres://user:password@host/postgres";

/// Linguistic order first, because code that only works under byte order must show it; byte order where nothing else
/// is installed.
const LOCALES: [&str; 5] = [
    "locale_provider icu icu_locale 'en-US' locale 'C.UTF-8'",
    "locale_provider icu icu_locale 'en-US' locale 'C'",
    "locale 'en_US.UTF-8'",
    "locale 'C.UTF-8'",
    "locale 'C'",
];

/// Whether tests can have PostgreSQL databases on this machine.
#[derive(Clone, Debug)]
pub enum Availability {
    Ready,
    /// Why not, as one clause without a full stop.
    Absent(String),
}

/// Looks only, and starts nothing: listing the tests has to stay quick.
pub fn availability() -> &'static Availability {
    static AVAILABILITY: OnceLock<Availability> = OnceLock::new();
    AVAILABILITY.get_or_init(|| match source() {
        Ok(_) => Availability::Ready,
        Err(reason) => Availability::Absent(format!("{reason:#}")),
    })
}

enum Source {
    Existing(String),
    Installed(PathBuf),
}

fn source() -> Result<Source> {
    match env::var(URL_VARIABLE) {
        Ok(url) if !url.is_empty() => Ok(Source::Existing(url)),
        _ => installed::find().map(Source::Installed),
    }
}

static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();

/// The server of this process, started by the first call. It stops with the process, however that ends.
pub fn server() -> Result<&'static Server> {
    SERVER
        .get_or_init(|| Server::open().map_err(|error| format!("{error:?}")))
        .as_ref()
        .map_err(|error| anyhow!("{error}"))
}

/// A cluster beside that of [`server`], empty, which ends with the handle.
pub struct Another(Private);

impl Another {
    pub fn url(&self) -> String {
        self.0.url()
    }
}

pub fn another() -> Result<Another> {
    Private::start(&installed::find()?).map(Another)
}

/// A program that comes with the server, such as `pg_dump`, by its path where it is beside it.
pub fn tool(name: &str) -> Result<PathBuf> {
    Ok(Some(installed::find()?.join(name)).filter(|path| path.is_file()).unwrap_or_else(|| name.into()))
}

/// Stops the private server now and waits until it and its folder are gone.
pub fn stop() {
    if let Some(Ok(server)) = SERVER.get() {
        if let Some(Ok(template)) = server.template.get() {
            template.drop_database();
        }
        drop(server.private.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

pub struct Server {
    url: String,
    /// The clause of [`LOCALES`] that this server accepted.
    locale: OnceLock<&'static str>,
    /// A migrated database that no one connects to any more, to be copied.
    template: OnceLock<Result<TestDatabase, String>>,
    private: Mutex<Option<Private>>,
}

impl Server {
    fn open() -> Result<Self> {
        let (url, private) = match source()? {
            Source::Existing(url) => (url, None),
            Source::Installed(binaries) => {
                let private = Private::start(&binaries)?;
                (private.url(), Some(private))
            }
        };
        Ok(Self { url, locale: OnceLock::new(), template: OnceLock::new(), private: Mutex::new(private) })
    }

    /// A new database, dropped with the handle.
    pub fn database(&'static self, start: Start) -> Result<TestDatabase> {
        match start {
            Start::Empty => self.empty(),
            Start::Migrated => {
                let template = self.template.get_or_init(|| self.make_template().map_err(|error| format!("{error:?}")));
                let template = template.as_ref().map_err(|error| anyhow!("no template: {error}"))?;
                // Copying files beats copying pages through the log, on a server that syncs nothing.
                self.create(&format!("template {} strategy file_copy", template.name))
            }
        }
    }

    fn empty(&'static self) -> Result<TestDatabase> {
        let known = self.locale.get();
        let mut refusal = None;
        for locale in known.map_or(&LOCALES[..], std::slice::from_ref) {
            match self.create(&format!("template template0 encoding 'UTF8' {locale}")) {
                Ok(database) => {
                    // Another test may have found the same answer meanwhile.
                    let _ = self.locale.set(locale);
                    return Ok(database);
                }
                Err(error) => refusal = Some(error),
            }
        }
        Err(refusal.unwrap_or_else(|| anyhow!("no locale to try"))).context("can't create a test database")
    }

    fn create(&'static self, how: &str) -> Result<TestDatabase> {
        let name = format!("fastenr_test_{:016x}", random());
        execute(&self.url, format!("create database {name} {how}"))?;
        let url = with_database(&self.url, &name)?;
        Ok(TestDatabase { url, name, server: self })
    }

    fn make_template(&'static self) -> Result<TestDatabase> {
        let database = self.empty()?;
        on_a_thread(template::migrate(&database.url))?;
        // Connections that are on their way out would keep it from being copied.
        let name = &database.name;
        execute(&self.url, format!("alter database {name} with allow_connections false"))?;
        let ended = format!("select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '{name}'");
        execute(&self.url, ended)?;
        Ok(database)
    }
}

/// A database that nothing else uses.
pub struct TestDatabase {
    pub url: String,
    name: String,
    server: &'static Server,
}

impl TestDatabase {
    fn drop_database(&self) {
        // Best effort: a private server takes its databases along, and a failed test must not fail twice.
        let _ = execute(&self.server.url, format!("drop database if exists {} with (force)", self.name));
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        self.drop_database();
    }
}

fn execute(url: &str, sql: String) -> Result<()> {
    on_a_thread(async {
        let mut connection = PgConnection::connect(url).await.context("can't connect to the test server")?;
        let outcome = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await;
        connection.close().await.ok();
        outcome.map(drop).map_err(anyhow::Error::from)
    })
}

/// So that tests may call this inside or outside a runtime.
pub(crate) fn on_a_thread<F: Future<Output = Result<()>> + Send>(future: F) -> Result<()> {
    thread::scope(|scope| scope.spawn(|| block_on(future)?).join())
        .map_err(|_| anyhow!("the administration thread panicked"))?
}

fn block_on<F: Future>(future: F) -> Result<F::Output> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future))
}

/// The same server and parameters, another database.
pub(crate) fn with_database(url: &str, name: &str) -> Result<String> {
    let start = url.find("://").with_context(|| format!("{URL_VARIABLE} is no postgres:// URL"))? + 3;
    let (location, parameters) = url.split_at(url.find('?').unwrap_or(url.len()));
    let authority = location[start..].find('/').map_or(location, |slash| &location[..start + slash]);
    Ok(format!("{authority}/{name}{parameters}"))
}

/// Seeded by the operating system, like every `HashMap`: enough for names and a throw-away password.
pub(crate) fn random() -> u64 {
    RandomState::new().hash_one(0)
}
