//! `fastenr users export`

use fastenr_core::Result;
use fastenr_core::model::user::USER;
use fastenr_core::ops::users;

use crate::app::App;
use crate::commands::export_file::{ExportArgs, Target};
use crate::exit::Code;

/// Export users to a file or stdout; an import reads it back unchanged.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr users export team.csv
  fastenr users export -o jsonl")]
pub(crate) struct Args {
    #[command(flatten)]
    pub export: ExportArgs,

    /// Leave out deactivated users.
    #[arg(long)]
    pub active: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let fields = args.export.fields(app, &USER).await?;
    let shape = args.export.shape(app)?;
    let context = app.context().await?;
    let mut found = users::list(&context).await?;
    found.retain(|user| !args.active || user.deactivated_at.is_none());
    found.sort_by_key(|user| user.id);
    let mut target = Target::open(&mut app.printer, args.export.file(), shape, &fields)?;
    for user in &found {
        target.record(user)?;
    }
    let done = target.finish()?;
    done.tell(&mut app.printer, &USER)
}
