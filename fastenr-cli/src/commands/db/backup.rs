//! `fastenr db backup`

use std::path::PathBuf;

use fastenr_core::Result;
use fastenr_core::ops::admin;

use crate::app::App;
use crate::exit::{self, Code};

/// Back up a SQLite database to a new file, even while it is in use. To restore the backup, open it.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr db backup /backup/fastenr-2026-03-01.db")]
pub(crate) struct Args {
    /// New file; an existing file is never overwritten.
    pub file: PathBuf,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let db = app.open(false).await?;
    admin::backup(&db, &args.file).await.map_err(|error| match error.code {
        admin::BACKUP_POSTGRES => {
            error.hint("pg_dump -Fc -f FILE \"$FASTENR_DATABASE_URL\" writes a backup, pg_restore restores it")
        }
        _ => error,
    })?;
    app.printer.talk(format_args!("{} → {}", super::place(&db), args.file.display()));
    Ok(exit::DONE)
}
