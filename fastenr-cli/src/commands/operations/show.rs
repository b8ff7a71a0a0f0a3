//! `fastenr operations show`

use fastenr_core::Result;
use fastenr_core::model::TimeZone;
use fastenr_core::ops::{operations, users};
use fastenr_core::view::operation::status;

use super::shown::{Shown, all};
use crate::app::App;
use crate::exit::{self, Code};

/// Show one operation: its counts, its user, when and how long it ran, and its file.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fastenr operations show 0197a3f2
  fastenr operations undo 0197a3f2 --dry-run")]
pub(crate) struct Args {
    /// Operation: its id, or at least the first six digits of it.
    #[arg(value_name = "OPERATION")]
    pub operation: String,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let operation = operations::get(&context, &args.operation).await?;
    let zone = TimeZone::parse(&context.organization.time_zone).unwrap_or(TimeZone::UTC);
    let users = users::list(&context).await?;
    app.show(&all(), &Shown { operation: &operation, users: &users, zone })?;
    app.printer.finish()?;
    match status(&operation) {
        "done" => {
            app.printer.talk(format_args!("Preview an undo with `fastenr operations undo {} --dry-run`", operation.id))
        }
        "undone" => {
            let by = operation.undone_by.unwrap_or_default();
            app.printer
                .talk(format_args!("undone by operation {by}. Apply it again with `fastenr operations undo {by}`"));
        }
        _ => {}
    }
    Ok(exit::DONE)
}
