//! The files that every engine reads, written once.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{Args, Part, process};
use crate::generate::{self, Book, Feed};

/// Percent of the accounts that the second edition changes.
pub(crate) const CHANGED: u64 = 30;

pub(crate) struct Files {
    pub(crate) users: PathBuf,
    pub(crate) accounts: PathBuf,
    /// The same accounts, some of them changed.
    pub(crate) changed: PathBuf,
    pub(crate) rows: u64,
    /// The first of them.
    pub(crate) measured_accounts: PathBuf,
    /// Those of the recompute.
    pub(crate) scored_accounts: PathBuf,
    pub(crate) metrics: PathBuf,
    pub(crate) metrics_rows: u64,
}

/// Measured days of each account that is measured at all.
const DAYS: u64 = 100;

impl Files {
    pub(crate) fn write(args: &Args, folder: &Path) -> Result<Self> {
        let files = Self {
            users: folder.join("users.csv"),
            accounts: folder.join("accounts.csv"),
            changed: folder.join("changed.csv"),
            rows: args.rows,
            measured_accounts: folder.join("measured.csv"),
            scored_accounts: folder.join("scored.csv"),
            metrics: folder.join("metrics.csv"),
            metrics_rows: args.rows.div_ceil(DAYS) * DAYS,
        };
        let book = Book { rows: args.rows, seed: args.seed, owners: args.owners, changed: 0 };
        generate::write_file(&files.users, |file| generate::users(args.owners, file))?;
        if args.wants_accounts() || args.wants(Part::Bulk) || args.wants(Part::Http) {
            process::say(format_args!("writing {} accounts", args.rows));
            generate::write_file(&files.accounts, |file| generate::accounts(book, file))?;
            generate::write_file(&files.changed, |file| generate::accounts(Book { changed: CHANGED, ..book }, file))?;
        }
        if args.wants(Part::Recompute) {
            let some = Book { rows: args.scored, ..book };
            generate::write_file(&files.scored_accounts, |file| generate::accounts(some, file))?;
        }
        if args.wants(Part::Metrics) {
            let accounts = args.rows.div_ceil(DAYS);
            process::say(format_args!("writing {} rows of metrics", files.metrics_rows));
            let some = Book { rows: accounts, ..book };
            generate::write_file(&files.measured_accounts, |file| generate::accounts(some, file))?;
            let feed = Feed { accounts, crm: 0, days: DAYS, seed: args.seed };
            generate::write_file(&files.metrics, |file| generate::metrics(feed, file))?;
        }
        Ok(files)
    }
}
