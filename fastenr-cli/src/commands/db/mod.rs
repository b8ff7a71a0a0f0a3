//! `fastenr db …`

pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod copy;
pub(crate) mod migrate;
pub(crate) mod restore;
pub(crate) mod status;
pub(crate) mod vacuum;

use clap::Subcommand;
use fastenr_core::Result;
use fastenr_core::store::Db;

use crate::app::App;
use crate::exit::Code;

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Migrate(migrate::Args),
    Status(status::Args),
    Backup(backup::Args),
    Restore(restore::Args),
    Copy(copy::Args),
    Check(check::Args),
    Vacuum(vacuum::Args),
}

pub(crate) async fn run(app: &mut App, verb: Verb) -> Result<Code> {
    match verb {
        Verb::Migrate(args) => migrate::run(app, args).await,
        Verb::Status(args) => status::run(app, args).await,
        Verb::Backup(args) => backup::run(app, args).await,
        Verb::Restore(args) => restore::run(app, args).await,
        Verb::Copy(args) => copy::run(app, args).await,
        Verb::Check(args) => check::run(app, args).await,
        Verb::Vacuum(args) => vacuum::run(app, args).await,
    }
}

/// What kind of database, and where.
pub(crate) fn place(db: &Db) -> String {
    match db.path() {
        Some(path) => path.display().to_string(),
        // The URL may hold a password.
        None => "PostgreSQL".to_owned(),
    }
}
