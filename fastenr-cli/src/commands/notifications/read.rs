//! `fastenr notifications read`

use fastenr_core::Result;
use fastenr_core::ops::notifications;
use serde_json::json;

use crate::app::App;
use crate::commands::counted;
use crate::exit::{self, Code};
use crate::globals::Format;

/// Mark your notifications as read, in every browser too.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
With --up-to, what came after a list stays unread: use the `cursor` of `fastenr notifications list -o json`.

Examples:
  fastenr notifications read
  fastenr notifications read --up-to \"$(fastenr notifications list -o json | jq -r .cursor)\"")]
pub(crate) struct Args {
    /// Cursor of a list: mark only what was there then.
    #[arg(long, value_name = "CURSOR")]
    pub up_to: Option<String>,
}

pub(crate) async fn run(app: &mut App, args: Args) -> Result<Code> {
    let context = app.context().await?;
    let cursor = args.up_to.as_deref().map(notifications::cursor).transpose()?;
    let unread = notifications::read(&context, cursor).await?;
    if app.settings.output == Format::Json {
        app.printer.json(&json!({"unread": unread}))?;
    }
    app.printer.finish()?;
    app.printer.talk(match unread {
        0 => "no unread notifications".to_owned(),
        unread => counted(unread, "unread notification", "unread notifications"),
    });
    Ok(exit::DONE)
}
