//! `fastenr operations prune`

use fastenr_core::Result;
use fastenr_core::ops::operations::{self, PruneOutcome, PruneRequest};
use fastenr_core::ops::period;
use fastenr_core::view::prune::PruneReport;

use crate::app::App;
use crate::commands::counted;
use crate::exit::{self, Code};
use crate::output::object;
use crate::printer::NoTerminal;
use crate::typed::Since;

/// Permanently delete the undo data of old operations, and old snapshots.
///
/// A pruned operation can't be undone any more. It stays in the list as a record of who did what, and so do the dated
/// history and the activity feed. Operations of the last 30 days are never pruned. Only for admins.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Kept snapshots: every day of the 90 days before the latest run; the last day of each ISO week for 24 months; the last day of each
month permanently. The last day is the last one on which all accounts were scored. Detached files that were kept for an undo are
also deleted.

The database reuses the space; its file does not shrink.

Examples:
  fastenr operations prune --older-than 400d --dry-run
  fastenr operations prune --older-than 400d --thin-snapshots --yes")]
pub(crate) struct Args {
    /// Delete the undo data of operations older than this, such as 400d or 2y, at least 30d; or a date.
    #[arg(long, value_name = "DATE", required_unless_present = "thin_snapshots")]
    pub older_than: Option<Since>,

    /// Delete old snapshots, except the last of each week and month.
    #[arg(long)]
    pub thin_snapshots: bool,

    /// Preview what would be deleted, without saving.
    #[arg(long)]
    pub dry_run: bool,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let days = |since: &Since| {
        let days = period::days_since(&context, context.today(), since.as_str());
        days.map_err(|invalid| invalid.of("older_than", since.as_str()))
    };
    let older_than = args.older_than.as_ref().map(days).transpose()?;
    let request = PruneRequest { older_than, thin_snapshots: args.thin_snapshots, dry_run: true };
    let mut done = operations::prune(&context, request).await?;
    if !args.dry_run && is_some(&done) {
        let question = format!("Permanently delete {}? This can't be undone.", told(&done));
        app.printer.confirm(question, NoTerminal::Refuse)?;
        done = operations::prune(&context, PruneRequest { dry_run: false, ..request }).await?;
    }
    object(app, &PruneReport::from(&done))?;
    app.printer.finish()?;
    app.printer.talk(match (is_some(&done), args.dry_run) {
        (false, _) => "nothing to prune".to_owned(),
        (true, true) => format!("{} would be deleted; dry run, nothing was written", told(&done)),
        (true, false) => format!("deleted {}", told(&done)),
    });
    Ok(exit::DONE)
}

fn is_some(done: &PruneOutcome) -> bool {
    done.operations + done.images_total() + done.days > 0
}

fn told(done: &PruneOutcome) -> String {
    let mut parts = Vec::new();
    if done.before.is_some() || done.images_total() > 0 {
        let images = counted(done.images_total(), "before-image", "before-images");
        parts.push(format!("the undo data of {} ({images})", counted(done.operations, "operation", "operations")));
    }
    if done.days > 0 {
        let days = counted(done.days, "day", "days");
        parts.push(format!("{} of {days}", counted(done.snapshots, "snapshot", "snapshots")));
    }
    parts.join(", ")
}
