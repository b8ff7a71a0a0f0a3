//! `fastenr db vacuum`

use fastenr_core::Result;
use fastenr_core::ops::admin;

use crate::app::App;
use crate::exit::{self, Code};

/// Rewrite a SQLite file without deleted data, and empty its write-ahead log.
///
/// Deleted and overwritten text stays in free parts of the file until then. Needs as much free disk space as the file has, and
/// waits for other writers.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr db vacuum")]
pub(crate) struct Args {}

pub(crate) async fn run(app: &mut App, _args: Args) -> Result<Code> {
    let db = app.open(false).await?;
    admin::vacuum(&db).await.map_err(|error| match error.code {
        admin::VACUUM_POSTGRES => error
            .hint("psql \"$FASTENR_DATABASE_URL\" -c 'vacuum full' rewrites all tables and locks them while it runs"),
        _ => error,
    })?;
    app.printer.talk(format_args!("{} was rewritten", super::place(&db)));
    Ok(exit::DONE)
}
