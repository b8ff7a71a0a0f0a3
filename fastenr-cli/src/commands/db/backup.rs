//! `fastenr db backup`

use std::path::PathBuf;

use fastenr_core::Result;
use fastenr_core::ops::admin;
use fastenr_core::ops::copy::CopySource;
use fastenr_core::store::Engine;

use crate::app::App;
use crate::exit::{self, Code};

/// Back up the database to a new SQLite file, even while it is in use.
///
/// A SQLite database is copied as it is: to restore the backup, open it, or use `fastenr db restore`. A PostgreSQL database is
/// converted, as by `fastenr db copy`, and compared with the file afterwards.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr db backup /backup/fastenr-2026-03-01.db
  fastenr db backup pg-2026-03-01.db --database postgres://fastenr@db.example/fastenr")]
pub(crate) struct Args {
    /// New file; an existing file is never overwritten.
    pub file: PathBuf,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let db = app.open(false).await?;
    if db.engine() == Engine::Postgres {
        let source = CopySource::open(db.clone(), None).await?;
        admin::is_new(&args.file)?;
        let to = super::copy::target(app, &args.file.to_string_lossy()).await?;
        let copied = match super::copy::copy(app, &source, &to).await {
            Ok(copied) => copied,
            Err(error) => {
                to.close().await;
                // It was not there before, and is no backup.
                let _ = std::fs::remove_file(&args.file);
                return Err(error);
            }
        };
        return super::copy::show(app, &source, (&db, &to), &copied);
    }
    admin::backup(&db, &args.file).await?;
    app.printer.talk(format_args!("{} → {}", super::place(&db), args.file.display()));
    Ok(exit::DONE)
}
