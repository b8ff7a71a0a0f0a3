//! The programs that a run needs, looked for before it begins.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};

use super::process::{Step, say};
use super::{Args, Database, Part};

pub(crate) struct Tools {
    pub(crate) fastenr: PathBuf,
    pub(crate) gnu_time: Option<PathBuf>,
}

impl Tools {
    pub(crate) fn find(args: &Args) -> Result<Self> {
        let fastenr = match &args.fastenr {
            Some(path) => path.clone(),
            None => beside()?,
        };
        ensure!(
            fastenr.is_file(),
            "there is no {}: build it with `cargo build --profile dist --workspace`, or name one with --fastenr PATH",
            fastenr.display()
        );
        if args.wants_books() {
            let needs = |database, program: &str, package: &str| {
                ensure!(
                    !args.database.contains(&database) || on_path(program).is_some(),
                    "{program} is not installed (Debian: {package}); --database leaves a database out"
                );
                Ok(())
            };
            needs(Database::Sqlite, "sqlite3", "sqlite3")?;
            needs(Database::Postgres, "psql", "postgresql-client")?;
        }
        ensure!(
            !args.wants(Part::Http) || on_path("wrk").is_some(),
            "wrk is not installed (Debian: wrk); --only leaves the API out"
        );
        let gnu_time = Some(PathBuf::from("/usr/bin/time")).filter(|path| path.is_file());
        if gnu_time.is_none() {
            say("/usr/bin/time is not installed (Debian: time): the table will have no memory column");
        }
        Ok(Self { fastenr, gnu_time })
    }

    /// fastenr on a database, with no talk; `words` are the rest of the line.
    pub(crate) fn fastenr<T: AsRef<OsStr>>(&self, url: &str, words: impl IntoIterator<Item = T>) -> Step {
        Step::new(&self.fastenr).args(["--database", url]).args(words)
    }

    pub(crate) fn gnu_time(&self) -> Option<&OsStr> {
        self.gnu_time.as_deref().map(Path::as_os_str)
    }
}

/// The build beside this program: of the same profile.
fn beside() -> Result<PathBuf> {
    let this = env::current_exe()?;
    let Some(folder) = this.parent() else { bail!("{} is in no folder", this.display()) };
    Ok(folder.join("fastenr"))
}

/// Where a program is, as the shell would find it.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(program)).find(|path| path.is_file())
}
