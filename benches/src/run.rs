//! One command, one table: what fastenr takes, what the plain tools take for the same work, on this machine, now.

mod book;
mod bulk;
mod engine;
mod http;
mod latency;
mod machine;
mod postgres;
mod process;
mod quiet;
mod recompute;
mod rounds;
mod server;
mod sqlite;
mod table;
mod tools;
mod undo;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args as ClapArgs, ValueEnum};

use book::Files;
use engine::Engine;
use table::Table;
use tools::Tools;

#[derive(ClapArgs)]
pub(crate) struct Args {
    /// Accounts in the book, and rows of metrics: 100 each of a hundredth as many accounts
    #[arg(long, default_value_t = 300_000)]
    pub(crate) rows: u64,
    /// Users who own them
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) owners: u64,
    /// Accounts of the recompute, each with 90 days of metrics
    #[arg(long, default_value_t = 20_000)]
    pub(crate) scored: u64,
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Only these parts of the table
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) only: Vec<Part>,
    #[arg(long, value_enum, value_delimiter = ',', default_value = "sqlite,postgres")]
    pub(crate) database: Vec<Database>,
    /// A PostgreSQL server to use instead of a private one: its user may create databases (fastenr_bench_…, dropped again)
    #[arg(long)]
    pub(crate) postgres_url: Option<String>,
    /// The binary to time; the one of the same profile beside this one unless given
    #[arg(long)]
    pub(crate) fastenr: Option<PathBuf>,
    /// Runs of each bulk row and of each load; the median counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) repeat: u32,
    /// Runs of each row that is a matter of milliseconds
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) calls: u32,
    /// Seconds that each server is under load
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) seconds: u32,
    /// Minutes that each part may take: rows are measured less often than asked for, at least once, where they would take longer
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) minutes: u32,
    /// Where files and databases are made, and removed at the end: needs about 3 GB for a million rows
    #[arg(long)]
    pub(crate) folder: Option<PathBuf>,
    /// List every single run below the table
    #[arg(long)]
    pub(crate) verbose: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    Import,
    Export,
    List,
    Metrics,
    Recompute,
    Bulk,
    Http,
    Version,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

impl Args {
    fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    /// A book full of accounts.
    fn wants_accounts(&self) -> bool {
        [Part::Import, Part::Export, Part::List].into_iter().any(|part| self.wants(part))
    }

    fn wants_books(&self) -> bool {
        self.wants_accounts()
            || self.wants(Part::Bulk)
            || self.wants(Part::Http)
            || self.wants(Part::Metrics)
            || self.wants(Part::Recompute)
    }
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let tools = Tools::find(args)?;
    let parent = args.folder.clone().unwrap_or_else(std::env::temp_dir);
    let folder = tempfile::Builder::new()
        .prefix("fastenr-bench-")
        .tempdir_in(&parent)
        .with_context(|| format!("making a folder in {}", parent.display()))?;
    let mut table = Table::default();
    let mut served = Vec::new();
    if args.wants(Part::Version) {
        latency::version(args, &tools, &mut table)?;
    }
    if args.wants_books() {
        let files = Files::write(args, folder.path())?;
        for database in &args.database {
            // One after the other, so that the machine is the same for both.
            let mut engine: Box<dyn Engine> = match database {
                Database::Sqlite => Box::new(sqlite::Sqlite::prepare(&tools, &files, folder.path())?),
                Database::Postgres => Box::new(postgres::Postgres::prepare(args, &tools, &files, folder.path())?),
            };
            if args.wants_accounts() {
                bulk::accounts(args, &tools, &files, engine.as_mut(), &mut table)?;
            }
            if args.wants(Part::List) {
                latency::lists(args, &tools, engine.as_mut(), &mut table)?;
            }
            if args.wants(Part::Bulk) {
                undo::bulk(args, &tools, &files, engine.as_mut(), &mut table)?;
            }
            if args.wants(Part::Http) {
                served.extend(http::load(args, &tools, &files, engine.as_mut(), *database)?);
            }
            if args.wants(Part::Recompute) {
                recompute::recompute(args, &tools, &files, engine.as_mut(), &mut table)?;
            }
            if args.wants(Part::Metrics) {
                bulk::metrics(args, &tools, &files, engine.as_mut(), &mut table)?;
            }
        }
    }
    table.print(&machine::describe(args, &tools), args.verbose)?;
    http::print(&served)?;
    quiet::print()
}
