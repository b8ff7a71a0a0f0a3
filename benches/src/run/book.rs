//! The files that every engine reads, written once.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{Args, process};
use crate::generate::{self, Book};

/// Percent of the accounts that the second edition changes.
pub(crate) const CHANGED: u64 = 30;

pub(crate) struct Files {
    pub(crate) users: PathBuf,
    pub(crate) accounts: PathBuf,
    /// The same accounts, some of them changed.
    pub(crate) changed: PathBuf,
    pub(crate) rows: u64,
}

impl Files {
    pub(crate) fn write(args: &Args, folder: &Path) -> Result<Self> {
        process::say(format_args!("writing {} accounts", args.rows));
        let files = Self {
            users: folder.join("users.csv"),
            accounts: folder.join("accounts.csv"),
            changed: folder.join("changed.csv"),
            rows: args.rows,
        };
        let book = Book { rows: args.rows, seed: args.seed, owners: args.owners, changed: 0 };
        generate::write_file(&files.users, |file| generate::users(args.owners, file))?;
        generate::write_file(&files.accounts, |file| generate::accounts(book, file))?;
        generate::write_file(&files.changed, |file| generate::accounts(Book { changed: CHANGED, ..book }, file))?;
        Ok(files)
    }
}
