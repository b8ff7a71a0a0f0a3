//! Deterministic data: no clock, no platform arithmetic, each row a function of the seed and its number.

mod account;
mod accounts;
mod crm;
mod metrics;
mod people;
mod random;
mod spelling;
#[cfg(test)]
mod tests;
mod words;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

pub(crate) use accounts::{HEADER, accounts};
pub(crate) use metrics::{Feed, HEADER as METRICS_HEADER, metrics};
pub(crate) use people::users;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Accounts in fastenr's own columns, owners by e-mail address
    #[command(visible_alias = "book")]
    Accounts(AccountsArgs),
    /// The users whom `accounts --owners N` and `crm --owners N` name
    Users(UsersArgs),
    /// The export of a foreign CRM: semicolons, Windows-1252, CRLF, German headers, owners by name
    Crm(CrmArgs),
    /// Daily metrics of the accounts of `accounts`: days without a row, and most cells empty
    Metrics(MetricsArgs),
}

#[derive(Args)]
pub(crate) struct AccountsArgs {
    /// Data rows
    #[arg(long, default_value_t = 1_000)]
    rows: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Users who own them
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..))]
    owners: u64,
    /// The later edition of the same file, in which this many percent of the accounts differ
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=100))]
    changed: u64,
    #[arg(long)]
    out: PathBuf,
}

#[derive(Args)]
pub(crate) struct UsersArgs {
    #[arg(long, default_value_t = 200)]
    rows: u64,
    #[arg(long)]
    out: PathBuf,
}

#[derive(Args)]
pub(crate) struct CrmArgs {
    #[arg(long, default_value_t = 1_000)]
    rows: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..))]
    owners: u64,
    /// Names in the owner column that no user has, each in about 2 % of the rows
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=4))]
    unknown_owners: u64,
    /// Values in the status column that mean nothing to fastenr, each in about 2 % of the rows
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=4))]
    unknown_status: u64,
    #[arg(long)]
    out: PathBuf,
}

#[derive(Args)]
pub(crate) struct MetricsArgs {
    /// Accounts, from the first of an accounts file on
    #[arg(long, default_value_t = 100)]
    accounts: u64,
    /// Accounts of a file of `crm` as well, from the first on
    #[arg(long, default_value_t = 0)]
    crm: u64,
    /// Rows of each account: days that were measured
    #[arg(long, default_value_t = 100)]
    days: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(long)]
    out: PathBuf,
}

/// What decides the content of an accounts file.
#[derive(Clone, Copy)]
pub(crate) struct Book {
    pub(crate) rows: u64,
    pub(crate) seed: u64,
    pub(crate) owners: u64,
    /// Percent of the rows that differ from the edition with 0.
    pub(crate) changed: u64,
}

pub(crate) fn run(command: Command) -> Result<()> {
    match command {
        Command::Accounts(AccountsArgs { rows, seed, owners, changed, out }) => {
            write_file(&out, |file| accounts(Book { rows, seed, owners, changed }, file))
        }
        Command::Users(UsersArgs { rows, out }) => write_file(&out, |file| users(rows, file)),
        Command::Crm(CrmArgs { rows, seed, owners, unknown_owners, unknown_status, out }) => {
            let book = Book { rows, seed, owners, changed: 0 };
            write_file(&out, |file| crm::crm(book, unknown_owners, unknown_status, file))
        }
        Command::Metrics(MetricsArgs { accounts, crm, days, seed, out }) => {
            write_file(&out, |file| metrics(Feed { accounts, crm, days, seed }, file))
        }
    }
}

/// Makes the file and sees its last byte written.
pub(crate) fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let file = File::create(path).with_context(|| format!("making {}", path.display()))?;
    let mut buffer = BufWriter::with_capacity(1 << 20, file);
    write(&mut buffer).and_then(|()| Ok(buffer.flush()?)).with_context(|| format!("writing {}", path.display()))
}
