//! `fastenr db restore`

use std::path::PathBuf;

use fastenr_core::Result;
use fastenr_core::ops::copy::CopySource;
use fastenr_core::store::{Db, DbOptions};

use crate::app::App;
use crate::config::default_database;
use crate::exit::Code;

/// Restore a backup into an empty database, SQLite or PostgreSQL.
///
/// The target is the database that other commands use: --database, FASTENR_DATABASE_URL, or the default file. It must be empty or
/// not exist. It is compared with the backup afterwards, and an interrupted restore is refused by every command until it is repeated.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr db restore /backup/fastenr-2026-03-01.db --database restored.db
  fastenr db restore /backup/fastenr-2026-03-01.db --database postgres://fastenr@db.example/fastenr")]
pub(crate) struct Args {
    /// A file that `fastenr db backup` has written.
    pub file: PathBuf,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let options = DbOptions { read_only: true, ..DbOptions::default() };
    let backup = Db::connect(&args.file.to_string_lossy(), &options).await?;
    let source = CopySource::open(backup.clone(), None).await?;
    let url = match &app.settings.database {
        Some(url) => url.clone(),
        None => default_database()?.to_string_lossy().into_owned(),
    };
    let to = super::copy::target(app, &url).await?;
    let copied = super::copy::copy(app, &source, &to).await?;
    let code = super::copy::show(app, &source, (&backup, &to), &copied);
    backup.close().await;
    code
}
