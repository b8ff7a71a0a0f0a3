//! PostgreSQL: each side a database of its own on one server; the reference is psql.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::NaiveDate;

use super::Args;
use super::book::Files;
use super::engine::{Engine, Load, Side};
use super::process::{Step, say, settle};
use super::recompute::dense_metrics;
use super::server::Server;
use super::tools::Tools;

const TEMPLATE: &str = "fastenr_bench_template";

pub(crate) struct Postgres {
    /// Names the server; each database of the bench is reached by putting its name in place of this one's.
    url: String,
    /// The rows as the table's own columns.
    derived: PathBuf,
    /// The private server, stopped when this is gone.
    _server: Option<Server>,
}

impl Postgres {
    pub(crate) fn prepare(args: &Args, tools: &Tools, files: &Files, folder: &Path) -> Result<Self> {
        let (server, url) = match &args.postgres_url {
            Some(url) => (None, url.clone()),
            None => {
                let server = Server::start(folder)?;
                let url = server.url();
                (Some(server), url)
            }
        };
        say("PostgreSQL: an empty book");
        let this = Self { url, derived: folder.join("derived.csv"), _server: server };
        this.recreate(TEMPLATE, "template0")?;
        let template = with_database(&this.url, TEMPLATE);
        tools.fastenr(&template, ["db", "migrate", "-q"]).run()?;
        tools.fastenr(&template, ["users", "import", "--yes", "-q"]).arg(&files.users).run()?;
        Ok(this)
    }

    fn admin(&self, sql: &str) -> Result<()> {
        psql(&self.url).args(["-c", sql]).run().map(drop)
    }

    fn recreate(&self, database: &str, template: &str) -> Result<()> {
        self.discard(database)?;
        self.admin(&format!("create database {database} template {template}"))
    }

    fn discard(&self, database: &str) -> Result<()> {
        self.admin(&format!("drop database if exists {database} with (force)"))
    }

    fn psql(&self, side: Side) -> Step {
        psql(&self.url(side))
    }
}

impl Engine for Postgres {
    fn name(&self) -> &'static str {
        "PostgreSQL"
    }

    fn fresh(&mut self, side: Side) -> Result<()> {
        self.recreate(database(side), TEMPLATE)
    }

    fn keep(&mut self) -> Result<()> {
        self.recreate(TEMPLATE, database(Side::Ours))
    }

    fn url(&self, side: Side) -> String {
        with_database(&self.url, database(side))
    }

    fn derive(&mut self, load: Load) -> Result<()> {
        let copy = format!("\\copy {} to '{}' with (format csv)", load.table(), self.derived.display());
        self.psql(Side::Ours).args(["-c", &copy]).run().map(drop)
    }

    fn reference_import(&self, load: Load) -> Step {
        let copy = format!("\\copy {} from '{}' with (format csv)", load.table(), self.derived.display());
        self.psql(Side::Reference).args(["-c", &copy])
    }

    fn reference_export(&self, load: Load, file: &Path) -> Step {
        let copy = format!("copy {} to stdout with (format csv, header)", load.table());
        self.psql(Side::Ours).args(["-c", &copy]).into_file(file)
    }

    fn reference_names(&self) -> (&'static str, &'static str) {
        ("`\\copy`", "`COPY … TO STDOUT`")
    }

    fn targets(&self) -> (f64, f64) {
        (1.0, 1.5)
    }

    fn statement(&self, sql: &str) -> Step {
        self.psql(Side::Ours).args(["-c", sql])
    }

    fn dense_metrics(&self, days: u64, last: NaiveDate) -> String {
        dense_metrics(
            "(hashtext(a.external_id) & 65535) + d.age * 17",
            &format!("with d (age) as (select generate_series(0, {days} - 1)) insert into"),
            "gen_random_uuid()",
            &format!("date '{last}' - d.age"),
            "timestamptz '2026-06-15T00:00:00Z'",
        )
    }

    fn count(&self, side: Side, load: Load) -> Result<u64> {
        let count = format!("select count(*) from {}", load.table());
        let done = self.psql(side).args(["-A", "-t", "-c", &count]).run()?;
        done.stdout.trim().parse().context("counting the rows")
    }

    fn settle(&self) -> Result<()> {
        // Only a superuser or pg_checkpoint may; on another's server the runs are a little less even.
        drop(self.admin("checkpoint"));
        settle();
        Ok(())
    }

    fn housekeeping(&self) -> Result<()> {
        self.psql(Side::Ours).args(["-c", "vacuum analyze"]).run().map(drop)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // A private server takes its databases with it.
        if self._server.is_none() {
            for name in [database(Side::Ours), database(Side::Reference), TEMPLATE] {
                if let Err(error) = self.discard(name) {
                    say(format_args!("the database {name} is left behind: {error}"));
                }
            }
        }
        drop(fs::remove_file(&self.derived));
    }
}

const fn database(side: Side) -> &'static str {
    match side {
        Side::Ours => "fastenr_bench_ours",
        Side::Reference => "fastenr_bench_reference",
    }
}

/// psql without anybody's ~/.psqlrc, stopping at the first error.
fn psql(url: &str) -> Step {
    Step::new("psql")
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url])
        .env("PGOPTIONS", "-c client_min_messages=warning")
}

/// The URL with another database: its path is replaced, host and parameters stay.
fn with_database(url: &str, database: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let (place, parameters) = rest.split_once('?').map_or((rest, None), |(place, rest)| (place, Some(rest)));
    let host = place.split('/').next().unwrap_or_default();
    let parameters = parameters.map_or_else(String::new, |text| format!("?{text}"));
    format!("{scheme}://{host}/{database}{parameters}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_keep_everything_but_the_database() {
        assert_eq!(
            with_database("postgres://jo:pw@db:5433/postgres?sslmode=require", "x"),
            "postgres://jo:pw@db:5433/x?sslmode=require"
        );
        assert_eq!(with_database("postgres://db", "x"), "postgres://db/x");
        assert_eq!(with_database("postgres:///postgres?host=/tmp/s", "x"), "postgres:///x?host=/tmp/s");
    }
}
