//! Finds the folder of an installed PostgreSQL server. Distributions keep it off the PATH, each in a place of its own.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

/// The oldest release that the product supports.
const OLDEST: u32 = 15;

/// Folders named `<prefix><version>`, and where below them the binaries are.
const VERSIONED: [(&str, &str, &str); 6] = [
    ("/usr/lib/postgresql", "", "bin"),                       // Debian, Ubuntu
    ("/usr", "pgsql-", "bin"),                                // the PostgreSQL project's own RPMs
    ("/usr/libexec", "postgresql", ""),                       // Alpine
    ("/opt/homebrew/opt", "postgresql@", "bin"),              // Homebrew on Apple silicon
    ("/usr/local/opt", "postgresql@", "bin"),                 // Homebrew on Intel
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"), // Homebrew on Linux
];

pub(super) fn find() -> Result<PathBuf> {
    if let Some(folder) = env::var_os(super::BINARIES_VARIABLE) {
        let folder = PathBuf::from(folder);
        return match version(&folder) {
            Some(found) if found >= OLDEST => Ok(folder),
            Some(found) => bail!("{} holds PostgreSQL {found}, older than {OLDEST}", folder.display()),
            None => bail!("{} (from {}) holds no PostgreSQL server", folder.display(), super::BINARIES_VARIABLE),
        };
    }
    let mut outdated = None;
    for folder in candidates() {
        match version(&folder) {
            Some(found) if found >= OLDEST => return Ok(folder),
            Some(found) => outdated = Some((found, folder)),
            None => {}
        }
    }
    match outdated {
        Some((found, folder)) => bail!("PostgreSQL {found} in {} is older than {OLDEST}", folder.display()),
        None => bail!("no PostgreSQL server is installed"),
    }
}

/// Lazy, so that nothing is run or listed once a folder has been found.
fn candidates() -> impl Iterator<Item = PathBuf> {
    let on_path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&on_path)
        .collect::<Vec<_>>()
        .into_iter()
        .chain(VERSIONED.iter().flat_map(|&(parent, prefix, below)| newest_first(parent, prefix, below)))
        .chain(std::iter::once_with(ask_pg_config).flatten())
}

fn newest_first(parent: &str, prefix: &str, below: &str) -> Vec<PathBuf> {
    let number = |name: &OsStr| name.to_str()?.strip_prefix(prefix)?.parse::<u32>().ok();
    let mut found: Vec<_> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((number(&entry.file_name())?, entry.path().join(below))))
        .collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, folder)| folder).collect()
}

fn ask_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}

/// The major version of the server in the folder; `None` where it can't make and run a cluster.
fn version(folder: &Path) -> Option<u32> {
    if !folder.join("initdb").is_file() || !folder.join("postgres").is_file() {
        return None;
    }
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    // "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)", "postgres (PostgreSQL) 18beta1"
    let text = String::from_utf8(output.stdout).ok()?;
    let number = text.split_once("(PostgreSQL) ")?.1;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}
